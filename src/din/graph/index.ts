export {
  type GraphFunctionOptions,
  graphFunction as function,
  type TensorFunction,
} from './function';
export type { TensorTree } from './structure';
