import { DataError } from '../errors';
import { checkLengths, checkPredictions } from './check';
import { areaOf } from './exact-auc';

/**
 * What weighs a user's AUC: the number of the user's rows (the DIN paper's definition), of the positive ones (RecBole),
 * or nothing, a plain mean (EasyRec's and TorchRec's default). Published figures differ by it.
 */
export type GaucWeighting = 'impressions' | 'positives' | 'mean';

export interface Gauc {
  /** Weighted mean of the users' exact AUCs; NaN when no user has both classes. */
  value: number;
  weighting: GaucWeighting;
  /** Users with both classes: those that count. */
  users: number;
  /** Users with one class only: their AUC is undefined, they are left out. */
  skippedUsers: number;
}

/**
 * Group AUC (DIN paper, section 6.3, after Zhu et al. 2017): how well each user's own items are ranked, which a global
 * AUC mixes with how generous each user is.
 * @param scores `[rows]`; @param labels `[rows]` 0 or 1; @param groups `[rows]` the user of each row; rows without one (NaN) do
 * not count.
 * @throws DataError when the lengths differ, for scores that are no numbers, labels other than 0 and 1, and a weighting
 * that does not exist.
 */
export function gauc(
  scores: ArrayLike<number>,
  labels: ArrayLike<number>,
  groups: ArrayLike<number>,
  weighting: GaucWeighting = 'impressions',
): Gauc {
  checkLengths('gauc', { scores, labels, groups });
  if (!['impressions', 'positives', 'mean'].includes(weighting)) {
    throw new DataError(`gauc: weighting is 'impressions', 'positives' or 'mean', not '${weighting}'.`);
  }
  checkPredictions('gauc', scores, labels, 'scores');
  let weighted = 0;
  let weights = 0;
  let users = 0;
  let skippedUsers = 0;
  for (const { negatives, positives } of scoresByGroup(scores, labels, groups)) {
    const value = areaOf(negatives, positives);
    if (Number.isNaN(value)) {
      skippedUsers++;
      continue;
    }
    const rows = negatives.length + positives.length;
    const weight = weighting === 'impressions' ? rows : weighting === 'positives' ? positives.length : 1;
    weighted += weight * value;
    weights += weight;
    users++;
  }
  return { value: weighted / weights, weighting, users, skippedUsers };
}

export interface GroupScores {
  negatives: Float64Array;
  positives: Float64Array;
}

/**
 * Each group's scores, negative and positive rows apart; groups in the order in which they first appear. Rows whose group is
 * missing belong to none: they are not one group of strangers.
 */
export function* scoresByGroup(
  scores: ArrayLike<number>,
  labels: ArrayLike<number>,
  groups: ArrayLike<number>,
): Generator<GroupScores> {
  const ids = numbered(groups);
  // Two places a group: its negatives lie directly before its positives.
  const ends = new Uint32Array(2 * ids.count);
  const placeOf = (row: number) => 2 * ids.values[row] + (labels[row] > 0.5 ? 1 : 0);
  for (let row = 0; row < labels.length; row++) if (ids.values[row] >= 0) ends[placeOf(row)]++;
  for (let i = 0, sum = 0; i < ends.length; i++) {
    sum += ends[i];
    ends[i] = sum;
  }
  const sorted = new Float64Array(labels.length);
  const next = ends.slice();
  for (let row = labels.length - 1; row >= 0; row--)
    if (ids.values[row] >= 0) sorted[--next[placeOf(row)]] = scores[row];
  for (let group = 0; group < ids.count; group++) {
    const [from, middle, to] = [next[2 * group], ends[2 * group], ends[2 * group + 1]];
    yield { negatives: sorted.subarray(from, middle), positives: sorted.subarray(middle, to) };
  }
}

/** Groups as numbers from 0 in order of appearance, -1 where a row has none. */
function numbered(groups: ArrayLike<number>): { values: Int32Array; count: number } {
  const numbers = new Map<number, number>();
  const values = new Int32Array(groups.length);
  for (let row = 0; row < groups.length; row++) {
    let id = isMissing(groups[row]) ? -1 : numbers.get(groups[row]);
    if (id === undefined) {
      id = numbers.size;
      numbers.set(groups[row], id);
    }
    values[row] = id;
  }
  return { values, count: numbers.size };
}

/** As columns say it of numbers and of text. */
const isMissing = (group: unknown): boolean => group == null || group === '' || Number.isNaN(group);
