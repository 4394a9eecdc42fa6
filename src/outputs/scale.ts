/** A closed interval of numbers. */
export type Interval = [low: number, high: number];

/** Smallest and largest finite value; undefined where there is none. */
export function extent(lists: Iterable<Iterable<number | null>>): Interval | undefined {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const values of lists) {
    for (const value of values) {
      if (value === null || !Number.isFinite(value)) continue;
      if (value < low) low = value;
      if (value > high) high = value;
    }
  }
  return low <= high ? [low, high] : undefined;
}

/**
 * The interval to draw: a little air on both sides. A (nearly) constant series gets an interval of 2 % of its value,
 * at least 0.001, so that rounding noise never looks like spikes.
 */
export function paddedInterval([low, high]: Interval): Interval {
  const smallest = Math.max(Math.abs(low), Math.abs(high)) * 0.02 || 0.001;
  const span = Math.max(high - low, smallest);
  const middle = (low + high) / 2;
  return [middle - span * 0.54, middle + span * 0.54];
}

/** Round values inside the interval, 3 to `most` of them, in steps of 1, 2 or 5 times a power of ten. */
export function ticks([low, high]: Interval, most = 5): number[] {
  const span = high - low;
  if (!(span > 0) || !Number.isFinite(span)) return [low];
  const raw = span / most;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((candidate) => candidate >= raw) ?? 10 * power;
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  return Array.from({ length: last - first + 1 }, (_, index) => Number(((first + index) * step).toPrecision(12)));
}

/** One label per tick, all with the same number of decimals. */
export function tickLabels(values: readonly number[]): string[] {
  const step = values.length > 1 ? Math.abs(values[1]! - values[0]!) : Math.abs(values[0] ?? 1) || 1;
  if (step < 1e-6 || step >= 1e7) return values.map((value) => value.toExponential(1));
  const decimals = Math.max(0, Math.min(8, -Math.floor(Math.log10(step) + 1e-9)));
  return values.map((value) => (decimals === 0 ? value.toLocaleString('en-US') : value.toFixed(decimals)));
}
