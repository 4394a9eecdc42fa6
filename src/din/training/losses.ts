import * as tf from '@tensorflow/tfjs';
import { didYouMean } from '../../base/nearest';
import { DataError } from '../errors';
import { crossEntropySum } from '../metrics/sigmoid';

/** Loss of a batch: `outputs` and `labels` `[batch, ...]`, `weights` of the rows `[batch, 1]`, if any; result `[]`. */
export type Loss = (outputs: tf.Tensor, labels: tf.Tensor, weights?: tf.Tensor) => tf.Scalar;

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
  | 'meanAbsoluteError'
  | 'huber';

/** A loss of one's own, in the order of `tf.losses`: labels and outputs `[batch, ...]`; anything but a scalar is averaged. */
export type LossFunction = (labels: tf.Tensor, outputs: tf.Tensor) => tf.Tensor;

/** What an output means, so which metrics make sense of it. */
export type OutputKind = 'logits' | 'probabilities' | 'classes' | 'sparseClasses' | 'numbers' | 'unknown';

/** What is optimized at one output. */
export interface OutputLoss {
  /** Of one of the library's, or of TensorFlow.js'. */
  name?: string;
  kind: OutputKind;
  /** Outputs `[batch, ...]`, labels `[batch, ...labelShape]`; one value a row (or element), or their mean. */
  compute: LossFunction;
  /** The mean over the batch at once, where that is better than the mean of `compute`. */
  mean?: (labels: tf.Tensor, outputs: tf.Tensor, weights?: tf.Tensor) => tf.Tensor;
  /** Sum over elements that are at hand, in double precision. */
  sum?: (outputs: ArrayLike<number>, labels: ArrayLike<number>, weights?: ArrayLike<number>) => number;
}

/** Keras' epsilon: probabilities are kept this far from 0 and 1. */
const EPSILON = 1e-7;

const clip = (p: tf.Tensor) => tf.clipByValue(p, EPSILON, 1 - EPSILON);
const minus = (labels: tf.Tensor, logs: tf.Tensor) => tf.neg(tf.sum(tf.mul(labels, logs), -1));
const oneHot = (labels: tf.Tensor, outputs: tf.Tensor) =>
  labels.shape.length === outputs.shape.length && labels.shape.at(-1) === outputs.shape.at(-1)
    ? labels
    : tf.reshape(tf.oneHot(tf.cast(tf.reshape(labels, [-1]), 'int32'), outputs.shape.at(-1)!), outputs.shape);
const normalized = (p: tf.Tensor) => tf.log(clip(tf.div(p, tf.sum(p, -1, true))));
const crossEntropy = (x: tf.Tensor, z: tf.Tensor) =>
  tf.add(tf.sub(tf.relu(x), tf.mul(x, z)), tf.log1p(tf.exp(tf.neg(tf.abs(x)))));

/** Of every row's error its loss, times the row's weight, if any. */
const sumOf =
  (lossOf: (error: number) => number): OutputLoss['sum'] =>
  (outputs, labels, weights) => {
    let sum = 0;
    for (let i = 0; i < labels.length; i++) {
      const loss = lossOf(outputs[i] - labels[i]);
      sum += weights ? weights[i] * loss : loss;
    }
    return sum;
  };

const losses: Record<LossName, OutputLoss> = {
  sigmoidCrossEntropy: {
    kind: 'logits',
    compute: (labels, x) => crossEntropy(x, labels),
    mean: (labels, x, weights) => sigmoidCrossEntropy(x, labels, weights),
    sum: crossEntropySum,
  },
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
  meanSquaredError: {
    kind: 'numbers',
    compute: (labels, x) => tf.square(tf.sub(x, labels)),
    sum: sumOf((error) => error * error),
  },
  meanAbsoluteError: { kind: 'numbers', compute: (labels, x) => tf.abs(tf.sub(x, labels)), sum: sumOf(Math.abs) },
  // Huber (1964) with delta 1, as Keras' and PyTorch's default: squared near 0, absolute beyond.
  huber: {
    kind: 'numbers',
    compute: (labels, x) => {
      const error = tf.abs(tf.sub(x, labels));
      const near = tf.minimum(error, 1);
      return tf.add(tf.mul(tf.square(near), 0.5), tf.sub(error, near));
    },
    sum: sumOf((error) => (Math.abs(error) <= 1 ? (error * error) / 2 : Math.abs(error) - 0.5)),
  },
};

/** @throws DataError for a name that does not exist. */
export function outputLoss(loss: LossName | LossFunction): OutputLoss {
  if (typeof loss === 'function') return { kind: 'unknown', compute: loss };
  if (Object.hasOwn(losses, loss)) return { name: loss, ...losses[loss] };
  const names = Object.keys(losses);
  throw new DataError(
    `There is no loss '${String(loss)}'.${didYouMean(String(loss), names)} Losses: ${names.join(', ')}, or a function (labels, outputs) => tensor.`,
  );
}

/** What tells losses apart: the name, or the text of a function of one's own. */
export const lossText = ({ name, compute }: OutputLoss): string => name ?? String(compute);

/** Shape of a label, per row, for an output `[...row]`; undefined where anything goes. */
export function labelShape({ kind }: OutputLoss, row: readonly number[] | undefined): number[] | undefined {
  if (!row || kind === 'unknown') return undefined;
  return kind === 'sparseClasses' ? row.slice(0, -1) : [...row];
}

/** How an output's loss counts in a step. */
export interface StepLossOptions {
  /** Of the labels, per row. */
  shape: readonly number[];
  /** How much this output counts, default 1. */
  weight?: number;
  /** Label smoothing, default 0. */
  smoothing?: number;
}

/**
 * The loss as a training step wants it: labels come flat, `[batch, width]`; the result is a scalar. With weights it is
 * sum(w l) / batch, as Keras' `fit` with `sample_weight`: the mean over the rows, not divided by the weights' sum.
 * @throws DataError from the step, where rows are weighted and a loss function of one's own does not give one value a row.
 */
export function stepLoss(loss: OutputLoss, { shape, weight = 1, smoothing = 0 }: StepLossOptions): Loss {
  return (outputs, labels, weights) => {
    const shaped = tf.reshape(labels, [labels.shape[0], ...shape]);
    const targets = smoothing ? smoothed(loss.kind, shaped, outputs, smoothing) : shaped;
    const value = loss.mean
      ? loss.mean(targets, outputs, weights)
      : weightedMean(loss.compute(targets, outputs), weights);
    return (weight === 1 ? value : tf.mul(value, weight)) as tf.Scalar;
  };
}

function weightedMean(values: tf.Tensor, weights: tf.Tensor | undefined): tf.Tensor {
  if (!weights) return tf.mean(values);
  if (values.rank === 0 || values.shape[0] !== weights.shape[0]) {
    throw new DataError(
      'fit: rows are weighted, so the loss function must give one value a row, [batch] or [batch, ...], not their mean: ' +
        'with tf.losses, pass tf.Reduction.NONE.',
    );
  }
  return tf.mean(tf.mul(values, perRow(weights, values.rank)));
}

const perRow = (weights: tf.Tensor, rank: number): tf.Tensor =>
  tf.reshape(weights, [weights.shape[0], ...new Array(rank - 1).fill(1)]);

/**
 * Labels that do not claim certainty (Szegedy et al., arXiv 1512.00567), as Keras': z (1 - s) + s / 2 for labels 0 and 1,
 * z (1 - s) + s / K for K classes.
 */
function smoothed(kind: OutputKind, labels: tf.Tensor, outputs: tf.Tensor, smoothing: number): tf.Tensor {
  const classes = kind === 'classes' || kind === 'sparseClasses';
  const share = classes ? 1 / outputs.shape.at(-1)! : 0.5;
  const targets = kind === 'sparseClasses' ? oneHot(labels, outputs) : labels;
  return tf.add(tf.mul(targets, 1 - smoothing), smoothing * share);
}

/** Kinds of outputs whose labels can be smoothed. */
export const canSmooth = (kind: OutputKind): boolean => kind !== 'numbers' && kind !== 'unknown';

/**
 * Binary cross-entropy of sigmoid(logits), mean over all elements, stable for any logit:
 * max(x, 0) - x z + log(1 + exp(-|x|)) for logit x and label z, times the row's weight, if any.
 * The gradient is given in closed form, (sigmoid(x) - z) w / elements: exact, and a fifth of the ops.
 */
export const sigmoidCrossEntropy: Loss = (outputs, labels, weights) =>
  crossEntropyOp(...[outputs, labels, ...(weights ? [perRow(weights, outputs.rank)] : [])]) as tf.Scalar;

const crossEntropyOp = tf.customGrad((...args) => {
  const save = args.pop() as unknown as (saved: tf.Tensor[]) => void;
  const [logits, labels, weights] = args as tf.Tensor[];
  save(args as tf.Tensor[]);
  const elements = crossEntropy(logits, labels);
  return {
    value: tf.mean(weights ? tf.mul(elements, weights) : elements),
    gradFunc: (dy, saved) => {
      const [x, z, w] = saved;
      const slope = tf.mul(tf.sub(tf.sigmoid(x), z), tf.div(dy, x.size));
      // Labels and weights are data: nothing asks for their gradient, but the tape wants one.
      return w ? [tf.mul(slope, w), tf.zerosLike(z), tf.zerosLike(w)] : [slope, tf.zerosLike(z)];
    },
  };
});

/** strength * sum of squares: its gradient is 2 * strength * w, as Keras' `l2(strength)`. */
export function l2Penalty(strength: number, weights: readonly tf.Tensor[]): tf.Scalar {
  return tf.mul(strength, tf.addN(weights.map((weight) => tf.sum(tf.square(weight))))) as tf.Scalar;
}
