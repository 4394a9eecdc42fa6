import * as tf from '@tensorflow/tfjs';
import { DataError } from '../errors';
import { engine } from './binding';
import { CompiledFunction } from './compiled-function';
import { isRecording } from './recorder';
import { GraphRefused } from './refused';
import { flatten, signatureOf, type TensorTree } from './structure';

export interface GraphFunctionOptions {
  /** Of random ops (dropout), default 42: a graph's n-th call draws the same numbers in every run. */
  seed?: number;
}

/** A function of tensors that runs as one TensorFlow graph. */
export interface TensorFunction<Args extends TensorTree[], Result> {
  (...args: Args): Result;
  /** One entry a signature seen: `graph`, or `eager: ` and the reason. */
  explain(): Record<string, string>;
  /** Frees the graphs. The function stays usable: it would compile again. */
  dispose(): void;
}

type Entries = Map<string, CompiledFunction | string>;

/** Functions come and go with their notebooks' variables; their sessions must go with them. */
const collected = new FinalizationRegistry<Entries>((entries) => disposeAll(entries));

/**
 * Turns a function of tensors into a TensorFlow graph, as Python's `tf.function` does. The first call with shapes it
 * has not seen runs op by op; the second one records the ops and compiles them; later ones run the graph, which saves
 * the 30 to 60 us that each op costs otherwise.
 *
 * `fn` may read and assign `tf.Variable`s (a training step with an optimizer, say): they stay shared with all other
 * code, as the graph takes their values in and hands new ones back at each call. `fn` must be synchronous and must not
 * look at tensors' values; what cannot become a graph runs op by op, and says why once.
 *
 * Numbers and tensors that `fn` uses from outside are constants of the graph, as they are for Python's `tf.function`:
 * what changes belongs into an argument or a `tf.Variable`. When such a tensor is disposed, the graph is made anew.
 * Inside a gradient (`tf.grads`, `minimize`) and inside another graph function `fn` runs as if it were not wrapped.
 *
 * @param fn takes and returns tensors, or lists and records of tensors.
 * @returns a function with the same arguments and results; the caller owns the results, as after `tf.tidy`.
 * @throws DataError when an argument is no tensor, or `fn` is asynchronous.
 */
export function graphFunction<Args extends TensorTree[], Result>(
  fn: (...args: Args) => Result,
  { seed = 42 }: GraphFunctionOptions = {},
): TensorFunction<Args, Result> {
  const compiled: Entries = new Map();
  const seen = new Set<string>();
  let calls = 0;
  const eager = (args: Args): Result => tf.tidy(() => synchronous(fn(...args)) as tf.TensorContainer) as Result;
  const call = (...args: Args): Result => {
    if (isRecording() || engine().state.activeTape) return fn(...args);
    const flat = flatten(args, 'argument', notATensor);
    const signature = signatureOf(flat);
    calls++;
    if (!seen.has(signature)) {
      seen.add(signature);
      return eager(args);
    }
    let entry = compiled.get(signature);
    if (entry instanceof CompiledFunction && entry.outdated) {
      entry.dispose();
      entry = undefined;
    }
    if (entry === undefined) {
      entry = compile(() => new CompiledFunction((...own) => synchronous(fn(...(own as Args))), args, seed));
      compiled.set(signature, entry);
    }
    if (typeof entry === 'string') return eager(args);
    try {
      return entry.run(flat.tensors, calls) as Result;
    } catch (error) {
      // What is wrong with the arguments is wrong op by op too, and TensorFlow.js says it better.
      const result = eager(args);
      entry.dispose();
      compiled.set(
        signature,
        compile(() => {
          throw new GraphRefused(`TensorFlow cannot run the graph: ${(error as Error).message}`);
        }),
      );
      return result;
    }
  };
  const explain = () =>
    Object.fromEntries(
      [...seen].map((signature) => {
        const entry = compiled.get(signature);
        if (entry === undefined) return [signature, 'eager: called once so far'];
        return [signature, typeof entry === 'string' ? `eager: ${entry}` : 'graph'];
      }),
    );
  const wrapped = Object.assign(call, { explain, dispose: () => disposeAll(compiled) });
  collected.register(wrapped, compiled);
  return wrapped;
}

function notATensor(place: string, what: string): DataError {
  const argument = place.replace(/^argument\[(\d+)\]/, (_, i) => `argument ${Number(i) + 1}`);
  return new DataError(`din.graph.function: ${argument} is ${what}, not a tensor. Wrap numbers in tf.scalar(...).`);
}

/** @throws DataError for a promise: tensors of an asynchronous function cannot be tidied, nor its ops recorded. */
function synchronous<T>(result: T): T {
  if (result && typeof (result as { then?: unknown }).then === 'function') {
    // What it rejects with is a consequence of the error thrown here.
    (result as unknown as Promise<unknown>).then(undefined, () => {});
    throw new DataError(
      'din.graph.function: the function is asynchronous. Make it synchronous: await before or after it, and read values (await tensor.data()) from its results.',
    );
  }
  return result;
}

/** The compiled function, or why there is none: said once, unless it is what everybody expects here. */
function compile(make: () => CompiledFunction): CompiledFunction | string {
  try {
    return make();
  } catch (error) {
    if (!(error instanceof GraphRefused)) throw error;
    if (!error.expected) console.warn(`din.graph.function: runs op by op, because ${error.message}.`);
    return error.message;
  }
}

function disposeAll(entries: Entries): void {
  for (const entry of entries.values()) if (typeof entry !== 'string') entry.dispose();
  entries.clear();
}
