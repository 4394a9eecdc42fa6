import { checkChoice, checkSettings } from '../checks';
import { Table } from '../data/table';
import { DataError } from '../errors';
import type { Metric } from '../metrics/accumulator';
import { type MetricName, MetricSet, wantsGroups } from '../metrics/metric-set';
import type { OptimizerDefinition } from '../training/optimizers/optimizer';
import {
  checkOptimizer,
  checkTrainingOptions,
  type TrainingOptions,
  trainingSettings,
  validationRows,
} from '../training/options';
import type { Task } from './architecture';
import { checkLabel, defaultMetrics, userColumn, withoutGroups } from './evaluation';
import { checkRegularization, type Regularization } from './penalty';

export interface FitOptions extends TrainingOptions {
  /** A table, or the share of the rows, in (0, 1), that are kept out: the last ones, which in time-ordered data are the latest. */
  validation?: number | Table;
  /** Default `din.optimizers.adam()`. */
  optimizer?: OptimizerDefinition;
  /**
   * Default accuracy, auc, aucPr; of a regression, rootMeanSquaredError and meanAbsoluteError. While an epoch runs, `auc` and `aucPr` are Keras' in 200 buckets; at its end, and for
   * validation, they are exact. `gauc` (weighted by impressions) has a value at the end only.
   */
  metrics?: readonly (MetricName | Metric)[];
  /** Column that groups rows for GAUC, as in `evaluate`: default `sourceUserId` where there is one, else `userId`. */
  groupBy?: string;
  /** Column of labels 0 and 1; default the model's, which `evaluate` then uses too. */
  label?: string;
  /** Column that says how much each row counts in the loss, a number of at least 0; default 1. Metrics count rows alike. */
  sampleWeight?: string;
  /** Of a regression: default `meanSquaredError`. A classification has the binary cross-entropy. */
  loss?: 'meanSquaredError' | 'meanAbsoluteError' | 'huber';
  regularization?: Regularization;
}

const own = [
  'validation',
  'optimizer',
  'metrics',
  'groupBy',
  'label',
  'regularization',
  'sampleWeight',
  'loss',
] as const satisfies (keyof FitOptions)[];

/** The settings with their defaults. @throws DataError for settings that do not exist or do not fit. */
export function checkFitOptions(options: FitOptions, kind: string, task: Task) {
  checkSettings('fit', options, [...trainingSettings, ...own]);
  const { metrics = defaultMetrics(task), regularization = {} } = options;
  const optimizer = checkOptimizer(options.optimizer);
  checkLabel('fit', options.label);
  new MetricSet(metrics);
  checkRegularization(regularization);
  checkTask(options, task);
  if (regularization.miniBatchAware && optimizer.config.repeatedIds === 'keras') {
    throw new DataError(
      "fit regularization: miniBatchAware does not go with repeatedIds 'keras': Keras has no such thing.",
    );
  }
  return { ...checkTrainingOptions(options, kind.toUpperCase()), optimizer, metrics, regularization };
}

function checkTask({ loss, sampleWeight, classWeight, labelSmoothing }: FitOptions, task: Task): void {
  if (sampleWeight !== undefined && (typeof sampleWeight !== 'string' || sampleWeight === '')) {
    throw new DataError(`fit: sampleWeight is the name of a column of weights, not ${JSON.stringify(sampleWeight)}.`);
  }
  if (task === 'regression') {
    if (loss !== undefined) checkChoice('fit', 'loss', loss, ['meanSquaredError', 'meanAbsoluteError', 'huber']);
    if (labelSmoothing || classWeight) {
      throw new DataError("fit: labelSmoothing and classWeight are for classes; this model's task is 'regression'.");
    }
  } else if (loss !== undefined) {
    throw new DataError(
      `fit: the loss of a click is the binary cross-entropy; '${String(loss)}' is for models with task: 'regression'.`,
    );
  }
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
  const first = table.rows - validationRows(table.rows, validation, 'a table');
  return { training: table.part(0, first), validation: table.part(first, table.rows) };
}
