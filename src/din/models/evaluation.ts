import { checkChoice, checkSettings } from '../checks';
import { SOURCE_USER_COLUMN } from '../data/reference';
import type { Table } from '../data/table';
import { DataError } from '../errors';
import type { Metric } from '../metrics/accumulator';
import type { Gauc, GaucWeighting } from '../metrics/gauc';
import { type MetricName, MetricSet, wantsGroups } from '../metrics/metric-set';
import type { Task } from './architecture';

type Metrics = readonly (MetricName | Metric)[];
type UsualMetrics = readonly ['accuracy', 'auc', 'aucPr'];

export interface EvaluateOptions<M extends Metrics = Metrics> {
  /** Default accuracy, auc, aucPr; of a regression, rootMeanSquaredError and meanAbsoluteError. */
  metrics?: M;
  /**
   * Column that groups rows for GAUC; null = no GAUC. Default `sourceUserId` where there is one, else `userId`: among
   * re-indexed users, all that training did not know share one `userId`.
   */
  groupBy?: string | null;
  /** Column of labels 0 and 1; default the model's, else that of its last `fit`. */
  label?: string;
  /** How GAUC weighs users, default `impressions`, the paper's. */
  gaucWeighting?: GaucWeighting;
}

/** A metric's name, where the compiler knows it. */
type NameOf<M> = M extends string
  ? M
  : M extends { readonly name: infer N extends string }
    ? string extends N
      ? never
      : N
    : never;

/** The metrics that were asked for: certain where their list is known when the code is compiled, else possible. */
type Measured<M extends Metrics> = number extends M['length']
  ? { [name in Exclude<NameOf<M[number]>, 'gauc'>]?: number }
  : { [name in Exclude<NameOf<M[number]>, 'gauc'>]: number };

/**
 * What a model is worth on a table: the loss and the metrics that were asked for. `auc` is the exact area under the ROC
 * curve, `aucPr` the average precision; an area over labels of one class is NaN.
 */
export type EvaluationResult<M extends Metrics = UsualMetrics> = Measured<M> & {
  /** Mean binary cross-entropy. */
  loss: number;
  /** Absent without a grouping column. */
  gauc?: Gauc;
  rows: number;
};

/** Of any metrics: what a comparison takes. */
export interface AnyEvaluation {
  loss: number;
  rows: number;
  accuracy?: number;
  auc?: number;
  aucPr?: number;
  gauc?: Gauc;
}

/** The column that tells users apart, where the table has one. */
export function userColumn(table: Table): string | undefined {
  return [SOURCE_USER_COLUMN, 'userId'].find((name) => table.columns.has(name));
}

/** What is measured where nobody says. */
export const defaultMetrics = (task: Task): readonly MetricName[] =>
  task === 'regression' ? ['rootMeanSquaredError', 'meanAbsoluteError'] : ['accuracy', 'auc', 'aucPr'];

/** @throws DataError for settings that do not exist, and for group metrics without groups. */
export function evaluateSettings(options: EvaluateOptions, table: Table, task: Task) {
  checkSettings('evaluate', options, ['metrics', 'groupBy', 'gaucWeighting', 'label']);
  const { metrics = defaultMetrics(task), groupBy, gaucWeighting: weighting = 'impressions' } = options;
  checkChoice('evaluate', 'gaucWeighting', weighting, ['impressions', 'positives', 'mean']);
  new MetricSet(metrics);
  const group = groupBy === null || task === 'regression' ? undefined : (groupBy ?? userColumn(table));
  if (group === undefined && wantsGroups(metrics)) throw withoutGroups('evaluate', metrics, table);
  checkLabel('evaluate', options.label);
  return { metrics, weighting, groupBy: group, label: options.label };
}

/** @throws DataError unless `label` is absent or a name. */
export function checkLabel(owner: string, label: unknown): void {
  if (label === undefined || (typeof label === 'string' && label !== '')) return;
  throw new DataError(`${owner}: label is the name of a column, not ${JSON.stringify(label)}.`);
}

/** What to say where a metric needs groups and nothing names them. */
export function withoutGroups(owner: string, metrics: Metrics, table: Table): DataError {
  const grouped = metrics.find((metric) => wantsGroups([metric]));
  return new DataError(
    `${owner}: the metric '${String(grouped)}' ranks each user's rows, but ${table.source} has neither 'sourceUserId' nor 'userId'. ` +
      `Name the column with groupBy. Columns: ${table.names.join(', ')}.`,
  );
}
