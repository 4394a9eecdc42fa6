/**
 * The exact area under the ROC curve: the share of (positive, negative) pairs in which the positive scores higher, a
 * tie counting one half (Mann-Whitney). Scores may be probabilities, logits, anything that ranks.
 * O(n log n). NaN when there are not both classes: no pair, no area.
 */
export function exactAuc(scores: ArrayLike<number>, labels: ArrayLike<number>): number {
  const order = new Uint32Array(labels.length);
  for (let i = 0; i < order.length; i++) order[i] = i;
  order.sort((a, b) => scores[a] - scores[b]);
  let positives = 0;
  let negativesBelow = 0;
  /** Pairs won by a positive; ties add one half. */
  let won = 0;
  for (let start = 0; start < order.length; ) {
    let end = start;
    let tiedPositives = 0;
    for (; end < order.length && scores[order[end]] === scores[order[start]]; end++) {
      if (labels[order[end]] > 0.5) tiedPositives++;
    }
    const tiedNegatives = end - start - tiedPositives;
    won += tiedPositives * (negativesBelow + tiedNegatives / 2);
    positives += tiedPositives;
    negativesBelow += tiedNegatives;
    // A NaN equals nothing, itself included: an undefined ranking has no area.
    if (end === start) return Number.NaN;
    start = end;
  }
  return won / (positives * negativesBelow);
}
