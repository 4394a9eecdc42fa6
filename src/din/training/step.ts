import * as tf from '@tensorflow/tfjs';
import type { Loss } from './losses';
import type { MiniBatchDecay } from './mini-batch-decay';
import type { OptimizerState } from './optimizers/state';

/** What is trained and how: everything a training step needs besides its batch. */
export interface TrainingProgram {
  network: tf.LayersModel;
  /** Of every output, or one an output; each has a label tensor. The losses are added. */
  loss: Loss | readonly Loss[];
  optimizer: OptimizerState;
  /** Added to the loss, e.g. L2; computed inside the gradient's tape. */
  penalty?: () => tf.Scalar;
  /** Added to the gradients of embedding tables. */
  decay?: MiniBatchDecay;
}

/** The weights that the network trains, in the order the optimizer keeps its slots. */
export function trainableVariables(network: tf.LayersModel): tf.Variable[] {
  return network.trainableWeights.map((weight) => (weight as unknown as { val: tf.Variable }).val);
}

/** The network's embedding tables `[rows, dimension]`: optimizers may treat their rows specially. */
export function tableVariables(network: tf.LayersModel): Set<tf.Variable> {
  const tables = network.layers.filter((layer) => TABLE_LAYERS.has(layer.getClassName()));
  return new Set(tables.map((layer) => (layer.weights[0] as unknown as { val: tf.Variable }).val));
}

const TABLE_LAYERS = new Set(['DinEmbeddingTable', 'Embedding']);

/**
 * One training step in TensorFlow.js ops: forward in training mode, loss, gradients, update. Eager training runs it, a
 * graph trace records it, so that both compute the same.
 * @param inputs in the network's order, `[batch, ...]`; @param labels one `[batch, width]` per output.
 * @param weights of the rows, `[batch, 1]`, where they are weighted.
 * @returns the batch's mean loss (penalty included) and the output, both owned by the caller; several outputs stand side
 * by side, `[batch, width of all]`.
 */
export function trainStep(
  program: TrainingProgram,
  inputs: readonly tf.Tensor[],
  labels: readonly tf.Tensor[],
  weights?: tf.Tensor,
): { loss: tf.Scalar; output: tf.Tensor } {
  const { network, loss, optimizer, penalty, decay } = program;
  return tf.tidy(() => {
    let output: tf.Tensor | undefined;
    const { value, grads } = tf.variableGrads(() => {
      const outputs = forward(network, inputs, true);
      output = tf.keep(outputs.length === 1 ? outputs[0] : sideBySide(outputs));
      const losses = outputs.map((out, i) => (Array.isArray(loss) ? loss[i] : loss)(out, labels[i], weights));
      if (penalty) losses.push(penalty());
      return losses.length === 1 ? losses[0] : (tf.addN(losses) as tf.Scalar);
    }, optimizer.variables as tf.Variable[]);
    const gradients = optimizer.variables.map((variable) => grads[variable.name] as tf.Tensor | undefined);
    optimizer.apply(decay ? decay.addTo(gradients, optimizer.variables, inputs) : gradients);
    return { loss: value, output: output! };
  });
}

/** The network's outputs, always as a list. */
export function forward(network: tf.LayersModel, inputs: readonly tf.Tensor[], training: boolean): tf.Tensor[] {
  const result = network.apply(inputs.length === 1 ? inputs[0] : [...inputs], { training });
  return (Array.isArray(result) ? result : [result]) as tf.Tensor[];
}

const sideBySide = (outputs: readonly tf.Tensor[]): tf.Tensor =>
  tf.concat(
    outputs.map((output) => tf.reshape(tf.cast(output, 'float32'), [output.shape[0], -1])),
    1,
  );
