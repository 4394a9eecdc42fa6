import * as tf from '@tensorflow/tfjs';
import { copyRow, type EncodedData, type EncodedInput, gatherRows } from '../data/encoded';

/**
 * The network's input tensors for some rows, each reshaped to what its input layer takes (`[batch, ...]`).
 * @param rows row numbers; @param shapes the input layers' shapes, first entry the batch.
 */
export function inputTensors(
  inputs: readonly EncodedInput[],
  rows: Int32Array,
  shapes: readonly tf.Shape[],
): tf.Tensor[] {
  return inputs.map((input, i) => {
    const shape = [rows.length, ...(input.shape ?? (shapes[i].slice(1) as number[]))];
    return tf.tensor(inputRows(input, rows), shape, input.dtype);
  });
}

function inputRows(input: EncodedInput, rows: Int32Array): Int32Array | Float32Array {
  if (!input.offsets) return gatherRows(input.values, input.width, rows);
  const out = new (input.dtype === 'int32' ? Int32Array : Float32Array)(rows.length * input.width);
  for (let i = 0; i < rows.length; i++) copyRow(input, rows[i], out, i * input.width);
  return out;
}

/** `[batch, width]` a label. */
export function labelTensors(data: EncodedData, rows: Int32Array): tf.Tensor[] {
  return data.labels.map(({ width, values }) =>
    tf.tensor2d(gatherRows(values, width, rows) as Float32Array, [rows.length, width]),
  );
}

/** The rows' weights, `[batch, 1]`, where rows are weighted. */
export function weightTensor({ weights }: EncodedData, rows: Int32Array): tf.Tensor2D | undefined {
  return weights && tf.tensor2d(gatherRows(weights, 1, rows), [rows.length, 1]);
}

/** Shapes of a network's inputs, in order. */
export function inputShapes(network: tf.LayersModel): tf.Shape[] {
  return network.inputs.map((input) => input.shape);
}

/** Arrays, one after the other. */
export function joined(parts: readonly Float32Array[]): Float32Array {
  if (parts.length === 1) return parts[0];
  const out = new Float32Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}
