import * as tf from '@tensorflow/tfjs';

/** The backend in words: `native TensorFlow 2.21.0`, `WebAssembly`. */
export function backendDescription(): string {
  const name = tf.getBackend();
  if (name === 'wasm') return 'WebAssembly';
  if (name !== 'tensorflow') return name;
  const version = (tf.backend() as unknown as { binding?: { TF_Version?: string } }).binding?.TF_Version;
  return version ? `native TensorFlow ${version}` : 'native TensorFlow';
}
