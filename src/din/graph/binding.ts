import * as tf from '@tensorflow/tfjs';
import { GraphRefused } from './refused';

/** The addon of tfjs-node, as far as graphs need it (its typings are not exported). */
export interface Binding {
  createTensor(shape: number[], dtype: number, values: unknown): number;
  deleteTensor(id: number): void;
  tensorDataSync(id: number): Float32Array | Int32Array | Uint8Array;
  executeOp(op: string, attributes: OpAttribute[], inputs: number[], outputs: number): TensorMetadata[];
  loadSavedModel(folder: string, tags: string): number;
  deleteSavedModel(id: number): void;
  /** Names are `node:index`, joined by commas. Synchronous. */
  runSavedModel(id: number, inputs: number[], inputNames: string, outputNames: string): TensorMetadata[];
  getNumOfTensors(): number;
  getNumOfSavedModels(): number;
  TF_Version: string;
  TF_ATTR_STRING: number;
  TF_ATTR_INT: number;
  TF_ATTR_FLOAT: number;
  TF_ATTR_BOOL: number;
  TF_ATTR_TYPE: number;
  TF_ATTR_SHAPE: number;
}

export interface OpAttribute {
  name: string;
  type: number;
  value: unknown;
}

export interface TensorMetadata {
  id: number;
  shape: number[];
  dtype: number;
}

/** What the backend knows of a tensor: in JavaScript (`values`) until an op needs it, then in TensorFlow (`id`). */
export interface TensorEntry {
  id: number;
  dtype: number;
  shape: number[];
  values: unknown;
}

/** tfjs-node's backend: its public interface has none of this. test/integration/graph/internals.test.ts guards it. */
export interface NodeBackend {
  binding: Binding;
  tensorMap: { get(dataId: object): TensorEntry; has(dataId: object): boolean };
  getInputTensorIds(tensors: tf.TensorInfo[]): number[];
  createOutputTensor(metadata: TensorMetadata): tf.Tensor;
  incRef(dataId: object): void;
  refCount(dataId: object): number;
  disposeData(dataId: object): boolean;
}

/** The engine of tfjs-core, as far as a trace must undo what a step did to variables, and see gradients at work. */
export interface Engine {
  state: { registeredVariables: Record<string, tf.Variable>; activeTape?: unknown };
  incRef(tensor: tf.Tensor, backend: null): void;
  disposeTensor(tensor: tf.Tensor): void;
}

export const engine = (): Engine => tf.engine() as unknown as Engine;

const BACKEND_MEMBERS = ['getInputTensorIds', 'createOutputTensor', 'incRef', 'disposeData'] as const;
const BINDING_MEMBERS = [
  'createTensor',
  'deleteTensor',
  'tensorDataSync',
  'executeOp',
  'loadSavedModel',
  'deleteSavedModel',
  'runSavedModel',
] as const;

/** @throws GraphRefused on another backend than tfjs-node's, or when tfjs-node's internals are not as they were in 4.22. */
export function nodeBackend(): NodeBackend {
  if (tf.getBackend() !== 'tensorflow') {
    throw new GraphRefused(`the backend is '${tf.getBackend()}', graphs need native TensorFlow`, undefined, true);
  }
  const backend = tf.backend() as unknown as NodeBackend;
  const missing = [
    ...BACKEND_MEMBERS.filter((name) => typeof backend[name] !== 'function'),
    ...BINDING_MEMBERS.filter((name) => typeof backend.binding?.[name] !== 'function').map((name) => `binding.${name}`),
    ...(typeof engine().state?.registeredVariables === 'object' ? [] : ['engine.state.registeredVariables']),
  ];
  if (missing.length) {
    throw new GraphRefused(`this tfjs-node is not the one graphs were written for (no ${missing.join(', ')})`);
  }
  return backend;
}

/** The tensor's id in TensorFlow; uploads values that are still in JavaScript. */
export const tensorId = (backend: NodeBackend, tensor: tf.TensorInfo): number => backend.getInputTensorIds([tensor])[0];

/** Whether other tensors hold the same data. */
export const sharesData = (backend: NodeBackend, dataId: object): boolean => backend.refCount(dataId) > 1;

/** The tensor's value under an id of its own; nothing is copied, as TensorFlow shares the buffer. */
export function ownTensor(backend: NodeBackend, tensor: tf.Tensor): tf.Tensor {
  const id = tensorId(backend, tensor);
  const { dtype } = backend.tensorMap.get(tensor.dataId);
  const attributes = [{ name: 'T', type: backend.binding.TF_ATTR_TYPE, value: dtype }];
  return backend.createOutputTensor(backend.binding.executeOp('Identity', attributes, [id], 1)[0]);
}
