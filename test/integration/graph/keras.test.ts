import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { identityOrder } from '../../../src/base/random';
import { GraphEngine } from '../../../src/din/training/engines/graph';
import { sigmoidCrossEntropy } from '../../../src/din/training/losses';
import {
  adagrad,
  adam,
  adamw,
  momentum,
  type OptimizerDefinition,
  rmsprop,
  sgd,
} from '../../../src/din/training/optimizers';
import { OptimizerState } from '../../../src/din/training/optimizers/state';
import { tableVariables, trainableVariables } from '../../../src/din/training/step';
import {
  fillFixtureWeights,
  fixtureWeights,
  kerasFixture,
  maxDifference,
  type ReferenceBatch,
  referenceDin,
  referenceTable,
} from '../library/reference-case';
import { nativeTensorFlow } from '../tensorflow';

interface Trajectory {
  rows: number;
  batchSize: number;
  epochs: number;
  learningRate: number;
  losses: number[];
  summedLosses: number[];
}

beforeAll(() => {
  nativeTensorFlow();
});

/** `hashed_integers` of make.py. */
function hashedIntegers(name: string, count: number, low: number, high: number): number[] {
  return Array.from(fixtureWeights(name, count, 1), (u) => low + Math.floor(((u + 1) / 2) * (high - low)));
}

function hashedRows(rows: number): ReferenceBatch {
  return {
    movieId: hashedIntegers('movieId', rows, 1, 40),
    userId: hashedIntegers('userId', rows, 1, 30),
    history: hashedIntegers('history', rows * 5, 0, 40),
    userGenre1: hashedIntegers('userGenre1', rows, 0, 19),
    movieGenre1: hashedIntegers('movieGenre1', rows, 0, 19),
    numbers: [...fixtureWeights('numbers', rows * 7, 1.7)],
    label: hashedIntegers('label', rows, 0, 2),
  };
}

describe("Keras' own 200 steps of Adam, ids repeating within batches", () => {
  const fixture = kerasFixture<Trajectory>('trajectory.json');
  const { weights } = kerasFixture<{ cases: { weights: Record<string, number[]> }[] }>('forward.json').cases[0];

  async function losses(optimizer: OptimizerDefinition, mode: 'plain' | 'xla'): Promise<number[]> {
    const model = referenceDin({ shared: false, mask: false, normalize: 'sigmoid' });
    fillFixtureWeights(model, weights);
    const { network } = model;
    const state = new OptimizerState(optimizer, trainableVariables(network), tableVariables(network));
    const program = { network, loss: sigmoidCrossEntropy, optimizer: state };
    const data = model.encode(referenceTable([hashedRows(fixture.rows)]), { label: 'label' });
    const { batchSize, epochs } = fixture;
    const engine = await GraphEngine.create({ program, data, batchSize, epochs, seed: 1, mode });
    const result: number[] = [];
    for (let epoch = 0; epoch < epochs; epoch++) {
      engine.startEpoch(identityOrder(data.rows));
      for (let chunk = engine.run(1000); chunk.steps; chunk = engine.run(1000)) result.push(...chunk.losses);
    }
    expect(engine.description).toContain(mode === 'xla' ? 'graph + XLA, ' : 'graph, ');
    engine.dispose();
    state.dispose();
    model.dispose();
    return result;
  }

  it.each(['plain', 'xla'] as const)("are ours with repeatedIds: 'keras', %s", async (mode) => {
    const { learningRate } = fixture;
    const stock = await losses(adam({ learningRate, repeatedIds: 'keras' }), mode);
    expect(stock).toHaveLength(200);
    expect(maxDifference(stock, fixture.losses)).toBeLessThan(1e-5);
    const summed = await losses(adam({ learningRate }), mode);
    expect(maxDifference(summed, fixture.summedLosses)).toBeLessThan(1e-5);
    // The fixture can tell the two apart.
    expect(maxDifference(stock, fixture.summedLosses)).toBeGreaterThan(1e-3);
  });

  it('are ours in fit, too, where nothing can be compared with steps op by op', async () => {
    const { learningRate, batchSize, epochs, rows } = fixture;
    const model = referenceDin({ shared: false, mask: false, normalize: 'sigmoid' });
    fillFixtureWeights(model, weights);
    const optimizer = adam({ learningRate, repeatedIds: 'keras' });
    const table = referenceTable([hashedRows(rows)]);
    const history = await model.fit(table, {
      live: false,
      verbose: false,
      label: 'label',
      shuffle: false,
      batchSize,
      epochs,
      optimizer,
    });
    const steps = fixture.losses.length / epochs;
    const ofEpochs = Array.from({ length: epochs }, (_, epoch) => {
      const own = fixture.losses.slice(epoch * steps, (epoch + 1) * steps);
      return own.reduce((sum, loss) => sum + loss, 0) / steps;
    });
    expect(maxDifference(history.training.loss.map(Number), ofEpochs)).toBeLessThan(1e-5);
    model.dispose();
  });
});

describe("updates equal Keras' (and NumPy's, where Keras has no such optimizer)", () => {
  const fixture = kerasFixture<{ steps: number; cases: Record<string, { table: number[]; vector?: number[] }> }>(
    'optimizers.json',
  );
  const optimizers: Record<string, OptimizerDefinition> = {
    sgd: sgd({ learningRate: 0.1 }),
    momentum: momentum({ learningRate: 0.05 }),
    nesterov: momentum({ learningRate: 0.05, nesterov: true }),
    adagrad: adagrad({ learningRate: 0.1 }),
    rmsprop: rmsprop({ learningRate: 0.01 }),
    rmspropMomentum: rmsprop({ learningRate: 0.01, rho: 0.8, momentum: 0.5 }),
    adam: adam({ learningRate: 0.02 }),
    adamw: adamw({ learningRate: 0.02, weightDecay: 0.1 }),
    clipValue: sgd({ learningRate: 0.1, clipValue: 0.3 }),
    clipNorm: adam({ learningRate: 0.02, clipNorm: 0.7 }),
    globalClipNorm: sgd({ learningRate: 0.1, globalClipNorm: 0.9 }),
    lazyAdam: adam({ learningRate: 0.02, tables: 'lazy' }),
    rowwiseAdagrad: adagrad({ learningRate: 0.1, tables: 'rowwise' }),
  };

  it('for every optimizer there is', () => {
    expect(Object.keys(optimizers)).toEqual(Object.keys(fixture.cases));
  });

  it.each(Object.keys(fixture.cases))('%s', (name) => {
    const table = tf.variable(tf.tensor2d(fixtureWeights('table', 18, 0.5), [6, 3]));
    const vector = tf.variable(tf.tensor1d(fixtureWeights('vector', 4, 0.5)));
    const state = new OptimizerState(optimizers[name], [table, vector], new Set([table]));
    for (let t = 0; t < fixture.steps; t++) {
      const touched = (i: number) => (Math.floor(i / 3) + t) % 3 !== 0;
      const ofTable = fixtureWeights(`table/${t}`, 18, 1).map((value, i) => (touched(i) ? value : 0));
      state.apply([tf.tensor2d(ofTable, [6, 3]), tf.tensor1d(fixtureWeights(`vector/${t}`, 4, 1))]);
    }
    const expected = fixture.cases[name];
    expect(maxDifference(table.dataSync(), fixtureWeights('table', 18, 0.5))).toBeGreaterThan(0.01);
    expect(maxDifference(table.dataSync(), expected.table)).toBeLessThan(2e-6);
    if (expected.vector) expect(maxDifference(vector.dataSync(), expected.vector)).toBeLessThan(2e-6);
    state.dispose();
  });
});
