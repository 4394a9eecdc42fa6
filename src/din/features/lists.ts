import type { Lists } from '../data/columns';
import type { Table } from '../data/table';
import { DataError } from '../errors';
import type { Item } from './types';

/** Columns of lists: which of their values count, and where they lie. */

/** A history's lists. */
export interface HistoryLists {
  /** Most recent behaviours that count. */
  length: number;
  /** At which end of a list the most recent one is. */
  recent: 'last' | 'first';
  /** The first field, which tells where there is a behaviour: its column, whose lists all fields are as long as, and what that holds. */
  beside: string;
  item: Item;
}

/** For messages: the row, counted from 1, that value `i` belongs to. */
export function rowOf(i: number, offsets?: Int32Array): number {
  return offsets ? offsets.findIndex((end) => end > i) : i + 1;
}

/** Where the newest values of each list lie, one row after the other. */
export function newestFirst(
  { offsets }: Lists,
  length: number,
  newest: 'last' | 'first',
): { places: Int32Array; offsets: Int32Array; cut: number } {
  const rows = offsets.length - 1;
  const starts = new Int32Array(rows + 1);
  let cut = 0;
  for (let row = 0; row < rows; row++) {
    const count = offsets[row + 1] - offsets[row];
    if (count > length) cut++;
    starts[row + 1] = starts[row] + Math.min(count, length);
  }
  const places = new Int32Array(starts[rows]);
  for (let row = 0; row < rows; row++) {
    const count = starts[row + 1] - starts[row];
    const last = offsets[row + 1] - 1;
    for (let i = 0; i < count; i++) places[starts[row] + i] = newest === 'last' ? last - i : offsets[row] + i;
  }
  return { places, offsets: starts, cut };
}

/** The fields of a behaviour lie side by side. @throws DataError that names the first row where they do not. */
export function checkBeside(table: Table, key: string, beside: string): void {
  const [own, first] = [table.lists(key).offsets, table.lists(beside).offsets];
  for (let row = 0; row < table.rows; row++) {
    const [count, wanted] = [own[row + 1] - own[row], first[row + 1] - first[row]];
    if (count === wanted) continue;
    throw new DataError(
      `${table.source}: row ${table.first + row + 1}: there are ${wanted} values in '${beside}', but ${count} in '${key}'. ` +
        'Lists of one history have one value a behaviour each, side by side.',
    );
  }
}
