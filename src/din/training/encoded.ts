/** One network input for all rows, ready for TensorFlow: row-major, `[rows, width]`. */
export interface EncodedInput {
  /** Name of the network's input layer. */
  name: string;
  width: number;
  /** Of one row, where it is not the input layer's own: layers may leave dimensions open. */
  shape?: readonly number[];
  dtype: 'int32' | 'float32';
  values: Int32Array | Float32Array;
  /** Table columns the values come from, one a position of the width: how errors name them. */
  columns: string[];
  /** For ids: they lie in [0, idLimit), or the encoder has a bug; checked before a graph sees them. */
  idLimit?: number;
  /** For ids: the one that stands for nothing (padding, a missing value). */
  ignoredId?: number;
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
  /** Group of each row (the user) for GAUC. */
  groups?: Int32Array;
  /** Where the rows come from, for error messages. */
  source: string;
}
