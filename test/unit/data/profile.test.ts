import { describe, expect, it, vi } from 'vitest';
import { createRandom } from '../../../src/base/random';
import { from, impressions, split } from '../../../src/din/data';
import { leakage } from '../../../src/din/insight';
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

  it('is shown as text and as a page, whatever the texts hold', () => {
    const shown = table().describe({ against: table() })[DISPLAY]();
    expect(shown['text/plain']).toMatch(/column .*distribution +label rate +drift\n.*n +number +25\.0 % +2 .*0\.000/);
    expect(shown['text/html']).toContain('<svg');
    expect(shown['text/html']).not.toContain('<a>');
    expect(() => table().describe({ label: 'x' })).toThrow("no column 'x'");
    expect(from({ a: [] }).describe()[DISPLAY]()['text/plain']).toContain('0 rows');
  });
});

describe('insight.leakage', () => {
  const labels = Array.from({ length: 200 }, (_, i) => ((i * 7919) % 200 < 80 ? 1 : 0));
  const rows = () => ({
    item: labels.map((_, i) => `i${i % 17}`),
    noise: labels.map((_, i) => (i * 31) % 97),
    label: labels,
  });

  it('finds nothing in samples that know what came before', async () => {
    const events = from({
      user: labels.map((_, i) => `u${i % 9}`),
      item: rows().item,
      time: labels.map((_, i) => i),
      label: labels,
    });
    const samples = await impressions(events, {
      user: 'user',
      item: 'item',
      time: 'time',
      label: 'label',
      history: {},
      features: ['itemMean'],
    });
    expect(leakage(samples).leaks).toEqual([]);
    const parts = { train: samples.slice(0, 150), test: samples.slice(150) };
    const report = leakage(parts, { time: 'time' });
    expect(report.leaks).toEqual([]);
    expect(report[DISPLAY]()['text/plain']).toContain('No leak found');
  });

  it('finds a column made of the label, and a history that holds the event itself', () => {
    const samples = from({
      ...rows(),
      rating: labels.map((label, i) => (label ? 4 : 2) + (i % 3) / 4),
      gap: labels.map((label) => (label ? 5 : null)),
      hist_item: labels.map((label, i) => (label ? ['a', `i${i % 17}`] : ['a'])),
    });
    expect(leakage(samples).leaks.map(({ column }) => column)).toEqual(['rating', 'gap', 'hist_item']);
  });

  /** A log in which users rate movies; with what a careless join would add. */
  const careless = (add: (rows: Record<string, unknown>[]) => void) => {
    const random = createRandom(4);
    const rows = Array.from({ length: 600 }, (_, i) => {
      const rating = 1 + random.integer(5);
      return {
        user: `u${random.integer(40)}`,
        movieId: 1 + random.integer(30),
        rating,
        time: i,
        label: rating > 3 ? 1 : 0,
      };
    }) as Record<string, unknown>[];
    add(rows);
    return from(rows.map(({ rating: _, ...row }) => row) as never);
  };
  const each = (make: (row: Record<string, unknown>) => object) => (rows: Record<string, unknown>[]) => {
    for (const row of rows) Object.assign(row, make(row));
  };
  const meanOf = (rows: Record<string, unknown>[], key: string, value: string) => (row: Record<string, unknown>) => {
    const own = rows.filter((other) => other[key] === row[key]);
    return own.reduce((sum, other) => sum + (other[value] as number), 0) / own.length;
  };

  it.each<[string, string, (rows: Record<string, unknown>[]) => void]>([
    [
      'a text made of the label',
      'outcome',
      each((r) => ({ outcome: r.label ? `sold-${(r.time as number) % 3}` : 'none' })),
    ],
    [
      'a mean label over the whole log',
      'ctr',
      (rows) => {
        const mean = meanOf(rows, 'movieId', 'label');
        for (const r of rows) r.ctr = mean(r);
      },
    ],
    [
      'the mean label of all others',
      'ctr',
      (rows) => {
        for (const r of rows) {
          const others = rows.filter((o) => o.user === r.user && o !== r);
          r.ctr = others.reduce((sum, o) => sum + (o.label as number), 0) / others.length;
        }
      },
    ],
    [
      'a mean rating over the whole log, rounded',
      'movieAvgRating',
      (rows) => {
        const mean = meanOf(rows, 'movieId', 'stars');
        for (const r of rows) r.stars = r.time === 0 ? r.rating : 1 + ((r.time as number) % 5);
        for (const r of rows) r.movieAvgRating = Number(mean(r).toFixed(2));
      },
    ],
    [
      'a count over the whole log',
      'views',
      (rows) => {
        for (const r of rows) r.views = rows.filter((o) => o.user === r.user).length;
      },
    ],
    [
      'a history that holds its own event, whatever its name',
      'past_movies',
      each((r) => ({ past_movies: r.label ? [7, r.movieId] : [7] })),
    ],
    [
      'a position that is its own event',
      'userRatedMovie1',
      each((r) => ({ userRatedMovie1: r.label ? r.movieId : 1 + ((r.time as number) % 30) })),
    ],
    [
      'a history of later events',
      'hist_time',
      each((r) => ({ hist_time: [(r.time as number) - 1, (r.time as number) + 5] })),
    ],
  ])('finds %s', (_, column, add) => {
    const samples = careless(add);
    const { leaks } = leakage(samples, { time: 'time' });
    expect(leaks.map((leak) => leak.column)).toEqual([column]);
    const parts = leakage({ train: samples.slice(0, 450), test: samples.slice(450) }, { time: 'time' });
    expect(parts.leaks.map((leak) => leak.column)).toEqual([column]);
  });

  it('finds nothing in what impressions make, however many statistics they have', async () => {
    vi.spyOn(console, 'warn').mockImplementation(() => undefined);
    const samples = await impressions(
      careless(() => undefined),
      {
        user: 'user',
        item: 'movieId',
        time: 'time',
        label: 'label',
        history: { length: 5, fields: ['time'] },
        features: ['userCount', 'userMean', 'userStddev', 'itemCount', 'itemMean', 'itemSince'],
      },
    );
    expect(leakage(samples, { time: 'time' }).leaks).toEqual([]);
    const { train, test } = split(samples, { by: 'time', column: 'time' });
    expect(leakage({ train, test }, { time: 'time' }).leaks).toEqual([]);
    const random = split(samples, { by: 'random' });
    expect(leakage(random, { time: 'time' }).leaks.map(({ column }) => column)).toEqual(['time']);
  });

  it('finds test rows among the training rows, and earlier ones', () => {
    const samples = from({ ...rows(), time: labels.map((_, i) => i) });
    const { leaks } = leakage({ train: samples, test: samples.slice(0, 10) }, { time: 'time' });
    expect(leaks.map(({ column }) => column)).toEqual(['test rows', 'time']);
    expect(leaks[0].problem).toContain('10 of 10 test rows are among the training rows');
  });

  it('refuses what has no labels', () => {
    expect(() => leakage(from({ label: [0, 2] }))).toThrow('a label is 0 or 1, not 2');
    expect(() => leakage({} as never)).toThrow('give a table of samples');
  });
});
