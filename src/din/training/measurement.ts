import type * as tf from '@tensorflow/tfjs';
import type { Metric } from '../metrics/accumulator';
import { MetricSet } from '../metrics/metric-set';
import { sigmoid } from '../metrics/sigmoid';
import type { EncodedData } from './encoded';
import { evaluateNetwork } from './evaluate';

/** What a training measures besides its loss, on the training data as it goes and on the validation data. */
export interface Measurement {
  /** For one pass over the training data. */
  start(): Measured;
  /** `loss` and metrics by name. */
  validate(network: tf.LayersModel, data: EncodedData): Promise<Record<string, number>>;
}

/** Metrics over a stream of outputs. */
export interface Measured {
  /** Raw outputs, `[rows * outputWidth]`, and per output its labels, `[rows * width]`. */
  add(outputs: Float32Array, labels: readonly Float32Array[]): void;
  values(): Record<string, number>;
}

/** Of a network with one logit: metrics of probabilities. */
export function logitMeasurement(metrics: readonly (string | Metric)[]): Measurement {
  return {
    start: () => {
      const set = new MetricSet(metrics);
      return { add: (logits, [labels]) => set.add(sigmoid(logits), labels), values: () => set.values() };
    },
    validate: async (network, data) => {
      const evaluation = await evaluateNetwork(network, data, metrics);
      return { loss: evaluation.loss, ...evaluation.metrics };
    },
  };
}
