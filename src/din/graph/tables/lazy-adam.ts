import { DataType } from '../attributes';
import type { Emit } from '../emit';
import type { Ref, SessionVariable } from '../ir';
import { type AdamSettings, asKerasRounds } from './adam-schedule';
import type { RowGradient, Rows } from './rule';
import { StatelessRule } from './stateless-rule';

/** What lazy Adam takes from the optimizer besides its settings. */
export interface LazyAdamOptions {
  /** Steps done, `[]` int32; the step adds 1. */
  iterations: SessionVariable;
  convention: 'keras' | 'tfjs';
  /** AdamW's, 0 for Adam. */
  weightDecay: number;
}

/** Adam that moves only rows with a gradient: another algorithm than dense Adam (see `adam({ tables: 'lazy' })`). */
export class LazyAdam extends StatelessRule {
  readonly name = 'lazy Adam';
  override readonly exact = false;
  override readonly tablesOnly = true;
  readonly slots = [
    { name: 'm', width: (dimension: number) => dimension },
    { name: 'v', width: (dimension: number) => dimension },
  ];

  constructor(
    learningRate: SessionVariable,
    private readonly settings: AdamSettings,
    private readonly options: LazyAdamOptions,
  ) {
    super(learningRate);
  }

  update(emit: Emit, rows: Rows, gradient: RowGradient): Rows {
    const moved = this.move(emit, rows, gradient);
    // Padding is looked up as well, but has no gradient.
    const touched = emit.greater(emit.sumColumns(emit.abs(gradient.sum)), emit.float(0));
    const keep = (value: Ref, old: Ref) => emit.select(touched, value, old);
    return {
      weights: keep(moved.weights, rows.weights),
      slots: { m: keep(moved.slots.m, rows.slots.m), v: keep(moved.slots.v, rows.slots.v) },
    };
  }

  /** Adam's step for all rows. */
  protected move(emit: Emit, rows: Rows, { sum }: RowGradient): Rows {
    const { beta1, beta2, epsilon } = this.settings;
    const rate = this.learningRate(emit);
    const t = emit.cast(emit.add(emit.body.read(this.options.iterations), emit.int(1)), DataType.float32);
    const complement = (beta: number) =>
      asKerasRounds(beta)
        ? emit.sub(emit.float(1), emit.pow(emit.float(beta), t))
        : emit.neg(emit.expm1(emit.mul(t, emit.float(Math.log(beta)))));
    const correction2 = emit.sqrt(complement(beta2));
    const alpha = emit.div(emit.mul(rate, correction2), complement(beta1));
    const epsilonTerm =
      this.options.convention === 'keras' ? emit.float(epsilon) : emit.mul(correction2, emit.float(epsilon));
    const follow = (value: Ref, target: Ref, share: number) =>
      emit.add(value, emit.mul(emit.sub(target, value), emit.float(share)));
    const m = follow(rows.slots.m, sum, 1 - beta1);
    const v = follow(rows.slots.v, emit.square(sum), 1 - beta2);
    const decay = emit.sub(emit.float(1), emit.mul(rate, emit.float(this.options.weightDecay)));
    const start = this.options.weightDecay ? emit.mul(rows.weights, decay) : rows.weights;
    const weights = emit.sub(start, emit.div(emit.mul(m, alpha), emit.add(emit.sqrt(v), epsilonTerm)));
    return { weights, slots: { m, v } };
  }
}

/** Adam for weights that every step moves. */
export class DenseAdam extends LazyAdam {
  override update(emit: Emit, rows: Rows, gradient: RowGradient): Rows {
    return this.move(emit, rows, gradient);
  }
}
