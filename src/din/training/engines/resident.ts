import { copyRow, type EncodedData } from '../../data/encoded';
import { DataType } from '../../graph/attributes';
import type { Emit } from '../../graph/emit';
import type { Ref, SessionVariable } from '../../graph/ir';

/** Where a network input or label lies in the packed data: which matrix, from which column. */
interface Place {
  dtype: 'int32' | 'float32';
  offset: number;
  width: number;
  /** Per row, as the network takes it. */
  shape: readonly number[];
}

/**
 * A data set inside a session: one matrix of all ids, one of all numbers, labels and weights, and the order in which training
 * takes the rows. A step gathers its rows from them: two gathers, however many inputs there are.
 */
export class ResidentData {
  readonly order: SessionVariable;
  private readonly places: Place[] = [];
  private readonly widths = { int32: 0, float32: 0 };
  private readonly matrices: { int32: SessionVariable; float32: SessionVariable };

  /**
   * @param rows that the session holds at a time.
   * @param inputShapes per row, in the network's order (most are `[width]`).
   */
  constructor(
    data: EncodedData,
    readonly rows: number,
    inputShapes: readonly (readonly number[])[],
  ) {
    data.inputs.forEach(({ dtype, width }, i) => {
      this.place(dtype, width, inputShapes[i]);
    });
    for (const { width } of data.labels) this.place('float32', width, [width]);
    if (data.weights) this.place('float32', 1, [1]);
    const matrix = (dtype: 'int32' | 'float32'): SessionVariable => ({
      name: `data/${dtype}`,
      dtype: DataType[dtype],
      shape: [rows, this.widths[dtype]],
    });
    this.matrices = { int32: matrix('int32'), float32: matrix('float32') };
    this.order = { name: 'data/order', dtype: DataType.int32, shape: [rows] };
  }

  private place(dtype: 'int32' | 'float32', width: number, shape: readonly number[]): void {
    this.places.push({ dtype, offset: this.widths[dtype], width, shape });
    this.widths[dtype] += width;
  }

  get bytes(): number {
    return 4 * this.rows * (this.widths.int32 + this.widths.float32 + 1);
  }

  /** The variables that hold data, for `values`. */
  get variables(): SessionVariable[] {
    return [this.matrices.int32, this.matrices.float32].filter(({ shape }) => shape[1] > 0);
  }

  /** Values of `variables` for the given rows of data like those it was made for (all, in their order, by default). */
  values(data: EncodedData, rows?: Int32Array): (Int32Array | Float32Array)[] {
    const count = rows?.length ?? data.rows;
    const { inputs, labels, weights } = data;
    const sources = [...inputs, ...labels, ...(weights ? [{ width: 1, values: weights }] : [])];
    return this.variables.map(({ dtype, shape: [size, stride] }) => {
      const name = dtype === DataType.int32 ? 'int32' : 'float32';
      const matrix = name === 'int32' ? new Int32Array(size * stride) : new Float32Array(size * stride);
      this.places.forEach(({ dtype: own, offset }, i) => {
        if (own !== name) return;
        const source = sources[i];
        for (let r = 0; r < count; r++) copyRow(source, rows ? rows[r] : r, matrix, r * stride + offset);
      });
      return matrix;
    });
  }

  /** Shapes of a batch's tensors: inputs, labels, then the rows' weights, if they have any. */
  batchShapes(batchSize: number): { shape: number[]; dtype: 'int32' | 'float32' }[] {
    return this.places.map(({ dtype, shape }) => ({ shape: [batchSize, ...shape], dtype }));
  }

  /** The batch of `batchSize` rows that starts at place `start` (`[]` int32) of the order, as `batchShapes` says. */
  emitBatch(emit: Emit, start: Ref, batchSize: number): Ref[] {
    const order = emit.body.read(this.order);
    const rows = emit.slice(order, emit.reshape(start, [1]), [batchSize]);
    const gathered = new Map<string, Ref>();
    return this.places.map(({ dtype, offset, width, shape }) => {
      if (!gathered.has(dtype)) gathered.set(dtype, emit.gatherRows(this.matrices[dtype], rows));
      const part = emit.slice(gathered.get(dtype)!, [0, offset], [batchSize, width]);
      return shape.length === 1 ? part : emit.reshape(part, [batchSize, ...shape]);
    });
  }
}
