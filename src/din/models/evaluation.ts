import { SOURCE_USER_COLUMN } from '../data/reference';
import type { Table } from '../data/table';
import { checkChoice, checkSettings } from '../features/settings';
import type { Metric } from '../metrics/accumulator';
import type { Gauc, GaucWeighting } from '../metrics/gauc';
import { type MetricName, MetricSet } from '../metrics/metric-set';

export interface EvaluateOptions {
  /** Default accuracy, auc, aucPr. */
  metrics?: readonly (MetricName | Metric)[];
  /**
   * Column that groups rows for GAUC; null = no GAUC. Default `sourceUserId` where there is one, else `userId`: among
   * re-indexed users, all that training did not know share one `userId`.
   */
  groupBy?: string | null;
  /** How GAUC weighs users, default `impressions`, the paper's. */
  gaucWeighting?: GaucWeighting;
}

/** What a model is worth on a table. An AUC over labels of one class is NaN. */
export interface EvaluationResult {
  /** Mean binary cross-entropy. */
  loss: number;
  accuracy: number;
  /** As Keras' AUC (200 thresholds). */
  auc: number;
  /** As Keras' AUC(curve='PR'). */
  aucPr: number;
  /** Absent without a grouping column. */
  gauc?: Gauc;
  rows: number;
}

/** The column that tells users apart, where the table has one. */
export function userColumn(table: Table): string | undefined {
  return [SOURCE_USER_COLUMN, 'userId'].find((name) => table.columns.has(name));
}

/** @throws DataError for settings that do not exist. */
export function evaluateSettings(options: EvaluateOptions, table: Table) {
  checkSettings('evaluate', options, ['metrics', 'groupBy', 'gaucWeighting']);
  const { metrics = ['accuracy', 'auc', 'aucPr'], groupBy, gaucWeighting: weighting = 'impressions' } = options;
  checkChoice('evaluate', 'gaucWeighting', weighting, ['impressions', 'positives', 'mean']);
  new MetricSet(metrics);
  const usual = userColumn(table);
  return { metrics, weighting, groupBy: groupBy === null ? undefined : (groupBy ?? usual) };
}
