export interface AdamSettings {
  beta1: number;
  beta2: number;
  epsilon: number;
}

/** Terms of the series in deferred Adam: n = 0..4. */
export const TERMS = 5;

const CHOOSE = Array.from({ length: TERMS }, (_, n) => Array.from({ length: TERMS }, (_, k) => choose(n, k)));

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

  constructor(
    private readonly settings: AdamSettings,
    private readonly capacity: number,
    private learningRate: number,
    /** Steps of the training before this window. */
    private stepsBefore: number,
  ) {
    this.rates = new Float64Array(capacity + 2);
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
   */
  tables(): Float32Array[] {
    const { capacity, rates } = this;
    const constant = rates[capacity];
    const deviations = this.deviations(constant);
    const steps = new Float32Array((capacity + 1) * (1 + TERMS * TERMS));
    for (let clock = 1; clock <= capacity; clock++) {
      const row = clock * (1 + TERMS * TERMS);
      steps[row] = rates[clock];
      for (let n = 0; n < TERMS; n++) {
        for (let power = 0; power <= n; power++) {
          let coefficient = 0;
          for (let l = 0; l <= power; l++) {
            const sign = (power - l) % 2 ? -1 : 1;
            coefficient += sign * CHOOSE[n][l] * choose(n - l, power - l) * deviations[(clock - 1) * TERMS + l];
          }
          steps[row + 1 + power * TERMS + n] = coefficient;
        }
      }
    }
    return [steps, Float32Array.from(deviations), this.skipped(constant)];
  }

  private deviations(constant: number): Float64Array {
    const { capacity, rates } = this;
    const { beta1, beta2 } = this.settings;
    const root = Math.sqrt(beta2);
    const values = new Float64Array((capacity + 1) * TERMS);
    for (let s = capacity - 1; s >= 0; s--) {
      for (let n = 0; n < TERMS; n++) {
        let sum = (rates[s + 1] - constant) * (1 - root) ** n;
        for (let l = 0; l <= n; l++) {
          sum += CHOOSE[n][l] * (1 - root) ** (n - l) * root ** l * values[(s + 1) * TERMS + l];
        }
        values[s * TERMS + n] = beta1 * sum;
      }
    }
    return values;
  }

  private skipped(constant: number): Float32Array {
    const { beta1, beta2 } = this.settings;
    const columns = 2 + 2 * TERMS;
    const values = new Float32Array((this.capacity + 1) * columns);
    const share = new Float64Array(TERMS);
    for (let k = 0; k <= this.capacity; k++) {
      const decay = beta1 ** k;
      const root = beta2 ** (k / 2);
      const row = k * columns;
      values[row] = decay;
      values[row + 1] = beta2 ** k;
      for (let n = 0; n < TERMS; n++) {
        if (k) share[n] += constant * decay * (1 - root) ** n;
        values[row + 2 + n] = share[n];
        values[row + 2 + TERMS + n] = decay * root ** n;
      }
    }
    return values;
  }
}

function choose(n: number, k: number): number {
  let result = 1;
  for (let i = 0; i < k; i++) result = (result * (n - i)) / (i + 1);
  return result;
}
