import type { Emit } from '../emit';
import type { Ref, SessionVariable } from '../ir';
import type { PlanChange, RateOfStep } from './adam-schedule';

/** The rows of a table that a step looks up, one a lookup (the same row several times where ids repeat). */
export interface Rows {
  /** `[lookups, dimension]`. */
  weights: Ref;
  /** By name, `[lookups, width of the slot]`. */
  slots: Record<string, Ref>;
}

/** Where in time a step stands, for rules that make up for steps a row was not part of. */
export interface Moment {
  /** `[]` int32: this step's place, see `Clock`. */
  clock: Ref;
  /** `[lookups]` int32: the place of the step after which each row was last up to date. */
  last: Ref;
}

/** A row's gradient: the sum over its lookups in the batch, and the sum of its squares. */
export interface RowGradient {
  sum: Ref;
  /** Of squares of single lookups, which stock Keras uses in place of the square of the sum. */
  squares: () => Ref;
}

/**
 * An optimizer for embedding tables that touches only the rows a batch looks up. Rows are kept packed
 * (`[weights | slots | last]`), so that a step costs one gather and one scatter whatever the optimizer keeps.
 */
export interface TableRule {
  /** For people. */
  readonly name: string;
  /** Gives what the dense update gives. */
  readonly exact: boolean;
  /** Holds for embedding tables alone (`UpdatedWeights.tables`), not for any variable that is read by rows. */
  readonly tablesOnly: boolean;
  readonly slots: readonly { name: string; width: (dimension: number) => number }[];
  /**
   * Rows lag behind until they are looked up: `catchUp` moves them on, also before anyone reads the table. None may lag
   * by more than a period: each step looks up a share of all rows.
   */
  readonly lags: boolean;
  /** Session variables that the rule reads (precomputed per clock), and their present values. */
  readonly variables: readonly SessionVariable[];
  variableValues(): Float32Array[];
  /** Those whose rows a change of plan sets, `changedRows` of each. */
  readonly changing: readonly SessionVariable[];
  readonly changedRows: number;
  catchUp(emit: Emit, rows: Rows, moment: Moment): Rows;
  update(emit: Emit, rows: Rows, gradient: RowGradient, moment: Moment): Rows;
  /**
   * The learning rate from the step after `stepsDone` on, by the step's number in the whole training.
   * @returns what this changes; undefined where all of `variableValues` is new.
   */
  setLearningRate(learningRate: RateOfStep, stepsDone: number): PlanChange | undefined;
  /** `variableValues` are to be those of the period of the next step. */
  moveTo(stepsDone: number): void;
}
