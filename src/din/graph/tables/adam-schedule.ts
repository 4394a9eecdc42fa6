import type { Clock } from './clock';

/** A learning rate by the step's number in the whole training, 1 for the first. */
export type RateOfStep = (step: number) => number;

/** What changes in a plan: rows of its first tables, in their order. */
export interface PlanChange {
  readonly rows: readonly { readonly places: Int32Array; readonly values: Float32Array }[];
  /** The plan holds for so many steps, then `moveTo` makes another. */
  readonly steps: number;
}

export interface AdamSettings {
  beta1: number;
  beta2: number;
  epsilon: number;
}

/**
 * Whether 1 - beta^t is taken as Keras takes it, by a power in float32: so parity is to the last digits. Of betas above 0.999 that
 * leaves too few of them (of 0.9999 it is off by a part in 6,000 for thousands of steps), and e^x - 1 is used, which keeps all.
 */
export const asKerasRounds = (beta: number): boolean => 1 - beta >= 1e-3;

/** How many terms the series of deferred Adam may have: more cost time, and lose to float32 what they gain. */
const TERM_CHOICES = [5, 8] as const;

/**
 * The most that leaving out the rest may move a weight by, for each gap between two lookups of its row and as a share of
 * the learning rate: with a rate of 1e-3, hundreds of gaps stay far below the 2e-6 that deferred Adam promises.
 */
const REMAINDER = 4e-6;

/**
 * Above this, a row's skipped steps are a sum that is a hundred times its first term, and its digits are those of float32: over
 * thousands of steps that is more than dense Adam loses to them (with 0.99 and 0.9999 five times as much in 6,000 steps).
 */
const LONGEST_MEMORY = 0.98;

/** Steps that a change of the learning rate plans at once: whoever changes it at each step pays for no more. */
const AHEAD = 64;

/** Rows whose sums of later steps a change of the rate moves by less than this, as a share of it, keep them. */
const FORGOTTEN = 1e-12;

/**
 * How many terms the series needs with these betas; undefined where no number that pays is enough.
 *
 * After `terms` terms the j-th skipped step's share lacks b1^j x^terms / (1 - x), x = 1 - b2^(j/2), at most (q = 1), times
 * m / sqrt(v), which right after a first gradient is (1 - b1) / sqrt(1 - b2). With the usual betas that is 8e-9; it grows
 * quickly as b2 falls, and without a limit where b1 exceeds sqrt(b2).
 */
export function seriesTerms({ beta1, beta2 }: AdamSettings): number | undefined {
  if (beta1 === 0) return TERM_CHOICES[0];
  if (beta1 > LONGEST_MEMORY) return undefined;
  return TERM_CHOICES.find((terms) => remainder(beta1, beta2, terms) <= REMAINDER);
}

function remainder(beta1: number, beta2: number, terms: number): number {
  if (!(beta1 < Math.sqrt(beta2))) return Number.POSITIVE_INFINITY;
  let sum = 0;
  for (let j = 1; ; j++) {
    const root = beta2 ** (j / 2);
    const own = (beta1 ** j * (1 - root) ** terms) / root;
    sum += own;
    // Terms rise, then fall geometrically: the tail is what the last one says.
    if (beta1 ** j / root < 1e-12 || !Number.isFinite(sum)) break;
  }
  return (sum * (1 - beta1)) / Math.sqrt(1 - beta2);
}

/**
 * What deferred Adam needs at each step of a period, for rows that were last up to date in it or in the one before;
 * computed in float64 ahead of the steps.
 *
 * M_n between `last` and a later step is a difference of two sums that run to the end of the period,
 *   D_n(s) = sum_{j>=1} (a_{s+j} - c) b1^j (1 - b2^{j/2})^n,
 * with c the learning rate that a_j approaches, whose own share is a function of the number of steps alone. Shifting D
 * by k steps is a polynomial in r = b2^{k/2}, which is stored by its coefficients.
 */
export class AdamSchedule {
  /** a_t = lr sqrt(1 - b2^t) / (1 - b1^t) of the steps t after `start`: the period before, this one, and one step more. */
  private readonly rates: Float64Array;
  /** Where the period before began: steps until then. */
  private start: number;
  /** D_n(s) = b1 sum_l advance[n][l] D_l(s + 1), and a term of its own: powers of (1 - b2^{1/2}) and b2^{1/2}. */
  private readonly advance: number[][];
  private readonly skippedSteps: SkippedSteps;

  private readonly shifts: Shift[];
  /** D_n after each of the steps from `start` on, `[places + 2, terms]`. */
  private readonly deviations: Float64Array;
  /** How many of `rates` are planned. */
  private known = 0;
  /** c of the tables that were made last, and the learning rate behind it. */
  private constant = { value: 0, learningRate: 0 };
  /** Rows of each table that a change of the learning rate sets; 0 where it always sets all. */
  readonly changedRows: number;

  constructor(
    private readonly settings: AdamSettings,
    /** Of the series: see `seriesTerms`. */
    private readonly terms: number,
    private readonly clock: Clock,
    /** By the step's number in the whole training, from 1. */
    private learningRate: RateOfStep,
    stepsDone: number,
  ) {
    this.rates = new Float64Array(clock.places + 2);
    this.start = clock.periodStart(stepsDone) - clock.period;
    const root = Math.sqrt(settings.beta2);
    const indices = Array.from({ length: terms }, (_, n) => n);
    this.advance = indices.map((n) => indices.map((l) => choose(n, l) * (1 - root) ** (n - l) * root ** l));
    this.shifts = shiftsOf(indices);
    this.skippedSteps = new SkippedSteps(settings, terms, clock.period);
    this.deviations = new Float64Array(this.rates.length * terms);
    const remembered = settings.beta1 > 0 ? Math.ceil(Math.log(FORGOTTEN) / Math.log(settings.beta1)) : 1;
    const changed = remembered + AHEAD + 1;
    this.changedRows = changed <= clock.period ? changed : 0;
    this.plan(1);
  }

  /**
   * Takes effect from the step after `stepsDone` on.
   * @returns the rows of the first two tables that this changes; undefined where `tables` are to be made anew: also where
   * the rate has left c too far behind, of which float32 would keep too few digits.
   */
  setLearningRate(learningRate: RateOfStep, stepsDone: number): PlanChange | undefined {
    this.learningRate = learningRate;
    const next = stepsDone + 1 - this.start;
    const share = learningRate(stepsDone + 1) / this.constant.learningRate;
    if (!this.changedRows || !(share >= 0.5 && share <= 2)) {
      this.plan(next);
      return undefined;
    }
    const end = Math.min(next + AHEAD, this.rates.length - 1);
    this.plan(next, end);
    return { rows: this.rowsUntil(end), steps: AHEAD };
  }

  /** The period of the step that follows: what was planned of the steps before stays, as rows still lag behind them. */
  moveTo(stepsDone: number): void {
    const start = this.clock.periodStart(stepsDone) - this.clock.period;
    const moved = start - this.start;
    this.start = start;
    const known = Math.max(0, this.known - moved);
    if (known) this.rates.copyWithin(0, moved);
    this.plan(known);
  }

  /** The rates from one place in the window to another, both included. */
  private plan(from: number, to = this.rates.length - 1): void {
    const { beta1, beta2 } = this.settings;
    for (let i = from; i <= to; i++) {
      const t = this.start + i;
      this.rates[i] = t > 0 ? (this.learningRate(t) * Math.sqrt(1 - beta2 ** t)) / (1 - beta1 ** t) : 0;
    }
    this.known = to + 1;
  }

  /**
   * The period's tables, row-major:
   * - by a step's place `[places, columns]`: [a, coefficients of the shifted D(step - 1), terms x terms (power of r, n)];
   * - by the place of a row's last step `[places, columns]`: D_n;
   * - by number of skipped steps k `[period + 1, columns]`: [b1^k, b2^k, M_n of the constant share, b1^k r^i].
   */
  tables(): Float32Array[] {
    const { clock, rates, terms, start, deviations } = this;
    const end = rates.length - 1;
    this.constant = { value: rates[end], learningRate: this.learningRate(start + end) };
    this.deviate(0, end);
    const columns = this.stepColumns;
    const steps = new Float32Array(clock.places * columns);
    for (let i = clock.period + 1; i <= clock.places + 1; i++)
      this.fillStep(steps, clock.placeOf(start + i) * columns, i);
    // By place: the step after `start` stands at the first or in the middle.
    const first = clock.placeOf(start + 1) * terms;
    const own = deviations.subarray(terms, (clock.places + 1) * terms);
    const byPlace = new Float32Array(own.length);
    byPlace.set(own.subarray(0, own.length - first), first);
    byPlace.set(own.subarray(own.length - first), 0);
    return [steps, byPlace, this.skippedSteps.table(this.constant.value)];
  }

  /** The rows of steps of both tables that end with the plan, `changedRows` each: a step's, and D_n after the one before. */
  private rowsUntil(end: number): PlanChange['rows'] {
    const { clock, terms, start, deviations, changedRows, stepColumns } = this;
    const first = end - changedRows + 1;
    this.deviate(first - 1, end);
    const places = (from: number) =>
      Int32Array.from({ length: changedRows }, (_, k) => clock.placeOf(start + from + k));
    const steps = new Float32Array(changedRows * stepColumns);
    for (let k = 0; k < changedRows; k++) this.fillStep(steps, k * stepColumns, first + k);
    return [
      { places: places(first), values: steps },
      { places: places(first - 1), values: Float32Array.from(deviations.subarray((first - 1) * terms, end * terms)) },
    ];
  }

  private get stepColumns(): number {
    return 1 + this.terms * this.terms;
  }

  /** What the i-th step of the window needs: its rate, and the coefficients of D after the step before. */
  private fillStep(values: Float32Array, row: number, i: number): void {
    const { deviations, terms } = this;
    values[row] = this.rates[i];
    const before = (i - 1) * terms;
    for (const { column, parts } of this.shifts) {
      let coefficient = 0;
      for (let l = 0; l < parts.length; l++) coefficient += parts[l] * deviations[before + l];
      values[row + column] = coefficient;
    }
  }

  /** D_n after the steps from `first` on, when what is planned ends with `end`. */
  private deviate(first: number, end: number): void {
    const { rates, advance, terms, deviations } = this;
    const { beta1 } = this.settings;
    const { value: constant } = this.constant;
    deviations.fill(0, end * terms, (end + 1) * terms);
    for (let s = end - 1; s >= first; s--) {
      const own = rates[s + 1] - constant;
      for (let n = 0; n < terms; n++) {
        const factors = advance[n];
        // advance[n][0] is (1 - r)^n, which the step s + 1 itself has as well.
        let sum = own * factors[0];
        for (let l = 0; l <= n; l++) sum += factors[l] * deviations[(s + 1) * terms + l];
        deviations[s * terms + n] = beta1 * sum;
      }
    }
  }
}

/** The table by number of skipped steps; of all its columns only M_n depends on the learning rate, in proportion. */
class SkippedSteps {
  private readonly rows: Float32Array;
  /** M_n for the learning rate 1. */
  private readonly shares: Float64Array;

  constructor(
    { beta1, beta2 }: AdamSettings,
    private readonly terms: number,
    private readonly capacity: number,
  ) {
    const columns = skippedColumns(terms);
    this.rows = new Float32Array((capacity + 1) * columns);
    this.shares = new Float64Array((capacity + 1) * terms);
    const share = new Float64Array(terms);
    for (let k = 0; k <= capacity; k++) {
      const decay = beta1 ** k;
      const root = beta2 ** (k / 2);
      const row = k * columns;
      this.rows[row] = decay;
      this.rows[row + 1] = beta2 ** k;
      for (let n = 0; n < terms; n++) {
        if (k) share[n] += decay * (1 - root) ** n;
        this.shares[k * terms + n] = share[n];
        this.rows[row + 2 + terms + n] = decay * root ** n;
      }
    }
  }

  table(learningRate: number): Float32Array {
    const { terms, capacity } = this;
    const columns = skippedColumns(terms);
    for (let k = 0; k <= capacity; k++) {
      for (let n = 0; n < terms; n++) this.rows[k * columns + 2 + n] = learningRate * this.shares[k * terms + n];
    }
    // A copy: TensorFlow may keep the buffer that it is given.
    return this.rows.slice();
  }
}

const skippedColumns = (terms: number): number => 2 + 2 * terms;

function choose(n: number, k: number): number {
  let result = 1;
  for (let i = 0; i < k; i++) result = (result * (n - i)) / (i + 1);
  return result;
}

/** How a coefficient of the shifted D is made of D's terms: column of the step table, factor of each term. */
interface Shift {
  column: number;
  parts: number[];
}

function shiftsOf(indices: readonly number[]): Shift[] {
  return indices.flatMap((n) =>
    indices.slice(0, n + 1).map((power) => ({
      column: 1 + power * indices.length + n,
      parts: indices
        .slice(0, power + 1)
        .map((l) => ((power - l) % 2 ? -1 : 1) * choose(n, l) * choose(n - l, power - l)),
    })),
  );
}
