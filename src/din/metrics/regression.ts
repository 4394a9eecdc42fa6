import type { Accumulator } from './accumulator';
import { checkLengths, checkNumberAt } from './check';

/** Sums that all errors of numbers are made of; `labelSquares` is that of the labels' distances from their mean. */
class ErrorSums implements Accumulator {
  private readonly sums = { rows: 0, squares: 0, absolute: 0, labelMean: 0, labelSquares: 0 };

  constructor(
    private readonly name: string,
    private readonly of: (sums: Readonly<ErrorSums['sums']>) => number,
  ) {}

  add(predictions: ArrayLike<number>, labels: ArrayLike<number>): void {
    const { name, sums } = this;
    checkLengths(name, { scores: predictions, labels });
    for (let i = 0; i < labels.length; i++) {
      checkNumberAt(name, 'prediction', i, predictions[i]);
      checkNumberAt(name, 'label', i, labels[i]);
      const error = predictions[i] - labels[i];
      sums.squares += error * error;
      sums.absolute += Math.abs(error);
      // Welford's: squares of the labels themselves would cancel where these are far from 0 (times, prices).
      sums.rows++;
      const distance = labels[i] - sums.labelMean;
      sums.labelMean += distance / sums.rows;
      sums.labelSquares += distance * (labels[i] - sums.labelMean);
    }
  }

  value(): number {
    return this.of(this.sums);
  }

  reset(): void {
    Object.assign(this.sums, { rows: 0, squares: 0, absolute: 0, labelMean: 0, labelSquares: 0 });
  }
}

/** Mean of (prediction - label)^2, as scikit-learn's `mean_squared_error`. */
export const meanSquaredErrorOf = (): Accumulator => new ErrorSums('meanSquaredError', (s) => s.squares / s.rows);

/** Its square root: in the label's units. */
export const rootMeanSquaredErrorOf = (): Accumulator =>
  new ErrorSums('rootMeanSquaredError', (s) => Math.sqrt(s.squares / s.rows));

/** Mean of |prediction - label|, as scikit-learn's `mean_absolute_error`. */
export const meanAbsoluteErrorOf = (): Accumulator => new ErrorSums('meanAbsoluteError', (s) => s.absolute / s.rows);

/**
 * Share of the labels' variance that the predictions explain, 1 - sum(error^2) / sum((label - mean)^2), as scikit-learn's
 * `r2_score`; NaN where all labels are equal.
 */
export const rSquaredOf = (): Accumulator =>
  new ErrorSums('rSquared', (s) => (s.labelSquares > 0 ? 1 - s.squares / s.labelSquares : Number.NaN));

const atOnce =
  (create: () => Accumulator) =>
  (predictions: ArrayLike<number>, labels: ArrayLike<number>): number => {
    const accumulator = create();
    accumulator.add(predictions, labels);
    return accumulator.value();
  };

/** Mean squared error of all predictions at once; NaN without rows. @throws DataError for what is no number. */
export const meanSquaredError = atOnce(meanSquaredErrorOf);
/** Its square root. @throws DataError for what is no number. */
export const rootMeanSquaredError = atOnce(rootMeanSquaredErrorOf);
/** Mean absolute error of all predictions at once; NaN without rows. @throws DataError for what is no number. */
export const meanAbsoluteError = atOnce(meanAbsoluteErrorOf);
/** R squared of all predictions at once. @throws DataError for what is no number. */
export const rSquared = atOnce(rSquaredOf);
