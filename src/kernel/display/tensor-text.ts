import { inspect } from 'node:util';

/** Of a longer axis the first and last few are shown. */
const LONGEST_AXIS = 20;
const AT_EACH_END = 3;

/** What a tensor holds, as `dataSync` gives it: of complex numbers both parts in turn. */
export type TensorValues = ArrayLike<number | string>;

/** A value, the dots for those left out, or an axis of them. */
type Part = string | Part[];

/**
 * The values of a tensor between brackets, columns below each other, with seven significant digits. TensorFlow.js itself rounds to seven
 * decimals, and a small gradient would look like zero.
 */
export function tensorText(values: TensorValues, shape: readonly number[], dtype: string): string {
  const last = shape.length - 1;
  const widths: number[] = [];
  const partOf = (axis: number, at: number): Part => {
    if (axis > last) return valueText(values, at, dtype);
    const stride = shape.slice(axis + 1).reduce((size, length) => size * length, 1);
    const parts = shownOf(shape[axis]!).map((index) =>
      index === undefined ? '...' : partOf(axis + 1, at + index * stride),
    );
    if (axis === last)
      for (const [column, text] of parts.entries()) widths[column] = Math.max(widths[column] ?? 0, text.length);
    return parts;
  };
  const textOf = (part: Part, axis: number): string => {
    if (typeof part === 'string') return part;
    if (axis === last) return `[${part.map((text, column) => (text as string).padEnd(widths[column]!)).join(', ')}]`;
    const between = `,${'\n'.repeat(last - axis)}${' '.repeat(axis + 1)}`;
    return `[${part.map((inner) => textOf(inner, axis + 1)).join(between)}]`;
  };
  return textOf(partOf(0, 0), 0);
}

function shownOf(length: number): (number | undefined)[] {
  const all = Array.from({ length: Math.min(length, LONGEST_AXIS) }, (_, index) => index);
  if (length <= LONGEST_AXIS) return all;
  const first = all.slice(0, AT_EACH_END);
  return [...first, undefined, ...first.map((index) => length - AT_EACH_END + index)];
}

/** One value of a tensor. */
export function valueText(values: TensorValues, at: number, dtype: string): string {
  const value = values[dtype === 'complex64' ? 2 * at : at]!;
  if (typeof value === 'string') return inspect(value);
  if (dtype === 'complex64') return `${floatText(value)} + ${floatText(values[2 * at + 1] as number)}j`;
  if (dtype === 'bool') return String(value !== 0);
  return dtype === 'int32' ? String(value) : floatText(value);
}

/** As many significant digits as every float32 keeps; whole numbers in full, as long as they are of nine digits at most. */
function floatText(value: number): string {
  if (Object.is(value, -0)) return '-0';
  if (Number.isInteger(value) && Math.abs(value) < 1e9) return String(value);
  const rounded = Number(value.toPrecision(7));
  return Math.abs(rounded) < 1e9 || !Number.isFinite(value) ? String(rounded) : rounded.toExponential();
}
