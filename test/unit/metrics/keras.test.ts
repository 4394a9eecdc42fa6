import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import * as metrics from '../../../src/din/metrics/index';

const { accuracy, auc, averagePrecision, ece, gauc, kerasAuc, kerasAucPr, logloss, normalizedEntropy } = metrics;
const { hitRate, mrr, ndcg, recall, meanAbsoluteError, meanSquaredError, rSquared, rootMeanSquaredError } = metrics;

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
  averagePrecision: number | null;
  logloss: number;
}

describe('on the same predictions', () => {
  const sets = Object.entries(fixture<Record<string, PredictionSet>>('auc.json'));
  it.each(sets)("%s: AUC-ROC, AUC-PR and accuracy are Keras'", (_, set) => {
    const p = Float32Array.from(set.probabilities);
    expect(Math.abs(kerasAuc(p, set.labels) - set.auc)).toBeLessThan(1e-6);
    expect(Math.abs(kerasAucPr(p, set.labels) - set.aucPr)).toBeLessThan(1e-6);
    expect(Math.abs(accuracy(p, set.labels) - set.accuracy)).toBeLessThan(1e-6);
  });

  it.each(sets)("%s: AUC, average precision and logloss are scikit-learn's, to the last digits", (_, set) => {
    // In the precision of the scores, and in another: what ranks alike has the same areas.
    for (const p of [Float32Array.from(set.probabilities), set.probabilities, set.probabilities.map((q) => 2 * q)]) {
      if (set.exactAuc === null || set.averagePrecision === null) {
        expect(auc(p, set.labels)).toBeNaN();
        expect(averagePrecision(p, set.labels)).toBeNaN();
        continue;
      }
      expect(Math.abs(auc(p, set.labels) - set.exactAuc)).toBeLessThan(1e-12);
      expect(Math.abs(averagePrecision(p, set.labels) - set.averagePrecision)).toBeLessThan(1e-12);
    }
    expect(Math.abs(logloss(Float32Array.from(set.probabilities), set.labels) - set.logloss)).toBeLessThan(1e-6);
  });
});

describe('accumulators', () => {
  const { probabilities, labels } = fixture<Record<string, PredictionSet>>('auc.json').plain;

  it.each([
    ['kerasAuc', () => new metrics.KerasAucAccumulator()],
    ['kerasAucPr', () => new metrics.KerasAucPrAccumulator()],
    ['accuracy', () => new metrics.AccuracyAccumulator()],
    ['logloss', () => new metrics.LoglossAccumulator()],
  ])('%s does not depend on how the rows are cut, and starts afresh after reset', (_, create) => {
    const whole = create();
    whole.add(probabilities, labels);
    const parts = create();
    parts.add([0.9, 0.1], [0, 1]);
    parts.reset();
    for (let start = 0; start < labels.length; start += 7) {
      parts.add(probabilities.slice(start, start + 7), labels.slice(start, start + 7));
    }
    expect(parts.value()).toBeCloseTo(whole.value(), 14);
  });

  it('have no value before the first row', () => {
    for (const create of [metrics.KerasAucAccumulator, metrics.KerasAucPrAccumulator, metrics.AccuracyAccumulator]) {
      expect(new create().value()).toBeNaN();
    }
    for (const metric of [auc, averagePrecision, logloss]) expect(metric([], [])).toBeNaN();
  });
});

describe('exact AUC', () => {
  it('ranks logits as well as probabilities, also infinite ones', () => {
    expect(auc([Number.NEGATIVE_INFINITY, -3, 2, 50], [0, 0, 1, 1])).toBe(1);
    expect(auc([5, 5], [0, 1])).toBe(0.5);
  });

  it('sees what buckets do not, where positives are rare', () => {
    const rows = 20_000;
    const labels = Array.from({ length: rows }, (_, i) => (i % 800 === 7 ? 1 : 0));
    const scores = labels.map((label, i) => 0.0005 + 0.003 * ((((i * 7919) % 1000) / 1000 + label) / 2));
    expect(auc(scores, labels)).toBeGreaterThan(kerasAuc(scores, labels) + 0.05);
  });
});

describe('every metric refuses predictions that are none', () => {
  const all: [string, (p: number[], z: number[]) => number][] = [
    ['accuracy', accuracy],
    ['auc', auc],
    ['averagePrecision', averagePrecision],
    ['kerasAuc', kerasAuc],
    ['kerasAucPr', kerasAucPr],
    ['logloss', logloss],
    ['gauc', (p, z) => gauc(p, z, [1, 1, 1].slice(0, p.length || 2)).value],
    ['normalizedEntropy', normalizedEntropy],
    ['ece', ece],
    ...[ndcg, recall, hitRate, mrr].map(
      (metric) =>
        [metric.name, (p: number[], z: number[]) => metric(p, z, [1, 1, 1].slice(0, p.length || 2)).value] as [
          string,
          typeof auc,
        ],
    ),
  ];
  const ranking = ['auc', 'averagePrecision', 'gauc', 'ndcg', 'recall', 'hitRate', 'mrr'];

  it.each(all)('%s', (name, metric) => {
    expect(() => metric([Number.NaN, 0.2, 0.9], [1, 0, 1])).toThrow(
      new RegExp(`^${name}: prediction 1 is NaN, which is no number`),
    );
    expect(() => metric([0.1, 0.2], [1, 0, 1, 0, 1])).toThrow(new RegExp(`^${name}: 2 scores.* 5 labels`));
    expect(() => metric([0.1, 0.9], [-1, 1])).toThrow(`${name}: label 1 is -1; a label is 0 or 1`);
    expect(() => metric([0.1, 0.9], [0, Number.NaN])).toThrow(`${name}: label 2 is NaN`);
    expect(() => metric([0.1, undefined as never], [0, 1])).toThrow(`${name}: prediction 2 is undefined`);
    for (const [scores, labels, said] of [
      [['10', '9'], [1, 0], "prediction 1 is '10', which is no number; Number(value) makes one of it"],
      [[[0.1], [0.9]], [0, 1], 'prediction 1 is a list of 1, which is no number; give one list for all rows'],
      [[0.1, null], [0, 1], 'prediction 2 is null, which is no number'],
      [[true, false], [1, 0], 'prediction 1 is true'],
      [[0n, 1n], [0, 1], 'prediction 1 is 0n'],
      [[0.1, 0.9], ['0', '1'], "label 1 is '0'; a label is 0 or 1; Number(value) makes one of it"],
      [[0.1, 0.9], [[0], [1]], 'label 1 is a list of 1'],
      [[0.1, 0.9], [0, null], 'label 2 is null'],
      [[0.1, 0.9], [false, true], 'label 1 is false; a label is 0 or 1; Number(value)'],
      [[0.1, 0.9], undefined, 'labels are undefined: give a list of numbers'],
      [{ dataSync() {}, shape: [2] }, [0, 1], 'scores are a tensor: give await scores.data()'],
    ] as [never, never, string][]) {
      expect(() => metric(scores, labels), said).toThrow(`${name}: ${said}`);
    }
    if (ranking.includes(name)) expect(metric([-3, 2], [0, 1])).toBe(1);
    else {
      expect(() => metric([0.5, 2], [0, 1])).toThrow(
        /prediction 2 is 2, a probability lies in \[0, 1\]\. Turn logits into probabilities with din\.metrics\.sigmoid/,
      );
    }
  });
});

describe('every metric of numbers refuses what is none', () => {
  it.each([meanSquaredError, rootMeanSquaredError, meanAbsoluteError, rSquared])('%o', (metric) => {
    for (const [scores, labels, said] of [
      [[1, Number.NaN], [1, 2], 'prediction 2 is NaN, which is no number'],
      [['1', 2], [1, 2], "prediction 1 is '1', which is no number; Number(value) makes one of it"],
      [[1, 2], [1, null], 'label 2 is null, which is no number'],
      [[1, 2], [[1], [2]], 'label 1 is a list of 1, which is no number'],
      [[1, 2], [1n, 2n], 'label 1 is 1n'],
      [[1, 2], [1], '2 scores and 1 labels; they must be as many'],
      [undefined, [1], 'scores are undefined: give a list of numbers'],
    ] as [never, never, string][]) {
      expect(() => metric(scores, labels), said).toThrow(said);
    }
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
