import * as tf from '@tensorflow/tfjs';
import type { EncodedData } from '../data/encoded';
import { EmbeddingTable } from '../layers/embedding-table';
import { MiniBatchDecay } from '../training/mini-batch-decay';

/**
 * Mini-batch-aware regularization of a network's embedding tables, with the occurrences counted in the training data;
 * padding and missing values are no occurrences, and their rows do not decay.
 * @param strength lambda; undefined or 0 for none.
 * @returns to be disposed; undefined where there is nothing to regularize.
 */
export function miniBatchAware(
  network: tf.LayersModel,
  data: EncodedData,
  strength: number | undefined,
): MiniBatchDecay | undefined {
  const tables = network.layers.filter((layer) => layer instanceof EmbeddingTable);
  if (!strength || tables.length === 0) return undefined;
  return new MiniBatchDecay(
    tables.map((table) => {
      const inputs = idInputs(network, table);
      const counts = occurrences(data, inputs, table.variable.shape[0]);
      const rates = counts.map((count) => (count ? strength / count : 0));
      return { variable: table.variable, inputs, rates: tf.tidy(() => tf.variable(tf.tensor1d(rates), false)) };
    }),
  );
}

/** Positions of the network inputs that a table reads: tables are applied to inputs directly. */
function idInputs(network: tf.LayersModel, table: EmbeddingTable): number[] {
  const nodes = table.inboundNodes as unknown as { inputTensors: tf.SymbolicTensor[] }[];
  const sources = nodes.flatMap(({ inputTensors }) => inputTensors);
  return network.inputs.flatMap((input, i) => (sources.includes(input) ? [i] : []));
}

function occurrences(data: EncodedData, inputs: readonly number[], rows: number): Float32Array {
  const counts = new Float64Array(rows);
  for (const { values, ignoredId } of inputs.map((i) => data.inputs[i])) {
    for (const id of values) if (id !== ignoredId) counts[id]++;
  }
  return Float32Array.from(counts);
}
