import { DataError } from '../errors';
import { checkPredictions } from './check';
import { logloss } from './logloss';

/**
 * Normalized entropy (He et al., ADKDD 2014): the mean cross-entropy by that of a predictor that always says the share
 * of positives. Below 1 something was learnt; unlike the cross-entropy it can be compared between data of other shares.
 * @param probabilities `[rows]` in [0, 1]; @param labels `[rows]` 0 or 1. NaN when there are not both classes.
 * @throws DataError, see `checkPredictions`.
 */
export function normalizedEntropy(probabilities: ArrayLike<number>, labels: ArrayLike<number>): number {
  checkPredictions('normalizedEntropy', probabilities, labels, 'probabilities');
  let positives = 0;
  for (let i = 0; i < labels.length; i++) positives += labels[i];
  const share = positives / labels.length;
  if (!(share > 0 && share < 1)) return Number.NaN;
  return logloss(probabilities, labels) / -(share * Math.log(share) + (1 - share) * Math.log(1 - share));
}

/**
 * Expected calibration error (Naeini et al., AAAI 2015): probabilities in `bins` intervals of equal width, (i/bins,
 * (i+1)/bins], 0 in the first; the mean over rows of |share of positives - mean probability| of their interval.
 * @param probabilities `[rows]` in [0, 1]; @param labels `[rows]` 0 or 1. NaN without rows.
 * @throws DataError, see `checkPredictions`, and for `bins` below 1.
 */
export function ece(probabilities: ArrayLike<number>, labels: ArrayLike<number>, bins = 10): number {
  checkPredictions('ece', probabilities, labels, 'probabilities');
  if (!Number.isInteger(bins) || bins < 1) {
    throw new DataError(`ece: bins must be a whole number of at least 1, it is ${bins}.`);
  }
  const predicted = new Float64Array(bins);
  const positive = new Float64Array(bins);
  for (let i = 0; i < labels.length; i++) {
    const bin = Math.max(0, Math.ceil(probabilities[i] * bins) - 1);
    predicted[bin] += probabilities[i];
    positive[bin] += labels[i];
  }
  let sum = 0;
  for (let bin = 0; bin < bins; bin++) sum += Math.abs(positive[bin] - predicted[bin]);
  return sum / labels.length;
}
