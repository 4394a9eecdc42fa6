import { describe, expect, it } from 'vitest';
import { from } from '../../../src/din/data';
import { DISPLAY } from '../../../src/outputs/display';

const table = () =>
  from({
    n: [1, 2, 2, null],
    t: ['<a>', '<a>', 'b', null],
    l: [[1, 2], [], [2], null],
    wide: Array.from({ length: 4 }, (_, i) => i * 1.5),
    label: [1, 0, 1, 0],
  });

describe('table.describe', () => {
  it('tells type, missing, different values, distribution and label rate', () => {
    const [n, t, l] = table().describe().columns;
    expect(n).toMatchObject({ type: 'number', missing: 1, distinct: 2, range: { min: 1, mean: 5 / 3, max: 2 } });
    expect(n.bins).toEqual([
      { name: '1', count: 1, rate: 1 },
      { name: '2', count: 2, rate: 0.5 },
    ]);
    expect(t).toMatchObject({ type: 'string', missing: 1, distinct: 2 });
    expect(t.bins).toEqual([
      { name: '<a>', count: 2, rate: 0.5 },
      { name: 'b', count: 1, rate: 1 },
    ]);
    expect(l).toMatchObject({ type: 'list of number', missing: 2, distinct: 2, range: { min: 0, mean: 0.75, max: 2 } });
  });

  it('bins many numbers and names the most frequent texts', () => {
    const many = from({
      x: Float64Array.from({ length: 1000 }, (_, i) => i / 10),
      t: Array.from({ length: 1000 }, (_, i) => `t${Math.floor(Math.sqrt(i))}`),
    });
    const [x, t] = many.describe().columns;
    expect(x.bins.map(({ count }) => count)).toEqual(Array(20).fill(50));
    expect(t.bins[0]).toMatchObject({ name: 't30', count: 61 });
    expect(t.bins.at(-1)).toMatchObject({ name: '20 others' });
    expect(t.bins.reduce((sum, { count }) => sum + count, 0)).toBe(1000);
  });

  it('tells the drift against another table', () => {
    const many = (from_: number, name: string) =>
      from({
        x: Float64Array.from({ length: 500 }, (_, i) => from_ + i),
        t: Array.from({ length: 500 }, (_, i) => `${name}${i % 3}`),
      });
    const drift = (other: ReturnType<typeof from>) =>
      many(0, 't')
        .describe({ against: other })
        .columns.map(({ drift: d }) => d!);
    expect(drift(many(0, 't'))).toEqual([0, 0]);
    const [x, t] = drift(many(250, 'u'));
    expect(x).toBeGreaterThan(0.25);
    expect(t).toBeGreaterThan(0.25);
  });

  describe('drift', () => {
    const rows = 4000;
    const drift = (mine: unknown[], theirs: unknown[]) =>
      from({ x: mine } as never).describe({ against: from({ x: theirs } as never) }).columns[0];
    const numbers = (make: (i: number) => unknown) => Array.from({ length: rows }, (_, i) => make((i * 7919) % rows));

    it.each<[string, unknown[], unknown[]]>([
      ['numbers that moved, beside one outlier', numbers((i) => (i === 0 ? 1e12 : i)), numbers((i) => i + 2000)],
      ['the values of lists of one length', numbers((i) => [`a${i % 3}`]), numbers((i) => [`b${i % 3}`])],
      ['numbers in lists of one length', numbers((i) => [i]), numbers((i) => [i + 2000])],
      ['the lengths of lists', numbers(() => ['a']), numbers((i) => (i % 2 ? ['a', 'a', 'a'] : ['a']))],
      ['ids that were not there', numbers((i) => `u${i}`), numbers((i) => `u${i + 3000}`)],
      ['what is missing', numbers((i) => i % 9), numbers((i) => (i % 3 ? i % 9 : null))],
      ['a level that was not there, which is not missing', numbers((i) => i % 3), numbers((i) => i % 4)],
      ['another type', numbers((i) => i % 3), numbers((i) => `${i % 3}`)],
    ])('tells of %s', (_, mine, theirs) => {
      expect(drift(mine, theirs).drift).toBeGreaterThan(0.25);
      expect(drift(mine, mine).drift).toBe(0);
    });

    it('is small between two halves of the same, and counts what is unseen', () => {
      const ids = numbers((i) => `u${i % 50}`);
      expect(drift(ids.slice(0, 2000), ids.slice(2000)).drift).toBeLessThan(0.1);
      expect(drift(['a', 'b', null], ['a', 'c', null, 'd']).unseen).toBeCloseTo(2 / 3);
      const shown = from({ x: ['a'] })
        .describe({ against: from({ x: ['b', 'a'] }) })
        [DISPLAY]();
      expect(shown['text/plain']).toContain('50.0 % unseen');
    });

    it('is none against a table without rows', () => {
      expect(drift([1, 2], []).drift).toBeUndefined();
    });
  });

  it('counts infinite numbers as values, and leaves missing labels out of rates', () => {
    const x = Float64Array.of(1, Number.POSITIVE_INFINITY, Number.NaN, 1, 1);
    const [column] = from({ x, label: [1, 1, 0, null, 0] }).describe().columns;
    expect(column).toMatchObject({ missing: 1, distinct: 2, range: { min: 1, max: Number.POSITIVE_INFINITY } });
    expect(column.bins.map(({ count, rate }) => [count, rate])).toEqual([
      [3, 0.5],
      [1, 1],
    ]);
    const wide = Float64Array.from({ length: 40 }, (_, i) => (i === 0 ? Number.NEGATIVE_INFINITY : i));
    expect(
      from({ wide })
        .describe()
        .columns[0].bins.reduce((sum, { count }) => sum + count, 0),
    ).toBe(40);
  });

  it('is shown as text and as a page, whatever the texts hold', () => {
    const shown = table().describe({ against: table() })[DISPLAY]();
    expect(shown['text/plain']).toMatch(/column .*distribution +label rate +drift\n.*n +number +25\.0 % +2 .*0\.000/);
    expect(shown['text/html']).toContain('<svg');
    expect(shown['text/html']).not.toContain('<a>');
    expect(() => table().describe({ label: 'x' })).toThrow("no column 'x'");
    expect(from({ a: [] }).describe()[DISPLAY]()['text/plain']).toContain('0 rows');
  });
});
