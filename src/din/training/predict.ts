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
  return working(`scoring ${data.source}: rows`, data.rows, (progress) => score(network, data, batchSize, progress));
}

async function score(
  network: tf.LayersModel,
  data: EncodedData,
  batchSize: number,
  progress: Working,
): Promise<Float32Array[]> {
  const shapes = inputShapes(network);
  const widths = network.outputs.map(({ shape }) => (shape.slice(1) as number[]).reduce((a, b) => a * b, 1));
  const results = widths.map((width) => new Float32Array(data.rows * width));
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
      results[i].set(output.dataSync() as Float32Array, start * widths[i]);
    });
    for (const tensor of [...inputs, ...outputs]) tensor.dispose();
    const done = start + rows.length;
    await progress.pause(done, `Interrupted after ${done} of ${data.rows} rows.`);
  }
  return results;
}
