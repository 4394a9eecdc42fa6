import type { Table } from '../data/table';
import { DataError } from '../errors';
import type { EncodedData, EncodedInput } from '../training/encoded';
import { yieldToEventLoop } from '../training/runtime';
import type { FeatureState } from './adapt';
import { keysOf, missingId, paddingId, tableRows } from './categorical';
import { checkCandidate, encodeHistory, encodeIds, type UnknownValues } from './encode-ids';
import { encodeNumbers } from './encode-numeric';
import { didYouMean } from './suggest';
import type { Categorical, History, Numeric } from './types';

/** One input of a network: which features it carries. */
export type InputPlan =
  | { kind: 'numbers'; name: string; features: Numeric[] }
  | { kind: 'ids'; name: string; feature: Categorical /** Its id 0 is the history's padding. */; noPadding?: boolean }
  | { kind: 'history'; name: string; feature: History };

export interface EncodeOptions {
  /** Column of labels 0 and 1; absent = no labels. */
  label?: string;
  /** Column whose value groups rows for GAUC, usually the user. */
  group?: string;
  onUnknown?: (unknown: UnknownValues) => void;
}

/** The table columns that an input reads, one a position. */
export function columnsOf(plan: InputPlan): string[] {
  if (plan.kind === 'numbers') return plan.features.map((feature) => feature.key);
  return plan.kind === 'ids' ? keysOf(plan.feature) : plan.feature.keys;
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
  const parts = encodeParts(plans, table, state, options);
  for (;;) {
    const part = parts.next();
    if (part.done) return part.value;
  }
}

/** The same, column by column: timers, messages and interrupts come through between them. */
export async function encodeYielding(...args: Parameters<typeof encode>): Promise<EncodedData> {
  const parts = encodeParts(...args);
  for (;;) {
    const part = parts.next();
    if (part.done) return part.value;
    await yieldToEventLoop();
  }
}

function* encodeParts(
  plans: readonly InputPlan[],
  table: Table,
  state: FeatureState,
  options: EncodeOptions = {},
): Generator<void, EncodedData> {
  if (table.rows === 0) throw new DataError(`${table.source}: the table has no rows.`);
  const needed = plans.flatMap(columnsOf);
  if (options.label !== undefined) needed.push(options.label);
  if (options.group !== undefined) needed.push(options.group);
  checkColumns(table, needed);
  const inputs: EncodedInput[] = [];
  for (const plan of plans) {
    inputs.push(encodeInput(plan, table, state, options.onUnknown));
    yield;
  }
  return {
    rows: table.rows,
    source: table.source,
    inputs,
    labels: options.label === undefined ? [] : [{ width: 1, values: encodeLabels(table, options.label) }],
    ...(options.group === undefined ? {} : { groups: encodeGroups(table, options.group) }),
  };
}

function encodeInput(
  plan: InputPlan,
  table: Table,
  state: FeatureState,
  onUnknown: EncodeOptions['onUnknown'],
): EncodedInput {
  const columns = columnsOf(plan);
  const input = { name: plan.name, width: columns.length, columns };
  if (plan.kind === 'numbers') {
    return { ...input, dtype: 'float32', values: encodeNumbers(plan.features, table, state) };
  }
  const { values, unknown } =
    plan.kind === 'ids' ? encodeIds(plan.feature, table, state) : encodeHistory(plan.feature, table);
  if (unknown) onUnknown?.(unknown);
  if (plan.kind === 'ids' && plan.noPadding && plan.feature.kind === 'identity') {
    checkCandidate(plan.feature, values, table.source);
  }
  const categorical = plan.kind === 'ids' ? plan.feature : plan.feature.of;
  return { ...input, dtype: 'int32', values, idLimit: tableRows(categorical), ignoredId: ignoredId(plan) };
}

function ignoredId(plan: Exclude<InputPlan, { kind: 'numbers' }>): number | undefined {
  if (plan.kind === 'ids') return missingId(plan.feature);
  return plan.feature.mask ? paddingId(plan.feature.of) : undefined;
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

/** @throws DataError for anything but 0 and 1. */
export function encodeLabels(table: Table, name: string): Float32Array {
  const values = table.numbers(name);
  return Float32Array.from(values, (value, row) => {
    if (value === 0 || value === 1) return value;
    throw new DataError(
      `${table.source}: column '${name}', row ${row + 1}: a label is 0 or 1, not ${value}. ` +
        'Turn ratings into labels first, e.g. rating >= 3.5.',
    );
  });
}

/** Rows with the same value get the same number, counted from 0 in order of appearance. */
export function encodeGroups(table: Table, name: string): Int32Array {
  const numbers = new Map<string | number, number>();
  const { values } = table.cells(name);
  const groups = new Int32Array(table.rows);
  for (let row = 0; row < groups.length; row++) {
    const value = values[row];
    let group = numbers.get(value);
    if (group === undefined) {
      group = numbers.size;
      numbers.set(value, group);
    }
    groups[row] = group;
  }
  return groups;
}
