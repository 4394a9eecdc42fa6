/** Making TensorFlow ready, for programs that use the library without a notebook. Cells have it ready. */
export { loadNative } from './native';
export { loadWasm } from './wasm';
