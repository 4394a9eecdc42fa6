import * as tf from '@tensorflow/tfjs';
import { DataError } from '../errors';
import { didYouMean } from '../features/suggest';
import type { Accumulator, Metric, MetricMode } from '../metrics/accumulator';
import { type MetricName, MetricSet, measure, modeOf, wantsWhole } from '../metrics/metric-set';
import { sigmoid } from '../metrics/sigmoid';
import { labelTensors } from '../training/batch';
import type { EncodedData } from '../training/encoded';
import type { Loss } from '../training/losses';
import type { Measured, Measurement } from '../training/measurement';
import { predictOutputs } from '../training/predict';
import { identityOrder } from '../training/seeds';
import { sizeOf } from './data';
import type { OutputKind } from './losses';

/** Metrics for every output, or by the output's name. Default: those that the loss makes sense of. */
export type NetworkMetrics = OutputMetrics | Readonly<Record<string, OutputMetrics>>;
type OutputMetrics = readonly (MetricName | 'meanAbsoluteError' | Metric)[];

/** One output of a network, as far as it is measured. */
export interface OutputHead {
  name: string;
  kind: OutputKind;
  /** Per row. */
  shape: readonly number[];
  loss: Loss;
}

/** Rows a pass when a network is scored. */
export type ScoringBatch = number | undefined;

/**
 * Metrics of a network's outputs, named `accuracy`, or `rating_accuracy` where there are several outputs.
 * @throws DataError for a metric that does not exist or does not fit its output.
 */
export function networkMeasurement(
  heads: readonly OutputHead[],
  metrics: NetworkMetrics | undefined,
  batchSize?: ScoringBatch,
): Measurement {
  const chosen = heads.map((head) => metricsOf(head, heads, metrics));
  chosen.forEach((list, i) => {
    new MetricSet(list.map((metric) => fitted(metric, heads[i])));
  });
  const choicesFor = (data: EncodedData) => chosen.map((list, i) => suiting(list, heads[i], metrics, data, i));
  return {
    modes: Object.fromEntries(
      chosen.flatMap((list, i) =>
        list.map((metric): [string, MetricMode | undefined] => [
          `${prefixOf(heads[i], heads)}${typeof metric === 'string' ? metric : metric.name}`,
          modeOf(fitted(metric, heads[i])),
        ]),
      ),
    ),
    start: (data) => new HeadMetrics(heads, choicesFor(data), data),
    validate: async (network, data) => {
      const outputs = await predictOutputs(network, data, batchSize);
      const values = choicesFor(data).flatMap((choices, i) => {
        const scored = { ...probabilitiesOf(heads[i], outputs[i]), labels: data.labels[i].values };
        return Object.entries(choices.length ? measure(choices, scored) : {}).map(([name, value]) => [
          `${prefixOf(heads[i], heads)}${name}`,
          value,
        ]);
      });
      return { loss: meanLoss(heads, outputs, data), ...Object.fromEntries(values) };
    },
  };
}

const prefixOf = (head: OutputHead, heads: readonly OutputHead[]): string =>
  heads.length > 1 ? `${head.name.replace(/\W/g, '_')}_` : '';

/** Scores of an output as metrics take them: what ranks, and the probabilities. */
function probabilitiesOf({ kind }: OutputHead, scores: Float32Array) {
  return { scores, probabilities: kind === 'logits' ? sigmoid(scores) : scores };
}

/**
 * The metrics of an output for some data. Those that nobody asked for by name are left out where labels are shares
 * rather than 0 and 1, as in distillation: only the loss makes sense of them.
 */
function suiting(
  list: OutputMetrics,
  head: OutputHead,
  asked: NetworkMetrics | undefined,
  data: EncodedData,
  output: number,
): (string | Metric)[] {
  const binary = head.kind === 'logits' || head.kind === 'probabilities';
  if (!asked && binary && !data.labels[output].values.every((label) => label === 0 || label === 1)) return [];
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
    private readonly data: EncodedData,
  ) {
    this.widths = heads.map(({ shape }) => sizeOf(shape));
    this.sets = heads.map((head, i) => ({
      head,
      prefix: prefixOf(head, heads),
      set: choices[i].length ? new MetricSet(choices[i]) : undefined,
      kept: wantsWhole(choices[i]) ? new Float32Array(data.rows * this.widths[i]) : undefined,
    }));
  }

  add(outputs: Float32Array, labels: readonly Float32Array[], rows: Int32Array): void {
    const parts = this.widths.length === 1 ? [outputs] : columns(outputs, this.widths);
    this.sets.forEach(({ head, set, kept }, i) => {
      set?.add(probabilitiesOf(head, parts[i]).probabilities, labels[i]);
      if (!kept) return;
      const width = this.widths[i];
      for (let r = 0; r < rows.length; r++) {
        for (let c = 0; c < width; c++) kept[rows[r] * width + c] = parts[i][r * width + c];
      }
    });
  }

  values(): Record<string, number> {
    return this.named(({ set }) => set?.values());
  }

  finalValues(): Record<string, number> {
    return this.named(({ head, set, kept }, i) => {
      if (!kept) return set?.values();
      const labels = this.data.labels[i].values;
      return set?.finalValues({
        labels,
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
  return byName[head.name] ?? [];
}

function defaultMetrics({ kind, shape }: OutputHead): OutputMetrics {
  if (kind === 'logits' || kind === 'probabilities') {
    return sizeOf(shape) === 1 ? ['accuracy', 'auc', 'aucPr'] : ['accuracy'];
  }
  return kind === 'classes' || kind === 'sparseClasses' ? ['accuracy'] : [];
}

const BINARY = [
  'accuracy',
  'auc',
  'aucPr',
  'averagePrecision',
  'kerasAuc',
  'kerasAucPr',
  'logloss',
  'normalizedEntropy',
  'ece',
];

const FITTING: Record<OutputKind, readonly string[]> = {
  logits: BINARY,
  probabilities: BINARY,
  classes: ['accuracy'],
  sparseClasses: ['accuracy'],
  numbers: ['meanAbsoluteError'],
  unknown: [],
};

/** The metric as this output needs it. */
function fitted(metric: string | Metric, { kind, shape, name }: OutputHead): string | Metric {
  if (typeof metric !== 'string') return metric;
  if (!FITTING[kind].includes(metric)) {
    const known = FITTING[kind].join(', ') || 'none by name';
    throw new DataError(
      `The metric '${metric}' makes no sense of the output '${name}' (${kind}). Metrics for it: ${known}, or { name, create }.`,
    );
  }
  const classes = shape.at(-1) ?? 1;
  if (kind === 'classes') return { name: metric, mode: 'max', create: () => new ClassAccuracy(classes, false) };
  if (kind === 'sparseClasses') return { name: metric, mode: 'max', create: () => new ClassAccuracy(classes, true) };
  if (kind === 'numbers') return { name: metric, mode: 'min', create: () => new AbsoluteError() };
  return metric;
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

class AbsoluteError implements Accumulator {
  private sum = 0;
  private count = 0;

  add(outputs: ArrayLike<number>, labels: ArrayLike<number>): void {
    for (let i = 0; i < outputs.length; i++) this.sum += Math.abs(outputs[i] - labels[i]);
    this.count += outputs.length;
  }

  value(): number {
    return this.sum / this.count;
  }

  reset(): void {
    this.sum = 0;
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
function meanLoss(heads: readonly OutputHead[], outputs: readonly Float32Array[], data: EncodedData): number {
  const order = identityOrder(data.rows);
  let sum = 0;
  for (let start = 0; start < data.rows; start += LOSS_ROWS) {
    const rows = order.subarray(start, start + LOSS_ROWS);
    sum += tf.tidy(() => {
      const labels = labelTensors(data, rows);
      const losses = heads.map(({ shape, loss }, i) => {
        const width = sizeOf(shape);
        const values = outputs[i].subarray(start * width, (start + rows.length) * width);
        return loss(tf.tensor(values, [rows.length, ...shape]), labels[i]).dataSync()[0];
      });
      return losses.reduce((a, b) => a + b, 0) * rows.length;
    });
  }
  return sum / data.rows;
}
