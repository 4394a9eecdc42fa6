import type * as tf from '@tensorflow/tfjs';
import { DataError } from '../errors';
import { checkSettings } from '../features/settings';
import { didYouMean } from '../features/suggest';
import type { FitOptions } from '../models/fit-options';
import { checkFitOptions } from '../models/fit-options';
import type { OptimizerDefinition } from '../training/optimizers/optimizer';
import { compiledLosses, optimizerLike } from './compiled';
import { rowShape, sizeOf, type ValuesByName } from './data';
import { type LossFunction, type LossName, labelShape, type OutputLoss, outputLoss, stepLoss } from './losses';
import type { NetworkMetrics, OutputHead } from './measurement';

type LossChoice = LossName | LossFunction;

export interface NetworkFitOptions
  extends Pick<
    FitOptions,
    'epochs' | 'batchSize' | 'shuffle' | 'seed' | 'callbacks' | 'title' | 'live' | 'verbose' | 'graph'
  > {
  /** One for all outputs, or one an output, in order or by name. Default: what the network was compiled with. */
  loss?: LossChoice | readonly LossChoice[] | Readonly<Record<string, LossChoice>>;
  /** How much each output's loss counts, in order or by name. Default 1. */
  lossWeights?: readonly number[] | Readonly<Record<string, number>>;
  /** One of `din.optimizers` or `tf.train`. Default: what the network was compiled with, else `din.optimizers.adam()`. */
  optimizer?: OptimizerDefinition | tf.Optimizer;
  /** The share of the rows, in (0, 1), that are kept out, the last ones; or rows of their own. */
  validation?: number | { inputs: ValuesByName; labels: ValuesByName };
  metrics?: NetworkMetrics;
}

const OWN = ['loss', 'lossWeights', 'optimizer', 'validation', 'metrics'] as const;
const COMMON = ['epochs', 'batchSize', 'shuffle', 'seed', 'callbacks', 'title', 'live', 'verbose', 'graph'];

/** The settings with their defaults. @throws DataError for settings that do not exist or do not fit. */
export function networkSettings(options: NetworkFitOptions, network: tf.LayersModel) {
  checkSettings('fit', options, [...OWN, ...COMMON]);
  const common = Object.fromEntries(Object.entries(options).filter(([name]) => COMMON.includes(name))) as FitOptions;
  const optimizer = isTensorFlows(options.optimizer) ? optimizerLike(options.optimizer) : options.optimizer;
  const checked = checkFitOptions({ ...common, ...(optimizer ? { optimizer } : {}) }, network.name);
  return { ...checked, title: options.title ?? network.name, optimizer };
}

/** `instanceof tf.Optimizer` throws for what is no object. */
const isTensorFlows = (optimizer: NetworkFitOptions['optimizer']): optimizer is tf.Optimizer =>
  typeof (optimizer as tf.Optimizer | undefined)?.applyGradients === 'function';

/** What is optimized at each output. @throws DataError for losses that do not exist or are missing. */
export function lossesOf(network: tf.LayersModel, loss: NetworkFitOptions['loss']): OutputLoss[] {
  if (loss === undefined) {
    const compiled = compiledLosses(network);
    if (compiled) return compiled;
    throw new DataError(
      "fit needs a loss, e.g. { loss: 'sigmoidCrossEntropy' }, or a network that was compiled with one.",
    );
  }
  if (typeof loss === 'string' || typeof loss === 'function') return network.outputNames.map(() => outputLoss(loss));
  return perOutput<LossChoice>(loss, network.outputNames, 'loss').map((own, i) => {
    if (own === undefined) throw new DataError(`fit: loss names none for the output '${network.outputNames[i]}'.`);
    return outputLoss(own);
  });
}

/** @throws DataError for weights that are no numbers of at least 0. */
export function lossWeightsOf(network: tf.LayersModel, weights: NetworkFitOptions['lossWeights'] = []): number[] {
  const given = Array.isArray(weights) && !weights.length ? {} : weights;
  return perOutput<number>(given, network.outputNames, 'lossWeights').map((weight = 1) => {
    if (!(weight >= 0 && Number.isFinite(weight))) {
      throw new DataError(`fit: lossWeights are numbers of at least 0, not ${String(weight)}.`);
    }
    return weight;
  });
}

/** The outputs as they are trained and measured. @throws DataError for outputs of open shape. */
export function headsOf(
  network: tf.LayersModel,
  losses: readonly OutputLoss[],
  weights: readonly number[],
  labelShapes: readonly (readonly number[])[],
): OutputHead[] {
  return network.outputs.map((output, i) => {
    const name = network.outputNames[i];
    const shape = rowShape(output.shape);
    if (!shape) {
      throw new DataError(`The output '${name}' has the open shape [${output.shape}]: give the inputs fixed shapes.`);
    }
    return { name, kind: losses[i].kind, shape, loss: stepLoss(losses[i], weights[i], labelShapes[i]) };
  });
}

/** Shapes that labels must have, per row; undefined where any will do. */
export function labelShapes(network: tf.LayersModel, losses: readonly OutputLoss[]): (number[] | undefined)[] {
  return network.outputs.map(({ shape }, i) => labelShape(losses[i], rowShape(shape)));
}

/** How many of `rows` are kept out. @throws DataError when a share leaves either side empty. */
export function validationRows(rows: number, share: number): number {
  const kept = Math.round(rows * share);
  if (share > 0 && share < 1 && kept > 0 && kept < rows) return kept;
  throw new DataError(
    `fit: validation is { inputs, labels } or a share between 0 and 1 that leaves rows on both sides, not ${share} of ${rows} rows.`,
  );
}

/** Rows that a network can be scored with at once without much memory. */
export function scoringBatch(network: tf.LayersModel): number {
  const symbols = network.layers.flatMap(({ inboundNodes }) =>
    // One a call: a shared layer has several outputs, and `layer.output` refuses to choose.
    (inboundNodes as unknown as { outputTensors: tf.SymbolicTensor[] }[]).flatMap(({ outputTensors }) => outputTensors),
  );
  const elements = symbols.reduce((sum, { shape }) => sum + sizeOf(shape.slice(1).map((size) => size ?? 64)), 0);
  return Math.max(16, Math.min(2048, Math.floor(2 ** 26 / Math.max(1, elements))));
}

function perOutput<T>(
  given: readonly T[] | Readonly<Record<string, T>>,
  outputs: readonly string[],
  setting: string,
): (T | undefined)[] {
  if (Array.isArray(given)) {
    if (given.length === outputs.length) return [...given];
    throw new DataError(`fit: ${setting} has ${given.length} entries, the network ${outputs.length} outputs.`);
  }
  const byName = given as Record<string, T>;
  for (const name of Object.keys(byName)) {
    if (!outputs.includes(name)) {
      throw new DataError(
        `fit: ${setting} names '${name}'.${didYouMean(name, outputs)} Outputs: ${outputs.join(', ')}.`,
      );
    }
  }
  return outputs.map((name) => byName[name]);
}
