import { describe, expect, it } from 'vitest';
import type { EncodedData } from '../../../src/din/data/encoded';
import { validateIds } from '../../../src/din/training/validate-ids';

const LAST = 2 ** 24;
const data = (values: Float32Array | Int32Array, idLimit: number): EncodedData =>
  ({
    rows: values.length,
    source: 'log',
    inputs: [{ name: 'item', width: 1, shape: [1], columns: ['item'], values, idLimit }],
    labels: [],
  }) as unknown as EncodedData;

describe('ids', () => {
  it('that float32 does not tell apart are refused where they are float32, and taken as whole numbers', () => {
    const ids = [1, LAST - 1, LAST + 1];
    expect(() => validateIds(data(Float32Array.from(ids), LAST + 9))).toThrow(
      "log: column 'item', row 3: id 16777216 is one of those that float32, which this input is, does not tell apart (from 16777216 on). " +
        "Give the network an input of whole numbers: tf.input({ shape, dtype: 'int32' }).",
    );
    validateIds(data(Int32Array.from(ids), LAST + 9));
    validateIds(data(Float32Array.from(ids.slice(0, 2)), LAST + 9));
  });

  it('beyond their table, and fractions, are told as such', () => {
    for (const kind of [Float32Array, Int32Array])
      expect(() => validateIds(data(kind.of(1, LAST), LAST))).toThrow('id 16777216 is not in [0, 16777216)');
    expect(() => validateIds(data(Float32Array.of(1.5), 10))).toThrow('id 1.5 is no whole number');
    for (const bad of [-1, Number.NaN, Number.POSITIVE_INFINITY])
      expect(() => validateIds(data(Float32Array.of(bad), 10))).toThrow(`id ${bad} is not in [0, 10)`);
  });
});
