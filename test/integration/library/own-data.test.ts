import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { Lists, Numbers, type StoredColumn, Texts } from '../../../src/din/data/columns';
import { Table } from '../../../src/din/data/table';
import * as f from '../../../src/din/features/index';
import type { Item } from '../../../src/din/features/types';
import { attentionMap } from '../../../src/din/insight/attention-map';
import { candidatesFor } from '../../../src/din/insight/candidates';
import { base } from '../../../src/din/models/base';
import { type DinOptions, din } from '../../../src/din/models/din';
import { load } from '../../../src/din/models/load';
import type { RecommenderModel } from '../../../src/din/models/model';
import { adam } from '../../../src/din/training/optimizers/adam';
import { predictOutputs } from '../../../src/din/training/predict';
import { nativeTensorFlow } from '../tensorflow';
import { clickLog } from './click-log';
import { maxDifference } from './reference-case';

const models: RecommenderModel[] = [];
const own = (model: RecommenderModel): RecommenderModel => {
  models.push(model);
  return model;
};
const quiet = { batchSize: 64, live: false, verbose: false, label: 'click' } as const;

beforeAll(() => {
  nativeTensorFlow();
});
afterEach(() => {
  for (const model of models.splice(0)) model.dispose();
  vi.restoreAllMocks();
});

const log = clickLog({ impressions: 1500, users: 60, items: 80, categories: 8, length: 6 });
const withColumns = (table: Table, columns: Record<string, StoredColumn>): Table =>
  new Table(new Map<string, StoredColumn>([...table.columns, ...Object.entries(columns)]), table.source);
const weightsOf = (model: RecommenderModel): number[][] => model.network.getWeights().map((w) => [...w.dataSync()]);

const item = f.id('item');
const category = f.id('category');
const twoFields: DinOptions = {
  candidate: [f.embedding(item, { dimension: 6 }), f.embedding(category, { dimension: 3 })],
  history: f.history({ hist_items: item, hist_cats: category }, { length: 5 }),
  hidden: [8],
};

/** The newest `length` values of each list as columns, newest first. */
function asPositions(table: Table, column: string, length: number): Record<string, StoredColumn> {
  const { values } = table.lists(column);
  return Object.fromEntries(
    Array.from({ length }, (_, i) => {
      const cells = values.map((list) => list[list.length - 1 - i]);
      const text = table.lists(column).items.type === 'string';
      const stored = text
        ? new Table(new Map([['x', { type: 'string', values: cells.map((cell) => String(cell ?? '')) }]]), 'x').column(
            'x',
          )
        : new Numbers(Float64Array.from(cells, (cell) => (cell === undefined ? 0 : Number(cell))));
      return [`${column}_${i + 1}`, stored];
    }),
  );
}

describe('the same log in other clothes', () => {
  const fitted = async (options: DinOptions, table = log) => {
    const model = own(din(options));
    await model.fit(table.slice(0, 1200), { ...quiet, epochs: 2 });
    return model;
  };

  it('text ids and number ids train to the same weights, lists and position columns too, to the bit', async () => {
    const numbers = f.id('item_number');
    const positions = withColumns(log, {
      ...asPositions(log, 'hist_items', 5),
      ...asPositions(log, 'hist_item_numbers', 5),
    });
    const keys = (column: string) => [1, 2, 3, 4, 5].map((i) => `${column}_${i}`);
    const small = { hidden: [8], embeddingDimension: 6 };
    const text = await fitted({ ...small, candidate: item, history: f.history({ hist_items: item }, { length: 5 }) });
    const others = [
      await fitted({ ...small, candidate: item, history: f.history(keys('hist_items'), { of: item }) }, positions),
    ];
    for (const other of others) expect(weightsOf(other)).toEqual(weightsOf(text));
    const expected = await text.evaluate(log.slice(1200));
    expect(await others[0].evaluate(positions.slice(1200))).toEqual(expected);

    // Of another column's name, layers start from other seeds; the same column, as numbers, is the same model.
    const renamed = withColumns(log, { item: log.column('item_number'), hist_items: log.column('hist_item_numbers') });
    const number = await fitted(
      { ...small, candidate: item, history: f.history({ hist_items: item }, { length: 5 }) },
      renamed,
    );
    expect(weightsOf(number)).toEqual(weightsOf(text));
    const numbered = { candidate: numbers, history: f.history(keys('hist_item_numbers'), { of: numbers }) };
    const listed = { candidate: numbers, history: f.history({ hist_item_numbers: numbers }, { length: 5 }) };
    expect(weightsOf(await fitted({ ...small, ...numbered }, positions))).toEqual(
      weightsOf(await fitted({ ...small, ...listed })),
    );

    // An identity of the same numbers, in lists and in columns.
    const identity = f.identity('item_number', { buckets: 81 });
    expect(
      weightsOf(
        await fitted(
          { ...small, candidate: identity, history: f.history(keys('hist_item_numbers'), { of: identity }) },
          positions,
        ),
      ),
    ).toEqual(
      weightsOf(
        await fitted({
          ...small,
          candidate: identity,
          history: f.history({ hist_item_numbers: identity }, { length: 5 }),
        }),
      ),
    );
  });

  it('several fields in position columns, made lists, train to the weights of the lists', async () => {
    const positions = withColumns(log, { ...asPositions(log, 'hist_items', 5), ...asPositions(log, 'hist_cats', 5) });
    const keys = (column: string) => [1, 2, 3, 4, 5].map((i) => `${column}_${i}`);
    const bare = positions.select(positions.names.filter((name) => name !== 'hist_items' && name !== 'hist_cats'));
    const made = bare.withLists({ hist_items: keys('hist_items'), hist_cats: keys('hist_cats') });
    const [fromLists, fromPositions] = [await fitted(twoFields), await fitted(twoFields, made)];
    expect(weightsOf(fromPositions)).toEqual(weightsOf(fromLists));
    expect(await fromPositions.evaluate(made.slice(1200))).toEqual(await fromLists.evaluate(log.slice(1200)));
  });

  it('lists whose most recent behaviour comes first are the same, turned', async () => {
    const turned = (column: string) => {
      const { offsets, items } = log.lists(column);
      const order = new Int32Array(items.length);
      for (let row = 0; row < log.rows; row++) {
        for (let i = offsets[row]; i < offsets[row + 1]; i++) order[i] = offsets[row] + offsets[row + 1] - 1 - i;
      }
      return new Lists(offsets, items.take(order));
    };
    const other = withColumns(log, { hist_items: turned('hist_items'), hist_cats: turned('hist_cats') });
    const model = await fitted(twoFields);
    const first = {
      ...twoFields,
      history: f.history({ hist_items: item, hist_cats: category }, { length: 5, recent: 'first' }),
    };
    const again = own(din(first));
    // The vocabulary is numbered as the values come: from the same one, all is the same.
    again.featureState = undefined;
    await again.fit(other.slice(0, 1200), { ...quiet, epochs: 2 });
    const [a, b] = [await model.evaluate(log.slice(1200)), await again.evaluate(other.slice(1200))];
    expect(b.auc).toBeCloseTo(a.auc, 1);
    // To the bit where the vocabulary does not depend on the order.
    const plain = (recent: 'first' | 'last') => ({
      hidden: [8],
      candidate: f.identity('item_number', { buckets: 81 }),
      history: f.history({ hist_item_numbers: f.identity('item_number', { buckets: 81 }) }, { length: 5, recent }),
    });
    const flipped = withColumns(log, { hist_item_numbers: turned('hist_item_numbers') });
    expect(weightsOf(await fitted(plain('first'), flipped))).toEqual(weightsOf(await fitted(plain('last'))));
  });

  it('hashed ids without collisions train to the same metrics as text ids and number ids', async () => {
    const fields = (items: Item, kinds: Item): DinOptions => ({
      candidate: [f.embedding(items, { dimension: 6 }), f.embedding(kinds, { dimension: 3 })],
      history: f.history({ hist_items: items, hist_cats: kinds }, { length: 5 }),
      hidden: [8],
      seed: 3,
    });
    const listed = (column: string) => [...new Set(log.strings(column))].sort();
    const kinds = f.vocabulary('category', { values: listed('category') });
    const renamed = withColumns(log, { item: log.column('item_number'), hist_items: log.column('hist_item_numbers') });

    /** The rows of the tables that the candidates' values stand in, by the row of the log. */
    const rowsOf = (model: RecommenderModel, table: Table) =>
      model
        .encode(table)
        .inputs.filter(({ values }) => values.length === table.rows)
        .map(({ values }) => values);
    const text = own(din(fields(f.vocabulary('item', { values: listed('item') }), kinds)));
    const start = text.network.getWeights();
    const startRows = rowsOf(text, log);
    /** Trained from the weights of the model of texts, each value's vector where the other model has it. */
    const trained = async (model: RecommenderModel, table = log) => {
      const rows = rowsOf(model, table);
      const weights = await Promise.all(
        model.network.getWeights().map(async (weight, i) => {
          const field = [6, 3].indexOf(weight.shape[1] as number);
          if (weight.shape.length !== 2 || field < 0 || weight.shape[0] < 8) return start[i];
          const [from, to] = [await start[i].array(), await weight.array()] as number[][][];
          startRows[field].forEach((row, at) => {
            to[rows[field][at]] = from[row];
          });
          return tf.tensor2d(to);
        }),
      );
      model.network.setWeights(weights);
      await model.fit(table.slice(0, 1200), { ...quiet, epochs: 8, optimizer: adam({ learningRate: 0.005 }) });
      return model.evaluate(table.slice(1200));
    };
    const hash = fields(f.hashed('item', { buckets: 100_000 }), f.hashed('category', { buckets: 10_000 }));
    const hashed = own(din(hash));
    const [items, categories] = rowsOf(hashed, log);
    expect(new Set(items).size).toBe(new Set(log.strings('item')).size);
    expect(new Set(categories).size).toBe(new Set(log.strings('category')).size);
    const number = own(din(fields(f.identity('item', { buckets: 81 }), kinds)));
    const [ofHashes, ofNumbers] = [await trained(hashed), await trained(number, renamed)];
    const expected = await trained(text);
    expect(expected.auc).toBeGreaterThan(0.65);
    for (const metrics of [ofHashes, ofNumbers]) {
      expect(Math.abs(metrics.auc - expected.auc)).toBeLessThan(0.001);
      expect(Math.abs(metrics.loss - expected.loss)).toBeLessThan(1e-4);
    }
  });
});

describe('behaviours with several fields', () => {
  it('share the candidate`s tables, field by field, whatever the order of the record', async () => {
    const turned = { ...twoFields, history: f.history({ hist_cats: category, hist_items: item }, { length: 5 }) };
    for (const options of [twoFields, turned]) {
      const model = own(din(options));
      model.adapt(log);
      const tables = model.network.layers.filter((layer) => layer.getClassName() === 'DinEmbeddingTable');
      const known = model.vocabulary('item').values.length;
      expect(tables.map((table) => table.getWeights()[0].shape)).toEqual([
        [known + 2, 6],
        [8 + 2, 3],
      ]);
      expect(model.network.getLayer('attention_dense_0').getConfig()).not.toHaveProperty('common');
    }
  });

  it('padding adds nothing: another longest history, the same scores; rows that stand for nothing never train', async () => {
    const model = own(din({ ...twoFields, activation: 'dice' }));
    await model.fit(log, { ...quiet, epochs: 2 });
    const missing = model.vocabulary('item').values.length + 1;
    const start = own(din({ ...twoFields, activation: 'dice' }));
    start.adapt(log);
    const table = (each: RecommenderModel) =>
      each.network.getLayer('item_embedding').getWeights()[0].arraySync() as number[][];
    expect(table(model)[missing]).toEqual(table(start)[missing]);
    expect(table(model)[0]).not.toEqual(table(start)[0]);
    // One row alone, and among rows of longer histories.
    const all = await model.predict(log.slice(0, 50));
    for (const row of [0, 7, 20]) expect((await model.predict(log.slice(row, row + 1)))[0]).toBeCloseTo(all[row], 6);
  });

  it('memory grows with the behaviours there are', () => {
    const model = own(
      din({ ...twoFields, history: f.history({ hist_items: item, hist_cats: category }, { length: 5000 }) }),
    );
    model.adapt(log);
    const { inputs } = model.encode(log);
    const lists = inputs.filter(({ offsets }) => offsets);
    expect(lists).toHaveLength(2);
    for (const { values, width } of lists) {
      expect(width).toBe(5000);
      expect(values.length).toBe(log.lists('hist_items').items.length);
    }
  });

  it('take numbers of each behaviour, and more histories, each with its own attention', async () => {
    const { offsets, items } = log.lists('hist_items');
    const ages = Int32Array.from({ length: items.length }, (_, i) => 1_590_000_000 + 1000 * (i % 977));
    const table = withColumns(log, {
      hist_times: new Lists(offsets, new Numbers(ages)),
      carts: log.column('hist_items'),
    });
    const options: DinOptions = {
      ...twoFields,
      history: {
        clicks: f.history(
          {
            hist_items: item,
            hist_times: f.recency('hist_times', { until: 'time', normalize: ['log', 'standard'] }),
          },
          { length: 5 },
        ),
        carts: f.history({ carts: item }, { length: 3 }),
      },
    };
    const model = own(din(options));
    await model.fit(table, { ...quiet, epochs: 2 });
    const { histories, positions } = await model.attention(table);
    expect(Object.entries(histories).map(([name, { positions: n }]) => [name, n])).toEqual([
      ['clicks', 5],
      ['carts', 3],
    ]);
    expect(positions).toBe(5);
    const moved = withColumns(table, {
      time: new Numbers((table.column('time') as Numbers).values.map((t) => t + 1e7)),
    });
    expect(maxDifference(await model.predict(moved), await model.predict(table))).toBeGreaterThan(1e-5);
    const map = await attentionMap(model, table.slice(0, 4), { history: 'carts' });
    expect(map.rows[0].history).toHaveLength(3);
    await expect(attentionMap(model, table.slice(0, 4), { history: 'cards' })).rejects.toThrow(/Did you mean 'carts'/);
    expect(own(base(options as never)).hasAttention).toBe(false);
  });

  it.each(['base', 'din'] as const)(
    '%s: eager and graph agree, and save and load keep what was learnt',
    async (kind) => {
      const make = () => own(kind === 'din' ? din(twoFields) : base(twoFields));
      const [graph, eager] = [make(), make()];
      await graph.fit(log.slice(0, 1200), { ...quiet, epochs: 2 });
      await eager.fit(log.slice(0, 1200), { ...quiet, epochs: 2, graph: 'off' });
      expect(maxDifference(await graph.predict(log), await eager.predict(log))).toBeLessThan(1e-4);
      const folder = await mkdtemp(path.join(os.tmpdir(), 'dinnb-own-'));
      await graph.save(path.join(folder, 'model'));
      const again = own(await load(path.join(folder, 'model')));
      expect(again.vocabulary('item')).toEqual(graph.vocabulary('item'));
      expect(await again.predict(log)).toEqual(await graph.predict(log));
      expect(await again.evaluate(log)).toEqual(await graph.evaluate(log));
      await again.fit(log.slice(0, 1200), quiet);
      await rm(folder, { recursive: true });
    },
  );
});

describe('a model that learns its vocabulary', () => {
  it('shows itself before, refuses to predict, and says what to do', async () => {
    const model = own(din(twoFields));
    expect(model.summary().text).toContain('before its vocabularies are learnt');
    await expect(model.predict(log)).rejects.toThrow(
      /learns vocabularies from the training rows first: call model.fit/,
    );
    expect(() => model.vocabulary('item')).toThrow(/Nothing is learnt yet/);
    await model.fit(log, quiet);
    expect(() => model.vocabulary('itme')).toThrow(/Did you mean 'item'\? Vocabularies: item, category/);
    expect(() => model.adapt(log)).toThrow(/make a new model/);
  });

  it('forgets it where the first fit fails, and leaks nothing', async () => {
    const before = tf.memory().numTensors;
    const model = din(twoFields);
    const bad = withColumns(log, { click: new Numbers(Int32Array.from({ length: log.rows }, (_, i) => i % 3)) });
    await expect(model.fit(bad, quiet)).rejects.toThrow(
      /column 'click', row 3: a label is 0 or 1, not 2. The column has the values 0, 1, 2/,
    );
    await expect(model.fit(log, { ...quiet, label: 'klick' })).rejects.toThrow(
      /no column 'klick' \(did you mean 'click'\?\)/,
    );
    expect(() => model.vocabulary('item')).toThrow(/Nothing is learnt/);
    await model.fit(log.slice(0, 700), quiet);
    const fresh = din(twoFields);
    await fresh.fit(log.slice(0, 700), quiet);
    expect(weightsOf(model)).toEqual(weightsOf(fresh));
    model.dispose();
    fresh.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  it('scores values that training did not have, with a row that learnt', async () => {
    const model = own(din(twoFields));
    await model.fit(log.slice(0, 700), quiet);
    const start = own(din(twoFields));
    start.adapt(log.slice(0, 700));
    const { unknown } = model.vocabulary('category');
    const row = (each: RecommenderModel) =>
      (each.network.getLayer('category_embedding').getWeights()[0].arraySync() as number[][])[unknown];
    expect(maxDifference(row(model), row(start))).toBeGreaterThan(1e-4);
    const warn = vi.spyOn(console, 'warn');
    const strange = new Texts(new Int32Array(log.rows), ['never seen']);
    const scores = await model.predict(withColumns(log, { category: strange }));
    expect(scores.every((score) => score > 0 && score < 1)).toBe(true);
    expect(warn).not.toHaveBeenCalled();
  });

  it('draws attention with the names of items', async () => {
    const model = own(din(twoFields));
    await model.fit(log, { ...quiet, metrics: ['auc', 'gauc'], groupBy: 'user' });
    const names = new Map(model.vocabulary('item').values.map((value) => [value, `The ${value}`]));
    const table = log.slice(1000, 1010);
    const map = await attentionMap(model, table, { items: names, user: 'user' });
    const { weights } = await model.attention(table);
    table.lists('hist_items').values.forEach((list, row) => {
      const shown = map.rows[row];
      expect(shown.candidate.title).toBe(`The ${table.cells('item').at(row)}`);
      const expected = [...list].reverse().slice(0, 5);
      expect(shown.history.map((cell) => cell?.title)).toEqual(
        Array.from({ length: 5 }, (_, i) => (expected[i] === undefined ? undefined : `The ${expected[i]}`)),
      );
      shown.history.forEach((cell, i) => {
        if (cell) expect(cell.weight).toBe(weights[5 * row + i]);
      });
    });
    const others = candidatesFor(log, { key: 'item', count: 4 });
    const crossed = await attentionMap(model, table.slice(0, 2), { candidates: others, items: (id) => `<${id}>` });
    expect(crossed.rows).toHaveLength(8);
    expect(new Set(crossed.rows.map(({ candidate }) => candidate.title)).size).toBe(4);
  });
});

describe('features of real columns', () => {
  it('train together: hashes, crossings, dates, quantiles, weighted tags, chains, shared tables', async () => {
    const tags = log.lists('hist_cats');
    const table = withColumns(log, {
      tags,
      weights: new Lists(
        tags.offsets,
        new Numbers(Float32Array.from({ length: tags.items.length }, (_, i) => (i % 4) / 2)),
      ),
      last: log.column('item'),
      price: new Numbers(Float64Array.from({ length: log.rows }, (_, i) => (i * i) % 101)),
    });
    const tag = f.id('tags', { length: 4, table: 'category' });
    const model = own(
      din({
        ...twoFields,
        profile: [
          f.embedding(f.hashed('user', { buckets: 50 }), { dimension: 4 }),
          f.embedding(f.weighted(tag, 'weights'), { dimension: 3, combiner: 'sqrtn' }),
          f.embedding(f.id('last', { shareWith: item }), { dimension: 6 }),
        ],
        context: [
          f.embedding(f.crossed(['user', 'category'], { buckets: 200 }), { dimension: 2 }),
          f.indicator(f.date('time', { part: 'hour' })),
          f.indicator(f.date('time', { part: 'weekday', offset: 2 })),
          f.quantiles('price', { buckets: 5 }),
          f.numeric('price', { normalize: ['log', 'standard'] }),
          f.recency('time', { until: 1_700_000_000, normalize: 'minmax' }),
        ],
      }),
    );
    vi.spyOn(console, 'warn').mockImplementation(() => {});
    await model.fit(table, { ...quiet, epochs: 2 });
    const tables = model.network.layers
      .filter((layer) => layer.getClassName() === 'DinEmbeddingTable')
      .map(({ name }) => name);
    expect(tables.sort()).toEqual([
      'category_embedding',
      'item_embedding',
      'user_category_embedding',
      'user_embedding',
    ]);
    const folder = await mkdtemp(path.join(os.tmpdir(), 'dinnb-own-'));
    await model.save(path.join(folder, 'model'));
    expect(await own(await load(path.join(folder, 'model'))).predict(table)).toEqual(await model.predict(table));
    await rm(folder, { recursive: true });
  });

  it.each(['mean', 'sum', 'sqrtn'] as const)('weighted values combine as they say: %s', async (combiner) => {
    const lists = (values: number[][]) => new Table(new Map([['x', { type: 'list', values }]]), 'x').column('x');
    const tags = [[1, 2], [3], [], [2, 2, 1], [1, 1, 1, 1, 1]];
    const weights = [[0.5, 2], [0], [], [1, 2, 3], [1, 2, 3, 4, 5]];
    const rows = log.slice(0, 5);
    const table = withColumns(rows, { tags: lists(tags), w: lists(weights) });
    const feature = f.weighted(f.identity('tags', { buckets: 4, length: 4 }), 'w');
    const model = own(din({ ...twoFields, profile: [f.embedding(feature, { dimension: 3, combiner })] }));
    model.adapt(
      withColumns(log.slice(0, 1500), {
        tags: lists(log.lists('hist_cats').values.map(() => [1])),
        w: lists(log.lists('hist_cats').values.map(() => [1])),
      }),
    );
    vi.spyOn(console, 'warn').mockImplementation(() => {});
    const layer = model.network.layers.find(({ name }) => name === 'tags_embedding_of_tags')!;
    const vectors = model.network.getLayer('tags_embedding').getWeights()[0].arraySync() as number[][];
    const cut = tf.model({ inputs: model.network.inputs, outputs: layer.output as tf.SymbolicTensor });
    const [found] = await predictOutputs(cut, model.encode(table));
    tags.forEach((list, row) => {
      const w = weights[row].slice(0, 4);
      const total = { sum: 1, mean: w.reduce((a, b) => a + b, 0), sqrtn: Math.sqrt(w.reduce((a, b) => a + b * b, 0)) }[
        combiner
      ];
      for (let d = 0; d < 3; d++) {
        const sum = list.slice(0, 4).reduce((all, id, i) => all + w[i] * vectors[id][d], 0);
        expect(found[3 * row + d]).toBeCloseTo(total === 0 ? 0 : sum / total, 6);
      }
    });
  });

  it('that share a table by name and do not fit are refused', () => {
    const build = (profile: DinOptions['profile']) => own(din({ ...twoFields, profile }));
    expect(() => build([f.embedding(f.id('last', { shareWith: item }), { dimension: 4 })])).toThrow(
      /table 'item' has the dimension 4 for id\('last'\) and 6 for id\('item'\)/,
    );
    const genre = f.vocabulary('genre', { values: ['a', 'b'] });
    const other = f.vocabulary('kind', { values: ['a', 'c'] });
    expect(() =>
      build([f.embedding(genre, { dimension: 4 }), f.embedding(other, { dimension: 4, shareWith: genre })]),
    ).toThrow(/table 'genre' is shared by .* which have different values/);
  });
});

describe('bad data', () => {
  const refused = (columns: Record<string, StoredColumn>, options: DinOptions = twoFields) =>
    expect(own(din(options)).fit(withColumns(log, columns), quiet)).rejects;

  it('lists of different lengths side by side', async () => {
    const { offsets, items } = log.lists('hist_cats');
    const shorter = offsets.slice();
    const row = [...log.lists('hist_cats').values].findIndex((list) => list.length > 1);
    shorter[row + 1]--;
    await refused({ hist_cats: new Lists(shorter, items) }).toThrow(
      new RegExp(`click log: row ${row + 1}: there are \\d+ values in 'hist_items', but \\d+ in 'hist_cats'`),
    );
  });

  it('text where lists are needed, lists where one value is needed', async () => {
    await refused({ hist_items: log.column('item') }).toThrow(/column 'hist_items' holds text, lists are needed/);
    await refused({ item: log.column('hist_items') }).toThrow(/column 'item' holds lists/);
    await refused({}, { ...twoFields, context: [f.numeric('hist_item_numbers')] }).toThrow(
      /holds lists; numeric takes one number/,
    );
    await refused({}, { ...twoFields, context: [f.indicator(f.hashed('hist_cats', { buckets: 9 }))] }).toThrow(
      /holds lists. Say how many of a row's values count: hashed\('hist_cats', \{ length: 8 \}\)/,
    );
  });

  it('fractions as ids, milliseconds as seconds, missing columns', async () => {
    const halves = new Numbers(Float64Array.from({ length: log.rows }, (_, i) => (i === 5 ? 2.5 : i)));
    await refused({ item: halves }).toThrow(/column 'item', row 6: 2.5 is no id, but a fraction/);
    const context = [f.indicator(f.date('time', { part: 'hour' }))];
    const milliseconds = new Numbers(Float64Array.from({ length: log.rows }, () => 1.6e12));
    await refused({ time: milliseconds }, { ...twoFields, context }).toThrow(
      /row 1: 1600000000000 is no time in seconds; it looks like milliseconds/,
    );
    const history = f.history({ hist_item: item, hist_kinds: category }, { length: 5 });
    await refused({}, { ...twoFields, history }).toThrow(
      /no columns 'hist_item' \(did you mean 'hist_items'\?\), 'hist_kinds'/,
    );
  });

  it('0 as a candidate whose history is padded with it', async () => {
    const number = f.id('item_number');
    const positions = {
      ...asPositions(log, 'hist_item_numbers', 2),
      item_number: new Numbers(new Int32Array(log.rows)),
    };
    const history = f.history(['hist_item_numbers_1', 'hist_item_numbers_2'], { of: number });
    await refused(positions, { candidate: number, history }).toThrow(
      /'item_number', row 1: the candidate's id is 0, which stands for padding/,
    );
  });

  it('settings that do not fit', () => {
    expect(() => f.history({ hist_items: item } as never, {} as never)).toThrow(/give \{ length \}/);
    expect(() => f.history({ ages: f.numeric('ages') }, { length: 3 })).toThrow(
      /The first field tells where there is a behaviour/,
    );
    expect(() => din({ ...twoFields, candidate: [] })).toThrow(/candidate has no field/);
    expect(() => din({ ...twoFields, history: [] })).toThrow(/history is made by/);
    expect(() => din({ ...twoFields, candidate: [item, f.numeric('price')] as never })).toThrow(
      /candidate is an identity or vocabulary/,
    );
    expect(() => f.id('x', { minimumcount: 3 } as never)).toThrow(/Did you mean 'minimumCount'/);
    expect(() => f.crossed(['one'], { buckets: 3 })).toThrow(/at least two columns/);
  });
});

it('a DIN whose behaviours are item and category finds what a log was made of; the item alone does not', async () => {
  const planted = clickLog({ impressions: 120_000, users: 5000, items: 3000, categories: 40, length: 20 });
  const [train, test] = [planted.slice(0, 100_000), planted.slice(100_000)];
  const fit = { ...quiet, epochs: 3, batchSize: 128, optimizer: adam({ learningRate: 1e-3 }) };
  const both = own(
    din({
      candidate: [f.embedding(item, { dimension: 16 }), f.embedding(category, { dimension: 8 })],
      history: f.history({ hist_items: item, hist_cats: category }, { length: 20 }),
    }),
  );
  await both.fit(train, fit);
  const alone = own(
    din({ candidate: f.embedding(item, { dimension: 16 }), history: f.history({ hist_items: item }, { length: 20 }) }),
  );
  await alone.fit(train, fit);
  const [withCategory, itemOnly] = [await both.evaluate(test), await alone.evaluate(test)];
  console.log(`test AUC: item and category ${withCategory.auc.toFixed(4)}, item alone ${itemOnly.auc.toFixed(4)}`);
  expect(withCategory.auc).toBeGreaterThan(0.75);
  expect(itemOnly.auc).toBeLessThan(0.6);
});
