import { createRequire } from 'node:module';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { registerMissingKernels } from './wasm-kernels';
import { repairWasmKernels } from './wasm-repairs';

/** What is used of `@tensorflow/tfjs-backend-wasm`. */
interface WasmPackage {
  setWasmPaths(folder: string): void;
}

const WASM = '@tensorflow/tfjs-backend-wasm';
const nodeRequire = createRequire(import.meta.url);

let loading: Promise<typeof tf> | undefined;

/**
 * Loads the WebAssembly backend, adds the kernels that training needs and it lacks, and makes it the backend of
 * `@tensorflow/tfjs`. Layers must be built after this promise has resolved.
 *
 * @returns the namespace of `@tensorflow/tfjs`. Calling again returns the same promise.
 * @throws Error when the backend does not start (a Node without WebAssembly, or a broken installation of the package).
 */
export function loadWasm(): Promise<typeof tf> {
  loading ??= start();
  return loading;
}

async function start(): Promise<typeof tf> {
  // Loading the package registers its backend and kernels in the one tfjs-core of this process.
  const wasm = nodeRequire(WASM) as WasmPackage;
  wasm.setWasmPaths(`${path.dirname(nodeRequire.resolve(WASM))}${path.sep}`);
  if (!(await tf.setBackend('wasm'))) {
    throw new Error(`The WebAssembly backend of TensorFlow.js did not start. Reinstall ${WASM}: npm install ${WASM}`);
  }
  await tf.ready();
  registerMissingKernels();
  repairWasmKernels();
  return tf;
}
