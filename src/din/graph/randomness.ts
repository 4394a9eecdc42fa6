import { DataType } from './attributes';
import { Emit } from './emit';
import { type Body, type Node, type Ref, shapeOf } from './ir';
import type { JsConstant } from './recorder';
import { GraphRefused } from './refused';
import type { Trace } from './trace';
import { sameBytes } from './values';

/**
 * TensorFlow.js draws random numbers in JavaScript: in a trace they look like constants, and a graph would draw them
 * once for all steps. Two traces give them away. Dropout's masks become random ops of the graph, drawn anew each step
 * from `seed` and the step's number; anything else that changes from step to step is refused.
 *
 * Dropout with a seed of its own has the same mask at every step in TensorFlow.js; here it is drawn anew too.
 *
 * @param step `[]` int32: number of the step in the training.
 * @returns the number of random ops.
 */
export function replaceRandomness(first: Trace, second: Trace, seed: number, step: () => Ref): number {
  if (first.constants.length !== second.constants.length || !sameOps(first.body, second.body)) {
    throw new GraphRefused('the step executes other ops when it is run again');
  }
  let count = 0;
  const replaced = new Set<Node>();
  first.constants.forEach((constant, i) => {
    if (replaced.has(constant.node)) return;
    const masks = isDropoutMask(first.body, constant);
    if (!masks && sameBytes(constant.value.bytes, second.constants[i].value.bytes)) return;
    if (!masks) {
      throw new GraphRefused(
        `a value made in JavaScript changes from step to step (random noise other than dropout?), used by ${constant.consumer}`,
        constant.consumer,
      );
    }
    replaced.add(constant.node);
    redirect(first.body, constant.node, drawUniform(first.body, constant, seed + count * 0x9e3779b1, step()));
    count++;
  });
  return count;
}

/** tfjs' dropout: floor(uniform + keep probability). */
function isDropoutMask(body: Body, { node, value }: JsConstant): boolean {
  if (value.dtype !== DataType.float32) return false;
  const values = new Float32Array(value.bytes.slice().buffer);
  if (!values.every((x) => x >= 0 && x < 1) || values.length < 2 || values.every((x) => x === values[0])) return false;
  const users = usersOf(body, node);
  return users.length > 0 && users.every((user) => (user.op === 'AddV2' || user.op === 'Add') && isFloored(body, user));
}

function isFloored(body: Body, node: Node): boolean {
  const users = usersOf(body, node);
  return users.length > 0 && users.every(({ op }) => op === 'Floor');
}

const usersOf = (body: Body, node: Node): Node[] =>
  body.nodes.filter(({ inputs }) => inputs.some((ref) => ref.node === node));

function drawUniform(body: Body, { node }: JsConstant, seed: number, step: Ref): Ref {
  const emit = new Emit(body);
  const pair = emit.concat([emit.ints([seed | 0]), emit.reshape(step, [1])], 0);
  return emit.statelessUniform(pair, shapeOf({ node, index: 0 }));
}

function redirect(body: Body, from: Node, to: Ref): void {
  for (const node of body.nodes) {
    node.inputs = node.inputs.map((ref) => (ref.node === from ? to : ref));
  }
}

function sameOps(a: Body, b: Body): boolean {
  const ops = (body: Body) => body.nodes.filter(({ op }) => op !== 'Const').map(({ op }) => op);
  const [x, y] = [ops(a), ops(b)];
  return x.length === y.length && x.every((op, i) => op === y[i]);
}
