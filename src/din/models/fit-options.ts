import { Table } from '../data/table';
import { DataError } from '../errors';
import { checkCount, checkSettings } from '../features/settings';
import type { Metric } from '../metrics/accumulator';
import { type MetricName, MetricSet, wantsGroups } from '../metrics/metric-set';
import type { Callback } from '../training/callbacks/callback';
import type { GraphMode } from '../training/create-engine';
import { adam } from '../training/optimizers/adam';
import type { OptimizerDefinition } from '../training/optimizers/optimizer';
import type { BlockShuffle } from '../training/seeds';
import { checkLabel, userColumn, withoutGroups } from './evaluation';
import { checkRegularization, type Regularization } from './penalty';

export interface FitOptions {
  /** Passes over the training rows, default 1. */
  epochs?: number;
  /** Rows a step, default 256; the last step of an epoch may be smaller. */
  batchSize?: number;
  /** A table, or the share of the rows, in (0, 1), that are kept out: the last ones, which in time-ordered data are the latest. */
  validation?: number | Table;
  /** Default `din.optimizers.adam()`. */
  optimizer?: OptimizerDefinition;
  /**
   * Default accuracy, auc, aucPr. While an epoch runs, `auc` and `aucPr` are Keras' in 200 buckets; at its end, and for
   * validation, they are exact. `gauc` (weighted by impressions) has a value at the end only.
   */
  metrics?: readonly (MetricName | Metric)[];
  /** Column that groups rows for GAUC, as in `evaluate`: default `sourceUserId` where there is one, else `userId`. */
  groupBy?: string;
  /** Column of labels 0 and 1; default the model's, which `evaluate` then uses too. */
  label?: string;
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
  regularization?: Regularization;
  /** How steps are computed: `auto` (default, a TensorFlow graph wherever possible), `xla` (always compiled), `off` (op by op). */
  graph?: GraphMode;
}

/** The settings with their defaults. @throws DataError for settings that do not exist or do not fit. */
export function checkFitOptions(options: FitOptions, kind: string) {
  const { epochs = 1, batchSize = 256, optimizer = adam(), metrics = ['accuracy', 'auc', 'aucPr'] } = options;
  const {
    shuffle = true,
    seed = 42,
    callbacks = [],
    title = kind.toUpperCase(),
    live = true,
    verbose = true,
  } = options;
  const { regularization = {}, graph = 'auto' } = options;
  checkSettings('fit', options, [
    'epochs',
    'batchSize',
    'validation',
    'optimizer',
    'metrics',
    'groupBy',
    'label',
    'shuffle',
    'seed',
    'callbacks',
    'title',
    'live',
    'verbose',
    'regularization',
    'graph',
  ]);
  checkLabel('fit', options.label);
  checkCount('fit', 'epochs', epochs);
  checkCount('fit', 'batchSize', batchSize);
  checkCount('fit', 'seed', seed, 0);
  if (typeof shuffle === 'object') {
    checkSettings('fit: shuffle', shuffle, ['blocks']);
    checkCount('fit: shuffle', 'blocks', shuffle.blocks);
  }
  if (typeof optimizer?.startStep !== 'function') {
    throw new DataError('fit: optimizer is one of din.optimizers, e.g. din.optimizers.adam({ learningRate: 1e-3 }).');
  }
  if (!Array.isArray(callbacks)) throw new DataError('fit: callbacks is a list, e.g. [din.callbacks.earlyStopping()].');
  for (const { everySteps } of callbacks) if (everySteps !== undefined) checkCount('fit', 'everySteps', everySteps);
  if (!['auto', 'xla', 'off'].includes(graph)) {
    throw new DataError(`fit: graph is 'auto', 'xla' or 'off', not '${String(graph)}'.`);
  }
  new MetricSet(metrics);
  checkRegularization(regularization);
  if (regularization.miniBatchAware && optimizer.config.repeatedIds === 'keras') {
    throw new DataError(
      "fit regularization: miniBatchAware does not go with repeatedIds 'keras': Keras has no such thing.",
    );
  }
  return {
    epochs,
    batchSize,
    optimizer,
    metrics,
    shuffle,
    seed,
    callbacks,
    title,
    live,
    verbose,
    regularization,
    graph,
  };
}

/** The column that GAUC groups by, if it is asked for. @throws DataError where the table has none. */
export function groupColumn({ metrics = [], groupBy }: FitOptions, table: Table): string | undefined {
  if (!wantsGroups(metrics)) return undefined;
  const column = groupBy ?? userColumn(table);
  if (column !== undefined) return column;
  throw withoutGroups('fit', metrics, table);
}

/** Training and validation rows. @throws DataError when a share leaves either side empty. */
export function splitValidation(
  table: Table,
  validation: number | Table | undefined,
): { training: Table; validation?: Table } {
  if (validation === undefined) return { training: table };
  if (validation instanceof Table) return { training: table, validation };
  if (!(validation > 0 && validation < 1)) {
    throw new DataError(
      `fit: validation is a table or a share of the rows between 0 and 1, not ${String(validation)}.`,
    );
  }
  const rows = Math.round(table.rows * validation);
  if (rows === 0 || rows === table.rows) {
    throw new DataError(
      `fit: ${validation} of ${table.rows} rows leaves ${rows} rows for validation; both parts need some.`,
    );
  }
  return { training: table.slice(0, table.rows - rows), validation: table.slice(table.rows - rows, table.rows) };
}
