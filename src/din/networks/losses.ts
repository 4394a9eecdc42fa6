import * as tf from '@tensorflow/tfjs';
import { DataError } from '../errors';
import { didYouMean } from '../features/suggest';
import { type Loss, sigmoidCrossEntropy } from '../training/losses';

/**
 * Losses by name. The names of TensorFlow.js' layers take probabilities; those with `sigmoid` and `softmax` take logits,
 * which is more accurate. Sparse ones take class numbers as labels, the others one number an output.
 */
export type LossName =
  | 'sigmoidCrossEntropy'
  | 'binaryCrossentropy'
  | 'softmaxCrossEntropy'
  | 'categoricalCrossentropy'
  | 'sparseSoftmaxCrossEntropy'
  | 'sparseCategoricalCrossentropy'
  | 'meanSquaredError'
  | 'meanAbsoluteError';

/** A loss of one's own, in the order of `tf.losses`: labels and outputs `[batch, ...]`; anything but a scalar is averaged. */
export type LossFunction = (labels: tf.Tensor, outputs: tf.Tensor) => tf.Tensor;

/** What an output means, so which metrics make sense of it. */
export type OutputKind = 'logits' | 'probabilities' | 'classes' | 'sparseClasses' | 'numbers' | 'unknown';

/** What is optimized at one output. */
export interface OutputLoss {
  kind: OutputKind;
  /** Outputs `[batch, ...]`, labels `[batch, ...labelShape]`. */
  compute: LossFunction;
}

/** Keras' epsilon: probabilities are kept this far from 0 and 1. */
const EPSILON = 1e-7;

const clip = (p: tf.Tensor) => tf.clipByValue(p, EPSILON, 1 - EPSILON);
const minus = (labels: tf.Tensor, logs: tf.Tensor) => tf.neg(tf.sum(tf.mul(labels, logs), -1));
const oneHot = (labels: tf.Tensor, outputs: tf.Tensor) =>
  tf.reshape(tf.oneHot(tf.cast(tf.reshape(labels, [-1]), 'int32'), outputs.shape.at(-1)!), outputs.shape);
const normalized = (p: tf.Tensor) => tf.log(clip(tf.div(p, tf.sum(p, -1, true))));

const losses: Record<LossName, OutputLoss> = {
  sigmoidCrossEntropy: { kind: 'logits', compute: (labels, x) => sigmoidCrossEntropy(x, labels) },
  binaryCrossentropy: {
    kind: 'probabilities',
    compute: (z, outputs) => {
      const p = clip(outputs);
      return tf.neg(tf.add(tf.mul(z, tf.log(p)), tf.mul(tf.sub(1, z), tf.log(tf.sub(1, p)))));
    },
  },
  softmaxCrossEntropy: { kind: 'classes', compute: (labels, x) => minus(labels, tf.logSoftmax(x)) },
  categoricalCrossentropy: { kind: 'classes', compute: (labels, p) => minus(labels, normalized(p)) },
  sparseSoftmaxCrossEntropy: {
    kind: 'sparseClasses',
    compute: (labels, x) => minus(oneHot(labels, x), tf.logSoftmax(x)),
  },
  sparseCategoricalCrossentropy: {
    kind: 'sparseClasses',
    compute: (labels, p) => minus(oneHot(labels, p), normalized(p)),
  },
  meanSquaredError: { kind: 'numbers', compute: (labels, x) => tf.square(tf.sub(x, labels)) },
  meanAbsoluteError: { kind: 'numbers', compute: (labels, x) => tf.abs(tf.sub(x, labels)) },
};

/** @throws DataError for a name that does not exist. */
export function outputLoss(loss: LossName | LossFunction): OutputLoss {
  if (typeof loss === 'function') return { kind: 'unknown', compute: loss };
  if (Object.hasOwn(losses, loss)) return losses[loss];
  const names = Object.keys(losses);
  throw new DataError(
    `There is no loss '${String(loss)}'.${didYouMean(String(loss), names)} Losses: ${names.join(', ')}, or a function (labels, outputs) => tensor.`,
  );
}

/** Shape of a label, per row, for an output `[...row]`; undefined where anything goes. */
export function labelShape({ kind }: OutputLoss, row: readonly number[] | undefined): number[] | undefined {
  if (!row || kind === 'unknown') return undefined;
  return kind === 'sparseClasses' ? row.slice(0, -1) : [...row];
}

/** The loss as a training step wants it: labels come flat, `[batch, width]`; the result is a scalar. */
export function stepLoss({ compute }: OutputLoss, weight: number, shape: readonly number[]): Loss {
  return (outputs, labels) => {
    const value = tf.mean(compute(tf.reshape(labels, [labels.shape[0], ...shape]), outputs));
    return (weight === 1 ? value : tf.mul(value, weight)) as tf.Scalar;
  };
}
