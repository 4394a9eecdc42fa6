import type { MetricSeries, TrainingOutput } from './training';

/** How many step points a TrainingOutput holds at most: 7,403 steps x 5 epochs become a file of some 100 kB, not 2 MB. */
export const STEP_LIMIT = 2000;

type Steps = TrainingOutput['steps'];

/**
 * Chooses at most `limit` points of series that share the axis `x`, so that a drawing keeps its outline: the axis is
 * cut into equal ranges, and of each range every series keeps its lowest and highest point. Points are chosen, never
 * averaged, so each drawn value was measured. First and last point stay.
 *
 * Ranges are equal in `x`, not in index: decimating what was decimated before keeps an even resolution.
 *
 * @param x ascending, `[points]`
 * @param series each `[points]`; null and NaN are never chosen for their value
 * @returns ascending indices into `x`
 */
export function decimateIndices(
  x: ArrayLike<number>,
  series: readonly ArrayLike<number | null>[],
  limit: number,
): number[] {
  const points = x.length;
  if (points <= limit) return Array.from({ length: points }, (_, index) => index);
  const buckets = Math.max(1, Math.floor((limit - 2) / (2 * Math.max(1, series.length))));
  const first = x[0] ?? 0;
  const width = ((x[points - 1] ?? 0) - first || 1) / buckets;
  const chosen = new Set<number>([0]);
  let start = 0;
  for (let bucket = 0; bucket < buckets && start < points; bucket++) {
    const bound = bucket === buckets - 1 ? Number.POSITIVE_INFINITY : first + (bucket + 1) * width;
    let end = start;
    while (end < points && (x[end] ?? 0) < bound) end++;
    for (const values of series) addExtremes(chosen, values, start, end);
    start = end;
  }
  chosen.add(points - 1);
  return [...chosen].sort((a, b) => a - b);
}

function addExtremes(chosen: Set<number>, values: ArrayLike<number | null>, start: number, end: number): void {
  let low = -1;
  let high = -1;
  for (let index = start; index < end; index++) {
    const value = values[index];
    if (value === null || value === undefined || Number.isNaN(value)) continue;
    if (low < 0 || value < values[low]!) low = index;
    if (high < 0 || value > values[high]!) high = index;
  }
  if (low >= 0) chosen.add(low).add(high);
}

/** One line for drawing: at most `limit` points of it, lowest and highest of each stretch kept. */
export function decimate(
  x: readonly number[],
  y: readonly (number | null)[],
  limit: number,
): { x: number[]; y: (number | null)[] } {
  const indices = decimateIndices(x, [y], limit);
  return { x: indices.map((index) => x[index]!), y: indices.map((index) => y[index]!) };
}

/** Step points reduced to at most `limit`, every metric's extremes kept; the same object when there are few enough. */
export function compactSteps(steps: Steps, limit: number = STEP_LIMIT): Steps {
  if (steps.step.length <= limit) return steps;
  const names = Object.keys(steps.values);
  const indices = decimateIndices(
    steps.step,
    names.map((name) => steps.values[name]!),
    limit,
  );
  const values: MetricSeries = {};
  for (const name of names) values[name] = indices.map((index) => steps.values[name]![index] ?? null);
  return { step: indices.map((index) => steps.step[index]!), values };
}
