import * as tf from '@tensorflow/tfjs';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { RecommenderModel } from '../../../src/din/models/model';
import { MiniBatchDecay } from '../../../src/din/training/mini-batch-decay';
import { adagrad, adam, type OptimizerDefinition, sgd } from '../../../src/din/training/optimizers';
import { smallSamples } from '../library/samples';
import { nativeTensorFlow } from '../tensorflow';
import { maxDifference } from './networks';
import { flatWeights, wideDin } from './wide-tables';

const table = smallSamples(8 * 40 + 5);
const models: RecommenderModel[] = [];
beforeAll(() => {
  nativeTensorFlow();
});
afterEach(() => {
  for (const model of models.splice(0)) model.dispose();
});

async function fitted(graph: 'off' | 'auto' | 'xla', miniBatchAware: number, optimizer: OptimizerDefinition) {
  const model = wideDin();
  models.push(model);
  const options = { live: false, verbose: false, epochs: 2, batchSize: 8, graph, optimizer };
  await model.fit(table, { ...options, regularization: { miniBatchAware } });
  return model;
}

/** A table's values, `[rows][dimension]`. */
async function rowsOf(model: RecommenderModel, name: string): Promise<number[][]> {
  const weight = model.network.weights.find(({ originalName }) => originalName === `${name}_embedding/embeddings`);
  return (await weight!.read().array()) as number[][];
}

describe('mini-batch-aware regularization', () => {
  it('adds the gradient of lambda / 2 * sum of w_j^2 / n_j over the ids of the batch', () => {
    const values = Float32Array.from({ length: 5 * 3 }, (_, i) => Math.sin(i + 1));
    const counts = [4, 1, 0, 2, 8];
    const [lambda, rows] = [0.3, [4, 1, 4, 0]];
    // The penalty in float64, straight from the paper: each id of the batch once, however often it occurs in it.
    const penalty = (w: ArrayLike<number>) =>
      [...new Set(rows)].reduce(
        (sum, j) => sum + [0, 1, 2].reduce((s, k) => s + (lambda / 2 / counts[j]) * w[j * 3 + k] ** 2, 0),
        0,
      );
    const variable = tf.variable(tf.tensor2d(values, [5, 3]));
    const rates = tf.variable(tf.tensor1d(counts.map((n) => (n ? lambda / n : 0))), false);
    const decay = new MiniBatchDecay([{ variable, inputs: [0, 1], rates }]);
    const batch = [tf.tensor2d([4, 1], [2, 1], 'int32'), tf.tensor2d([4, 0], [2, 1], 'int32')];
    const [added] = decay.addTo([tf.zeros([5, 3])], [variable], batch);
    added!.dataSync().forEach((value, i) => {
      const moved = (by: number) => penalty(values.map((w, k) => (k === i ? w + by : w)));
      expect(value).toBeCloseTo((moved(1e-2) - moved(-1e-2)) / 2e-2, 5);
    });
    expect(added!.dataSync().filter((value) => value !== 0)).toHaveLength(9);
    decay.dispose();
  });

  for (const [name, optimizer] of [
    ['deferred Adam', adam({ learningRate: 0.01 })],
    ['lazy Adam', adam({ learningRate: 0.01, tables: 'lazy' })],
    ['SGD', sgd({ learningRate: 0.1 })],
    ['row-wise Adagrad', adagrad({ learningRate: 0.1, tables: 'rowwise' })],
    ['clipped SGD, dense', sgd({ learningRate: 0.1, globalClipNorm: 0.1 })],
  ] as const) {
    it(`is the same in a graph as op by op: ${name}`, async () => {
      const free = await fitted('off', 0, optimizer);
      const eager = await fitted('off', 1, optimizer);
      expect(maxDifference(flatWeights(eager), flatWeights(free))).toBeGreaterThan(1e-3);
      for (const graph of ['auto', 'xla'] as const) {
        const model = await fitted(graph, 1, optimizer);
        expect(model.history!.output.runtime).toContain(graph === 'xla' ? 'graph + XLA, ' : 'graph, ');
        expect(maxDifference(flatWeights(model), flatWeights(eager))).toBeLessThan(2e-5);
      }
    });
  }

  it('counts occurrences in the training data, and leaves padding and absent ids alone', async () => {
    // Tiny steps: each id's weights shrink by lr * lambda, once an epoch for each of its batches over its occurrences.
    const run = async (strength: number) => {
      const model = wideDin();
      models.push(model);
      const options = { live: false, verbose: false, batchSize: 325, graph: 'off' as const };
      const before = { user: await rowsOf(model, 'userId'), movie: await rowsOf(model, 'movieId') };
      await model.fit(table, {
        ...options,
        optimizer: sgd({ learningRate: 1 }),
        regularization: { miniBatchAware: strength },
      });
      return { before, after: { user: await rowsOf(model, 'userId'), movie: await rowsOf(model, 'movieId') } };
    };
    const [free, decayed] = [await run(0), await run(0.5)];
    const users = table.numbers('userId');
    const movies = ['movieId', 'recent1', 'recent2', 'recent3'].flatMap((name) => [...table.numbers(name)]);
    const difference = (part: 'user' | 'movie', row: number) => decayed.after[part][row][0] - free.after[part][row][0];
    for (const id of [1, 5, 20]) {
      const n = users.filter((user) => user === id).length;
      expect(difference('user', id)).toBeCloseTo((-0.5 / n) * free.before.user[id][0], 6);
    }
    for (const id of [1, 16]) {
      const n = movies.filter((movie) => movie === id).length;
      expect(difference('movie', id)).toBeCloseTo((-0.5 / n) * free.before.movie[id][0], 6);
    }
    expect([difference('movie', 0), difference('movie', 500), difference('user', 1999)]).toEqual([0, 0, 0]);
  });

  it('leaves no tensor behind, and refuses what it cannot mean', async () => {
    const model = await fitted('auto', 0.01, adam());
    const before = tf.memory().numTensors;
    await model.fit(table, { live: false, verbose: false, batchSize: 8, regularization: { miniBatchAware: 0.01 } });
    expect(tf.memory().numTensors).toBe(before);
    const attempt = (strength: number, more = {}) =>
      model.fit(table, { live: false, regularization: { miniBatchAware: strength }, ...more });
    await expect(attempt(-1)).rejects.toThrow(/miniBatchAware must be a number of at least 0/);
    await expect(attempt(0.01, { optimizer: adam({ repeatedIds: 'keras' }) })).rejects.toThrow(/does not go with/);
  });
});
