import * as tf from '@tensorflow/tfjs';
import { type EncodedData, type EncodedInput, windowsOf } from '../data/encoded';
import { EmbeddingTable } from '../layers/embedding-table';
import { MiniBatchDecay } from '../training/mini-batch-decay';

/**
 * Mini-batch-aware regularization of a network's embedding tables, with the occurrences counted in the training data;
 * padding and missing values are no occurrences, and their rows do not decay.
 * @param strength lambda; undefined or 0 for none.
 * @returns to be disposed; undefined where there is nothing to regularize.
 */
export async function miniBatchAware(
  network: tf.LayersModel,
  data: EncodedData,
  strength: number | undefined,
): Promise<MiniBatchDecay | undefined> {
  const tables = network.layers.filter((layer) => layer instanceof EmbeddingTable);
  if (!strength || tables.length === 0) return undefined;
  const read = tables.map((table) => idInputs(network, table));
  const allCounts = await occurrences(
    data,
    tables.map((table, i) => ({ inputs: read[i], rows: table.variable.shape[0] })),
  );
  return new MiniBatchDecay(
    tables.map((table, i) => {
      const inputs = read[i];
      const counts = allCounts[i];
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

/** How often each id of each table occurs. */
async function occurrences(
  data: EncodedData,
  tables: readonly { inputs: readonly number[]; rows: number }[],
): Promise<Float32Array[]> {
  const counts = tables.map(({ rows }) => new Float64Array(rows));
  const add = (all: readonly EncodedInput[]) => {
    for (const [t, { inputs }] of tables.entries()) {
      for (const { values, ignoredId } of inputs.map((i) => all[i])) {
        for (const id of values) if (id !== ignoredId) counts[t][id]++;
      }
    }
  };
  if (data.stream) for await (const window of windowsOf(data)) add(window.inputs);
  else add(data.inputs);
  return counts.map((each) => Float32Array.from(each));
}
