export type { Accumulator, Metric } from './accumulator';
export { AccuracyAccumulator, accuracy } from './accuracy';
export { AucAccumulator, AucPrAccumulator, auc, aucPr, exactAuc } from './auc';
export { type Gauc, type GaucWeighting, gauc } from './gauc';
export { LoglossAccumulator, logloss } from './logloss';
export type { MetricName } from './metric-set';
export { sigmoid } from './sigmoid';
