import type * as tf from '@tensorflow/tfjs';
import { DataError } from '../errors';

/** What is trained, and what errors call it: a model, a network, each of the weights. */
type Trained = ReadonlyMap<object, string>;

/** Whatever a fit trains at present. */
const underway = new WeakSet<object>();

/**
 * Runs a fit whose weights no other fit may train at the same time: each would overwrite what the other learnt, without a word.
 * @throws DataError where another one does.
 */
export async function alone<T>(trained: Trained, fit: () => Promise<T>): Promise<T> {
  for (const [thing, name] of trained) {
    if (underway.has(thing)) throw new DataError(`fit: ${name} is being fitted already; await that fit first.`);
  }
  for (const thing of trained.keys()) underway.add(thing);
  try {
    return await fit();
  } finally {
    for (const thing of trained.keys()) underway.delete(thing);
  }
}

/** A network and the weights that it trains: another network may share some of them. @param name in errors: `this network`. */
export function trainedOf(network: tf.LayersModel, name: string): Trained {
  const trained = new Map<object, string>([[network, name]]);
  for (const layer of network.layers) {
    for (const weight of layer.trainableWeights) {
      const { val } = weight as unknown as { val: tf.Variable };
      trained.set(val, `the layer '${layer.name}' of ${name}, which another network shares,`);
    }
  }
  return trained;
}
