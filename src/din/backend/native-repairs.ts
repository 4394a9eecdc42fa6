import type * as TensorFlow from '@tensorflow/tfjs';

/**
 * Corrects kernels of the native backend that newer libtensorflow versions answer wrongly. Safe to call twice.
 *
 * - `Round` on int32 returns zeros with libtensorflow 2.21 (float32 is right): whole numbers are already round.
 */
export function repairNativeKernels(tf: typeof TensorFlow): void {
  const stock = tf.getKernel('Round', 'tensorflow');
  if (!stock || repaired.has(stock.kernelFunc)) return;
  const kernelFunc: TensorFlow.KernelFunc = (args) => {
    const x = args.inputs.x as TensorFlow.TensorInfo;
    if (x.dtype !== 'int32') return stock.kernelFunc(args);
    const identity = tf.getKernel('Identity', 'tensorflow');
    return identity.kernelFunc({ ...args, inputs: { x } });
  };
  repaired.add(kernelFunc);
  tf.unregisterKernel('Round', 'tensorflow');
  tf.registerKernel({ ...stock, kernelFunc });
}

const repaired = new WeakSet<TensorFlow.KernelFunc>();
