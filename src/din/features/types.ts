/**
 * Feature columns are plain data: what a column of the table means to a model. Encoding (`encode.ts`) and the network
 * (`models/inputs.ts`) read them; a saved model holds them as JSON.
 */

/** How a number is brought to a scale that trains well. A function cannot be saved with the model. */
export type Normalize = 'none' | 'standard' | 'log' | 'minmax' | ((value: number) => number);

export interface Numeric {
  kind: 'numeric';
  key: string;
  normalize: Normalize;
  /** What a missing value (NaN, empty) becomes: an error, the training data's mean, or this number. */
  missing: 'error' | 'mean' | number;
}

export interface Identity {
  kind: 'identity';
  keys: string[];
  buckets: number;
  /** Takes the place of ids outside [0, buckets) and of missing ones. */
  default?: number;
}

export interface Vocabulary {
  kind: 'vocabulary';
  keys: string[];
  values: (string | number)[];
  /** Rows for values outside the list, chosen by a hash of the value. */
  outOfVocabulary: number;
  /** Index in `values` that takes the place of values outside the list. */
  default?: number;
}

export interface Bucketized {
  kind: 'bucketized';
  of: Numeric;
  /** Ascending; bucket i holds [boundaries[i-1], boundaries[i]). */
  boundaries: number[];
}

/** Features that name one of finitely many things: an id in [0, size). */
export type Categorical = Identity | Vocabulary | Bucketized;

export type Combiner = 'mean' | 'sum' | 'sqrtn';

export interface Embedding {
  kind: 'embedding';
  of: Categorical;
  dimension: number;
  /** How the vectors of a feature with several keys become one. */
  combiner: Combiner;
  /** Embeddings with the same table name share one table; without a name the table is the feature's own. */
  table?: string;
}

export interface Indicator {
  kind: 'indicator';
  of: Categorical;
}

/** A history: the keys are its positions, most recent first. */
export interface History {
  kind: 'history';
  keys: string[];
  of: Identity | Vocabulary;
  /** `shared`: the candidate's table. `own`: a table of its own, as in the reference tutorial. */
  table: 'shared' | 'own';
  /** False treats padding as an item of its own, as the reference tutorial does by accident. */
  mask: boolean;
}

/** What a model's `profile` and `context` take. */
export type DenseFeature = Numeric | Embedding | Indicator | Bucketized;
