import type { EncodedData } from '../data/encoded';
import { DataError } from '../errors';
import type { OutputKind } from './losses';

/** How much rows of each class count in the loss, by class number: `{ 0: 1, 1: 5 }`. */
export type ClassWeights = Readonly<Record<number, number>>;

/**
 * Weights of rows as training takes them.
 * @param where names them in errors: `column 'weight'`.
 * @param first rows before these, for errors.
 * @throws DataError for negative weights, such as are no numbers, and where all are 0.
 */
export function rowWeights(values: ArrayLike<number>, source: string, where: string, first = 0): Float32Array {
  const out = Float32Array.from(values);
  let sum = 0;
  for (let row = 0; row < out.length; row++) {
    if (out[row] === Number.POSITIVE_INFINITY && Number.isFinite(values[row])) {
      throw new DataError(
        `${source}: ${where}, row ${first + row + 1}: the weight ${values[row]} is too large for float32 (at most 3.4e38), in which training computes. ` +
          'Divide all weights by a number.',
      );
    }
    if (!(out[row] >= 0 && out[row] < Number.POSITIVE_INFINITY)) {
      throw new DataError(
        `${source}: ${where}, row ${first + row + 1}: a weight is a number of at least 0, not ${values[row]}. ` +
          'Fill or filter such rows first; 0 leaves a row out of the loss.',
      );
    }
    sum += out[row];
  }
  if (!(sum > 0)) throw new DataError(`${source}: ${where}: all weights are 0, so nothing would be learnt.`);
  return out;
}

/** The weights that were asked for, as a checkpoint names them: their values are compared with the rows'. */
export const weightSettings = (sampleWeight: string | undefined, classWeight: ClassWeights | undefined) => ({
  ...(sampleWeight === undefined ? {} : { sampleWeight }),
  ...(classWeight === undefined ? {} : { classWeight: JSON.stringify(classWeight) }),
});

/** @throws DataError unless `weights` are numbers of at least 0 by class number, one of them above 0. */
export function checkClassWeights(weights: ClassWeights | undefined): void {
  if (weights === undefined) return;
  if (typeof weights !== 'object' || weights === null || Object.keys(weights).length === 0) {
    throw new DataError('fit: classWeight is an object from classes to weights, e.g. { 0: 1, 1: 5 }.');
  }
  for (const [name, weight] of Object.entries(weights)) {
    if (!Number.isInteger(Number(name)) || Number(name) < 0) {
      throw new DataError(`fit: classWeight: '${name}' is no class number, e.g. { 0: 1, 1: 5 }.`);
    }
    if (!(typeof weight === 'number' && weight >= 0 && Number.isFinite(weight))) {
      throw new DataError(`fit: classWeight of class ${name} is a number of at least 0, not ${String(weight)}.`);
    }
  }
}

/**
 * The data with each row's weight times that of its class; classes that are not named count 1.
 * @throws DataError for classes that no label can have, and for outputs without classes.
 */
export function withClassWeights<Data extends EncodedData>(
  data: Data,
  weights: ClassWeights | undefined,
  heads: readonly { kind: OutputKind; shape: readonly number[] }[],
): Data {
  if (weights === undefined) return data;
  const [head] = heads;
  const width = data.labels[0].width;
  const binary = (head.kind === 'logits' || head.kind === 'probabilities') && width === 1;
  const classes =
    head.kind === 'classes' ? width : head.kind === 'sparseClasses' && width === 1 ? head.shape.at(-1)! : 0;
  const count = binary ? 2 : classes;
  if (heads.length > 1 || count === 0) {
    throw new DataError(
      'fit: classWeight is for one output with classes; give sampleWeight, one weight a row, instead.',
    );
  }
  for (const name of Object.keys(weights)) {
    if (Number(name) >= count)
      throw new DataError(`fit: classWeight: there is no class ${name}, labels are 0 to ${count - 1}.`);
  }
  const { values } = data.labels[0];
  const out = new Float32Array(data.rows);
  for (let row = 0; row < data.rows; row++) {
    const own = head.kind === 'classes' ? argmax(values, row * width, width) : values[row];
    out[row] = (data.weights ? data.weights[row] : 1) * (weights[own] ?? 1);
  }
  return { ...data, weights: rowWeights(out, data.source, 'classWeight (times sampleWeight)') };
}

function argmax(values: ArrayLike<number>, from: number, count: number): number {
  let best = 0;
  for (let i = 1; i < count; i++) if (values[from + i] > values[from + best]) best = i;
  return best;
}
