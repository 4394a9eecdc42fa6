export interface AdamSettings {
  beta1: number;
  beta2: number;
  epsilon: number;
}

/** Terms of the series in deferred Adam: n = 0..4. */
export const TERMS = 5;

/**
 * What deferred Adam needs at each step of a window, computed in float64 ahead of the steps. `clock` counts the steps
 * of the window, 1 for the first; a row's `last` is the clock at which it was last up to date, 0 = at its start.
 *
 * M_n between `last` and a later step is a difference of two sums that run to the end of the window,
 *   D_n(s) = sum_{j>=1} (a_{s+j} - c) b1^j (1 - b2^{j/2})^n,
 * with c the learning rate that a_j approaches, whose own share is a function of the number of steps alone. Shifting D
 * by k steps is a polynomial in r = b2^{k/2}, which is stored by its coefficients.
 */
export class AdamSchedule {
  /** a_clock = lr sqrt(1 - b2^t) / (1 - b1^t), t the step's number in the whole training. */
  private readonly rates: Float64Array;
  /** D_n(s) = b1 sum_l advance[n][l] D_l(s + 1), and a term of its own: powers of (1 - b2^{1/2}) and b2^{1/2}. */
  private readonly advance: number[][];
  private readonly skippedSteps: SkippedSteps;

  constructor(
    private readonly settings: AdamSettings,
    private readonly capacity: number,
    private learningRate: number,
    /** Steps of the training before this window. */
    private stepsBefore: number,
  ) {
    this.rates = new Float64Array(capacity + 2);
    const root = Math.sqrt(settings.beta2);
    this.advance = TERM_INDICES.map((n) => TERM_INDICES.map((l) => choose(n, l) * (1 - root) ** (n - l) * root ** l));
    this.skippedSteps = new SkippedSteps(settings, capacity);
    this.plan(1);
  }

  /** Takes effect from the step after `clock` on. */
  setLearningRate(learningRate: number, clock: number): void {
    this.learningRate = learningRate;
    this.plan(clock + 1);
  }

  /** A new window begins, `steps` steps after the old one did. */
  restart(steps: number): void {
    this.stepsBefore += steps;
    this.plan(1);
  }

  private plan(from: number): void {
    const { beta1, beta2 } = this.settings;
    for (let clock = from; clock < this.rates.length; clock++) {
      const t = this.stepsBefore + clock;
      this.rates[clock] = (this.learningRate * Math.sqrt(1 - beta2 ** t)) / (1 - beta1 ** t);
    }
  }

  /**
   * The window's tables, all `[capacity + 1, columns]` row-major:
   * - by clock: [a, coefficients of the shifted D(clock - 1), 5 x 5 (power of r, n)];
   * - by last: D_n;
   * - by number of skipped steps k: [b1^k, b2^k, M_n of the constant share, b1^k r^i].
   * Computed anew at each change of the learning rate, so in a few milliseconds.
   */
  tables(): Float32Array[] {
    const { capacity, rates } = this;
    const constant = rates[capacity];
    const deviations = this.deviations(constant);
    const columns = 1 + TERMS * TERMS;
    const steps = new Float32Array((capacity + 1) * columns);
    for (let clock = 1; clock <= capacity; clock++) {
      const row = clock * columns;
      const before = (clock - 1) * TERMS;
      steps[row] = rates[clock];
      for (const { column, parts } of SHIFTS) {
        let coefficient = 0;
        for (let l = 0; l < parts.length; l++) coefficient += parts[l] * deviations[before + l];
        steps[row + column] = coefficient;
      }
    }
    return [steps, Float32Array.from(deviations), this.skippedSteps.table(constant)];
  }

  private deviations(constant: number): Float64Array {
    const { capacity, rates, advance } = this;
    const { beta1 } = this.settings;
    const values = new Float64Array((capacity + 1) * TERMS);
    for (let s = capacity - 1; s >= 0; s--) {
      const own = rates[s + 1] - constant;
      for (let n = 0; n < TERMS; n++) {
        const factors = advance[n];
        // advance[n][0] is (1 - r)^n, which the step s + 1 itself has as well.
        let sum = own * factors[0];
        for (let l = 0; l <= n; l++) sum += factors[l] * values[(s + 1) * TERMS + l];
        values[s * TERMS + n] = beta1 * sum;
      }
    }
    return values;
  }
}

/** The table by number of skipped steps; of all its columns only M_n depends on the learning rate, in proportion. */
class SkippedSteps {
  private readonly rows: Float32Array;
  /** M_n for the learning rate 1. */
  private readonly shares: Float64Array;

  constructor(
    { beta1, beta2 }: AdamSettings,
    private readonly capacity: number,
  ) {
    this.rows = new Float32Array((capacity + 1) * SKIPPED_COLUMNS);
    this.shares = new Float64Array((capacity + 1) * TERMS);
    const share = new Float64Array(TERMS);
    for (let k = 0; k <= capacity; k++) {
      const decay = beta1 ** k;
      const root = beta2 ** (k / 2);
      const row = k * SKIPPED_COLUMNS;
      this.rows[row] = decay;
      this.rows[row + 1] = beta2 ** k;
      for (let n = 0; n < TERMS; n++) {
        if (k) share[n] += decay * (1 - root) ** n;
        this.shares[k * TERMS + n] = share[n];
        this.rows[row + 2 + TERMS + n] = decay * root ** n;
      }
    }
  }

  table(learningRate: number): Float32Array {
    for (let k = 0; k <= this.capacity; k++) {
      for (let n = 0; n < TERMS; n++) {
        this.rows[k * SKIPPED_COLUMNS + 2 + n] = learningRate * this.shares[k * TERMS + n];
      }
    }
    // A copy: TensorFlow may keep the buffer that it is given.
    return this.rows.slice();
  }
}

const SKIPPED_COLUMNS = 2 + 2 * TERMS;
const TERM_INDICES = Array.from({ length: TERMS }, (_, n) => n);

function choose(n: number, k: number): number {
  let result = 1;
  for (let i = 0; i < k; i++) result = (result * (n - i)) / (i + 1);
  return result;
}

/** How each coefficient of the shifted D is made of D's terms: column of the step table, factor of each term. */
const SHIFTS = TERM_INDICES.flatMap((n) =>
  TERM_INDICES.slice(0, n + 1).map((power) => ({
    column: 1 + power * TERMS + n,
    parts: TERM_INDICES.slice(0, power + 1).map(
      (l) => ((power - l) % 2 ? -1 : 1) * choose(n, l) * choose(n - l, power - l),
    ),
  })),
);
