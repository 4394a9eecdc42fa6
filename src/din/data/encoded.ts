/**
 * One network input for all rows, ready for TensorFlow: row-major, `[rows, width]`; or, with `offsets`, only the values
 * that there are, so that memory grows with them and not with the longest row.
 */
export interface EncodedInput {
  /** Name of the network's input layer. */
  name: string;
  width: number;
  /** Of one row, where it is not the input layer's own: layers may leave dimensions open. */
  shape?: readonly number[];
  dtype: 'int32' | 'float32';
  values: Int32Array | Float32Array;
  /** Row r has the values from `offsets[r]` up to `offsets[r + 1]`, at most `width`; the rest of it is `fill`. */
  offsets?: Int32Array;
  fill?: number;
  /** Table columns the values come from, one a position of the width: how errors name them. */
  columns: string[];
  /** For ids: they lie in [0, idLimit), or the encoder has a bug; checked before a graph sees them. */
  idLimit?: number;
  /** For ids: the one that stands for nothing (padding, a missing value). */
  ignoredId?: number;
}

/** Writes one row, `[width]`, to a place of an array. */
export function copyRow(
  { values, width, offsets, fill = 0 }: Pick<EncodedInput, 'values' | 'width' | 'offsets' | 'fill'>,
  row: number,
  out: Int32Array | Float32Array,
  at: number,
): void {
  if (!offsets) {
    const from = row * width;
    for (let i = 0; i < width; i++) out[at + i] = values[from + i];
    return;
  }
  const from = offsets[row];
  const count = offsets[row + 1] - from;
  for (let i = 0; i < count; i++) out[at + i] = values[from + i];
  for (let i = count; i < width; i++) out[at + i] = fill;
}

/** What a network trains on: inputs in the network's order, labels `[rows, width]` one entry per output. */
export interface EncodedData {
  rows: number;
  inputs: EncodedInput[];
  labels: {
    width: number;
    values: Float32Array /** Of one row, where it is more than a list. */;
    shape?: readonly number[];
  }[];
  /** How much each row counts in the loss, `[rows]`; undefined: 1. */
  weights?: Float32Array;
  /** Group of each row (the user) for GAUC. */
  groups?: Int32Array;
  /** Where the rows come from, for error messages. */
  source: string;
}
