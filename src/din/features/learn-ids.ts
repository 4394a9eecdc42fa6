import type { StoredColumn } from '../data/columns';
import type { Table } from '../data/table';
import { DataError } from '../errors';
import { blocksOf } from './blocks';
import { nameOf, widthOf } from './categorical';
import type { InputPlan } from './encode';
import { type HistoryLists, newestFirst, rowOf } from './lists';
import { notAnId } from './read-ids';
import type { VocabularyState } from './state';
import type { Id } from './types';

interface IdUse {
  feature: Id;
  /** Columns of one value a row that stand side by side, or one column of lists. */
  columns: readonly string[];
  /** The number 0 is padding. */
  zeroPads?: boolean;
  /** Of a column of lists: how many values of a row count, and which of them. */
  list: Pick<HistoryLists, 'length' | 'recent'>;
}

/** Where each vocabulary is read, in the order of the network's inputs. @throws DataError where its settings differ. */
export function idUses(plans: readonly InputPlan[]): Map<string, IdUse[]> {
  const uses = new Map<string, IdUse[]>();
  for (const plan of plans) {
    if ((plan.kind !== 'ids' && plan.kind !== 'history') || plan.feature.kind !== 'id') continue;
    const { feature } = plan;
    const name = nameOf(feature);
    const others = uses.get(name) ?? [];
    for (const { feature: other } of others) {
      if (other.minimumCount !== feature.minimumCount || other.maximumSize !== feature.maximumSize) {
        throw new DataError(
          `The vocabulary '${name}' is used with different minimumCount or maximumSize: give the same, or use one feature.`,
        );
      }
    }
    const use =
      plan.kind === 'ids'
        ? { feature, columns: feature.keys, list: { length: widthOf(feature), recent: 'first' as const } }
        : {
            feature,
            columns: plan.columns,
            zeroPads: plan.zeroPads,
            list: plan.list ?? { length: 1, recent: 'first' as const },
          };
    uses.set(name, [...others, use]);
  }
  return uses;
}

/** Values as numbers from 0 in the order in which they first appear, with how often they do. */
class Counter {
  readonly counts: number[] = [];
  readonly values: string[] = [];
  private readonly indices = new Map<string, number>();
  /** Indices by code of a dictionary, -1 = not seen yet: blocks of a table share theirs. */
  private readonly byCode = new Map<readonly string[], Int32Array>();
  /** Indices of numbers. */
  readonly numbers = new Map<number, number>();

  ofDictionary(dictionary: readonly string[]): Int32Array {
    let indices = this.byCode.get(dictionary);
    if (!indices) {
      indices = new Int32Array(dictionary.length).fill(-1);
      this.byCode.set(dictionary, indices);
    }
    return indices;
  }

  index(text: string): number {
    let index = this.indices.get(text);
    if (index === undefined) {
      index = this.values.length;
      this.indices.set(text, index);
      this.values.push(text);
      this.counts.push(0);
    }
    return index;
  }
}

/** What counts the value at a place of a column; missing values do not count. */
function countingAt(
  counter: Counter,
  column: StoredColumn,
  key: string,
  table: Table,
  zeroPads = false,
): (place: number) => void {
  const values = column.type === 'list' ? column.items : column;
  const offsets = column.type === 'list' ? column.offsets : undefined;
  if (values.type === 'string') {
    const { codes, dictionary } = values;
    const indices = counter.ofDictionary(dictionary);
    return (place) => {
      const code = codes[place];
      if (code < 0) return;
      if (indices[code] < 0) indices[code] = counter.index(dictionary[code]);
      counter.counts[indices[code]]++;
    };
  }
  const numbers = values.values;
  const indices = counter.numbers;
  return (place) => {
    const value = numbers[place];
    if (Number.isNaN(value) || (zeroPads && value === 0)) return;
    let index = indices.get(value);
    if (index === undefined) {
      if (!Number.isInteger(value)) throw notAnId(table.source, key, table.first + rowOf(place, offsets), value);
      index = counter.index(String(value));
      indices.set(value, index);
    }
    counter.counts[index]++;
  };
}

export function* learnVocabulary(name: string, uses: readonly IdUse[], table: Table): Generator<void, VocabularyState> {
  const counter = new Counter();
  for (const use of uses) {
    for (const block of blocksOf(table, use.columns)) {
      countBlock(counter, use, block);
      yield;
    }
  }
  const { counts, values } = counter;
  const { minimumCount, maximumSize = Number.POSITIVE_INFINITY } = uses[0].feature;
  let kept = values.map((_, i) => i).filter((i) => counts[i] >= minimumCount);
  if (kept.length > maximumSize) {
    kept = kept
      .sort((a, b) => counts[b] - counts[a] || a - b)
      .slice(0, maximumSize)
      .sort((a, b) => a - b);
  }
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (kept.length === 0) {
    throw new DataError(
      `${table.source}: the vocabulary '${name}' has no value: of ${values.length} different ones in ` +
        `${uses.flatMap(({ columns }) => columns).join(', ')} none occurs ${minimumCount} times. Lower minimumCount.`,
    );
  }
  const frequent = kept.reduce((sum, i) => sum + counts[i], 0);
  return { values: kept.map((i) => values[i]), rare: 1 - frequent / total };
}

function countBlock(counter: Counter, { columns, zeroPads, list }: IdUse, block: Table): void {
  const stored = columns.map((key) => block.column(key));
  const count = stored.map((column, i) => countingAt(counter, column, columns[i], block, zeroPads));
  stored.forEach((column, i) => {
    // Side by side, columns are read row by row, as lists are: the same values get the same numbers.
    if (column.type !== 'list' && i > 0) return;
    if (column.type === 'list') newestFirst(column, list.length, list.recent).places.forEach(count[i]);
    else for (let row = 0; row < block.rows; row++) for (const at of count) at(row);
  });
}
