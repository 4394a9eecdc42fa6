import * as tf from '@tensorflow/tfjs';
import type { NodeBackend } from './binding';

/**
 * Runs `body` with a GatherV2 kernel that does not check its indices. tfjs-node's own kernel reads every index back to
 * JavaScript, which a trace cannot tell from a step that depends on values. Ids are validated before they reach a graph.
 */
export function withUncheckedGather<T>(backend: NodeBackend, body: () => T): T {
  const original = tf.getKernel('GatherV2', 'tensorflow');
  tf.unregisterKernel('GatherV2', 'tensorflow');
  tf.registerKernel({ ...original, kernelFunc: (params) => gather(backend, params as unknown as GatherParams) });
  try {
    return body();
  } finally {
    tf.unregisterKernel('GatherV2', 'tensorflow');
    tf.registerKernel(original);
  }
}

interface GatherParams {
  inputs: { x: tf.Tensor; indices: tf.Tensor };
  attrs: { axis: number; batchDims: number };
}

function gather(backend: NodeBackend, { inputs: { x, indices }, attrs: { axis, batchDims } }: GatherParams): tf.Tensor {
  const { binding } = backend;
  const axisTensor = tf.scalar(axis, 'int32');
  const dtype = (tensor: tf.Tensor) => (tensor.dtype === 'int32' ? 3 : tensor.dtype === 'bool' ? 10 : 1);
  const attributes = [
    { name: 'batch_dims', type: binding.TF_ATTR_INT, value: batchDims },
    { name: 'Tparams', type: binding.TF_ATTR_TYPE, value: dtype(x) },
    { name: 'Tindices', type: binding.TF_ATTR_TYPE, value: dtype(indices) },
    { name: 'Taxis', type: binding.TF_ATTR_TYPE, value: 3 },
  ];
  const ids = backend.getInputTensorIds([x, indices, axisTensor]);
  const [metadata] = binding.executeOp('GatherV2', attributes, ids, 1);
  axisTensor.dispose();
  return backend.createOutputTensor(metadata);
}
