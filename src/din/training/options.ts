import type { BlockShuffle } from '../../base/random';
import { checkChoice, checkCount, checkRange, checkSettings } from '../checks';
import { DataError } from '../errors';
import { type Callback, checkCallbacks } from './callbacks/callback';
import { type CheckpointOptions, checkCheckpoint } from './checkpoints';
import type { GraphMode } from './engines/create';
import { adam } from './optimizers/adam';
import type { OptimizerDefinition } from './optimizers/optimizer';
import { type ClassWeights, checkClassWeights } from './weights';

/** How to train, whatever is trained: the settings that `model.fit` and `din.graph.fit` have in common. */
export interface TrainingOptions {
  /** Passes over the training rows, default 1. */
  epochs?: number;
  /** Rows a step, default 256; the last step of an epoch may be smaller. */
  batchSize?: number;
  /**
   * A new order of the rows each epoch, default true: of all rows, or, of a table on disk, blocks of 8,192 rows in an order by
   * chance, the rows of 32 of them mixed at a time. `{ blocks: 32 }` asks for the latter of any table: the same weights then.
   */
  shuffle?: boolean | BlockShuffle;
  /** Of the order, default 42. */
  seed?: number;
  callbacks?: readonly Callback[];
  /** Heading of the curves, default the model's kind. */
  title?: string;
  /** Show the curves while they grow, default true. */
  live?: boolean;
  /** Print a line an epoch, default true. */
  verbose?: boolean;
  /** How much rows of each class count in the loss, e.g. `{ 0: 1, 1: 5 }`; classes that are not named count 1. Training only. */
  classWeight?: ClassWeights;
  /**
   * Labels that do not claim certainty: z (1 - s) + s / 2 for clicks, z (1 - s) + s / K for K classes, as Keras'
   * `label_smoothing`; in [0, 1), default 0. The training loss has it, scores and the validation loss do not.
   */
  labelSmoothing?: number;
  /** Writes where the training stands, so that a crash loses little: see `resume`. */
  checkpoint?: CheckpointOptions;
  /**
   * True goes on from the checkpoint in `checkpoint.path`, if there is one, as if the training had not stopped, to the bit;
   * a path, from the one there. False starts afresh; without it, an unfinished checkpoint in the way is an error.
   */
  resume?: boolean | string;
  /** How steps are computed: `auto` (default, a TensorFlow graph wherever possible), `xla` (always compiled), `off` (op by op). */
  graph?: GraphMode;
}

/** Names of the common settings. */
export const trainingSettings = [
  'epochs',
  'batchSize',
  'shuffle',
  'seed',
  'callbacks',
  'title',
  'live',
  'verbose',
  'graph',
  'classWeight',
  'labelSmoothing',
  'checkpoint',
  'resume',
] as const satisfies (keyof TrainingOptions)[];

/** The common settings with their defaults. @param defaultTitle where none is given. @throws DataError for such as do not fit. */
export function checkTrainingOptions(options: TrainingOptions, defaultTitle: string) {
  const { epochs = 1, batchSize = 256, shuffle = true, seed = 42, callbacks = [], graph = 'auto' } = options;
  const { live = true, verbose = true, classWeight, labelSmoothing = 0 } = options;
  checkCount('fit', 'epochs', epochs);
  checkCount('fit', 'batchSize', batchSize);
  checkCount('fit', 'seed', seed, 0);
  if (typeof shuffle === 'object') {
    checkSettings('fit: shuffle', shuffle, ['blocks']);
    checkCount('fit: shuffle', 'blocks', shuffle.blocks);
  } else checkChoice('fit', 'shuffle', shuffle, [true, false], ', or give { blocks: 32 }');
  checkCallbacks(callbacks);
  checkChoice('fit', 'live', live, [true, false]);
  checkChoice('fit', 'verbose', verbose, [true, false]);
  checkChoice('fit', 'graph', graph, ['auto', 'xla', 'off']);
  checkClassWeights(classWeight);
  checkCheckpoint(options.checkpoint, options.resume);
  checkRange('fit', 'labelSmoothing', labelSmoothing, 0, 1);
  const title = options.title ?? defaultTitle;
  const { checkpoint, resume } = options;
  return {
    ...{ epochs, batchSize, shuffle, seed, callbacks, title, live, verbose, graph, classWeight, labelSmoothing },
    ...{ checkpoint, resume },
  };
}

/** One of `din.optimizers`, Adam where none is given. @throws DataError for anything else. */
export function checkOptimizer(optimizer: OptimizerDefinition = adam()): OptimizerDefinition {
  if (typeof optimizer?.startStep === 'function') return optimizer;
  throw new DataError('fit: optimizer is one of din.optimizers, e.g. din.optimizers.adam({ learningRate: 1e-3 }).');
}

/**
 * How many of `rows` a share keeps out for validation, the last ones.
 * @param forms what else `validation` may be.
 * @throws DataError when a share leaves either side empty.
 */
export function validationRows(rows: number, share: number, forms: string): number {
  if (!(share > 0 && share < 1)) {
    throw new DataError(`fit: validation is ${forms} or a share of the rows between 0 and 1, not ${String(share)}.`);
  }
  const kept = Math.round(rows * share);
  if (kept > 0 && kept < rows) return kept;
  throw new DataError(
    `fit: validation ${share} of ${rows} rows leaves ${kept} rows for validation; both parts need some.`,
  );
}
