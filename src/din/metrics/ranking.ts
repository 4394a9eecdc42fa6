import { checkCount } from '../checks';
import { checkLengths, checkPredictions } from './check';
import { type GroupScores, scoresByGroup } from './gauc';

/** A measure of rankings, over groups (users, sessions, queries). */
export interface RankingMetric {
  /** Mean over the groups that count, each the same; NaN when none does. */
  value: number;
  /** Groups with a positive row: those that count. */
  groups: number;
  /** Groups without one: there is nothing to find, they are left out. */
  skippedGroups: number;
}

/**
 * Normalized discounted cumulative gain of the `k` best-scored rows (Järvelin and Kekäläinen 2002), for labels 0 and 1:
 * sum over positives at rank r <= k of 1 / log2(r + 1), by the same sum where all positives come first. Rows of one score
 * share what their ranks give, as scikit-learn's `ndcg_score` (where it has a positive; there the others count as 0).
 * @param scores `[rows]`; @param labels `[rows]` 0 or 1; @param groups `[rows]` whose ranking a row belongs to; rows
 * without one (NaN) do not count.
 * @throws DataError for lengths that differ, scores that are no numbers, other labels, and `k` below 1.
 */
export function ndcg(scores: Values, labels: Values, groups: Values, k = 10): RankingMetric {
  checkCount('ndcg', 'k', k);
  return overGroups('ndcg', scores, labels, groups, ({ ties, positives }) => {
    let gain = 0;
    for (const tie of ties)
      gain += (tie.positives / tie.rows) * discounts(tie.before, Math.min(tie.before + tie.rows, k));
    return gain / discounts(0, Math.min(positives, k));
  });
}

/** Share of a group's positives among its `k` best-scored rows; of rows of one score, the share to be expected. See `ndcg`. */
export function recall(scores: Values, labels: Values, groups: Values, k = 10): RankingMetric {
  checkCount('recall', 'k', k);
  return overGroups('recall', scores, labels, groups, ({ ties, positives }) => {
    let found = 0;
    for (const tie of ties) found += (tie.positives * places(tie, k)) / tie.rows;
    return found / positives;
  });
}

/** Share of groups with a positive among the `k` best-scored rows; of rows of one score, the odds that one is. See `ndcg`. */
export function hitRate(scores: Values, labels: Values, groups: Values, k = 10): RankingMetric {
  checkCount('hitRate', 'k', k);
  return overGroups('hitRate', scores, labels, groups, ({ ties }) => {
    // Before the first tie with a positive there is none, and after it one is found or the depth is reached.
    const first = ties.find((tie) => tie.positives > 0)!;
    let missed = 1;
    for (let drawn = 0; drawn < places(first, k); drawn++) {
      missed *= Math.max(0, first.rows - first.positives - drawn) / (first.rows - drawn);
    }
    return 1 - missed;
  });
}

/** Mean reciprocal rank: 1 / the rank of a group's first positive; of rows of one score, what is to be expected. See `ndcg`. */
export function mrr(scores: Values, labels: Values, groups: Values): RankingMetric {
  return overGroups('mrr', scores, labels, groups, ({ ties }) => {
    const { before, rows, positives } = ties.find((tie) => tie.positives > 0)!;
    let expected = 0;
    let none = 1;
    for (let place = 0; none > 0 && place < rows; place++) {
      const hit = positives / (rows - place);
      expected += (none * hit) / (before + place + 1);
      none *= 1 - hit;
    }
    return expected;
  });
}

type Values = ArrayLike<number>;

/** Rows of one score, in a ranking. */
interface Tie {
  /** Rows that score higher. */
  before: number;
  rows: number;
  positives: number;
}

interface Ranking {
  ties: Tie[];
  positives: number;
}

function overGroups(
  metric: string,
  scores: Values,
  labels: Values,
  groups: Values,
  measure: (ranking: Ranking) => number,
): RankingMetric {
  checkLengths(metric, { scores, labels, groups });
  checkPredictions(metric, scores, labels, 'scores');
  let sum = 0;
  let counted = 0;
  let skippedGroups = 0;
  for (const group of scoresByGroup(scores, labels, groups)) {
    if (group.positives.length === 0) {
      skippedGroups++;
      continue;
    }
    sum += measure({ ties: tiesOf(group), positives: group.positives.length });
    counted++;
  }
  return { value: sum / counted, groups: counted, skippedGroups };
}

/** From the highest score on. */
function tiesOf({ negatives, positives }: GroupScores): Tie[] {
  negatives.sort();
  positives.sort();
  const ties: Tie[] = [];
  let negative = negatives.length - 1;
  let positive = positives.length - 1;
  let before = 0;
  while (negative >= 0 || positive >= 0) {
    const score = Math.max(
      negatives[negative] ?? Number.NEGATIVE_INFINITY,
      positives[positive] ?? Number.NEGATIVE_INFINITY,
    );
    const tie: Tie = { before, rows: 0, positives: 0 };
    for (; negative >= 0 && negatives[negative] === score; negative--) tie.rows++;
    for (; positive >= 0 && positives[positive] === score; positive--) {
      tie.rows++;
      tie.positives++;
    }
    before += tie.rows;
    ties.push(tie);
  }
  return ties;
}

/** Of the first `k` ranks, those that a tie's rows have. */
const places = ({ before, rows }: Tie, k: number): number => Math.max(0, Math.min(rows, k - before));

/** Sum of 1 / log2(rank + 1) over the ranks after `from` up to `to`. */
function discounts(from: number, to: number): number {
  let sum = 0;
  for (let rank = from + 1; rank <= to; rank++) sum += 1 / Math.log2(rank + 1);
  return sum;
}
