import { describe, expect, it, vi } from 'vitest';
import { createRandom } from '../../../src/base/random';
import { from, impressions, split } from '../../../src/din/data';
import { leakage } from '../../../src/din/insight';
import { DISPLAY } from '../../../src/outputs/display';

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

  it('tells the column that the labels were taken from as what it is', async () => {
    const events = from({
      user: labels.map((_, i) => `u${i % 9}`),
      item: rows().item,
      time: labels.map((_, i) => i),
      click: labels,
    });
    const samples = await impressions(events, { user: 'user', item: 'item', time: 'time', label: 'click' });
    const report = leakage(samples);
    expect(report.leaks).toEqual([
      { column: 'click', problem: expect.stringContaining('is the label under another name') },
    ]);
    expect(report[DISPLAY]()['text/plain']).toMatch(/^1 possible leak\.\n/);
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

/**
 * Users who see items that differ in how well they are liked, some of them far more often than others. Each of a user's rows is at
 * a time of its own.
 */
describe('insight.leakage, on a log of users and items', () => {
  const random = createRandom(12);
  const quality = Array.from({ length: 150 }, () => random.next());
  const rows = Array.from({ length: 9000 }, (_, i) => {
    const item = Math.floor(150 * random.next() ** 2);
    const label = random.next() < 0.15 + 0.5 * quality[item] ? 1 : 0;
    return { user: random.integer(400), item, kind: item % 12, time: 1_700_000_000 + 30 * i, label };
  });
  type Row = (typeof rows)[number];
  const log = {
    user: rows.map(({ user }) => `u${user}`),
    item: rows.map(({ item }) => `i${item}`),
    kind: rows.map(({ kind }) => `k${kind}`),
    time: rows.map(({ time }) => time),
    label: rows.map(({ label }) => label),
  };
  const trained = rows.slice(0, 7200);
  const parts = (columns: Record<string, unknown>) =>
    split(from({ ...log, ...columns } as never), { by: 'time', column: 'time' });
  const found = (columns: Record<string, unknown>) =>
    leakage(parts(columns), { time: 'time' }).leaks.map(({ column }) => column);

  /** A statistic of all rows of the row's item, or of the training rows. */
  const ofItem = (of: readonly Row[], what: (positives: number, count: number) => number) => {
    const sums = quality.map(() => [0, 0]);
    for (const { item, label } of of) {
      sums[item][0] += label;
      sums[item][1]++;
    }
    return rows.map(({ item }) => what(sums[item][0], sums[item][1]));
  };
  /** What a history of at most ten holds, of the user's rows: those before (of the positives or all), the row, and those after. */
  const past = (make: (before: Row[], own: Row, after: Row[]) => Row[]) => {
    const ofUser = new Map<number, Row[]>();
    for (const row of rows) ofUser.set(row.user, [...(ofUser.get(row.user) ?? []), row]);
    return rows.map((row) => {
      const all = ofUser.get(row.user)!;
      const at = all.indexOf(row);
      return make(all.slice(0, at), row, all.slice(at + 1)).map(({ item }) => `i${item}`);
    });
  };
  const positive = (of: Row[]) => of.filter(({ label }) => label === 1);

  it.each<[string, string, () => unknown]>([
    ['lists whose length tells', 'x', () => rows.map(({ label }) => (label ? [1, 2] : [1]))],
    ['lists that are empty where nothing was clicked', 'x', () => rows.map(({ label }) => (label ? ['a'] : []))],
    ['lists whose values tell', 'x', () => rows.map(({ label }) => ['shown', label ? 'bought' : 'left'])],
    ['the mean label of training rows', 'x', () => ofItem(trained, (sum, count) => sum / count)],
    ['a smoothed mean label', 'x', () => ofItem(rows, (sum, count) => (sum + 8) / (count + 20))],
    ['a smoothed mean label of training rows', 'x', () => ofItem(trained, (sum, count) => (sum + 8) / (count + 20))],
    ['the logarithm of a count', 'x', () => ofItem(rows, (_, count) => Math.log1p(count))],
    ['the number of positives', 'x', () => ofItem(rows, (sum) => sum)],
    ['the number of training rows', 'x', () => ofItem(trained, (_, count) => count)],
    [
      'a history in no order that holds its own event',
      'hist_item',
      () => past((before, own) => positive([...before.slice(-10), own]).sort((a, b) => a.item - b.item)),
    ],
    [
      'a history of all events that holds its own',
      'hist_item',
      () => past((before, own) => [...before.slice(-9), own]),
    ],
    ['a history of the whole log', 'hist_item', () => past((before, own, after) => [...before, own, ...after])],
    ['a history of the whole log but for the row', 'seen', () => past((before, _, after) => [...before, ...after])],
    ['a history of what comes next', 'hist_item', () => past((_before, _own, after) => after.slice(0, 10))],
    [
      'times that are not earlier, whatever their name',
      'clicked_at',
      () => rows.map(({ time }) => [time - 60, time + 30]),
    ],
  ])('finds %s', (_, column, make) => {
    expect(found({ [column]: make() })).toEqual([column]);
  });

  it('finds a mean of ids that are too large for 32 bits', () => {
    const item = rows.map((row) => 3_000_000_000 + row.item);
    expect(found({ item, x: ofItem(rows, (sum, count) => sum / count) })).toEqual(['x']);
  });

  it('finds a text that tells, where negatives and positives come by turns', () => {
    const label = rows.map((_, i) => i % 2);
    expect(found({ label, x: label.map((one) => (one ? 'yes' : 'no')) })).toEqual(['x']);
  });

  it.each<[string, () => Record<string, unknown>]>([
    ['an honest history of what was liked', () => ({ hist_item: past((before) => positive(before).slice(-10)) })],
    [
      'an honest history of what was seen, the most recent first',
      () => ({ past: past((b) => b.slice(-10).reverse()) }),
    ],
    ['times of what was before', () => ({ clicked_at: rows.map(({ time }) => [time - 90, time - 30]) })],
    ['the very trait that labels come from', () => ({ x: rows.map(({ item }) => quality[item]) })],
    ['how often items are shown, as known beforehand', () => ({ x: rows.map(({ item }) => -item) })],
    [
      'tags, and the first of them',
      () => ({
        tags: rows.map(({ item }) => [`t${item % 9}`, `t${9 + (item % 4)}`]),
        tag: rows.map(({ item }) => `t${item % 9}`),
      }),
    ],
    [
      'who comes back to the same kind all the time',
      () => ({
        kind: rows.map(({ user, label, time }) => `k${label ? user % 12 : time % 12}`),
        hist_kind: rows.map(({ user }) => Array(6).fill(`k${user % 12}`)),
      }),
    ],
  ])('does not take for a leak %s', (_, make) => {
    expect(found(make())).toEqual([]);
  });

  it('says where rows cannot be told apart, and compares lists too', () => {
    const few = split(from({ kind: log.kind, label: log.label }), { by: 'random' });
    const report = leakage(few);
    expect(report.leaks).toEqual([]);
    expect(report.checked.join()).toContain('the columns do not tell rows apart');
    const lists = from({ past: rows.map((_, i) => [i, i + 1]), label: log.label });
    expect(leakage(split(lists, { by: 'random' })).leaks).toEqual([]);
    const twice = leakage({ train: lists, test: lists.slice(5, 8) });
    expect(twice.leaks[0].problem).toContain('3 of 3 test rows are among the training rows');
  });

  it('says what it cannot look for, and refuses what is no table to look at', () => {
    const one = from({ x: [1, 2, 3], label: [1, 1, 1] });
    expect(leakage(one).checked[0]).toBe("not for columns that tell the label: all of 'label' are 1");
    expect(() => leakage(from({ x: [], label: [] }))).toThrow('no rows: there is nothing to look at');
    expect(() => leakage(one, { threshold: 2 })).toThrow('threshold must be at least 0.5');
    expect(() => leakage(one, { user: 'who' })).toThrow("no column 'who'");
    expect(() => leakage({ train: one, test: from({ x: [1], label: [5] }) })).toThrow('a label is 0 or 1, not 5');
  });
});
