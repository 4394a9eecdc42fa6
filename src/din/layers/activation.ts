import * as tf from '@tensorflow/tfjs';
import { Dice } from './dice';
import { connect } from './layer';
import { PReLU } from './prelu';

export type Activation = 'prelu' | 'dice' | 'relu' | 'sigmoid' | 'tanh';
export const activations: readonly Activation[] = ['prelu', 'dice', 'relu', 'sigmoid', 'tanh'];

/**
 * How to apply an activation to `[batch, channels]`, or to `[batch, positions, channels]` with its mask, which Dice
 * needs to keep padding out of its statistics.
 */
export function activationLayer(
  activation: Activation,
  name: string,
  sharedPositions = true,
): (x: tf.SymbolicTensor, mask?: tf.SymbolicTensor) => tf.SymbolicTensor {
  if (activation === 'prelu') return (x) => connect(new PReLU({ name, sharedPositions }), x);
  if (activation === 'dice') return (x, mask) => connect(new Dice({ name }), mask ? [x, mask] : x);
  return (x) => connect(tf.layers.activation({ name, activation }), x);
}
