import type * as tf from '@tensorflow/tfjs';

interface Wrapping {
  stateful?: boolean;
  layers?: tf.layers.Layer[];
  layer?: tf.layers.Layer;
  cell?: tf.layers.Layer;
  forwardLayer?: tf.layers.Layer;
  backwardLayer?: tf.layers.Layer;
}

/** What a wrapper or a nested network is made of. */
export function innerLayers(layer: tf.layers.Layer): tf.layers.Layer[] {
  const { layers = [], layer: wrapped, forwardLayer, backwardLayer } = layer as unknown as Wrapping;
  return [...layers, wrapped, forwardLayer, backwardLayer].filter((inner) => inner !== undefined);
}

/** Name of the first layer that carries a state from batch to batch outside of its weights; looks into wrappers and nested networks. */
export function statefulLayer(layer: tf.layers.Layer): string | undefined {
  const { stateful, layers = [] } = layer as unknown as Wrapping;
  for (const inner of innerLayers(layer)) {
    const found = statefulLayer(inner);
    if (found) return found;
  }
  // A network says of itself what its layers are.
  return stateful && !layers.length ? layer.name : undefined;
}
