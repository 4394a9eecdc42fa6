import type { MetricSeries, TrainingOutput } from './training';

const LABELS: { [metric: string]: string } = {
  loss: 'Loss',
  accuracy: 'Accuracy',
  auc: 'AUC',
  aucPr: 'AUC-PR',
  averagePrecision: 'Average precision',
  kerasAuc: 'AUC, 200 buckets',
  kerasAucPr: 'AUC-PR, 200 buckets',
  gauc: 'GAUC',
  logloss: 'Log loss',
};

/** `aucPr` is "AUC-PR"; a metric that dinnb does not know keeps its name. */
export function metricLabel(metric: string): string {
  return Object.hasOwn(LABELS, metric) ? LABELS[metric]! : metric;
}

/** What ranks all rows: exact at the end of an epoch, estimated in Keras' 200 buckets while it runs. */
const RANKING = ['auc', 'aucPr', 'averagePrecision'];

/** Words for the running curve, which differs in kind from the epochs' values where a metric ranks all rows. */
export function runningWords(metrics: readonly string[]): string {
  const words = 'training, mean so far in the epoch';
  return metrics.some((name) => RANKING.includes(name)) ? `${words} (AUC in 200 buckets; epochs exact)` : words;
}

/** Every metric of a run that has a value anywhere: those known first and in a fixed order, then as they came. */
export function metricNames(output: TrainingOutput): string[] {
  const { steps, epochLog } = output;
  const present = new Set<string>();
  for (const series of [steps.values, epochLog.training, epochLog.validation]) {
    for (const name of Object.keys(series)) if (hasValues(series, name)) present.add(name);
  }
  const known = Object.keys(LABELS).filter((name) => present.has(name));
  return [...known, ...[...present].filter((name) => !known.includes(name))];
}

export function hasValues(series: MetricSeries, metric: string): boolean {
  return Object.hasOwn(series, metric) && series[metric]!.some((value) => value !== null && Number.isFinite(value));
}

export interface BestEpoch {
  epoch: number;
  metric: string;
  value: number;
}

/**
 * The epoch of the lowest validation loss. Without validation there is none: the training loss falls for as long as a
 * model memorises.
 */
export function bestEpoch(output: TrainingOutput): BestEpoch | undefined {
  const losses = output.epochLog.validation.loss ?? [];
  let best: BestEpoch | undefined;
  losses.forEach((value, index) => {
    if (value === null || !Number.isFinite(value)) return;
    if (!best || value < best.value) best = { epoch: output.epochLog.epoch[index]!, metric: 'loss', value };
  });
  return best;
}
