import type * as tf from '@tensorflow/tfjs';
import { identityOrder } from '../../base/random';
import { type EncodedData, readWindow, windowRows } from '../data/encoded';
import { type Working, working } from '../working';
import { inputShapes, inputTensors } from './batch';
import { forwardPass } from './forward-pass';
import { forward } from './step';

/** Rows a forward pass: large enough that TensorFlow's overhead vanishes, small enough to yield often. */
const defaultBatch = 2048;
/** From so many whole batches on, a graph pays; decided by the number of rows alone, so that equal calls give equal bits. */
const graphFrom = 4;

/**
 * All outputs of a network over encoded rows, in inference mode, yielding to the event loop between batches.
 * @returns one array an output, `[rows * outputWidth]`.
 * @throws InterruptedError when the user interrupts.
 */
export async function predictOutputs(
  network: tf.LayersModel,
  data: EncodedData,
  batchSize = defaultBatch,
): Promise<Float32Array[]> {
  return (await predictShaped(network, data, batchSize)).map(({ values }) => values);
}

/** As `predictOutputs`, with each output's shape `[rows, ...]`: of open dimensions, what the data made of them. */
export async function predictShaped(
  network: tf.LayersModel,
  data: EncodedData,
  batchSize = defaultBatch,
): Promise<ScoredOutput[]> {
  return working(`scoring ${data.source}: rows`, data.rows, (progress) => score(network, data, batchSize, progress));
}

export interface ScoredOutput {
  values: Float32Array;
  shape: number[];
}

async function score(
  network: tf.LayersModel,
  data: EncodedData,
  batchSize: number,
  progress: Working,
): Promise<ScoredOutput[]> {
  const shapes = inputShapes(network);
  const results: ScoredOutput[] = [];
  const order = identityOrder(data.rows);
  const pass = forwardPass(network, 'Scoring');
  const useGraph = data.rows >= graphFrom * batchSize;
  const window = data.stream ? windowRows(data.stream.window, batchSize) : data.rows;
  let here = data;
  for (let start = 0; start < data.rows; start += batchSize) {
    if (data.stream && start % window === 0) here = await readWindow(data, order, start, window);
    const first = start % window;
    const rows = order.subarray(first, Math.min(first + batchSize, here.rows));
    const inputs = inputTensors(here.inputs, rows, shapes);
    const whole = useGraph && rows.length === batchSize;
    const outputs = whole ? pass.run(inputs) : forward(network, inputs, false);
    outputs.forEach((output, i) => {
      const width = output.size / rows.length;
      results[i] ??= { values: new Float32Array(data.rows * width), shape: [data.rows, ...output.shape.slice(1)] };
      results[i].values.set(output.dataSync() as Float32Array, start * width);
    });
    for (const tensor of [...inputs, ...outputs]) tensor.dispose();
    const done = start + rows.length;
    await progress.pause(done, `Interrupted after ${done} of ${data.rows} rows.`);
  }
  if (data.rows > 0) return results;
  return network.outputs.map(({ shape }) => ({
    values: new Float32Array(0),
    shape: [0, ...shape.slice(1).map(Number)],
  }));
}
