import { shown } from '../checks';
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
  checkLengths(metric, { scores, labels });
  const [low, high] = range === 'probabilities' ? [0, 1] : [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
  for (let i = 0; i < scores.length; i++) {
    const score = scores[i];
    // NaN lies in no range; text that reads as a number would be compared as text.
    if (typeof score !== 'number' || !(score >= low && score <= high)) throw badScore(metric, i, score);
    const label = labels[i];
    if (label !== 0 && label !== 1) throw badLabel(metric, i, label);
  }
}

/**
 * Refuses what is no list of numbers at all, and lists of different lengths.
 * @param lists by what they hold: `{ scores, labels }`.
 * @throws DataError naming the metric.
 */
export function checkLengths(metric: string, lists: Readonly<Record<string, ArrayLike<number>>>): void {
  const names = Object.keys(lists);
  for (const name of names) {
    const list: unknown = lists[name];
    if (typeof list === 'object' && list !== null && 'length' in list && typeof list.length === 'number') continue;
    const remedy = isTensor(list) ? `a tensor: give await ${name}.data()` : `${shown(list)}: give a list of numbers`;
    throw new DataError(`${metric}: ${name} are ${remedy}.`);
  }
  if (names.every((name) => lists[name].length === lists[names[0]].length)) return;
  const counts = names.map((name) => `${lists[name].length} ${name}`);
  throw new DataError(`${metric}: ${counts.slice(0, -1).join(', ')} and ${counts.at(-1)}; they must be as many.`);
}

/** @throws DataError unless the value is a number, infinite or not; `what`: prediction, label or logit. */
export function checkNumberAt(metric: string, what: string, index: number, value: unknown): void {
  if (typeof value === 'number' && !Number.isNaN(value)) return;
  throw new DataError(`${metric}: ${what} ${index + 1} is ${shown(value)}, which is no number${hint(value)}.`);
}

function badScore(metric: string, index: number, score: unknown): DataError {
  if (typeof score !== 'number' || Number.isNaN(score)) {
    return new DataError(`${metric}: prediction ${index + 1} is ${shown(score)}, which is no number${hint(score)}.`);
  }
  return new DataError(
    `${metric}: prediction ${index + 1} is ${score}, a probability lies in [0, 1]. Turn logits into probabilities with ` +
      'din.metrics.sigmoid(logits).',
  );
}

function badLabel(metric: string, index: number, label: unknown): DataError {
  return new DataError(`${metric}: label ${index + 1} is ${shown(label)}; a label is 0 or 1${hint(label)}.`);
}

const isTensor = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && 'dataSync' in value && 'shape' in value;

function hint(value: unknown): string {
  if (Array.isArray(value)) return '; give one list for all rows';
  return ['string', 'boolean', 'bigint'].includes(typeof value) ? '; Number(value) makes one of it' : '';
}
