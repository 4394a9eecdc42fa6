import { countBelow } from '../../base/sorted';
import type { Table } from '../data/table';
import { DataError } from '../errors';
import { numbersOf, scalers } from './learn-numeric';
import { type HistoryLists, rowOf } from './lists';
import { stepsOf } from './numeric';
import { behavioursOf } from './read-ids';
import { type FeatureState, measuredSteps, numberKey } from './state';
import type { Bucketized, Numeric } from './types';

/**
 * Numbers of several features side by side: `[rows, features.length]`.
 * @throws DataError naming column and row for a missing or infinite value, and for what `normalize` cannot take.
 */
export function encodeNumbers(features: readonly Numeric[], table: Table, state: FeatureState): Float32Array {
  const width = features.length;
  const out = new Float32Array(table.rows * width);
  features.forEach((feature, position) => {
    const values = onePerRow(feature, table);
    const convert = converter(feature, state, table.source);
    for (let row = 0; row < values.length; row++)
      out[row * width + position] = convert(values[row], table.first + row + 1);
  });
  return out;
}

/** Numbers of a history's positions, newest first, as many a row as the list has, at most `length`; 0 where there is no behaviour. */
export function encodeHistoryNumbers(
  feature: Numeric,
  list: HistoryLists,
  table: Table,
  state: FeatureState,
): { values: Float32Array; offsets: Int32Array } {
  const { places, offsets, isBehaviour } = behavioursOf(feature.key, list, table);
  const source = numbersOf(feature, table);
  const convert = converter(feature, state, table.source);
  return {
    offsets,
    values: Float32Array.from(places, (place, i) => {
      if (!isBehaviour(i)) return 0;
      // The row is looked for only where something is wrong.
      return convert(source.values[place], 0, () => table.first + rowOf(place, source.offsets));
    }),
  };
}

/** Bucket index of each row: the number of boundaries at or below the value. */
export function encodeBuckets(feature: Bucketized, table: Table, state: FeatureState): Int32Array {
  const { of, boundaries } = feature;
  const convert = converter(of, state, table.source);
  return Int32Array.from(onePerRow(of, table), (value, row) =>
    countBelow(boundaries, convert(value, table.first + row + 1), true),
  );
}

function onePerRow(feature: Numeric, table: Table): ArrayLike<number> {
  const { values, offsets } = numbersOf(feature, table);
  if (!offsets) return values;
  throw new DataError(
    `${table.source}: column '${feature.key}' holds lists; numeric takes one number a row. Numbers of behaviours belong into ` +
      'a history.',
  );
}

type Convert = (value: number, row: number, findRow?: () => number) => number;

function converter(feature: Numeric, state: FeatureState, source: string): Convert {
  const { key, missing } = feature;
  if (measuredSteps(feature).some((before) => !state.numbers[numberKey(feature, before)])) {
    throw new DataError(`numeric('${key}') is measured on training data first: call model.fit or model.adapt before.`);
  }
  const scale = scalers(feature, stepsOf(feature.normalize), state);
  return (raw, row, findRow = () => row) => {
    let value = raw;
    if (Number.isNaN(raw)) {
      if (missing === 'error') {
        throw new DataError(
          `${source}: column '${key}', row ${findRow()}: the value is missing (NaN). Fill it in the data, or give ` +
            `numeric('${key}', { missing: 'mean' }) or missing: <number>.`,
        );
      }
      value = missing === 'mean' ? state.numbers[numberKey(feature, [])].mean : missing;
    }
    const result = scale(value);
    if (!Number.isFinite(result)) throw unusable(feature, source, findRow(), value, result);
    return result;
  };
}

function unusable({ key, normalize }: Numeric, source: string, row: number, value: number, result: number): DataError {
  const steps = stepsOf(normalize).map((step) => (typeof step === 'function' ? 'a function' : `'${step}'`));
  const how =
    typeof normalize === 'function'
      ? 'the normalize function'
      : `normalize: ${steps.length > 1 ? `[${steps.join(', ')}]` : (steps[0] ?? "'none'")}`;
  const hint = steps.includes("'log'") ? " 'log' is ln(1 + x) and needs x > -1." : '';
  return new DataError(`${source}: column '${key}', row ${row}: ${how} turns ${value} into ${result}.${hint}`);
}
