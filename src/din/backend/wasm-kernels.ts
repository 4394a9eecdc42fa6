import * as tf from '@tensorflow/tfjs';
import { borrowCpuKernel } from './cpu-kernel';
import type { WasmBackend } from './wasm-backend';

/**
 * Kernels of the plain JavaScript backend that training uses and the WebAssembly backend lacks: gradients of
 * convolutions, and `einsum`. Complex numbers, strings and ragged tensors stay out: WebAssembly tensors cannot hold them.
 */
const BORROWED = [
  'Conv2DBackpropFilter',
  'DepthwiseConv2dNativeBackpropFilter',
  'DepthwiseConv2dNativeBackpropInput',
  'Einsum',
];

/** Registers on the `wasm` backend what tfjs-backend-wasm 4.22 lacks for training. Kernels that exist are left alone. */
export function registerMissingKernels(): void {
  registerIfMissing('UnsortedSegmentSum', unsortedSegmentSum);
  for (const name of BORROWED) registerIfMissing(name, borrowCpuKernel(name));
}

function registerIfMissing(kernelName: string, kernelFunc: tf.KernelFunc): void {
  if (tf.getKernel(kernelName, 'wasm')) return;
  tf.registerKernel({ kernelName, backendName: 'wasm', kernelFunc });
}

/**
 * The gradient of a gather, so of every embedding: row `i` of x is added to row `segmentIds[i]` of the output.
 *
 * x: [ids..., rest...], segmentIds: [ids...] int32 -> [numSegments, rest...]. Negative or too large ids add nothing.
 */
const unsortedSegmentSum: tf.KernelFunc = ({ inputs, attrs, backend }) => {
  const { x, segmentIds } = inputs as { x: tf.TensorInfo; segmentIds: tf.TensorInfo };
  const numSegments = (attrs as { numSegments: number }).numSegments;
  const wasm = backend as WasmBackend;
  const inner = x.shape.slice(segmentIds.shape.length);
  const width = tf.util.sizeFromShape(inner);
  const output = wasm.makeOutput([numSegments, ...inner], x.dtype);
  // Views of the heap are taken after the allocation: growing the heap detaches older views.
  const values = wasm.typedArrayFromHeap(x);
  const ids = wasm.typedArrayFromHeap(segmentIds);
  const sums = wasm.typedArrayFromHeap(output).fill(0);
  for (let row = 0; row < ids.length; row++) {
    const id = ids[row]!;
    if (id < 0 || id >= numSegments) continue;
    const from = row * width;
    const to = id * width;
    for (let column = 0; column < width; column++) sums[to + column]! += values[from + column]!;
  }
  return output;
};
