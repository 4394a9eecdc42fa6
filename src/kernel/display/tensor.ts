import type * as TensorFlow from '@tensorflow/tfjs';
import type { MimeBundle } from '../../outputs/mime';
import { tensorText } from './tensor-text';

/** Tensors with more values show only the first few: printing fetches every value from the backend. */
const WHOLE_UP_TO = 100_000;
const PREVIEW = 20;

/** Type, shape and values of a tensor or variable. */
export function tensorBundle(tf: typeof TensorFlow, tensor: TensorFlow.Tensor): MimeBundle {
  const kind = tensor instanceof tf.Variable ? `Variable '${tensor.name}'` : 'Tensor';
  const head = `${kind} ${tensor.dtype} [${tensor.shape.join(', ')}]`;
  if (tensor.isDisposed) return { 'text/plain': `${head} (disposed)` };
  return { 'text/plain': `${head}\n${preview(tf, tensor)}` };
}

function preview(tf: typeof TensorFlow, tensor: TensorFlow.Tensor): string {
  if (tensor.size <= WHOLE_UP_TO) return textOf(tensor);
  const first = tf.tidy(() => tensor.reshape([tensor.size]).slice(0, PREVIEW));
  try {
    return textOf(first).replace(/\]$/, `, ... ${tensor.size} values]`);
  } finally {
    first.dispose();
  }
}

const textOf = (tensor: TensorFlow.Tensor) => tensorText(tensor.dataSync(), tensor.shape, tensor.dtype);

/** `toString`, and with it `print`, show the values as a cell does. */
export function replaceTensorText(tf: typeof TensorFlow): void {
  tf.Tensor.prototype.toString = function (this: TensorFlow.Tensor, verbose = false) {
    const { dtype, rank, shape } = this;
    const about = verbose ? `  dtype: ${dtype}\n  rank: ${rank}\n  shape: [${shape}]\n  values:\n` : '';
    return `Tensor\n${about}${textOf(this).replace(/^(?=.)/gm, '    ')}`;
  };
}
