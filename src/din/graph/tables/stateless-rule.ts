import { DataType } from '../attributes';
import type { Emit } from '../emit';
import type { Ref, SessionVariable } from '../ir';
import type { RowGradient, Rows, TableRule } from './rule';

/**
 * A rule whose rows need no making up for: what a step does not touch does not change. The learning rate is the
 * optimizer's own session variable.
 */
export abstract class StatelessRule implements TableRule {
  abstract readonly name: string;
  abstract readonly slots: TableRule['slots'];
  readonly lags = false;
  readonly exact: boolean = true;
  readonly tablesOnly: boolean = false;
  readonly variables: readonly SessionVariable[] = [];
  readonly changing: readonly SessionVariable[] = [];
  readonly changedRows = 0;

  constructor(protected readonly learningRateVariable: SessionVariable) {}

  variableValues(): Float32Array[] {
    return [];
  }

  catchUp(_emit: Emit, rows: Rows): Rows {
    return rows;
  }

  abstract update(emit: Emit, rows: Rows, gradient: RowGradient): Rows;

  setLearningRate(): undefined {}

  moveTo(): void {}

  /** `[]`, before the step. */
  protected learningRate(emit: Emit): Ref {
    return emit.body.read(this.learningRateVariable);
  }
}

export const scalarVariable = (name: string): SessionVariable => ({ name, dtype: DataType.float32, shape: [] });
