import { describe, expect, it } from 'vitest';
import { isPlainJson, oneALine, writeJson } from '../../../src/notebook/json-writer';

const written = (value: unknown) => writeJson(value).toString().trimEnd();

describe('the layout', () => {
  it.each([
    [[], '[]'],
    [{}, '{}'],
    [{ nothing: undefined, call() {} }, '{}'],
    [{ a: 1, b: 'two, "three"', c: null, d: undefined }, '{ "a": 1, "b": "two, \\"three\\"", "c": null }'],
    [[1, null, 2.5, -0, 1e21], '[1, null, 2.5, 0, 1e+21]'],
    [[Number.NaN, Number.POSITIVE_INFINITY], '[null, null]'],
    [['a', 1], '["a", 1]'],
    [oneALine(['a']), '[\n  "a"\n]'],
    [oneALine([]), '[]'],
    [{ at: new Date(0) }, '{ "at": "1970-01-01T00:00:00.000Z" }'],
    [[undefined, () => 1], '[null, null]'],
    [{ a: [{ b: {} }] }, '{\n  "a": [\n    {\n      "b": {}\n    }\n  ]\n}'],
    ['\ud800 é 😀', '"\\ud800 é 😀"'],
  ])('of %j', (value, text) => {
    expect(written(value)).toBe(text);
  });

  it('takes one line up to 100 columns, and a series of numbers one line however long', () => {
    const list = (length: number) => ({ key: ['x'.repeat(length)] });
    expect(written(list(100 - 2 - '"key": [""]'.length)).split('\n')).toHaveLength(3);
    expect(written(list(100 - 1 - '"key": [""]'.length)).split('\n')).toHaveLength(5);
    expect(written({ series: Array.from({ length: 1_000 }, (_, index) => index / 7) }).split('\n')).toHaveLength(3);
  });

  it('reads as what was written, long texts and many of them included', () => {
    const value = {
      texts: Array.from({ length: 300 }, (_, index) => 'é"\n'.repeat(index * 7)),
      rows: Array.from({ length: 300 }, (_, row) => ({ row, score: row / 3, name: `item ${row}` })),
    };
    expect(JSON.parse(written(value))).toEqual(value);
  });
});

describe('what is plain JSON', () => {
  const deep = (levels: number): unknown => (levels === 0 ? 1 : [deep(levels - 1)]);
  it.each([
    [{ a: [1, 'b', true, null], c: undefined }, true],
    [deep(500), true],
    [deep(501), false],
    [[undefined], false],
    [new Array(3), false],
    [Number.NaN, false],
    [{ a: Number.NEGATIVE_INFINITY }, false],
    [{ a: new Date(0) }, false],
    [{ a: () => 1 }, false],
    [10n, false],
    [{ a: Symbol('b') }, false],
  ])('%#', (value, plain) => {
    expect(isPlainJson(value, 500)).toBe(plain);
  });
});
