/**
 * A metric over a stream of predictions: chunk by chunk, without keeping them. Probabilities are float32 values in
 * [0, 1], labels 0 or 1.
 */
export interface Accumulator {
  add(probabilities: ArrayLike<number>, labels: ArrayLike<number>): void;
  /** Of everything added since the last reset; NaN where the metric has no value (nothing added, see each metric). */
  value(): number;
  reset(): void;
}

/** Which end of a metric is the good one: `min`, the smaller the better (errors), or `max` (shares, areas). */
export type MetricMode = 'min' | 'max';

/** A metric of one's own that `fit` and `evaluate` can be given. */
export interface Metric {
  name: string;
  create(): Accumulator;
  /** What callbacks that watch it (`earlyStopping`, `reduceOnPlateau`) go by; without it they must be told. */
  mode?: MetricMode;
}
