export { Catalog, type CatalogJson } from './catalog';
export { type CsvOptions, csv } from './csv';
export { type LoadOptions, load } from './load';
export { type MovieLensOptions, movielens } from './movielens';
export { SampleSet, type SampleSource } from './sample-set';
export { type SimulatedOptions, simulated } from './simulated';
export { byUser, randomSplit, type Split, timeSplit } from './splits';
export { type Column, Table } from './table';
