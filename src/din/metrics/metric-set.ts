import { didYouMean } from '../../base/nearest';
import { DataError } from '../errors';
import type { Accumulator, Metric, MetricMode } from './accumulator';
import { AccuracyAccumulator } from './accuracy';
import { ece, normalizedEntropy } from './calibration';
import { auc, averagePrecision } from './exact-auc';
import { gauc } from './gauc';
import { KerasAucAccumulator, KerasAucPrAccumulator } from './keras-auc';
import { LoglossAccumulator } from './logloss';
import { hitRate, mrr, ndcg, recall } from './ranking';
import { meanAbsoluteErrorOf, meanSquaredErrorOf, rootMeanSquaredErrorOf, rSquaredOf } from './regression';

/** Rows that were scored, all of them. */
export interface ScoredRows {
  /** Anything that ranks, usually logits. */
  scores: ArrayLike<number>;
  /** In [0, 1]. */
  probabilities: ArrayLike<number>;
  /** 0 or 1. */
  labels: ArrayLike<number>;
  /** The group (user) of each row, NaN where it has none. */
  groups?: ArrayLike<number>;
}

/** What a metric by name is: over a stream, over all rows at once, or both; then `whole` is the value and `stream` stands in while rows come. */
interface Definition {
  mode: MetricMode;
  stream?: () => Accumulator;
  whole?: (rows: ScoredRows) => number;
  /** Without groups it has no meaning. */
  grouped?: boolean;
  /** It measures predictions of numbers (a rating, a watch time), not of classes. */
  numbers?: boolean;
}

type FixedName =
  | 'accuracy'
  | 'auc'
  | 'aucPr'
  | 'averagePrecision'
  | 'kerasAuc'
  | 'kerasAucPr'
  | 'logloss'
  | 'normalizedEntropy'
  | 'ece'
  | 'gauc'
  | 'mrr'
  | 'meanSquaredError'
  | 'rootMeanSquaredError'
  | 'meanAbsoluteError'
  | 'rSquared';

/** `gauc`, `mrr` and what has a depth (`ndcg@10`) need the user of each row. */
export type MetricName = FixedName | `${keyof typeof atDepth}@${number}`;

const precision: Definition = {
  mode: 'max',
  stream: () => new KerasAucPrAccumulator(),
  whole: ({ scores, labels }) => averagePrecision(scores, labels),
};

const definitions: Record<FixedName, Definition> = {
  accuracy: { mode: 'max', stream: () => new AccuracyAccumulator() },
  auc: {
    mode: 'max',
    stream: () => new KerasAucAccumulator(),
    whole: ({ scores, labels }) => auc(scores, labels),
  },
  aucPr: precision,
  averagePrecision: precision,
  kerasAuc: { mode: 'max', stream: () => new KerasAucAccumulator() },
  kerasAucPr: { mode: 'max', stream: () => new KerasAucPrAccumulator() },
  logloss: { mode: 'min', stream: () => new LoglossAccumulator() },
  gauc: {
    mode: 'max',
    whole: ({ scores, labels, groups }) => gauc(scores, labels, groups ?? []).value,
    grouped: true,
  },
  mrr: ranking((scores, labels, groups) => mrr(scores, labels, groups).value),
  normalizedEntropy: {
    mode: 'min',
    whole: ({ probabilities, labels }) => normalizedEntropy(probabilities, labels),
  },
  ece: { mode: 'min', whole: ({ probabilities, labels }) => ece(probabilities, labels) },
  meanSquaredError: { mode: 'min', stream: meanSquaredErrorOf, numbers: true },
  rootMeanSquaredError: { mode: 'min', stream: rootMeanSquaredErrorOf, numbers: true },
  meanAbsoluteError: { mode: 'min', stream: meanAbsoluteErrorOf, numbers: true },
  rSquared: { mode: 'max', stream: rSquaredOf, numbers: true },
};

function ranking(value: (scores: Values, labels: Values, groups: Values) => number): Definition {
  return { mode: 'max', grouped: true, whole: ({ scores, labels, groups }) => value(scores, labels, groups ?? []) };
}

type Values = ArrayLike<number>;

/** Metrics of the k best-scored rows of each group: `ndcg@10`. */
const atDepth = { ndcg, recall, hitRate };

/** What a name stands for, if anything. */
function named(metric: string): Definition | undefined {
  if (Object.hasOwn(definitions, metric)) return definitions[metric as FixedName];
  const [, name, depth] = /^(ndcg|recall|hitRate)@([1-9]\d*)$/.exec(metric) ?? [];
  if (!name) return undefined;
  return ranking((...rows) => atDepth[name as keyof typeof atDepth](...rows, Number(depth)).value);
}

export type MetricChoice = string | Metric;

/** Areas under a curve: over one class only they have no value, and a 0 would look like a bad ranking. */
const AREAS: readonly string[] = ['auc', 'aucPr', 'averagePrecision', 'kerasAuc', 'kerasAucPr'];

/** @throws DataError for a name that does not exist, with the nearest one that does. */
function definitionOf(metric: MetricChoice): Definition {
  if (typeof metric !== 'string') {
    checkOwn(metric);
    return { mode: metric.mode as MetricMode, stream: () => ownAccumulator(metric) };
  }
  const known = named(metric);
  if (known) return known;
  const names = [...Object.keys(definitions), ...Object.keys(atDepth).map((name) => `${name}@10`)];
  throw new DataError(`There is no metric '${metric}'.${didYouMean(metric, names)} Metrics: ${names.join(', ')}.`);
}

function checkOwn(metric: Metric): void {
  if (typeof metric?.name !== 'string' || typeof metric.create !== 'function') {
    throw new DataError("A metric is a name, such as 'auc', or { name, create, mode }.");
  }
  if (metric.name === '__proto__') {
    throw new DataError(
      "A metric cannot be called '__proto__': JavaScript keeps no value under that name. Give it another name.",
    );
  }
  if (metric.mode !== undefined && metric.mode !== 'min' && metric.mode !== 'max') {
    throw new DataError(`The metric '${metric.name}': mode is 'min' or 'max', not ${JSON.stringify(metric.mode)}.`);
  }
}

function ownAccumulator(metric: Metric): Accumulator {
  const made: Partial<Accumulator> | undefined = metric.create();
  const missing = (['add', 'value', 'reset'] as const).find((method) => typeof made?.[method] !== 'function');
  if (missing) {
    throw new DataError(
      `The metric '${metric.name}': what create() gives has no ${missing}(); it needs add(probabilities, labels), value() and reset().`,
    );
  }
  return made as Accumulator;
}

/** Values go by name: of two metrics with one name, or of the loss and a metric called so, one would be lost without a word. */
function checkNames(metrics: readonly MetricChoice[]): void {
  const byName = new Map<string, MetricChoice>();
  for (const metric of metrics) {
    definitionOf(metric);
    const name = nameOf(metric);
    if (name === 'loss')
      throw new DataError("A metric cannot be called 'loss': that is the loss. Give it another name.");
    if (byName.has(name) && byName.get(name) !== metric) {
      throw new DataError(`Two metrics are called '${name}': give one of them another name.`);
    }
    byName.set(name, metric);
  }
}

/**
 * An evaluation has its metrics beside other numbers.
 * @param own names of those.
 * @throws DataError for a metric of one's own that is called as one of them.
 */
export function checkBeside(own: readonly string[], metrics: readonly MetricChoice[] = []): void {
  const taken = metrics.find((metric) => typeof metric !== 'string' && own.includes(metric.name));
  if (!taken) return;
  const name = nameOf(taken);
  throw new DataError(
    `A metric cannot be called '${name}': an evaluation calls its own ${name} so. Give it another name.`,
  );
}

const nameOf = (metric: MetricChoice): string => (typeof metric === 'string' ? metric : metric.name);

/** Which end of a value is the good one; undefined where nobody knows. Losses are the smaller the better. */
export function modeOf(metric: MetricChoice): MetricMode | undefined {
  if (metric === 'loss') return 'min';
  if (typeof metric !== 'string') return metric.mode;
  return named(metric)?.mode;
}

/** Whether any of the metrics ranks the rows of a group. @throws DataError for a name that does not exist. */
export const wantsGroups = (metrics: readonly MetricChoice[]): boolean =>
  metrics.some((metric) => definitionOf(metric).grouped);

/** Whether a metric measures predictions of numbers. @throws DataError for a name that does not exist. */
export const wantsNumbers = (metric: MetricChoice): boolean => definitionOf(metric).numbers === true;

/** The names of the metrics of numbers, or of clicks; without those that need groups, if there are none. */
export const metricNames = (kind: 'numbers' | 'clicks', groups: boolean): string[] =>
  Object.entries(definitions).flatMap(([name, { numbers = false, grouped = false }]) =>
    numbers === (kind === 'numbers') && (groups || !grouped) ? [name] : [],
  );

/** Whether any of the metrics has its value only of all rows at once. */
export const wantsWhole = (metrics: readonly MetricChoice[]): boolean =>
  metrics.some((metric) => definitionOf(metric).whole);

/** Several metrics over the same predictions, as they come. */
export class MetricSet {
  private readonly entries: { name: string; accumulator: Accumulator }[];
  private classes = { positives: 0, negatives: 0 };

  /** Metrics without a running value are left out. @throws DataError for a name that does not exist, or that two metrics have. */
  constructor(private readonly metrics: readonly MetricChoice[]) {
    checkNames(metrics);
    this.entries = metrics.flatMap((metric) => {
      const { stream } = definitionOf(metric);
      return stream ? [{ name: nameOf(metric), accumulator: stream() }] : [];
    });
  }

  get names(): string[] {
    return this.entries.map(({ name }) => name);
  }

  add(probabilities: ArrayLike<number>, labels: ArrayLike<number>): void {
    for (const { accumulator } of this.entries) accumulator.add(probabilities, labels);
    let positives = 0;
    for (let i = 0; i < labels.length; i++) if (labels[i] > 0.5) positives++;
    this.classes.positives += positives;
    this.classes.negatives += labels.length - positives;
  }

  /** By name. An AUC over one class only is NaN here: an unknown must not look like a bad ranking. */
  values(): Record<string, number> {
    const oneClass = this.classes.positives === 0 || this.classes.negatives === 0;
    return Object.fromEntries(
      this.entries.map(({ name, accumulator }) => [
        name,
        oneClass && AREAS.includes(name) ? Number.NaN : accumulator.value(),
      ]),
    );
  }

  /** By name, once all rows were added: what needs them all at once is computed of `rows`. */
  finalValues(rows: ScoredRows): Record<string, number> {
    const running = this.values();
    return Object.fromEntries(
      this.metrics.map((metric) => {
        const { whole } = definitionOf(metric);
        const name = nameOf(metric);
        return [name, whole ? whole(rows) : running[name]];
      }),
    );
  }

  reset(): void {
    for (const { accumulator } of this.entries) accumulator.reset();
    this.classes = { positives: 0, negatives: 0 };
  }
}

/** Metrics of rows that are all at hand, by name. @throws DataError for predictions that are none. */
export function measure(metrics: readonly MetricChoice[], rows: ScoredRows): Record<string, number> {
  const set = new MetricSet(metrics.filter((metric) => !definitionOf(metric).whole));
  set.add(rows.probabilities, rows.labels);
  const streamed = set.values();
  return Object.fromEntries(
    metrics.map((metric) => {
      const { whole } = definitionOf(metric);
      return [nameOf(metric), whole ? whole(rows) : streamed[nameOf(metric)]];
    }),
  );
}
