import { describe, expect, it } from 'vitest';
import { compactSteps, decimate, decimateIndices, STEP_LIMIT } from '../../../src/outputs/decimate';
import { mockTraining, randomFrom } from './mock';

const axis = (length: number) => Array.from({ length }, (_, index) => index + 1);

describe('decimate', () => {
  it('keeps lowest, highest, first and last of a long series within the limit', () => {
    const random = randomFrom(1);
    const y: (number | null)[] = axis(100_000).map(() => random());
    y[33_333] = 9;
    y[77_777] = -9;
    const drawn = decimate(axis(100_000), y, 500);
    expect(drawn.x.length).toBeLessThanOrEqual(500);
    expect(drawn.x.length).toBeGreaterThan(400);
    expect(Math.max(...(drawn.y as number[]))).toBe(9);
    expect(Math.min(...(drawn.y as number[]))).toBe(-9);
    expect([drawn.x[0], drawn.x.at(-1)]).toEqual([1, 100_000]);
  });

  it('only ever shows points that were measured, in order', () => {
    const y = axis(5000).map((x) => Math.sin(x / 50));
    const drawn = decimate(axis(5000), y, 200);
    expect(drawn.y).toEqual(drawn.x.map((x) => y[x - 1]));
    expect(drawn.x).toEqual([...drawn.x].sort((a, b) => a - b));
  });

  it('leaves short series alone and survives empty, null and NaN', () => {
    expect(decimate([1, 2, 3], [1, null, 3], 10)).toEqual({ x: [1, 2, 3], y: [1, null, 3] });
    expect(decimate([], [], 10)).toEqual({ x: [], y: [] });
    const holes = axis(1000).map((x) => (x % 2 ? null : Number.NaN));
    expect(decimateIndices(axis(1000), [holes], 50)).toEqual([0, 999]);
  });

  it('decimates a million points', () => {
    const x = axis(1_000_000);
    expect(decimate(x, x, 1000).x.length).toBeLessThanOrEqual(1000);
  });
});

describe('compactSteps', () => {
  it('holds a run of 7,403 steps by 5 epochs with every metric’s extremes', () => {
    const { steps } = mockTraining({ stepsPerEpoch: 7403 });
    const compact = compactSteps(steps);
    expect(steps.step.length).toBe(37_015);
    expect(compact.step.length).toBeLessThanOrEqual(STEP_LIMIT);
    for (const name of ['loss', 'accuracy']) {
      const before = steps.values[name] as number[];
      const after = compact.values[name] as number[];
      expect(after).toHaveLength(compact.step.length);
      expect(Math.max(...after)).toBe(before.reduce((a, b) => Math.max(a, b)));
      expect(Math.min(...after)).toBe(before.reduce((a, b) => Math.min(a, b)));
    }
  });

  it('compacted again and again keeps an even resolution', () => {
    let steps = { step: [] as number[], values: { loss: [] as (number | null)[] } };
    for (let step = 1; step <= 50_000; step++) {
      steps.step.push(step);
      steps.values.loss.push(Math.sin(step / 300));
      if (steps.step.length > 1000) steps = compactSteps(steps, 500) as typeof steps;
    }
    steps = compactSteps(steps, 500) as typeof steps;
    const firstHalf = steps.step.filter((step) => step <= 25_000).length;
    expect(firstHalf / steps.step.length).toBeGreaterThan(0.4);
    expect(Math.max(...(steps.values.loss as number[]))).toBeCloseTo(1, 4);
  });

  it('returns the same object when nothing is to do', () => {
    const { steps } = mockTraining({ stepsPerEpoch: 10 });
    expect(compactSteps(steps)).toBe(steps);
  });
});
