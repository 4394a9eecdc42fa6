import { expect, it } from 'vitest';
import { meanAbsoluteError, meanSquaredError, rootMeanSquaredError, rSquared } from '../../../src/din/metrics/index';
import { MetricSet } from '../../../src/din/metrics/metric-set';
import fixture from '../../fixtures/metrics/regression.json';

const metrics = { meanSquaredError, rootMeanSquaredError, meanAbsoluteError, rSquared };

/** Within 1e-9 of the value, however small or large that is. */
const near = (actual: number, expected: number, what: string) =>
  expect(Math.abs(actual - expected), `${what}: ${actual} is not ${expected}`).toBeLessThanOrEqual(
    1e-9 * Math.abs(expected),
  );

it.each(fixture)("regression metrics are scikit-learn's: $name", ({ predictions, labels, ...expected }) => {
  for (const [name, metric] of Object.entries(metrics)) {
    near(metric(predictions, labels), expected[name as keyof typeof metrics], name);
  }
});

it.each(fixture)('and so batch by batch, as while training: $name', ({ predictions, labels, ...expected }) => {
  const set = new MetricSet(Object.keys(metrics));
  for (let at = 0; at < labels.length; at += 7) {
    set.add(predictions.slice(at, at + 7), labels.slice(at, at + 7));
  }
  for (const [name, value] of Object.entries(set.values()))
    near(value as number, expected[name as keyof typeof metrics], name);
});

it('R squared of labels that are all equal is no number, wherever they lie', () => {
  for (const label of [0, 0.1, 1e6 + 0.1, -3e-9]) {
    expect(rSquared([1, 2, 3], [label, label, label])).toBeNaN();
  }
});
