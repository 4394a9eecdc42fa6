import type * as tf from '@tensorflow/tfjs';

/** TensorFlow.js hands a layer one tensor or a list of them; layers here know which they take. */
export function one(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
  return Array.isArray(inputs) ? inputs[0] : inputs;
}

export function many(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor[] {
  return Array.isArray(inputs) ? inputs : [inputs];
}

/** True while `fit` runs a training step. */
export function isTraining(kwargs: { training?: boolean } | undefined): boolean {
  return kwargs?.training === true;
}

/** Applies a layer to symbolic inputs: the type TensorFlow.js cannot give. */
export function connect(layer: tf.layers.Layer, inputs: tf.SymbolicTensor | tf.SymbolicTensor[]): tf.SymbolicTensor {
  return layer.apply(inputs) as tf.SymbolicTensor;
}
