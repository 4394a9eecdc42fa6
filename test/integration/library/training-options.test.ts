import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { randomStream } from '../../../src/base/random';
import { type Column, Table } from '../../../src/din/data/table';
import * as features from '../../../src/din/features/index';
import { meanAbsoluteError, meanSquaredError, rSquared } from '../../../src/din/metrics/index';
import type { FitOptions } from '../../../src/din/models/fit-options';
import * as models from '../../../src/din/models/index';
import * as graph from '../../../src/din/training/network/index';
import { adam, sgd } from '../../../src/din/training/optimizers';
import keras from '../../fixtures/keras/training-options.json';
import { nativeTensorFlow } from '../tensorflow';
import { genres, quiet, smallColumns, smallSamples } from './samples';

beforeAll(() => {
  nativeTensorFlow();
});

const random = randomStream(3);
const plain = smallSamples(800);
/** The small samples with a weight of each row, and a number to predict. */
const table = withColumns(plain, {
  weight: Float64Array.from({ length: 800 }, () => Math.floor(random() * 3)),
  stars: plain.numbers('label').map((label) => 3 + label + 0.3 * (random() - 0.5)),
});

function withColumns(from: Table, added: Record<string, Float64Array>, source = 'small samples'): Table {
  const columns = new Map<string, Column>(from.columns);
  for (const [name, values] of Object.entries(added)) columns.set(name, { type: 'number', values });
  return new Table(columns, source);
}

describe('against Keras, through din.graph.fit', () => {
  type Trained = { losses: number[]; kernel: number[]; bias: number[] };
  it.each([
    ['sampleWeight', 'sigmoidCrossEntropy', 'clicks', { sampleWeight: keras.weights }],
    ['classWeight', 'sigmoidCrossEntropy', 'clicks', { classWeight: { 0: 0.5, 1: 3 } }],
    ['labelSmoothing', 'sigmoidCrossEntropy', 'clicks', { labelSmoothing: 0.2 }],
    ['meanSquaredError', 'meanSquaredError', 'numbers', {}],
    ['meanAbsoluteError', 'meanAbsoluteError', 'numbers', {}],
    ['huber', 'huber', 'numbers', {}],
    ['weightedNumbers', 'meanSquaredError', 'numbers', { sampleWeight: keras.weights }],
  ] as const)('%s', async (name, loss, labels, options) => {
    for (const mode of ['off', 'auto', 'xla'] as const) {
      const network = tf.sequential({ layers: [tf.layers.dense({ units: 1, inputShape: [3] })] });
      network.setWeights([tf.tensor2d(keras.start, [3, 1]), tf.zeros([1])]);
      const expected = keras[name] as Trained;
      const history = await graph.fit(network, keras.x, keras[labels], {
        ...quiet,
        ...options,
        loss,
        graph: mode,
        epochs: keras.epochs,
        batchSize: keras.batch,
        shuffle: false,
        optimizer: sgd({ learningRate: 0.1 }),
      });
      expected.losses.forEach((value, i) => {
        expect(history.training.loss[i]).toBeCloseTo(value, 5);
      });
      const [kernel, bias] = network.getWeights().map((weight) => [...weight.dataSync()]);
      [...expected.kernel, ...expected.bias].forEach((value, i) => {
        expect([...kernel, ...bias][i]).toBeCloseTo(value, 5);
      });
      graph.release(network);
      network.dispose();
    }
  });
});

describe('each option and all of them', () => {
  const vectors = new Map(Array.from({ length: 17 }, (_, id) => [id, [id / 20, 0.1, -id / 30, 0, 0.2, 0.1]] as const));
  const movie = features.identity('movieId', { buckets: 17 });
  const frozen = {
    candidate: features.embedding(movie, { dimension: 6, pretrained: vectors, trainable: false }),
    history: features.history(['recent1', 'recent2', 'recent3'], { of: movie }),
  };
  const cases: [string, Partial<models.DinOptions>, FitOptions][] = [
    ['batch normalization', { batchNormalization: true }, {}],
    ['batch normalization in the activation unit', { attention: { batchNormalization: true, hidden: [8, 4] } }, {}],
    ['initializers', { initializer: 'heNormal', embeddingInitializer: { truncatedNormal: 0.1 } }, {}],
    ['frozen, pretrained tables', frozen, {}],
    ['sample weights', {}, { sampleWeight: 'weight' }],
    ['class weights and smoothing', {}, { classWeight: { 1: 2.5 }, labelSmoothing: 0.1 }],
    ['regression', { task: 'regression', label: 'stars' }, { sampleWeight: 'weight' }],
    ['regression by Huber', { task: 'regression', label: 'stars' }, { loss: 'huber' }],
    [
      'all of them',
      {
        ...frozen,
        batchNormalization: true,
        initializer: 'lecunUniform',
        activation: 'dice',
        attention: { hidden: [8, 4], batchNormalization: true, normalize: 'softmax' },
      },
      {
        sampleWeight: 'weight',
        classWeight: { 0: 0.5, 1: 2 },
        labelSmoothing: 0.05,
        regularization: { kernels: 1e-4 },
      },
    ],
  ];

  it.each(cases)('%s: a graph takes the steps that op by op takes, 180 of them', async (name, options, training) => {
    // Dividing by a batch's deviation multiplies what float32 rounds.
    const digits = options.batchNormalization || options.attention?.batchNormalization ? 3 : 4;
    const modes = name === 'all of them' ? (['off', 'auto', 'xla'] as const) : (['off', 'auto'] as const);
    const runs = [];
    for (const mode of modes) {
      const model = models.din(smallColumns(options));
      // Gradients of biases before a batch normalization are 0 and rounding: with an epsilon below that, Adam would walk by chance.
      const optimizer = adam({ learningRate: 2e-3, epsilon: 1e-5 });
      const common = { ...quiet, epochs: 4, batchSize: 16, optimizer };
      const history = await model.fit(table, { ...common, ...training, graph: mode, validation: 0.1 });
      runs.push({
        losses: [...history.training.loss, ...history.validation.loss] as number[],
        steps: model.optimizer!.iterations.dataSync()[0],
      });
      model.dispose();
    }
    const [eager, ...others] = runs;
    expect(eager.steps).toBe(180);
    for (const { losses } of others)
      losses.forEach((loss, i) => {
        expect(loss).toBeCloseTo(eager.losses[i], digits);
      });
    expect(eager.losses[3]).toBeLessThan(eager.losses[0]);
  });

  it('the activation unit drops while it trains, repeats with the seed, is off when scored, and is saved', async () => {
    const attention = { dropout: [0.5, 0], batchNormalization: true, hidden: [8, 4] };
    const losses = async (more: object) => {
      const model = models.din(smallColumns({ attention: more }));
      const { training } = await model.fit(table, {
        ...quiet,
        epochs: 2,
        batchSize: 64,
        optimizer: sgd({ learningRate: 1e-30 }),
      });
      return { model, losses: training.loss };
    };
    const [once, again, without] = [
      await losses(attention),
      await losses(attention),
      await losses({ ...attention, dropout: 0 }),
    ];
    expect(again.losses).toEqual(once.losses);
    expect(once.losses[0]).not.toBeCloseTo(without.losses[0]!, 6);
    // Nothing is learnt and each row is seen once an epoch: only masks, and who shares a batch, differ.
    expect(once.losses[1]).not.toEqual(once.losses[0]);
    const scores = await once.model.predict(table);
    expect(await once.model.predict(table)).toEqual(scores);
    const folder = await mkdtemp(path.join(os.tmpdir(), 'dinnb-unit-'));
    await once.model.save(folder);
    const loaded = await models.load(folder);
    expect(await loaded.predict(table)).toEqual(scores);
    await rm(folder, { recursive: true });
    for (const model of [once.model, again.model, without.model, loaded]) model.dispose();
  });

  it('the activation unit names what is wrong with its options', () => {
    const attempt = (attention: object) => () => models.din(smallColumns({ attention }));
    expect(attempt({ dropout: 1 })).toThrow(/attention: dropout must be at least 0 and below 1, it is 1/);
    expect(attempt({ dropout: [0.1, 0.2] })).toThrow(
      /attention: dropout is a share in \[0, 1\), or one for each of the 1 hidden layers/,
    );
    expect(attempt({ batchNormalization: 'yes' })).toThrow(/attention: 'batchNormalization' is 'yes'/);
    expect(attempt({ dropOut: 0.1 })).toThrow(/no setting 'dropOut'. Did you mean 'dropout'/);
  });

  it('dropout is drawn anew each step, repeats with the seed, and is off when scored', async () => {
    const make = () => models.base(smallColumns({ dropout: [0.4, 0.2] }) as models.BaseOptions);
    const options = { ...quiet, epochs: 2, batchSize: 32 };
    const [a, b, none] = [make(), make(), models.base(smallColumns() as models.BaseOptions)];
    const histories = [];
    for (const model of [a, b, none]) histories.push(await model.fit(table, options));
    expect(histories[0].training).toEqual(histories[1].training);
    expect(histories[0].training.loss).not.toEqual(histories[2].training.loss);
    expect(await a.predict(table)).toEqual(await a.predict(table));
    for (const model of [a, b, none]) model.dispose();
  });

  it('rows of weight 0 do not train; a weight of 2 is a row twice', async () => {
    const options = { ...quiet, epochs: 1, batchSize: 800, optimizer: sgd({ learningRate: 0.1 }), shuffle: false };
    const weights = table.numbers('weight');
    const repeated = [...weights].flatMap((weight, row) => new Array<number>(weight).fill(row));
    const twice = table.take(repeated);
    const a = models.din(smallColumns({ context: [] }));
    const b = models.din(smallColumns({ context: [] }));
    await a.fit(table, { ...options, sampleWeight: 'weight' });
    // The weighted mean divides by all rows, the mean of the repeated ones by their number.
    await b.fit(twice, {
      ...options,
      batchSize: twice.rows,
      optimizer: sgd({ learningRate: (0.1 * twice.rows) / 800 }),
    });
    const [x, y] = [await a.predict(table), await b.predict(table)];
    x.forEach((value, i) => {
      expect(value).toBeCloseTo(y[i], 5);
    });
    a.dispose();
    b.dispose();
  });

  it('a frozen pretrained table keeps its vectors, in training and when saved; what has none is told', async () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
    const folder = await mkdtemp(path.join(os.tmpdir(), 'dinnb-pretrained-'));
    try {
      const some = { drama: [1, 2, 3], Comedy: [4, 5, 6] };
      const genre = features.embedding(features.vocabulary('genre', { values: genres }), {
        dimension: 3,
        pretrained: some,
        trainable: false,
      });
      const model = models.din(smallColumns({ context: [genre] }));
      expect(warn.mock.calls.flat().join()).toMatch(/2 of 3 values have no pretrained vector/);
      const rows = (of: models.RecommenderModel) => [
        ...of.network.getLayer('genre_embedding').getWeights()[0].dataSync(),
      ];
      const before = rows(model);
      expect(before.slice(3, 6)).toEqual([4, 5, 6]);
      await model.fit(table, { ...quiet, epochs: 2, batchSize: 64, regularization: { embeddings: 0.1 } });
      expect(rows(model)).toEqual(before);
      await model.save(path.join(folder, 'model'));
      const again = await models.load(path.join(folder, 'model'));
      await again.fit(table, { ...quiet, batchSize: 64 });
      expect(rows(again)).toEqual(before);
      again.dispose();
      model.dispose();
    } finally {
      warn.mockRestore();
      await rm(folder, { recursive: true });
    }
  });

  it('a learnt vocabulary takes its pretrained vectors at the first fit', async () => {
    const item = features.id('movieId', { minimumCount: 1 });
    const vectors2 = Object.fromEntries(Array.from({ length: 17 }, (_, id) => [String(id), [id, -id]]));
    const model = models.base({
      candidate: features.embedding(item, { dimension: 2, pretrained: vectors2, trainable: false }),
      history: features.history(['recent1', 'recent2'], { of: item }),
      hidden: [4],
    });
    await model.fit(table, { ...quiet, batchSize: 200 });
    const { values } = model.vocabulary('movieId');
    const rows = model.network.getLayer('movieId_embedding').getWeights()[0].dataSync();
    values.forEach((value, i) => {
      expect([rows[2 * i], rows[2 * i + 1]]).toEqual([Number(value), -Number(value)]);
    });
    model.dispose();
  });

  it('pretrained vectors of which none is of a value of the feature are refused', async () => {
    const of = features.vocabulary('genre', { values: genres });
    const genre = features.embedding(of, { dimension: 2, pretrained: { drama: [1, 2] } });
    expect(() => models.din(smallColumns({ context: [genre] }))).toThrow(
      /'genre'.*: none of its values has a pretrained vector. Values are .*"Comedy".*, vectors are of "drama"/,
    );
  });

  it('a regression predicts numbers, measures them, and does so after it was saved', async () => {
    const folder = await mkdtemp(path.join(os.tmpdir(), 'dinnb-regression-'));
    try {
      const model = models.din(smallColumns({ task: 'regression', label: 'stars' }));
      await model.fit(table, { ...quiet, epochs: 12, batchSize: 32, optimizer: adam({ learningRate: 0.015 }) });
      const result = await model.evaluate(table, {
        metrics: ['meanSquaredError', 'rootMeanSquaredError', 'meanAbsoluteError', 'rSquared'],
      });
      const predicted = await model.predict(table);
      const stars = table.numbers('stars');
      const errors = stars.map((value, i) => predicted[i] - value);
      const mse = errors.reduce((sum, error) => sum + error * error, 0) / 800;
      expect(result.meanSquaredError).toBeCloseTo(mse, 6);
      expect(result.loss).toBeCloseTo(mse, 5);
      expect(result.rootMeanSquaredError).toBeCloseTo(Math.sqrt(mse), 6);
      expect(result.rSquared).toBeGreaterThan(0.1);
      expect('gauc' in result).toBe(false);
      await model.save(path.join(folder, 'model'));
      const again = await models.load(path.join(folder, 'model'));
      expect(await again.predict(table)).toEqual(predicted);
      again.dispose();
      model.dispose();
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

describe('labels that float32 does not hold', () => {
  const when = Float64Array.from({ length: 800 }, (_, row) => 1_700_000_000 + row);
  const timed = withColumns(plain, { when });
  const functions = { meanSquaredError, meanAbsoluteError, rSquared };
  const metrics = ['meanSquaredError', 'meanAbsoluteError', 'rSquared'] as const;
  const expected = (predicted: ArrayLike<number>, from = 0) =>
    metrics.map((name) => functions[name](Array.from(predicted).slice(from), when.subarray(from)));

  it.each(['meanSquaredError', 'meanAbsoluteError', 'huber'] as const)(
    'are measured as they are, with the loss %s',
    async (loss) => {
      const model = models.din(smallColumns({ task: 'regression', label: 'when' }));
      const still = sgd({ learningRate: 1e-30 });
      const { training, validation } = await model.fit(timed, {
        ...quiet,
        metrics,
        loss,
        validation: 0.25,
        optimizer: still,
      });
      const predicted = await model.predict(timed);
      const result = await model.evaluate(timed, { metrics });
      expect(metrics.map((name) => result[name])).toEqual(expected(predicted));
      expect(metrics.map((name) => validation[name][0])).toEqual(expected(predicted, 600));
      expect(training.rSquared[0]! / rSquared(predicted.subarray(0, 600), when.subarray(0, 600))).toBeCloseTo(1, 6);
      const errors = Array.from(predicted, (value, row) => Math.abs(value - when[row]));
      const lossOf = {
        meanSquaredError: (e: number) => e * e,
        meanAbsoluteError: (e: number) => e,
        huber: (e: number) => e - 0.5,
      };
      const mean = errors.reduce((sum, error) => sum + lossOf[loss](error), 0) / 800;
      expect(result.loss / mean).toBeCloseTo(1, 12);
      model.dispose();
    },
  );

  it.each([
    ['an array', when],
    ['a list', [...when]],
    ['a tensor', tf.tensor1d(Int32Array.from(when), 'int32')],
  ])('are measured as they are by din.graph: %s', async (_, labels) => {
    const network = tf.sequential({ layers: [tf.layers.dense({ units: 1, inputShape: [1] })] });
    const inputs = when.map((value) => value - 1_700_000_000);
    const options = { ...quiet, metrics, loss: 'meanSquaredError', optimizer: sgd({ learningRate: 1e-30 }) } as const;
    const { validation } = await graph.fit(network, [...inputs], labels, { ...options, validation: 0.25 });
    const predicted = network.predict(tf.tensor2d([...inputs], [800, 1])) as tf.Tensor;
    const result = await graph.evaluate(network, [...inputs], labels, { metrics });
    const own = expected(predicted.dataSync());
    metrics.forEach((name, i) => {
      expect(result[name] / own[i]).toBeCloseTo(1, 9);
    });
    expect(validation.rSquared[0]! / expected(predicted.dataSync(), 600)[2]).toBeCloseTo(1, 9);
  });
});

describe('bad input', () => {
  const withWeights = (values: number[]) =>
    withColumns(plain, { weight: Float64Array.from({ length: 800 }, (_, i) => values[i % values.length]) }, 'w.csv');
  it.each([
    [
      'a negative weight',
      withWeights([1, -2]),
      { sampleWeight: 'weight' },
      /w\.csv: column 'weight', row 2: a weight is a number of at least 0, not -2/,
    ],
    [
      'a weight that is no number',
      withWeights([1, 1, Number.NaN]),
      { sampleWeight: 'weight' },
      /row 3: .*not NaN.*Fill or filter/,
    ],
    [
      'an infinite weight',
      withWeights([Number.POSITIVE_INFINITY]),
      { sampleWeight: 'weight' },
      /row 1: .*not Infinity/,
    ],
    ['weights that are all 0', withWeights([0]), { sampleWeight: 'weight' }, /column 'weight': all weights are 0/],
    ['a column that is not there', table, { sampleWeight: 'wieght' }, /no column 'wieght' \(did you mean 'weight'\?\)/],
    ['weights that are no column', table, { sampleWeight: [1, 2] as never }, /sampleWeight is the name of a column/],
    ['text as weights', table, { sampleWeight: 'genre' }, /genre/],
    [
      'a negative class weight',
      table,
      { classWeight: { 1: -1 } },
      /classWeight of class 1 is a number of at least 0, not -1/,
    ],
    ['a class that does not exist', table, { classWeight: { 2: 1 } }, /there is no class 2, labels are 0 to 1/],
    ['classes of weight 0', table, { classWeight: { 0: 0, 1: 0 } }, /all weights are 0/],
    ['a class by name', table, { classWeight: { click: 1 } as never }, /'click' is no class number/],
    ['too much smoothing', table, { labelSmoothing: 1 }, /labelSmoothing must be at least 0 and below 1, it is 1/],
    [
      'a loss of numbers for clicks',
      table,
      { loss: 'huber' as const },
      /'huber' is for models with task: 'regression'/,
    ],
  ])('%s', async (_, data, options, message) => {
    const model = models.din(smallColumns());
    await expect(model.fit(data, { ...quiet, ...options })).rejects.toThrow(message);
    model.dispose();
  });

  it.each([
    ['dropout', { dropout: 1 }, /dropout must be at least 0 and below 1, it is 1/],
    ['dropout of other layers', { dropout: [0.1] }, /one for each of the 2 hidden layers/],
    ['an initializer', { initializer: 'xavier' as never }, /initializer is one of glorotUniform.*not "xavier"/],
    ['an embedding initializer', { embeddingInitializer: { normal: -1 } }, /embeddingInitializer is one of/],
    ['a task', { task: 'ranking' as never }, /'task' is 'ranking'; choose 'classification' or 'regression'/],
    ['batch normalization', { batchNormalization: 'yes' as never }, /'batchNormalization' is 'yes'/],
  ])('a model with wrong %s', (_, options, message) => {
    expect(() => models.din(smallColumns(options))).toThrow(message);
  });

  it('a regression refuses what is for classes, and labels that are no numbers', async () => {
    const model = models.din(smallColumns({ task: 'regression', label: 'stars' }));
    await expect(model.fit(table, { ...quiet, labelSmoothing: 0.1 })).rejects.toThrow(
      /are for classes; this model's task/,
    );
    await expect(model.fit(table, { ...quiet, loss: 'mse' as never })).rejects.toThrow(
      /'loss' is 'mse'; choose 'meanSquaredError'/,
    );
    await expect(model.fit(table, { ...quiet, metrics: ['auc'] })).rejects.toThrow(
      /'auc' makes no sense of the output 'prediction'.*meanSquaredError/,
    );
    const holes = withColumns(table, { stars: new Float64Array(800).fill(Number.NaN) });
    await expect(model.fit(holes, quiet)).rejects.toThrow(/column 'stars', row 1: a label is a number, not NaN/);
    model.dispose();
  });

  it('pretrained vectors of another length, or with what is no number', () => {
    const of = features.id('movieId');
    expect(() => features.embedding(of, { dimension: 3, pretrained: { 7: [1, 2] } })).toThrow(
      /pretrained vector of '7' has 2 numbers, the dimension is 3/,
    );
    expect(() => features.embedding(of, { dimension: 2, pretrained: new Map([['a', [1, Number.NaN]]]) })).toThrow(
      /vector of 'a' has NaN at place 2/,
    );
  });

  it('through din.graph.fit', async () => {
    const network = tf.sequential({ layers: [tf.layers.dense({ units: 1, inputShape: [3] })] });
    const fit = (options: graph.NetworkFitOptions) =>
      graph.fit(network, keras.x, keras.clicks, { ...quiet, loss: 'sigmoidCrossEntropy', ...options });
    await expect(fit({ sampleWeight: [1, 2] })).rejects.toThrow(/sampleWeight has 2 weights, the inputs 40 rows/);
    await expect(fit({ loss: 'meanSquaredError', labelSmoothing: 0.1 })).rejects.toThrow(
      /labelSmoothing is for classes/,
    );
    await expect(fit({ loss: 'meanSquaredError', classWeight: { 1: 2 } })).rejects.toThrow(
      /classWeight is for one output with classes/,
    );
    const mean = (labels: tf.Tensor, outputs: tf.Tensor) => tf.losses.huberLoss(labels, outputs);
    const labels = tf.tensor2d(keras.clicks, [40, 1]);
    const own = graph.fit(network, keras.x, labels, { ...quiet, loss: mean, sampleWeight: keras.weights });
    await expect(own).rejects.toThrow(/one value a row.*tf\.Reduction\.NONE/);
    network.dispose();
  });
});
