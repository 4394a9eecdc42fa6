import type { Lists, StoredColumn } from '../data/columns';
import type { Table } from '../data/table';
import { DataError } from '../errors';
import { missingId, paddingId, widthOf } from './categorical';
import { encodeBuckets } from './encode-numeric';
import { newestFirst } from './lists';
import { type Reading, reader, textHash, Unknown, type UnknownValues } from './read-ids';
import { type FeatureState, resolve } from './state';
import type { Categorical, Resolved } from './types';

export interface EncodedIds {
  /** `[rows, width]`; with offsets the values of all rows, one after the other, at most `width` a row. */
  values: Int32Array;
  offsets?: Int32Array;
  unknown?: UnknownValues;
  /** Lists longer than what counts. */
  cut?: number;
}

/**
 * Ids of a categorical feature, each in [0, tableRows(feature)).
 * @throws DataError naming column, row and value for what is no id.
 */
export function encodeIds(feature: Categorical, table: Table, state: FeatureState): EncodedIds {
  const resolved = resolve(feature, state);
  if (resolved.kind === 'bucketized') return { values: encodeBuckets(resolved, table, state) };
  if (resolved.kind === 'crossed') return { values: encodeCrossed(resolved.keys, resolved.buckets, table) };
  const reading = { missing: missingId(resolved), inHistory: false, source: table.source, first: table.first };
  const [first] = resolved.keys;
  if (table.column(first).type !== 'list' || resolved.keys.length > 1) {
    return sideBySide(resolved, resolved.keys, table, reading);
  }
  if (resolved.length === undefined) throw needsLength(table, first, feature.kind);
  return listed(resolved, first, table, { ...reading, length: widthOf(resolved), newest: 'first' });
}

const needsLength = (table: Table, column: string, kind: string): DataError =>
  new DataError(
    `${table.source}: column '${column}' holds lists. Say how many of a row's values count: ${kind}('${column}', { length: 8 }); ` +
      'a list of what a user did before is a history.',
  );

/** Where a history's ids come from. */
export interface HistorySource {
  feature: Categorical;
  columns: readonly string[];
  /** Of lists; undefined: columns, one a position. */
  list?: { length: number; recent: 'last' | 'first' };
  zeroPads?: boolean;
}

/**
 * Ids of a history's field, the most recent first; padding has the id `paddingId`.
 * @throws DataError naming column, row and value for what is no id.
 */
export function encodeHistory(source: HistorySource, table: Table, state: FeatureState): EncodedIds {
  const resolved = resolve(source.feature, state);
  const { columns, list, zeroPads } = source;
  const reading = { missing: paddingId(resolved), inHistory: true, zeroPads, source: table.source, first: table.first };
  if (!list) return sideBySide(resolved, columns, table, reading);
  return listed(resolved, columns[0], table, { ...reading, length: list.length, newest: list.recent });
}

/**
 * Ids of a candidate whose history is padded with the id 0: a candidate 0 would train the padding's row.
 * @throws DataError naming the row of such a candidate.
 */
export function checkCandidate(column: string, values: ArrayLike<number>, { source, first }: Table): void {
  for (let row = 0; row < values.length; row++) {
    if (values[row] !== 0) continue;
    throw new DataError(
      `${source}: column '${column}', row ${first + row + 1}: the candidate's id is 0, which stands for padding in the history. ` +
        'Number the items from 1, or give ids as text, or the history as lists.',
    );
  }
}

/** One value a row and column. */
function sideBySide(feature: Resolved, keys: readonly string[], table: Table, reading: Reading): EncodedIds {
  const width = keys.length;
  const out = new Int32Array(table.rows * width);
  const unknown = new Unknown(feature, keys);
  keys.forEach((key, position) => {
    const column = table.column(key);
    if (column.type === 'list') {
      throw new DataError(
        `${table.source}: column '${key}' holds lists, but it stands beside others with one value a row.`,
      );
    }
    const idAt = reader(feature, key, column, undefined, reading, unknown);
    for (let row = 0; row < table.rows; row++) out[row * width + position] = idAt(row);
  });
  return { values: out, unknown: unknown.report };
}

/** Lists, of which the `length` values at the `newest` end count; they come out newest first. */
function listed(
  feature: Resolved,
  key: string,
  table: Table,
  reading: Reading & { length: number; newest: 'last' | 'first' },
): EncodedIds {
  const column = table.lists(key);
  const unknown = new Unknown(feature, [key]);
  const { places, offsets, cut } = newestFirst(column, reading.length, reading.newest);
  const idAt = reader(feature, key, column.items, column.offsets, reading, unknown);
  return { values: places.map((place) => idAt(place)), offsets, unknown: unknown.report, cut };
}
/** Stands between the texts of a crossing: a character that no text of a log has. */
const BETWEEN = '\u0001';

function encodeCrossed(keys: readonly string[], buckets: number, table: Table): Int32Array {
  const columns = keys.map((key): Exclude<StoredColumn, Lists> => {
    const column = table.column(key);
    if (column.type === 'list') {
      throw new DataError(`${table.source}: column '${key}' holds lists; crossed takes columns of one value a row.`);
    }
    return column;
  });
  const out = new Int32Array(table.rows);
  for (let row = 0; row < table.rows; row++) {
    const texts = columns.map((column) => {
      const value = column.at(row);
      return typeof value === 'number' ? (Number.isNaN(value) ? '' : String(value)) : value;
    });
    out[row] = texts.includes('') ? buckets : textHash(texts.join(BETWEEN)) % buckets;
  }
  return out;
}
