import * as tf from '@tensorflow/tfjs';
import { alone, trainedOf } from '../alone';
import type { TrainingHistory } from '../history';
import { lossText } from '../losses';
import { type MeasuredData, measurementOf, stepLosses } from '../measurement';
import { adam } from '../optimizers/adam';
import { validationRows } from '../options';
import { runTraining } from '../trainer';
import { validateIds } from '../validate-ids';
import { weightSettings, withClassWeights } from '../weights';
import { compiledDefinition } from './compiled';
import { buildNetwork, checkLabels, encodeRows, sliceRows, type Values, type ValuesByName } from './data';
import { remember } from './known';
import {
  checkBatches,
  headsOf,
  labelShapes,
  lossesOf,
  lossWeightsOf,
  type NetworkFitOptions,
  networkSettings,
  scoringBatch,
} from './options';

/**
 * Trains a network of one's own as `model.fit` trains a recommender: as one TensorFlow graph where that is possible, with
 * live curves, shuffled batches, callbacks. Any network of TensorFlow.js layers, layers of one's own included; weight
 * regularizers count. Fitting again goes on: optimizer and shuffles continue.
 *
 * @param inputs one `[rows, ...]` an input: tensors, typed arrays or lists of numbers, in order or by name.
 * @param labels the same for the outputs; class numbers for sparse losses.
 * @returns the history: loss and metrics by epoch.
 * @throws DataError for bad data or settings, TrainingError when the loss diverges, InterruptedError when interrupted;
 * the weights are kept in every case.
 */
export async function fit(
  network: tf.LayersModel,
  inputs: ValuesByName,
  labels: ValuesByName,
  options: NetworkFitOptions = {},
): Promise<TrainingHistory> {
  buildNetwork(network);
  const { optimizer, ...settings } = networkSettings(options, network);
  const losses = lossesOf(network, options.loss);
  const weights = lossWeightsOf(network, options.lossWeights);
  const shapes = labelShapes(network, losses);
  const encode: Encode = (x, y, w) => encodeRows(network, x, { values: y, shapes, weights: w });
  const all = encode(inputs, labels, options.sampleWeight);
  const { data: unweighted, validation } = split(all, options.validation, encode);
  for (const part of [unweighted, validation]) {
    if (!part) continue;
    validateIds(part);
    checkLabels(network, part, losses);
  }
  checkBatches('fit', network, unweighted.rows, settings.batchSize);
  if (validation) checkBatches('fit: validation', network, validation.rows);
  const heads = headsOf(
    network,
    losses,
    weights,
    unweighted.labels.map(({ shape, width }) => shape ?? [width]),
    settings.labelSmoothing,
  );
  const data = withClassWeights(unweighted, settings.classWeight, heads);
  const measurement = measurementOf(heads, options.metrics, scoringBatch(network));
  // What is wrong was said before anything is held.
  return alone(trainedOf(network, 'this network'), () => {
    const state = remember(network, { losses, weights });
    const optimizerState = state.use(network, optimizer, () => compiledDefinition(network) ?? adam());
    return runTraining({
      ...settings,
      program: { network, loss: stepLosses(heads), optimizer: optimizerState, penalty: penaltyOf(network) },
      data,
      validation,
      measurement,
      state,
      identity: {
        model: `a network of ${network.layers.length} layers`,
        settings: {
          'the loss function': losses.map(lossText).join(', '),
          loss: losses.map(({ kind }) => kind).join(),
          lossWeights: weights.join(),
          labelSmoothing: String(settings.labelSmoothing),
          ...weightSettings(options.sampleWeight && 'one a row', settings.classWeight),
        },
      },
    });
  });
}

type Encode = (inputs: ValuesByName, labels: ValuesByName, weights?: Values) => MeasuredData;

function split(
  all: MeasuredData,
  validation: NetworkFitOptions['validation'],
  encode: Encode,
): { data: MeasuredData; validation?: MeasuredData } {
  if (validation === undefined) return { data: all };
  if (typeof validation === 'object') {
    return { data: all, validation: encode(validation.inputs, validation.labels, validation.sampleWeight) };
  }
  const first = all.rows - validationRows(all.rows, validation, '{ inputs, labels }');
  return { data: sliceRows(all, 0, first), validation: sliceRows(all, first, all.rows) };
}

/** The weight regularizers of the network's layers, added up; undefined when there are none. */
function penaltyOf(network: tf.LayersModel): (() => tf.Scalar) | undefined {
  if (tf.tidy(() => network.calculateLosses().length) === 0) return undefined;
  return () => tf.addN(network.calculateLosses()) as tf.Scalar;
}
