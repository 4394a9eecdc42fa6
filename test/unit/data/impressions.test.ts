import { describe, expect, it, vi } from 'vitest';
import { createRandom } from '../../../src/base/random';
import { from, impressions, type Table } from '../../../src/din/data';

interface Event {
  user: string;
  item: string;
  time: number;
  label: number;
  category: string;
  price: number;
}

/** Logs full of ties, gaps and users with one event; out of order. */
function randomLog(seed: number, count = 120): Event[] {
  const random = createRandom(seed);
  return Array.from({ length: count }, () => {
    const item = random.integer(15);
    return {
      user: `u${random.integer(10) ** 2 % 13}`,
      item: `item number ${item}`,
      time: 1000 + random.integer(12) * (random.integer(2) ? 1 : 50),
      label: random.integer(3) ? 1 : 0,
      category: `c${item % 4}`,
      price: random.integer(100) / 4,
    };
  });
}

/** The definition, written plainly: looks at the whole log for every row. */
function naive(log: Event[], event: Event, length: number) {
  const earlier = log.filter((other) => other.time < event.time);
  const inOrder = earlier
    .map((e, i) => ({ e, i }))
    .sort((a, b) => a.e.time - b.e.time || a.i - b.i)
    .map(({ e }) => e);
  const history = inOrder.filter((e) => e.user === event.user && e.label === 1).slice(-length);
  const statistics = (events: Event[]) => {
    const n = events.length;
    const all = earlier.length === 0 ? 0 : earlier.reduce((s, e) => s + e.price, 0) / earlier.length;
    const mean = n === 0 ? all : events.reduce((s, e) => s + e.price, 0) / n;
    const deviation = n < 2 ? 0 : Math.sqrt(events.reduce((s, e) => s + (e.price - mean) ** 2, 0) / (n - 1));
    const since = n === 0 ? Number.NaN : event.time - Math.max(...events.map((e) => e.time));
    return { n, mean, deviation, since };
  };
  return {
    items: history.map((e) => e.item),
    categories: history.map((e) => e.category),
    times: history.map((e) => e.time),
    user: statistics(earlier.filter((e) => e.user === event.user)),
    item: statistics(earlier.filter((e) => e.item === event.item)),
  };
}

const OPTIONS = { user: 'user', item: 'item', time: 'time', label: 'label' } as const;
const FEATURES = [
  'userCount',
  'userMean',
  'userStddev',
  'userSince',
  'itemCount',
  'itemMean',
  'itemStddev',
  'itemSince',
] as const;

const at = (table: Table, row: number) =>
  Object.fromEntries(table.names.map((name) => [name, table.column(name).at(row)]));

function expectRow(row: Record<string, unknown>, expected: ReturnType<typeof naive>) {
  expect(row.hist_item).toEqual(expected.items);
  expect(row.hist_category).toEqual(expected.categories);
  expect(row.hist_time).toEqual(expected.times);
  for (const who of ['user', 'item'] as const) {
    expect(row[`${who}Count`]).toBe(expected[who].n);
    expect(row[`${who}Mean`]).toBeCloseTo(expected[who].mean, 9);
    expect(row[`${who}Stddev`]).toBeCloseTo(expected[who].deviation, 6);
    expect(row[`${who}Since`]).toEqual(expected[who].since);
  }
}

describe('data.impressions', () => {
  it.each([1, 2, 3, 4, 5, 6, 7, 8])('equals the definition on a random log (seed %i)', async (seed) => {
    vi.spyOn(console, 'warn').mockImplementation(() => undefined);
    const log = randomLog(seed);
    const table = await impressions(from(log as never), {
      ...OPTIONS,
      history: { length: 4, fields: ['category', 'time'] },
      features: FEATURES,
      value: 'price',
    });
    expect(table.rows).toBe(log.length);
    const order = log
      .map((e, i) => ({ e, i }))
      .sort((a, b) => a.e.time - b.e.time || a.i - b.i)
      .map(({ e }) => e);
    order.forEach((event, row) => {
      expect(at(table, row)).toMatchObject(event);
      expectRow(at(table, row), naive(log, event, 4));
    });
  });

  it.each([1, 2, 3])(
    "draws negatives that the user never has, at the positive's time, knowing what it knows (seed %i)",
    async (seed) => {
      vi.spyOn(console, 'warn').mockImplementation(() => undefined);
      const log = randomLog(seed, 60);
      for (const source of ['uniform', 'popularity'] as const) {
        const options = {
          ...OPTIONS,
          history: { length: 4, fields: ['category', 'time'] },
          features: FEATURES,
          value: 'price',
          negatives: { perPositive: 2, from: source, seed },
        };
        const table = await impressions(from(log as never), options);
        expect(table.rows).toBe(log.length + 2 * log.filter(({ label }) => label === 1).length);
        const seen = new Set(log.map(({ user, item }) => `${user} ${item}`));
        let event = {} as Record<string, unknown>;
        for (let row = 0; row < table.rows; row++) {
          const cells = at(table, row);
          const isEvent = log.some((e) => e.user === cells.user && e.item === cells.item && e.time === cells.time);
          if (isEvent) {
            event = cells;
            continue;
          }
          expect(seen.has(`${cells.user} ${cells.item}`)).toBe(false);
          expect(cells).toMatchObject({ label: 0, user: event.user, time: event.time, price: event.price });
          expect(event.label).toBe(1);
          expect(cells.category).toBe(`c${Number(String(cells.item).split(' ')[2]) % 4}`);
          expectRow(cells, naive(log, cells as never, 4));
        }
        expect(at(await impressions(from(log as never), options), 5)).toEqual(at(table, 5));
      }
    },
  );

  it('does not change when what happens at the same time or later does', async () => {
    vi.spyOn(console, 'warn').mockImplementation(() => undefined);
    const log = randomLog(9);
    const options = { ...OPTIONS, history: { fields: ['category'] }, features: FEATURES, value: 'price' };
    const table = await impressions(from(log as never), options);
    const time = 1006;
    const changed = log.map((e) => (e.time >= time ? { ...e, label: 1 - e.label, price: 7, category: 'z' } : e));
    const other = await impressions(from(changed as never), options);
    const known = ['hist_item', 'hist_category', ...FEATURES];
    for (let row = 0; row < table.rows; row++) {
      if (table.numbers('time')[row] > time) break;
      for (const name of known) expect(other.column(name).at(row)).toEqual(table.column(name).at(row));
    }
  });

  it('takes conditions for what is positive and what a history holds, and several histories', async () => {
    vi.spyOn(console, 'warn').mockImplementation(() => undefined);
    const log = randomLog(5);
    const { label: _, ...rest } = OPTIONS;
    const events = from(log.map(({ label: __, ...e }) => e) as never);
    const table = await impressions(events, {
      ...rest,
      positive: 'price >= 10',
      history: [
        { name: 'clicks', where: "category = 'c1'", length: 3 },
        { name: 'all', where: 'all', length: 100 },
        { name: 'cheap', where: (event) => (event.price as number) < 5 },
      ],
    });
    const order = log
      .map((e, i) => ({ e, i }))
      .sort((a, b) => a.e.time - b.e.time || a.i - b.i)
      .map(({ e }) => e);
    order.forEach((event, row) => {
      const earlier = order.filter((e) => e.user === event.user && e.time < event.time);
      expect(table.numbers('label')[row]).toBe(event.price >= 10 ? 1 : 0);
      expect(table.column('clicks_item').at(row)).toEqual(
        earlier
          .filter((e) => e.category === 'c1')
          .slice(-3)
          .map((e) => e.item),
      );
      expect(table.column('all_item').at(row)).toEqual(earlier.map((e) => e.item));
      expect(table.column('cheap_item').at(row)).toEqual(earlier.filter((e) => e.price < 5).map((e) => e.item));
    });
  });

  it.each([1, 2, 3, 4, 5, 6])(
    'has statistics by name, with values and conditions of their own (seed %i)',
    async (seed) => {
      vi.spyOn(console, 'warn').mockImplementation(() => undefined);
      // Many categories for few events make the pairs of user and category sparse: both ways of counting them are met.
      const many = seed % 2 === 0;
      const random = createRandom(seed);
      const log = randomLog(seed).map((event, i) => ({
        ...event,
        tags: Array.from({ length: random.integer(4) }, () => `t${random.integer(6)}`),
        shelf: many ? random.integer(5) + (i === 0 ? 2_000_000 : 0) : random.integer(5),
      }));
      const earlierThan = (event: Event) => log.filter((other) => other.time < event.time);
      const table = await impressions(from(log as never), {
        ...OPTIONS,
        features: [
          'userMean',
          { name: 'prices', of: 'user', is: 'mean', value: 'price', where: 'positive', first: 9 },
          { name: 'clicks', of: 'item', is: 'count', where: 'positive' },
          { name: 'cheap', of: 'item', is: 'count', where: 'price < 10' },
          { name: 'idle', of: 'user', is: 'since', where: 'positive' },
          { name: 'taste', of: 'user', is: 'top', value: 'tags', length: 3, where: 'positive' },
          { name: 'shelves', of: 'item', is: 'top', value: 'shelf', length: 2 },
        ],
      });
      const top = (values: (string | number)[], length: number) => {
        const counts = new Map<string | number, number>();
        for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
        return [...counts]
          .sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1))
          .slice(0, length)
          .map(([value]) => value);
      };
      for (let row = 0; row < table.rows; row++) {
        const event = at(table, row) as never as (typeof log)[number] & Record<string, unknown>;
        const positive = earlierThan(event).filter((e) => e.label === 1) as typeof log;
        const own = positive.filter((e) => e.user === event.user);
        const mean = (events: Event[]) => events.reduce((sum, e) => sum + e.price, 0) / events.length;
        expect(event.prices).toBeCloseTo(own.length > 0 ? mean(own) : positive.length > 0 ? mean(positive) : 9, 9);
        expect(event.clicks).toBe(positive.filter((e) => e.item === event.item).length);
        expect(event.cheap).toBe(earlierThan(event).filter((e) => e.item === event.item && e.price < 10).length);
        expect(event.idle).toEqual(own.length === 0 ? Number.NaN : event.time - Math.max(...own.map((e) => e.time)));
        expect(event.taste).toEqual(
          top(
            own.flatMap((e) => e.tags),
            3,
          ),
        );
        const seen = earlierThan(event).filter((e) => e.item === event.item) as typeof log;
        expect(event.shelves).toEqual(
          top(
            seen.map((e) => e.shelf),
            2,
          ),
        );
      }
    },
  );

  it('tells deviations of values that are large beside their differences', async () => {
    vi.spyOn(console, 'warn').mockImplementation(() => undefined);
    const log = randomLog(9);
    const of = async (offset: number) => {
      const moved = log.map((e) => ({ ...e, price: e.price + offset }));
      const table = await impressions(from(moved as never), { ...OPTIONS, features: FEATURES, value: 'price' });
      return [...table.typed('userStddev'), ...table.typed('itemStddev')];
    };
    const plain = await of(0);
    expect(Math.max(...plain)).toBeGreaterThan(1);
    for (const offset of [1e6, 1.7e9, -1e12]) {
      for (const [i, value] of (await of(offset)).entries()) expect(value).toBeCloseTo(plain[i], 6);
    }
  });

  it("a negative's label column says what its label does, and its item's columns are the earliest event's", async () => {
    const events = from({
      who: ['b', 'a', 'a'],
      what: ['x', 'x', 'y'],
      at: [3, 1, 2],
      click: [1, 0, 1],
      price: [9, 1, 2],
    });
    const table = await impressions(events, {
      user: 'who',
      item: 'what',
      time: 'at',
      positive: "who = 'b'",
      negatives: { perPositive: 1, itemColumns: ['price'] },
    });
    expect(at(table, 3)).toEqual({ who: 'b', what: 'y', at: 3, click: 1, price: 2, label: 0 });
    const more = from({
      who: ['b', 'a', 'c'],
      what: ['x', 'x', 'y'],
      at: [3, 1, 4],
      click: [0, 0, 1],
      price: [9, 1, 2],
    });
    const labelled = await impressions(more, {
      user: 'who',
      item: 'what',
      time: 'at',
      label: 'click',
      negatives: { perPositive: 1, itemColumns: ['price'] },
    });
    expect(at(labelled, 3)).toEqual({ who: 'c', what: 'x', at: 4, click: 0, price: 1, label: 0 });
    expect(at(labelled, 2)).toEqual({ who: 'c', what: 'y', at: 4, click: 1, price: 2, label: 1 });
  });

  const good = { user: ['a', 'b'], item: [1, 2], time: [10, 20], label: [0, 1] };
  it.each<[string, object, object, RegExp]>([
    [
      'a time in milliseconds',
      { time: [1577923200000, 1577923200001] },
      {},
      /column 'time', row 1: 1577923200000 looks like milliseconds\. Give \{ milliseconds: true \}/,
    ],
    ['a missing time', { time: [10, null] }, {}, /column 'time', row 2: the time is missing/],
    ['a missing user', { user: ['a', null] }, {}, /column 'user', row 2: the user is missing/],
    ['ids that are fractions', { item: [1, 2.5] }, {}, /column 'item', row 2: 2\.5 is no id of an item/],
    [
      'a label with three values',
      { label: [0, 2] },
      {},
      /column 'label', row 2: a label is 0 or 1, not 2.*positive: 'label >= 2'/,
    ],
    ['an unknown column', {}, { item: 'items' }, /no column 'items'/],
    ['an unknown option', {}, { negative: {} }, /'negative'/],
    ['a history that is a number', {}, { history: 20 }, /history: settings are an object.*not 20/],
    ['negatives that are a number', {}, { negatives: 2 }, /negatives: settings are an object.*not 2/],
    ['fields that are no list', {}, { history: { fields: 'item' } }, /'fields' is a list.*not "item"/],
    ['features that are no list', {}, { features: 'userCount' }, /'features' is a list.*not "userCount"/],
    [
      "an item's columns that are no list",
      {},
      { negatives: { perPositive: 1, itemColumns: 'price' } },
      /'itemColumns' is a list.*not "price"/,
    ],
    ['an unknown feature', {}, { features: ['userAge'] }, /'userAge'; choose 'userCount'/],
    ['a statistic without a name', {}, { features: [{ of: 'user', is: 'count' }] }, /'name' of its column/],
    ['a top of nothing', {}, { features: [{ name: 'x', of: 'user', is: 'top' }] }, /'x': name the column/],
    [
      'a statistic of a column that is there',
      {},
      { features: [{ name: 'item', of: 'user', is: 'count' }] },
      /two columns 'item'/,
    ],
    ['a mean of text', {}, { features: [{ name: 'x', of: 'item', is: 'mean', value: 'user' }] }, /numbers are needed/],
    ['only positives', {}, { label: undefined }, /every event would be positive/],
    ['no events', { user: [], item: [], time: [], label: [] }, {}, /has no events/],
    [
      'a condition with a mistake',
      {},
      { label: undefined, positive: 'labl = 1' },
      /data\.impressions: positive: .*labl/,
    ],
    ['two histories of one name', {}, { history: [{}, {}] }, /two columns 'hist_item'.*another name/],
    [
      'a user who has all items',
      { user: ['a', 'a'] },
      { negatives: { perPositive: 1 } },
      /the user of row 1 .* has every one of the 2 items/,
    ],
  ])('refuses %s', async (_, columns, options, message) => {
    const events = from({ ...good, ...columns } as never);
    const renamed = 'label' in options ? from({ user: good.user, item: good.item, time: good.time }) : events;
    await expect(impressions(renamed, { ...OPTIONS, ...options } as never)).rejects.toThrow(message);
  });

  it('reads milliseconds where told, keeps and tells duplicates', async () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
    const events = from({
      user: ['a', 'a', 'a'],
      item: [1, 1, 2],
      time: [1577923200000, 1577923200000, 1577923201500],
      label: [1, 1, 0],
    });
    const table = await impressions(events, { ...OPTIONS, milliseconds: true, history: {}, features: ['userSince'] });
    expect(table.numbers('time')).toEqual(Float64Array.of(1577923200, 1577923200, 1577923201.5));
    expect(table.column('hist_item').at(2)).toEqual([1, 1]);
    expect(table.numbers('userSince')).toEqual(Float64Array.of(Number.NaN, Number.NaN, 1.5));
    expect(warn.mock.calls.flat().join()).toContain('1 of 3 events of data.from have the same user, item and time');
  });
});

describe('conditions over the events', () => {
  const log = (more: object = {}) =>
    from({ user: [1, 1, 2, 2], item: ['a', 'b', 'a', 'b'], time: [4, 3, 2, 1], y: [3, 1, 2, 1], ...more });
  const options = { user: 'user', item: 'item', time: 'time' };

  it('are of each event: what makes one value of all, or several of one, is an error', async () => {
    for (const positive of ['max(y) = 3', 'count(*) > 1', 'sum(y) > 2']) {
      const told = /makes one value of all rows|gave 1 values for 4 rows/;
      await expect(impressions(log(), { ...options, positive }), positive).rejects.toThrow(told);
      const history = { where: positive };
      await expect(impressions(log(), { ...options, positive: 'y > 1', history }), positive).rejects.toThrow(told);
      const features = [{ name: 'n', of: 'user', is: 'count', where: positive }] as never;
      await expect(impressions(log(), { ...options, positive: 'y > 1', features }), positive).rejects.toThrow(told);
    }
    await expect(impressions(log(), { ...options, positive: 'unnest([true, false])' })).rejects.toThrow(
      'gave 8 values for 4 rows',
    );
  });

  it('may be windows, whatever order those need', async () => {
    const positive = 'row_number() OVER (PARTITION BY "user" ORDER BY time) = 1';
    const samples = await impressions(log(), { ...options, positive });
    expect([...samples.numbers('time')]).toEqual([1, 2, 3, 4]);
    expect([...samples.numbers('label')]).toEqual([1, 0, 1, 0]);
  });

  it('see seconds where milliseconds become seconds, and so do statistics', async () => {
    const events = log({ time: [1.7e12 + 4000, 1.7e12 + 3000, 1.7e12 + 2000, 1.7e12 + 1000] });
    const features = [{ name: 'mean', of: 'user', is: 'mean', value: 'time' }] as const;
    const history = { where: 'time > 1700000002.5' };
    const told = { ...options, positive: 'true', milliseconds: true, features, history };
    const samples = await impressions(events, told);
    expect(samples.numbers('mean')[3]).toBe(1.7e9 + 3);
    expect(samples.column('hist_item').at(3)).toEqual(['b']);
  });

  it('leave the labels to what is asked for them', async () => {
    const features = [{ name: 'label', of: 'user', is: 'count' }] as never;
    await expect(impressions(log(), { ...options, positive: 'y > 1', features })).rejects.toThrow(
      "there would be two columns 'label'",
    );
    const signed = log({ y: [1, -1, -1, 1] });
    await expect(impressions(signed, { ...options, label: 'y' })).rejects.toThrow("e.g. { positive: 'y >= 1' }");
    const stars = log({ y: [1, 5, 3, 4] });
    await expect(impressions(stars, { ...options, label: 'y' })).rejects.toThrow("e.g. { positive: 'y >= 4' }");
    const far = log({ user: [2 ** 53, 1, 1, 1] });
    await expect(impressions(far, { ...options, positive: 'y > 1' })).rejects.toThrow('up to 2^53');
  });
});

it('negatives by popularity are as likely as the log has them, also for a user who has seen nearly all of it', async () => {
  const counts = [4, 10, 20, 29];
  const rows: [string, string][] = Array.from({ length: 3000 }, (_, i) => ['heavy', `seen ${i % 3}`]);
  for (const [item, count] of counts.entries())
    for (let i = 0; i < count; i++) rows.push([`other ${i}`, `rare ${item}`]);
  // Popular enough, by one who is not asked, that drawing among all events hardly ever meets what is left.
  for (let i = 0; i < 9000; i++) rows.push(['crowd', `seen ${i % 3}`]);
  const events = from({
    user: rows.map(([user]) => user),
    item: rows.map(([, item]) => item),
    time: rows.map((_, i) => i),
    label: rows.map(([user]) => (user === 'heavy' ? 1 : 0)),
  });
  const negatives = { perPositive: 1, from: 'popularity', seed: 3 } as const;
  const samples = await impressions(events, { user: 'user', item: 'item', time: 'time', label: 'label', negatives });
  const drawn = [0, 0, 0, 0];
  let total = 0;
  for (let row = 1; row < samples.rows; row++) {
    if (samples.numbers('time')[row] !== samples.numbers('time')[row - 1]) continue;
    drawn[Number(String(samples.column('item').at(row)).slice(5))]++;
    total++;
  }
  expect(total).toBe(3000);
  const chi = counts.reduce((sum, count, i) => {
    const expected = (total * count) / 63;
    return sum + (drawn[i] - expected) ** 2 / expected;
  }, 0);
  // The 99.9th percentile of chi squared at 3 degrees of freedom.
  expect(chi).toBeLessThan(16.3);
});

it('events of which nobody can say whether they are positive are an error, and so are times finer than milliseconds', async () => {
  const log = (more: object = {}) =>
    from({
      user: [1, 1, 1, 1],
      item: ['a', 'b', 'c', 'd'],
      time: [1, 2, 3, 4],
      rating: [5, Number.NaN, 4, 1],
      ...more,
    });
  const options = { user: 'user', item: 'item', time: 'time', positive: 'rating >= 4' };
  await expect(impressions(log(), options)).rejects.toThrow(
    /row 2: 'rating >= 4' is neither true nor false, as a value is missing \(1 event is such\)/,
  );
  const said = await impressions(log(), { ...options, positive: 'coalesce(rating >= 4, false)' });
  expect([...said.numbers('label')]).toEqual([1, 0, 1, 0]);
  // Of a history, an event that a condition does not choose is none of its own.
  const whole = { ...options, positive: 'true', history: { where: 'rating >= 4' } };
  expect((await impressions(log(), whole)).column('hist_item').at(3)).toEqual(['a', 'c']);
  const micro = log({ time: [1.7e15, 1.7e15 + 1e6, 1.7e15 + 2e6, 1.7e15 + 3e6], rating: [1, 2, 4, 5] });
  for (const milliseconds of [true, false])
    await expect(impressions(micro, { ...options, milliseconds })).rejects.toThrow(
      /row 1: 1700000000000000 looks like microseconds/,
    );
});
