import type * as tf from '@tensorflow/tfjs';
import type { Metric } from '../metrics/accumulator';
import { gauc } from '../metrics/gauc';
import { MetricSet, wantsGauc } from '../metrics/metric-set';
import { sigmoid } from '../metrics/sigmoid';
import type { EncodedData } from './encoded';
import { evaluateNetwork } from './evaluate';

/** What a training measures besides its loss, on the training data as it goes and on the validation data. */
export interface Measurement {
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
  /** Of the whole pass, where that is more than `values`. */
  finalValues?(): Record<string, number>;
}

/** Of a network with one logit: metrics of probabilities, GAUC at the end of a pass. */
export function logitMeasurement(metrics: readonly (string | Metric)[]): Measurement {
  return {
    start: (data) => (wantsGauc(metrics) && data.groups ? withGauc(metrics, data, data.groups) : streamed(metrics)),
    validate: async (network, data) => {
      const evaluation = await evaluateNetwork(network, data, metrics);
      const { loss, gauc: byUser } = evaluation;
      return { loss, ...evaluation.metrics, ...(byUser && wantsGauc(metrics) ? { gauc: byUser.value } : {}) };
    },
  };
}

function streamed(metrics: readonly (string | Metric)[]): Measured {
  const set = new MetricSet(metrics);
  return { add: (logits, [labels]) => set.add(sigmoid(logits), labels), values: () => set.values() };
}

/** GAUC ranks all rows of a user: the logits are kept, and it is computed once. */
function withGauc(metrics: readonly (string | Metric)[], { rows, labels }: EncodedData, groups: Int32Array): Measured {
  const measured = streamed(metrics);
  const kept = new Float32Array(rows);
  return {
    ...measured,
    add: (logits, batchLabels, batchRows) => {
      measured.add(logits, batchLabels, batchRows);
      for (let i = 0; i < batchRows.length; i++) kept[batchRows[i]] = logits[i];
    },
    finalValues: () => ({ ...measured.values(), gauc: gauc(kept, labels[0].values, groups).value }),
  };
}
