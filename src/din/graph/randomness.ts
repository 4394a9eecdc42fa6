import { DataType } from './attributes';
import { Emit } from './emit';
import { type Body, type Node, type Ref, shapeOf } from './ir';
import type { JsConstant } from './recorder';
import { GraphRefused } from './refused';
import type { Trace } from './trace';
import { sameBytes } from './values';

/**
 * A seed of random ops. Neither it nor its sum with an op's own number is negative: of such, XLA makes other numbers than TensorFlow's
 * plain kernels.
 */
export const seedOfOps = (seed: number): number => seed & 0x3fffffff;

/** What the n-th random op adds to the seed. */
const numberOfOp = (n: number): number => Math.imul(n, 0x9e3779b1) >>> 2;

/**
 * TensorFlow.js draws random numbers in JavaScript: in a trace they look like constants, and a graph would draw them
 * once for all steps. Two traces give them away. Dropout's masks become random ops of the graph, drawn anew each step
 * from `seed` and the step's number; anything else that changes from step to step is refused.
 *
 * Dropout with a seed of its own has the same mask at every step in TensorFlow.js; here it is drawn anew too.
 *
 * @param seed `[]` int32, by `seedOfOps`: of all random ops; each adds a number of its own.
 * @param step `[]` int32: number of the step in the training.
 * @returns the number of random ops.
 */
export function replaceRandomness(first: Trace, second: Trace, seed: () => Ref, step: () => Ref): number {
  if (first.constants.length !== second.constants.length || !sameOps(first.body, second.body)) {
    throw new GraphRefused('the step executes other ops when it is run again');
  }
  let count = 0;
  const replaced = new Set<Node>();
  first.constants.forEach((constant, i) => {
    if (replaced.has(constant.node)) return;
    const same = sameBytes(constant.value.bytes, second.constants[i].value.bytes);
    if (same && first.captured(constant)) return;
    const masks = isDropoutMask(first.body, constant);
    if (!masks && same) return;
    if (!masks) {
      throw new GraphRefused(
        `a value made in JavaScript changes from step to step (random noise other than dropout?), used by ${constant.consumer}`,
        constant.consumer,
      );
    }
    replaced.add(constant.node);
    redirect(first.body, constant.node, drawUniform(first.body, constant, seed(), numberOfOp(count), step()));
    count++;
  });
  return count;
}

/** tfjs' dropout: x * (floor(uniform + keep) / keep), and nothing else may use the uniform numbers. */
function isDropoutMask(body: Body, { node, value }: JsConstant): boolean {
  if (value.dtype !== DataType.float32) return false;
  const users = usersOf(body, node);
  return users.length > 0 && users.every((sum) => isScaledFloor(body, node, sum));
}

function isScaledFloor(body: Body, uniform: Node, sum: Node): boolean {
  if (sum.op !== 'AddV2' && sum.op !== 'Add') return false;
  const keep = sum.inputs.find((ref) => ref.node !== uniform)?.node;
  const floors = usersOf(body, sum);
  if (keep?.op !== 'Const' || !floors.length) return false;
  return floors.every(
    (floor) =>
      floor.op === 'Floor' &&
      usersOf(body, floor).every(({ op, inputs }) => /^(RealDiv|Div)$/.test(op) && inputs[1].node === keep),
  );
}

const usersOf = (body: Body, node: Node): Node[] =>
  body.nodes.filter(({ inputs }) => inputs.some((ref) => ref.node === node));

function drawUniform(body: Body, { node }: JsConstant, seed: Ref, offset: number, step: Ref): Ref {
  const emit = new Emit(body);
  const own = emit.reshape(emit.add(seed, emit.int(offset)), [1]);
  const pair = emit.concat([own, emit.reshape(step, [1])], 0);
  return emit.statelessUniform(pair, shapeOf({ node, index: 0 }));
}

function redirect(body: Body, from: Node, to: Ref): void {
  for (const node of body.nodes) {
    node.inputs = node.inputs.map((ref) => (ref.node === from ? to : ref));
  }
}

/** The same ops, wired alike, with the same attributes: what JavaScript computed on the way was the same twice. */
function sameOps(a: Body, b: Body): boolean {
  const [x, y] = [describe(a), describe(b)];
  return x.length === y.length && x.every((line, i) => line === y[i]);
}

function describe(body: Body): string[] {
  const place = new Map([...body.args, ...body.nodes].map((node, i) => [node, i]));
  return body.nodes.map(({ op, inputs, attributes }) => {
    if (op === 'Const') return op;
    const wires = inputs.map(({ node, index }) => `${place.get(node)}:${index}`).join();
    return `${op}(${wires})${JSON.stringify(attributes)}`;
  });
}
