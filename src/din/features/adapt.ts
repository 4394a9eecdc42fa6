import type { Table } from '../data/table';
import { DataError } from '../errors';
import type { Numeric } from './types';

/** What normalizing and filling need to know of a column, measured on training data: missing values left out. */
export interface NumericState {
  mean: number;
  /** Population standard deviation. */
  deviation: number;
  min: number;
  max: number;
}

/** By column. Saved with the model, so that later data are scaled as the training data were. */
export type FeatureState = Record<string, NumericState>;

/** What is known of a column; columns may have any name, `constructor` too. */
export function stateOf(state: FeatureState, column: string): NumericState | undefined {
  return Object.hasOwn(state, column) ? state[column] : undefined;
}

/** True for features that cannot be encoded before their column was measured. */
export function needsState(feature: Numeric): boolean {
  return feature.normalize === 'standard' || feature.normalize === 'minmax' || feature.missing === 'mean';
}

/**
 * Measures the columns of all features that need it.
 * @throws DataError for missing columns, text, and columns without a single number.
 */
export function adaptFeatures(features: readonly Numeric[], table: Table): FeatureState {
  // Without a prototype, a column called __proto__ is a column.
  const state: FeatureState = Object.create(null);
  for (const feature of features) {
    if (!needsState(feature) || stateOf(state, feature.key)) continue;
    state[feature.key] = measure(table.numbers(feature.key), feature.key, table.source);
  }
  return state;
}

function measure(values: Float64Array, column: string, source: string): NumericState {
  let count = 0;
  let mean = 0;
  let squares = 0;
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  for (let row = 0; row < values.length; row++) {
    const value = values[row];
    if (Number.isNaN(value)) continue;
    if (!Number.isFinite(value)) {
      throw new DataError(`${source}: column '${column}', row ${row + 1}: ${value} cannot be normalized.`);
    }
    // Welford's update: exact enough for years (1990 +- 10), where the sum of squares is not.
    count++;
    const delta = value - mean;
    mean += delta / count;
    squares += delta * (value - mean);
    min = Math.min(min, value);
    max = Math.max(max, value);
  }
  if (count === 0)
    throw new DataError(`${source}: column '${column}' holds no number at all, so it cannot be normalized.`);
  return { mean, deviation: Math.sqrt(squares / count), min, max };
}
