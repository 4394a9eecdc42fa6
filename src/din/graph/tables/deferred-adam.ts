import { DataType } from '../attributes';
import type { Emit } from '../emit';
import { type Ref, type SessionVariable, shapeOf } from '../ir';
import { AdamSchedule, type AdamSettings, type PlanChange, type RateOfStep } from './adam-schedule';
import type { Clock } from './clock';
import type { Moment, RowGradient, Rows, TableRule } from './rule';
import type { RuleWindow } from './rules';

/**
 * Adam for tables, equal to dense Adam at the cost of the rows that a batch touches.
 *
 * A row that a step does not touch has gradient 0: its moments decay and its weights still move by them. These moves
 * are made up for when the row is looked up next (or before the table is read): over k skipped steps
 *   p -= m / (sqrt(v) + eps) * sum_{n < terms} M_n q^n,  q = sqrt(v) / (sqrt(v) + eps),
 *   M_n = sum_{j=1..k} a_j b1^j (1 - b2^{j/2})^n,     a_j the bias-corrected learning rate of the j-th skipped step,
 *   m *= b1^k,  v *= b2^k.
 * It is the geometric series of 1 / (sqrt(v) b2^{j/2} + eps); how many terms the
 * betas need, and whether any number is enough, `seriesTerms` tells: the rest is below float32's resolution.
 * Epsilon stands where Keras has it (the paper's epsilon-hat).
 */
export class DeferredAdam implements TableRule {
  readonly name = 'deferred exact Adam';
  readonly slots = [
    { name: 'm', width: (dimension: number) => dimension },
    { name: 'v', width: (dimension: number) => dimension },
  ];
  readonly lags = true;
  /** Keras' sums of squares are another algorithm. */
  readonly exact: boolean;
  readonly tablesOnly: boolean;
  readonly variables: readonly SessionVariable[];
  readonly changing: readonly SessionVariable[];
  readonly changedRows: number;
  private readonly schedule: AdamSchedule;
  private readonly clock: Clock;

  /**
   * @param keras sum the squares of repeated ids' gradients, as stock Keras does, in place of squaring their sum.
   */
  constructor(
    private readonly settings: AdamSettings,
    /** Of the series. */
    private readonly terms: number,
    { clock, learningRate, stepsDone }: RuleWindow,
    private readonly keras: boolean,
    prefix: string,
  ) {
    this.exact = !keras;
    this.tablesOnly = keras;
    this.clock = clock;
    this.schedule = new AdamSchedule(settings, terms, clock, learningRate, stepsDone);
    const variable = (name: string, rows: number, columns: number): SessionVariable => ({
      name: `${prefix}/${name}`,
      dtype: DataType.float32,
      shape: [rows, columns],
    });
    this.variables = [
      variable('step', clock.places, 1 + terms * terms),
      variable('deviation', clock.places, terms),
      variable('skipped', clock.period + 1, 2 + 2 * terms),
    ];
    this.changedRows = this.schedule.changedRows;
    this.changing = this.changedRows ? this.variables.slice(0, 2) : [];
  }

  variableValues(): Float32Array[] {
    return this.schedule.tables();
  }

  setLearningRate(learningRate: RateOfStep, stepsDone: number): PlanChange | undefined {
    return this.schedule.setLearningRate(learningRate, stepsDone);
  }

  moveTo(stepsDone: number): void {
    this.schedule.moveTo(stepsDone);
  }

  catchUp(emit: Emit, rows: Rows, { clock, last }: Moment): Rows {
    const { terms } = this;
    const [n] = shapeOf(last);
    const [stepTable, deviationTable, skippedTable] = this.variables;
    const step = emit.gatherRows(stepTable, clock);
    const steps = emit.mod(emit.sub(emit.sub(clock, emit.int(1)), last), emit.int(this.clock.places));
    const skipped = emit.gatherRows(skippedTable, steps);
    const column = (from: number, count = 1) => emit.slice(skipped, [0, from], [n, count]);
    // M of the constant part (a is nearly constant, and known in closed form), plus that of a's deviations: the rest of
    // the period after `last` minus the rest after the step before this one. Splitting keeps the difference small.
    const shift = emit.reshape(emit.slice(step, [1], [terms * terms]), [terms, terms]);
    const deviations = emit.sub(emit.gatherRows(deviationTable, last), emit.matMul(column(2 + terms, terms), shift));
    const moments = emit.add(column(2, terms), deviations);
    const { m, v } = rows.slots;
    const root = emit.sqrt(v);
    const denominator = emit.add(root, emit.float(this.settings.epsilon));
    const q = emit.div(root, denominator);
    let sum: Ref = emit.slice(moments, [0, terms - 1], [n, 1]);
    for (let term = terms - 2; term >= 0; term--) {
      sum = emit.add(emit.mul(sum, q), emit.slice(moments, [0, term], [n, 1]));
    }
    return {
      weights: emit.sub(rows.weights, emit.mul(emit.div(m, denominator), sum)),
      slots: { m: emit.mul(m, column(0)), v: emit.mul(v, column(1)) },
    };
  }

  update(emit: Emit, rows: Rows, gradient: RowGradient, { clock }: Moment): Rows {
    const { beta1, beta2, epsilon } = this.settings;
    const alpha = emit.slice(emit.gatherRows(this.variables[0], clock), [0], [1]);
    const squares = this.keras ? gradient.squares() : emit.square(gradient.sum);
    const follow = (value: Ref, target: Ref, rate: number) =>
      emit.add(value, emit.mul(emit.sub(target, value), emit.float(rate)));
    const m = follow(rows.slots.m, gradient.sum, 1 - beta1);
    const v = follow(rows.slots.v, squares, 1 - beta2);
    const move = emit.div(emit.mul(m, alpha), emit.add(emit.sqrt(v), emit.float(epsilon)));
    return { weights: emit.sub(rows.weights, move), slots: { m, v } };
  }
}
