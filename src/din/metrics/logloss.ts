import type { Accumulator } from './accumulator';
import { checkPredictions } from './check';

/** Keras clips probabilities by this before the logarithm, so that a certain mistake costs 16.1 and not infinity. */
const clip = 1e-7;

/** Mean binary cross-entropy of probabilities, -z ln p - (1 - z) ln(1 - p), p clipped to [1e-7, 1 - 1e-7]. NaN without rows. */
export class LoglossAccumulator implements Accumulator {
  private total = 0;
  private rows = 0;

  add(probabilities: ArrayLike<number>, labels: ArrayLike<number>): void {
    checkPredictions('logloss', probabilities, labels, 'probabilities');
    for (let i = 0; i < labels.length; i++) {
      const p = Math.min(Math.max(probabilities[i], clip), 1 - clip);
      this.total -= labels[i] > 0.5 ? Math.log(p) : Math.log1p(-p);
    }
    this.rows += labels.length;
  }

  value(): number {
    return this.total / this.rows;
  }

  reset(): void {
    this.total = 0;
    this.rows = 0;
  }
}

/** Logloss of all predictions at once; NaN without rows. @throws DataError, see `checkPredictions`. */
export function logloss(probabilities: ArrayLike<number>, labels: ArrayLike<number>): number {
  const accumulator = new LoglossAccumulator();
  accumulator.add(probabilities, labels);
  return accumulator.value();
}
