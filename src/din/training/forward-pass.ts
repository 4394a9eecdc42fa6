import type * as tf from '@tensorflow/tfjs';
import { CompiledFunction } from '../graph/compiled-function';
import { GraphRefused } from '../graph/refused';
import { hasOwnCode } from './own-code';
import { statefulLayer } from './stateful';
import { forward } from './step';

/** A network's forward pass for inputs of certain shapes, or why there is no graph of it. */
type Forward = CompiledFunction | GraphRefused;

const known = new WeakMap<tf.LayersModel, Map<string, Forward>>();
/** Reasons that were given, by network: once is enough. */
const told = new WeakMap<tf.LayersModel, Set<string>>();

/** Networks come and go with their notebooks' variables; their sessions must go with them. */
const collected = new FinalizationRegistry<Map<string, Forward>>((graphs) => disposeAll(graphs));

/** One pass over rows, batch by batch. */
export interface ForwardPass {
  /** The outputs for a batch, in inference mode; the caller owns them. */
  run(inputs: readonly tf.Tensor[]): tf.Tensor[];
}

/**
 * Passes over rows through graphs, one for each combination of the inputs' shapes and dtypes, made at their first batch
 * and kept. The first batch of a pass is computed op by op as well, and a network with layers of the user's own is traced anew where its
 * graph is of an earlier pass: what such a layer takes from JavaScript may have changed since, also what the first batch does not show. A
 * graph that is or gives something else is made anew; where even a new one does, the pass goes on op by op, and says so.
 */
export function forwardPass(network: tf.LayersModel, who: string): ForwardPass {
  let graphs = known.get(network);
  if (!graphs) {
    graphs = new Map();
    known.set(network, graphs);
    collected.register(network, graphs);
  }
  const kept = graphs;
  const checked = new Set<string>();
  const watched = hasOwnCode(network);
  const eager = (inputs: readonly tf.Tensor[]) => forward(network, inputs, false);

  const graphOf = (key: string, inputs: readonly tf.Tensor[]): Forward => {
    let graph = kept.get(key);
    if (graph instanceof CompiledFunction && graph.outdated) {
      graph.dispose();
      graph = undefined;
    }
    graph ??= compile(network, inputs, watched);
    kept.set(key, graph);
    return graph;
  };

  const refuse = (key: string, refused: GraphRefused): void => {
    const old = kept.get(key);
    if (old instanceof CompiledFunction) old.dispose();
    kept.set(key, refused);
  };

  const explain = ({ message, expected }: GraphRefused): void => {
    if (expected) return;
    const said = told.get(network) ?? new Set();
    told.set(network, said);
    if (!said.has(message)) console.warn(`${who} runs op by op (eager), because ${message}.`);
    said.add(message);
  };

  /** A graph's outputs; undefined, and a reason in its place, where TensorFlow cannot run it. */
  const attempt = (key: string, graph: CompiledFunction, inputs: readonly tf.Tensor[]): tf.Tensor[] | undefined => {
    try {
      return graph.run(inputs, 0) as tf.Tensor[];
    } catch (error) {
      refuse(key, new GraphRefused(`TensorFlow cannot run the graph: ${(error as Error).message.split('\n')[0]}`));
      return undefined;
    }
  };

  const firstBatch = (key: string, inputs: readonly tf.Tensor[]): tf.Tensor[] => {
    const expected = eager(inputs);
    for (const again of [false, true]) {
      const graph = graphOf(key, inputs);
      if (graph instanceof GraphRefused) break;
      const found = attempt(key, graph, inputs);
      if (!found) break;
      const same = equal(expected, found);
      if (same) {
        for (const tensor of expected) tensor.dispose();
        return found;
      }
      for (const tensor of found) tensor.dispose();
      graph.dispose();
      kept.delete(key);
      if (again) refuse(key, new GraphRefused('a graph of the network computes something else than its layers do'));
    }
    return expected;
  };

  /** A graph of an earlier pass may be another by now. So may the reason of a refusal, which may have been a value. */
  const forgetOld = (key: string, inputs: readonly tf.Tensor[]): void => {
    const old = kept.get(key);
    if (old instanceof CompiledFunction) {
      if (!watched || old.outdated || stillHolds(old, inputs)) return;
      old.dispose();
    }
    kept.delete(key);
  };

  return {
    run(inputs) {
      const key = inputs.map(({ dtype, shape }) => `${dtype}[${shape}]`).join();
      if (!checked.has(key)) {
        checked.add(key);
        forgetOld(key, inputs);
        const outputs = firstBatch(key, inputs);
        const refused = kept.get(key);
        if (refused instanceof GraphRefused) explain(refused);
        return outputs;
      }
      const graph = graphOf(key, inputs);
      if (graph instanceof GraphRefused) return eager(inputs);
      return attempt(key, graph, inputs) ?? eager(inputs);
    },
  };
}

/** Frees a network's graphs; the next forward pass would make new ones. */
export function releaseForward(network: tf.LayersModel): void {
  const graphs = known.get(network);
  if (graphs) disposeAll(graphs);
  known.delete(network);
}

function stillHolds(graph: CompiledFunction, inputs: readonly tf.Tensor[]): boolean {
  try {
    return graph.isCurrent(inputs);
  } catch (error) {
    if (error instanceof GraphRefused) return false; // it has become what no graph can be made of
    throw error;
  }
}

function compile(network: tf.LayersModel, inputs: readonly tf.Tensor[], watched: boolean): Forward {
  const stateful = statefulLayer(network);
  if (stateful) return new GraphRefused(`the layer '${stateful}' is stateful`);
  // Weakly: the graph must not keep the network that its cache entry waits for.
  const reference = new WeakRef(network);
  try {
    return new CompiledFunction(
      (...args) => forward(reference.deref()!, args as tf.Tensor[], false),
      inputs,
      0,
      watched,
    );
  } catch (error) {
    if (error instanceof GraphRefused) return error;
    throw error;
  }
}

/** Sums in another order differ by about 1e-6 of the largest output. */
const TOLERANCE = 1e-5;

function equal(expected: readonly tf.Tensor[], found: readonly tf.Tensor[]): boolean {
  return expected.every((tensor, i) => {
    const [a, b] = [tensor.dataSync(), found[i].dataSync()];
    if (a.length !== b.length) return false;
    let scale = 1e-3;
    for (const value of a) if (Math.abs(value) > scale && Number.isFinite(value)) scale = Math.abs(value);
    for (let k = 0; k < a.length; k++) {
      if (Math.abs(a[k] - b[k]) > TOLERANCE * scale || Number.isNaN(a[k]) !== Number.isNaN(b[k])) return false;
    }
    return true;
  });
}

function disposeAll(graphs: Map<string, Forward>): void {
  for (const graph of graphs.values()) if (graph instanceof CompiledFunction) graph.dispose();
  graphs.clear();
}
