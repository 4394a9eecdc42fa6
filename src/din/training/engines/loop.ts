import { type Attributes, bool, DataType, func, int, types } from '../../graph/attributes';
import { Emit } from '../../graph/emit';
import {
  Body,
  dtypeOf,
  type Node,
  type Output,
  outputOf,
  type Ref,
  type SessionVariable,
  shapeOf,
  sizeOf,
} from '../../graph/ir';
import type { GraphFunction } from '../../graph/saved-model';
import type { ResidentData } from './resident';
import type { StepBody } from './trace-step';

/** How an entry that runs training steps is called. All `[]` int32. */
export const LOOP_ARGUMENTS = ['steps', 'row', 'clock', 'step'] as const;

/**
 * The functions of a loop over training steps: each takes its batch from the resident data, runs the step, and adds
 * [loss, outputs of the batch] to a list. Variables are arguments, so that XLA can compile the loop whole.
 */
export interface StepLoop {
  name: string;
  functions: GraphFunction[];
  variables: SessionVariable[];
  /** Length of one step's record: the loss, then the output's elements. */
  recordSize: number;
  /** Most steps a call. */
  capacity: number;
  xla: boolean;
}

/**
 * @param step consumed: its arguments become loop variables.
 * @param capacity most steps a call may run.
 */
export function stepLoop(
  name: string,
  step: StepBody,
  data: ResidentData,
  batchSize: number,
  capacity: number,
): StepLoop {
  const { body } = step;
  const emit = new Emit(body);
  const own = body.args.splice(0);
  const i = body.argument(DataType.int32, [], 'i');
  const [steps, row, clock, number] = LOOP_ARGUMENTS.map((argument) => body.argument(DataType.int32, [], argument));
  const list = body.argument(DataType.variant, [], 'records');
  const batch = data.emitBatch(emit, row, batchSize);
  step.batch.forEach((ref, k) => {
    become(ref.node, batch[k], emit);
  });
  if (step.clock) become(step.clock.node, clock, emit);
  if (step.step) become(step.step.node, number, emit);
  body.nodes.push(...own);

  const outputSize = sizeOf(shapeOf(step.output));
  const record = emit.concat([emit.reshape(step.loss, [1]), emit.reshape(step.output, [outputSize])], 0);
  const next = emit.add(i, emit.int(1));
  next.node.after.push(...body.effects);
  const state = [i, steps, row, clock, number];
  // Row, clock and number move with the loop, rather than being offsets from its start: XLA takes what a loop leaves
  // as it is for a constant where a slice depends on it, and would compile again for each value.
  body.results = [
    next,
    steps,
    emit.add(row, emit.int(batchSize)),
    emit.add(clock, emit.int(1)),
    emit.add(number, emit.int(1)),
    emit.listSet(list, i, record),
  ];
  body.prune();
  const variables = hoistHandles(body);
  body.results = body.results.map((ref) => (ref.node.op === '_Arg' ? emit.identity(ref) : ref));
  const resources = body.args.slice(state.length + 1).map((node) => ({ node, index: 0 }));
  body.results.push(...resources);

  const condition = new Body();
  const conditionArgs = body.args.map((arg, k) =>
    condition.argument(arg.outputs[0].dtype, arg.outputs[0].shape, `a${k}`),
  );
  condition.results = [new Emit(condition).less(conditionArgs[0], conditionArgs[1])];
  const functions = [
    { name: `${name}_body`, body },
    { name: `${name}_condition`, body: condition },
  ];
  return { name, functions, variables, recordSize: 1 + outputSize, capacity, xla: false };
}

/** An entry that runs the loop op by op. Arguments: LOOP_ARGUMENTS; result: records `[capacity, recordSize]`. */
export function plainEntry(loop: StepLoop): Body {
  const body = new Body();
  const args = loopArguments(body);
  const handles = loop.variables.map((variable) => body.handle(variable));
  const lowered: Attributes = { _lower_using_switch_merge: bool(true) };
  body.results = [emitWhile(new Emit(body), loop, args, handles, lowered)];
  return body;
}

/** The same, compiled whole by XLA at its first run: that takes seconds. */
export function xlaEntry(loop: StepLoop): { body: Body; functions: GraphFunction[] } {
  const compiled = new Body();
  const args = loopArguments(compiled);
  const resources = loop.variables.map((_, k) => compiled.argument(DataType.resource, [], `v${k}`));
  compiled.results = [emitWhile(new Emit(compiled), loop, args, resources, {})];
  const name = `${loop.name}_xla`;
  const body = new Body();
  const outer = [...loopArguments(body), ...loop.variables.map((variable) => body.handle(variable))];
  const outputs = compiled.results.map(outputOf);
  const call = new Emit(body).callFunction(name, outer, outputs, { _XlaMustCompile: bool(true) });
  body.results = [{ node: call, index: 0 }];
  return { body, functions: [{ name, body: compiled, xla: true }] };
}

const loopArguments = (body: Body): Ref[] => LOOP_ARGUMENTS.map((name) => body.argument(DataType.int32, [], name));

function emitWhile(emit: Emit, loop: StepLoop, args: Ref[], resources: Ref[], attributes: Attributes): Ref {
  const list = emit.listReserve(DataType.float32, [loop.recordSize], loop.capacity);
  const inputs = [emit.int(0), ...args, list, ...resources];
  const outputs: Output[] = inputs.map(outputOf);
  const [body, condition] = loop.functions;
  const node = emit.body.add(
    'While',
    inputs,
    {
      T: types(inputs.map(dtypeOf)),
      body: func(body.name),
      cond: func(condition.name),
      parallel_iterations: int(1),
      ...attributes,
    },
    outputs,
  );
  return emit.listStack({ node, index: 1 + args.length }, DataType.float32, [loop.recordSize], loop.capacity);
}

/** Turns an argument into a name for a value of the body. */
function become(node: Node, value: Ref, emit: Emit): void {
  const identity = emit.identity(value).node;
  emit.body.nodes.pop();
  node.op = 'Identity';
  node.inputs = identity.inputs;
  node.attributes = identity.attributes;
}

/** Variable handles become arguments, after the others. */
function hoistHandles(body: Body): SessionVariable[] {
  const handles = body.nodes.filter((node) => node.variable);
  body.nodes = body.nodes.filter((node) => !node.variable);
  return handles.map((node) => {
    const { variable } = node;
    node.op = '_Arg';
    node.attributes = {};
    node.variable = undefined;
    body.args.push(node);
    return variable!;
  });
}
