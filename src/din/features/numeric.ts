import { checkChoice, checkCount, checkSettings, LATEST_SECOND } from '../checks';
import { DataError } from '../errors';
import type { Bucketized, Normalize, NormalizeStep, Numeric, Quantiles } from './types';

export interface NumericOptions {
  /**
   * - `none` (default): as it is;
   * - `standard`: (x - mean) / standard deviation, of the training data;
   * - `log`: ln(1 + x), for counts; x > -1;
   * - `minmax`: to [0, 1] over the training data's range (later values may lie outside);
   * - a function of one value. It cannot be saved with the model.
   * - a list of these, each of what the one before gives: `['log', 'standard']`.
   */
  normalize?: Normalize;
  /** A missing value (NaN, empty): `error` (default), `mean` of the training data, or this number (before normalizing). */
  missing?: 'error' | 'mean' | number;
}

/**
 * A number as a model input of width 1. What `standard`, `minmax` and `missing: 'mean'` need is measured on the
 * training data at the first `fit` and saved with the model. (TensorFlow's `numeric_column` applies its
 * `default_value` only when parsing Examples; here `missing` always applies.)
 * @throws DataError for settings that do not exist.
 */
export function numeric(key: string, options: NumericOptions = {}): Numeric {
  return numericFeature(`numeric('${key}')`, key, options);
}

function numericFeature(owner: string, key: string, options: NumericOptions): Numeric {
  if (typeof key !== 'string' || key === '') throw new DataError(`${owner}: the first argument is a column's name.`);
  checkSettings(owner, options, ['normalize', 'missing']);
  const { normalize = 'none', missing = 'error' } = options;
  for (const step of stepsOf(normalize)) {
    if (typeof step !== 'function') checkChoice(owner, 'normalize', step, ['none', 'standard', 'log', 'minmax']);
  }
  if (typeof missing === 'number') {
    if (!Number.isFinite(missing)) throw new DataError(`${owner}: missing must be a finite number, it is ${missing}.`);
  } else {
    checkChoice(owner, 'missing', missing, ['error', 'mean']);
  }
  return { kind: 'numeric', key, normalize, missing };
}

/** The steps of normalizing, in order; none for `none`. */
export function stepsOf(normalize: Normalize): NormalizeStep[] {
  const steps = (Array.isArray(normalize) ? normalize : [normalize]) as NormalizeStep[];
  return steps.filter((step) => step !== 'none');
}

const UNITS = { seconds: 1, minutes: 60, hours: 3600, days: 86_400 } as const;

export interface RecencyOptions extends NumericOptions {
  /** Until when: a column of times (of the row, or of lists beside the first), or a time in seconds since 1970. */
  until: string | number;
  /** Default `days`. */
  unit?: keyof typeof UNITS;
}

/**
 * How long ago a time is: (until - key) / unit, of times in seconds. Its scale is that of `numeric`: `['log', 'standard']`
 * suits it where no time lies after `until`.
 * @throws DataError for settings that do not exist.
 */
export function recency(key: string, options: RecencyOptions): Numeric {
  const owner = `recency('${key}')`;
  checkSettings(owner, options ?? {}, ['until', 'unit', 'normalize', 'missing']);
  const { until, unit = 'days', ...rest } = options ?? {};
  checkChoice(owner, 'unit', unit, Object.keys(UNITS));
  const end = typeof until === 'string' ? { column: until } : { seconds: until };
  if (typeof until !== 'string' && !(Math.abs(until) < LATEST_SECOND)) {
    throw new DataError(
      `${owner}: until is a column of times or a time in seconds, not ${String(until)}` +
        `${Number.isFinite(until) ? ', which looks like milliseconds: divide it by 1000' : ''}.`,
    );
  }
  return { ...numericFeature(owner, key, rest), until: { ...end, unit: UNITS[unit] } };
}

/**
 * A number as the interval it falls into: boundaries [b1, b2] give the buckets (-inf, b1), [b1, b2), [b2, inf), as
 * TensorFlow's `bucketized_column`. Boundaries are in the number's own units, so `normalize` must be `none`. Placed
 * directly in a model it is one-hot; wrap it in `embedding` for a vector.
 * @throws DataError for boundaries that are not strictly ascending.
 */
export function bucketized(of: Numeric, boundaries: readonly number[]): Bucketized {
  const owner = `bucketized('${of?.key}')`;
  checkOwnUnits(owner, of);
  if (boundaries.length === 0) throw new DataError(`${owner}: at least one boundary is needed.`);
  boundaries.forEach((boundary, i) => {
    if (!Number.isFinite(boundary) || (i > 0 && boundary <= boundaries[i - 1])) {
      throw new DataError(
        `${owner}: boundaries must be finite and strictly ascending, they are ${boundaries.join(', ')}.`,
      );
    }
  });
  return { kind: 'bucketized', of, boundaries: [...boundaries] };
}

export interface QuantilesOptions {
  /** How many intervals, at least 2. */
  buckets: number;
}

/**
 * A number as one of `buckets` intervals that hold equally many training rows; fewer where one value fills several. The
 * boundaries are found at the first `fit` and saved with the model. As `bucketized` otherwise.
 * @throws DataError for settings that do not fit.
 */
export function quantiles(of: Numeric | string, options: QuantilesOptions): Quantiles {
  const feature = typeof of === 'string' ? numeric(of) : of;
  const owner = `quantiles('${feature?.key}')`;
  checkSettings(owner, options ?? {}, ['buckets']);
  checkCount(owner, 'buckets', options?.buckets, 2);
  checkOwnUnits(owner, feature);
  return { kind: 'quantiles', of: feature, buckets: options.buckets };
}

function checkOwnUnits(owner: string, of: Numeric): void {
  if (of?.kind !== 'numeric') throw new DataError(`${owner}: the first argument is a numeric feature.`);
  if (stepsOf(of.normalize).length > 0) {
    throw new DataError(
      `${owner}: boundaries are in the column's own units; remove normalize from numeric('${of.key}').`,
    );
  }
}
