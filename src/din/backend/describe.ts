import * as tf from '@tensorflow/tfjs';

/** The backend in words: `native TensorFlow`, `WebAssembly`. */
export function backendName(): string {
  const name = tf.getBackend();
  if (name === 'wasm') return 'WebAssembly';
  return name === 'tensorflow' ? 'native TensorFlow' : name;
}

/** The same with the version, where there is one to tell: `native TensorFlow 2.21.0`. */
export function backendDescription(): string {
  if (tf.getBackend() !== 'tensorflow') return backendName();
  const version = (tf.backend() as unknown as { binding?: { TF_Version?: string } }).binding?.TF_Version;
  return version ? `${backendName()} ${version}` : backendName();
}
