import { countBelow } from '../../base/sorted';
import { LATEST_SECOND } from '../checks';
import type { NumberArray } from '../data/columns';
import type { Table } from '../data/table';
import { DataError } from '../errors';
import { blocksOf } from './blocks';
import { type HistoryLists, rowOf } from './lists';
import { behavioursOf, noSecond } from './read-ids';
import { type FeatureState, measuredSteps, type NumericState, numberKey } from './state';
import type { NormalizeStep, Numeric, Quantiles } from './types';

/** Numbers of a column: one a row, or lists of them. */
export interface NumberSource {
  values: NumberArray;
  /** Of lists: row r has the values from `offsets[r]` up to `offsets[r + 1]`. */
  offsets?: Int32Array;
}

/**
 * The numbers that a feature speaks of, before normalizing.
 * @throws DataError for text, and for lists of another length than those they are measured against.
 */
export function numbersOf({ key, until }: Numeric, table: Table): NumberSource {
  const source = rawNumbers(key, table);
  if (!until) return source;
  const { values, offsets } = source;
  checkSeconds(key, source, table);
  const out = new Float64Array(values.length);
  if (until.column === undefined) {
    for (let i = 0; i < out.length; i++) out[i] = (until.seconds! - values[i]) / until.unit;
    return { values: out, offsets };
  }
  const end = rawNumbers(until.column, table);
  if (end.offsets)
    throw new DataError(`${table.source}: recency('${key}'): until '${until.column}' has lists, not one time a row.`);
  checkSeconds(until.column, end, table);
  if (!offsets) {
    for (let row = 0; row < out.length; row++) out[row] = (end.values[row] - values[row]) / until.unit;
    return { values: out };
  }
  for (let row = 0; row < table.rows; row++) {
    for (let i = offsets[row]; i < offsets[row + 1]; i++) out[i] = (end.values[row] - values[i]) / until.unit;
  }
  return { values: out, offsets };
}

/** Of milliseconds a recency would be a thousand times what it says. @throws DataError naming the first such row */
function checkSeconds(key: string, { values, offsets }: NumberSource, table: Table): void {
  const [start, end] = offsets ? [offsets[0], offsets[offsets.length - 1]] : [0, values.length];
  for (let i = start; i < end; i++) {
    if (Math.abs(values[i]) >= LATEST_SECOND)
      throw noSecond(table.source, key, table.first + rowOf(i, offsets), values[i]);
  }
}

function rawNumbers(key: string, table: Table): NumberSource {
  const column = table.column(key);
  if (column.type !== 'list') return { values: table.typed(key) };
  if (column.items.type === 'number') return { values: column.items.values, offsets: column.offsets };
  if (column.items.length === 0) return { values: new Float64Array(0), offsets: column.offsets };
  throw new DataError(
    `${table.source}: column '${key}' holds lists of text (e.g. '${column.items.at(0)}'), numbers are needed.`,
  );
}

/** @param lists of the histories in which the numbers stand: what they cut and padding is not measured */
export function* learnNumbers(
  feature: Numeric,
  lists: readonly HistoryLists[],
  table: Table,
  state: FeatureState,
): Generator<void> {
  const until = feature.until?.column;
  const columns = [feature.key, ...(until === undefined ? [] : [until]), ...lists.map(({ beside }) => beside)];
  for (const before of measuredSteps(feature)) {
    const key = numberKey(feature, before);
    if (state.numbers[key]) continue;
    const measured = new Measured(feature, scalers(feature, before, state));
    for (const block of blocksOf(table, columns)) {
      measured.add(
        numbersOf(feature, block),
        block,
        lists.length === 0 ? undefined : behaviours(feature, lists, block),
      );
      yield;
    }
    state.numbers[key] = measured.state(table.source);
  }
}

/** By place of a column of lists, 1 where a history has a behaviour that counts. */
function behaviours({ key }: Numeric, lists: readonly HistoryLists[], block: Table): Uint8Array {
  const counts = new Uint8Array(block.lists(key).items.length);
  for (const list of lists) {
    const { places, isBehaviour } = behavioursOf(key, list, block);
    for (const [i, place] of places.entries()) if (isBehaviour(i)) counts[place] = 1;
  }
  return counts;
}

/** One step after the other. */
export function scalers(
  feature: Numeric,
  steps: readonly NormalizeStep[],
  state: FeatureState,
): (value: number) => number {
  const apply = steps.map((step, i) => scaler(step, state.numbers[numberKey(feature, steps.slice(0, i))]));
  if (apply.length === 0) return (value) => value;
  if (apply.length === 1) return apply[0];
  return (value) => {
    let x = value;
    for (const step of apply) x = step(x);
    return x;
  };
}

function scaler(step: NormalizeStep, state: NumericState | undefined): (value: number) => number {
  if (typeof step === 'function') return step;
  if (step === 'log') return Math.log1p;
  if (step === 'standard') {
    const { mean, deviation } = state!;
    // A constant column carries nothing: it becomes 0 rather than a division by zero.
    const scale = deviation > 0 ? 1 / deviation : 0;
    return (value) => (value - mean) * scale;
  }
  if (step === 'minmax') {
    const { min, max } = state!;
    const scale = max > min ? 1 / (max - min) : 0;
    return (value) => (value - min) * scale;
  }
  return (value) => value;
}

class Measured {
  private count = 0;
  private mean = 0;
  private squares = 0;
  private min = Number.POSITIVE_INFINITY;
  private max = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly feature: Numeric,
    private readonly before: (value: number) => number,
  ) {}

  /** @param counts which values are measured; default all */
  add({ values, offsets }: NumberSource, block: Table, counts?: Uint8Array): void {
    const [start, end] = offsets ? [offsets[0], offsets[offsets.length - 1]] : [0, values.length];
    let { count, mean, squares, min, max } = this;
    for (let i = start; i < end; i++) {
      if (Number.isNaN(values[i]) || counts?.[i] === 0) continue;
      const value = this.before(values[i]);
      if (!Number.isFinite(value)) {
        throw new DataError(
          `${block.source}: column '${this.feature.key}', row ${block.first + rowOf(i, offsets)}: ${values[i]} cannot be normalized.`,
        );
      }
      // Welford's update: exact enough for years (1990 +- 10), where the sum of squares is not.
      count++;
      const delta = value - mean;
      mean += delta / count;
      squares += delta * (value - mean);
      min = Math.min(min, value);
      max = Math.max(max, value);
    }
    Object.assign(this, { count, mean, squares, min, max });
  }

  state(source: string): NumericState {
    const { count, mean, squares, min, max } = this;
    if (count > 0) return { mean, deviation: Math.sqrt(squares / count), min, max };
    throw new DataError(`${source}: column '${this.feature.key}' holds no number at all, so it cannot be normalized.`);
  }
}

/** Boundaries between equal parts of the training rows; a value that fills several parts has one boundary. */
export function boundariesOf(feature: Quantiles, table: Table, state: FeatureState): number[] {
  const { of, buckets } = feature;
  const fill = of.missing === 'mean' ? state.numbers[numberKey(of, [])].mean : of.missing;
  const { values } = numbersOf(of, table);
  const known = Float64Array.from(values, (value) => (Number.isNaN(value) && fill !== 'error' ? fill : value)).filter(
    (value) => !Number.isNaN(value),
  );
  if (known.length === 0) {
    throw new DataError(`${table.source}: column '${of.key}' holds no number at all, so it has no quantiles.`);
  }
  known.sort();
  const found = new Set<number>();
  for (let part = 1; part < buckets; part++) {
    const wanted = (part * known.length) / buckets;
    const value = known[Math.floor(wanted)];
    // Equal values stay together: the cut is before them or behind, whichever is nearer, but never before the first or behind the last.
    const [before, behind] = [countBelow(known, value), countBelow(known, value, true)];
    const cut = before > 0 && (behind === known.length || wanted - before <= behind - wanted) ? before : behind;
    if (cut < known.length) found.add(known[cut]);
  }
  return [...found].sort((a, b) => a - b);
}
