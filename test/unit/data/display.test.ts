import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { type Column, simulated, Table } from '../../../src/din/data';
import { baselines } from '../../../src/din/insight/baselines';
import { DISPLAY, isDisplayable } from '../../../src/outputs/display';

describe('what a cell shows', () => {
  it('of a table: rows, columns, types and first values, with markup made harmless', () => {
    const table = new Table(
      new Map([
        ['n', { type: 'number', values: Float64Array.from([1, 2.34567, Number.NaN]) }],
        ['<b>', { type: 'string', values: ['<script>', 'a & b', ''] }],
      ]),
      'a "file"',
    );
    expect(isDisplayable(table)).toBe(true);
    const bundle = table[DISPLAY]();
    expect(bundle['text/plain']).toBe(
      '3 rows × 2 columns (a "file")\n  n    number  1 | 2.346 |\n  <b>  string  <script> | a & b |',
    );
    const html = bundle['text/html'] as string;
    expect(html).toContain('>&lt;script&gt;</td>');
    expect(html).toContain('>&lt;b&gt;<br><small>string</small></th>');
    expect(html).not.toContain('<script>');
  });

  it('of a table and its columns in console.log and inside other values', () => {
    const values = Float64Array.from({ length: 130 }, (_, i) => i);
    const table = new Table(
      new Map<string, Column>([
        ['n', { type: 'number', values }],
        ['word', { type: 'string', values: Array.from(values, (i) => (i % 2 ? 'odd' : '')) }],
        ['list', { type: 'list', values: Array.from(values, (i) => (i ? [i] : [])) }],
      ]),
      'it',
    );
    expect(inspect(table)).toBe(table[DISPLAY]()['text/plain']);
    expect(inspect({ table })).toBe('{ table: Table(130 rows: n, word, list) }');
    expect(inspect({ table: table.take([0]) })).toBe('{ table: Table(1 row: n, word, list) }');
    expect(inspect(table.column('n').slice(0, 3))).toBe('Numbers(3) [ 0, 1, 2 ]');
    expect(inspect(table.column('word').slice(0, 2))).toBe("Texts(2) [ '', 'odd' ]");
    expect(inspect([table.column('list').slice(0, 2)])).toBe('[ Lists(2) [ [], [ 1 ] ] ]');
    expect(inspect(table.column('n'))).toMatch(/^Numbers\(130\) \[[\s\S]*99\n\] and 30 more$/);
  });

  it('of a wide table: a line a column, so that it fits a page', () => {
    const names = Array.from({ length: 13 }, (_, i) => `column${i}`);
    const column = (i: number) => ({ type: 'number' as const, values: Float64Array.from([i, i + 0.5]) });
    const table = (count: number) =>
      new Table(new Map(names.slice(0, count).map((name, i) => [name, column(i)])), 'it');
    const lines = (count: number) => (table(count)[DISPLAY]()['text/html'] as string).match(/<tr>.*?<\/tr>/g)!;
    expect(lines(10)).toHaveLength(3);
    expect(lines(13)).toHaveLength(13);
    expect(
      lines(13)[4]
        .replace(/<[^>]*>/g, ' ')
        .split(/ +/)
        .filter(Boolean),
    ).toEqual(['column4', 'number', '4', '4.5']);
  });

  it('of an empty table', () => {
    const empty = new Table(new Map([['n', { type: 'number', values: new Float64Array(0) }]]), 'nothing');
    expect(empty[DISPLAY]()['text/plain']).toBe('0 rows × 1 column (nothing)\n  n  number');
  });

  it('keeps a column on its line, whatever stands in its name and values', () => {
    const values = ['x\ty', 'two\r\nlines'];
    const lines = String(
      new Table(new Map([['a\nb', { type: 'string', values }]]), 'it')[DISPLAY]()['text/plain'],
    ).split('\n');
    expect(lines).toEqual(['2 rows × 1 column (it)', '  a\\nb  string  x\\ty | two\\r\\nlines']);
  });

  it('of many columns: numbered ones together, the last ones by name', () => {
    const names = ['id', 'genre1', 'genre2', 'genre3', 'x2', ...Array.from({ length: 16 }, (_, i) => `c${i}x`)];
    const wide = new Table(
      new Map(names.map((name) => [name, { type: 'number', values: Float64Array.of(1) }])),
      'wide',
    );
    const lines = String(wide[DISPLAY]()['text/plain']).split('\n');
    expect(lines[0]).toBe('1 row × 21 columns (wide)');
    expect(lines.slice(1, 5)).toEqual(
      ['  id         number  1', '  genre1…3   number  1', '  x2         number  1', '  c0x        number  1'].map(
        (line) => line.replace(/^( {2}\S+) +/, (_all, name: string) => name.padEnd(12)),
      ),
    );
    expect(lines.at(-1)).toBe('  … and c13x, c14x, c15x');
    expect(lines).toHaveLength(18);
  });

  it('of a sample set: what it is, sizes, best AUC', async () => {
    const samples = await simulated({ users: 10, items: 20, clusters: 4, rows: 1500 });
    const text = samples[DISPLAY]()['text/plain'] as string;
    expect(text).toMatch(/^simulated\n10 invented viewers/);
    expect(text).toMatch(/training: 1,200 rows, \d+\.\d % positive/);
    expect(text).toMatch(/20 movies, 10 users, \d+ genres; histories of 5/);
    expect(text).toContain(`best possible AUC on the test rows: ${samples.bestAuc?.toFixed(4)}`);
    expect(samples[DISPLAY]()['text/html']).toContain('<li>training: 1,200 rows');
  });
});

describe('baselines', () => {
  const column = (values: number[]) => ({ type: 'number' as const, values: Float64Array.from(values) });
  const table = (changes: Record<string, number[]> = {}) =>
    new Table(
      new Map(
        Object.entries({
          userId: [1, 1, 2, 2, 2],
          label: [1, 0, 1, 0, 0],
          movieAvgRating: [4, 3, 3, 3.5, 0],
          movieRatingCount: [5, 5, 5, 5, 0],
          userAvgRating: [4, 4, 2, 2, 2],
          userRatingCount: [3, 3, 2, 2, 2],
          ...changes,
        }).map(([name, values]) => [name, column(values)]),
      ),
      'rows',
    );

  it('score rows by the means so far, the unknown by the mean of the known', () => {
    const { predictors, rows, positives } = baselines(table());
    expect([rows, positives]).toEqual([5, 0.4]);
    const [movie, user, sum] = predictors;
    // The unknown movie stands at 3.375. Pairs won by positives (4, 3) over negatives (3, 3.5, 3.375): 3 and a half of 6.
    expect(movie.auc).toBeCloseTo(3.5 / 6, 12);
    // User 1: 4 over 3. User 2: 3 below both. Weighted by 2 and 3 rows.
    expect(movie.gauc.value).toBeCloseTo((2 * 1 + 3 * 0) / 5, 12);
    // (4, 2) over (4, 2, 2): half + 1 + 1, and 0 + half + half of 6.
    expect(user.auc).toBeCloseTo(3.5 / 6, 12);
    expect(user.gauc.value).toBe(0.5);
    // 8, 5 over 7, 5.5, 5.375.
    expect(sum.auc).toBeCloseTo(3 / 6, 12);
  });

  it('tell apart the users who share the row out of vocabulary', () => {
    const shared = table({ userId: [9, 9, 9, 9, 9], sourceUserId: [1, 1, 2, 2, 2] });
    expect(baselines(shared).predictors[0].gauc).toEqual(baselines(table()).predictors[0].gauc);
  });

  it('show areas of one class as undefined', () => {
    const text = baselines(table({ label: [1, 1, 1, 1, 1] }))[DISPLAY]()['text/plain'] as string;
    expect(text).toMatch(/movie's mean rating so far +– +–/);
    expect(text).toContain('5 rows, 100.0 % positive');
    expect(text).toContain('over 0 users; 2 with one class only are left out');
  });

  it('refuse a table without rows or without the columns', () => {
    expect(() => baselines(table().slice(0, 0))).toThrow(/rows: there are no rows to score/);
    expect(() => baselines(new Table(new Map([['label', column([1])]]), 'rows'))).toThrow(/no column 'userId'/);
  });
});
