export type { Values, ValuesByName } from './data';
export { fit } from './fit';
export type { LossFunction, LossName } from './losses';
export type { NetworkMetrics } from './measurement';
export type { NetworkFitOptions } from './options';
export { evaluate, type NetworkEvaluation, predict } from './score';
export { release } from './state';
