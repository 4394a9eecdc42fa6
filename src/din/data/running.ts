/** Count, mean and sample standard deviation of the values so far. */
export class RunningStats {
  count = 0;
  #sum = 0;
  #squares = 0;

  add(value: number): void {
    this.count++;
    this.#sum += value;
    this.#squares += value * value;
  }

  /** The mean, or `none` when there are no values. */
  mean(none: number): number {
    return this.count === 0 ? none : this.#sum / this.count;
  }

  /** sqrt(sum (x - mean)^2 / (n - 1)); 0 for fewer than two values. The sums are exact for half stars and years. */
  stddev(): number {
    if (this.count < 2) return 0;
    const variance = (this.#squares - (this.#sum * this.#sum) / this.count) / (this.count - 1);
    return Math.sqrt(Math.max(0, variance));
  }
}

/** How often each name was counted; most frequent first, ties by name. */
export class NameCounts {
  readonly #counts = new Map<string, number>();
  /** Kept until the next count: it is asked for much more often than it changes. */
  #sorted: string[] | undefined;

  add(name: string): void {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1);
    this.#sorted = undefined;
  }

  /** The `length` most frequent names, filled up with ''. */
  top(length: number): string[] {
    this.#sorted ??= [...this.#counts].sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1)).map(([name]) => name);
    const names = this.#sorted;
    return Array.from({ length }, (_, i) => names[i] ?? '');
  }
}
