import { readFileSync } from 'node:fs';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import * as layers from '../../../src/din/layers/index';
import normalized from '../../fixtures/keras/masked-normalization.json';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

function call(layer: tf.layers.Layer, inputs: tf.Tensor | tf.Tensor[], training = false): number[] {
  return [...(layer.apply(inputs, { training }) as tf.Tensor).dataSync()];
}

function closeTo(actual: ArrayLike<number>, expected: number[], tolerance = 1e-6): void {
  expect(actual.length).toBe(expected.length);
  expected.forEach((value, i) => {
    expect(Math.abs(actual[i] - value)).toBeLessThan(tolerance);
  });
}

describe('attention weights', () => {
  const scores = () => tf.tensor3d([1, 2, 50, 3, 4, 5], [2, 3, 1]);
  const mask = () => tf.tensor2d([1, 1, 0, 0, 0, 0], [2, 3]);

  it.each(['none', 'sigmoid', 'softmax'] as const)(
    '%s: padding is exactly 0, an empty history only zeros',
    (normalize) => {
      const weights = call(new layers.AttentionWeights({ normalize }), [scores(), mask()]);
      expect(weights.slice(2)).toEqual([0, 0, 0, 0]);
      expect(weights.slice(0, 2).every((w) => w > 0)).toBe(true);
    },
  );

  it('none keeps the intensity; softmax shares 1 among the items', () => {
    expect(call(new layers.AttentionWeights(), [scores(), mask()]).slice(0, 2)).toEqual([1, 2]);
    const soft = call(new layers.AttentionWeights({ normalize: 'softmax' }), [scores(), mask()]);
    closeTo(soft.slice(0, 2), [1 / (1 + Math.E), Math.E / (1 + Math.E)]);
  });
});

describe('Dice', () => {
  const fixture = JSON.parse(readFileSync(path.join(__dirname, '../../fixtures/keras/dice.json'), 'utf8'));

  it('equals the paper`s formula over items only, in training and by its moving averages', () => {
    const layer = new layers.Dice();
    const [batch, positions] = fixture.shape;
    const mask = tf.tensor2d(fixture.mask, [batch, positions]);
    const inputs = fixture.inputs.map((x: number[]) => tf.tensor3d(x, fixture.shape));
    call(layer, [inputs[0], mask]);
    layer.setWeights([tf.tensor1d(fixture.alpha), ...layer.getWeights().slice(1)]);
    fixture.training.forEach((expected: number[], i: number) => {
      closeTo(call(layer, [inputs[i], mask], true), expected, 2e-5);
    });
    const [, mean, variance] = layer.getWeights();
    closeTo(mean.dataSync(), fixture.movingMean);
    closeTo(variance.dataSync(), fixture.movingVariance);
    closeTo(call(layer, [inputs[0], mask]), fixture.inference, 2e-5);
  });

  it('trains its alpha only', () => {
    const layer = new layers.Dice();
    call(layer, tf.ones([2, 3]));
    expect(layer.trainableWeights.map((weight) => weight.originalName.replace(/.*\//, ''))).toEqual(['alpha']);
  });

  it('learns nothing from a batch of empty histories', () => {
    const layer = new layers.Dice();
    const out = call(layer, [tf.ones([2, 3, 1]), tf.zeros([2, 3])], true);
    expect(out.every(Number.isFinite)).toBe(true);
    const [, mean, variance] = layer.getWeights();
    expect([mean.dataSync()[0], variance.dataSync()[0]]).toEqual([0, 1]);
  });

  it('outside training leaves its averages alone', () => {
    const layer = new layers.Dice();
    call(layer, tf.tensor2d([5, 7], [2, 1]));
    expect(layer.getWeights()[1].dataSync()[0]).toBe(0);
  });
});

describe('HistoryNormalization', () => {
  it("is Keras' batch normalization with a mask, in training and by its moving averages", () => {
    const [batch, positions] = normalized.shape;
    const mask = tf.tensor2d(normalized.mask, [batch, positions]);
    const inputs = normalized.inputs.map((x) => tf.tensor3d(x, normalized.shape as [number, number, number]));
    const layer = new layers.HistoryNormalization();
    call(layer, [inputs[0], mask]);
    const start = [tf.tensor1d(normalized.gamma), tf.tensor1d(normalized.beta)];
    layer.setWeights([...start, ...layer.getWeights().slice(2)]);
    normalized.training.forEach((expected, i) => {
      closeTo(call(layer, [inputs[i], mask], true), expected, 1e-5);
    });
    const [, , mean, variance] = layer.getWeights();
    closeTo(mean.dataSync(), normalized.movingMean);
    closeTo(variance.dataSync(), normalized.movingVariance);
    closeTo(call(layer, [inputs[0], mask]), normalized.inference, 1e-5);
  });
});

describe('InteractionAffine', () => {
  it.each([
    [4, 4, undefined],
    [4, 4, 2],
    [5, 3, 3],
    [3, 5, 3],
    [2, 3, 1],
  ])('gives what Interaction and Affine give (%d and %d dimensions, %s common)', (h, c, common) => {
    const inputs = [tf.randomNormal([3, 6, h], 0, 1, 'float32', 1), tf.randomNormal([3, c], 0, 1, 'float32', 2)];
    const fields = common === undefined ? {} : { common };
    const affine = new layers.Affine({ name: `affine_${h}${c}${common}`, units: 7, seed: 5 });
    const joined = new layers.InteractionAffine({ name: `joined_${h}${c}${common}`, units: 7, seed: 5, ...fields });
    const expected = call(affine, new layers.Interaction(fields).apply(inputs) as tf.Tensor);
    closeTo(call(joined, inputs), expected, 1e-5);
    // The same weights, so that models saved before it was there load.
    const named = (layer: tf.layers.Layer) => layer.weights.map(({ name, shape }) => [name.split('/').at(-1), shape]);
    expect(named(joined)).toEqual(named(affine));
    closeTo(joined.getWeights()[0].dataSync(), [...affine.getWeights()[0].dataSync()]);
    expect(
      joined.computeOutputShape([
        [null, 6, h],
        [null, c],
      ]),
    ).toEqual([null, 6, 7]);
  });
});

describe('embeddings', () => {
  const vectors = () => tf.tensor3d([1, 2, 10, 20, 3, 4, 30, 40], [2, 2, 2]);

  it('combine the values that are there', () => {
    const ids = tf.tensor2d([0, 7, 7, 7], [2, 2], 'int32');
    expect(call(new layers.CombineEmbeddings({ combiner: 'mean', missing: 7 }), [vectors(), ids])).toEqual([
      1, 2, 0, 0,
    ]);
    const all = tf.tensor2d([0, 1, 2, 3], [2, 2], 'int32');
    expect(call(new layers.CombineEmbeddings({ combiner: 'mean', missing: 7 }), [vectors(), all])).toEqual([
      5.5, 11, 16.5, 22,
    ]);
    expect(call(new layers.CombineEmbeddings({ combiner: 'sum' }), [vectors(), all])).toEqual([11, 22, 33, 44]);
    closeTo(
      call(new layers.CombineEmbeddings({ combiner: 'sqrtn' }), [vectors(), all]),
      [11, 22, 33, 44].map((x) => x / Math.SQRT2),
      1e-5,
    );
  });

  it('start the same for the same seed, also for seed 0`s derived one, and differ otherwise', () => {
    const start = (seed: number) => {
      const layer = new layers.EmbeddingTable({ rows: 3, dimension: 2, seed });
      layer.apply(tf.zeros([1, 1], 'int32'));
      return [...layer.variable.dataSync()];
    };
    expect(start(5)).toEqual(start(5));
    expect(start(5)).not.toEqual(start(6));
    expect(start(5).every((x) => Math.abs(x) <= 0.05)).toBe(true);
  });
});

describe('counts of values', () => {
  it('are one-hot for one id, and leave missing ids out', () => {
    const layer = new layers.CountValues({ values: 3 });
    expect(call(layer, tf.tensor2d([1, 3], [2, 1], 'int32'))).toEqual([0, 1, 0, 0, 0, 0]);
    expect(call(layer, tf.tensor2d([2, 2, 3], [1, 3], 'int32'))).toEqual([0, 0, 2]);
  });
});

describe('masks and means', () => {
  it('a history`s mask marks items; without padding id every position counts', () => {
    const ids = tf.tensor2d([3, 0, 7], [1, 3], 'int32');
    expect(call(new layers.HistoryMask({ padding: 0 }), ids)).toEqual([1, 0, 1]);
    expect(call(new layers.HistoryMask({}), ids)).toEqual([1, 1, 1]);
  });

  it('mean weights add up to 1, or to 0 for an empty history', () => {
    expect(call(new layers.MeanWeights(), tf.tensor2d([1, 0, 1, 0, 0, 0], [2, 3]))).toEqual([0.5, 0, 0.5, 0, 0, 0]);
  });
});

describe('layers', () => {
  it('are made again from their configuration', () => {
    const made = [
      new layers.Affine({ units: 3, seed: 4 }),
      new layers.PReLU({ sharedPositions: false }),
      new layers.Dice({ epsilon: 1e-5, momentum: 0.9 }),
      new layers.EmbeddingTable({ rows: 3, dimension: 2, seed: 1 }),
      new layers.CombineEmbeddings({ combiner: 'sum', missing: 2 }),
      new layers.CountValues({ values: 4 }),
      new layers.HistoryMask({ padding: 0 }),
      new layers.Interaction(),
      new layers.InteractionAffine({ units: 3, common: 2 }),
      new layers.AttentionWeights({ normalize: 'softmax' }),
      new layers.WeightedSum(),
      new layers.MeanWeights(),
    ];
    for (const layer of made) {
      const { classNameMap } = tf.serialization.SerializationMap.getMap();
      const [layerClass, fromConfig] = classNameMap[layer.getClassName()];
      const again = fromConfig(layerClass, layer.getConfig()) as tf.layers.Layer;
      expect(again.getConfig()).toEqual(layer.getConfig());
      expect(again).not.toBe(layer);
    }
  });
});
