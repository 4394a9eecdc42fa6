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
  /** Rows before these in the table that they are a part of, default 0: errors count from the first. */
  first?: number;
  /** The inputs' values are not here (`inputs` say only what they are), but are read from it when they are needed. */
  stream?: RowSource;
}

/** Rows that lie on disk: training, scoring and measuring ask for those they need next. */
export interface RowSource {
  /** Rows to ask for at a time: so many fit into memory. */
  readonly window: number;
  /**
   * The inputs of these rows, in their order.
   * @param next the rows that will be asked for after them: they are fetched while these are worked on.
   */
  read(rows: Int32Array, next?: Int32Array): Promise<EncodedInput[]>;
}

/** Rows of a window that are whole batches. */
export function windowRows(window: number, batchSize: number): number {
  return Math.max(1, Math.floor(window / batchSize)) * batchSize;
}

/** A part of streamed data as data in memory: the `count` rows of an order that begin at place `start`. */
export async function readWindow(
  data: EncodedData,
  order: Int32Array,
  start: number,
  count: number,
): Promise<EncodedData> {
  const rows = order.subarray(start, start + count);
  const next = order.subarray(start + count, start + 2 * count);
  const { stream, labels, groups, weights, ...rest } = data;
  return {
    ...rest,
    rows: rows.length,
    inputs: await stream!.read(rows, next.length > 0 ? next : undefined),
    labels: labels.map((label) => ({ ...label, values: gatherRows(label.values, label.width, rows) })),
    ...(groups ? { groups: gatherRows(groups, 1, rows) } : {}),
    ...(weights ? { weights: gatherRows(weights, 1, rows) } : {}),
  };
}

/** Streamed data from first to last row, window by window. */
export async function* windowsOf(data: EncodedData): AsyncGenerator<EncodedData> {
  const { window } = data.stream!;
  const order = new Int32Array(data.rows);
  for (let i = 0; i < order.length; i++) order[i] = i;
  for (let start = 0; start < data.rows; start += window) yield readWindow(data, order, start, window);
}

/** The given rows of a row-major array, one after the other. */
export function gatherRows<T extends Int32Array | Float32Array>(values: T, width: number, rows: Int32Array): T {
  const out = new (values.constructor as { new (length: number): T })(rows.length * width);
  if (width === 1) {
    for (let i = 0; i < rows.length; i++) out[i] = values[rows[i]];
    return out;
  }
  for (let i = 0; i < rows.length; i++) {
    const from = rows[i] * width;
    for (let k = 0; k < width; k++) out[i * width + k] = values[from + k];
  }
  return out;
}
