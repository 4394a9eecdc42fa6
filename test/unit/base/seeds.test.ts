import { describe, expect, it } from 'vitest';
import { deriveSeed, randomStream, trainingOrder } from '../../../src/base/random';

describe('seeds', () => {
  it('are derived alike every time, differ by purpose and seed, and are never 0', () => {
    expect(deriveSeed(42, 'dense', 0)).toBe(deriveSeed(42, 'dense', 0));
    const seeds = [0, 1, 2, 42].flatMap((seed) =>
      ['shuffle', 'dense'].flatMap((name) => [0, 1, 2].map((i) => deriveSeed(seed, name, i))),
    );
    expect(new Set(seeds).size).toBe(seeds.length);
    for (let seed = 0; seed < 20_000; seed++) expect(deriveSeed(seed)).toBeGreaterThan(0);
  });

  it('give streams whose values fill [0, 1) evenly', () => {
    const random = randomStream(1);
    const bins = new Array(10).fill(0);
    for (let i = 0; i < 100_000; i++) bins[Math.floor(random() * 10)]++;
    // Five standard deviations of a binomial count around 10,000.
    for (const count of bins) expect(Math.abs(count - 10_000)).toBeLessThan(5 * Math.sqrt(9000));
  });
});

describe('a trainingOrder', () => {
  it('holds every row once, in an order that its seed decides', () => {
    const order = trainingOrder(1000, 7);
    expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: 1000 }, (_, i) => i));
    expect(trainingOrder(1000, 7)).toEqual(order);
    expect(trainingOrder(1000, 8)).not.toEqual(order);
  });

  it('puts each row in each place equally often', () => {
    const counts = Array.from({ length: 4 }, () => [0, 0, 0, 0]);
    for (let seed = 0; seed < 8000; seed++) {
      trainingOrder(4, deriveSeed(seed, 'shuffle')).forEach((row, place) => {
        counts[place][row]++;
      });
    }
    for (const count of counts.flat()) expect(Math.abs(count - 2000)).toBeLessThan(5 * Math.sqrt(1500));
  });
});
