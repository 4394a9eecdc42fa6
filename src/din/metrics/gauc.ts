import { DataError } from '../errors';
import { exactAuc } from './exact-auc';

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
 * @param scores `[rows]`; @param labels `[rows]` 0 or 1; @param groups `[rows]` the user of each row.
 * @throws DataError when the lengths differ or the weighting does not exist.
 */
export function gauc(
  scores: ArrayLike<number>,
  labels: ArrayLike<number>,
  groups: ArrayLike<number>,
  weighting: GaucWeighting = 'impressions',
): Gauc {
  if (scores.length !== labels.length || groups.length !== labels.length) {
    throw new DataError(
      `gauc: ${scores.length} scores, ${labels.length} labels and ${groups.length} groups; they must be as many.`,
    );
  }
  if (!['impressions', 'positives', 'mean'].includes(weighting)) {
    throw new DataError(`gauc: weighting is 'impressions', 'positives' or 'mean', not '${weighting}'.`);
  }
  let weighted = 0;
  let weights = 0;
  let users = 0;
  let skippedUsers = 0;
  for (const rows of rowsByGroup(groups)) {
    const ofGroup = rows.map((row) => labels[row]);
    const value = exactAuc(
      rows.map((row) => scores[row]),
      ofGroup,
    );
    if (Number.isNaN(value)) {
      skippedUsers++;
      continue;
    }
    const positives = ofGroup.filter((label) => label > 0.5).length;
    const weight = weighting === 'impressions' ? rows.length : weighting === 'positives' ? positives : 1;
    weighted += weight * value;
    weights += weight;
    users++;
  }
  return { value: weighted / weights, weighting, users, skippedUsers };
}

function rowsByGroup(groups: ArrayLike<number>): Iterable<number[]> {
  const rows = new Map<number, number[]>();
  for (let row = 0; row < groups.length; row++) {
    const members = rows.get(groups[row]);
    if (members) members.push(row);
    else rows.set(groups[row], [row]);
  }
  return rows.values();
}
