import { checkSettings } from '../checks';
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
import { checkLabel, userColumn, withoutGroups } from './evaluation';
import { checkRegularization, type Regularization } from './penalty';

export interface FitOptions extends TrainingOptions {
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
  regularization?: Regularization;
}

const own = [
  'validation',
  'optimizer',
  'metrics',
  'groupBy',
  'label',
  'regularization',
] as const satisfies (keyof FitOptions)[];

/** The settings with their defaults. @throws DataError for settings that do not exist or do not fit. */
export function checkFitOptions(options: FitOptions, kind: string) {
  checkSettings('fit', options, [...trainingSettings, ...own]);
  const { metrics = ['accuracy', 'auc', 'aucPr'], regularization = {} } = options;
  const optimizer = checkOptimizer(options.optimizer);
  checkLabel('fit', options.label);
  new MetricSet(metrics);
  checkRegularization(regularization);
  if (regularization.miniBatchAware && optimizer.config.repeatedIds === 'keras') {
    throw new DataError(
      "fit regularization: miniBatchAware does not go with repeatedIds 'keras': Keras has no such thing.",
    );
  }
  return { ...checkTrainingOptions(options, kind.toUpperCase()), optimizer, metrics, regularization };
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
  return { training: table.slice(0, first), validation: table.slice(first, table.rows) };
}
