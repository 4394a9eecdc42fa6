import { checkLengths, checkNumberAt } from './check';

/**
 * Probabilities of logits, in float32, exact at both ends: no overflow for any logit.
 * @throws DataError for what is no list, such as a tensor, and for what is no number.
 */
export function sigmoid(logits: ArrayLike<number>): Float32Array {
  checkLengths('sigmoid', { logits });
  for (let i = 0; i < logits.length; i++) checkNumberAt('sigmoid', 'logit', i, logits[i]);
  return logistic(logits);
}

/** The same of a network's own outputs, which are no numbers where its weights are none. */
export function logistic(logits: ArrayLike<number>): Float32Array {
  const out = new Float32Array(logits.length);
  for (let i = 0; i < out.length; i++) {
    const x = logits[i];
    if (x >= 0) {
      out[i] = 1 / (1 + Math.exp(-x));
    } else {
      const e = Math.exp(x);
      out[i] = e / (1 + e);
    }
  }
  return out;
}

/**
 * Sum of the binary cross-entropies of logits: max(x, 0) - x z + ln(1 + exp(-|x|)), stable for any logit, each times its
 * weight, if any.
 */
export function crossEntropySum(
  logits: ArrayLike<number>,
  labels: ArrayLike<number>,
  weights?: ArrayLike<number>,
): number {
  let sum = 0;
  for (let i = 0; i < labels.length; i++) {
    const x = logits[i];
    const loss = Math.max(x, 0) - x * labels[i] + Math.log1p(Math.exp(-Math.abs(x)));
    sum += weights ? weights[i] * loss : loss;
  }
  return sum;
}
