import * as tf from '@tensorflow/tfjs';
import { distinct } from '../../base/distinct';
import { didYouMean } from '../../base/nearest';
import { ownField } from '../../base/own-field';
import { identityOrder } from '../../base/random';
import type { NumberArray } from '../data/columns';
import type { EncodedData } from '../data/encoded';
import { DataError } from '../errors';
import type { Accumulator, Metric, MetricMode } from '../metrics/accumulator';
import {
  type MetricName,
  MetricSet,
  measure,
  metricNames,
  modeOf,
  wantsGroups,
  wantsNumbers,
  wantsWhole,
} from '../metrics/metric-set';
import { logistic } from '../metrics/sigmoid';
import { labelTensors, weightTensor } from './batch';
import { type OutputKind, type OutputLoss, type StepLossOptions, stepLoss } from './losses';
import { predictOutputs } from './predict';

/** Rows with labels, and those as their source has them: metrics compare with numbers as they are, training with float32. */
export interface MeasuredData extends EncodedData {
  /** One an output, `[rows * width]`; without it, float32 is exact. */
  exact?: readonly NumberArray[];
}

const labelsOf = ({ labels, exact }: MeasuredData, output: number): NumberArray =>
  exact?.[output] ?? labels[output].values;

/** What a training measures besides its loss, on the training data as it goes and on the validation data. */
export interface Measurement {
  /** Every value that there will be besides the loss, and which end of it is the good one, where that is known. */
  readonly modes: Readonly<Record<string, MetricMode | undefined>>;
  /** Before anything is trained. @throws DataError for labels that a metric makes no sense of. */
  check(data: MeasuredData): void;
  /** For one pass over the training data. */
  start(data: MeasuredData): Measured;
  /** Of a network's final weights on rows with labels: the one way in which anything is scored. */
  score(network: tf.LayersModel, data: MeasuredData): Promise<Scored>;
}

/** Metrics over a stream of outputs. */
export interface Measured {
  /** Raw outputs `[rows * outputWidth]`, and the data's row numbers `[rows]`. */
  add(outputs: Float32Array, rows: Int32Array): void;
  /** Of the rows so far. */
  values(): Record<string, number>;
  /** Of the whole pass: with what needs all rows at once. */
  finalValues(): Record<string, number>;
}

export interface Scored {
  /** Mean over the rows of all outputs' losses, weighted where rows are, without penalties and smoothing. */
  loss: number;
  /** By name. */
  metrics: Record<string, number>;
  /** Raw, one array an output, `[rows * width]`. */
  outputs: Float32Array[];
}

/** Metrics for every output, or by the output's name. Default: those that the loss makes sense of. */
export type NetworkMetrics = OutputMetrics | Readonly<Record<string, OutputMetrics>>;
type OutputMetrics = readonly (MetricName | Metric)[];

/** One output of a network, as far as it is measured. */
export interface OutputHead {
  name: string;
  kind: OutputKind;
  /** Per row. */
  shape: readonly number[];
  loss: OutputLoss;
  /** Rows come with the group (user) they belong to. */
  groups?: boolean;
  /** How the loss counts in training; for scores, labels are not smoothed. */
  counts: StepLossOptions;
}

/** What a network with one logit `[batch, 1]` (or one number) is measured by. */
export const singleHead = (name: string, loss: OutputLoss, smoothing = 0): OutputHead => ({
  name,
  kind: loss.kind,
  shape: [1],
  loss,
  groups: true,
  counts: { shape: [1], smoothing },
});

/** The heads' losses as a training step takes them. */
export const stepLosses = (heads: readonly OutputHead[]) => heads.map(({ loss, counts }) => stepLoss(loss, counts));

/**
 * Metrics of a network's outputs, named `accuracy`, or `rating_accuracy` where there are several outputs.
 * @throws DataError for a metric that does not exist or does not fit its output.
 */
export function measurementOf(
  heads: readonly OutputHead[],
  metrics: NetworkMetrics | undefined,
  /** Rows a pass when the network is scored. */
  batchSize?: number,
): Measurement {
  const chosen = heads.map((head) => metricsOf(head, heads, metrics));
  chosen.forEach((list, i) => {
    new MetricSet(list.map((metric) => fitted(metric, heads[i])));
  });
  const prefixes = prefixesOf(heads);
  const choicesFor = (data: MeasuredData) => chosen.map((list, i) => suiting(list, heads[i], metrics, data, i));
  return {
    modes: Object.fromEntries(
      chosen.flatMap((list, i) =>
        list.map((metric): [string, MetricMode | undefined] => [
          `${prefixes[i]}${typeof metric === 'string' ? metric : metric.name}`,
          modeOf(fitted(metric, heads[i])),
        ]),
      ),
    ),
    check: (data) => {
      choicesFor(data);
    },
    start: (data) => new HeadMetrics(heads, choicesFor(data), data),
    score: async (network, data) => {
      const outputs = await predictOutputs(network, data, batchSize);
      const values = choicesFor(data).flatMap((choices, i) => {
        const scored = {
          ...probabilitiesOf(heads[i], outputs[i]),
          labels: labelsOf(data, i),
          groups: groupsOf(data),
        };
        return Object.entries(choices.length ? measure(choices, scored) : {}).map(([name, value]) => [
          `${prefixes[i]}${name}`,
          value,
        ]);
      });
      return { loss: meanLoss(heads, outputs, data), metrics: Object.fromEntries(values), outputs };
    },
  };
}

/** What stands before the metrics of each output: names that a callback can monitor, no two of them the same. */
const prefixesOf = (heads: readonly OutputHead[]): string[] =>
  heads.length > 1 ? distinct(heads.map(({ name }) => name.replace(/\W/g, '_'))).map((name) => `${name}_`) : [''];

/** The rows' groups as metrics take them: those without one (-1 where rows are encoded) are NaN. */
export function groupsOf({ groups }: EncodedData): ArrayLike<number> | undefined {
  if (!groups?.includes(-1)) return groups;
  const out = Float64Array.from(groups);
  for (let row = 0; row < out.length; row++) if (out[row] < 0) out[row] = Number.NaN;
  return out;
}

/** Scores of an output as metrics take them: what ranks, and the probabilities. */
function probabilitiesOf({ kind }: OutputHead, scores: Float32Array) {
  return { scores, probabilities: kind === 'logits' ? logistic(scores) : scores };
}

/**
 * The metrics of an output for some data. Those that nobody asked for by name are left out where labels are shares
 * rather than 0 and 1, as in distillation: only the loss makes sense of them.
 */
function suiting(
  list: OutputMetrics,
  head: OutputHead,
  asked: NetworkMetrics | undefined,
  data: MeasuredData,
  output: number,
): (string | Metric)[] {
  const binary = head.kind === 'logits' || head.kind === 'probabilities';
  const named = list.find((metric) => typeof metric === 'string');
  if (binary && named !== undefined) {
    const labels = labelsOf(data, output);
    const share = (labels as Float64Array).findIndex((label) => label !== 0 && label !== 1);
    if (share >= 0 && !asked) return [];
    if (share >= 0) {
      const row = Math.floor(share / data.labels[output].width) + 1;
      throw new DataError(
        `label '${head.name}', row ${row}: it is ${labels[share]}, but the metric '${named}' takes labels 0 and 1. ` +
          'Of labels between them, metrics of your own ({ name, create }) make sense, and the loss: metrics: [].',
      );
    }
  }
  return list.map((metric) => fitted(metric, head));
}

interface HeadMetric {
  head: OutputHead;
  prefix: string;
  set: MetricSet | undefined;
  /** Every row's output, where a metric ranks them all. */
  kept: Float32Array | undefined;
}

/** Follows the outputs of a training: those of a step come side by side, `[rows, width of all outputs]`. */
class HeadMetrics implements Measured {
  private readonly sets: HeadMetric[];
  private readonly widths: number[];

  constructor(
    heads: readonly OutputHead[],
    choices: readonly (readonly (string | Metric)[])[],
    private readonly data: MeasuredData,
  ) {
    this.widths = heads.map(({ shape }) => sizeOf(shape));
    const prefixes = prefixesOf(heads);
    this.sets = heads.map((head, i) => ({
      head,
      prefix: prefixes[i],
      set: choices[i].length ? new MetricSet(choices[i]) : undefined,
      kept: wantsWhole(choices[i]) ? new Float32Array(data.rows * this.widths[i]) : undefined,
    }));
  }

  add(outputs: Float32Array, rows: Int32Array): void {
    const parts = this.widths.length === 1 ? [outputs] : columns(outputs, this.widths);
    this.sets.forEach(({ head, set, kept }, i) => {
      set?.add(probabilitiesOf(head, parts[i]).probabilities, this.labelsAt(i, rows));
      if (!kept) return;
      const width = this.widths[i];
      for (let r = 0; r < rows.length; r++) {
        for (let c = 0; c < width; c++) kept[rows[r] * width + c] = parts[i][r * width + c];
      }
    });
  }

  private labelsAt(output: number, rows: Int32Array): Float64Array {
    const [values, { width }] = [labelsOf(this.data, output), this.data.labels[output]];
    const out = new Float64Array(rows.length * width);
    for (let r = 0; r < rows.length; r++) {
      for (let c = 0; c < width; c++) out[r * width + c] = values[rows[r] * width + c];
    }
    return out;
  }

  values(): Record<string, number> {
    return this.named(({ set }) => set?.values());
  }

  finalValues(): Record<string, number> {
    return this.named(({ head, set, kept }, i) => {
      if (!kept) return set?.values();
      return set?.finalValues({
        labels: labelsOf(this.data, i),
        groups: groupsOf(this.data),
        scores: kept,
        get probabilities() {
          return probabilitiesOf(head, kept).probabilities;
        },
      });
    });
  }

  private named(values: (metric: HeadMetric, output: number) => Record<string, number> | undefined) {
    return Object.fromEntries(
      this.sets.flatMap((metric, i) =>
        Object.entries(values(metric, i) ?? {}).map(([name, value]) => [`${metric.prefix}${name}`, value]),
      ),
    );
  }
}

function metricsOf(head: OutputHead, heads: readonly OutputHead[], metrics: NetworkMetrics | undefined): OutputMetrics {
  if (Array.isArray(metrics)) return metrics;
  if (!metrics) return defaultMetrics(head);
  const byName = metrics as Record<string, OutputMetrics>;
  const names = heads.map(({ name }) => name);
  for (const name of Object.keys(byName)) {
    if (!names.includes(name)) {
      throw new DataError(
        `metrics: there is no output '${name}'.${didYouMean(name, names)} Outputs: ${names.join(', ')}.`,
      );
    }
  }
  return ownField(byName, head.name) ?? [];
}

function defaultMetrics({ kind, shape }: OutputHead): OutputMetrics {
  if (kind === 'logits' || kind === 'probabilities') {
    return sizeOf(shape) === 1 ? ['accuracy', 'auc', 'aucPr'] : ['accuracy'];
  }
  return kind === 'classes' || kind === 'sparseClasses' ? ['accuracy'] : [];
}

/** Metrics that make sense of an output. */
function fittingMetrics({ kind, groups = false }: OutputHead): string[] {
  if (kind === 'logits' || kind === 'probabilities') return metricNames('clicks', groups);
  if (kind === 'numbers') return metricNames('numbers', groups);
  return kind === 'unknown' ? [] : ['accuracy'];
}

/** A metric as this output's values take it. @throws DataError where it makes no sense of them. */
function fitted(metric: string | Metric, head: OutputHead): string | Metric {
  if (typeof metric !== 'string') return metric;
  const { kind, shape, name, groups } = head;
  const numbers = wantsNumbers(metric);
  const binary = (kind === 'logits' || kind === 'probabilities') && !numbers && (groups || !wantsGroups([metric]));
  const classes = (kind === 'classes' || kind === 'sparseClasses') && metric === 'accuracy';
  if (!binary && !classes && !(kind === 'numbers' && numbers)) {
    const known = fittingMetrics(head).join(', ') || 'none by name';
    throw new DataError(
      `The metric '${metric}' makes no sense of the output '${name}' (${kind}). Metrics for it: ${known}, or { name, create }.`,
    );
  }
  if (!classes) return metric;
  return { name: metric, mode: 'max', create: () => new ClassAccuracy(shape.at(-1) ?? 1, kind === 'sparseClasses') };
}

/** Share of the rows whose largest output is that of their class. */
class ClassAccuracy implements Accumulator {
  private right = 0;
  private count = 0;

  constructor(
    private readonly classes: number,
    private readonly sparse: boolean,
  ) {}

  add(outputs: ArrayLike<number>, labels: ArrayLike<number>): void {
    const { classes } = this;
    for (let row = 0; row * classes < outputs.length; row++) {
      const label = this.sparse ? labels[row] : largest(labels, row * classes, classes);
      if (largest(outputs, row * classes, classes) === label) this.right++;
      this.count++;
    }
  }

  value(): number {
    return this.right / this.count;
  }

  reset(): void {
    this.right = 0;
    this.count = 0;
  }
}

function largest(values: ArrayLike<number>, from: number, count: number): number {
  let best = 0;
  for (let i = 1; i < count; i++) if (values[from + i] > values[from + best]) best = i;
  return best;
}

function columns(values: Float32Array, widths: readonly number[]): Float32Array[] {
  const stride = widths.reduce((a, b) => a + b, 0);
  const rows = values.length / stride;
  let offset = 0;
  return widths.map((width) => {
    const part = new Float32Array(rows * width);
    for (let row = 0; row < rows; row++) {
      for (let c = 0; c < width; c++) part[row * width + c] = values[row * stride + offset + c];
    }
    offset += width;
    return part;
  });
}

/** Rows for which losses are computed at once. */
const LOSS_ROWS = 1024;

/** Mean over the rows of the sum of all outputs' losses, without penalties. */
function meanLoss(heads: readonly OutputHead[], outputs: readonly Float32Array[], data: MeasuredData): number {
  const order = identityOrder(data.rows);
  return heads.reduce((total, { loss, shape, counts }, i) => {
    const { weight = 1 } = counts;
    if (loss.sum && sizeOf(shape) === 1) {
      return total + (weight * loss.sum(outputs[i], labelsOf(data, i), data.weights)) / data.rows;
    }
    const compute = stepLoss(loss, { ...counts, smoothing: 0 });
    const width = sizeOf(shape);
    let sum = 0;
    for (let start = 0; start < data.rows; start += LOSS_ROWS) {
      const rows = order.subarray(start, start + LOSS_ROWS);
      sum += tf.tidy(() => {
        const values = outputs[i].subarray(start * width, (start + rows.length) * width);
        const labels = labelTensors({ ...data, labels: [data.labels[i]] }, rows)[0];
        const mean = compute(tf.tensor(values, [rows.length, ...shape]), labels, weightTensor(data, rows));
        return mean.dataSync()[0] * rows.length;
      });
    }
    return total + sum / data.rows;
  }, 0);
}

const sizeOf = (shape: readonly number[]): number => shape.reduce((product, size) => product * size, 1);
