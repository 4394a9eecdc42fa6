import { checkPredictions } from './check';

/**
 * The exact area under the ROC curve: the share of (positive, negative) pairs in which the positive scores higher, a
 * tie counting one half (Mann-Whitney); scikit-learn's `roc_auc_score`.
 * @param scores `[rows]`: probabilities, logits, anything that ranks; @param labels `[rows]` 0 or 1.
 * O(n log n). NaN when there are not both classes: no pair, no area.
 * @throws DataError, see `checkPredictions`.
 */
export function auc(scores: ArrayLike<number>, labels: ArrayLike<number>): number {
  checkPredictions('auc', scores, labels, 'scores');
  return areaOf(...parted(scores, labels));
}

export { auc as exactAuc };

/**
 * Average precision, the exact summary of the precision-recall curve: sum over the different scores, from the highest
 * on, of (recall gained) x (precision there), without interpolation; scikit-learn's `average_precision_score`.
 * @param scores `[rows]`: anything that ranks; @param labels `[rows]` 0 or 1.
 * NaN when there are not both classes.
 * @throws DataError, see `checkPredictions`.
 */
export function averagePrecision(scores: ArrayLike<number>, labels: ArrayLike<number>): number {
  checkPredictions('averagePrecision', scores, labels, 'scores');
  const [negatives, positives] = parted(scores, labels);
  if (negatives.length === 0 || positives.length === 0) return Number.NaN;
  negatives.sort();
  positives.sort();
  let sum = 0;
  let negative = negatives.length - 1;
  for (let positive = positives.length - 1; positive >= 0; ) {
    const threshold = positives[positive];
    const before = positive;
    while (positive >= 0 && positives[positive] === threshold) positive--;
    while (negative >= 0 && negatives[negative] >= threshold) negative--;
    const found = positives.length - 1 - positive;
    sum += ((before - positive) * found) / (found + negatives.length - 1 - negative);
  }
  return sum / positives.length;
}

type Scores = Float32Array | Float64Array;

/** The scores of the negative and of the positive rows, in the precision they came in. */
function parted(scores: ArrayLike<number>, labels: ArrayLike<number>): [Scores, Scores] {
  let positives = 0;
  for (let i = 0; i < labels.length; i++) positives += labels[i];
  const Values = scores instanceof Float32Array ? Float32Array : Float64Array;
  const parts: [Scores, Scores] = [new Values(labels.length - positives), new Values(positives)];
  const next = [0, 0];
  for (let i = 0; i < labels.length; i++) parts[labels[i]][next[labels[i]]++] = scores[i];
  return parts;
}

/** The exact area of scores that are parted by class; sorts them in place. NaN where a class is missing. */
export function areaOf(negatives: Scores, positives: Scores): number {
  if (negatives.length === 0 || positives.length === 0) return Number.NaN;
  negatives.sort();
  positives.sort();
  let below = 0;
  let notAbove = 0;
  let won = 0;
  for (const score of positives) {
    while (below < negatives.length && negatives[below] < score) below++;
    while (notAbove < negatives.length && negatives[notAbove] <= score) notAbove++;
    won += (below + notAbove) / 2;
  }
  return won / (negatives.length * positives.length);
}
