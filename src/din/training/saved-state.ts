import type * as tf from '@tensorflow/tfjs';
import type { OptimizerConfig } from './optimizers/optimizer';
import type { OptimizerState } from './optimizers/state';
import { entryOf, type TensorEntry } from './tensor-file';

/** An optimizer's state in a file: what makes it again, and its tensors' names; learning rate and iterations come first. */
export interface SavedOptimizer {
  config: OptimizerConfig;
  /** Learning rate, iterations, then the slots weight by weight. */
  state: TensorEntry[];
  /** Names of the weights that it trains, in order. */
  weights?: string[];
}

export const variableOf = (weight: tf.LayerVariable): tf.Variable => (weight as unknown as { val: tf.Variable }).val;

/** An optimizer's state as it is saved, and the tensors in the entries' order. */
export function describeOptimizer(
  state: OptimizerState,
  network: tf.LayersModel,
): { tensors: tf.Variable[]; entry: SavedOptimizer } {
  const names = new Map(network.weights.map((weight) => [variableOf(weight), weight.originalName]));
  const weights = state.variables.map((variable) => names.get(variable)!);
  const slots = weights.flatMap((name) => state.definition.slots.map((slot) => `${name}/${slot.name}`));
  const tensors = state.stateVariables;
  const entries = ['learning_rate', 'iterations', ...slots].map((name, i) => entryOf(name, tensors[i]));
  return { tensors, entry: { config: state.config, state: entries, weights } };
}
