import { describe, expect, it } from 'vitest';
import { byUser, from, impressions, randomSplit, split, Table, timeSplit } from '../../../src/din/data';

function tableOf(columns: Record<string, number[]>): Table {
  return new Table(
    new Map(
      Object.entries(columns).map(([name, values]) => [name, { type: 'number', values: Float64Array.from(values) }]),
    ),
    'rows',
  );
}

const many = tableOf({
  row: Array.from({ length: 1000 }, (_, i) => i),
  timestamp: Array.from({ length: 1000 }, (_, i) => 1000 - Math.floor(i / 3)),
  userId: Array.from({ length: 1000 }, (_, i) => i % 40),
});

describe('timeSplit', () => {
  it('tests the latest rows and never parts rows of one second', () => {
    const { train, test } = timeSplit(tableOf({ timestamp: [5, 1, 4, 4, 2, 4, 3, 4, 0, 9] }), 0.3);
    expect([...train.numbers('timestamp')]).toEqual([1, 2, 3, 0]);
    expect([...test.numbers('timestamp')]).toEqual([5, 4, 4, 4, 4, 9]);
  });

  it('loses and invents no row', () => {
    const { train, test } = timeSplit(many, 0.25);
    expect([...train.numbers('row'), ...test.numbers('row')].sort((a, b) => a - b)).toEqual([...many.numbers('row')]);
    expect(Math.min(...test.numbers('timestamp'))).toBeGreaterThan(Math.max(...train.numbers('timestamp')));
    expect(test.rows).toBeGreaterThanOrEqual(250);
    expect(test.rows).toBeLessThan(253);
  });

  it('refuses what cannot be split', () => {
    expect(() => timeSplit(tableOf({ timestamp: [7, 7, 7] }))).toThrow(
      /rows: 3 rows cannot be split by time.* begin at timestamp 7, where all rows begin\. Use a random split/,
    );
    expect(() => timeSplit(tableOf({ timestamp: [] }))).toThrow(/0 rows cannot be split/);
  });

  it('names the remedy where the column of the times has another name', () => {
    expect(() => timeSplit(tableOf({ when: [1, 2, 3] }))).toThrow(
      /has no column 'timestamp'.*din\.data\.split\(table, \{ by: 'time', column: '\.\.\.' \}\)\. Columns: when/,
    );
    expect(timeSplit(tableOf({ when: [1, 2, 3] }), 0.3, 'when').test.rows).toBe(1);
    expect(() => timeSplit(many, 0)).toThrow(/'testFraction' is 0/);
    expect(() => timeSplit(many, 0.2, 'time')).toThrow(/no column 'time'/);
    expect(() => timeSplit(many, 0.2, { column: 'row' } as never)).toThrow(
      "rows: a column is given by its name, such as 'row', not by an object { column }. Columns: row, timestamp, userId.",
    );
  });
});

describe('randomSplit', () => {
  it('is the same for the same seed, keeps the order, and takes the asked share', () => {
    const { train, test } = randomSplit(many, 0.3, 1);
    expect([train.rows, test.rows]).toEqual([700, 300]);
    expect([...test.numbers('row')]).toEqual([...test.numbers('row')].sort((a, b) => a - b));
    expect([...randomSplit(many, 0.3, 1).test.numbers('row')]).toEqual([...test.numbers('row')]);
    expect([...randomSplit(many, 0.3, 2).test.numbers('row')]).not.toEqual([...test.numbers('row')]);
    // Drawn from everywhere: each tenth of the rows has its share, within 5 standard errors.
    for (let tenth = 0; tenth < 10; tenth++) {
      const inside = test.numbers('row').filter((row) => Math.floor(row / 100) === tenth).length;
      expect(Math.abs(inside - 30)).toBeLessThan(5 * Math.sqrt(21));
    }
  });

  it('refuses seeds that are no whole numbers', () => {
    expect(() => randomSplit(many, 0.3, 1.5)).toThrow(/'seed' is 1\.5/);
  });
});

describe('byUser', () => {
  it('tests whole users', () => {
    const { train, test } = byUser(many, 0.25, 3);
    const testUsers = new Set(test.numbers('userId'));
    expect(testUsers.size).toBe(10);
    expect([...train.numbers('userId')].some((user) => testUsers.has(user))).toBe(false);
    expect(train.rows + test.rows).toBe(1000);
  });

  it('refuses a single user', () => {
    expect(() => byUser(tableOf({ userId: [4, 4] }))).toThrow(/cannot be split/);
  });
});

describe('leave-one-out', () => {
  const log = from({
    user: ['a', 'b', 'a', 'b', 'c', 'a'],
    item: [1, 2, 3, 4, 5, 6],
    time: [10, 20, 30, 40, 50, 60],
  });

  it('keeps a positive and the negatives drawn for it together, where the times are named', async () => {
    const samples = await impressions(log, { user: 'user', item: 'item', time: 'time', negatives: { perPositive: 2 } });
    const { train, test } = split(samples, { by: 'last', column: 'user', time: 'time' });
    expect([...test.numbers('label')]).toEqual([1, 0, 0, 1, 0, 0]);
    expect([...test.numbers('time')]).toEqual([40, 40, 40, 60, 60, 60]);
    expect(train.strings('user')).toEqual([...'aaabbbaaaccc']);
    expect(() => split(samples, { by: 'last', column: 'user' })).toThrow(
      /all negatives: .* torn from the positives .*time: '\.\.\.'/,
    );
  });

  it('says what is wrong with a split in the words of its options', () => {
    const table = from({ user: ['a', 'b', 'c'], time: [1, 2, 3], none: ['a', null, 'b'] });
    for (const by of ['leave-one-out', 'leaveOneOut', 'latest', undefined]) {
      expect(() => split(table, { by: by as never })).toThrow("'last' is leave-one-out, the last event of each user");
    }
    expect(() => split(table, { by: 'last', column: 'user' })).toThrow(
      "no 'user' has two rows, so there is no last one",
    );
    expect(() => split(table, { by: 'last', column: 'user', time: 'time' })).toThrow("rows of two different 'time'");
    expect(() => split(table, { by: 'random', test: 1.5 })).toThrow("'test' is 1.5");
    expect(() => split(table, { by: 'user', column: 'none' })).toThrow("column 'none', row 2: the user is missing");
    for (const options of [
      { by: 'last', column: 'user', test: 0.3 },
      { by: 'time', column: 'time', time: 'time' },
      { by: 'time', column: 'time', seed: 1 },
      { by: 'random', column: 'user' },
    ] as const) {
      expect(() => split(table, options)).toThrow(/by '\w+': there is no setting '\w+'/);
    }
  });

  it('takes the last row of each user that has several in the order of the table', () => {
    const { train, test } = split(log, { by: 'last', column: 'user' });
    expect([...test.numbers('item')]).toEqual([4, 6]);
    expect([...train.numbers('item')]).toEqual([1, 2, 3, 5]);
  });
});

describe('a table', () => {
  it('selects columns in the order asked for, and says which is not there', () => {
    expect(many.select(['userId', 'row']).names).toEqual(['userId', 'row']);
    expect(() => many.select(['row', 'usrId'])).toThrow(
      /rows: there is no column 'usrId'. Columns: row, timestamp, userId/,
    );
  });

  it('keeps the rows that are wanted', () => {
    const some = many.filter('userId', (user, row) => user === 3 && row > 100);
    expect([...some.numbers('row').slice(0, 3)]).toEqual([123, 163, 203]);
    expect(many.filter('userId', () => false).rows).toBe(0);
    expect(() => many.filter('usrId', () => true)).toThrow(/no column 'usrId'/);
  });

  it('draws different rows, the same for the same seed, and at most all', () => {
    const drawn = many.sample(50, 3).numbers('row');
    expect(new Set(drawn).size).toBe(50);
    expect(many.sample(50, 3).numbers('row')).toEqual(drawn);
    expect(many.sample(50, 4).numbers('row')).not.toEqual(drawn);
    expect(many.sample(2000).rows).toBe(1000);
    expect(() => many.sample(0)).toThrow(/'count' is 0; give a whole number from 1/);
    expect(() => many.sample(2, 1.5)).toThrow(/'seed' is 1.5/);
  });
});
