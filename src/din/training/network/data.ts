import * as tf from '@tensorflow/tfjs';
import { didYouMean } from '../../../base/nearest';
import { ownField } from '../../../base/own-field';
import type { EncodedData, EncodedInput } from '../../data/encoded';
import { DataError } from '../../errors';
import type { OutputKind, OutputLoss } from '../losses';
import type { MeasuredData } from '../measurement';
import { rowWeights } from '../weights';
import { idLimits } from './id-limits';
import { outputNames } from './names';

/** Values of one input or label for all rows: a tensor `[rows, ...]`, or its values in row-major order. */
export type Values = tf.Tensor | Float32Array | Float64Array | Int32Array | Uint8Array | readonly number[];

/** One for all inputs (or labels), in the network's order or by name; a single one may stand alone. */
export type ValuesByName = Values | readonly Values[] | Readonly<Record<string, Values>>;

/** Values of one input or label, measured. */
interface Rows {
  values: ArrayLike<number>;
  rows: number;
  /** Of one row. */
  shape: number[];
}

/**
 * Arrays or tensors as a network's rows. Nothing is kept of the tensors: they stay the caller's.
 * @param labelShapes what each label is made for, per row, where it is known.
 * @throws DataError for missing, surplus and misshapen values, and ids outside their table.
 */
export function encodeRows(
  network: tf.LayersModel,
  inputs: ValuesByName,
  labels?: { values: ValuesByName; shapes: readonly (readonly number[] | undefined)[]; weights?: Values },
): MeasuredData {
  const given = inOrder(inputs, network.inputNames, 'input').map((values, i) =>
    measure(values, rowShape(network.inputs[i].shape), `input '${network.inputNames[i]}'`),
  );
  const labelNames = outputNames(network);
  const targets = labels
    ? inOrder(labels.values, labelNames, 'label').map((values, i) =>
        measure(values, labels.shapes[i], `label '${labelNames[i]}'`),
      )
    : [];
  const { rows } = given[0];
  if (rows === 0) throw new DataError('The inputs have no rows.');
  for (const [i, other] of [...given, ...targets].entries()) {
    const name = i < given.length ? network.inputNames[i] : `label ${labelNames[i - given.length]}`;
    if (other.rows !== rows) {
      throw new DataError(`'${network.inputNames[0]}' has ${rows} rows, '${name}' has ${other.rows}: they must agree.`);
    }
  }
  const limits = idLimits(network);
  const encoded = targets.map(({ values, shape }) => ({
    width: sizeOf(shape),
    values: Float32Array.from(values),
    shape,
  }));
  return {
    rows,
    source: 'inputs',
    inputs: given.map((part, i) => encodeInput(part, network.inputNames[i], network.inputs[i].dtype, limits[i])),
    ...(labels?.weights === undefined ? {} : { weights: encodeWeights(labels.weights, rows) }),
    labels: encoded,
    exact: targets.map(({ values }, i) =>
      values instanceof Float32Array ? encoded[i].values : Float64Array.from(values),
    ),
  };
}

/** A label that is no number makes the loss none, which is told with its row. */
const isShare = (label: number) => !(label < 0 || label > 1);

/** What the labels of a loss are. */
const LABELS: Partial<Record<OutputKind, { fits: (label: number, classes: number) => boolean; are: string }>> = {
  logits: { fits: isShare, are: 'labels are 0 or 1, or between' },
  probabilities: { fits: isShare, are: 'labels are 0 or 1, or between' },
  classes: { fits: isShare, are: 'labels are 0 or 1 for each class, or between' },
  sparseClasses: {
    fits: (label, classes) => Number.isInteger(label) && label >= 0 && label < classes,
    are: 'labels are the numbers of classes, from 0',
  },
};

/** @throws DataError for the first label that the loss of its output has no meaning for. */
export function checkLabels(
  network: tf.LayersModel,
  { labels, first = 0 }: EncodedData,
  losses: readonly OutputLoss[],
): void {
  for (const [i, { values, width }] of labels.entries()) {
    const kind = LABELS[losses[i].kind];
    const classes = network.outputs[i].shape.at(-1)!;
    const bad = kind ? values.findIndex((label) => !kind.fits(label, classes)) : -1;
    if (bad < 0) continue;
    const below = losses[i].kind === 'sparseClasses' ? ` to ${classes - 1}` : '';
    throw new DataError(
      `label '${outputNames(network)[i]}', row ${first + Math.floor(bad / width) + 1}: it is ${values[bad]}, but of this loss ${kind!.are}${below}.`,
    );
  }
}

function encodeWeights(given: Values, rows: number): Float32Array {
  const { values } = measure(given, [], 'sampleWeight');
  if (values.length !== rows) {
    throw new DataError(`fit: sampleWeight has ${values.length} weights, the inputs ${rows} rows: they must agree.`);
  }
  return rowWeights(values, 'fit', 'sampleWeight');
}

/**
 * A `tf.sequential` has inputs and outputs by name only once it is built, which TensorFlow.js does when it is asked.
 * @throws DataError for what is no network, and where one tensor is two of its outputs: TensorFlow.js computes the first of them only.
 */
export function buildNetwork(network: tf.LayersModel): void {
  if (typeof network?.countParams !== 'function')
    throw new DataError('The first argument is a network: a tf.LayersModel, such as tf.sequential and tf.model make.');
  network.countParams();
  const { inputNames, outputs, outputNames } = network;
  const taken = inputNames.find((name) => name in Object.prototype);
  if (taken !== undefined) {
    throw new DataError(
      `The network has an input called '${taken}', a name that every JavaScript object has: TensorFlow.js, which keeps values by name in ` +
        `one, cannot compute it. Give it another name.`,
    );
  }
  const second = outputs.findIndex((output, i) => outputs.indexOf(output) !== i);
  if (second < 0) return;
  const first = outputs.indexOf(outputs[second]);
  throw new DataError(
    `The network's outputs ${first + 1} and ${second + 1} are one tensor ('${outputNames[first]}'): name it once, ` +
      `or copy it, tf.layers.activation({ activation: 'linear' }).apply(output).`,
  );
}

/** The rows from `start` to `end`. */
export function sliceRows(data: MeasuredData, start: number, end: number): MeasuredData {
  const part = <T extends { width: number; values: Float32Array | Int32Array }>(entry: T): T => ({
    ...entry,
    values: entry.values.subarray(start * entry.width, end * entry.width),
  });
  return {
    ...data,
    rows: end - start,
    first: (data.first ?? 0) + start,
    inputs: data.inputs.map(part),
    labels: data.labels.map(part),
    exact: data.exact?.map((values, i) => values.subarray(start * data.labels[i].width, end * data.labels[i].width)),
    weights: data.weights?.subarray(start, end),
  };
}

export const sizeOf = (shape: readonly number[]): number => shape.reduce((product, size) => product * size, 1);

/** Shape of one row; undefined where a dimension is free. */
export function rowShape(shape: tf.Shape): number[] | undefined {
  const row = shape.slice(1);
  return row.some((size) => size === null) ? undefined : (row as number[]);
}

function inOrder(given: ValuesByName, names: readonly string[], what: string): Values[] {
  if (typeof given !== 'object' || given === null) {
    throw new DataError(`The ${what}s (${names.join(', ')}) are missing: give arrays or tensors, in order or by name.`);
  }
  if (isValues(given)) return inOrder([given], names, what);
  if (Array.isArray(given)) {
    if (given.length === names.length) return given as Values[];
    throw new DataError(`The network has ${names.length} ${what}s (${names.join(', ')}), ${given.length} were given.`);
  }
  const byName = given as Record<string, Values>;
  for (const name of Object.keys(byName)) {
    if (!names.includes(name)) {
      throw new DataError(`There is no ${what} '${name}'.${didYouMean(name, names)} Names: ${names.join(', ')}.`);
    }
  }
  return names.map((name) => {
    const values = ownField(byName, name);
    if (values === undefined) throw new DataError(`The ${what} '${name}' is missing.`);
    return values;
  });
}

/** @throws DataError for what looks like values, but holds none that a network computes with. */
function checkHolds(values: unknown, name: string): void {
  if (values instanceof BigInt64Array || values instanceof BigUint64Array) {
    throw new DataError(
      `The ${name} is a ${values.constructor.name}, networks take numbers: give Float64Array.from(values, Number), exact up to 2^53.`,
    );
  }
  if (values instanceof tf.Tensor && values.isDisposed) {
    throw new DataError(
      `The ${name} is a tensor that was disposed of: make it again, or dispose of it after this call.`,
    );
  }
}

const isValues = (given: ValuesByName): given is Values =>
  given instanceof tf.Tensor || ArrayBuffer.isView(given) || (Array.isArray(given) && typeof given[0] === 'number');

function measure(values: Values, shape: readonly number[] | undefined, name: string): Rows {
  checkHolds(values, name);
  if (values instanceof tf.Tensor) {
    const [rows, ...own] = values.shape;
    if (rows === undefined || (shape && sizeOf(own) !== sizeOf(shape))) {
      throw new DataError(`The ${name} has the shape [${values.shape}]; it takes [rows, ${shape ?? '...'}].`);
    }
    return { values: values.dataSync(), rows, shape: shape ? [...shape] : own };
  }
  if (!isValues(values)) throw new DataError(`The ${name} must be a tensor, a typed array or a list of numbers.`);
  if (!shape) throw new DataError(`The ${name} has no fixed shape: give it as a tensor.`);
  const rows = values.length / sizeOf(shape);
  if (!Number.isInteger(rows)) {
    throw new DataError(`The ${name} has ${values.length} values, which is no multiple of [${shape}], a row's shape.`);
  }
  return { values, rows, shape: [...shape] };
}

function encodeInput({ values, shape }: Rows, name: string, dtype: tf.DataType, idLimit?: number): EncodedInput {
  const width = sizeOf(shape);
  const columns = width === 1 ? [name] : Array.from({ length: width }, (_, i) => `${name}[${i}]`);
  const common = { name, width, shape, columns: idLimit === undefined ? [] : columns, idLimit };
  if (dtype !== 'int32') return { ...common, dtype: 'float32', values: Float32Array.from(values) };
  const whole = Int32Array.from(values);
  const bad = whole.findIndex((value, i) => value !== Number(values[i]));
  if (bad >= 0) {
    throw new DataError(
      `The input '${name}' takes whole numbers, but row ${Math.floor(bad / width) + 1} has ${values[bad]}.`,
    );
  }
  return { ...common, dtype: 'int32', values: whole };
}
