import { TrainingError } from '../errors';
import type { ChunkResult } from './engines/engine';
import type { Measured, MeasuredData, Measurement } from './measurement';

/**
 * Mean loss and metrics of the epoch so far, from the outputs that training computes anyway: each row as the weights
 * were at its step, as Keras' `fit` reports them.
 */
export class EpochMeter {
  private readonly metrics: Measured;
  private lossSum = 0;
  /** Rows that `lossSum` is made of: up to a step that diverged, unlike `rows`. */
  private lossRows = 0;
  private rows = 0;

  constructor(
    data: MeasuredData,
    private readonly order: Int32Array,
    private readonly batchSize: number,
    measurement: Measurement,
  ) {
    this.metrics = measurement.start(data);
  }

  /** Takes a chunk; returns the index of the first step in it whose loss is not finite, else -1. */
  add(chunk: ChunkResult): number {
    for (let step = 0, left = chunk.rows; step < chunk.steps; step++, left -= this.batchSize) {
      if (!Number.isFinite(chunk.losses[step])) return step;
      // Steps are weighted by their rows, so that the last, smaller one does not count for more.
      const rows = Math.min(this.batchSize, left);
      this.lossSum += chunk.losses[step] * rows;
      this.lossRows += rows;
    }
    const rows = this.order.subarray(this.rows, this.rows + chunk.rows);
    this.metrics.add(chunk.outputs, rows);
    this.rows += chunk.rows;
    return -1;
  }

  get loss(): number {
    return this.lossSum / this.lossRows;
  }

  /** Of the steps so far. */
  values(): Record<string, number> {
    return { loss: this.loss, ...this.metrics.values() };
  }

  /** Of the whole epoch: with what ranks all rows at once (AUC, GAUC). */
  finalValues(): Record<string, number> {
    return { loss: this.loss, ...this.metrics.finalValues() };
  }

  /** @param cause what in the data alone explains it */
  diverged(epoch: number, step: number, learningRate: number, cause: string | undefined): TrainingError {
    const before = this.lossRows ? `last mean ${this.loss.toPrecision(4)}` : 'the first of the epoch';
    return new TrainingError(
      `The loss is no longer a number in epoch ${epoch}, step ${step} (${before}). ` +
        (cause === undefined ? '' : `${cause}: replace such values, or leave their rows out. Other `) +
        `${cause === undefined ? 'Likely r' : 'r'}emedies: normalize large numeric features (numeric(key, { normalize: 'standard' })), or lower the learning rate ` +
        `(it is ${Number(learningRate.toPrecision(4))}). The weights are kept as they are; make a new model to start afresh.`,
    );
  }
}
