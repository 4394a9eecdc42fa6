import { type Body, type Node, type Ref, shapeOf } from './ir';

/** Where the ids of a step's lookups come from. */
export interface IdSources {
  /** By argument of the body: ids in it must lie below this number. */
  limits: Map<Node, number>;
  /** Whether any are computed in the step: they cannot be checked before it runs. */
  computed: boolean;
}

/** Ops that move values, but do not change them. */
const MOVES = new Set(['Identity', 'Reshape', 'Cast', 'ExpandDims', 'Squeeze', 'Transpose']);

/** The value that ids come from, unchanged but for form and dtype. */
export function idSource(ids: Ref): Node {
  return MOVES.has(ids.node.op) ? idSource(ids.node.inputs[0]) : ids.node;
}

/**
 * Finds what the lookups of a traced step rest on. Compiled by XLA they read whatever lies at an id outside the table, and
 * in tables that share a variable, a row of another table.
 */
export function idSources(body: Body): IdSources {
  const limits = new Map<Node, number>();
  let computed = false;
  for (const { op, inputs } of body.nodes) {
    if (op !== 'GatherV2') continue;
    const [params, ids, axis] = inputs;
    const source = idSource(ids);
    if (source.op === 'Const') continue;
    const rows = rowsAlong(params, axis);
    if (source.op === '_Arg' && rows !== undefined) limits.set(source, Math.min(rows, limits.get(source) ?? rows));
    else computed = true;
  }
  return { limits, computed };
}

function rowsAlong(params: Ref, axis: Ref): number | undefined {
  const { value } = axis.node.attributes;
  if (axis.node.op !== 'Const' || value?.kind !== 'tensor') return undefined;
  const [position] = new Int32Array(value.value.bytes.slice().buffer);
  return shapeOf(params).at(position);
}
