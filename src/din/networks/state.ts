import type * as tf from '@tensorflow/tfjs';
import { releaseForward } from '../graph/inference';
import type { OptimizerDefinition } from '../training/optimizers/optimizer';
import { OptimizerState } from '../training/optimizers/state';
import { tableVariables, trainableVariables } from '../training/step';
import type { OutputLoss } from './losses';

/** What the library remembers of a network that it trained, so that fitting again goes on. */
export interface NetworkState {
  optimizer: OptimizerState;
  /** Epochs of all fits so far. */
  epochs: number;
  /** Of the last fit, for `evaluate`: one an output, and how much it counts. */
  losses: readonly OutputLoss[];
  weights: readonly number[];
}

const states = new WeakMap<tf.LayersModel, NetworkState>();

export const stateOf = (network: tf.LayersModel): NetworkState | undefined => states.get(network);

/**
 * The state to train with. The optimizer goes on where it has the same settings, but for the learning rate, and the same
 * weights to train (layers may have been frozen since); otherwise it starts afresh.
 * @param asked undefined: whatever was used before, else `fallback`.
 */
export function useState(
  network: tf.LayersModel,
  asked: OptimizerDefinition | undefined,
  fallback: () => OptimizerDefinition,
  { losses, weights }: Pick<NetworkState, 'losses' | 'weights'>,
): NetworkState {
  const known = states.get(network);
  const variables = trainableVariables(network);
  if (known) {
    Object.assign(known, { losses, weights });
    const { definition } = known.optimizer;
    if (known.optimizer.serves(asked, variables)) return known;
    known.optimizer.dispose();
    known.optimizer = new OptimizerState(asked ?? definition, variables, tableVariables(network));
    return known;
  }
  const optimizer = new OptimizerState(asked ?? fallback(), variables, tableVariables(network));
  const state = { optimizer, epochs: 0, losses, weights };
  states.set(network, state);
  return state;
}

/** Frees what the library keeps of a network: its graphs and its optimizer's state. The network itself stays as it is. */
export function release(network: tf.LayersModel): void {
  releaseForward(network);
  states.get(network)?.optimizer.dispose();
  states.delete(network);
}
