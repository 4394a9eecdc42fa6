import type { Emit } from '../emit';
import { type SessionVariable, shapeOf } from '../ir';
import type { RowGradient, Rows } from './rule';
import { StatelessRule } from './stateless-rule';

/** Adagrad on the rows of a batch, one sum of squares an element or a row: exact, as a row without a gradient stays. */
export class AdagradRows extends StatelessRule {
  readonly name: string;
  readonly slots;
  override readonly tablesOnly: boolean;

  constructor(
    learningRate: SessionVariable,
    private readonly epsilon: number,
    private readonly rowwise: boolean,
  ) {
    super(learningRate);
    this.tablesOnly = rowwise;
    this.name = rowwise ? 'row-wise Adagrad' : 'Adagrad';
    this.slots = [{ name: 'squares', width: (dimension: number) => (rowwise ? 1 : dimension) }];
  }

  update(emit: Emit, { weights, slots }: Rows, { sum }: RowGradient): Rows {
    const square = emit.square(sum);
    const [, dimension] = shapeOf(sum);
    const added = this.rowwise ? emit.div(emit.sumColumns(square), emit.float(dimension)) : square;
    const squares = emit.add(slots.squares, added);
    const move = emit.div(
      emit.mul(sum, this.learningRate(emit)),
      emit.sqrt(emit.add(squares, emit.float(this.epsilon))),
    );
    return { weights: emit.sub(weights, move), slots: { squares } };
  }
}
