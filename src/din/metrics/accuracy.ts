import { checkRange } from '../checks';
import type { Accumulator } from './accumulator';
import { checkPredictions } from './check';

/** Share of rows whose probability is on the label's side of `threshold` (strictly above = 1), as Keras' BinaryAccuracy. NaN without rows. */
export class AccuracyAccumulator implements Accumulator {
  private right = 0;
  private rows = 0;

  /** @throws DataError for a threshold that is no probability. */
  constructor(private readonly threshold = 0.5) {
    checkRange('accuracy', 'threshold', threshold, 0, 1);
  }

  add(probabilities: ArrayLike<number>, labels: ArrayLike<number>): void {
    checkPredictions('accuracy', probabilities, labels, 'probabilities');
    for (let i = 0; i < labels.length; i++) {
      if (probabilities[i] > this.threshold === labels[i] > 0.5) this.right++;
    }
    this.rows += labels.length;
  }

  value(): number {
    return this.right / this.rows;
  }

  reset(): void {
    this.right = 0;
    this.rows = 0;
  }
}

/** Accuracy of all predictions at once; NaN without rows. @throws DataError, see `checkPredictions`. */
export function accuracy(probabilities: ArrayLike<number>, labels: ArrayLike<number>, threshold = 0.5): number {
  const accumulator = new AccuracyAccumulator(threshold);
  accumulator.add(probabilities, labels);
  return accumulator.value();
}
