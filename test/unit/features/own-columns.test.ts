import { describe, expect, it, vi } from 'vitest';
import { copyRow } from '../../../src/din/data/encoded';
import { type Column, Table } from '../../../src/din/data/table';
import { encode, type InputPlan } from '../../../src/din/features/encode';
import * as f from '../../../src/din/features/index';
import { learn } from '../../../src/din/features/learn';
import { readState, resolve } from '../../../src/din/features/state';
import type { Item } from '../../../src/din/features/types';

type Cell = number | string | number[] | string[];

function table(columns: Record<string, Cell[]>): Table {
  const column = (values: Cell[]): Column => {
    if (Array.isArray(values[0])) return { type: 'list', values: values as number[][] };
    if (typeof values[0] === 'string') return { type: 'string', values: values as string[] };
    return { type: 'number', values: Float64Array.from(values as number[]) };
  };
  return new Table(new Map(Object.entries(columns).map(([name, values]) => [name, column(values)])), 'log.csv');
}

const ids = (feature: f.Categorical): InputPlan => ({ kind: 'ids', name: 'x', feature });
const numbers = (...features: f.Numeric[]): InputPlan => ({ kind: 'numbers', name: 'x', features });

/** Rows of the first input, padded as the network sees them. */
function rows(plan: InputPlan, data: Table, training = data, options = {}): number[][] {
  const { inputs } = encode([plan], data, learn([plan], training), options);
  return Array.from({ length: data.rows }, (_, row) => {
    const out = new Float32Array(inputs[0].width);
    copyRow(inputs[0], row, out, 0);
    return [...out];
  });
}
const flat = (...args: Parameters<typeof rows>) => rows(...args).flat();

describe('id', () => {
  const training = table({ item: ['b', 'a', 'b', 'c', 'a', 'b', '', 'd'] });

  it('numbers what occurs often enough, in the order in which it first does; the rest share a row', () => {
    expect(flat(ids(f.id('item')), table({ item: ['a', 'b', 'c', 'never', ''] }), training)).toEqual([1, 0, 2, 2, 3]);
    expect(flat(ids(f.id('item', { minimumCount: 1, maximumSize: 1 })), training)).toEqual([0, 1, 0, 1, 1, 0, 2, 1]);
    expect(() => learn([ids(f.id('item', { minimumCount: 9 }))], training)).toThrow(
      /log.csv: the vocabulary 'item' has no value: of 4 different ones in item none occurs 9 times. Lower minimumCount/,
    );
  });

  it('takes numbers and their text as the same, and never merges two', () => {
    const text = learn([ids(f.id('item', { minimumCount: 1 }))], table({ item: ['7', '012', '12', '1e3', '1000'] }));
    expect(text.vocabularies.item.values).toEqual(['7', '012', '12', '1e3', '1000']);
    const plan = ids(f.id('item', { minimumCount: 1 }));
    const asNumbers = encode([plan], table({ item: [1000, 12, 7, 5] }), text).inputs[0].values;
    expect([...asNumbers]).toEqual([4, 2, 0, 5]);
    expect(() => encode([plan], table({ item: [1, 0.5] }), text)).toThrow(/row 2: 0.5 is no id, but a fraction/);
  });

  it('hides a few training values behind the shared row where none is rare, the same for the same seed', () => {
    const data = table({ item: Array.from({ length: 5000 }, (_, i) => `item${i % 50}`) });
    const hidden = (seed?: number) => flat(ids(f.id('item')), data, data, { training: seed }).map((id) => id === 50);
    const count = hidden(1).filter(Boolean).length;
    expect(count).toBeGreaterThan(20);
    expect(count).toBeLessThan(100);
    expect(hidden(1)).toEqual(hidden(1));
    expect(hidden(1)).not.toEqual(hidden(2));
    expect(hidden().some(Boolean)).toBe(false);
  });

  it('of a million texts is learnt in linear time: else it would not end', () => {
    const data = table({ item: Array.from({ length: 1_000_000 }, (_, i) => `item ${i}`) });
    const state = learn([ids(f.id('item', { minimumCount: 1 }))], data);
    expect(state.vocabularies.item.values).toHaveLength(1_000_000);
  });

  it('has one vocabulary for all columns that are read with it, which must agree', () => {
    const item = f.id('item', { minimumCount: 1 });
    const history: InputPlan = {
      kind: 'history',
      name: 'h',
      feature: item,
      columns: ['past'],
      mask: true,
      list: { length: 2, recent: 'last', beside: 'past', item },
    };
    const data = table({ item: ['a', 'b'], past: [['x', 'b', 'y'], []] });
    expect(learn([ids(item), history], data).vocabularies.item.values).toEqual(['a', 'b', 'y']);
    const other = ids(f.id('past', { table: 'item', minimumCount: 3, length: 2 }));
    expect(() => learn([ids(item), other], data)).toThrow(/vocabulary 'item' is used with different minimumCount/);
  });
});

it('a vocabulary numbers the values of lists and of position columns alike, the newest of a row first', () => {
  const item = f.id('item', { minimumCount: 1 });
  const history = { kind: 'history', name: 'h', feature: item, mask: true } as const;
  const data = table({
    past: [
      ['x', 'y'],
      ['z', 'y', 'w'],
    ],
    p1: ['y', 'w'],
    p2: ['x', 'y'],
    p3: ['', 'z'],
  });
  const list = { length: 3, recent: 'last', beside: 'past', item } as const;
  const listed = learn([{ ...history, columns: ['past'], list }], data).vocabularies.item;
  expect(listed).toEqual(learn([{ ...history, columns: ['p1', 'p2', 'p3'] }], data).vocabularies.item);
  expect(listed.values).toEqual(['y', 'x', 'w', 'z']);
});

describe('lists', () => {
  const past = (options: { length: number; recent: 'first' | 'last' }): InputPlan => ({
    kind: 'history',
    name: 'h',
    feature: f.identity('item', { buckets: 10 }),
    columns: ['past'],
    mask: true,
    list: { ...options, beside: 'past', item: f.identity('item', { buckets: 10 }) },
  });
  const data = table({ past: [[1, 2, 3], [4], [], [5, 6, 7, 8]] });

  it('of a history end with the most recent, or begin with it; they are cut at the old end', () => {
    expect(rows(past({ length: 3, recent: 'last' }), data)).toEqual([
      [3, 2, 1],
      [4, 0, 0],
      [0, 0, 0],
      [8, 7, 6],
    ]);
    expect(rows(past({ length: 2, recent: 'first' }), data)).toEqual([
      [1, 2],
      [4, 0],
      [0, 0],
      [5, 6],
    ]);
  });

  it('of parts of a table are read as of the whole', () => {
    expect(rows(past({ length: 3, recent: 'last' }), data.slice(1, 4), data)).toEqual(
      rows(past({ length: 3, recent: 'last' }), data).slice(1),
    );
  });

  it('of values count up to their length, and the cut is told', () => {
    const onCut = vi.fn();
    const plan = ids(f.hashed('past', { buckets: 1, length: 2 }));
    expect(rows(plan, data, data, { onCut })).toEqual([
      [0, 0],
      [0, 1],
      [1, 1],
      [0, 0],
    ]);
    expect(onCut).toHaveBeenCalledWith('past', 2, 2);
  });

  it('name the row of a bad value', () => {
    const bad = table({ past: [[1], [], [2, 99]] });
    expect(() => rows(past({ length: 3, recent: 'last' }), bad)).toThrow(
      /column 'past', row 3: the id 99 is outside \[0, 10\)/,
    );
  });

  it('carry numbers beside them', () => {
    const age: InputPlan = {
      kind: 'history numbers',
      name: 'n',
      feature: f.recency('times', { until: 'now', unit: 'seconds' }),
      columns: ['times'],
      list: { length: 2, recent: 'last', beside: 'past', item: f.identity('item', { buckets: 10 }) },
    };
    const times = table({ past: [[1, 2, 3], [4]], times: [[10, 20, 30], [5]], now: [100, 7] });
    expect(rows(age, times)).toEqual([
      [70, 80],
      [2, 0],
    ]);
    const holes = table({ past: [[1, 2]], times: [[10, Number.NaN]], now: [100] });
    expect(() => rows(age, holes)).toThrow(/column 'times', row 1: the value is missing/);
    const padded = table({ past: [[1, 0]], times: [[10, Number.NaN]], now: [100] });
    expect(rows(age, padded)).toEqual([[0, 90]]);
  });

  it('are measured where there is a behaviour that counts: not over padding, not over what is cut', () => {
    const rating = (item: Item, length: number): InputPlan => ({
      kind: 'history numbers',
      name: `n${length}`,
      feature: f.numeric('r', { normalize: 'standard' }),
      columns: ['r'],
      list: { length, recent: 'last', beside: 'past', item },
    });
    const measured = (item: Item, data: Table, ...lengths: number[]) =>
      learn(
        lengths.map((length) => rating(item, length)),
        data,
      ).numbers.r;
    const texts = table({
      past: [
        ['z', 'z', 'a', 'b'],
        ['c', ''],
      ],
      r: [
        [1000, 1000, 1, 2],
        [3, 99],
      ],
    });
    const three = { mean: 2, deviation: Math.sqrt(2 / 3), min: 1, max: 3 };
    for (const item of [f.id('past', { minimumCount: 1 }), f.hashed('past', { buckets: 9 })])
      expect(measured(item, texts, 2)).toEqual(three);
    // Of two histories over the same lists, what counts in either of them.
    expect(measured(f.hashed('past', { buckets: 9 }), texts, 2, 3).max).toBe(1000);
    const numbers = table({
      past: [
        [7, 7, 1, 2],
        [3, 0],
      ],
      r: [
        [1000, 1000, 1, 2],
        [3, 99],
      ],
    });
    expect(measured(f.identity('past', { buckets: 9 }), numbers, 2)).toEqual(three);
    expect(measured(f.vocabulary('past', { values: [1, 2, 3] }), numbers, 4)).toEqual(three);
    const uneven = table({ past: [['a']], r: [[1, 2]] });
    expect(() => measured(f.id('past'), uneven, 2)).toThrow(/row 1: there are 1 values in 'past', but 2 in 'r'/);
  });

  it('of two fields may lie at different places: one sliced, the other made anew', () => {
    const whole = table({
      past: [
        ['z', '', 'z'],
        ['a', ''],
        ['', 'b', 'c'],
      ],
    });
    const sliced = whole.slice(1);
    const anew = table({
      r: [
        [1, 50],
        [60, 2, 3],
      ],
    });
    const data = new Table(new Map([...sliced.columns, ...anew.columns]), 'log.csv');
    const rating = (normalize: 'none' | 'standard', recent: 'last' | 'first'): InputPlan => ({
      kind: 'history numbers',
      name: 'n',
      feature: f.numeric('r', { normalize }),
      columns: ['r'],
      list: { length: 3, recent, beside: 'past', item: f.hashed('past', { buckets: 9 }) },
    });
    expect(learn([rating('standard', 'last')], data).numbers.r).toMatchObject({ mean: 2, min: 1, max: 3 });
    expect(rows(rating('none', 'last'), data)).toEqual([
      [0, 1, 0],
      [3, 2, 0],
    ]);
    expect(rows(rating('none', 'first'), data)).toEqual([
      [1, 0, 0],
      [0, 2, 3],
    ]);
  });

  it('have a scale of their own for each function, also where two read the same', () => {
    const clipped = (most: number) => f.numeric('n', { normalize: [(x: number) => Math.min(x, most), 'standard'] });
    const data = table({ n: [1, 2, 3, 4] });
    const alone = (most: number) => rows(numbers(clipped(most)), data).flat();
    const both = rows(numbers(clipped(2), clipped(4)), data);
    expect(both.map(([low]) => low)).toEqual(alone(2));
    expect(both.map(([, high]) => high)).toEqual(alone(4));
  });
});

describe('numbers', () => {
  it('are normalized step by step, each measured on what the one before gives', () => {
    const n = [0, Math.E - 1, Math.E ** 2 - 1];
    const chained = flat(numbers(f.numeric('n', { normalize: ['log', 'standard'] })), table({ n }));
    const expected = [-Math.sqrt(1.5), 0, Math.sqrt(1.5)];
    chained.forEach((value, i) => {
      expect(value).toBeCloseTo(expected[i], 6);
    });
    const half = f.numeric('n', { normalize: [(x) => x / 2, 'minmax'] });
    expect(flat(numbers(half), table({ n: [2, 4, 3] }))).toEqual([0, 1, 0.5]);
    expect(() =>
      flat(numbers(f.numeric('n', { normalize: ['log', 'standard'], missing: -5 })), table({ n: [1, Number.NaN] })),
    ).toThrow(/row 2: normalize: \['log', 'standard'\] turns -5 into NaN. 'log' is ln\(1 \+ x\)/);
  });

  it('fall into as equal parts as equal values allow', () => {
    const parts = (counts: number[], buckets: number) => {
      const n = counts.flatMap((count, value) => new Array<number>(count).fill(value));
      const found = new Map<number, number>();
      for (const bucket of flat(ids(f.quantiles('n', { buckets })), table({ n })))
        found.set(bucket, (found.get(bucket) ?? 0) + 1);
      return [...found.values()];
    };
    expect(parts([210, 200, 200, 200, 190], 5)).toEqual([210, 200, 200, 200, 190]);
    expect(parts([4, 3, 3], 3)).toEqual([4, 3, 3]);
    expect(parts([80, 10, 10], 4)).toEqual([80, 20]);
    expect(parts([10, 80, 10], 2)).toEqual([10, 90]);
    expect(parts([5], 3)).toEqual([5]);
    expect(parts([1, 1, 1, 1, 1, 1], 3)).toEqual([2, 2, 2]);
  });

  it('of times are refused in milliseconds, of which a recency would be a thousand times too long', () => {
    const data = table({ t: [1.7e12, 1.7e12], now: [1.7e9, 1.7e9], h: [[1.7e9], [1.7e9, 1.7e12]], p: [[1], [1, 2]] });
    const recency = (key: string, until: string | number) => flat(numbers(f.recency(key, { until })), data);
    expect(() => recency('t', 1.7e9)).toThrow(
      /column 't', row 1: 1700000000000 is no time in seconds; it looks like mill/,
    );
    expect(() => recency('now', 't')).toThrow(/column 't', row 1: 1700000000000 is no time in seconds/);
    expect(() => recency('now', 1.7e12)).toThrow(/which looks like milliseconds: divide it by 1000/);
    const item = f.identity('p', { buckets: 9 });
    const plan: InputPlan = {
      kind: 'history numbers',
      name: 'n',
      feature: f.recency('h', { until: 'now' }),
      columns: ['h'],
      list: { length: 2, recent: 'last', beside: 'p', item },
    };
    expect(() => rows(plan, data)).toThrow(/column 'h', row 2: 1700000000000 is no time in seconds/);
  });

  it('fall into quantiles of the training rows', () => {
    const training = table({ n: Array.from({ length: 100 }, (_, i) => i) });
    const feature = f.quantiles('n', { buckets: 4 });
    expect(flat(ids(feature), table({ n: [-5, 24, 25, 49, 50, 75, 1000] }), training)).toEqual([0, 0, 1, 1, 2, 3, 3]);
    const lumps = table({ n: [0, 0, 0, 0, 0, 0, 0, 1, 2, 3] });
    const { boundaries } = resolve(feature, learn([ids(feature)], lumps)) as f.Bucketized;
    expect(boundaries).toEqual([1]);
    expect(() => f.quantiles(f.numeric('n', { normalize: 'log' }), { buckets: 3 })).toThrow(/column's own units/);
  });

  it('of version 0.1.0 are read as they were saved', () => {
    const state = readState({ year: { mean: 2000, deviation: 10, min: 1990, max: 2010 } });
    const plan = numbers(f.numeric('year', { normalize: 'standard' }));
    expect([...encode([plan], table({ year: [2010] }), state!).inputs[0].values]).toEqual([1]);
  });
});

describe('parts of a time', () => {
  // A Thursday; 2023-11-14 22:13:20 UTC, a Tuesday; 1969-12-31 23:59:59, a Wednesday; none.
  const time = table({ time: [0, 1_700_000_000, -1, Number.NaN] });

  it('are those of the calendar', () => {
    expect(flat(ids(f.date('time', { part: 'hour' })), time)).toEqual([0, 22, 23, 24]);
    expect(flat(ids(f.date('time', { part: 'weekday' })), time)).toEqual([3, 1, 2, 7]);
    expect(flat(ids(f.date('time', { part: 'day' })), time)).toEqual([0, 13, 30, 31]);
    expect(flat(ids(f.date('time', { part: 'month' })), time)).toEqual([0, 10, 11, 12]);
    expect(flat(ids(f.date('time', { part: 'hour', offset: 3 })), time)).toEqual([3, 1, 2, 24]);
    expect(flat(ids(f.date('time', { part: 'weekday', offset: 3 })), time)).toEqual([3, 2, 3, 7]);
  });
});

describe('hashes and crossings', () => {
  it('spread values, the same for a number and its text; the missing one stands apart', () => {
    const feature = ids(f.hashed('x', { buckets: 1000 }));
    const texts = flat(feature, table({ x: ['1', '2', '17', ''] }));
    expect(flat(feature, table({ x: [1, 2, 17, Number.NaN] }))).toEqual(texts);
    expect(new Set(texts).size).toBe(4);
    expect(texts[3]).toBe(1000);
  });

  it('tell combinations apart, whichever columns they are of', () => {
    const cross = ids(f.crossed(['a', 'b'], { buckets: 100_000 }));
    const data = table({ a: ['x', 'x', 'xy', 'x', ''], b: ['y', 'z', '', 'y', 'y'] });
    const [first, second, third, again, missing] = flat(cross, data);
    expect(again).toBe(first);
    expect(second).not.toBe(first);
    expect([third, missing]).toEqual([100_000, 100_000]);
  });
});

it('columns of one position each, of several fields, are told to become lists', () => {
  const item = f.id('item');
  for (const wrong of [
    () => f.history(['m1', 'm2'], { of: [item, f.numeric('r')] } as never),
    () => f.history(['m1', 'm2'], { of: item, fields: { r: ['r1', 'r2'] } } as never),
    () => f.history({ m: ['m1', 'm2'], r: ['r1', 'r2'] } as never, { length: 2 }),
    () => f.history([['m1', 'm2'] as never, ['r1', 'r2'] as never], { of: item }),
  ]) {
    expect(wrong).toThrow(/stand side by side as lists, which table\.withLists makes of such columns/);
  }
});
