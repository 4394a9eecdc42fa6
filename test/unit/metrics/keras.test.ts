import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  AccuracyAccumulator,
  AucAccumulator,
  AucPrAccumulator,
  accuracy,
  auc,
  aucPr,
  exactAuc,
  gauc,
  logloss,
} from '../../../src/din/metrics/index';

function fixture<T>(name: string): T {
  return JSON.parse(readFileSync(path.join(__dirname, '../../fixtures/keras', name), 'utf8'));
}

interface PredictionSet {
  probabilities: number[];
  labels: number[];
  auc: number;
  aucPr: number;
  accuracy: number;
  exactAuc: number | null;
  logloss: number;
}

describe('on the same predictions', () => {
  const sets = Object.entries(fixture<Record<string, PredictionSet>>('auc.json'));
  it.each(sets)("%s: AUC-ROC, AUC-PR and accuracy are Keras'", (_, set) => {
    const p = Float32Array.from(set.probabilities);
    expect(Math.abs(auc(p, set.labels) - set.auc)).toBeLessThan(1e-6);
    expect(Math.abs(aucPr(p, set.labels) - set.aucPr)).toBeLessThan(1e-6);
    expect(Math.abs(accuracy(p, set.labels) - set.accuracy)).toBeLessThan(1e-6);
  });

  it.each(sets)("%s: exact AUC and logloss are scikit-learn's", (_, set) => {
    const p = Float32Array.from(set.probabilities);
    if (set.exactAuc === null) expect(exactAuc(p, set.labels)).toBeNaN();
    else expect(Math.abs(exactAuc(p, set.labels) - set.exactAuc)).toBeLessThan(1e-12);
    expect(Math.abs(logloss(p, set.labels) - set.logloss)).toBeLessThan(1e-6);
  });
});

describe('accumulators', () => {
  const { probabilities, labels } = fixture<Record<string, PredictionSet>>('auc.json').plain;

  it.each([
    ['auc', () => new AucAccumulator()],
    ['aucPr', () => new AucPrAccumulator()],
    ['accuracy', () => new AccuracyAccumulator()],
  ])('%s does not depend on how the rows are cut, and starts afresh after reset', (_, create) => {
    const whole = create();
    whole.add(probabilities, labels);
    const parts = create();
    parts.add([0.9, 0.1], [0, 1]);
    parts.reset();
    for (let start = 0; start < labels.length; start += 7) {
      parts.add(probabilities.slice(start, start + 7), labels.slice(start, start + 7));
    }
    expect(parts.value()).toBe(whole.value());
  });

  it('have no value before the first row', () => {
    expect(new AucAccumulator().value()).toBeNaN();
    expect(new AucPrAccumulator().value()).toBeNaN();
    expect(new AccuracyAccumulator().value()).toBeNaN();
    expect(logloss([], [])).toBeNaN();
    expect(exactAuc([], [])).toBeNaN();
  });
});

describe('exact AUC', () => {
  it('ranks logits as well as probabilities, also infinite ones', () => {
    expect(exactAuc([Number.NEGATIVE_INFINITY, -3, 2, 50], [0, 0, 1, 1])).toBe(1);
    expect(exactAuc([5, 5], [0, 1])).toBe(0.5);
  });

  it('has no value for a score that is no number', () => {
    expect(exactAuc([0.1, Number.NaN, 0.3], [0, 1, 1])).toBeNaN();
  });
});

describe('GAUC', () => {
  const { user, label, score, expected } = fixture<{
    user: number[];
    label: number[];
    score: number[];
    expected: Record<'impressions' | 'positives' | 'mean' | 'users' | 'skippedUsers', number>;
  }>('gauc.json');

  it.each(['impressions', 'positives', 'mean'] as const)(
    'weighted by %s equals the pandas computation',
    (weighting) => {
      const result = gauc(score, label, user, weighting);
      expect(Math.abs(result.value - expected[weighting])).toBeLessThan(1e-12);
      expect(result).toMatchObject({ weighting, users: expected.users, skippedUsers: expected.skippedUsers });
    },
  );

  it('weighs users by impressions unless told otherwise, and the weightings differ', () => {
    expect(gauc(score, label, user).value).toBe(gauc(score, label, user, 'impressions').value);
    const values = (['impressions', 'positives', 'mean'] as const).map((w) => gauc(score, label, user, w).value);
    expect(new Set(values).size).toBe(3);
  });

  it('has no value, and counts everyone as skipped, when no user has both classes', () => {
    const result = gauc([0.1, 0.2, 0.3], [1, 1, 0], [0, 0, 1]);
    expect(result.value).toBeNaN();
    expect(result).toMatchObject({ users: 0, skippedUsers: 2 });
  });

  it('refuses arrays of different lengths and weightings that do not exist', () => {
    expect(() => gauc([0.1], [1, 0], [0, 0])).toThrow(/1 scores, 2 labels and 2 groups/);
    expect(() => gauc([0.1], [1], [0], 'clicks' as never)).toThrow(
      /'impressions', 'positives' or 'mean', not 'clicks'/,
    );
  });
});
