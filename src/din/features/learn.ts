import { countBelow } from '../../base/sorted';
import { LATEST_SECOND } from '../checks';
import type { NumberArray, StoredColumn } from '../data/columns';
import type { Table } from '../data/table';
import { DataError } from '../errors';
import { atOnce, inParts } from '../working';
import { nameOf, widthOf } from './categorical';
import type { InputPlan } from './encode';
import { type HistoryLists, newestFirst, rowOf } from './lists';
import { stepsOf } from './numeric';
import { behavioursOf, noSecond, notAnId } from './read-ids';
import type { Categorical, Id, NormalizeStep, Numeric, Quantiles, Resolved } from './types';

/** What normalizing and filling need to know of numbers, measured on training data: missing values left out. */
export interface NumericState {
  mean: number;
  /** Population standard deviation. */
  deviation: number;
  min: number;
  max: number;
}

export interface VocabularyState {
  /** As text, in the order in which the training rows first have them. */
  values: string[];
  /** Share of the training rows' values, in [0, 1], that are too rare for a row of their own. */
  rare: number;
}

/**
 * What features learnt from the training rows, by name; columns may have any name, so the records have no prototype.
 * Saved with the model, so that later data are read as the training data were.
 */
export interface FeatureState {
  version: 2;
  /** By column, or by column and the steps of normalizing before. */
  numbers: Record<string, NumericState>;
  vocabularies: Record<string, VocabularyState>;
  /** Of quantiles, by `quantilesKey`. */
  boundaries: Record<string, number[]>;
}

export function emptyState(): FeatureState {
  return { version: 2, numbers: record(), vocabularies: record(), boundaries: record() };
}

function record<T>(entries: Record<string, T> = {}): Record<string, T> {
  const out: Record<string, T> = Object.create(null);
  for (const key of Object.keys(entries)) out[key] = entries[key];
  return out;
}

/** A saved state; that of version 0.1.0 held numbers only. */
export function readState(saved: unknown): FeatureState | undefined {
  if (saved === undefined) return undefined;
  const { version, numbers, vocabularies, boundaries } = saved as FeatureState;
  if (version !== 2) return { ...emptyState(), numbers: record(saved as Record<string, NumericState>) };
  return { version, numbers: record(numbers), vocabularies: record(vocabularies), boundaries: record(boundaries) };
}

/** True for features whose size the training rows decide. */
export const isLearnt = (feature: Categorical): feature is Id | Quantiles =>
  feature.kind === 'id' || feature.kind === 'quantiles';

const LEAST = 0.01;

/**
 * The feature with what was learnt put in: an id as a vocabulary, quantiles as boundaries.
 * @param state undefined: nothing is learnt yet; the smallest that there can be stands in.
 * @throws DataError for a feature that the state does not know.
 */
export function resolve<F extends Categorical>(feature: F, state: FeatureState | undefined): Resolved {
  if (feature.kind === 'id') {
    const name = nameOf(feature);
    const known = state ? state.vocabularies[name] : { values: ['?'], rare: 0 };
    if (!known) throw notLearnt(`the vocabulary '${name}'`);
    return {
      kind: 'vocabulary',
      keys: feature.keys,
      ...(feature.length === undefined ? {} : { length: feature.length }),
      values: known.values,
      outOfVocabulary: 1,
      learnt: { name, hidden: Math.max(0, LEAST - known.rare) },
    };
  }
  if (feature.kind === 'quantiles') {
    const boundaries = state ? state.boundaries[quantilesKey(feature)] : [0];
    if (!boundaries) throw notLearnt(`the quantiles of '${feature.of.key}'`);
    return { kind: 'bucketized', of: feature.of, boundaries };
  }
  return feature as Resolved;
}

const notLearnt = (what: string) =>
  new DataError(`${what} are not learnt yet: call model.fit or model.adapt(trainingRows) before.`);

const quantilesKey = ({ of, buckets }: Quantiles): string => JSON.stringify([numberKey(of, []), of.missing, buckets]);

/** Under which name the numbers of a feature, after some steps of normalizing, are known. */
export function numberKey({ key, until }: Numeric, steps: readonly NormalizeStep[]): string {
  return until || steps.length > 0 ? JSON.stringify([key, until ?? null, ...steps.map(stepName)]) : key;
}

const functions = { names: new WeakMap<object, string>(), ofText: new Map<string, number>() };

/** Functions of one text may do different things: what they close over is not in it. */
function stepName(step: NormalizeStep): string {
  if (typeof step === 'string') return step;
  let name = functions.names.get(step);
  if (name === undefined) {
    const text = String(step);
    const others = functions.ofText.get(text) ?? 0;
    functions.ofText.set(text, others + 1);
    name = others === 0 ? text : `${text} (${others + 1})`;
    functions.names.set(step, name);
  }
  return name;
}

/** The steps before each one that needs measured numbers: those are what is measured. */
export function measuredSteps({ normalize, missing }: Numeric): NormalizeStep[][] {
  const steps = stepsOf(normalize);
  const wanted = steps.flatMap((step, i) => (step === 'standard' || step === 'minmax' ? [steps.slice(0, i)] : []));
  return missing === 'mean' && !wanted.some((before) => before.length === 0) ? [[], ...wanted] : wanted;
}

/**
 * Learns what the features of a model's inputs need to know of the training rows.
 * @throws DataError for missing columns, text where numbers belong, columns without a single number, fractions as ids.
 */
export function learn(plans: readonly InputPlan[], table: Table): FeatureState {
  return atOnce(learnParts(plans, table));
}

/** The same, for whoever can wait: timers, messages and interrupts come through. @throws InterruptedError also. */
export async function learnYielding(plans: readonly InputPlan[], table: Table): Promise<FeatureState> {
  const title = `learning of ${table.source}: blocks of rows`;
  const interrupted = 'Interrupted while the features learnt of the training rows.';
  return inParts(title, blocksToLearn(plans, table), learnParts(plans, table), interrupted);
}

/** How many blocks are looked at, each once a column that something is learnt of. */
function blocksToLearn(plans: readonly InputPlan[], table: Table): number {
  const measured = new Set(
    numerics(plans).flatMap(({ feature }) => measuredSteps(feature).map((steps) => numberKey(feature, steps))),
  );
  const passes = measured.size + [...idUses(plans).values()].flat().length;
  return passes * (table.storage === 'memory' ? 1 : Math.ceil(table.rows / LEARNT_ROWS));
}

/** Yields between blocks. */
function* learnParts(plans: readonly InputPlan[], table: Table): Generator<void, FeatureState> {
  const state = emptyState();
  const numbers = numerics(plans);
  for (const { feature } of numbers) {
    const column = numberKey(feature, []);
    const lists = numbers.flatMap((each) => (each.list && numberKey(each.feature, []) === column ? [each.list] : []));
    yield* learnNumbers(feature, lists, table, state);
  }
  for (const feature of plans.flatMap(categoricals)) {
    if (feature.kind === 'quantiles') state.boundaries[quantilesKey(feature)] ??= boundariesOf(feature, table, state);
  }
  for (const [name, uses] of idUses(plans)) state.vocabularies[name] = yield* learnVocabulary(name, uses, table);
  return state;
}

/** Rows of a table on disk that are looked at together. */
const LEARNT_ROWS = 2 ** 17;

/** Some columns of a table, in blocks that are in memory. */
function* blocksOf(table: Table, columns: readonly string[]): Generator<Table> {
  const part = table.select([...new Set(columns)]);
  if (part.storage === 'memory') {
    yield part;
    return;
  }
  for (let start = 0; start < part.rows; start += LEARNT_ROWS) {
    yield part.read(start, Math.min(LEARNT_ROWS, part.rows - start));
  }
}

/** Numbers that inputs have, of a history's positions with its lists. */
function numerics(plans: readonly InputPlan[]): { feature: Numeric; list?: HistoryLists }[] {
  return plans.flatMap((plan) => {
    if (plan.kind === 'numbers') return plan.features.map((feature) => ({ feature }));
    if (plan.kind === 'history numbers') return [{ feature: plan.feature, list: plan.list }];
    return categoricals(plan).flatMap((feature) => ('of' in feature ? [{ feature: feature.of }] : []));
  });
}

function categoricals(plan: InputPlan): Categorical[] {
  return plan.kind === 'ids' || plan.kind === 'history' ? [plan.feature] : [];
}

// --- numbers --------------------------------------------------------------------------------------------------------

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
function* learnNumbers(
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
function boundariesOf(feature: Quantiles, table: Table, state: FeatureState): number[] {
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

// --- vocabularies ---------------------------------------------------------------------------------------------------

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
function idUses(plans: readonly InputPlan[]): Map<string, IdUse[]> {
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

function* learnVocabulary(name: string, uses: readonly IdUse[], table: Table): Generator<void, VocabularyState> {
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
