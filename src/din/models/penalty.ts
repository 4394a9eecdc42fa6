import * as tf from '@tensorflow/tfjs';
import { checkSettings } from '../checks';
import { DataError } from '../errors';
import { EmbeddingTable } from '../layers/embedding-table';
import { l2Penalty } from '../training/losses';
import { trainableVariables } from '../training/step';

/** What keeps weights small. Default none. */
export interface Regularization {
  /** L2 on all embedding tables, whole: rows outside the batch decay too. Added to the loss: strength * sum of squares, as Keras' `l2`. */
  embeddings?: number;
  /** L2 on the matrices of dense layers; biases and alphas are left free. */
  kernels?: number;
  /** The DIN paper's mini-batch-aware regularization of embedding tables, its lambda (0.01 there): see `MiniBatchDecay`. */
  miniBatchAware?: number;
}

/** @throws DataError for negative strengths and names that do not exist. */
export function checkRegularization(regularization: Regularization): void {
  checkSettings('fit regularization', regularization, ['embeddings', 'kernels', 'miniBatchAware']);
  for (const [name, strength] of Object.entries(regularization)) {
    if (!(strength >= 0 && Number.isFinite(strength))) {
      throw new DataError(`fit regularization: ${name} must be a number of at least 0, it is ${strength}.`);
    }
  }
}

/** The penalty on a network's weights, or undefined when there is none. */
export function penaltyOf(
  network: tf.LayersModel,
  { embeddings = 0, kernels = 0 }: Regularization,
): (() => tf.Scalar) | undefined {
  const trained = new Set(trainableVariables(network));
  const tables = new Set(
    network.layers.flatMap((layer) =>
      layer instanceof EmbeddingTable && trained.has(layer.variable) ? [layer.variable] : [],
    ),
  );
  const parts: [number, tf.Variable[]][] = [
    [embeddings, [...tables]],
    [kernels, [...trained].filter((variable) => variable.rank === 2 && !tables.has(variable))],
  ];
  const active = parts.filter(([strength, weights]) => strength > 0 && weights.length > 0);
  if (active.length === 0) return undefined;
  return () => active.map(([strength, weights]) => l2Penalty(strength, weights)).reduce((a, b) => tf.add(a, b));
}
