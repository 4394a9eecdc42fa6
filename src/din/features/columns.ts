import { checkChoice, checkCount, checkSettings } from '../checks';
import { DataError } from '../errors';
import { describe, nameOf } from './categorical';
import type {
  Categorical,
  Combiner,
  Embedding,
  Indicator,
  Item,
  ListHistory,
  Numeric,
  PositionHistory,
  TableStart,
  Vectors,
  Weighted,
} from './types';

export interface EmbeddingOptions {
  /** Length of the vectors. */
  dimension: number;
  /** For features with several values: `mean` (default), `sum`, or `sqrtn` (sum / sqrt(count)). */
  combiner?: Combiner;
  /** Name of the table: embeddings of the same name, and features called so, share one. */
  table?: string;
  /** The feature whose table this embedding uses: the same as `table` with that feature's name. */
  shareWith?: Categorical | Embedding;
  /** How the table starts, e.g. `{ normal: 0.01 }` or `'glorotUniform'`; default the model's `embeddingInitializer`. */
  initializer?: TableStart['initializer'];
  /** False freezes the table: it is looked up, and never changes. Default true. */
  trainable?: boolean;
  /**
   * Vectors to start from, by value: a Map or an object. Values without one start as all others do, and are counted in a
   * warning. With `trainable: false` they stay as they are.
   */
  pretrained?: Vectors;
}

/**
 * A trained vector for each value: `[batch, dimension]`. No value gives zeros. Without `table` or `shareWith` the table is
 * the embedding's own.
 * @throws DataError for settings that do not fit.
 */
export function embedding(of: Categorical | Weighted, options: EmbeddingOptions): Embedding {
  const owner = `embedding(${describe(of)})`;
  if (of?.kind !== 'weighted') checkCategorical(owner, of);
  checkSettings(owner, options ?? {}, [
    'dimension',
    'combiner',
    'table',
    'shareWith',
    'initializer',
    'trainable',
    'pretrained',
  ]);
  checkCount(owner, 'dimension', options?.dimension);
  const { combiner = 'mean', table, shareWith } = options;
  checkChoice(owner, 'combiner', combiner, ['mean', 'sum', 'sqrtn']);
  if (table !== undefined && shareWith !== undefined)
    throw new DataError(`${owner}: give either table or shareWith, not both.`);
  if (table !== undefined && (typeof table !== 'string' || table === ''))
    throw new DataError(`${owner}: table is a name.`);
  const start = tableStart(owner, options);
  const item = of.kind === 'weighted' ? of.of : of;
  const named = item.kind === 'id' ? item.table : undefined;
  const shares = table ?? (shareWith ? tableOf(shareWith) : named);
  return {
    kind: 'embedding',
    // Ids that share a table share what is learnt of it: the vocabulary.
    of: shares === undefined ? of : sharing(of, shares),
    dimension: options.dimension,
    combiner,
    ...(shares === undefined ? {} : { shares }),
    ...start,
  };
}

/** What is said of how a table starts. @throws DataError for vectors of another length or with what is no number. */
function tableStart(owner: string, { initializer, trainable, pretrained, dimension }: EmbeddingOptions): TableStart {
  if (trainable !== undefined) checkChoice(owner, 'trainable', trainable, [true, false]);
  if (pretrained !== undefined) checkVectors(owner, pretrained, dimension);
  return {
    ...(initializer === undefined ? {} : { initializer }),
    ...(trainable === undefined ? {} : { trainable }),
    ...(pretrained === undefined ? {} : { pretrained }),
  };
}

function checkVectors(owner: string, vectors: Vectors, dimension: number): void {
  if (typeof vectors !== 'object' || vectors === null || Array.isArray(vectors)) {
    throw new DataError(`${owner}: pretrained is a Map or an object from values to vectors of ${dimension} numbers.`);
  }
  for (const [value, vector] of vectors instanceof Map ? vectors : Object.entries(vectors)) {
    if (vector?.length !== dimension) {
      throw new DataError(
        `${owner}: the pretrained vector of '${value}' has ${vector?.length ?? 'no'} numbers, the dimension is ${dimension}.`,
      );
    }
    for (let i = 0; i < dimension; i++) {
      if (Number.isFinite(vector[i])) continue;
      throw new DataError(`${owner}: the pretrained vector of '${value}' has ${vector[i]} at place ${i + 1}.`);
    }
  }
}

function sharing(of: Categorical | Weighted, table: string): Categorical | Weighted {
  if (of.kind === 'weighted') return { ...of, of: sharing(of.of, table) as Item };
  return of.kind === 'id' ? { ...of, table } : of;
}

const tableOf = (feature: Categorical | Embedding): string =>
  feature.kind === 'embedding' ? (feature.shares ?? nameOf(feature.of)) : nameOf(feature);

/**
 * Several features with the same values (a user's and a movie's genre) over one table, in one column or several each.
 * Returns one embedding a feature, in the order given, to be placed where they belong.
 * @throws DataError when the features do not have the same values.
 */
export function sharedEmbedding(
  features: readonly Categorical[],
  options: Pick<EmbeddingOptions, 'dimension' | 'combiner'>,
): Embedding[] {
  const owner = `sharedEmbedding([${features.map(describe).join(', ')}])`;
  if (features.length === 0) throw new DataError(`${owner}: at least one feature is needed.`);
  checkSettings(owner, options ?? {}, ['dimension', 'combiner']);
  const table = features.map((feature) => columnNames(feature).join('+')).join('|');
  const together = features.map((feature) =>
    feature?.kind === 'id' ? { ...feature, table: feature.table ?? table } : feature,
  );
  const embeddings = together.map((feature) => ({ ...embedding(feature, options), table, shares: undefined }));
  if (together.some((feature) => !sameValues(feature, together[0]))) {
    throw new DataError(`${owner}: features that share a table must have the same values; these differ.`);
  }
  return embeddings;
}

const columnNames = (feature: Categorical): string[] =>
  feature.kind === 'bucketized' || feature.kind === 'quantiles' ? [feature.of.key] : feature.keys;

/**
 * One-hot: `[batch, values]`; with several values the count of each, as TensorFlow's `indicator_column`.
 */
export function indicator(of: Categorical): Indicator {
  checkCategorical(`indicator(${describe(of)})`, of);
  return { kind: 'indicator', of };
}

export interface HistoryOptions {
  /** The kind of thing the history holds: usually the model's candidate. */
  of: Item;
  /** `shared` (default): the candidate's embedding table; `own`: a second table, as the reference tutorial has. */
  table?: 'shared' | 'own';
  /** Default true: padding adds exactly nothing. False treats it as an item, as the reference tutorial does. */
  mask?: boolean;
}

export interface ListHistoryOptions {
  /** How many behaviours count, the most recent ones; longer lists are cut at the old end. */
  length: number;
  /** At which end of a list the most recent behaviour is: `last` (default), as logs grow, or `first`. */
  recent?: 'last' | 'first';
  /** `shared` (default): the tables of the candidate's fields, wherever it has the field; `own`: tables of its own. */
  table?: 'shared' | 'own';
}

/**
 * A user's history.
 *
 * Columns of lists: `history({ hist_items: item, hist_cats: category }, { length: 20 })`, one list a field of the
 * behaviour, side by side, each with the feature that says what its values are and whose table it shares; a `numeric`
 * gives each behaviour a number (a rating; `recency` the time since). The first field tells where there is a behaviour:
 * its missing values are padding, and what the other fields hold there is not looked at. A further field's missing value has a row of
 * its own, which learns. What is cut and padding counts nowhere: neither in vocabularies nor in what numbers are scaled by. In the model the
 * most recent behaviour is position 1, whichever end of the list it was at.
 *
 * Columns, one a position, most recent first: `history(['movie1', 'movie2'], { of: movie })`. Empty, missing and 0 (in
 * columns of numbers; of a vocabulary 0 is a value) are padding, anywhere in the history. The order of the keys given is
 * kept (TensorFlow's sequence features sort columns by name, which puts `userRatedMovie10` before `userRatedMovie2`).
 * Positions of several fields each (a movie and its rating) become lists with `table.withLists`.
 * @throws DataError for settings that do not fit.
 */
export function history(keys: readonly string[], options: HistoryOptions): PositionHistory;
export function history(
  fields: Readonly<Record<string, Item | Embedding | Numeric>>,
  options: ListHistoryOptions,
): ListHistory;
export function history(
  of: readonly string[] | Readonly<Record<string, Item | Embedding | Numeric>>,
  options: HistoryOptions | ListHistoryOptions,
): PositionHistory | ListHistory {
  if (isSeveralFields(of, options)) throw new DataError(SEVERAL_FIELDS);
  if (Array.isArray(of)) return positions(of, options as HistoryOptions);
  if (typeof of !== 'object' || of === null) {
    throw new DataError(
      'history: the first argument is a list of columns, one a position, or { column: feature } for columns of lists, e.g. history({ hist_items: item }, { length: 20 }).',
    );
  }
  return lists(of as Readonly<Record<string, Item | Embedding | Numeric>>, options as ListHistoryOptions);
}

const SEVERAL_FIELDS =
  'history: columns of one position each hold one field of a behaviour. Several fields, as a movie and its rating, stand side by side as lists, ' +
  "which table.withLists makes of such columns: table.withLists({ hist_movie: ['movie1', 'movie2'], hist_rating: ['rating1', 'rating2'] }), " +
  "the most recent first, then history({ hist_movie: movie, hist_rating: numeric('hist_rating') }, { length: 2 }).";

/** Whether somebody tries to say in one way or another what fields the positions of a history have. */
function isSeveralFields(of: unknown, options: unknown): boolean {
  const { of: features, fields } = (options ?? {}) as { of?: unknown; fields?: unknown };
  if (Array.isArray(of))
    return of.some((key) => typeof key === 'object') || Array.isArray(features) || fields !== undefined;
  return typeof of === 'object' && of !== null && Object.values(of).some(Array.isArray);
}

function positions(keys: readonly string[], options: HistoryOptions): PositionHistory {
  const owner = `history(${keys.length} keys)`;
  if (keys.length === 0) throw new DataError('history: at least one key is needed.');
  checkSettings(owner, options ?? {}, ['of', 'table', 'mask']);
  const { of, table = 'shared', mask = true } = options ?? {};
  if (!isItem(of)) {
    throw new DataError(
      `${owner}: 'of' is the identity, vocabulary, id or hashed feature whose items the history holds.`,
    );
  }
  checkChoice(owner, 'table', table, ['shared', 'own']);
  checkChoice(owner, 'mask', mask, [true, false]);
  return { kind: 'history', keys: [...keys], of, table, mask };
}

function lists(of: Readonly<Record<string, Item | Embedding | Numeric>>, options: ListHistoryOptions): ListHistory {
  const keys = Object.keys(of);
  const owner = `history({ ${keys.join(', ')} })`;
  if (keys.length === 0) throw new DataError('history: at least one column of lists is needed.');
  checkSettings(owner, options ?? {}, ['length', 'recent', 'table']);
  const { length, recent = 'last', table = 'shared' } = options ?? {};
  if (length === undefined) {
    throw new DataError(
      `${owner}: give { length }, the number of most recent behaviours that count, e.g. { length: 20 }.`,
    );
  }
  checkCount(owner, 'length', length);
  checkChoice(owner, 'recent', recent, ['last', 'first']);
  checkChoice(owner, 'table', table, ['shared', 'own']);
  const fields = keys.map((key, i) => {
    const feature = of[key];
    const items = feature?.kind === 'embedding' ? feature.of : feature;
    const numeric = i > 0 && feature?.kind === 'numeric';
    if (!numeric && !(isItem(items) && items.kind !== ('weighted' as string))) {
      throw new DataError(
        `${owner}: '${key}' is an identity, vocabulary, id or hashed feature, or an embedding of one` +
          `${i > 0 ? ', or numeric' : ''}: what the column's lists hold.${i === 0 && feature?.kind === 'numeric' ? ' The first field tells where there is a behaviour; numbers come after it.' : ''}`,
      );
    }
    // The record says which column; a number's own key says so too, and must not say another.
    return { key, of: numeric ? { ...feature, key } : feature };
  });
  return { kind: 'history', fields, length, recent, table };
}

function isItem(of: unknown): of is Item {
  return ['identity', 'vocabulary', 'id', 'hashed'].includes((of as { kind?: string } | undefined)?.kind as string);
}

function checkCategorical(owner: string, of: Categorical): void {
  const kinds = ['identity', 'vocabulary', 'id', 'hashed', 'crossed', 'date', 'bucketized', 'quantiles'];
  if (!kinds.includes(of?.kind)) {
    throw new DataError(
      `${owner}: a categorical feature is needed: identity, vocabulary, id, hashed, crossed, date, bucketized or quantiles.`,
    );
  }
}

/** What must agree for two features to share a table: their values, not the columns nor how many there are of them. */
export function sameValues(a: Categorical, b: Categorical): boolean {
  if (a.kind !== b.kind) return false;
  if (a.kind === 'vocabulary' && b.kind === 'vocabulary') {
    return (
      a.outOfVocabulary === b.outOfVocabulary &&
      (a.values === b.values ||
        (a.values.length === b.values.length && a.values.every((value, i) => value === b.values[i])))
    );
  }
  if (a.kind === 'id') return nameOf(a) === nameOf(b);
  const { keys: _a, default: _d, of: ofA, length: _l, ...restA } = a as unknown as Record<string, unknown>;
  const { keys: _b, default: _e, of: ofB, length: _m, ...restB } = b as unknown as Record<string, unknown>;
  const numbers = a.kind === 'quantiles' ? JSON.stringify(ofA) === JSON.stringify(ofB) : true;
  return numbers && JSON.stringify(restA) === JSON.stringify(restB);
}
