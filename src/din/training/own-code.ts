import * as tf from '@tensorflow/tfjs';
import { innerLayers } from './stateful';

/** Classes of layers, cells and networks of TensorFlow.js and of this library. */
let known: Set<unknown> | undefined;

/** What is registered by now is the library's; what comes later is the user's own. */
export function knowLayers(): void {
  const registered = tf.serialization.SerializationMap.getMap().classNameMap;
  known = new Set(Object.values(registered).map(([, layerClass]) => layerClass));
}

/** Whether a network has layers of the user's own, whose results may depend on anything. */
export function hasOwnCode(layer: tf.layers.Layer): boolean {
  if (!known) knowLayers();
  const { cell } = layer as unknown as { cell?: object };
  const own = [layer, ...(cell ? [cell] : [])];
  return own.some((each) => !known!.has(each.constructor)) || innerLayers(layer).some(hasOwnCode);
}
