import type * as TensorFlow from '@tensorflow/tfjs';
import type { MimeBundle } from '../../outputs/mime';

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
  if (tensor.size <= WHOLE_UP_TO) {
    // 'Tensor' and a newline come first; the heading says more. Every line is indented by four: rows stay below each other.
    const text = tensor.toString().replace(/^Tensor *\n?/, '');
    return withoutGaps(text.replace(/^ {4}/gm, '')).trimStart();
  }
  const first = tf.tidy(() => tensor.reshape([tensor.size]).slice(0, PREVIEW));
  try {
    return `    [${Array.from(first.dataSync() as ArrayLike<unknown>).join(', ')}, ... ${tensor.size} values]`;
  } finally {
    first.dispose();
  }
}

/** TensorFlow.js writes a dimension of one as ` [[1, 2],]`: with a space too many, which shifts the line, and a comma after its only row. */
function withoutGaps(text: string): string {
  return text.replace(
    /((?: \[)+)(\[(?:'[^'\n]*'|[^[\]'])*\]),?(?=\])/g,
    (_, open: string, row: string) => open.replaceAll(' ', '') + row,
  );
}
