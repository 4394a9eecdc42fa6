import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Column, Table } from '../../../src/din/data/table';
import * as features from '../../../src/din/features/index';
import { base } from '../../../src/din/models/base';
import { type DinOptions, din } from '../../../src/din/models/din';
import type { RecommenderModel } from '../../../src/din/models/model';
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

  it('columns may have any name', async () => {
    const genre2: Column = { type: 'string', values: table.strings('genre') };
    const odd = new Table(new Map<string, Column>([...table.columns, ['Genre des Films: ü/2 ', genre2]]), 'odd names');
    const feature = features.vocabulary('Genre des Films: ü/2 ', { values: ['Drama', 'Comedy', 'Action'] });
    const model = din(
      smallColumns({ context: [features.embedding(feature, { dimension: 2 }), features.indicator(feature)] }),
    );
    await model.fit(odd, { ...quiet, batchSize: 50 });
    model.dispose();
  });

  it('several columns combine into one vector', async () => {
    const recent = features.identity(['recent1', 'recent2'], { buckets: 17 });
    const model = din(smallColumns({ profile: [features.embedding(recent, { dimension: 5, combiner: 'sum' })] }));
    await model.fit(table, { ...quiet, batchSize: 50 });
    model.dispose();
  });
});
