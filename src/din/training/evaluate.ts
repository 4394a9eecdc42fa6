import type * as tf from '@tensorflow/tfjs';
import type { Metric } from '../metrics/accumulator';
import { type Gauc, type GaucWeighting, gauc } from '../metrics/gauc';
import { measure } from '../metrics/metric-set';
import { crossEntropySum, sigmoid } from '../metrics/sigmoid';
import type { EncodedData } from './encoded';
import { predictOutputs } from './predict';

/** Mean loss and metrics of a network over encoded rows. */
export interface Evaluation {
  /** Mean binary cross-entropy, without penalties. */
  loss: number;
  rows: number;
  /** With groups only. */
  gauc?: Gauc;
  metrics: Record<string, number>;
}

/** Scores all rows and measures them; `data` must carry labels. */
export async function evaluateNetwork(
  network: tf.LayersModel,
  data: EncodedData,
  metrics: readonly (string | Metric)[],
  weighting: GaucWeighting = 'impressions',
): Promise<Evaluation> {
  const [logits] = await predictOutputs(network, data);
  const labels = data.labels[0].values;
  return {
    loss: crossEntropySum(logits, labels) / logits.length,
    rows: data.rows,
    metrics: measure(metrics, { scores: logits, probabilities: sigmoid(logits), labels, groups: data.groups }),
    ...(data.groups ? { gauc: gauc(logits, labels, data.groups, weighting) } : {}),
  };
}
