/** TensorFlow's dtype numbers (types.proto), as far as graphs use them. */
export const DataType = {
  float32: 1,
  int32: 3,
  string: 7,
  complex64: 8,
  int64: 9,
  bool: 10,
  resource: 20,
  variant: 21,
} as const;
export type DataType = (typeof DataType)[keyof typeof DataType];

/** Null: unknown rank. */
export type Shape = readonly number[] | null;

export interface TensorValue {
  dtype: DataType;
  shape: readonly number[];
  /** Little-endian, row-major. */
  bytes: Uint8Array;
}

/** One attribute of an op (attr_value.proto). */
export type Attribute =
  | { kind: 'type'; value: DataType }
  | { kind: 'int'; value: number }
  | { kind: 'float'; value: number }
  | { kind: 'bool'; value: boolean }
  | { kind: 'string'; value: string }
  | { kind: 'shape'; value: Shape }
  | { kind: 'tensor'; value: TensorValue }
  | { kind: 'function'; value: string }
  | { kind: 'types'; value: readonly DataType[] }
  | { kind: 'ints'; value: readonly number[] }
  | { kind: 'floats'; value: readonly number[] }
  | { kind: 'shapes'; value: readonly Shape[] };

export type Attributes = Record<string, Attribute>;

export const type = (value: DataType): Attribute => ({ kind: 'type', value });
export const int = (value: number): Attribute => ({ kind: 'int', value });
export const bool = (value: boolean): Attribute => ({ kind: 'bool', value });
export const string = (value: string): Attribute => ({ kind: 'string', value });
export const shape = (value: Shape): Attribute => ({ kind: 'shape', value });
export const func = (value: string): Attribute => ({ kind: 'function', value });
export const types = (value: readonly DataType[]): Attribute => ({ kind: 'types', value });

/** The tfjs dtypes that TensorFlow graphs take here. */
export function dataTypeOf(dtype: string): DataType | undefined {
  return (DataType as Record<string, DataType>)[dtype];
}

export function dataTypeName(dtype: DataType): string {
  return Object.entries(DataType).find(([, number]) => number === dtype)?.[0] ?? `dtype ${dtype}`;
}
