import { type Attributes, DataType, type Shape, shape, string, type TensorValue, type } from './attributes';

/** One output of a node. `shape` null: not known. */
export interface Output {
  dtype: DataType;
  shape: Shape;
}

/** A value: output `index` of `node`. */
export interface Ref {
  node: Node;
  index: number;
}

/** A variable of a session, by name; bodies that name it share it. */
export interface SessionVariable {
  name: string;
  dtype: DataType;
  shape: readonly number[];
}

/** One op. Rewrites change nodes in place: refs to them stay good. */
export interface Node {
  op: string;
  name: string;
  inputs: Ref[];
  /** Nodes that run before this one. */
  after: Node[];
  attributes: Attributes;
  outputs: Output[];
  /** Of a VarHandleOp. */
  variable?: SessionVariable;
}

export const outputOf = (ref: Ref): Output => ref.node.outputs[ref.index];
export const dtypeOf = (ref: Ref): DataType => outputOf(ref).dtype;

/** The static shape of a value. @throws Error where it is not known: a bug of the code that asks. */
export function shapeOf(ref: Ref): readonly number[] {
  const known = outputOf(ref).shape;
  if (!known) throw new Error(`The shape of ${ref.node.name} (${ref.node.op}) is not known.`);
  return known;
}

export const sizeOf = (dimensions: readonly number[]): number => dimensions.reduce((product, d) => product * d, 1);

/** What a body computes, as text: equal programs have equal ones, whatever their nodes are called. Constants that nothing uses do not count. */
export function contentOf({ args, nodes: all, results, effects }: Body): string {
  const used = new Set([...all.flatMap(({ inputs }) => inputs), ...results].map(({ node }) => node));
  const nodes = all.filter((node) => node.op !== 'Const' || used.has(node));
  const places = new Map([...args, ...nodes].map((node, i) => [node, i]));
  const refs = (list: readonly Ref[]) => list.map(({ node, index }) => `${places.get(node)}:${index}`);
  const bare = (_: string, value: unknown) =>
    typeof value === 'bigint'
      ? `${value}n`
      : value instanceof Uint8Array
        ? Buffer.from(value).toString('base64')
        : value;
  return JSON.stringify(
    {
      nodes: [...args, ...nodes].map(({ op, inputs, after, attributes, variable }) => [
        ...[op, refs(inputs), after.map((node) => places.get(node)), attributes, variable],
      ]),
      results: refs(results),
      effects: effects.map((node) => places.get(node)),
    },
    bare,
  );
}

/**
 * A straight-line program: arguments, nodes, results. `effects` are the nodes that run for what they do, not for what
 * they give (assignments); results wait for them. Printed as a graph with placeholders or as a function.
 */
export class Body {
  readonly args: Node[] = [];
  nodes: Node[] = [];
  results: Ref[] = [];
  effects: Node[] = [];
  private readonly constants = new Map<string, Ref>();
  private readonly handles = new Map<string, Node>();
  private readonly reads = new Map<string, Node>();
  private count = 0;

  add(op: string, inputs: Ref[], attributes: Attributes, outputs: Output[]): Node {
    const node: Node = { op, name: `${op.replace(/^_/, '')}_${this.count++}`, inputs, after: [], attributes, outputs };
    this.nodes.push(node);
    return node;
  }

  /** A value from outside: a placeholder of a graph, an argument of a function. */
  argument(dtype: DataType, dimensions: Shape, name: string): Ref {
    const node: Node = {
      op: '_Arg',
      name: `${name}_${this.count++}`,
      inputs: [],
      after: [],
      attributes: { dtype: type(dtype), shape: shape(dimensions) },
      outputs: [{ dtype, shape: dimensions }],
    };
    this.args.push(node);
    return { node, index: 0 };
  }

  /** Small constants are shared. */
  constant(value: TensorValue): Ref {
    const key =
      value.bytes.length <= 64
        ? `${value.dtype}:${value.shape.join()}:${Buffer.from(value.bytes).toString('hex')}`
        : null;
    const known = key === null ? undefined : this.constants.get(key);
    if (known) return known;
    const ref = this.freshConstant(value);
    if (key !== null) this.constants.set(key, ref);
    return ref;
  }

  /** A constant with a node of its own, for values that a later pass may replace. */
  freshConstant(value: TensorValue): Ref {
    const attributes = { dtype: type(value.dtype), value: { kind: 'tensor' as const, value } };
    const node = this.add('Const', [], attributes, [{ dtype: value.dtype, shape: value.shape }]);
    return { node, index: 0 };
  }

  /** The variable's handle, one node a body. */
  handle(variable: SessionVariable): Ref {
    let node = this.handles.get(variable.name);
    if (!node) {
      const attributes = {
        dtype: type(variable.dtype),
        shape: shape(variable.shape),
        shared_name: string(variable.name),
        container: string(''),
      };
      node = this.add('VarHandleOp', [], attributes, [{ dtype: DataType.resource, shape: [] }]);
      node.variable = variable;
      this.handles.set(variable.name, node);
    }
    return { node, index: 0 };
  }

  /** The variable's value when the body starts: assignments wait for it. */
  read(variable: SessionVariable): Ref {
    let node = this.reads.get(variable.name);
    if (!node) {
      const attributes = { dtype: type(variable.dtype) };
      node = this.add('ReadVariableOp', [this.handle(variable)], attributes, [
        { dtype: variable.dtype, shape: variable.shape },
      ]);
      this.reads.set(variable.name, node);
    }
    return { node, index: 0 };
  }

  /** The read that `read` made for this variable, if any. */
  readOf(variable: SessionVariable): Node | undefined {
    return this.reads.get(variable.name);
  }

  /** Registers an op that is run for its effect. */
  effect(node: Node): Node {
    this.effects.push(node);
    return node;
  }

  /** The variables whose handles the body still uses, after `prune`. */
  get variables(): SessionVariable[] {
    return this.nodes.flatMap((node) => (node.variable ? [node.variable] : []));
  }

  /** Drops what neither results nor effects need, effects included in the results' needs. */
  prune(): void {
    const needed = new Set<Node>();
    const open = [...this.results.map((ref) => ref.node), ...this.effects];
    for (let node = open.pop(); node; node = open.pop()) {
      if (needed.has(node)) continue;
      needed.add(node);
      open.push(...node.inputs.map((ref) => ref.node), ...node.after);
    }
    this.nodes = this.nodes.filter((node) => needed.has(node));
    for (const cache of [this.constants, this.handles, this.reads] as Map<string, Node | Ref>[]) {
      for (const [key, value] of cache) if (!needed.has('node' in value ? value.node : value)) cache.delete(key);
    }
  }
}
