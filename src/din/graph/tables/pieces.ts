import { bool, DataType, shape, string, type } from '../attributes';
import { Emit } from '../emit';
import { type Body, type Ref, type SessionVariable, shapeOf } from '../ir';

/** Numbers that one call moves, about: some 10 ms. */
export const PIECE = 2 ** 20;

/** Entries that move a table piece by piece: whoever waits for all of it lets others work between two pieces. */
export interface TablePieces {
  /** Session variables of the table, in the group's order: the weights, then slots. */
  parts: readonly SessionVariable[];
  /** Rows a piece. */
  rows: number;
  /** First rows of the pieces: the last one may overlap the one before. */
  starts: readonly number[];
  entries: {
    /** Arguments: place of the last step, first row, then each part's rows. */
    pack: Body;
    /** Makes room for what `unpack` finds. */
    stage: Body;
    /** Arguments: place of the next step, first row. */
    unpack: Body;
    /** Returns the parts. */
    take: Body;
    /** Lets go of them. */
    drop: Body;
  };
}

/** First rows of pieces of `rows` rows that cover `total`. */
export function pieceStarts(total: number, rows: number): number[] {
  return Array.from({ length: Math.ceil(total / rows) }, (_, i) => Math.min(i * rows, total - rows));
}

/**
 * A place where a result of many calls comes together: a variable by reference, which, unlike a resource, gives its value
 * away without copying it, however it was written.
 */
export class Stage {
  constructor(
    private readonly name: string,
    readonly dimensions: readonly number[],
  ) {}

  /** Room for the value; what it holds is not touched yet. */
  allocate(body: Body): void {
    this.assign(body, emptyTensor(new Emit(body), this.dimensions));
  }

  drop(body: Body): void {
    this.assign(body, new Emit(body).floats([], [0]));
  }

  /** `stage[ids] = rows` */
  scatter(body: Body, ids: Ref, rows: Ref): void {
    const attributes = { T: type(DataType.float32), Tindices: type(DataType.int32), use_locking: bool(true) };
    const node = body.add('ScatterUpdate', [this.ref(body), ids, rows], attributes, [
      { dtype: DataType.float32, shape: this.dimensions },
    ]);
    body.effect(node);
  }

  ref(body: Body): Ref {
    const attributes = {
      dtype: type(DataType.float32),
      shape: shape(this.dimensions),
      container: string(''),
      shared_name: string(this.name),
    };
    const node = body.add('VariableV2', [], attributes, [{ dtype: DataType.float32, shape: this.dimensions }]);
    return { node, index: 0 };
  }

  private assign(body: Body, value: Ref): void {
    const attributes = { T: type(DataType.float32), validate_shape: bool(false), use_locking: bool(true) };
    body.effect(
      body.add('Assign', [this.ref(body), value], attributes, [{ dtype: DataType.float32, shape: shapeOf(value) }]),
    );
  }
}

/** A tensor of any values: memory that nobody has touched yet costs nothing. */
export function emptyTensor(emit: Emit, dimensions: readonly number[]): Ref {
  const attributes = { dtype: type(DataType.float32), init: bool(false) };
  const node = emit.body.add('Empty', [emit.ints(dimensions)], attributes, [
    { dtype: DataType.float32, shape: dimensions },
  ]);
  return { node, index: 0 };
}
