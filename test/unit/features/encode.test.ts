import { describe, expect, it } from 'vitest';
import { type Column, Table } from '../../../src/din/data/table';
import { DataError } from '../../../src/din/errors';
import { encode, type InputPlan } from '../../../src/din/features/encode';
import * as f from '../../../src/din/features/index';
import { learn } from '../../../src/din/features/learn';
import { emptyState } from '../../../src/din/features/state';

function table(columns: Record<string, (number | string)[]>): Table {
  return new Table(
    new Map(
      Object.entries(columns).map(([name, values]): [string, Column] => [
        name,
        values.some((value) => typeof value === 'string')
          ? { type: 'string', values: values.map(String) }
          : { type: 'number', values: Float64Array.from(values as number[]) },
      ]),
    ),
    'films.csv',
  );
}

const ids = (feature: f.Categorical): InputPlan => ({ kind: 'ids', name: 'x', feature });
const idsOf = (feature: f.Categorical, data: Table) => [...encode([ids(feature)], data, emptyState()).inputs[0].values];

function numbersOf(feature: f.Numeric, data: Table, training = data): number[] {
  const plan: InputPlan = { kind: 'numbers', name: 'x', features: [feature] };
  return [...encode([plan], data, learn([plan], training)).inputs[0].values];
}

describe('numeric', () => {
  it('standard: mean 0 and deviation 1 of the training data, also for later data', () => {
    const training = table({ year: [1990, 2000, 2010] });
    const scaled = numbersOf(f.numeric('year', { normalize: 'standard' }), table({ year: [2000, 2020] }), training);
    expect(scaled[0]).toBe(0);
    expect(scaled[1]).toBeCloseTo(20 / Math.sqrt(200 / 3), 6);
  });

  it('standard keeps its precision far from zero', () => {
    const training = table({ t: [1e9, 1e9 + 1, 1e9 + 2] });
    expect(numbersOf(f.numeric('t', { normalize: 'standard' }), training)[2]).toBeCloseTo(1.2247449, 6);
  });

  it('minmax: the training range becomes [0, 1]', () => {
    const training = table({ n: [10, 30] });
    expect(numbersOf(f.numeric('n', { normalize: 'minmax' }), table({ n: [20, 50] }), training)).toEqual([0.5, 2]);
  });

  it('log: ln(1 + x), and a function of one`s own', () => {
    expect(numbersOf(f.numeric('n', { normalize: 'log' }), table({ n: [0, Math.E - 1] }))).toEqual([0, 1]);
    expect(numbersOf(f.numeric('n', { normalize: (x) => x / 2 }), table({ n: [3] }))).toEqual([1.5]);
  });

  it('a constant column becomes 0, not NaN', () => {
    expect(numbersOf(f.numeric('n', { normalize: 'standard' }), table({ n: [5, 5] }))).toEqual([0, 0]);
    expect(numbersOf(f.numeric('n', { normalize: 'minmax' }), table({ n: [5, 5] }))).toEqual([0, 0]);
  });

  it('a missing value is an error with column, row and remedy, unless a filling is chosen', () => {
    const data = table({ year: [1990, Number.NaN, 2010] });
    expect(() => numbersOf(f.numeric('year'), data)).toThrow(
      /films\.csv: column 'year', row 2: the value is missing \(NaN\).*missing: 'mean'/,
    );
    expect(numbersOf(f.numeric('year', { missing: 'mean' }), data)).toEqual([1990, 2000, 2010]);
    expect(numbersOf(f.numeric('year', { missing: 1995 }), data)).toEqual([1990, 1995, 2010]);
    expect(numbersOf(f.numeric('year', { missing: 'mean', normalize: 'standard' }), data)[1]).toBe(0);
  });

  it('infinity, text and what log cannot take are errors', () => {
    expect(() => numbersOf(f.numeric('n'), table({ n: [1, Number.POSITIVE_INFINITY] }))).toThrow(/row 2.*Infinity/);
    expect(() => numbersOf(f.numeric('n', { normalize: 'log' }), table({ n: [-1] }))).toThrow(/'log' is ln\(1 \+ x\)/);
    expect(() => numbersOf(f.numeric('n'), table({ n: ['1', 'many'] }))).toThrow(
      /column 'n' holds text \(e.g. 'many'\)/,
    );
  });

  it('must be measured before it is used', () => {
    const plan: InputPlan = { kind: 'numbers', name: 'x', features: [f.numeric('n', { normalize: 'standard' })] };
    expect(() => encode([plan], table({ n: [1] }), emptyState())).toThrow(/call model.fit or model.adapt/);
  });

  it('lies side by side with its neighbours, row by row', () => {
    const plan: InputPlan = { kind: 'numbers', name: 'x', features: [f.numeric('a'), f.numeric('b')] };
    const [input] = encode([plan], table({ b: [3, 4], a: [1, 2] }), emptyState()).inputs;
    expect([...input.values]).toEqual([1, 3, 2, 4]);
    expect(input).toMatchObject({ width: 2, dtype: 'float32', columns: ['a', 'b'] });
  });
});

describe('bucketized', () => {
  it('puts a boundary into the bucket that it opens', () => {
    const feature = f.bucketized(f.numeric('year'), [1980, 2000]);
    expect(idsOf(feature, table({ year: [1979.9, 1980, 1999.9, 2000, 3000] }))).toEqual([0, 1, 1, 2, 2]);
  });

  it('refuses boundaries out of order and scaled numbers', () => {
    expect(() => f.bucketized(f.numeric('year'), [2000, 1980])).toThrow(/strictly ascending/);
    expect(() => f.bucketized(f.numeric('year', { normalize: 'log' }), [1])).toThrow(/column's own units/);
  });
});

describe('identity', () => {
  it('takes ids as they are and checks each', () => {
    const movie = f.identity('movieId', { buckets: 5 });
    expect(idsOf(movie, table({ movieId: [0, 4] }))).toEqual([0, 4]);
    const message = (value: number) => () => idsOf(movie, table({ movieId: [1, value] }));
    expect(message(5)).toThrow(
      /films\.csv: column 'movieId', row 2: the id 5 is outside \[0, 5\)\. Raise buckets to more than 5.*default/,
    );
    expect(message(-1)).toThrow(/row 2: the id -1 is outside \[0, 5\)/);
    expect(message(1.5)).toThrow(/row 2: 1.5 is no whole number/);
    expect(message(Number.NaN)).toThrow(/row 2: the id is missing/);
  });

  it('replaces ids out of range by a default, but not broken ones', () => {
    const movie = f.identity('movieId', { buckets: 5, default: 3 });
    expect(idsOf(movie, table({ movieId: [-7, 9, Number.NaN, 1] }))).toEqual([3, 3, 3, 1]);
    expect(() => idsOf(movie, table({ movieId: [1.5] }))).toThrow(/no whole number/);
  });

  it('over several columns leaves missing values out', () => {
    const tags = f.identity(['tag1', 'tag2'], { buckets: 4 });
    expect(idsOf(tags, table({ tag1: [1, 2], tag2: [3, Number.NaN] }))).toEqual([1, 3, 2, 4]);
  });

  it('says which setting is wrong', () => {
    expect(() => f.identity('x', { buckets: 0 })).toThrow(/buckets must be a whole number of at least 1, it is 0/);
    expect(() => f.identity('x', { buckets: 3, default: 3 })).toThrow(/default 3 is outside/);
    expect(() => f.identity('x', { bucket: 3 } as never)).toThrow(/no setting 'bucket'. Did you mean 'buckets'/);
  });
});

describe('vocabulary', () => {
  const genres = ['Drama', 'Comedy'];

  it('numbers the values in the order of the list; empty is missing', () => {
    expect(idsOf(f.vocabulary('genre', { values: genres }), table({ genre: ['Comedy', '', 'Drama'] }))).toEqual([
      1, 2, 0,
    ]);
  });

  it('counts unknown values as missing and reports them once', () => {
    const feature = f.vocabulary('genre', { values: genres });
    const reports: unknown[] = [];
    const data = table({ genre: ['Western', 'Drama', 'Noir'] });
    const encoded = encode([ids(feature)], data, emptyState(), { onUnknown: (unknown) => reports.push(unknown) });
    expect([...encoded.inputs[0].values]).toEqual([2, 0, 2]);
    expect(reports).toEqual([{ columns: ['genre'], count: 2, example: 'Western' }]);
  });

  it('sends unknown values to rows of their own, or to a default', () => {
    const data = table({ genre: ['Western', 'Noir', 'War', 'Drama', ''] });
    const rows = idsOf(f.vocabulary('genre', { values: genres, outOfVocabulary: 3 }), data);
    expect(rows.slice(0, 3).every((row) => row >= 2 && row < 5)).toBe(true);
    expect(rows.slice(3)).toEqual([0, 5]);
    expect(idsOf(f.vocabulary('genre', { values: genres, default: 'Comedy' }), data)).toEqual([1, 1, 1, 0, 2]);
  });

  it('takes numbers and their text as the same value', () => {
    const feature = f.vocabulary('code', { values: [7, '12'] });
    expect(idsOf(feature, table({ code: [12, 7] }))).toEqual([1, 0]);
    expect(idsOf(feature, table({ code: ['7', 'x'] }))).toEqual([0, 2]);
  });

  it('takes a million values in linear time', () => {
    const values = Array.from({ length: 1_000_000 }, (_, i) => `item${i}`);
    const start = performance.now();
    const feature = f.vocabulary('code', { values, default: 'item999999' });
    const seconds = (performance.now() - start) / 1000;
    expect(feature.default).toBe(999_999);
    // Quadratic, it took ten minutes: the bound tells the two apart, not one machine from another.
    expect(seconds).toBeLessThan(20);
  });

  it('refuses lists that are empty or repeat a value', () => {
    expect(() => f.vocabulary('g', { values: [] })).toThrow(/at least one value/);
    expect(() => f.vocabulary('g', { values: ['a', 'a'] })).toThrow(/'a' is listed twice/);
    expect(() => f.vocabulary('g', { values: genres, default: 'War' })).toThrow(/'War' is not among the values/);
  });
});

describe('sharedEmbedding', () => {
  it('shares one table between one column and several of the same values', () => {
    const values = ['Drama', 'Comedy'];
    const user = f.vocabulary(['genre1', 'genre2', 'genre3'], { values });
    const shared = f.sharedEmbedding([user, f.vocabulary('movieGenre', { values })], { dimension: 4 });
    expect(new Set(shared.map(({ table }) => table)).size).toBe(1);
    const tags = f.identity(['tag1', 'tag2'], { buckets: 9 });
    expect(() =>
      f.sharedEmbedding([tags, f.identity('tag', { buckets: 9, default: 0 })], { dimension: 4 }),
    ).not.toThrow();
    expect(() => f.sharedEmbedding([tags, f.identity('tag', { buckets: 8 })], { dimension: 4 })).toThrow(
      /these differ/,
    );
    const more = f.vocabulary('movieGenre', { values: [...values, 'War'] });
    expect(() => f.sharedEmbedding([user, more], { dimension: 4 })).toThrow(/these differ/);
  });
});

describe('history', () => {
  const movie = f.identity('movieId', { buckets: 10 });
  const plan = (of: f.Identity | f.Vocabulary): InputPlan => ({
    kind: 'history',
    name: 'h',
    feature: of,
    columns: f.history(['r1', 'r2', 'r10'], { of }).keys,
    mask: true,
  });

  it('keeps the order of the keys; 0 and missing are padding', () => {
    const data = table({ r1: [3, 0], r10: [5, Number.NaN], r2: [4, 9] });
    expect([...encode([plan(movie)], data, emptyState()).inputs[0].values]).toEqual([3, 4, 5, 0, 9, 0]);
  });

  it('of a vocabulary pads with its missing row', () => {
    const genre = f.vocabulary('genre', { values: ['a', 'b'] });
    const data = table({ r1: ['b', ''], r2: ['a', ''], r10: ['', ''] });
    expect([...encode([plan(genre)], data, emptyState()).inputs[0].values]).toEqual([1, 0, 2, 2, 2, 2]);
  });

  it('names an id out of range', () => {
    const data = table({ r1: [1, 1], r2: [1, 12], r10: [0, 0] });
    expect(() => encode([plan(movie)], data, emptyState())).toThrow(
      /column 'r2', row 2: the id 12 is outside \[0, 10\)/,
    );
  });

  it('refuses a candidate that is padding', () => {
    const candidate: InputPlan = { kind: 'ids', name: 'c', feature: movie, noPadding: true };
    expect(() => encode([candidate], table({ movieId: [4, 0] }), emptyState())).toThrow(
      /column 'movieId', row 2: the candidate's id is 0/,
    );
  });
});

describe('a table', () => {
  const plans: InputPlan[] = [
    ids(f.identity('movieId', { buckets: 5 })),
    ids(f.vocabulary('genre', { values: ['a'] })),
  ];

  it('without the columns that are needed: all of them are named, with the nearest', () => {
    expect(() => encode(plans, table({ movieID: [1], year: [2] }), emptyState(), { label: 'label' })).toThrow(
      /no columns 'movieId' \(did you mean 'movieID'\?\), 'genre', 'label'\. Columns: movieID, year\./,
    );
  });

  it('without rows', () => {
    expect(() => encode(plans, table({ movieId: [], genre: [] }), emptyState())).toThrow(
      /films.csv: the table has no rows/,
    );
  });

  it('with labels other than 0 and 1', () => {
    const data = table({ movieId: [1, 1], genre: ['a', 'a'], label: [1, 3.5] });
    expect(() => encode(plans, data, emptyState(), { label: 'label' })).toThrow(DataError);
    expect(() => encode(plans, data, emptyState(), { label: 'label' })).toThrow(
      /column 'label', row 2: a label is 0 or 1, not 3.5/,
    );
    const missing = table({ movieId: [1], genre: ['a'], label: [Number.NaN] });
    expect(() => encode(plans, missing, emptyState(), { label: 'label' })).toThrow(/a label is 0 or 1, not NaN/);
  });

  it('groups rows by the values of a column', () => {
    const data = table({ movieId: [1, 1, 1], genre: ['a', 'a', 'a'], user: [77, 5, 77] });
    expect([...encode(plans, data, emptyState(), { group: 'user' }).groups!]).toEqual([0, 1, 0]);
    const some = table({ movieId: [1, 1, 1], genre: ['', 'a', ''], user: [Number.NaN, 5, Number.NaN] });
    expect([...encode(plans, some, emptyState(), { group: 'user' }).groups!]).toEqual([-1, 0, -1]);
    expect([...encode(plans, some, emptyState(), { group: 'genre' }).groups!]).toEqual([-1, 0, -1]);
  });
});
