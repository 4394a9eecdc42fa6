export { Catalog, type CatalogJson } from './catalog';
export { type Column, Lists, type NumberArray, Numbers, type StoredColumn, Texts, type Value } from './columns';
export { type CsvOptions, csv } from './csv';
export { type AmazonOptions, type AmazonSamples, amazon } from './datasets/amazon';
export { Dataset } from './datasets/dataset';
export { type KuaiRecOptions, type KuaiRecSamples, kuairec } from './datasets/kuairec';
export { type TaobaoOptions, type TaobaoSamples, taobao, taobaoAds } from './datasets/taobao';
export { type Cell, type ColumnArrays, from } from './from';
export {
  type Condition,
  type HistoryOptions,
  type ImpressionOptions,
  impressions,
  type NegativeOptions,
  type Statistic,
  type StatisticName,
} from './impressions';
export { type LoadOptions, load } from './load';
export { type MovieLensOptions, movielens } from './movielens';
export type { JoinOptions, RowFunction } from './operations';
export { type Bin, type ColumnProfile, type DescribeOptions, TableProfile } from './profile';
export { type QueryTableOptions, sql } from './query';
export { type ColumnType, type ReadOptions, read } from './read';
export type { Format } from './read/find-files';
export { SampleSet, type SampleSource } from './sample-set';
export { type SimulatedOptions, simulated } from './simulated';
export { byUser, randomSplit, type Split, type SplitOptions, SplitTables, split, timeSplit } from './splits';
export type { Storage } from './storage/builder';
export { Table } from './table';
