import { describe, expect, it } from 'vitest';
import { keptRows, parseTableOutput, scalarText, tableHeading, tableMarkup } from '../../../src/outputs/table';
import { filterProblem, findRows, orderOf, type QueryColumn } from '../../../src/outputs/table-query';

const column = (name: string, values: (number | string | boolean | null)[]): QueryColumn => ({
  name,
  length: values.length,
  at: (row) => values[row]!,
});
const found = (columns: QueryColumn[], query: Parameters<typeof findRows>[1]) => [...findRows(columns, query)];

describe('orderOf', () => {
  it('sorts as a comparing sort does, keeps equal keys in their order, and puts NaN last either way', () => {
    let state = 7;
    const random = () => {
      state = (state * 48271) % 2147483647;
      return state / 2147483647;
    };
    const keys = Float64Array.from({ length: 5000 }, () => {
      const r = random();
      if (r < 0.05) return Number.NaN;
      if (r < 0.1) return -0;
      if (r < 0.15) return 0;
      if (r < 0.17) return Number.POSITIVE_INFINITY;
      if (r < 0.19) return Number.NEGATIVE_INFINITY;
      return r < 0.6 ? Math.round(random() * 20 - 10) : (random() - 0.5) * 10 ** (random() * 600 - 300);
    });
    const rows = Array.from(keys, (_, row) => row);
    for (const descending of [false, true]) {
      const peer = [...rows].sort((a, b) => {
        const [x, y] = [keys[a]!, keys[b]!];
        if (Number.isNaN(x) || Number.isNaN(y)) return Number(Number.isNaN(x)) - Number(Number.isNaN(y)) || a - b;
        return (x < y ? -1 : x > y ? 1 : 0) * (descending ? -1 : 1) || a - b;
      });
      expect([...orderOf(keys, descending)]).toEqual(peer);
    }
    expect([...orderOf(new Float64Array(0))]).toEqual([]);
  });
});

describe('findRows', () => {
  const columns = [
    column('user', [3, 1, null, 2, 10]),
    column('Item name', ['b', '', 'a', 'B', 'c']),
    column('mixed', ['x', 2, true, null, 'Infinity']),
  ];

  it('sorts numbers as numbers, texts by their characters, what is missing last', () => {
    expect(found(columns, { sort: { column: 0, descending: false } })).toEqual([1, 3, 0, 4, 2]);
    expect(found(columns, { sort: { column: 0, descending: true } })).toEqual([4, 0, 3, 1, 2]);
    expect(found(columns, { sort: { column: 1, descending: false } })).toEqual([3, 2, 0, 4, 1]);
    expect(found(columns, { sort: { column: 2, descending: false } })).toEqual([2, 1, 4, 0, 3]);
    expect(found(columns, { sort: { column: 9, descending: false } })).toEqual([0, 1, 2, 3, 4]);
  });

  it.each([
    ['', [0, 1, 2, 3, 4]],
    ['  B ', [0, 3]],
    ['1', [1, 4]],
    ['user > 1', [0, 3, 4]],
    ['user<=2', [1, 3]],
    ['USER = 10', [4]],
    ['user > x', []],
    ['item name = b', [0]],
    ['item name != b', [1, 2, 3, 4]],
    ['user =', [2]],
    ['user = NaN', [2]],
    ['user = "10"', [4]],
    ["item name = 'b'", [0]],
    ['mixed > 1', [0, 1, 4]],
    ['.*', []],
    ['a > b', []],
  ])('filters by %j', (filter, rows) => {
    expect(found(columns, { filter })).toEqual(rows);
  });
});

describe('numbers that are texts', () => {
  const sorted = (values: (number | string | null)[], descending = false) =>
    found([column('v', values)], { sort: { column: 0, descending } }).map((row) => values[row]);

  it('sort as numbers, what is no number or date last whichever way', () => {
    expect(sorted(['10', 9, '8', 11])).toEqual(['8', 9, '10', 11]);
    expect(sorted(['9007199254740993', '9007199254740992', 5])).toEqual([5, '9007199254740992', '9007199254740993']);
    expect(sorted([2, 'NaN', null, 3, 'Infinity'], true)).toEqual(['Infinity', 3, 2, 'NaN', null]);
    expect(sorted(['x', 'NaN', '10', '9', 'Invalid Date'], true)).toEqual(['x', '10', '9', 'NaN', 'Invalid Date']);
  });

  it('are compared as such, and a filter that can find nothing says why', () => {
    const columns = [column('v', ['12', 7, 'NaN']), column('name', ['a', 'b', 'c'])];
    expect(found(columns, { filter: 'v > 8' })).toEqual([0]);
    expect(found(columns, { filter: 'v = NaN' })).toEqual([2]);
    expect(found(columns, { filter: 'v != NaN' })).toEqual([0, 1]);
    expect(filterProblem(columns, 'v > x')).toBe('No row: v holds numbers, and “x” is none.');
    expect(filterProblem(columns, 'nope > 3')).toBe(
      'No row contains this, and no column is called “nope”: there are v, name.',
    );
    expect(filterProblem(columns, 'v > 100')).toBeUndefined();
    expect(filterProblem(columns, 'name = z')).toBeUndefined();
    expect(filterProblem(columns, 'nothing')).toBeUndefined();
  });
});

describe('a table output', () => {
  const table = { version: 1, rows: 2, columns: [{ name: '<b>', type: 'string', values: ['<script>', null] }] };

  it.each([
    [null, 'table must be an object'],
    [{ ...table, version: 2 }, 'table.version must be one of 1'],
    [{ ...table, rows: 1 }, 'table.columns[0].values must have 1 entries, but has 2'],
    [
      { ...table, columns: [...table.columns, { name: 'x', type: 'number', values: [1] }] },
      'columns[1].values must have 2',
    ],
    [
      { ...table, columns: [{ name: 'x', type: 'number', values: [{}, 1] }] },
      'table.columns[0].values[0] must be a text',
    ],
    [{ ...table, columns: [{ type: 'number', values: [] }] }, 'table.columns[0].name must be a text'],
  ])('says what is wrong with %j', (value, message) => {
    expect(() => parseTableOutput(value)).toThrow(message);
  });

  it('is markup without scripts, of the first rows', () => {
    const parsed = parseTableOutput({ ...table, rows: 1234567, source: 'a & b' });
    expect(tableHeading(parsed)).toBe('1,234,567 rows × 1 column (a & b)');
    const markup = tableMarkup(parsed, 1);
    expect(markup).toContain('<td>&lt;script&gt;</td>');
    expect(markup).toContain('1234566 more rows');
    expect(markup).not.toMatch(/<script|<b>/);
  });

  it('keeps few rows of many columns, and prints numbers short', () => {
    expect([keptRows(10, 3), keptRows(1e6, 3), keptRows(1e6, 100), keptRows(1e6, 1e5)]).toEqual([10, 500, 200, 5]);
    expect([1234567, 0.1 + 0.2, 1e-9, null, true, 'x'].map(scalarText)).toEqual([
      '1234567',
      '0.3',
      '1e-9',
      '',
      'true',
      'x',
    ]);
  });
});
