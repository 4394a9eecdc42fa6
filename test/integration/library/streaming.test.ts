import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { BLOCK_ROWS, createRandom } from '../../../src/base/random';
import * as data from '../../../src/din/data/index';
import * as features from '../../../src/din/features/index';
import { InterruptedError, setInterruptCheck } from '../../../src/din/interrupt';
import { din } from '../../../src/din/models/din';
import type { FitOptions } from '../../../src/din/models/fit-options';
import type { RecommenderModel } from '../../../src/din/models/model';
import { nativeTensorFlow } from '../tensorflow';

beforeAll(() => {
  nativeTensorFlow();
});
const models: RecommenderModel[] = [];
afterEach(() => {
  setInterruptCheck(() => false);
  vi.restoreAllMocks();
  for (const model of models.splice(0)) model.dispose();
});

const ROWS = BLOCK_ROWS + 1500;

/** A log with everything that a model reads: text ids, lists, several values, numbers with gaps. */
function log() {
  const random = createRandom(5);
  const rows = Array.from({ length: ROWS }, (_, row) => row);
  const item = () => `i${random.integer(60)}`;
  return {
    user: rows.map(() => `u${random.integer(80)}`),
    item: rows.map(item),
    tags: rows.map(() => Array.from({ length: random.integer(5) }, () => `t${random.integer(12)}`)),
    site: rows.map(() => `s${random.integer(40)}`),
    price: rows.map((row) => (row % 13 === 0 ? null : random.next() * 30)),
    hist: rows.map(() => Array.from({ length: random.integer(9) }, item)),
    click: rows.map(() => (random.next() < 0.4 ? 1 : 0)),
    weight: rows.map((row) => 0.5 + (row % 3)),
  };
}

const columns = log();
const memory = data.from(columns);
const disk = data.from(columns, { storage: 'disk' });

function model(): RecommenderModel {
  const item = features.id('item');
  const made = din({
    candidate: item,
    history: features.history({ hist: item }, { length: 5 }),
    profile: [
      features.embedding(features.id('user'), { dimension: 4 }),
      features.embedding(features.id('tags', { length: 3 }), { dimension: 3 }),
    ],
    context: [
      features.embedding(features.hashed('site', { buckets: 10 }), { dimension: 2 }),
      features.numeric('price', { normalize: ['log', 'standard'], missing: 'mean' }),
    ],
    embeddingDimension: 4,
    hidden: [8, 4],
    label: 'click',
    seed: 3,
  });
  models.push(made);
  return made;
}

const options: FitOptions = { epochs: 2, batchSize: 500, live: false, verbose: false, shuffle: { blocks: 1 } };

async function trained(table: data.Table, more: FitOptions) {
  const own = model();
  const history = await own.fit(table, { ...options, metrics: ['auc', 'gauc'], groupBy: 'user', ...more });
  return {
    weights: own.network.getWeights().map((weight) => [...weight.dataSync()]),
    state: own.featureState,
    training: history.training,
    validation: history.validation,
    evaluation: await own.evaluate(table, { groupBy: 'user' }),
    scores: [...(await own.predict(table))],
  };
}

describe('the same rows in memory and on disk, in the same order', () => {
  it.each([
    ['op by op', { graph: 'off' as const }],
    ['as a graph', {}],
    ['in their own order', { shuffle: false, epochs: 1 }],
    ['weighed', { epochs: 1, sampleWeight: 'weight', classWeight: { 1: 2 }, labelSmoothing: 0.1 }],
    [
      'with validation and mini-batch-aware decay',
      { validation: 0.1, epochs: 1, regularization: { miniBatchAware: 1e-4 } },
    ],
  ])('give the same weights, metrics and scores to the bit, %s', async (_, more) => {
    vi.spyOn(console, 'warn').mockImplementation(() => {});
    expect(await trained(disk, more)).toEqual(await trained(memory, more));
  });

  it('need no setting where all rows fit into what is mixed at a time', async () => {
    vi.spyOn(console, 'warn').mockImplementation(() => {});
    const [a, b] = [
      await trained(disk, { shuffle: true, epochs: 1 }),
      await trained(memory, { shuffle: true, epochs: 1 }),
    ];
    expect(a).toEqual(b);
  });
});

it('tells of cut lists once, with their number, as in memory', async () => {
  const said = vi.spyOn(console, 'warn').mockImplementation(() => {});
  const of = async (table: data.Table) => {
    said.mockClear();
    await model().fit(table, { ...options, epochs: 2 });
    return said.mock.calls.flat().filter((line) => String(line).includes('tags'));
  };
  const expected = await of(memory);
  expect(expected).toHaveLength(1);
  expect(await of(disk)).toEqual(expected);
});

it('names the row of a bad value wherever its block lies', async () => {
  vi.spyOn(console, 'warn').mockImplementation(() => {});
  const bad = { ...columns, price: columns.price.map((price, row) => (row === ROWS - 5 ? -3 : price)) };
  const learnt = model();
  await expect(learnt.fit(data.from(bad, { storage: 'disk' }), options)).rejects.toThrow(
    new RegExp(`column 'price', row ${ROWS - 4}: -3 cannot be normalized`),
  );
  // Known already, it is met when its block is read.
  const other = model();
  other.adapt(memory);
  await expect(other.fit(data.from(bad, { storage: 'disk' }), options)).rejects.toThrow(
    new RegExp(`column 'price', row ${ROWS - 4}: .*turns -3 into NaN`),
  );
  const label = { ...columns, click: columns.click.map((click, row) => (row === ROWS - 1 ? 2 : click)) };
  await expect(model().fit(data.from(label, { storage: 'disk' }), options)).rejects.toThrow(
    new RegExp(`column 'click', row ${ROWS}: a label is 0 or 1, not 2`),
  );
});

it('an interrupt is heard while rows are learnt of and read; the model goes on afterwards', async () => {
  vi.spyOn(console, 'warn').mockImplementation(() => {});
  const own = model();
  setInterruptCheck(() => true);
  await expect(own.fit(disk, options)).rejects.toThrow(InterruptedError);
  let asked = 0;
  setInterruptCheck(() => ++asked > 12);
  await expect(own.fit(disk, options)).rejects.toThrow(InterruptedError);
  setInterruptCheck(() => false);
  await own.fit(disk, options);
  expect(own.epochsTrained).toBeGreaterThanOrEqual(2);
});

it('refuses blocks that are no number', async () => {
  await expect(model().fit(disk, { ...options, shuffle: { blocks: 0 } })).rejects.toThrow(
    /fit: shuffle: blocks must be a whole number of at least 1/,
  );
  await expect(model().fit(disk, { ...options, shuffle: { block: 2 } as never })).rejects.toThrow(/no setting 'block'/);
});
