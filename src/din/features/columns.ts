import { DataError } from '../errors';
import { keysOf } from './categorical';
import { checkChoice, checkCount, checkSettings } from './settings';
import type { Categorical, Combiner, Embedding, History, Identity, Indicator, Vocabulary } from './types';

export interface EmbeddingOptions {
  /** Length of the vectors. */
  dimension: number;
  /** For features with several keys: `mean` (default), `sum`, or `sqrtn` (sum / sqrt(count)). */
  combiner?: Combiner;
}

/**
 * A trained vector for each value: `[batch, dimension]`. No value gives zeros.
 * @throws DataError for settings that do not fit.
 */
export function embedding(of: Categorical, options: EmbeddingOptions): Embedding {
  const owner = `embedding(${nameOf(of)})`;
  checkCategorical(owner, of);
  checkSettings(owner, options ?? {}, ['dimension', 'combiner']);
  checkCount(owner, 'dimension', options?.dimension);
  const { combiner = 'mean' } = options;
  checkChoice(owner, 'combiner', combiner, ['mean', 'sum', 'sqrtn']);
  return { kind: 'embedding', of, dimension: options.dimension, combiner };
}

/**
 * Several features with the same values (a user's and a movie's genre) over one table. Returns one embedding a
 * feature, in the order given, to be placed where they belong.
 * @throws DataError when the features do not have the same number of values.
 */
export function sharedEmbedding(features: readonly Categorical[], options: EmbeddingOptions): Embedding[] {
  const owner = `sharedEmbedding([${features.map(nameOf).join(', ')}])`;
  if (features.length === 0) throw new DataError(`${owner}: at least one feature is needed.`);
  const table = features.map((feature) => keysOf(feature).join('+')).join('|');
  const embeddings = features.map((feature) => ({ ...embedding(feature, options), table }));
  const domains = new Set(features.map(domain));
  if (domains.size > 1) {
    throw new DataError(`${owner}: features that share a table must have the same values; these differ.`);
  }
  return embeddings;
}

/**
 * One-hot: `[batch, values]`; with several keys the count of each value, as TensorFlow's `indicator_column`.
 */
export function indicator(of: Categorical): Indicator {
  checkCategorical(`indicator(${nameOf(of)})`, of);
  return { kind: 'indicator', of };
}

export interface HistoryOptions {
  /** The kind of thing the history holds: usually the model's candidate. */
  of: Identity | Vocabulary;
  /** `shared` (default): the candidate's embedding table; `own`: a second table, as the reference tutorial has. */
  table?: 'shared' | 'own';
  /** Default true: padding adds exactly nothing. False treats it as an item, as the reference tutorial does. */
  mask?: boolean;
}

/**
 * A user's history, one column a position, most recent first: `[batch, keys.length]` ids. Empty, missing and (for an
 * identity) 0 are padding, anywhere in the history. The order of the keys given is kept (TensorFlow's sequence
 * features sort columns by name, which puts `userRatedMovie10` before `userRatedMovie2`).
 * @throws DataError for settings that do not fit.
 */
export function history(keys: readonly string[], options: HistoryOptions): History {
  const owner = `history(${keys.length} keys)`;
  if (keys.length === 0) throw new DataError('history: at least one key is needed.');
  checkSettings(owner, options ?? {}, ['of', 'table', 'mask']);
  const { of, table = 'shared', mask = true } = options ?? {};
  if (of?.kind !== 'identity' && of?.kind !== 'vocabulary') {
    throw new DataError(`${owner}: 'of' is the identity or vocabulary feature whose items the history holds.`);
  }
  checkChoice(owner, 'table', table, ['shared', 'own']);
  checkChoice(owner, 'mask', mask, [true, false]);
  return { kind: 'history', keys: [...keys], of, table, mask };
}

function checkCategorical(owner: string, of: Categorical): void {
  if (!['identity', 'vocabulary', 'bucketized'].includes(of?.kind)) {
    throw new DataError(`${owner}: an identity, vocabulary or bucketized feature is needed.`);
  }
}

function nameOf(feature: Categorical): string {
  if (!feature?.kind) return String(feature);
  return `${feature.kind}('${keysOf(feature).join("', '")}')`;
}

/** What must agree for two features to share a table: their values, not the columns nor how many there are of them. */
function domain(feature: Categorical): string {
  return feature.kind === 'bucketized'
    ? JSON.stringify({ boundaries: feature.boundaries })
    : JSON.stringify({ ...feature, keys: [], default: undefined });
}
