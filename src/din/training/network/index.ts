/** What cells see as `din.graph`: networks of one's own, trained as the models are, and functions as graphs. */
export {
  type GraphFunctionOptions,
  graphFunction as function,
  type TensorFunction,
} from '../../graph/function';
export type { TensorTree } from '../../graph/structure';
export type { LossFunction, LossName } from '../losses';
export type { NetworkMetrics } from '../measurement';
export type { Values, ValuesByName } from './data';
export { fit } from './fit';
export { release } from './known';
export type { NetworkFitOptions } from './options';
export { evaluate, type NetworkEvaluation, predict } from './score';
