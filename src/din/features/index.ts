export {
  crossed,
  type DateOptions,
  date,
  type HashedOptions,
  hashed,
  type IdentityOptions,
  type IdOptions,
  id,
  identity,
  type VocabularyOptions,
  vocabulary,
  weighted,
} from './categorical';
export {
  type EmbeddingOptions,
  embedding,
  type HistoryOptions,
  history,
  indicator,
  type ListHistoryOptions,
  sharedEmbedding,
} from './columns';
export {
  bucketized,
  type NumericOptions,
  numeric,
  type QuantilesOptions,
  quantiles,
  type RecencyOptions,
  recency,
} from './numeric';
export type { FeatureState, NumericState, VocabularyState } from './state';
export type * from './types';
