import * as tf from '@tensorflow/tfjs';
import { innerLayers } from './stateful';

/** Classes of layers, cells and networks of TensorFlow.js and of this library. */
let known: Set<unknown> | undefined;

/** What is registered by now is the library's; what comes later is the user's own. */
export function knowLayers(): void {
  const registered = tf.serialization.SerializationMap.getMap().classNameMap;
  known = new Set(Object.values(registered).map(([, layerClass]) => layerClass));
}

/** Layers and cells of the user's own in a network. */
function ownLayers(layer: tf.layers.Layer): object[] {
  if (!known) knowLayers();
  const { cell } = layer as unknown as { cell?: object };
  const own = [layer, ...(cell ? [cell] : [])].filter((each) => !known!.has(each.constructor));
  return [...own, ...innerLayers(layer).flatMap(ownLayers)];
}

/** Whether a network has layers of the user's own, whose results may depend on anything. */
export const hasOwnCode = (network: tf.layers.Layer): boolean => ownLayers(network).length > 0;

/**
 * Numbers, texts and truth values that layers of the user's own keep in fields, as they are now.
 * @returns puts them back, and tells a field that had changed, as `anneal.n`
 */
export function ownFields(network: tf.layers.Layer): () => string | undefined {
  // TensorFlow.js' own fields change as it pleases.
  const given = new Set(Object.keys(tf.layers.activation({ activation: 'linear', name: 'plain' })));
  const isKept = ([name, value]: [string, unknown]) =>
    !given.has(name) && ['number', 'string', 'boolean'].includes(typeof value);
  const before = [...new Set(ownLayers(network))].map(
    (layer) => [layer as Record<string, unknown>, Object.entries(layer).filter(isKept)] as const,
  );
  return () => {
    let changed: string | undefined;
    for (const [layer, fields] of before) {
      for (const [name, value] of fields) {
        if (Object.is(layer[name], value)) continue;
        changed ??= `${layer.name ?? layer.constructor.name}.${name}`;
        layer[name] = value;
      }
    }
    return changed;
  };
}
