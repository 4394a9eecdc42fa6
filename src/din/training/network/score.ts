import * as tf from '@tensorflow/tfjs';
import { checkSettings } from '../../checks';
import { checkBeside } from '../../metrics/metric-set';
import { measurementOf, type NetworkMetrics } from '../measurement';
import { predictShaped } from '../predict';
import { validateIds } from '../validate-ids';
import { buildNetwork, checkLabels, encodeRows, type ValuesByName } from './data';
import { knownNetwork } from './known';
import {
  checkBatches,
  headsOf,
  labelShapes,
  lossesOf,
  lossWeightsOf,
  type NetworkFitOptions,
  scoringBatch,
} from './options';

/** What a network is worth on some rows; metrics by name. */
export interface NetworkEvaluation {
  /** Mean loss, without weight regularizers. */
  loss: number;
  rows: number;
  [metric: string]: number;
}

/**
 * Scores a network on rows with labels, through a graph where there are many rows.
 * @param options `loss` defaults to that of the last `fit`, else to what the network was compiled with.
 * @throws DataError for bad data or settings.
 */
export async function evaluate(
  network: tf.LayersModel,
  inputs: ValuesByName,
  labels: ValuesByName,
  options: Pick<NetworkFitOptions, 'loss' | 'lossWeights'> & { metrics?: NetworkMetrics } = {},
): Promise<NetworkEvaluation> {
  buildNetwork(network);
  checkSettings('evaluate', options, ['loss', 'lossWeights', 'metrics']);
  const known = options.loss === undefined ? knownNetwork(network) : undefined;
  const losses = known?.losses ?? lossesOf(network, options.loss);
  const weights = options.lossWeights || !known ? lossWeightsOf(network, options.lossWeights) : known.weights;
  const data = encodeRows(network, inputs, { values: labels, shapes: labelShapes(network, losses) });
  validateIds(data);
  checkLabels(network, data, losses);
  checkBatches('evaluate', network, data.rows);
  const shapes = data.labels.map(({ shape, width }) => shape ?? [width]);
  const heads = headsOf(network, losses, weights, shapes);
  if (heads.length === 1) checkBeside(['rows'], Object.values(options.metrics ?? {}).flat());
  const measurement = measurementOf(heads, options.metrics, scoringBatch(network));
  const { loss, metrics } = await measurement.score(network, data);
  return { loss, ...metrics, rows: data.rows };
}

/**
 * The network's outputs in inference mode, through a graph where there are many rows.
 * @returns what `network.predict` returns: a tensor `[rows, ...]`, or one an output; the caller owns them.
 * @param options there are none: what is given is refused, as `evaluate` refuses what it does not know.
 * @throws DataError for bad data, and for options.
 */
export async function predict(
  network: tf.LayersModel,
  inputs: ValuesByName,
  options: Record<string, never> = {},
): Promise<tf.Tensor | tf.Tensor[]> {
  buildNetwork(network);
  checkSettings('predict', options, []);
  const data = encodeRows(network, inputs);
  validateIds(data);
  checkBatches('predict', network, data.rows);
  const outputs = await predictShaped(network, data, scoringBatch(network));
  const tensors = outputs.map(({ values, shape }) => tf.tensor(values, shape));
  return tensors.length === 1 ? tensors[0] : tensors;
}
