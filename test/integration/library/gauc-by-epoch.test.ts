import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Column, Table } from '../../../src/din/data/table';
import { din } from '../../../src/din/models/din';
import type { RecommenderModel } from '../../../src/din/models/model';
import { earlyStopping } from '../../../src/din/training/callbacks/index';
import { sgd } from '../../../src/din/training/optimizers/sgd';
import { nativeTensorFlow } from '../tensorflow';
import { smallColumns, smallSamples } from './samples';

const table = smallSamples(1500);
const models: RecommenderModel[] = [];
const options = { live: false, verbose: false, batchSize: 64, metrics: ['auc', 'gauc', 'logloss'] } as const;
beforeAll(() => {
  nativeTensorFlow();
});
afterEach(() => {
  for (const model of models.splice(0)) model.dispose();
});

function own(): RecommenderModel {
  const model = din(smallColumns());
  models.push(model);
  return model;
}

describe.each(['off', 'auto'] as const)('gauc and logloss by epoch, graph: %s', (graph) => {
  it('are those of an evaluation, for training rows in any order and for validation rows', async () => {
    const model = own();
    // Without learning, the values of an epoch are those of an evaluation.
    const still = sgd({ learningRate: 1e-30 });
    const [training, validation] = [table.slice(0, 1200), table.slice(1200, 1500)];
    const { output } = await model.fit(table, { ...options, graph, epochs: 2, validation: 0.2, optimizer: still });
    for (const [rows, values] of [
      [training, output.epochLog.training],
      [validation, output.epochLog.validation],
    ] as const) {
      const result = await model.evaluate(rows, { metrics: ['logloss'] });
      for (const epoch of [0, 1]) {
        expect(values.gauc[epoch]).toBeCloseTo(result.gauc!.value, 3);
        expect(values.logloss[epoch]).toBeCloseTo(result.loss, 5);
      }
      expect(Math.abs(values.gauc[0]! - values.auc[0]!)).toBeGreaterThan(1e-3);
    }
    // Costs nothing between epochs: no point of the running curves has it.
    expect(Object.keys(output.steps.values)).toEqual(['loss', 'auc', 'logloss']);
  });

  it('group by the column that is asked for, and can be watched', async () => {
    const model = own();
    const stop = earlyStopping({ monitor: 'validation.gauc', patience: 1 });
    const history = await model.fit(table, {
      ...options,
      graph,
      validation: 0.2,
      groupBy: 'movieId',
      callbacks: [stop],
    });
    const { gauc } = await model.evaluate(table.slice(1200, 1500), { groupBy: 'movieId' });
    expect(history.validation.gauc[0]).toBeCloseTo(gauc!.value, 12);
  });
});

it('without a user column the error names the remedy, before anything trains', async () => {
  const model = din(smallColumns({ profile: [] }));
  models.push(model);
  const columns = new Map([...table.columns].filter(([name]) => name !== 'userId'));
  const anonymous = new Table(columns, 'anonymous rows');
  await expect(model.fit(anonymous, options)).rejects.toThrow(
    /'gauc' ranks each user's rows, but anonymous rows has neither 'sourceUserId' nor 'userId'. Name the column with groupBy/,
  );
  expect(model.history).toBeUndefined();
  await expect(model.fit(table, { ...options, groupBy: 'usr' })).rejects.toThrow(/no column 'usr'/);
});

describe.each([
  ['numbers', (user: number, row: number) => (row % 3 === 0 ? Number.NaN : user)],
  ['text', (user: number, row: number) => (row % 3 === 0 ? '' : `user ${user}`)],
] as const)('rows without a user, in a column of %s', (_, visitor) => {
  const columns = new Map<string, Column>(table.columns);
  const visitors = Array.from(table.numbers('userId'), (user, row): number | string => visitor(user, row));
  columns.set(
    'visitor',
    visitors.every((value) => typeof value === 'string')
      ? { type: 'string', values: visitors }
      : { type: 'number', values: Float64Array.from(visitors as number[]) },
  );
  const some = new Table(columns, 'some users');
  const known = some.filter('visitor', (value) => value !== '' && !Number.isNaN(value));

  it('belong to no group, in fit, validation and evaluate, which say how many they are', async () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
    const model = own();
    const metrics = ['gauc', 'ndcg@3', 'mrr'] as const;
    const still = sgd({ learningRate: 1e-30 });
    const by = { metrics, groupBy: 'visitor' };
    const { training, validation } = await model.fit(some, { ...options, ...by, validation: some, optimizer: still });
    expect(warn.mock.calls.map(String)).toEqual(
      new Array(2).fill(expect.stringMatching(/some users: 500 rows have no value in 'visitor'/)),
    );
    warn.mockClear();
    const all = await model.evaluate(some, by);
    expect(warn.mock.calls.map(String)).toEqual([expect.stringMatching(/500 rows have no value in 'visitor'/)]);
    warn.mockClear();
    const few = await model.evaluate(known, by);
    expect(warn).not.toHaveBeenCalled();
    vi.restoreAllMocks();
    expect(all.gauc).toEqual(few.gauc);
    for (const name of ['ndcg@3', 'mrr'] as const) {
      expect(all[name]).toBeCloseTo(few[name], 12);
      expect(validation[name][0]).toBeCloseTo(few[name], 12);
      expect(training[name][0]).toBeCloseTo(few[name], 3);
    }
    expect(validation.gauc[0]).toBeCloseTo(few.gauc!.value, 12);
  });
});
