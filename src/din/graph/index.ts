export {
  type GraphFunctionOptions,
  graphFunction as function,
  type TensorFunction,
  type TensorResult,
} from './function';
