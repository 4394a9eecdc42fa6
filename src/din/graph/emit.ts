import { type Attributes, bool, DataType, int, type, types } from './attributes';
import { type Body, dtypeOf, type Node, type Ref, type SessionVariable, shapeOf } from './ir';
import { valueBytes } from './values';

/** Adds ops to a body by short names, with the shapes they give. Each returns its only output. */
export class Emit {
  constructor(readonly body: Body) {}

  float(value: number): Ref {
    return this.floats([value], []);
  }

  floats(values: readonly number[], dimensions: readonly number[] = [values.length]): Ref {
    return this.body.constant({
      dtype: DataType.float32,
      shape: dimensions,
      bytes: valueBytes(Float32Array.from(values)),
    });
  }

  int(value: number): Ref {
    return this.ints([value], []);
  }

  ints(values: readonly number[], dimensions: readonly number[] = [values.length]): Ref {
    return this.body.constant({ dtype: DataType.int32, shape: dimensions, bytes: valueBytes(Int32Array.from(values)) });
  }

  add(a: Ref, b: Ref): Ref {
    return this.binary('AddV2', a, b);
  }
  sub(a: Ref, b: Ref): Ref {
    return this.binary('Sub', a, b);
  }
  mul(a: Ref, b: Ref): Ref {
    return this.binary('Mul', a, b);
  }
  div(a: Ref, b: Ref): Ref {
    return this.binary('RealDiv', a, b);
  }
  /** The remainder in [0, b). */
  mod(a: Ref, b: Ref): Ref {
    return this.binary('FloorMod', a, b);
  }
  pow(a: Ref, b: Ref): Ref {
    return this.binary('Pow', a, b);
  }
  neg(a: Ref): Ref {
    return this.one('Neg', [a], { T: type(dtypeOf(a)) }, dtypeOf(a), shapeOf(a));
  }
  /** e^a - 1, exact where a is small. */
  expm1(a: Ref): Ref {
    return this.one('Expm1', [a], { T: type(dtypeOf(a)) }, dtypeOf(a), shapeOf(a));
  }
  abs(a: Ref): Ref {
    return this.one('Abs', [a], { T: type(dtypeOf(a)) }, dtypeOf(a), shapeOf(a));
  }
  sqrt(a: Ref): Ref {
    return this.one('Sqrt', [a], { T: type(dtypeOf(a)) }, dtypeOf(a), shapeOf(a));
  }
  square(a: Ref): Ref {
    return this.one('Square', [a], { T: type(dtypeOf(a)) }, dtypeOf(a), shapeOf(a));
  }

  greater(a: Ref, b: Ref): Ref {
    return this.one('Greater', [a, b], { T: type(dtypeOf(a)) }, DataType.bool, broadcast(a, b));
  }

  /** `a` where the condition holds, else `b`; shapes broadcast. */
  select(condition: Ref, a: Ref, b: Ref): Ref {
    return this.one('SelectV2', [condition, a, b], { T: type(dtypeOf(a)) }, dtypeOf(a), shapeOf(a));
  }

  /** `[n, width]` to `[n, 1]`. */
  sumColumns(a: Ref): Ref {
    const attributes = { T: type(dtypeOf(a)), Tidx: type(DataType.int32), keep_dims: bool(true) };
    return this.one('Sum', [a, this.ints([1])], attributes, dtypeOf(a), [shapeOf(a)[0], 1]);
  }

  minimum(a: Ref, b: Ref): Ref {
    return this.binary('Minimum', a, b);
  }

  maximum(a: Ref, b: Ref): Ref {
    return this.binary('Maximum', a, b);
  }

  less(a: Ref, b: Ref): Ref {
    return this.one('Less', [a, b], { T: type(dtypeOf(a)) }, DataType.bool, broadcast(a, b));
  }

  equal(a: Ref, b: Ref): Ref {
    const attributes = { T: type(dtypeOf(a)), incompatible_shape_error: bool(true) };
    return this.one('Equal', [a, b], attributes, DataType.bool, broadcast(a, b));
  }

  cast(a: Ref, dtype: DataType): Ref {
    const attributes = { SrcT: type(dtypeOf(a)), DstT: type(dtype), Truncate: bool(false) };
    return this.one('Cast', [a], attributes, dtype, shapeOf(a));
  }

  identity(a: Ref): Ref {
    return this.one('Identity', [a], { T: type(dtypeOf(a)) }, dtypeOf(a), a.node.outputs[a.index].shape);
  }

  reshape(a: Ref, dimensions: readonly number[]): Ref {
    const attributes = { T: type(dtypeOf(a)), Tshape: type(DataType.int32) };
    return this.one('Reshape', [a, this.ints(dimensions)], attributes, dtypeOf(a), dimensions);
  }

  /** `[count]` int32: 0, 1, 2, ... */
  range(count: number): Ref {
    const inputs = [this.int(0), this.int(count), this.int(1)];
    return this.one('Range', inputs, { Tidx: type(DataType.int32) }, DataType.int32, [count]);
  }

  /** A tensor of one value, made in the graph: a constant would travel with it. */
  fill(dimensions: readonly number[], value: Ref): Ref {
    const attributes = { T: type(dtypeOf(value)), index_type: type(DataType.int32) };
    return this.one('Fill', [this.ints(dimensions), value], attributes, dtypeOf(value), dimensions);
  }

  /** `begin` numbers or a `[rank]` int32 value. */
  slice(a: Ref, begin: readonly number[] | Ref, size: readonly number[]): Ref {
    const start = Array.isArray(begin) ? this.ints(begin) : (begin as Ref);
    const attributes = { T: type(dtypeOf(a)), Index: type(DataType.int32) };
    return this.one('Slice', [a, start, this.ints(size)], attributes, dtypeOf(a), size);
  }

  concat(values: readonly Ref[], axis: number): Ref {
    if (values.length === 1) return values[0];
    const dimensions = [...shapeOf(values[0])];
    dimensions[axis] = values.reduce((sum, value) => sum + shapeOf(value)[axis], 0);
    const dtype = dtypeOf(values[0]);
    const attributes = { N: int(values.length), T: type(dtype), Tidx: type(DataType.int32) };
    return this.one('ConcatV2', [...values, this.int(axis)], attributes, dtype, dimensions);
  }

  /** `[m, k] x [k, n]`. */
  matMul(a: Ref, b: Ref): Ref {
    const attributes = { T: type(dtypeOf(a)), transpose_a: bool(false), transpose_b: bool(false) };
    return this.one('MatMul', [a, b], attributes, dtypeOf(a), [shapeOf(a)[0], shapeOf(b)[1]]);
  }

  /** Rows `ids` of `params`: `[...ids, ...row]`. */
  gather(params: Ref, ids: Ref): Ref {
    const attributes = {
      Tparams: type(dtypeOf(params)),
      Tindices: type(DataType.int32),
      Taxis: type(DataType.int32),
      batch_dims: int(0),
    };
    const dimensions = [...shapeOf(ids), ...shapeOf(params).slice(1)];
    return this.one('GatherV2', [params, ids, this.int(0)], attributes, dtypeOf(params), dimensions);
  }

  /** Sums the rows of `values` `[n, width]` that share an id. */
  segmentSum(values: Ref, ids: Ref, segments: number): Ref {
    const attributes = {
      T: type(dtypeOf(values)),
      Tindices: type(DataType.int32),
      Tnumsegments: type(DataType.int32),
    };
    const dimensions = [segments, ...shapeOf(values).slice(1)];
    return this.one('UnsortedSegmentSum', [values, ids, this.int(segments)], attributes, dtypeOf(values), dimensions);
  }

  /** Rows `ids` of a variable, without reading all of it. */
  gatherRows(variable: SessionVariable, ids: Ref): Ref {
    const attributes = {
      dtype: type(variable.dtype),
      Tindices: type(DataType.int32),
      batch_dims: int(0),
      validate_indices: bool(true),
    };
    const dimensions = [...shapeOf(ids), ...variable.shape.slice(1)];
    return this.one('ResourceGather', [this.body.handle(variable), ids], attributes, variable.dtype, dimensions);
  }

  /** `variable[ids] = rows`, after the given nodes; an effect of the body. */
  scatterRows(variable: SessionVariable, ids: Ref, rows: Ref, after: readonly Node[]): Node {
    const attributes = { dtype: type(variable.dtype), Tindices: type(DataType.int32) };
    const node = this.body.add('ResourceScatterUpdate', [this.body.handle(variable), ids, rows], attributes, []);
    node.after.push(...after);
    return this.body.effect(node);
  }

  /** A list of `length` tensors of one shape, all zero. */
  listReserve(dtype: DataType, dimensions: readonly number[], length: number): Ref {
    const attributes = { element_dtype: type(dtype), shape_type: type(DataType.int32) };
    const inputs = [this.ints(dimensions), this.int(length)];
    return this.one('TensorListReserve', inputs, attributes, DataType.variant, []);
  }

  listSet(list: Ref, index: Ref, item: Ref): Ref {
    return this.one(
      'TensorListSetItem',
      [list, index, item],
      { element_dtype: type(dtypeOf(item)) },
      DataType.variant,
      [],
    );
  }

  /** `[length, ...dimensions]`. */
  listStack(list: Ref, dtype: DataType, dimensions: readonly number[], length: number): Ref {
    const attributes = { element_dtype: type(dtype), num_elements: int(length) };
    return this.one('TensorListStack', [list, this.ints(dimensions)], attributes, dtype, [length, ...dimensions]);
  }

  bitwiseAnd(a: Ref, b: Ref): Ref {
    return this.binary('BitwiseAnd', a, b);
  }

  /**
   * Uniform in [0, 1), multiples of 2^-23: a function of `seed` `[2]` int32 alone. Op by op and compiled by XLA the bits are
   * the same (Philox); what the two make of them is not, in the op that gives numbers: here the graph makes it itself.
   */
  statelessUniform(seed: Ref, dimensions: readonly number[]): Ref {
    const attributes = { dtype: type(DataType.int32), T: type(DataType.int32), Tseed: type(DataType.int32) };
    const inputs = [this.ints(dimensions), seed];
    const bits = this.one('StatelessRandomUniformFullInt', inputs, attributes, DataType.int32, dimensions);
    const whole = this.bitwiseAnd(bits, this.int(2 ** 23 - 1));
    return this.mul(this.cast(whole, DataType.float32), this.float(2 ** -23));
  }

  /** Calls a function of the same program; its results are the node's outputs. */
  callFunction(name: string, inputs: Ref[], outputs: Node['outputs'], attributes: Attributes = {}): Node {
    return this.body.add(
      'StatefulPartitionedCall',
      inputs,
      {
        Tin: types(inputs.map(dtypeOf)),
        Tout: types(outputs.map(({ dtype }) => dtype)),
        f: { kind: 'function', value: name },
        config: { kind: 'string', value: '' },
        config_proto: { kind: 'string', value: '' },
        executor_type: { kind: 'string', value: '' },
        ...attributes,
      },
      outputs,
    );
  }

  private binary(op: string, a: Ref, b: Ref): Ref {
    return this.one(op, [a, b], { T: type(dtypeOf(a)) }, dtypeOf(a), broadcast(a, b));
  }

  private one(
    op: string,
    inputs: Ref[],
    attributes: Attributes,
    dtype: DataType,
    dimensions: readonly number[] | null,
  ): Ref {
    return { node: this.body.add(op, inputs, attributes, [{ dtype, shape: dimensions }]), index: 0 };
  }
}

/** NumPy's broadcasting of two shapes. */
function broadcast(a: Ref, b: Ref): number[] {
  const [x, y] = [shapeOf(a), shapeOf(b)];
  const rank = Math.max(x.length, y.length);
  return Array.from({ length: rank }, (_, i) => {
    const [p, q] = [x[i - rank + x.length] ?? 1, y[i - rank + y.length] ?? 1];
    return p === 1 ? q : p;
  });
}
