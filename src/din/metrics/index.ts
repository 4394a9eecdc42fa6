export type { Accumulator, Metric, MetricMode } from './accumulator';
export { AccuracyAccumulator, accuracy } from './accuracy';
export { auc, averagePrecision, averagePrecision as aucPr, exactAuc } from './exact-auc';
export { type Gauc, type GaucWeighting, gauc } from './gauc';
export { KerasAucAccumulator, KerasAucPrAccumulator, kerasAuc, kerasAucPr } from './keras-auc';
export { LoglossAccumulator, logloss } from './logloss';
export type { MetricName } from './metric-set';
export { sigmoid } from './sigmoid';
