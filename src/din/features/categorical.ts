import { DataError } from '../errors';
import { checkCount, checkSettings } from './settings';
import type { Categorical, Identity, Vocabulary } from './types';

export interface IdentityOptions {
  /** Ids lie in [0, buckets). */
  buckets: number;
  /** Takes the place of ids outside [0, buckets) and of missing ones; without it they are errors. */
  default?: number;
}

/**
 * Whole numbers that are ids already. Several keys make one feature with several values, combined by an embedding's
 * `combiner`; a missing value among several is left out. (TensorFlow's `categorical_column_with_identity` drops ids
 * below 0 in silence when there is no default; here they are errors that name the column and row.)
 * @throws DataError for settings that do not fit.
 */
export function identity(key: string | readonly string[], options: IdentityOptions): Identity {
  const keys = keyList('identity', key);
  const owner = `identity('${keys.join("', '")}')`;
  checkSettings(owner, options ?? {}, ['buckets', 'default']);
  checkCount(owner, 'buckets', options?.buckets);
  const feature: Identity = { kind: 'identity', keys, buckets: options.buckets };
  if (options.default !== undefined) {
    checkCount(owner, 'default', options.default, 0);
    if (options.default >= options.buckets) {
      throw new DataError(`${owner}: default ${options.default} is outside [0, ${options.buckets}).`);
    }
    feature.default = options.default;
  }
  return feature;
}

export interface VocabularyOptions {
  /** The known values, in the order of their ids. Numbers and their text are the same value. */
  values: readonly (string | number)[];
  /** Rows shared by all values outside the list, by a hash of the value. Default 0: such values count as missing. */
  outOfVocabulary?: number;
  /** A value of the list that takes the place of values outside it; not together with `outOfVocabulary`. */
  default?: string | number;
}

/**
 * Values of a known list. An empty value is missing: it adds nothing (a zero vector), as in TensorFlow's
 * `categorical_column_with_vocabulary_list`; so does a value outside the list, unless `outOfVocabulary` or `default`
 * say otherwise, but `fit` and `evaluate` then warn with a count and an example.
 * @throws DataError for repeated values and settings that do not fit.
 */
export function vocabulary(key: string | readonly string[], options: VocabularyOptions): Vocabulary {
  const keys = keyList('vocabulary', key);
  const owner = `vocabulary('${keys.join("', '")}')`;
  checkSettings(owner, options ?? {}, ['values', 'outOfVocabulary', 'default']);
  if (!Array.isArray(options?.values) || options.values.length === 0) {
    throw new DataError(`${owner}: values must be a list of at least one value.`);
  }
  const texts = new Map<string, number>();
  options.values.forEach((value, i) => {
    const text = String(value);
    if (texts.has(text)) throw new DataError(`${owner}: the value '${text}' is listed twice.`);
    texts.set(text, i);
  });
  if (texts.has('')) throw new DataError(`${owner}: an empty value means missing and cannot be listed.`);
  const { outOfVocabulary = 0 } = options;
  checkCount(owner, 'outOfVocabulary', outOfVocabulary, 0);
  const feature: Vocabulary = { kind: 'vocabulary', keys, values: [...options.values], outOfVocabulary };
  if (options.default !== undefined) {
    if (outOfVocabulary > 0) throw new DataError(`${owner}: give either default or outOfVocabulary, not both.`);
    const index = texts.get(String(options.default));
    if (index === undefined) throw new DataError(`${owner}: the default '${options.default}' is not among the values.`);
    feature.default = index;
  }
  return feature;
}

/** The table columns that a feature reads. */
export function keysOf(feature: Categorical): string[] {
  return feature.kind === 'bucketized' ? [feature.of.key] : feature.keys;
}

/**
 * The id that stands for "no value", or undefined where a value is never absent. Its vector is never used nor trained.
 */
export function missingId(feature: Categorical): number | undefined {
  if (feature.kind === 'vocabulary') return feature.values.length + feature.outOfVocabulary;
  if (feature.kind === 'identity' && feature.keys.length > 1 && feature.default === undefined) return feature.buckets;
  return undefined;
}

/** The id that pads a history: an identity's 0, a vocabulary's missing id. */
export function paddingId(feature: Identity | Vocabulary): number {
  return feature.kind === 'identity' ? 0 : missingId(feature)!;
}

/** Number of values, without the missing id: the width of an indicator. */
export function valueCount(feature: Categorical): number {
  if (feature.kind === 'identity') return feature.buckets;
  if (feature.kind === 'vocabulary') return feature.values.length + feature.outOfVocabulary;
  return feature.boundaries.length + 1;
}

/** Rows of an embedding table: the values and the missing id. Ids lie in [0, tableRows). */
export function tableRows(feature: Categorical): number {
  return valueCount(feature) + (missingId(feature) === undefined ? 0 : 1);
}

function keyList(owner: string, key: string | readonly string[]): string[] {
  const keys = typeof key === 'string' ? [key] : [...key];
  if (keys.length === 0 || keys.some((k) => typeof k !== 'string' || k === '')) {
    throw new DataError(`${owner}: the first argument is the name of a column, or a list of names.`);
  }
  return keys;
}
