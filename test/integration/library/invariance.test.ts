import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Column, Table } from '../../../src/din/data/table';
import * as features from '../../../src/din/features/index';
import { base } from '../../../src/din/models/base';
import { type DinOptions, din } from '../../../src/din/models/din';
import { load } from '../../../src/din/models/load';
import type { RecommenderModel } from '../../../src/din/models/model';
import { predictOutputs } from '../../../src/din/training/predict';
import { nativeTensorFlow } from '../tensorflow';
import { maxDifference } from './reference-case';
import { quiet, smallColumns, smallSamples } from './samples';

beforeAll(() => {
  nativeTensorFlow();
});

/** The same table with other values in some columns. */
function withColumns(table: Table, changed: Record<string, number[]>): Table {
  const columns = new Map<string, Column>(table.columns);
  for (const [name, values] of Object.entries(changed)) {
    columns.set(name, { type: 'number', values: Float64Array.from(values) });
  }
  return new Table(columns, table.source);
}

function histories(table: Table): number[][] {
  return ['recent1', 'recent2', 'recent3'].map((name) => [...table.numbers(name)]);
}

const table = smallSamples(200);
const attentions = [
  { name: 'DIN, no normalizing', make: () => din(smallColumns()) },
  { name: 'DIN, softmax', make: () => din(smallColumns({ attention: { normalize: 'softmax' } })) },
  { name: 'DIN, Dice', make: () => din(smallColumns({ activation: 'dice' })) },
  { name: 'base, mean', make: () => base(smallColumns()) },
  { name: 'base, sum', make: () => base({ ...smallColumns(), pooling: 'sum' }) },
];

/** A model that has seen data, so that nothing is at its initial value. */
async function trained(make: () => RecommenderModel): Promise<RecommenderModel> {
  const model = make();
  await model.fit(table, { ...quiet, epochs: 2, batchSize: 32 });
  return model;
}

describe.each(attentions)('$name', ({ make }) => {
  it('does not care where in the history padding stands, nor for the order of items', async () => {
    const model = await trained(make);
    const before = await model.predict(table);
    const [a, b, c] = histories(table);
    const rotated = withColumns(table, { recent1: c, recent2: a, recent3: b });
    expect(maxDifference(await model.predict(rotated), before)).toBeLessThan(1e-6);
    // But for what the history holds it does.
    const others = withColumns(table, { recent1: a.map((item) => (item === 0 ? 0 : 1 + (item % 16))) });
    expect(maxDifference(await model.predict(others), before)).toBeGreaterThan(1e-5);
    model.dispose();
  });

  it('does not care what vector padding has', async () => {
    const model = await trained(make);
    const before = await model.predict(table);
    tf.tidy(() => {
      const weight = model.network.weights.find(({ originalName }) => originalName === 'movieId_embedding/embeddings')!;
      const [rows, dimension] = weight.shape as [number, number];
      weight.write(tf.concat([tf.fill([1, dimension], 1e3), tf.slice(weight.read(), [1, 0], [rows - 1, dimension])]));
    });
    expect(maxDifference(await model.predict(table), before)).toBe(0);
    model.dispose();
  });

  it('never trains the rows of padding and of missing values', async () => {
    const model = make();
    const row = (name: string, index: number) => {
      const weight = model.network.weights.find(({ originalName }) => originalName === `${name}/embeddings`)!;
      return [...weight.read().slice([index, 0], [1, -1]).dataSync()];
    };
    const padding = row('movieId_embedding', 0);
    const noGenre = row('genre_embedding', 3);
    const item = row('movieId_embedding', 1);
    await model.fit(table, { ...quiet, epochs: 1, batchSize: 32 });
    expect(row('movieId_embedding', 0)).toEqual(padding);
    expect(row('genre_embedding', 3)).toEqual(noGenre);
    expect(row('movieId_embedding', 1)).not.toEqual(item);
    model.dispose();
  });

  it('scores empty histories, and a batch of nothing else', async () => {
    const empty = withColumns(table, {
      recent1: Array(200).fill(0),
      recent2: Array(200).fill(Number.NaN),
      recent3: Array(200).fill(0),
    });
    const model = make();
    const history = await model.fit(empty, { ...quiet, epochs: 2, batchSize: 50 });
    expect(history.training.loss.every((loss) => Number.isFinite(loss))).toBe(true);
    expect((await model.predict(empty)).every((p) => p > 0 && p < 1)).toBe(true);
    model.dispose();
  });

  it('scores a row the same alone and among others', async () => {
    const model = await trained(make);
    const all = await model.predict(table);
    const alone = await model.predict(table.slice(17, 18));
    expect(Math.abs(alone[0] - all[17])).toBeLessThan(1e-6);
    model.dispose();
  });
});

describe('other features', () => {
  const year = features.numeric('year');
  const genre = features.vocabulary('genre', { values: ['Drama', 'Comedy', 'Action'] });
  const options: Partial<DinOptions> = {
    context: [
      features.bucketized(year, [1995, 2005]),
      features.indicator(genre),
      features.embedding(features.bucketized(year, [2000]), { dimension: 2 }),
      features.numeric('year', { normalize: 'minmax' }),
    ],
  };

  it('bucketized, indicator and repeated columns make a network that trains', async () => {
    const model = din(smallColumns(options));
    await model.fit(table, { ...quiet, batchSize: 50 });
    expect(model.summary().layers.find(({ name }) => name === 'features')?.shape).toEqual([
      null,
      4 + 6 + 6 + 3 + 3 + 2 + 1,
    ]);
    model.dispose();
  });

  it('shared embeddings are one table', async () => {
    const other = features.vocabulary('genre2', { values: ['Drama', 'Comedy', 'Action'] });
    const [first, second] = features.sharedEmbedding([genre, other], { dimension: 3 });
    const shared = din(smallColumns({ profile: [first], context: [second] }));
    const tables = shared.summary().layers.filter(({ type }) => type === 'EmbeddingTable');
    expect(tables.map(({ parameters }) => parameters)).toEqual([17 * 6, 4 * 3]);
    const genres2: Column = { type: 'string', values: table.strings('genre') };
    const withGenre2 = new Table(new Map<string, Column>([...table.columns, ['genre2', genres2]]), 'two genres');
    await shared.fit(withGenre2, { ...quiet, batchSize: 50 });
    shared.dispose();
  });

  it.each([
    ['interest', 'logit', 'features'],
    ['dense_0', 'prelu_0', 'attention_dense_0'],
    ['attention_interaction', 'attention_weights', 'attention_score'],
    ['constructor', 'toString', '__proto__'],
    ['hasOwnProperty', 'history', 'profile_numbers'],
    ['a/b', 'a b', 'a_b'],
    ['Genre des Films: ü/2 ', '类型', '1'],
    ['_', '-', '.'],
    ['loss', 'year_embedding', 'genre'],
  ])('columns may have any name: %s, %s, %s', async (number, text, id) => {
    const renamed = new Map<string, Column>();
    for (const [name, column] of table.columns) {
      renamed.set({ year: number, genre: text, movieId: id }[name] ?? name, column);
    }
    const odd = new Table(renamed, 'odd names');
    const genre = features.vocabulary(text, { values: ['Drama', 'Comedy', 'Action'] });
    const movie = features.identity(id, { buckets: 17 });
    const model = din({
      ...smallColumns(),
      profile: [features.numeric(number, { normalize: 'standard' })],
      candidate: movie,
      history: features.history(['recent1', 'recent2', 'recent3'], { of: movie }),
      context: [features.embedding(genre, { dimension: 2 }), features.indicator(genre)],
    });
    await model.fit(odd, { live: false, verbose: false, batchSize: 50 });
    const scores = await model.predict(odd);
    // Each column is read: other values, other scores.
    for (const name of [number, text, id]) {
      const column = odd.column(name);
      const turned = { ...column, values: [...column.values].reverse() } as Column;
      if (turned.type === 'number') turned.values = Float64Array.from(turned.values);
      const changed = await model.predict(new Table(new Map([...odd.columns, [name, turned]]), 'turned'));
      expect(maxDifference(changed, scores), name).toBeGreaterThan(1e-6);
    }
    const folder = await mkdtemp(path.join(os.tmpdir(), 'dinnb-names-'));
    await model.save(path.join(folder, 'model'));
    const again = await load(path.join(folder, 'model'));
    expect(await again.predict(odd)).toEqual(scores);
    await rm(folder, { recursive: true });
    model.dispose();
    again.dispose();
  });

  it.each(['sum', 'mean', 'sqrtn'] as const)('several columns combine into one vector: %s', async (combiner) => {
    const recent = features.identity(['recent1', 'recent2'], { buckets: 17 });
    const model = din(smallColumns({ profile: [features.embedding(recent, { dimension: 5, combiner })] }));
    const width = () => model.network.layers.find(({ name }) => name === 'recent1_recent2_embedding')!;
    const vectors = (await width().getWeights()[0].array()) as number[][];
    const combined = tf.model({
      inputs: model.network.inputs,
      outputs: model.network.getLayer('recent1_recent2_embedding_of_recent1_recent2').output as tf.SymbolicTensor,
    });
    const [found] = await predictOutputs(combined, model.encode(withState(model)));
    const scale = { sum: 1, mean: 1 / 2, sqrtn: 1 / Math.sqrt(2) }[combiner];
    for (let row = 0; row < table.rows; row++) {
      const [a, b] = ['recent1', 'recent2'].map((name) => vectors[table.numbers(name)[row]]);
      for (let i = 0; i < 5; i++) expect(found[5 * row + i]).toBeCloseTo(scale * (a[i] + b[i]), 6);
    }
    model.dispose();
  });

  it('one column and several of the same values share a table, whose missing row stays untrained', async () => {
    const several = features.identity(['recent1', 'recent2'], { buckets: 17 });
    const one = features.identity('movieId', { buckets: 17 });
    for (const order of [
      [several, one],
      [one, several],
    ]) {
      const model = din(smallColumns({ profile: features.sharedEmbedding(order, { dimension: 5 }) }));
      const tables = model.network.layers.filter(({ name }) => name.endsWith('_shared_embedding'));
      expect(tables.map((layer) => layer.getWeights()[0].shape)).toEqual([[18, 5]]);
      await model.fit(table, { ...quiet, batchSize: 50 });
      model.dispose();
    }
  });

  /** The rows, once the model has measured them. */
  function withState(model: RecommenderModel): Table {
    model.adapt(table);
    return table;
  }
});
