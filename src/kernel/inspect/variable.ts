import { types } from 'node:util';
import type * as TensorFlow from '@tensorflow/tfjs';
import type { Table } from '../../din/data/table';
import type { VariableInfo } from '../../outputs/inspect';
import {
  bytesOfBuffer,
  bytesOfTyped,
  className,
  isA,
  isPure,
  lengthOfTyped,
  ownValue,
  previewOf,
  sizeOfMap,
} from './preview';

/** What the kernel knows kinds of values by. */
export interface Known {
  tf: typeof TensorFlow;
  Table: typeof Table;
}

const BYTES: { [dtype: string]: number } = { float32: 4, int32: 4, bool: 1, complex64: 8 };
const group = (count: number) => String(count).replace(/\B(?=(\d{3})+$)/g, ',');

/** A variable in a line. */
export function variableInfo(name: string, value: unknown, known: Known): VariableInfo {
  try {
    return { name, ...describe(value, known) };
  } catch (error) {
    // One value that cannot be looked at must not hide the others.
    const why = error instanceof Error ? error.message : String(error);
    return { name, type: typeof value, shape: '', bytes: null, preview: `cannot be read: ${why.slice(0, 100)}` };
  }
}

/** What is read of each kind of value. */
export const TENSOR_FIELDS = ['dtype', 'shape', 'size', 'isDisposed', 'name', 'dataSync', 'reshape'];
export const TABLE_FIELDS = ['rows', 'columns', 'names', 'column', 'toString'];
export const MODEL_FIELDS = ['weights', 'layers', 'name', 'summary'];

type Described = Omit<VariableInfo, 'name'>;

function describe(value: unknown, { tf, Table }: Known): Described {
  const preview = { shape: '', bytes: null, preview: previewOf(value) };
  if (typeof value === 'string')
    return { ...preview, type: 'string', shape: group(value.length), bytes: 2 * value.length };
  if (typeof value === 'function')
    return { ...preview, type: preview.preview.startsWith('class') ? 'class' : 'function' };
  if (typeof value !== 'object' || value === null) return { ...preview, type: value === null ? 'null' : typeof value };
  if (types.isProxy(value)) return { ...preview, type: 'Proxy' };
  if (isPure(value, tf.Tensor, TENSOR_FIELDS)) return tensorInfo(tf, value);
  if (isPure(value, Table, TABLE_FIELDS)) return tableInfo(value);
  if (Array.isArray(value)) return { ...preview, type: 'Array', shape: group(value.length) };
  if (types.isTypedArray(value))
    return { ...preview, type: className(value), shape: group(lengthOfTyped(value)), bytes: bytesOfTyped(value) };
  if (types.isAnyArrayBuffer(value))
    return { ...preview, type: className(value), shape: group(bytesOfBuffer(value)), bytes: bytesOfBuffer(value) };
  if (types.isMap(value) || types.isSet(value))
    return { ...preview, type: className(value), shape: group(sizeOfMap(value)) };
  const type = className(value);
  if (isPure(value, tf.LayersModel, MODEL_FIELDS)) return modelInfo(value, type);
  return { ...preview, type, ...(isDisposable(value) ? { disposable: true } : {}) };
}

function tensorInfo(tf: Known['tf'], tensor: TensorFlow.Tensor): Described {
  const kind = isA(tensor, tf.Variable) ? 'Variable' : 'Tensor';
  const of = { type: `${kind} ${tensor.dtype}`, shape: `[${tensor.shape.join(', ')}]` };
  if (tensor.isDisposed) return { ...of, bytes: 0, preview: 'disposed' };
  const bytes = tensor.dtype in BYTES ? tensor.size * BYTES[tensor.dtype]! : null;
  // Values stay where they are until somebody looks at one tensor: fetching costs more than a line is worth.
  return { ...of, bytes, preview: isA(tensor, tf.Variable) ? tensor.name : '', disposable: true };
}

function tableInfo(table: Table): Described {
  let bytes = 0;
  for (const column of table.columns.values()) bytes += columnBytes(column);
  const names = table.names.slice(0, 8).join(', ');
  return {
    type: 'Table',
    shape: `${group(table.rows)} × ${table.columns.size}`,
    bytes,
    preview: table.columns.size > 8 ? `${names}, …` : names,
  };
}

function columnBytes(column: ReturnType<Table['column']>): number {
  if (column.type === 'number') return column.values.byteLength;
  if (column.type === 'string') return column.codes.byteLength;
  return column.offsets.byteLength + columnBytes(column.items);
}

function modelInfo(model: TensorFlow.LayersModel, type: string): Described {
  let parameters = 0;
  for (const weight of model.weights) parameters += weight.shape.reduce<number>((size, n) => size * (n ?? 1), 1);
  return {
    type,
    shape: `${model.layers.length} layers`,
    bytes: 4 * parameters,
    preview: `${model.name}, ${group(parameters)} parameters`,
    disposable: true,
  };
}

/** A class with a `dispose` method, as models of the library are. */
export function isDisposable(value: object): boolean {
  for (let at: object | null = value; at && !types.isProxy(at); at = Object.getPrototypeOf(at)) {
    if (typeof ownValue(at, 'dispose') === 'function') return true;
  }
  return false;
}
