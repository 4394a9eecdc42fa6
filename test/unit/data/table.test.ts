import { describe, expect, it } from 'vitest';
import { type Column, type Lists, Numbers, Table, Texts } from '../../../src/din/data';
import { DISPLAY } from '../../../src/outputs/display';

const table = (columns: Record<string, unknown>, source = 'test') =>
  new Table(new Map(Object.entries(columns)) as Map<string, Column>, source);

const mixed = () =>
  table({
    id: { type: 'number', values: Int32Array.of(1, 2, 3, 4) },
    weight: { type: 'number', values: Float32Array.of(0.5, Number.NaN, 2, 4) },
    name: { type: 'string', values: ['b', '', 'a', 'b'] },
    tags: { type: 'list', values: [['x', 'y'], [], ['y'], ['', 'z']] },
    scores: { type: 'list', values: [[1], [2, 3], [], [4.5]] },
  });

describe('a table of typed columns', () => {
  it('keeps text by dictionary, lists by offsets, and no value of its own a row', () => {
    const columns = mixed().columns;
    const name = columns.get('name') as Texts;
    expect(name).toBeInstanceOf(Texts);
    expect([...name.codes]).toEqual([0, -1, 1, 0]);
    expect(name.dictionary).toEqual(['b', 'a']);
    const tags = columns.get('tags') as Lists;
    expect([...tags.offsets]).toEqual([0, 2, 2, 3, 5]);
    expect([...(tags.items as Texts).codes]).toEqual([0, 1, 1, -1, 2]);
    expect((columns.get('scores') as Lists).items).toBeInstanceOf(Numbers);
    expect((columns.get('id') as Numbers).values).toBeInstanceOf(Int32Array);
  });

  it('is read as before: numbers, strings, values', () => {
    const t = mixed();
    expect(t.numbers('id')).toEqual(Float64Array.of(1, 2, 3, 4));
    expect(t.numbers('id').map((v) => v / 2)).toEqual(Float64Array.of(0.5, 1, 1.5, 2));
    expect(t.strings('weight')).toEqual(['0.5', '', '2', '4']);
    expect(t.strings('name')).toEqual(['b', '', 'a', 'b']);
    expect(t.column('name').values[2]).toBe('a');
    expect(t.column('tags').values).toEqual([['x', 'y'], [], ['y'], ['', 'z']]);
    expect(() => t.numbers('name')).toThrow("column 'name' holds text (e.g. 'b'), numbers are needed");
    expect(() => t.numbers('tags')).toThrow("column 'tags' holds lists, numbers are needed");
    expect(() => t.strings('tags')).toThrow("column 'tags' holds lists");
    expect(() => t.texts('id')).toThrow("column 'id' holds numbers, text is needed");
  });

  it('takes, slices, filters and reads rows of every kind of column', () => {
    const rows = (t: Table) => Array.from({ length: t.rows }, (_, row) => t.names.map((n) => t.column(n).at(row)));
    const all = rows(mixed());
    expect(rows(mixed().take([3, 0, 0]))).toEqual([all[3], all[0], all[0]]);
    expect(rows(mixed().slice(1, 3))).toEqual(all.slice(1, 3));
    expect(rows(mixed().slice(-2))).toEqual(all.slice(-2));
    expect(rows(mixed().slice(1, -1))).toEqual(all.slice(1, -1));
    expect(rows(mixed().slice(3, 1))).toEqual([]);
    expect(rows(mixed().slice(1, Infinity))).toEqual(all.slice(1));
    expect(rows(mixed().slice(1).slice(1).take([1, 0]))).toEqual([all[3], all[2]]);
    expect(rows(mixed().read(1, 2))).toEqual(all.slice(1, 3));
    expect(() => mixed().read(3, 2)).toThrow("'count' is 2; give a whole number from 0 to 1");
    expect(rows(mixed().filter('name', (value) => value === 'b'))).toEqual([all[0], all[3]]);
    expect(rows(mixed().filter('tags', (value: string[]) => value.includes('y')))).toEqual([all[0], all[2]]);
  });

  it('slices at whole numbers only', () => {
    for (const [start, shown] of [
      [Number.NaN, 'NaN'],
      [1.5, '1.5'],
      ['1', "'1'"],
    ] as const) {
      expect(() => mixed().slice(start as never, 2)).toThrow(`test: slice: 'start' is ${shown}; give a whole number.`);
      expect(() => mixed().slice(0, start as never)).toThrow(`test: slice: 'end' is ${shown}; give a whole number.`);
    }
  });

  it('shares rows with its parts instead of copying them', () => {
    const t = table({ n: { type: 'number', values: new Float64Array(1000) } });
    expect(t.slice(100, 900).numbers('n').buffer).toBe(t.numbers('n').buffer);
  });

  it('refuses rows that it does not have', () => {
    for (const rows of [[0, 4], [-1], [0.5], [Number.NaN]]) {
      expect(() => mixed().take(rows)).toThrow(/test: take: \S+ \(entry \d of the list\) is no row; .* 0 to 3/);
    }
    expect(() => mixed().slice(0, 0).take([0])).toThrow("the table's rows are none");
  });

  it.each([
    [undefined, undefined],
    [1, undefined],
    [-1, undefined],
    [2, 1],
    [0, 99],
    [-99, -1],
    [9, undefined],
  ])('slices from %s to %s as arrays do, every kind of column alike', (start, end) => {
    const slice = mixed().slice(start, end);
    const expected = [0, 1, 2, 3].slice(start, end);
    expect(slice.rows).toBe(expected.length);
    expect([...slice.numbers('id')]).toEqual(expected.map((row) => row + 1));
    expect(slice.strings('name')).toEqual(expected.map((row) => ['b', '', 'a', 'b'][row]));
    expect(expected.map((_, i) => slice.columns.get('tags')?.at(i))).toEqual(
      expected.map((row) => [['x', 'y'], [], ['y'], ['', 'z']][row]),
    );
  });

  it('says what its methods take', () => {
    const parts = mixed();
    expect(() => parts.take(2 as never)).toThrow(
      /^test: take takes a list of rows, such as \[0, 2\]; slice\(0, n\).*, not 2/,
    );
    expect(() => parts.take(undefined as never)).toThrow(/^test: take takes a list/);
    expect(() => parts.select('id' as never)).toThrow(/^test: select takes a list of names, .*, not id/);
    expect(() => parts.filter('id', 2 as never)).toThrow(/^test: filter: the second argument is a function .*, not 2/);
  });

  it('renames columns of any name, those of object prototypes too', () => {
    const names = ['constructor', 'toString', '__proto__', 'plain'];
    const odd = new Table(new Map(names.map((name, i) => [name, new Numbers(Int32Array.of(i))])), 'test');
    const renamed = odd.rename({ plain: 'other' });
    expect(renamed.names).toEqual(['constructor', 'toString', '__proto__', 'other']);
    expect(names.slice(0, 3).map((name) => renamed.numbers(name)[0])).toEqual([0, 1, 2]);
    expect(odd.rename({ toString: 'text' }).names).toContain('text');
  });

  it('draws a sample without looking at all rows', () => {
    const rows = 1e7;
    const t = table({ n: { type: 'number', values: Int32Array.from({ length: rows }, (_, i) => i) } });
    const drawn = t.sample(10, 3).numbers('n');
    expect(new Set(drawn).size).toBe(10);
    expect(t.sample(10, 3).numbers('n')).toEqual(drawn);
    expect(t.sample(10, 4).numbers('n')).not.toEqual(drawn);
    const few = table({ n: { type: 'number', values: Float64Array.from({ length: 50 }, (_, i) => i) } });
    expect([...few.sample(80).numbers('n')].sort((a, b) => a - b)).toEqual([...few.numbers('n')]);
  });

  it('draws every row equally often', () => {
    const t = table({ n: { type: 'number', values: Float64Array.of(0, 1, 2, 3, 4) } });
    const counts = new Float64Array(5);
    for (let seed = 0; seed < 2000; seed++) for (const n of t.sample(2, seed).numbers('n')) counts[n]++;
    for (const count of counts) expect(Math.abs(count - 800)).toBeLessThan(110);
  });

  it.each([
    [{ values: Float64Array.of(1) }, "test: column 'x' lacks its type: give { type: 'number', values }"],
    [Float64Array.of(1), "column 'x' lacks its type"],
    [undefined, "column 'x' lacks its type"],
    [{ type: 'numbers', values: [1] }, "column 'x' has the type 'numbers'; there are"],
    [{ type: 'number' }, "column 'x' has no values"],
    [{ type: 'string', values: ['a', 5] }, "column 'x', row 2: 5 is not text"],
    [{ type: 'number', values: [1, 'a'] }, "column 'x', row 2: 'a' is not a number"],
    [{ type: 'list', values: [[1], 5] }, "column 'x', row 2: '5' is not a list"],
    [{ type: 'list', values: [[], ['a', 5]] }, "column 'x', row 2: 5 is not text"],
  ])('refuses %j', (column, message) => {
    expect(() => table({ x: column })).toThrow(message);
  });

  it('shows lists', () => {
    const shown = mixed()[DISPLAY]();
    expect(shown['text/plain']).toMatch(/tags +list of string +\[x, y\] \| \[\] \| \[y\]/);
    expect(shown['text/html']).toContain('<small>list of number</small>');
  });
});
