import * as tf from '@tensorflow/tfjs';
import { DataError } from '../errors';
import { DataType } from './attributes';
import { type NodeBackend, nodeBackend, tensorId } from './binding';
import type { Body, Ref, SessionVariable } from './ir';
import { Program } from './program';
import { replaceRandomness } from './randomness';
import { GraphRefused } from './refused';
import { trace } from './trace';

/** What a function may return. */
export type TensorResult = tf.Tensor | tf.Tensor[] | Record<string, tf.Tensor>;

export interface GraphFunctionOptions {
  /** Of random ops (dropout), default 42: the n-th call draws the same numbers in every run. */
  seed?: number;
}

/** A function of tensors that runs as one TensorFlow graph. */
export interface TensorFunction<Args extends tf.Tensor[], Result extends TensorResult> {
  (...args: Args): Result;
  /** One entry a signature seen: `graph`, or `eager: ` and the reason. */
  explain(): Record<string, string>;
  /** Frees the graphs. The function stays usable: it would compile again. */
  dispose(): void;
}

/**
 * Turns a function of tensors into a TensorFlow graph, as Python's `tf.function` does. The first call with shapes it
 * has not seen runs op by op; the second one records the ops and compiles them; later ones run the graph, which saves
 * the 30 to 60 us that each op costs otherwise.
 *
 * `fn` may read and assign `tf.Variable`s (a training step with an optimizer, say): they stay shared with all other
 * code, as the graph takes their values in and hands new ones back at each call. `fn` must be synchronous and must not
 * look at tensors' values; what cannot become a graph runs op by op, and says why once. Tensors that `fn` captures from
 * outside are taken as constants.
 *
 * @returns a function with the same arguments and results; the caller owns the results, as after `tf.tidy`.
 */
export function graphFunction<Args extends tf.Tensor[], Result extends TensorResult>(
  fn: (...args: Args) => Result,
  { seed = 42 }: GraphFunctionOptions = {},
): TensorFunction<Args, Result> {
  const compiled = new Map<string, CompiledFunction | string>();
  const seen = new Set<string>();
  let calls = 0;
  const eager = (args: Args): Result => tf.tidy(() => fn(...args));
  const call = (...args: Args): Result => {
    const signature = signatureOf(args);
    calls++;
    if (!seen.has(signature)) {
      seen.add(signature);
      return eager(args);
    }
    let entry = compiled.get(signature);
    if (entry === undefined) {
      entry = compile(fn, args, seed);
      compiled.set(signature, entry);
    }
    return typeof entry === 'string' ? eager(args) : (entry.run(args, calls) as Result);
  };
  const explain = () =>
    Object.fromEntries(
      [...seen].map((signature) => {
        const entry = compiled.get(signature);
        if (entry === undefined) return [signature, 'eager: called once so far'];
        return [signature, typeof entry === 'string' ? `eager: ${entry}` : 'graph'];
      }),
    );
  const dispose = () => {
    for (const entry of compiled.values()) if (typeof entry !== 'string') entry.dispose();
    compiled.clear();
  };
  return Object.assign(call, { explain, dispose });
}

/** Dtypes and shapes: `float32[12,5], int32[12,1]`. */
function signatureOf(args: readonly tf.Tensor[]): string {
  return args
    .map((arg, i) => {
      if (arg instanceof tf.Tensor) return `${arg.dtype}[${arg.shape.join()}]`;
      throw new DataError(`din.graph.function: argument ${i + 1} is not a tensor. Wrap numbers in tf.scalar(...).`);
    })
    .join(', ');
}

/** The compiled function, or why there is none. */
function compile<Args extends tf.Tensor[]>(
  fn: (...args: Args) => TensorResult,
  args: Args,
  seed: number,
): CompiledFunction | string {
  try {
    return new CompiledFunction(fn as (...args: tf.Tensor[]) => TensorResult, args, seed);
  } catch (error) {
    if (!(error instanceof GraphRefused)) throw error;
    if (!error.expected) console.warn(`din.graph.function: runs op by op, because ${error.message}.`);
    return error.message;
  }
}

/** One signature of a function: a stateless graph whose inputs and outputs include the variables. */
export class CompiledFunction {
  private readonly backend: NodeBackend = nodeBackend();
  private readonly program: Program<'call'>;
  private readonly read: tf.Variable[];
  private readonly written: tf.Variable[];
  private readonly random: boolean;
  private pack: (tensors: tf.Tensor[]) => TensorResult = (tensors) => tensors;

  /** @throws GraphRefused */
  constructor(fn: (...args: tf.Tensor[]) => TensorResult, args: readonly tf.Tensor[], seed: number) {
    const run = () =>
      trace(() => {
        const result = fn(...args);
        this.pack = packerOf(result);
        return tensorsOf(result);
      }, args);
    const traced = run();
    const { body, variables } = traced;
    let step: Ref | undefined;
    replaceRandomness(traced, run(), seed, () => (step ??= body.argument(DataType.int32, [], 'call')));
    this.random = step !== undefined;
    body.results = [...traced.outputs, ...traced.writes.map(({ value }) => value)];
    body.prune();
    const inputs = variableInputs(body);
    this.read = inputs.map(({ name }) => variables.get(name)!);
    this.written = traced.writes.map(({ variable }) => variables.get(variable.name)!);
    this.program = new Program({ call: body });
  }

  run(args: readonly tf.Tensor[], call: number): TensorResult {
    const { backend } = this;
    const ids = [...args, ...this.read].map((tensor) => tensorId(backend, tensor));
    const counter = this.random ? [backend.binding.createTensor([], DataType.int32, Int32Array.of(call))] : [];
    // The counter is the argument that was added first after the function's own.
    const results = this.program.run('call', [...ids.slice(0, args.length), ...counter, ...ids.slice(args.length)]);
    for (const id of counter) backend.binding.deleteTensor(id);
    const tensors = results.map((metadata) => backend.createOutputTensor(metadata));
    const values = tensors.splice(tensors.length - this.written.length);
    this.written.forEach((variable, i) => {
      variable.assign(values[i]);
      values[i].dispose();
    });
    return this.pack(tensors);
  }

  dispose(): void {
    this.program.dispose();
  }
}

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

function tensorsOf(result: TensorResult): tf.Tensor[] {
  if (result instanceof tf.Tensor) return [result];
  if (Array.isArray(result)) return result;
  if (result && typeof (result as unknown as Promise<unknown>).then === 'function') {
    throw new GraphRefused('the function is asynchronous');
  }
  return Object.values(result ?? {});
}

function packerOf(result: TensorResult): (tensors: tf.Tensor[]) => TensorResult {
  if (result instanceof tf.Tensor) return ([tensor]) => tensor;
  if (Array.isArray(result)) return (tensors) => tensors;
  const keys = Object.keys(result ?? {});
  return (tensors) => Object.fromEntries(keys.map((key, i) => [key, tensors[i]]));
}
