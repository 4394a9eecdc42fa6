import type * as tf from '@tensorflow/tfjs';

/** Values of a tensor in the heap: float32, int32 or bool. */
export type HeapArray = Float32Array | Int32Array | Uint8Array;

/** The part of tfjs-backend-wasm's `BackendWasm` that own kernels use (4.22). */
export interface WasmBackend extends tf.KernelBackend {
  /** Allocates a tensor in the heap; uninitialised unless `values` are given. */
  makeOutput(shape: number[], dtype: tf.DataType, memoryOffset?: number | null, values?: HeapArray): tf.TensorInfo;
  /** A view of the tensor's values, valid until the next allocation. */
  typedArrayFromHeap(tensor: tf.TensorInfo): HeapArray;
}
