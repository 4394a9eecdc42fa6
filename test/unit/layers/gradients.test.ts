import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import * as features from '../../../src/din/features/index';
import * as layers from '../../../src/din/layers/index';
import { base, din } from '../../../src/din/models/index';
import { l2Penalty, sigmoidCrossEntropy } from '../../../src/din/training/losses';
import { gradientError, layerGradientError, someTensor } from './finite-differences';

const tolerance = 2e-3;

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const mask = () => tf.tensor2d([1, 1, 0, 0, 0, 0, 1, 0, 1], [3, 3]);

describe('gradients equal finite differences', () => {
  it('the checker itself finds a wrong gradient', () => {
    const wrong = tf.customGrad((x) => ({
      value: tf.sum(tf.square(x as tf.Tensor)),
      gradFunc: (dy) => tf.mul(dy, x as tf.Tensor),
    }));
    expect(gradientError(([x]) => wrong(x), [someTensor([3], 1)])).toBeGreaterThan(0.1);
  });

  it('Affine, on [batch, in] and [batch, positions, in]', () => {
    expect(layerGradientError(new layers.Affine({ units: 3, seed: 1 }), [someTensor([4, 2], 1)])).toBeLessThan(
      tolerance,
    );
    expect(layerGradientError(new layers.Affine({ units: 3, seed: 1 }), [someTensor([2, 3, 2], 2)])).toBeLessThan(
      tolerance,
    );
  });

  it('PReLU, with alphas shared by positions and not', () => {
    expect(layerGradientError(new layers.PReLU(), [someTensor([3, 2, 4], 3)])).toBeLessThan(tolerance);
    expect(layerGradientError(new layers.PReLU({ sharedPositions: false }), [someTensor([3, 2, 4], 4)])).toBeLessThan(
      tolerance,
    );
  });

  it('Dice by batch statistics, with and without a mask, and by moving averages', () => {
    expect(layerGradientError(new layers.Dice(), [someTensor([6, 2], 5)], { training: true })).toBeLessThan(tolerance);
    expect(layerGradientError(new layers.Dice(), [someTensor([6, 2], 6)])).toBeLessThan(tolerance);
    const inputs = [someTensor([3, 3, 2], 7), mask()];
    expect(layerGradientError(new layers.Dice(), inputs, { training: true, constant: [1] })).toBeLessThan(tolerance);
  });

  it('HistoryNormalization by batch statistics and by moving averages', () => {
    const inputs = [someTensor([3, 3, 2], 7), mask()];
    const layer = () => new layers.HistoryNormalization();
    expect(layerGradientError(layer(), inputs, { training: true, constant: [1] })).toBeLessThan(tolerance);
    expect(layerGradientError(layer(), inputs, { constant: [1] })).toBeLessThan(tolerance);
  });

  it('EmbeddingTable: rows that occur twice get both gradients', () => {
    const table = new layers.EmbeddingTable({ rows: 5, dimension: 2, seed: 1 });
    const ids = tf.tensor2d([1, 4, 1, 0], [2, 2], 'int32');
    expect(layerGradientError(table, [ids], { constant: [0] })).toBeLessThan(tolerance);
  });

  it.each(['mean', 'sum', 'sqrtn'] as const)('CombineEmbeddings, %s', (combiner) => {
    const ids = tf.tensor2d([1, 3, 3, 3, 0, 2], [3, 2], 'int32');
    const inputs = [someTensor([3, 2, 2], 8), ids];
    expect(
      layerGradientError(new layers.CombineEmbeddings({ combiner, missing: 3 }), inputs, { constant: [1] }),
    ).toBeLessThan(tolerance);
    expect(layerGradientError(new layers.CombineEmbeddings({ combiner }), inputs, { constant: [1] })).toBeLessThan(
      tolerance,
    );
  });

  it('Interaction', () => {
    expect(
      layerGradientError(new layers.Interaction(), [someTensor([2, 3, 2], 9), someTensor([2, 2], 10)]),
    ).toBeLessThan(tolerance);
  });

  it('InteractionAffine, also where only some fields are common', () => {
    const layer = (common?: number) =>
      new layers.InteractionAffine({ units: 3, seed: 1, ...(common ? { common } : {}) });
    expect(layerGradientError(layer(), [someTensor([2, 3, 2], 9), someTensor([2, 2], 10)])).toBeLessThan(tolerance);
    expect(layerGradientError(layer(1), [someTensor([2, 3, 2], 9), someTensor([2, 3], 10)])).toBeLessThan(tolerance);
  });

  it.each(['none', 'sigmoid', 'softmax'] as const)('AttentionWeights, %s', (normalize) => {
    const inputs = [someTensor([3, 3, 1], 11), mask()];
    expect(layerGradientError(new layers.AttentionWeights({ normalize }), inputs, { constant: [1] })).toBeLessThan(
      tolerance,
    );
  });

  it('WeightedSum', () => {
    expect(
      layerGradientError(new layers.WeightedSum(), [someTensor([2, 3, 2], 12), someTensor([2, 3], 13)]),
    ).toBeLessThan(tolerance);
  });

  it('CombineEmbeddings of one id that may be missing', () => {
    const inputs = [someTensor([3, 1, 2], 17), tf.tensor2d([1, 3, 0], [3, 1], 'int32')];
    expect(
      layerGradientError(new layers.CombineEmbeddings({ combiner: 'mean', missing: 3 }), inputs, { constant: [1] }),
    ).toBeLessThan(tolerance);
  });

  it.each(['prelu', 'dice', 'sigmoid'] as const)(
    'the activation unit with %s, padding and an empty history',
    (activation) => {
      const history = tf.input({ shape: [3, 2] });
      const candidate = tf.input({ shape: [2] });
      const present = tf.input({ shape: [3] });
      const unit = layers.activationUnit(history, candidate, present, {
        hidden: [3, 2],
        activation,
        normalize: 'softmax',
        seed: 1,
      });
      const pooled = new layers.WeightedSum().apply([history, unit]) as tf.SymbolicTensor;
      const network = tf.model({ inputs: [history, candidate, present], outputs: pooled });
      const inputs = [someTensor([3, 3, 2], 18), someTensor([3, 2], 19), mask()];
      for (const training of [false, true]) {
        expect(layerGradientError(network, inputs, { constant: [2], training })).toBeLessThan(tolerance);
      }
    },
  );

  it.each([
    ['shared', 'prelu', 'none'],
    ['own', 'prelu', 'sigmoid'],
    ['shared', 'dice', 'softmax'],
    ['own', 'dice', 'none'],
  ] as const)('a whole DIN: %s table, %s, %s', (table, activation, normalize) => {
    const item = features.identity('item', { buckets: 5 });
    const history = features.history(['h1', 'h2', 'h3'], { of: item, table });
    const model = din({
      candidate: item,
      history,
      embeddingDimension: 2,
      hidden: [3],
      activation,
      attention: { hidden: [2], normalize },
    });
    // The second history is empty; the candidate 2 is also in the first.
    const inputs = [tf.tensor2d([2, 4, 1], [3, 1], 'int32'), tf.tensor2d([2, 0, 3, 0, 0, 0, 4, 1, 1], [3, 3], 'int32')];
    expect(layerGradientError(model.network, inputs, { constant: [0, 1] })).toBeLessThan(tolerance);
  });

  it('a base model, whose mean leaves padding out', () => {
    const item = features.identity('item', { buckets: 5 });
    const history = features.history(['h1', 'h2', 'h3'], { of: item });
    const model = base({ candidate: item, history, embeddingDimension: 2, hidden: [3], activation: 'tanh' });
    const inputs = [tf.tensor2d([2, 4], [2, 1], 'int32'), tf.tensor2d([2, 0, 3, 0, 0, 0], [2, 3], 'int32')];
    expect(layerGradientError(model.network, inputs, { constant: [0, 1] })).toBeLessThan(tolerance);
  });

  it('sigmoid cross-entropy and L2', () => {
    const labels = tf.tensor2d([0, 1, 1, 0], [4, 1]);
    expect(gradientError(([x]) => sigmoidCrossEntropy(x, labels), [someTensor([4, 1], 14, 3)])).toBeLessThan(tolerance);
    expect(
      gradientError(([a, b]) => l2Penalty(0.1, [a, b]), [someTensor([2, 2], 15), someTensor([3], 16)]),
    ).toBeLessThan(tolerance);
  });
});

describe('sigmoid cross-entropy', () => {
  it('equals the textbook formula, and stays finite where that does not', () => {
    const labels = tf.tensor2d([1, 0], [2, 1]);
    const p = 1 / (1 + Math.exp(-0.3));
    expect(sigmoidCrossEntropy(tf.tensor2d([0.3, 0.3], [2, 1]), labels).dataSync()[0]).toBeCloseTo(
      -(Math.log(p) + Math.log(1 - p)) / 2,
      6,
    );
    expect(sigmoidCrossEntropy(tf.tensor2d([-200, 200], [2, 1]), labels).dataSync()[0]).toBe(200);
  });
});
