import { type Body, type Node, type Ref, shapeOf, sizeOf } from '../ir';

/** Part of a gradient that is zero but in the rows `ids`: row `ids[j]` receives `values[j]` (repeated ids add up). */
export interface SparsePart {
  /** `[n]` int32. */
  ids: Ref;
  /** `[n, width]`. */
  values: Ref;
}

/**
 * The gradient of a table that is only read row by row, as tfjs computes it: sums of UnsortedSegmentSum.
 * @returns undefined when anything else contributes: then every row may have a gradient.
 */
export function sparseGradient(gradient: Ref): SparsePart[] | undefined {
  const ref = strip(gradient);
  const { op, inputs } = ref.node;
  if (op === 'UnsortedSegmentSum') {
    const [values, ids] = inputs;
    if (shapeOf(ids).length !== 1) return undefined;
    return [{ ids: strip(ids), values: strip(values) }];
  }
  if (op === 'AddV2' || op === 'Add' || op === 'AddN') {
    const parts = inputs.map(sparseGradient);
    return parts.every((part) => part !== undefined) ? parts.flat() : undefined;
  }
  return undefined;
}

/** Skips what changes nothing: Identity and transpositions that keep the order (tfjs' gather gradient is full of them). */
export function strip(ref: Ref): Ref {
  const { op, inputs } = ref.node;
  if (op === 'Identity') return strip(inputs[0]);
  if (op === 'Transpose' && keepsOrder(inputs[1])) return strip(inputs[0]);
  return ref;
}

/** Skips reshapes too: the value that the elements come from. */
export function stripReshape(ref: Ref): Ref {
  const stripped = strip(ref);
  return stripped.node.op === 'Reshape' ? stripReshape(stripped.node.inputs[0]) : stripped;
}

function keepsOrder(permutation: Ref): boolean {
  const { value } = permutation.node.attributes;
  if (permutation.node.op !== 'Const' || value?.kind !== 'tensor') return false;
  const { bytes } = value.value;
  return new Int32Array(bytes.slice().buffer).every((axis, i) => axis === i);
}

/** A lookup of table rows in the forward pass. */
export interface Lookup {
  node: Node;
  /** Any shape, int32. */
  ids: Ref;
  count: number;
  /** `[count, width]`; undefined: the loss does not depend on it. */
  gradient?: Ref;
}

/**
 * Gives each lookup its part of the gradient: the one that scatters to the ids that it gathered.
 * @returns whether all parts found their lookup.
 */
export function matchGradients(found: Lookup[], parts: SparsePart[]): boolean {
  return parts.every((part) => {
    const lookup = found.find((candidate) => !candidate.gradient && sameSource(candidate.ids, part.ids));
    if (lookup) lookup.gradient = part.values;
    return lookup !== undefined;
  });
}

function sameSource(a: Ref, b: Ref): boolean {
  const [x, y] = [stripReshape(a), stripReshape(b)];
  return x.node === y.node && x.index === y.index && sizeOf(shapeOf(a)) === sizeOf(shapeOf(b));
}

/**
 * All uses of a variable, when each is a lookup of rows.
 * @returns undefined when the body uses the table in any other way, or not at all.
 */
export function lookups(body: Body, read: Node): Lookup[] | undefined {
  const uses = body.nodes.filter((node) => node.inputs.some((ref) => ref.node === read));
  const found: Lookup[] = [];
  for (const node of uses) {
    if (node.op === 'Identity' && !body.nodes.some(({ inputs }) => inputs.some((ref) => ref.node === node))) continue;
    const [params, ids, axis] = node.inputs;
    const batchDims = node.attributes.batch_dims;
    const isLookup =
      node.op === 'GatherV2' &&
      params.node === read &&
      ids.node !== read &&
      isZero(axis) &&
      batchDims?.kind === 'int' &&
      !batchDims.value;
    if (!isLookup) return undefined;
    found.push({ node, ids, count: sizeOf(shapeOf(ids)) });
  }
  return found.length ? found : undefined;
}

function isZero(ref: Ref): boolean {
  const { value } = ref.node.attributes;
  return ref.node.op === 'Const' && value?.kind === 'tensor' && value.value.bytes.every((byte) => byte === 0);
}
