import type { EncodedData, EncodedInput } from '../data/encoded';
import { DataError } from '../errors';

/**
 * Checks that each id is a row of its table: a graph compiled by XLA reads whatever lies there otherwise, and a fraction would be
 * cut to another row's id.
 * @throws DataError that names column, row, id and range.
 */
export function validateIds(data: EncodedData): void {
  for (const input of data.inputs) {
    if (input.idLimit === undefined) continue;
    const bad = firstOutside(input.values, input.idLimit);
    if (bad >= 0) throw new DataError(describe(data, input, bad));
  }
}

/** From here on float32 has no longer each whole number: 16777217 has become 16777216. */
const FLOAT32_IDS = 2 ** 24;

function firstOutside(ids: Int32Array | Float32Array, tableRows: number): number {
  const limit = ids instanceof Float32Array ? Math.min(tableRows, FLOAT32_IDS) : tableRows;
  for (let i = 0; i < ids.length; i++) if (!(ids[i] >= 0 && ids[i] < limit && Number.isInteger(ids[i]))) return i;
  return -1;
}

function describe({ source, first }: EncodedData, input: EncodedInput, index: number): string {
  const { values, idLimit } = input;
  const id = values[index];
  const where = `${source}: ${placeOf(input, index, first)}`;
  if (id >= FLOAT32_IDS && idLimit! > FLOAT32_IDS && values instanceof Float32Array) {
    return (
      `${where}: id ${id} is one of those that float32, which this input is, does not tell apart (from ${FLOAT32_IDS} on). ` +
      "Give the network an input of whole numbers: tf.input({ shape, dtype: 'int32' })."
    );
  }
  if (id >= 0 && id < idLimit!) return `${where}: id ${id} is no whole number. Correct the id: none is rounded.`;
  return `${where}: id ${id} is not in [0, ${idLimit}). Raise the feature's number of buckets, or correct the id.`;
}

/** The first value of the rows in memory that is no number, and where it stands; undefined where there is none. */
export function firstNotFinite(data: EncodedData): string | undefined {
  for (const input of data.inputs) {
    const index = input.values.findIndex((value) => !Number.isFinite(value));
    if (index >= 0) return `${data.source}: ${placeOf(input, index, data.first)} holds ${input.values[index]}`;
  }
  for (const { values, width } of data.labels) {
    const index = values.findIndex((value) => !Number.isFinite(value));
    if (index >= 0)
      return `${data.source}: the label of row ${(data.first ?? 0) + Math.floor(index / width) + 1} is ${values[index]}`;
  }
  return undefined;
}

/** `column 'price', row 7` */
function placeOf({ name, width, columns, offsets }: EncodedInput, index: number, first = 0): string {
  const row = offsets ? offsets.findIndex((end) => end > index) - 1 : Math.floor(index / width);
  const column = (offsets ? columns[0] : columns[index % width]) ?? name;
  return `column '${column}', row ${first + row + 1}`;
}
