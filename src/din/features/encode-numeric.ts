import type { Table } from '../data/table';
import { DataError } from '../errors';
import { type FeatureState, type NumericState, needsState, stateOf } from './adapt';
import type { Bucketized, Numeric } from './types';

/**
 * Numbers of several features side by side: `[rows, features.length]`.
 * @throws DataError naming column and row for a missing or infinite value, and for what `normalize` cannot take.
 */
export function encodeNumbers(features: readonly Numeric[], table: Table, state: FeatureState): Float32Array {
  const width = features.length;
  const out = new Float32Array(table.rows * width);
  features.forEach((feature, position) => {
    const values = table.numbers(feature.key);
    const convert = converter(feature, stateOf(state, feature.key), table.source);
    for (let row = 0; row < values.length; row++) out[row * width + position] = convert(values[row], row);
  });
  return out;
}

/** Bucket index of each row: the number of boundaries at or below the value. */
export function encodeBuckets(feature: Bucketized, table: Table, state: FeatureState): Int32Array {
  const { of, boundaries } = feature;
  const values = table.numbers(of.key);
  const convert = converter(of, stateOf(state, of.key), table.source);
  return Int32Array.from(values, (value, row) => bucketOf(convert(value, row), boundaries));
}

function bucketOf(value: number, boundaries: readonly number[]): number {
  let low = 0;
  let high = boundaries.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (value >= boundaries[middle]) low = middle + 1;
    else high = middle;
  }
  return low;
}

function converter(
  feature: Numeric,
  state: NumericState | undefined,
  source: string,
): (value: number, row: number) => number {
  const { key, missing } = feature;
  if (needsState(feature) && !state) {
    throw new DataError(`numeric('${key}') is measured on training data first: call model.fit or model.adapt before.`);
  }
  const scale = scaler(feature, state);
  return (raw, row) => {
    let value = raw;
    if (Number.isNaN(raw)) {
      if (missing === 'error') {
        throw new DataError(
          `${source}: column '${key}', row ${row + 1}: the value is missing (NaN). Fill it in the data, or give ` +
            `numeric('${key}', { missing: 'mean' }) or missing: <number>.`,
        );
      }
      value = missing === 'mean' ? state!.mean : missing;
    }
    const result = scale(value);
    if (!Number.isFinite(result)) {
      const how =
        typeof feature.normalize === 'function' ? 'the normalize function' : `normalize: '${feature.normalize}'`;
      throw new DataError(
        `${source}: column '${key}', row ${row + 1}: ${how} turns ${value} into ${result}.` +
          (feature.normalize === 'log' ? " 'log' is ln(1 + x) and needs x > -1." : ''),
      );
    }
    return result;
  };
}

function scaler(feature: Numeric, state: NumericState | undefined): (value: number) => number {
  const { normalize } = feature;
  if (typeof normalize === 'function') return normalize;
  if (normalize === 'log') return Math.log1p;
  if (normalize === 'standard') {
    const { mean, deviation } = state!;
    // A constant column carries nothing: it becomes 0 rather than a division by zero.
    const scale = deviation > 0 ? 1 / deviation : 0;
    return (value) => (value - mean) * scale;
  }
  if (normalize === 'minmax') {
    const { min, max } = state!;
    const scale = max > min ? 1 / (max - min) : 0;
    return (value) => (value - min) * scale;
  }
  return (value) => value;
}
