import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../src/base/random';
import { from, split, type Table } from '../../../src/din/data';
import { DISPLAY } from '../../../src/outputs/display';

const rows = (table: Table) =>
  Array.from({ length: table.rows }, (_, row) =>
    Object.fromEntries(table.names.map((name) => [name, table.column(name).at(row)])),
  );

const long = 'a text of more than twelve bytes';
const clicks = () =>
  from({
    user: ['b', 'a', null, 'b', long],
    item: Int32Array.of(3, 1, 2, 1, 9),
    price: [1.5, null, 2.5, 4, 8],
    tags: [['x', long], [], ['y'], null, ['x']],
  });

describe('queries of a table', () => {
  it('go to DuckDB and back without loss', async () => {
    expect(rows(await clicks().sql('FROM this'))).toEqual(rows(clicks()));
    const part = clicks().slice(1, 4);
    expect(rows(await part.sql('FROM this'))).toEqual(rows(part));
    const random = createRandom(1);
    const big = from({
      n: Float64Array.from({ length: 5000 }, () => random.next()),
      t: Array.from({ length: 5000 }, (_, i) => (i % 5 ? `t${i % 100}` : `${long} ${i % 10}`)),
      l: Array.from({ length: 5000 }, (_, i) => Array.from({ length: i % 6 }, (__, k) => i * k)),
      f: Float32Array.from({ length: 5000 }, (_, i) => (i % 3 ? i / 2 : Number.NaN)),
    });
    expect(rows(await big.sql('FROM this'))).toEqual(rows(big));
    expect(rows(await clicks().slice(0, 0).sql('FROM this'))).toEqual([]);
    await expect(clicks().sql('SELECT itm FROM this')).rejects.toThrow(/data\.from: sql: .*itm[\s\S]*The query was/);
    await expect(from({ a: [1], A: [2] }).sql('FROM this')).rejects.toThrow("columns 'a' and 'A' differ by case only");
  });

  it('find columns whose names hold quotes', async () => {
    const t = from({ 'we"ird col': ['a', 'b'], n: [1, 2] });
    expect((await t.withColumn('x', `"we""ird col" || '!'`)).column('x').at(1)).toBe('b!');
  });

  it('add columns by expression, function and array, in the order of the rows', async () => {
    const t = await clicks().withColumn('twice', 'price * 2');
    expect([...t.numbers('twice')]).toEqual([3, Number.NaN, 5, 8, 16]);
    expect([...(await t.withColumn('n', 'count(*) OVER (PARTITION BY "user")')).typed('n')]).toEqual([2, 1, 1, 2, 1]);
    expect((await t.withColumn('both', (row, i) => `${row.user}${i}`)).strings('both')[3]).toBe('b3');
    expect((await t.withColumn('twice', [1, 2, 3, 4, 5])).names).toEqual(['user', 'item', 'price', 'tags', 'twice']);
    await expect(t.withColumn('x', [1])).rejects.toThrow("withColumn 'x' gave 1 values for 5 rows");
    await expect(t.withColumn('x', 'avg(price)')).rejects.toThrow('avg(x) OVER ()');
  });

  it('sort stably, what is missing last, text by its letters', async () => {
    expect((await clicks().sort('user')).numbers('item')).toEqual(Float64Array.of(1, 9, 3, 1, 2));
    expect((await clicks().sort(['user', 'item'])).numbers('item')).toEqual(Float64Array.of(1, 9, 1, 3, 2));
    expect((await clicks().sort('price', { descending: true })).numbers('item')).toEqual(
      Float64Array.of(9, 1, 2, 3, 1),
    );
    await expect(clicks().sort('cost')).rejects.toThrow("no column 'cost'");
  });

  it('group in the order of first appearance', async () => {
    const grouped = await clicks().groupBy('user', { n: 'count(*)', total: 'sum(price)', items: 'list(item)' });
    expect(rows(grouped)).toEqual([
      { user: 'b', n: 2, total: 5.5, items: [3, 1] },
      { user: 'a', n: 1, total: Number.NaN, items: [1] },
      { user: '', n: 1, total: 2.5, items: [2] },
      { user: long, n: 1, total: 8, items: [9] },
    ]);
    expect(rows(await clicks().groupBy([], { n: 'count(*)' }))).toEqual([{ n: 5 }]);
  });

  it('join in the order of the rows, with what is missing where there is no partner', async () => {
    const items = from({ id: [1, 3, 2], name: ['one', 'three', 'two'], year: [2001, 2003, 2002], l: [[1], [3], [2]] });
    const joined = await clicks()
      .select(['item'])
      .join(items, { on: { item: 'id' } });
    expect(rows(joined)).toEqual([
      { item: 3, name: 'three', year: 2003, l: [3] },
      { item: 1, name: 'one', year: 2001, l: [1] },
      { item: 2, name: 'two', year: 2002, l: [2] },
      { item: 1, name: 'one', year: 2001, l: [1] },
      { item: 9, name: '', year: Number.NaN, l: [] },
    ]);
    expect((await clicks().join(items, { on: { item: 'id' }, how: 'inner' })).rows).toBe(4);
    const text = from({ item: ['1', '01'], w: [1, 2] });
    await expect(clicks().join(text, { on: 'item' })).rejects.toThrow(
      "column 'item' holds numbers, 'item' of data.from text",
    );
    await expect(clicks().join(from({ item: [1], price: [2] }), { on: 'item' })).rejects.toThrow(
      "both tables have a column 'price'",
    );
  });
});

it.each<[string, (table: Table) => Promise<unknown>, RegExp]>([
  ['an aggregate in the name of a key', (t) => t.groupBy('user', { user: 'count(*)' }), /'user' is grouped by/],
  ['an aggregate without a name', (t) => t.groupBy('user', 'count(*)' as never), /give aggregates with the names/],
  ['no aggregate', (t) => t.groupBy('user', {}), /give aggregates with the names/],
  ['two columns of one name', (t) => t.sql('SELECT user, price AS user FROM this'), /two columns 'user'.*with AS/],
  [
    'two columns of one name, of which one is cast',
    (t) => t.sql("SELECT DATE '2024-01-01' AS day, 1 AS day FROM this"),
    /two columns 'day'/,
  ],
])('nothing of a query is lost in silence: %s', async (_, query, message) => {
  await expect(query(clicks())).rejects.toThrow(message);
});

describe('data.split', () => {
  const log = () => from({ who: ['a', 'b', 'a', 'c', 'b', 'a'], when: [5, 1, 3, 2, 6, 4], n: [0, 1, 2, 3, 4, 5] });
  const parts = (options: Parameters<typeof split>[1]) => {
    const { train, test } = split(log(), options);
    return [[...train.typed('n')], [...test.typed('n')]];
  };

  it('by time, by user, the last of each user, and by chance', () => {
    expect(parts({ by: 'time', column: 'when', test: 0.3 })).toEqual([
      [1, 2, 3, 5],
      [0, 4],
    ]);
    expect(parts({ by: 'last', column: 'who', time: 'when' })).toEqual([
      [1, 2, 3, 5],
      [0, 4],
    ]);
    expect(parts({ by: 'last', column: 'who' })).toEqual([
      [0, 1, 2, 3],
      [4, 5],
    ]);
    const [train, test] = parts({ by: 'user', column: 'who', test: 0.4 });
    const users = (of: number[]) => new Set(of.map((n) => log().strings('who')[n]));
    expect([...users(train)].some((user) => users(test).has(user))).toBe(false);
    expect(parts({ by: 'random', test: 0.5 })).toEqual(parts({ by: 'random', test: 0.5 }));
    expect(parts({ by: 'random', test: 0.5 })[1]).toHaveLength(3);
  });

  it('says what it leaks', () => {
    for (const by of ['time', 'user', 'last', 'random'] as const) {
      const column = by === 'time' ? 'when' : 'who';
      const result = split(log(), { by, ...(by === 'random' ? {} : { column }) });
      expect(result.leaks.length).toBeGreaterThan(40);
      expect(result[DISPLAY]()['text/plain']).toContain(result.leaks);
    }
  });

  it.each<[Parameters<typeof split>[1], RegExp]>([
    [{ by: 'time' }, /name the column of the times/],
    [{ by: 'week' as never }, /'by' is 'week'/],
    [{ by: 'time', column: 'who' }, /column 'who' holds text/],
    [{ by: 'time', column: 'when', test: 2 }, /give a fraction/],
    [{ by: 'user', column: 'x' }, /no column 'x'/],
  ])('refuses %j', (options, message) => {
    expect(() => split(log(), options)).toThrow(message);
  });

  it('refuses a time that is missing instead of training on it', () => {
    const gap = from({ when: [1, null, 3], n: [1, 2, 3] });
    expect(() => split(gap, { by: 'time', column: 'when' })).toThrow("column 'when', row 2: the time is missing");
  });
});

describe('columns of positions as lists', () => {
  const table = from({
    movie1: [3, 0, 5, 7],
    movie2: [2, 0, 0, null],
    movie3: [1, 0, 4, 6],
    kind1: ['c', 'x', 'e', ''],
    kind2: ['b', 'x', 'x', 'x'],
    kind3: ['a', 'x', 'd', 'f'],
  });
  const keys = (name: string) => [1, 2, 3].map((i) => `${name}${i}`);

  it('stand side by side, the oldest first, without padding', () => {
    const lists = table.withLists({ movies: keys('movie'), kinds: keys('kind') });
    expect(lists.column('movies')).toMatchObject({ values: [[1, 2, 3], [], [4, 5], [6, 7]] });
    expect(lists.column('kinds')).toMatchObject({ values: [['a', 'b', 'c'], [], ['d', 'e'], ['f', '']] });
    expect(lists.names.slice(0, 6)).toEqual(table.names);
    expect(lists.slice(2).column('movies')).toMatchObject({
      values: [
        [4, 5],
        [6, 7],
      ],
    });
    expect(
      table
        .slice(2)
        .withLists({ kinds: keys('kind') })
        .column('kinds'),
    ).toMatchObject({
      values: [
        ['d', 'x', 'e'],
        ['f', 'x'],
      ],
    });
  });

  it.each<[Record<string, string[]>, RegExp]>([
    [{}, /give the columns of each list/],
    [{ movies: keys('movie'), kinds: ['kind1'] }, /'kinds' has 1 positions, 'movies' 3/],
    [{ movies: ['movie1', 'kind1'] }, /'movies': some of its columns hold text/],
    [{ movies: ['movie9'] }, /no column 'movie9'/],
  ])('refuse %j', (lists, message) => expect(() => table.withLists(lists)).toThrow(message));
});

it('a column called as DuckDB calls the number of a row is a column like any other', async () => {
  for (const name of ['rowid', 'RowId']) {
    const t = from({ [name]: [2, 0, 1, 0], b: ['x', 'y', 'z', 'y'], v: [10, 20, 30, 40] });
    expect([...(await t.withColumn('double', 'v * 2')).numbers('double')]).toEqual([20, 40, 60, 80]);
    expect([...(await t.withColumn('next', `${name} + v`)).numbers('next')]).toEqual([12, 20, 31, 40]);
    expect((await t.sort(name)).numbers('v')).toEqual(Float64Array.of(20, 40, 30, 10));
    expect((await t.sort(['b', name], { descending: true })).numbers('v')).toEqual(Float64Array.of(30, 20, 40, 10));
    const groups = await t.groupBy('b', { n: 'count(*)', most: `max(${name})` });
    expect(rows(groups)).toEqual([
      { b: 'x', n: 1, most: 2 },
      { b: 'y', n: 2, most: 0 },
      { b: 'z', n: 1, most: 1 },
    ]);
    expect([...(await t.groupBy(name, { n: 'count(*)' })).numbers(name)]).toEqual([2, 0, 1]);
    const other = from({ [name]: [1, 2], age: [31, 32] });
    expect([...(await t.join(other, { on: name })).numbers('age')]).toEqual([32, Number.NaN, 31, Number.NaN]);
  }
});
