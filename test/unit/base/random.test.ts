import { describe, expect, it } from 'vitest';
import { createRandom, permutation } from '../../../src/base/random';

describe('createRandom', () => {
  it('gives the same numbers everywhere: pinned values', () => {
    const random = createRandom(42);
    expect([random.next(), random.next(), random.next()].map((x) => x * 2 ** 32)).toEqual([
      1959603763, 2423114712, 2466933512,
    ]);
  });

  it('is uniform: mean, variance and bins within 5 standard errors', () => {
    const random = createRandom(0);
    const n = 100_000;
    const bins = new Array<number>(20).fill(0);
    let sum = 0;
    for (let i = 0; i < n; i++) {
      const x = random.next();
      sum += x;
      bins[Math.floor(x * 20)]++;
    }
    expect(Math.abs(sum / n - 0.5)).toBeLessThan(5 / Math.sqrt(12 * n));
    for (const count of bins) expect(Math.abs(count - n / 20)).toBeLessThan(5 * Math.sqrt(n * 0.05 * 0.95));
  });

  it('is near normal where asked: mean 0, deviation 1', () => {
    const random = createRandom(5);
    const values = Array.from({ length: 20_000 }, () => random.normal());
    const mean = values.reduce((a, b) => a + b, 0) / values.length;
    const variance = values.reduce((a, b) => a + (b - mean) ** 2, 0) / values.length;
    expect(Math.abs(mean)).toBeLessThan(5 / Math.sqrt(values.length));
    expect(Math.abs(variance - 1)).toBeLessThan(0.06);
  });

  it('draws by weight, never what weighs nothing', () => {
    const random = createRandom(6);
    const counts = [0, 0, 0, 0];
    for (let i = 0; i < 10_000; i++) counts[random.weighted([0, 1, 3, 0])]++;
    expect([counts[0], counts[3]]).toEqual([0, 0]);
    expect(Math.abs(counts[2] - 7500)).toBeLessThan(5 * Math.sqrt(10_000 * 0.75 * 0.25));
  });
});

describe('permutation', () => {
  it('has every row once, in an order that the seed decides', () => {
    const order = permutation(500, 9);
    expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: 500 }, (_, i) => i));
    expect([...permutation(500, 9)]).toEqual([...order]);
    expect([...permutation(500, 10)]).not.toEqual([...order]);
    expect([...permutation(0, 1)]).toEqual([]);
  });
});
