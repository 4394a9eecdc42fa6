import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { ece, gauc, hitRate, mrr, ndcg, normalizedEntropy, recall } from '../../../src/din/metrics/index';
import { MetricSet, measure, modeOf } from '../../../src/din/metrics/metric-set';

type ByDepth = Record<'ndcg' | 'recall' | 'hitRate' | 'mrr', number>;
const fixture = JSON.parse(readFileSync(path.join(__dirname, '../../fixtures/metrics/ranking.json'), 'utf8')) as {
  group: number[];
  score: number[];
  label: number[];
  probability: number[];
  groups: number;
  skippedGroups: number;
  ranking: Record<string, ByDepth>;
  calibration: { normalizedEntropy: number; ece: number };
};
const { group, score, label, probability } = fixture;

describe('rankings by group', () => {
  it.each([1, 3, 10])("at %i: NDCG is scikit-learn's, recall, hit rate and MRR those of every order of ties", (k) => {
    const expected = fixture.ranking[k];
    const values = { ndcg: ndcg(score, label, group, k), recall: recall(score, label, group, k) };
    const more = { ...values, hitRate: hitRate(score, label, group, k), mrr: mrr(score, label, group) };
    for (const [name, { value, groups, skippedGroups }] of Object.entries(more)) {
      expect(value, name).toBeCloseTo(expected[name as keyof ByDepth], 12);
      expect({ groups, skippedGroups }).toEqual({ groups: fixture.groups, skippedGroups: fixture.skippedGroups });
    }
    const byName = measure([`ndcg@${k}`, `recall@${k}`, `hitRate@${k}`, 'mrr'], {
      scores: score,
      probabilities: probability,
      labels: label,
      groups: group,
    });
    expect(Object.values(byName)).toEqual([more.ndcg, more.recall, more.hitRate, more.mrr].map(({ value }) => value));
  });

  it('by hand: positives at the ranks 2 and 4 of five', () => {
    const rows = [
      [5, 4, 3, 2, 1],
      [0, 1, 0, 1, 0],
      [7, 7, 7, 7, 7],
    ] as const;
    expect(mrr(...rows).value).toBe(1 / 2);
    expect(recall(...rows, 3).value).toBe(1 / 2);
    expect(hitRate(...rows, 1).value).toBe(0);
    expect(hitRate(...rows, 2).value).toBe(1);
    expect(ndcg(...rows, 5).value).toBeCloseTo((1 / Math.log2(3) + 1 / Math.log2(5)) / (1 + 1 / Math.log2(3)), 14);
  });

  it('of a constant score are what chance gives', () => {
    const rows = [
      [1, 1, 1, 1],
      [0, 1, 0, 0],
      [0, 0, 0, 0],
    ] as const;
    expect(mrr(...rows).value).toBeCloseTo((1 + 1 / 2 + 1 / 3 + 1 / 4) / 4, 14);
    expect(hitRate(...rows, 2).value).toBeCloseTo(1 / 2, 14);
  });

  it('have no value without a positive, and refuse what is no ranking', () => {
    expect(ndcg([1, 2], [0, 0], [1, 1])).toEqual({ value: Number.NaN, groups: 0, skippedGroups: 1 });
    expect(() => mrr([1, Number.NaN], [0, 1], [1, 1])).toThrow('mrr: prediction 2 is NaN');
    expect(() => recall([1, 2], [0, 2], [1, 1])).toThrow('recall: label 2 is 2');
    expect(() => hitRate([1, 2], [0, 1], [1])).toThrow('hitRate: 2 scores, 2 labels and 1 groups');
    expect(() => ndcg([1, 2], [0, 1], [1, 1], 0)).toThrow('ndcg: k must be a whole number of at least 1, it is 0');
    for (const metric of [ndcg, recall, hitRate]) {
      expect(() => metric([1, 2], [0, 1], [1, 1], { k: 1 } as never)).toThrow(
        `${metric.name}: k must be a whole number of at least 1, it is an object { k }.`,
      );
    }
    expect(() => new MetricSet(['ndcg@0'])).toThrow(/no metric 'ndcg@0'. Did you mean 'ndcg@10'/);
  });
});

describe('calibration', () => {
  it("equals NumPy's", () => {
    expect(normalizedEntropy(probability, label)).toBeCloseTo(fixture.calibration.normalizedEntropy, 12);
    expect(ece(probability, label)).toBeCloseTo(fixture.calibration.ece, 12);
  });

  it('is 1 and 0 for whoever always says the share of positives', () => {
    const labels = [1, 0, 0, 0];
    expect(normalizedEntropy([0.25, 0.25, 0.25, 0.25], labels)).toBeCloseTo(1, 14);
    expect(ece([0.25, 0.25, 0.25, 0.25], labels)).toBe(0);
    expect(normalizedEntropy([0.3], [1])).toBeNaN();
    expect(() => ece([2, 0], [1, 0])).toThrow('ece: prediction 1 is 2');
    expect(() => normalizedEntropy([0.5], [0.5])).toThrow('normalizedEntropy: label 1 is 0.5');
  });

  it('is the better the smaller, rankings the larger', () => {
    const metrics = ['ece', 'normalizedEntropy', 'ndcg@5', 'mrr', 'loss'] as const;
    expect(Object.fromEntries(metrics.map((metric) => [metric, modeOf(metric)]))).toEqual({
      ece: 'min',
      normalizedEntropy: 'min',
      'ndcg@5': 'max',
      mrr: 'max',
      loss: 'min',
    });
  });
});

describe('rows without a group', () => {
  const scores = [0.9, 0.2, 0.4, 0.7, 0.1];
  const labels = [0, 1, 1, 0, 1];
  const of = <T>(values: readonly T[]) => values.slice(2);
  it.each([
    ['numbers', [Number.NaN, Number.NaN, 1, 1, 1]],
    ['text', ['', '', 'a', 'a', 'a'] as unknown as number[]],
  ])('belong to none, and count in no metric by group: %s', (_, groups) => {
    for (const metric of [gauc, ndcg, recall, hitRate, mrr]) {
      expect(metric(scores, labels, groups), metric.name).toEqual(metric(of(scores), of(labels), of(groups)));
    }
    expect(gauc(scores, labels, groups)).toMatchObject({ users: 1, skippedUsers: 0 });
  });

  it('leave nothing to measure where no row has one', () => {
    expect(gauc([0.1, 0.2], [0, 1], [Number.NaN, Number.NaN])).toMatchObject({
      value: Number.NaN,
      users: 0,
      skippedUsers: 0,
    });
  });
});
