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

/** A metric that `fit` and `evaluate` can be given. */
export interface Metric {
  name: string;
  create(): Accumulator;
}
