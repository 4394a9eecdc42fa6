import * as tf from '@tensorflow/tfjs';
import { DataType } from './attributes';
import { type NodeBackend, nodeBackend, tensorId } from './binding';
import { Emit } from './emit';
import { type Body, contentOf, type Ref, type SessionVariable } from './ir';
import { Program } from './program';
import { replaceRandomness, seedOfOps } from './randomness';
import { GraphRefused } from './refused';
import { type FlatTree, flatten, rebuild, type TensorTree } from './structure';
import { trace } from './trace';

/** One signature of a function: a stateless graph whose inputs and outputs include the variables. */
export class CompiledFunction {
  private readonly backend: NodeBackend = nodeBackend();
  private readonly program: Program<'call'>;
  private readonly read: tf.Variable[];
  private readonly written: tf.Variable[];
  /** Data of the tensors that the function uses from outside. */
  private readonly captured: object[];
  private readonly random: boolean;
  private template: FlatTree['template'];
  /** What the first trace was, and of what. Kept only for `isCurrent`: a function may hold whatever waits to be collected. */
  private readonly watched: { content: string; fn: (...args: TensorTree[]) => unknown } | undefined;

  /**
   * @param watched it will be asked whether it is current
   * @throws GraphRefused
   */
  constructor(fn: (...args: TensorTree[]) => unknown, args: readonly TensorTree[], seed: number, watched = false) {
    const flat = flatten(args, 'argument', refuseArgument);
    flat.tensors.forEach((tensor, i) => {
      if (!(tensor instanceof tf.Variable)) return;
      throw new GraphRefused(`tensor ${i + 1} of the arguments is a tf.Variable: use it from outside, or pass a clone`);
    });
    const run = () =>
      trace((_, own) => {
        const result = flatten(fn(...(rebuild(flat.template, own) as TensorTree[])), 'result', refuseResult);
        this.template = result.template;
        return result.tensors;
      }, flat.tensors);
    const traced = run();
    this.watched = watched ? { content: contentOf(traced.body), fn } : undefined;
    const { body, variables, constants } = traced;
    this.captured = constants.filter(traced.captured).map(({ dataId }) => dataId!);
    let step: Ref | undefined;
    const seedRef = () => new Emit(body).int(seedOfOps(seed));
    replaceRandomness(traced, run(), seedRef, () => (step ??= body.argument(DataType.int32, [], 'call')));
    this.random = step !== undefined;
    body.results = [...traced.outputs, ...traced.writes.map(({ value }) => value)];
    body.prune();
    const inputs = variableInputs(body);
    this.read = inputs.map(({ name }) => variables.get(name)!);
    this.written = traced.writes.map(({ variable }) => variables.get(variable.name)!);
    this.program = new Program({ call: body });
  }

  /** Whether a tensor or variable that the function used from outside is gone: another one must have taken its place. */
  get outdated(): boolean {
    const { tensorMap } = this.backend;
    return (
      this.captured.some((dataId) => !tensorMap.has(dataId)) ||
      [...this.read, ...this.written].some(({ isDisposed }) => isDisposed)
    );
  }

  /** Whether the function still is what the graph was made of; false also where it draws random numbers, which differ each time. */
  isCurrent(args: readonly TensorTree[]): boolean {
    const { content, fn } = this.watched!;
    const { template, tensors } = flatten(args, 'argument', refuseArgument);
    const { body } = trace(
      (_, own) => flatten(fn(...(rebuild(template, own) as TensorTree[])), 'result', refuseResult).tensors,
      tensors,
    );
    return contentOf(body) === content;
  }

  /** @param call number of the call: what random ops draw from. */
  run(args: readonly tf.Tensor[], call: number): unknown {
    const { backend } = this;
    const ids = [...args, ...this.read].map((tensor) => tensorId(backend, tensor));
    const counter = this.random ? [backend.binding.createTensor([], DataType.int32, Int32Array.of(call))] : [];
    // The counter is the argument that was added first after the function's own.
    let results: ReturnType<Program['run']>;
    try {
      results = this.program.run('call', [...ids.slice(0, args.length), ...counter, ...ids.slice(args.length)]);
    } finally {
      for (const id of counter) backend.binding.deleteTensor(id);
    }
    const tensors = results.map((metadata) => backend.createOutputTensor(metadata));
    const values = tensors.splice(tensors.length - this.written.length);
    this.written.forEach((variable, i) => {
      variable.assign(values[i]);
      values[i].dispose();
    });
    return rebuild(this.template, tensors);
  }

  dispose(): void {
    this.program.dispose();
  }
}

const refuseArgument = (place: string, what: string): GraphRefused => new GraphRefused(`${place} is ${what}`);

/** Numbers would be frozen as they were while the function was traced. */
const refuseResult = (place: string, what: string): GraphRefused =>
  new GraphRefused(`the function's ${place} is ${what}, not a tensor`);

/** Reads of variables become arguments of the body. */
function variableInputs(body: Body): SessionVariable[] {
  const reads = body.nodes.filter(({ op }) => op === 'ReadVariableOp');
  const gone = new Set([...reads, ...reads.map(({ inputs }) => inputs[0].node)]);
  body.nodes = body.nodes.filter((node) => !gone.has(node));
  return reads.map((read) => {
    const variable = read.inputs[0].node.variable!;
    Object.assign(read, {
      op: '_Arg',
      inputs: [],
      attributes: { dtype: read.attributes.dtype, shape: { kind: 'shape', value: variable.shape } },
    });
    body.args.push(read);
    return variable;
  });
}
