import type * as tf from '@tensorflow/tfjs';
import { releaseForward } from '../forward-pass';
import type { OutputLoss } from '../losses';
import { TrainingState } from '../state';

/** What the library remembers of a network that it trained, so that fitting again goes on. */
export interface KnownNetwork {
  state: TrainingState;
  /** Of the last fit, for `evaluate`: one an output, and how much it counts. */
  losses: readonly OutputLoss[];
  weights: readonly number[];
}

const known = new WeakMap<tf.LayersModel, KnownNetwork>();

export const knownNetwork = (network: tf.LayersModel): KnownNetwork | undefined => known.get(network);

/** Remembers what a network is trained for. */
export function remember(network: tf.LayersModel, aims: Omit<KnownNetwork, 'state'>): TrainingState {
  const entry = { state: known.get(network)?.state ?? new TrainingState(), ...aims };
  known.set(network, entry);
  return entry.state;
}

/** Frees what the library keeps of a network: its graphs and its optimizer's state. The network itself stays as it is. */
export function release(network: tf.LayersModel): void {
  releaseForward(network);
  known.get(network)?.state.dispose();
  known.delete(network);
}
