import { checkChoice, checkCount, checkSettings } from '../checks';
import { DataError } from '../errors';
import type { Categorical, Crossed, DatePart, Hashed, Id, Identity, Resolved, Vocabulary, Weighted } from './types';

interface ListOptions {
  /**
   * For a column of lists: how many of a row's values count, the first ones; a longer list is cut, and `fit` says how
   * many were. Without it the column has one value a row.
   */
  length?: number;
}

export interface IdentityOptions extends ListOptions {
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
  checkSettings(owner, options ?? {}, ['buckets', 'default', 'length']);
  checkCount(owner, 'buckets', options?.buckets);
  const feature: Identity = { kind: 'identity', keys, buckets: options.buckets, ...lengthOf(owner, keys, options) };
  if (options.default !== undefined) {
    checkCount(owner, 'default', options.default, 0);
    if (options.default >= options.buckets) {
      throw new DataError(`${owner}: default ${options.default} is outside [0, ${options.buckets}).`);
    }
    feature.default = options.default;
  }
  return feature;
}

export interface VocabularyOptions extends ListOptions {
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
 * say otherwise, but `fit` and `evaluate` then warn with a count and an example. Linear in the number of values.
 * @throws DataError for repeated values and settings that do not fit.
 */
export function vocabulary(key: string | readonly string[], options: VocabularyOptions): Vocabulary {
  const keys = keyList('vocabulary', key);
  const owner = `vocabulary('${keys.join("', '")}')`;
  checkSettings(owner, options ?? {}, ['values', 'outOfVocabulary', 'default', 'length']);
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
  const feature: Vocabulary = {
    kind: 'vocabulary',
    keys,
    values: [...options.values],
    outOfVocabulary,
    ...lengthOf(owner, keys, options),
  };
  if (options.default !== undefined) {
    if (outOfVocabulary > 0) throw new DataError(`${owner}: give either default or outOfVocabulary, not both.`);
    const index = texts.get(String(options.default));
    if (index === undefined) throw new DataError(`${owner}: the default '${options.default}' is not among the values.`);
    feature.default = index;
  }
  return feature;
}

export interface IdOptions extends ListOptions {
  /** Values that occur less often in the training rows share one row with the unseen ones, and so train it. Default 2. */
  minimumCount?: number;
  /** At most so many values get rows of their own: the most frequent. Default: no limit. */
  maximumSize?: number;
  /** Name of the vocabulary: ids of the same name have one together. */
  table?: string;
  /** The feature whose vocabulary and table this one uses, e.g. `id('lastItem', { shareWith: item })`. */
  shareWith?: Id;
}

/**
 * Any text or number that names a thing. Its vocabulary is learnt from the training rows at the first `fit` (from every
 * column that the model reads with it: a candidate's and its histories'), saved with the model, and read by
 * `model.vocabulary(name)`. A number and its text are the same value; an empty one is missing. Values that are rare or
 * unseen share one row. It learns: from the rare values, and where these are fewer than one in a hundred, from as many of
 * the training rows, drawn by `fit`'s seed, whose value is hidden behind it.
 * @throws DataError for settings that do not fit; when it is read, for fractions, which are no ids.
 */
export function id(key: string | readonly string[], options: IdOptions = {}): Id {
  const keys = keyList('id', key);
  const owner = `id('${keys.join("', '")}')`;
  checkSettings(owner, options, ['minimumCount', 'maximumSize', 'length', 'table', 'shareWith']);
  const { shareWith } = options;
  if (shareWith !== undefined && shareWith?.kind !== 'id') {
    throw new DataError(
      `${owner}: shareWith is another id feature; other features share by embedding(..., { shareWith }).`,
    );
  }
  if (shareWith && options.table !== undefined)
    throw new DataError(`${owner}: give either table or shareWith, not both.`);
  const { minimumCount = shareWith?.minimumCount ?? 2, maximumSize = shareWith?.maximumSize } = options;
  checkCount(owner, 'minimumCount', minimumCount);
  if (maximumSize !== undefined) checkCount(owner, 'maximumSize', maximumSize);
  const table = shareWith ? nameOf(shareWith) : options.table;
  if (table !== undefined && (typeof table !== 'string' || table === '')) {
    throw new DataError(`${owner}: table is a name.`);
  }
  return {
    kind: 'id',
    keys,
    minimumCount,
    ...(maximumSize === undefined ? {} : { maximumSize }),
    ...(table === undefined ? {} : { table }),
    ...lengthOf(owner, keys, options),
  };
}

export interface HashedOptions extends ListOptions {
  /** Values are spread over so many rows; some share one by chance. */
  buckets: number;
}

/**
 * Any text or number, by a hash (FNV-1a, 32 bits) of its text: no vocabulary, nothing to learn or to save. Two values
 * share a row with odds of 1 in `buckets`. An empty value is missing.
 * @throws DataError for settings that do not fit.
 */
export function hashed(key: string | readonly string[], options: HashedOptions): Hashed {
  const keys = keyList('hashed', key);
  const owner = `hashed('${keys.join("', '")}')`;
  checkSettings(owner, options ?? {}, ['buckets', 'length']);
  checkCount(owner, 'buckets', options?.buckets);
  return { kind: 'hashed', keys, buckets: options.buckets, ...lengthOf(owner, keys, options) };
}

/**
 * The combination of two or more columns as one value, hashed (as TensorFlow's `crossed_column`): what is true of men in
 * the morning. Missing where any of the columns is.
 * @throws DataError for settings that do not fit.
 */
export function crossed(columns: readonly string[], options: { buckets: number }): Crossed {
  const keys = keyList('crossed', columns);
  const owner = `crossed('${keys.join("', '")}')`;
  if (keys.length < 2) throw new DataError(`${owner}: at least two columns are needed.`);
  checkSettings(owner, options ?? {}, ['buckets']);
  checkCount(owner, 'buckets', options?.buckets);
  return { kind: 'crossed', keys, buckets: options.buckets };
}

export interface DateOptions {
  /** `hour` (0 to 23), `weekday` (0 = Monday), `day` of the month (0 = the first) or `month` (0 = January). */
  part: DatePart['part'];
  /** Hours added to UTC, e.g. 8 in Shanghai. Default 0. */
  offset?: number;
}

/**
 * A part of a time in seconds since 1970: the hour of a click, its weekday. Placed in `embedding` or `indicator`.
 * @throws DataError for settings that do not fit; when it is read, for times that must be milliseconds.
 */
export function date(key: string, options: DateOptions): DatePart {
  const keys = keyList('date', key);
  const owner = `date('${keys[0]}')`;
  checkSettings(owner, options ?? {}, ['part', 'offset']);
  const { part, offset = 0 } = options ?? {};
  checkChoice(owner, 'part', part, Object.keys(DATE_PARTS));
  if (!(offset >= -24 && offset <= 24)) throw new DataError(`${owner}: offset is hours from -24 to 24, not ${offset}.`);
  return { kind: 'date', keys, part, offset };
}

/** Values that a part of a date can have. */
export const DATE_PARTS = { hour: 24, weekday: 7, day: 31, month: 12 } as const;

/**
 * Several values with a weight each: an embedding's `mean` is then sum(w v) / sum(w), `sum` is sum(w v), `sqrtn`
 * sum(w v) / sqrt(sum(w^2)), as TensorFlow's `weighted_categorical_column`. Weights are at least 0.
 * @param of a feature over a column of lists, or over several columns; @param weights the column of lists beside it, or as
 * many columns.
 * @throws DataError for settings that do not fit.
 */
export function weighted(of: Weighted['of'], weights: string | readonly string[]): Weighted {
  const owner = `weighted(${describe(of)})`;
  if (!['identity', 'vocabulary', 'id', 'hashed'].includes(of?.kind)) {
    throw new DataError(`${owner}: an identity, vocabulary, id or hashed feature is needed.`);
  }
  const columns = keyList('weighted', weights);
  if (columns.length !== of.keys.length) {
    throw new DataError(`${owner}: ${of.keys.length} columns of values, but ${columns.length} of weights.`);
  }
  return { kind: 'weighted', of, weights: columns };
}

/** The table columns that a feature reads. */
export function keysOf(feature: Categorical | Weighted): string[] {
  if (feature.kind === 'weighted') return [...feature.of.keys, ...feature.weights];
  if (feature.kind === 'bucketized' || feature.kind === 'quantiles') {
    const { key, until } = feature.of;
    return until?.column === undefined ? [key] : [key, until.column];
  }
  return feature.keys;
}

/** What a feature is called: its vocabulary, its table. Others share it by this name. */
export function nameOf(feature: Categorical | Weighted): string {
  if (feature.kind === 'weighted') return nameOf(feature.of);
  if (feature.kind === 'id' && feature.table !== undefined) return feature.table;
  if (feature.kind === 'vocabulary' && feature.learnt) return feature.learnt.name;
  return keysOf(feature).join('_');
}

/** For people: `id('item')`. */
export function describe(feature: Categorical | Weighted | undefined): string {
  if (!feature?.kind) return String(feature);
  return `${feature.kind}('${keysOf(feature).join("', '")}')`;
}

/**
 * How many ids a row has. A list feature has its `length`, others as many as columns; a crossing has one.
 */
export function widthOf(feature: Categorical): number {
  if (feature.kind === 'bucketized' || feature.kind === 'quantiles' || feature.kind === 'crossed') return 1;
  return feature.length ?? feature.keys.length;
}

/** Whether a row may have several values, or none. */
const severalOf = ({ keys, length }: Identity): boolean => keys.length > 1 || length !== undefined;

/**
 * The id that stands for "no value", or undefined where a value is never absent. Its vector is never used nor trained.
 */
export function missingId(feature: Resolved): number | undefined {
  switch (feature.kind) {
    case 'vocabulary':
      return feature.values.length + feature.outOfVocabulary;
    case 'hashed':
    case 'crossed':
      return feature.buckets;
    case 'date':
      return DATE_PARTS[feature.part];
    case 'identity':
      return severalOf(feature) && feature.default === undefined ? feature.buckets : undefined;
    default:
      return undefined;
  }
}

/** The id that pads a history: an identity's 0, else the missing id. */
export function paddingId(feature: Resolved): number {
  return feature.kind === 'identity' ? 0 : missingId(feature)!;
}

/** Number of values, without the missing id: the width of an indicator. */
export function valueCount(feature: Resolved): number {
  switch (feature.kind) {
    case 'identity':
    case 'hashed':
    case 'crossed':
      return feature.buckets;
    case 'date':
      return DATE_PARTS[feature.part];
    case 'vocabulary':
      return feature.values.length + feature.outOfVocabulary;
    default:
      return feature.boundaries.length + 1;
  }
}

/** Rows of an embedding table: the values and the missing id. Ids lie in [0, tableRows). */
export function tableRows(feature: Resolved): number {
  return valueCount(feature) + (missingId(feature) === undefined ? 0 : 1);
}

function lengthOf(owner: string, keys: readonly string[], { length }: ListOptions): { length?: number } {
  if (length === undefined) return {};
  checkCount(owner, 'length', length);
  if (keys.length > 1)
    throw new DataError(`${owner}: length is for one column of lists, not for ${keys.length} columns.`);
  return { length };
}

function keyList(owner: string, key: string | readonly string[]): string[] {
  const keys = typeof key === 'string' ? [key] : Array.isArray(key) ? [...key] : [];
  if (keys.length === 0 || keys.some((k) => typeof k !== 'string' || k === '')) {
    throw new DataError(`${owner}: the first argument is the name of a column, or a list of names.`);
  }
  return keys;
}
