import { didYouMean } from '../../base/nearest';
import { deriveSeed, randomStream } from '../../base/random';
import type { EncodedData, EncodedInput } from '../data/encoded';
import type { Table } from '../data/table';
import { DataError } from '../errors';
import { atOnce, inParts } from '../working';
import { describe, keysOf, missingId, paddingId, tableRows, widthOf } from './categorical';
import { checkCandidate, type EncodedIds, encodeHistory, encodeIds } from './encode-ids';
import { encodeHistoryNumbers, encodeNumbers } from './encode-numeric';
import { checkBeside, type HistoryLists, newestFirst, rowOf } from './lists';
import type { UnknownValues } from './read-ids';
import { type FeatureState, resolve } from './state';
import type { Categorical, Numeric, Weighted } from './types';

/** One input of a network: which features it carries. */
export type InputPlan =
  | { kind: 'numbers'; name: string; features: Numeric[] }
  | { kind: 'ids'; name: string; feature: Categorical /** Its id 0 is the history's padding. */; noPadding?: boolean }
  | { kind: 'weights'; name: string; feature: Weighted }
  | ({ kind: 'history'; name: string; feature: Categorical; mask: boolean; zeroPads?: boolean } & HistoryColumns)
  | ({ kind: 'history numbers'; name: string; feature: Numeric } & HistoryColumns);

/** Where a field of a history lies: columns, one a position, or one column of lists. */
interface HistoryColumns {
  columns: readonly string[];
  list?: HistoryLists;
}

export interface EncodeOptions {
  /** Column of labels; absent = no labels. */
  label?: string;
  /** What labels are: `clicks` (default), 0 and 1; or any `numbers`. */
  labels?: 'clicks' | 'numbers';
  /** Column whose value groups rows for GAUC, usually the user. */
  group?: string;
  onUnknown?: (unknown: UnknownValues) => void;
  /** Values of a row that do not count, because there are more than the feature's `length`: rows by column. */
  onCut?: (column: string, rows: number, length: number) => void;
  /** Rows are trained on, by this seed: some values are hidden, so that the row of unseen ones learns. */
  training?: number;
  /** Of a block of a table: how many values of this input come before it. */
  valuesBefore?: (plan: InputPlan) => number;
}

/** The table columns that an input reads, one a position where it has positions. */
export function columnsOf(plan: InputPlan): string[] {
  switch (plan.kind) {
    case 'numbers':
      return plan.features.flatMap(numericColumns);
    case 'ids':
      return keysOf(plan.feature);
    case 'weights':
      return plan.feature.weights;
    case 'history':
      return [...plan.columns];
    default:
      return numericColumns(plan.feature);
  }
}

const numericColumns = ({ key, until }: Numeric): string[] =>
  until?.column === undefined ? [key] : [key, until.column];

/** Numbers a row of an input. */
export function widthOfPlan(plan: InputPlan): number {
  if (plan.kind === 'numbers') return plan.features.length;
  if (plan.kind === 'ids') return widthOf(plan.feature);
  if (plan.kind === 'weights') return widthOf(plan.feature.of);
  return plan.list?.length ?? plan.columns.length;
}

/**
 * A table as the arrays a network reads: one `[rows, width]` array an input, ids checked, numbers scaled.
 * @throws DataError for an empty table, missing columns (all of them named), wrong types, missing and out-of-range
 * values, labels other than 0 and 1; each with column, row and remedy.
 */
export function encode(
  plans: readonly InputPlan[],
  table: Table,
  state: FeatureState,
  options: EncodeOptions = {},
): EncodedData {
  return atOnce(encodeParts(plans, table, state, options));
}

/** The same, column by column: timers, messages and interrupts come through between them. @throws InterruptedError also. */
export async function encodeYielding(...args: Parameters<typeof encode>): Promise<EncodedData> {
  const [plans, table] = args;
  const title = `encoding ${table.source}: inputs`;
  return inParts(title, plans.length, encodeParts(...args), 'Interrupted while rows were encoded.');
}

function* encodeParts(
  plans: readonly InputPlan[],
  table: Table,
  state: FeatureState,
  options: EncodeOptions = {},
): Generator<void, EncodedData> {
  checkTable(plans, table, options);
  const inputs: EncodedInput[] = [];
  for (const plan of plans) {
    inputs.push(encodeInput(plan, table, state, options));
    yield;
  }
  return { rows: table.rows, source: table.source, first: table.first, inputs, ...encodeTargets(table, options) };
}

/** What a table tells of its rows beside the inputs. */
export function encodeTargets(
  table: Table,
  { label, labels, group }: EncodeOptions,
): Pick<EncodedData, 'labels' | 'groups'> {
  return {
    labels: label === undefined ? [] : [{ width: 1, values: encodeLabels(table, label, labels) }],
    ...(group === undefined ? {} : { groups: encodeGroups(table, group) }),
  };
}

/** @throws DataError for a table without rows or without the columns that are needed. */
export function checkTable(plans: readonly InputPlan[], table: Table, options: EncodeOptions = {}): void {
  if (table.rows === 0) throw new DataError(`${table.source}: the table has no rows.`);
  const needed = plans.flatMap(columnsOf);
  if (options.label !== undefined) needed.push(options.label);
  if (options.group !== undefined) needed.push(options.group);
  checkColumns(table, needed);
}

/** One input of all rows of a table, or of a block of it. */
export function encodeInput(plan: InputPlan, table: Table, state: FeatureState, options: EncodeOptions): EncodedInput {
  const input = { name: plan.name, width: widthOfPlan(plan), columns: columnsOf(plan) };
  switch (plan.kind) {
    case 'numbers':
      return { ...input, dtype: 'float32', values: encodeNumbers(plan.features, table, state) };
    case 'history numbers':
      return { ...input, dtype: 'float32', ...encodeHistoryNumbers(plan.feature, plan.list!, table, state), fill: 0 };
    case 'weights':
      return { ...input, dtype: 'float32', ...encodeWeights(plan.feature, table) };
    case 'ids': {
      const resolved = resolve(plan.feature, state);
      const encoded = encodeIds(plan.feature, table, state);
      report(encoded, input.columns[0], input.width, options);
      if (plan.noPadding) checkCandidate(input.columns[0], zeroable(plan.feature, table, encoded), table);
      if (options.training !== undefined) hideSome(encoded.values, plan, state, options);
      return idInput(input, encoded, tableRows(resolved), missingId(resolved), missingId(resolved));
    }
    default: {
      const resolved = resolve(plan.feature, state);
      if (plan.list) checkBeside(table, plan.columns[0], plan.list.beside);
      const encoded = encodeHistory(plan, table, state);
      if (encoded.unknown) options.onUnknown?.(encoded.unknown);
      const padding = paddingId(resolved);
      return idInput(input, encoded, tableRows(resolved), plan.mask ? padding : undefined, padding);
    }
  }
}

function idInput(
  input: Pick<EncodedInput, 'name' | 'width' | 'columns'>,
  { values, offsets }: EncodedIds,
  idLimit: number,
  ignoredId: number | undefined,
  fill: number | undefined,
): EncodedInput {
  return { ...input, dtype: 'int32', values, idLimit, ignoredId, ...(offsets ? { offsets, fill } : {}) };
}

function report({ unknown, cut }: EncodedIds, column: string, length: number, options: EncodeOptions): void {
  if (unknown) options.onUnknown?.(unknown);
  if (cut) options.onCut?.(column, cut, length);
}

/** What must not be 0 in a candidate whose history has 0 for padding: an identity's ids, else the column's numbers. */
function zeroable(feature: Categorical, table: Table, { values }: EncodedIds): ArrayLike<number> {
  if (feature.kind === 'identity') return values;
  const column = table.column(keysOf(feature)[0]);
  return column.type === 'number' ? column.values : [];
}

/**
 * Puts the row of unseen values in the place of some values, so that it learns what holds for anybody.
 * Which rows, the seed decides: the same at every fit of it.
 */
function hideSome(
  values: Int32Array,
  plan: InputPlan & { kind: 'ids' },
  state: FeatureState,
  { training: seed, valuesBefore }: EncodeOptions,
): void {
  const resolved = resolve(plan.feature, state);
  if (resolved.kind !== 'vocabulary' || !resolved.learnt?.hidden) return;
  const { hidden, name } = resolved.learnt;
  const random = randomStream(deriveSeed(seed!, 'hidden', name, plan.name), valuesBefore?.(plan));
  const missing = missingId(resolved);
  for (let i = 0; i < values.length; i++) {
    if (random() < hidden && values[i] !== missing) values[i] = resolved.values.length;
  }
}

/** Weights of a feature's values, `[rows, width]` or lists. @throws DataError for negative ones and such as are no numbers. */
function encodeWeights({ of, weights }: Weighted, table: Table): Pick<EncodedInput, 'values' | 'offsets' | 'fill'> {
  const check = (value: number, key: string, row: number): number => {
    if (value >= 0 && value < Number.POSITIVE_INFINITY) return value;
    throw new DataError(
      `${table.source}: column '${key}', row ${row}: a weight is a number of at least 0, not ${value}.`,
    );
  };
  const [first] = weights;
  if (weights.length === 1 && table.column(first).type === 'list') {
    checkBeside(table, first, of.keys[0]);
    const column = table.lists(first);
    if (column.items.type !== 'number' && column.items.length > 0) {
      throw new DataError(`${table.source}: column '${first}' holds lists of text, weights are numbers.`);
    }
    const { places, offsets } = newestFirst(column, widthOf(of), 'first');
    const items = column.items.type === 'number' ? column.items.values : new Float64Array(0);
    for (const place of places)
      if (!(items[place] >= 0)) check(items[place], first, table.first + rowOf(place, column.offsets));
    return { values: Float32Array.from(places, (place) => items[place]), offsets, fill: 0 };
  }
  if (of.length !== undefined)
    throw new DataError(`${table.source}: ${describe(of)} holds lists, so its weights must be lists, too.`);
  const out = new Float32Array(table.rows * weights.length);
  weights.forEach((key, position) => {
    const values = table.typed(key);
    for (let row = 0; row < table.rows; row++)
      out[row * weights.length + position] = check(values[row], key, table.first + row + 1);
  });
  return { values: out };
}

/** @throws DataError that names every missing column, the nearest ones there are, and all of them. */
export function checkColumns(table: Table, needed: readonly string[]): void {
  const missing = [...new Set(needed)].filter((name) => !table.columns.has(name));
  if (missing.length === 0) return;
  const hints = missing.map(
    (name) => `'${name}'${didYouMean(name, table.names).replace(/^ Did you mean (.*)\?$/, ' (did you mean $1?)')}`,
  );
  throw new DataError(
    `${table.source}: there ${missing.length === 1 ? 'is no column' : 'are no columns'} ${hints.join(', ')}. ` +
      `Columns: ${table.names.join(', ')}.`,
  );
}

/** @throws DataError for anything but 0 and 1, or for what is no finite number. */
export function encodeLabels(table: Table, name: string, kind: 'clicks' | 'numbers' = 'clicks'): Float32Array {
  const values = table.typed(name);
  const out = new Float32Array(values.length);
  for (let row = 0; row < out.length; row++) {
    const value = values[row];
    if (kind === 'numbers') {
      if (!Number.isFinite(Math.fround(value))) throw noNumber(table, name, row, value);
    } else if (value !== 0 && value !== 1) throw badLabel(table, name, values, row);
    out[row] = value;
  }
  return out;
}

function noNumber({ source, first }: Table, name: string, row: number, value: number): DataError {
  const where = `${source}: column '${name}', row ${first + row + 1}`;
  return new DataError(
    Number.isFinite(value)
      ? `${where}: the label ${value} is too large for float32 (at most 3.4e38), in which training computes. Divide all labels by a number.`
      : `${where}: a label is a number, not ${value}. Drop or fill such rows first.`,
  );
}

function badLabel({ source, first }: Table, name: string, values: ArrayLike<number>, row: number): DataError {
  const different = new Set<number>();
  for (let i = 0; i < values.length && different.size < 6; i++) different.add(values[i]);
  const seen = [...different].sort((a, b) => a - b);
  const list = `${seen.slice(0, 5).join(', ')}${seen.length > 5 ? ', ...' : ''}`;
  return new DataError(
    `${source}: column '${name}', row ${first + row + 1}: a label is 0 or 1, not ${values[row]}. The column has the values ${list}. ` +
      "Turn ratings into labels first, e.g. rating >= 3.5, or predict the number: task: 'regression' in the model.",
  );
}

/** Rows with the same value get the same number, counted from 0 in order of appearance; rows without one get -1. */
export function encodeGroups(table: Table, name: string): Int32Array {
  const column = table.column(name);
  if (column.type === 'list')
    throw new DataError(`${table.source}: column '${name}' holds lists, which group no rows.`);
  const text = column.type === 'string';
  const values: ArrayLike<number> = text ? column.codes : column.values;
  const numbers = new Map<number, number>();
  const groups = new Int32Array(table.rows);
  for (let row = 0; row < groups.length; row++) {
    const value = values[row];
    let group = (text ? value < 0 : Number.isNaN(value)) ? -1 : numbers.get(value);
    if (group === undefined) {
      group = numbers.size;
      numbers.set(value, group);
    }
    groups[row] = group;
  }
  return groups;
}
