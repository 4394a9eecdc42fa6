import type * as tf from '@tensorflow/tfjs';
import type { Metric, MetricMode } from '../metrics/accumulator';
import { MetricSet, modesOf, wantsWhole } from '../metrics/metric-set';
import { sigmoid } from '../metrics/sigmoid';
import type { EncodedData } from './encoded';
import { evaluateNetwork } from './evaluate';

/** What a training measures besides its loss, on the training data as it goes and on the validation data. */
export interface Measurement {
  /** Every value that there will be besides the loss, and which end of it is the good one, where that is known. */
  readonly modes: Readonly<Record<string, MetricMode | undefined>>;
  /** For one pass over the training data. */
  start(data: EncodedData): Measured;
  /** `loss` and metrics by name. */
  validate(network: tf.LayersModel, data: EncodedData): Promise<Record<string, number>>;
}

/** Metrics over a stream of outputs. */
export interface Measured {
  /** Raw outputs `[rows * outputWidth]`, per output its labels `[rows * width]`, and the data's row numbers `[rows]`. */
  add(outputs: Float32Array, labels: readonly Float32Array[], rows: Int32Array): void;
  /** Of the rows so far. */
  values(): Record<string, number>;
  /** Of the whole pass: with what needs all rows at once. */
  finalValues(): Record<string, number>;
}

/** Of a network with one logit: metrics of probabilities; what ranks all rows is exact at the end of a pass. */
export function logitMeasurement(metrics: readonly (string | Metric)[]): Measurement {
  return {
    modes: modesOf(metrics),
    start: (data) => new LogitMetrics(metrics, data),
    validate: async (network, data) => {
      const evaluation = await evaluateNetwork(network, data, metrics);
      return { loss: evaluation.loss, ...evaluation.metrics };
    },
  };
}

class LogitMetrics implements Measured {
  private readonly set: MetricSet;
  /** The logit of each row of the data, where a metric ranks them all. */
  private readonly kept: Float32Array | undefined;

  constructor(
    metrics: readonly (string | Metric)[],
    private readonly data: EncodedData,
  ) {
    this.set = new MetricSet(metrics);
    if (wantsWhole(metrics)) this.kept = new Float32Array(data.rows);
  }

  add(logits: Float32Array, [labels]: readonly Float32Array[], rows: Int32Array): void {
    this.set.add(sigmoid(logits), labels);
    if (!this.kept) return;
    for (let i = 0; i < rows.length; i++) this.kept[rows[i]] = logits[i];
  }

  values(): Record<string, number> {
    return this.set.values();
  }

  finalValues(): Record<string, number> {
    const { kept, data } = this;
    if (!kept) return this.set.values();
    return this.set.finalValues({
      scores: kept,
      get probabilities() {
        return sigmoid(kept);
      },
      labels: data.labels[0].values,
      groups: data.groups,
    });
  }
}
