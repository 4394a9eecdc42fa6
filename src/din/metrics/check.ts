import { DataError } from '../errors';

/**
 * Refuses predictions that no metric makes sense of.
 * @param range `probabilities`: scores lie in [0, 1]; `scores`: anything that ranks, infinite ones included.
 * @throws DataError for different lengths, scores that are no numbers, probabilities outside [0, 1] and labels other than
 * 0 and 1; it names the metric and the first such place.
 */
export function checkPredictions(
  metric: string,
  scores: ArrayLike<number>,
  labels: ArrayLike<number>,
  range: 'probabilities' | 'scores',
): void {
  checkLengths(metric, scores, labels);
  const [low, high] = range === 'probabilities' ? [0, 1] : [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
  for (let i = 0; i < scores.length; i++) {
    const score = scores[i];
    // NaN lies in no range.
    if (!(score >= low && score <= high)) throw badScore(metric, i, score);
    const label = labels[i];
    if (label !== 0 && label !== 1) throw badLabel(metric, i, label);
  }
}

/** @throws DataError unless there are as many labels as scores. */
export function checkLengths(metric: string, scores: ArrayLike<number>, labels: ArrayLike<number>): void {
  if (scores?.length === labels?.length && scores?.length !== undefined) return;
  throw new DataError(
    `${metric}: ${scores?.length ?? 'no'} scores and ${labels?.length ?? 'no'} labels; they must be as many.`,
  );
}

function badScore(metric: string, index: number, score: number): DataError {
  if (typeof score !== 'number' || Number.isNaN(score)) {
    return new DataError(`${metric}: prediction ${index + 1} is ${String(score)}, which is no number.`);
  }
  return new DataError(
    `${metric}: prediction ${index + 1} is ${score}, a probability lies in [0, 1]. Turn logits into probabilities with ` +
      'din.metrics.sigmoid(logits).',
  );
}

function badLabel(metric: string, index: number, label: number): DataError {
  return new DataError(`${metric}: label ${index + 1} is ${String(label)}; a label is 0 or 1.`);
}
