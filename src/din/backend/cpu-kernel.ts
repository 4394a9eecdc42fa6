import * as tf from '@tensorflow/tfjs';
import type { HeapArray, WasmBackend } from './wasm-backend';

/** The part of tfjs-backend-cpu's `MathBackendCPU` that lending a kernel needs (4.22). */
interface CpuBackend extends tf.KernelBackend {
  firstUse: boolean;
  makeTensorInfo(shape: number[], dtype: tf.DataType, values?: tf.BackendValues): tf.TensorInfo;
  disposeIntermediateTensorInfo(tensor: tf.TensorInfo): void;
}

/**
 * A kernel of the plain JavaScript backend, working on tensors of the WebAssembly backend by copying them in and out.
 *
 * @param kernelName a kernel whose inputs and outputs are float32, int32 or bool tensors.
 */
export function borrowCpuKernel(kernelName: string): tf.KernelFunc {
  return ({ inputs, attrs, backend }) => {
    const wasm = backend as WasmBackend;
    const cpu = cpuBackend();
    const kernel = tf.getKernel(kernelName, 'cpu');
    const borrowed = mapInputs(inputs, (tensor) =>
      cpu.makeTensorInfo(tensor.shape, tensor.dtype, wasm.typedArrayFromHeap(tensor).slice()),
    );
    const outputs = kernel.kernelFunc({ inputs: borrowed, attrs, backend: cpu });
    const results = [outputs]
      .flat()
      .map(({ shape, dtype, dataId }) => wasm.makeOutput(shape, dtype, null, heapArray(cpu.readSync(dataId), dtype)));
    const temporary = new Set([...Object.values(borrowed), outputs].flat());
    for (const tensor of temporary) if (tensor) cpu.disposeIntermediateTensorInfo(tensor);
    return Array.isArray(outputs) ? results : results[0]!;
  };
}

/** Values as the heap holds them: those of an empty tensor may be missing, and others come as doubles. */
function heapArray(values: tf.BackendValues | null | undefined, dtype: tf.DataType): HeapArray {
  const Type = dtype === 'float32' ? Float32Array : dtype === 'int32' ? Int32Array : Uint8Array;
  return values instanceof Type ? values : Type.from((values ?? []) as ArrayLike<number>);
}

function cpuBackend(): CpuBackend {
  const cpu = tf.findBackend('cpu') as CpuBackend;
  // The backend's first write prints advice to install tfjs-node, which is the runtime's business to say, once.
  cpu.firstUse = false;
  return cpu;
}

/** Inputs of a kernel are named tensors or, where it is variadic (einsum), an array of tensors. */
function mapInputs<Inputs extends object>(inputs: Inputs, convert: (tensor: tf.TensorInfo) => tf.TensorInfo): Inputs {
  if (Array.isArray(inputs)) return inputs.map(convert) as unknown as Inputs;
  return Object.fromEntries(
    Object.entries(inputs).map(([name, tensor]) => [name, tensor && convert(tensor as tf.TensorInfo)]),
  ) as Inputs;
}
