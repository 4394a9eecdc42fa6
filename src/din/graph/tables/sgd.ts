import type { Emit } from '../emit';
import type { RowGradient, Rows } from './rule';
import { StatelessRule } from './stateless-rule';

/** Gradient descent on the rows of a batch: exact, as a row without a gradient does not move. */
export class SgdRows extends StatelessRule {
  readonly name = 'SGD';
  readonly slots = [];

  update(emit: Emit, { weights }: Rows, { sum }: RowGradient): Rows {
    return { weights: emit.sub(weights, emit.mul(sum, this.learningRate(emit))), slots: {} };
  }
}
