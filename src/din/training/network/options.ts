import type * as tf from '@tensorflow/tfjs';
import { didYouMean } from '../../../base/nearest';
import { ownField } from '../../../base/own-field';
import { checkSettings } from '../../checks';
import { DataError } from '../../errors';
import { canSmooth, type LossFunction, type LossName, labelShape, type OutputLoss, outputLoss } from '../losses';
import type { NetworkMetrics, OutputHead } from '../measurement';
import type { OptimizerDefinition } from '../optimizers/optimizer';
import { checkOptimizer, checkTrainingOptions, type TrainingOptions, trainingSettings } from '../options';
import { compiledLosses, compiledOptimizer, followRate, optimizerLike } from './compiled';
import { rowShape, sizeOf, type Values, type ValuesByName } from './data';
import { outputNames } from './names';

type LossChoice = LossName | LossFunction;

export interface NetworkFitOptions extends TrainingOptions {
  /** One for all outputs, or one an output, in order or by name. Default: what the network was compiled with. */
  loss?: LossChoice | readonly LossChoice[] | Readonly<Record<string, LossChoice>>;
  /** How much each output's loss counts, in order or by name. Default 1. */
  lossWeights?: readonly number[] | Readonly<Record<string, number>>;
  /** One of `din.optimizers` or `tf.train`. Default: what the network was compiled with, else `din.optimizers.adam()`. */
  optimizer?: OptimizerDefinition | tf.Optimizer;
  /** The share of the rows, in (0, 1), that are kept out, the last ones; or rows of their own. */
  validation?: number | { inputs: ValuesByName; labels: ValuesByName; sampleWeight?: Values };
  metrics?: NetworkMetrics;
  /** How much each row counts in the loss, `[rows]`; default 1. */
  sampleWeight?: Values;
}

const own = [
  'loss',
  'lossWeights',
  'optimizer',
  'validation',
  'metrics',
  'sampleWeight',
] as const satisfies (keyof NetworkFitOptions)[];

/** The settings with their defaults. @throws DataError for settings that do not exist or do not fit. */
export function networkSettings(options: NetworkFitOptions, network: tf.LayersModel) {
  checkSettings('fit', options, [...trainingSettings, ...own]);
  const given = isTensorFlows(options.optimizer) ? optimizerLike(options.optimizer) : options.optimizer;
  const optimizer = given && checkOptimizer(given);
  const settings = checkTrainingOptions(options, network.name);
  const { optimizer: followed = compiledOptimizer(network) } = options;
  const { callbacks } = settings;
  if (!isTensorFlows(followed) || callbacks.length === 0) return { ...settings, optimizer };
  return { ...settings, optimizer, callbacks: [...callbacks, followRate(followed, callbacks)] };
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
  if (typeof loss === 'string' || typeof loss === 'function') return network.outputs.map(() => outputLoss(loss));
  const names = outputNames(network);
  return perOutput<LossChoice>(loss, names, 'loss').map((own, i) => {
    if (own === undefined) throw new DataError(`fit: loss names none for the output '${names[i]}'.`);
    return outputLoss(own);
  });
}

/** @throws DataError for weights that are no numbers of at least 0. */
export function lossWeightsOf(network: tf.LayersModel, weights: NetworkFitOptions['lossWeights'] = []): number[] {
  const given = Array.isArray(weights) && !weights.length ? {} : weights;
  return perOutput<number>(given, outputNames(network), 'lossWeights').map((weight = 1) => {
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
  smoothing = 0,
): OutputHead[] {
  const names = outputNames(network);
  return network.outputs.map((output, i) => {
    const name = names[i];
    const shape = rowShape(output.shape);
    if (!shape) {
      throw new DataError(`The output '${name}' has the open shape [${output.shape}]: give the inputs fixed shapes.`);
    }
    if (smoothing && !canSmooth(losses[i].kind)) {
      throw new DataError(`fit: labelSmoothing is for classes; the loss of the output '${name}' has none.`);
    }
    const counts = { shape: labelShapes[i], weight: weights[i], smoothing };
    return { name, kind: losses[i].kind, shape, loss: losses[i], counts };
  });
}

/** Shapes that labels must have, per row; undefined where any will do. */
export function labelShapes(network: tf.LayersModel, losses: readonly OutputLoss[]): (number[] | undefined)[] {
  return network.outputs.map(({ shape }, i) => labelShape(losses[i], rowShape(shape)));
}

/** Rows of every batch of a network that was made for so many (`batchInputShape`, as stateful layers need it). */
const fixedBatch = ({ inputs }: tf.LayersModel): number | undefined =>
  inputs.map(({ shape }) => shape[0]).find((size) => typeof size === 'number');

/** @throws DataError where a network takes batches of one size only, and the rows do not fill such. */
export function checkBatches(where: string, network: tf.LayersModel, rows: number, batchSize?: number): void {
  const fixed = fixedBatch(network);
  if (fixed === undefined) return;
  const remedy = `give a multiple of ${fixed} rows${batchSize === undefined ? '' : ` and batchSize: ${fixed}`}`;
  if (rows % fixed !== 0 || (batchSize ?? fixed) !== fixed) {
    throw new DataError(
      `${where}: the network was made for batches of ${fixed} rows (batchInputShape), not for ${rows} rows` +
        `${batchSize === undefined ? '' : ` in batches of ${batchSize}`}: ${remedy}.`,
    );
  }
}

/** Rows that a network can be scored with at once without much memory. */
export function scoringBatch(network: tf.LayersModel): number {
  const fixed = fixedBatch(network);
  if (fixed !== undefined) return fixed;
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
  return outputs.map((name) => ownField(byName, name));
}
