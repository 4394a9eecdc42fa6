export {
  evaluate,
  fit,
  type LossFunction,
  type LossName,
  type NetworkEvaluation,
  type NetworkFitOptions,
  type NetworkMetrics,
  predict,
  release,
  type Values,
  type ValuesByName,
} from '../networks/index';
export {
  type GraphFunctionOptions,
  graphFunction as function,
  type TensorFunction,
} from './function';
export type { TensorTree } from './structure';
