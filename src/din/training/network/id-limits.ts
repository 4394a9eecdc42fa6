import type * as tf from '@tensorflow/tfjs';

/** Layers that look rows up by id, and how many rows they have. */
const ROWS: Record<string, (layer: tf.layers.Layer) => number> = {
  Embedding: (layer) => Number(layer.getConfig().inputDim),
  DinEmbeddingTable: (layer) => Number(layer.getConfig().rows),
};

/** Layers that move values, but do not change them. */
const MOVES = new Set(['Flatten', 'Reshape', 'Permute', 'RepeatVector', 'Concatenate']);

/** Per input of a network: ids must lie below it, because an embedding looks them up; undefined for other inputs. */
export function idLimits(network: tf.LayersModel): (number | undefined)[] {
  const limits: (number | undefined)[] = network.inputs.map(() => undefined);
  const follow = (symbol: tf.SymbolicTensor, limit: number): void => {
    const input = network.inputs.indexOf(symbol);
    if (input >= 0) limits[input] = Math.min(limit, limits[input] ?? limit);
    else if (MOVES.has(symbol.sourceLayer.getClassName())) for (const from of symbol.inputs) follow(from, limit);
  };
  for (const layer of network.layers) {
    const rows = ROWS[layer.getClassName()]?.(layer);
    if (rows === undefined) continue;
    for (const { inputTensors } of layer.inboundNodes as unknown as { inputTensors: tf.SymbolicTensor[] }[]) {
      for (const symbol of inputTensors) follow(symbol, rows);
    }
  }
  return limits;
}
