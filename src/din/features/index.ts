export { type IdentityOptions, identity, type VocabularyOptions, vocabulary } from './categorical';
export {
  type EmbeddingOptions,
  embedding,
  type HistoryOptions,
  history,
  indicator,
  sharedEmbedding,
} from './columns';
export { bucketized, type NumericOptions, numeric } from './numeric';
export type * from './types';
