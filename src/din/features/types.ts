/**
 * Feature columns are plain data: what a column of the table means to a model. Encoding (`encode.ts`) and the network
 * (`models/inputs.ts`) read them; a saved model holds them as JSON.
 */

/** One step of bringing a number to a scale that trains well. A function cannot be saved with the model. */
export type NormalizeStep = 'none' | 'standard' | 'log' | 'minmax' | ((value: number) => number);

/** A step, or several, each of what the one before gives. */
export type Normalize = NormalizeStep | readonly NormalizeStep[];

export interface Numeric {
  kind: 'numeric';
  key: string;
  normalize: Normalize;
  /** What a missing value (NaN, empty) becomes: an error, the training data's mean, or this number. */
  missing: 'error' | 'mean' | number;
  /** The number is the time from the column's value to this one, in `unit` seconds. */
  until?: { column?: string; seconds?: number; unit: number };
}

interface Keyed {
  /** Columns; several make one feature with several values. */
  keys: string[];
  /** For a column of lists: how many of a row's values count. */
  length?: number;
}

export interface Identity extends Keyed {
  kind: 'identity';
  buckets: number;
  /** Takes the place of ids outside [0, buckets) and of missing ones. */
  default?: number;
}

export interface Vocabulary extends Keyed {
  kind: 'vocabulary';
  values: readonly (string | number)[];
  /** Rows for values outside the list, chosen by a hash of the value. */
  outOfVocabulary: number;
  /** Index in `values` that takes the place of values outside the list. */
  default?: number;
  /** The vocabulary was learnt: its name, and the share of training values that stand in for unseen ones. */
  learnt?: { name: string; hidden: number };
}

/** Any text or number, with a vocabulary that the training rows decide. */
export interface Id extends Keyed {
  kind: 'id';
  /** Name of the vocabulary, where it is shared with others. */
  table?: string;
  /** Values that occur less often in the training rows share the row of the unseen ones. */
  minimumCount: number;
  /** Only the most frequent values have rows of their own. */
  maximumSize?: number;
}

export interface Hashed extends Keyed {
  kind: 'hashed';
  buckets: number;
}

/** The combination of several columns, hashed. */
export interface Crossed extends Keyed {
  kind: 'crossed';
  buckets: number;
}

/** A part of a time. */
export interface DatePart extends Keyed {
  kind: 'date';
  part: 'hour' | 'weekday' | 'day' | 'month';
  /** Hours that are added to UTC first. */
  offset: number;
}

export interface Bucketized {
  kind: 'bucketized';
  of: Numeric;
  /** Ascending; bucket i holds [boundaries[i-1], boundaries[i]). */
  boundaries: number[];
}

/** As bucketized, with boundaries between which the training rows lie in equal parts. */
export interface Quantiles {
  kind: 'quantiles';
  of: Numeric;
  buckets: number;
}

/** Features that name one of finitely many things: an id in [0, size). */
export type Categorical = Identity | Vocabulary | Id | Hashed | Crossed | DatePart | Bucketized | Quantiles;

/** What a candidate and a history are made of: things with an id of their own. */
export type Item = Identity | Vocabulary | Id | Hashed;

/** Categorical features whose sizes are known. */
export type Resolved = Identity | Vocabulary | Hashed | Crossed | DatePart | Bucketized;

/** Several values with a weight each. */
export interface Weighted {
  kind: 'weighted';
  of: Item;
  /** Column of the weights: lists as long as the values', or as many columns as the values have. */
  weights: string[];
}

export type Combiner = 'mean' | 'sum' | 'sqrtn';

/** Vectors by value: what a table starts from. */
export type Vectors = ReadonlyMap<string | number, ArrayLike<number>> | Readonly<Record<string, ArrayLike<number>>>;

/** How a table starts, where it does not start as all others do. */
export interface TableStart {
  /** A name or `{ uniform | normal | truncatedNormal: size }`, see `din.layers`. */
  initializer?: string | Readonly<Record<string, number>>;
  /** False: the table is frozen. */
  trainable?: boolean;
  /** Vectors that were trained elsewhere. They are not saved with the model: what it made of them is. */
  pretrained?: Vectors;
}

export interface Embedding extends TableStart {
  kind: 'embedding';
  of: Categorical | Weighted;
  dimension: number;
  /** How the vectors of a feature with several values become one. */
  combiner: Combiner;
  /** Embeddings with the same table name and dimension share one table (`sharedEmbedding`). */
  table?: string;
  /** Name of another feature (or a name of their own), whose table this embedding uses. */
  shares?: string;
}

export interface Indicator {
  kind: 'indicator';
  of: Categorical;
}

/** A history in columns, one a position, most recent first. */
export interface PositionHistory {
  kind: 'history';
  keys: string[];
  of: Item;
  /** `shared`: the candidate's table. `own`: a table of its own, as in the reference tutorial. */
  table: 'shared' | 'own';
  /** False treats padding as an item of its own, as the reference tutorial does by accident. */
  mask: boolean;
}

/** A history in columns of lists, one a field of the behaviour. */
export interface ListHistory {
  kind: 'history';
  /** The first tells where there is a behaviour. */
  fields: { key: string; of: Item | Embedding | Numeric }[];
  /** Most recent behaviours that count. */
  length: number;
  /** At which end of a list the most recent one is. */
  recent: 'last' | 'first';
  table: 'shared' | 'own';
}

export type History = PositionHistory | ListHistory;

/** What a model's `profile` and `context` take. */
export type DenseFeature = Numeric | Embedding | Indicator | Bucketized | Quantiles;
