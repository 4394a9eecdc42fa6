import type * as tf from '@tensorflow/tfjs';
import { forward } from '../training/step';
import { CompiledFunction } from './compiled-function';
import { GraphRefused } from './refused';

/** Gives a network's outputs for inputs of one batch size, or undefined where no graph can be made. */
type Forward = CompiledFunction | undefined;

const known = new WeakMap<tf.LayersModel, Map<number, Forward>>();

/** Networks come and go with their notebooks' variables; their sessions must go with them. */
const collected = new FinalizationRegistry<Map<number, Forward>>((graphs) => disposeAll(graphs));

/**
 * A network's forward pass in inference mode as a graph, made at the first call for this batch size and kept.
 * @param inputs of the batch size, in the network's order.
 * @returns the outputs, owned by the caller; undefined where the network cannot become a graph: compute it op by op.
 */
export function forwardThroughGraph(network: tf.LayersModel, inputs: readonly tf.Tensor[]): tf.Tensor[] | undefined {
  const batchSize = inputs[0].shape[0];
  let graphs = known.get(network);
  if (!graphs) {
    graphs = new Map();
    known.set(network, graphs);
    collected.register(network, graphs);
  }
  if (!graphs.has(batchSize)) graphs.set(batchSize, compile(network, inputs));
  return graphs.get(batchSize)?.run(inputs, 0) as tf.Tensor[] | undefined;
}

/** Frees a network's graphs; the next forward pass would make new ones. */
export function releaseForward(network: tf.LayersModel): void {
  const graphs = known.get(network);
  if (graphs) disposeAll(graphs);
  known.delete(network);
}

function compile(network: tf.LayersModel, inputs: readonly tf.Tensor[]): Forward {
  // Weakly: the graph must not keep the network that its cache entry waits for.
  const reference = new WeakRef(network);
  try {
    return new CompiledFunction((...args) => forward(reference.deref()!, args as tf.Tensor[], false), inputs, 0);
  } catch (error) {
    if (error instanceof GraphRefused) return undefined;
    throw error;
  }
}

function disposeAll(graphs: Map<number, Forward>): void {
  for (const graph of graphs.values()) graph?.dispose();
  graphs.clear();
}
