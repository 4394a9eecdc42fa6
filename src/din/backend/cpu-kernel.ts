import * as tf from '@tensorflow/tfjs';
import type { WasmBackend } from './wasm-backend';

/** The part of tfjs-backend-cpu's `MathBackendCPU` that lending a kernel needs (4.22). */
interface CpuBackend extends tf.KernelBackend {
  firstUse: boolean;
  makeTensorInfo(shape: number[], dtype: tf.DataType, values?: tf.BackendValues): tf.TensorInfo;
  disposeIntermediateTensorInfo(tensor: tf.TensorInfo): void;
}

/**
 * A kernel of the plain JavaScript backend, working on tensors of the WebAssembly backend by copying them in and out.
 *
 * @param kernelName a kernel of one output whose inputs are float32, int32 or bool tensors.
 */
export function borrowCpuKernel(kernelName: string): tf.KernelFunc {
  return ({ inputs, attrs, backend }) => {
    const wasm = backend as WasmBackend;
    const cpu = cpuBackend();
    const kernel = tf.getKernel(kernelName, 'cpu');
    const borrowed = mapInputs(inputs, (tensor) =>
      cpu.makeTensorInfo(tensor.shape, tensor.dtype, wasm.typedArrayFromHeap(tensor).slice()),
    );
    const output = kernel.kernelFunc({ inputs: borrowed, attrs, backend: cpu }) as tf.TensorInfo;
    const values = cpu.readSync(output.dataId) as Float32Array;
    const result = wasm.makeOutput(output.shape, output.dtype, null, values);
    const temporary = new Set<tf.TensorInfo>([...(Object.values(borrowed) as tf.TensorInfo[]), output]);
    for (const tensor of temporary) cpu.disposeIntermediateTensorInfo(tensor);
    return result;
  };
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
    Object.entries(inputs).map(([name, tensor]) => [name, convert(tensor as tf.TensorInfo)]),
  ) as Inputs;
}
