import { DataError } from '../errors';
import { checkChoice, checkSettings } from './settings';
import type { Bucketized, Normalize, Numeric } from './types';

export interface NumericOptions {
  /**
   * - `none` (default): as it is;
   * - `standard`: (x - mean) / standard deviation, of the training data;
   * - `log`: ln(1 + x), for counts; x >= 0;
   * - `minmax`: to [0, 1] over the training data's range (later values may lie outside);
   * - a function of one value. It cannot be saved with the model.
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
  const owner = `numeric('${key}')`;
  checkSettings(owner, options, ['normalize', 'missing']);
  const { normalize = 'none', missing = 'error' } = options;
  if (typeof normalize !== 'function') {
    checkChoice(owner, 'normalize', normalize, ['none', 'standard', 'log', 'minmax']);
  }
  if (typeof missing === 'number') {
    if (!Number.isFinite(missing)) throw new DataError(`${owner}: missing must be a finite number, it is ${missing}.`);
  } else {
    checkChoice(owner, 'missing', missing, ['error', 'mean']);
  }
  return { kind: 'numeric', key, normalize, missing };
}

/**
 * A number as the interval it falls into: boundaries [b1, b2] give the buckets (-inf, b1), [b1, b2), [b2, inf), as
 * TensorFlow's `bucketized_column`. Boundaries are in the number's own units, so `normalize` must be `none`. Placed
 * directly in a model it is one-hot; wrap it in `embedding` for a vector.
 * @throws DataError for boundaries that are not strictly ascending.
 */
export function bucketized(of: Numeric, boundaries: readonly number[]): Bucketized {
  const owner = `bucketized('${of.key}')`;
  if (of.kind !== 'numeric') throw new DataError(`${owner}: the first argument is a numeric feature.`);
  if (of.normalize !== 'none') {
    throw new DataError(
      `${owner}: boundaries are in the column's own units; remove normalize from numeric('${of.key}').`,
    );
  }
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
