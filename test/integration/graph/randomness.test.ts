import * as tf from '@tensorflow/tfjs';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { sgd } from '../../../src/din/training/optimizers';
import { nativeTensorFlow } from '../tensorflow';
import { BATCH, mlp, ROWS, type Task, train } from './own-networks';

/** With it, a test sees what happens without the replacement of random numbers. */
const replacement = vi.hoisted(() => ({ on: true }));
vi.mock('../../../src/din/graph/randomness', async (original) => {
  const real = await original<typeof import('../../../src/din/graph/randomness')>();
  return {
    ...real,
    replaceRandomness: (...args: Parameters<typeof real.replaceRandomness>) =>
      replacement.on ? real.replaceRandomness(...args) : 0,
  };
});

beforeAll(() => {
  nativeTensorFlow();
});
afterEach(() => {
  replacement.on = true;
});

/**
 * Gives its input after dropout, and learns nothing that matters: an output is 0 exactly where its element was dropped,
 * so that outputs show the masks.
 */
const showsMasks = (drop: () => tf.layers.Layer): Task => ({
  network: () => {
    const x = tf.input({ shape: [4, 3] });
    const kept = drop().apply(x) as tf.SymbolicTensor;
    const scaled = new Scale({}).apply(kept) as tf.SymbolicTensor;
    return tf.model({ inputs: x, outputs: tf.layers.flatten().apply(scaled) as tf.SymbolicTensor });
  },
  inputs: new Float32Array(ROWS * 12).fill(1),
  labels: new Float32Array(ROWS * 12),
  loss: 'meanSquaredError',
});

class Scale extends tf.layers.Layer {
  static className = 'TestScale';
  override build(): void {
    this.addWeight('scale', [], 'float32', tf.initializers.ones());
    this.built = true;
  }
  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return tf.mul(Array.isArray(inputs) ? inputs[0] : inputs, this.weights[0].read());
  }
}

const masksOf = (outputs: readonly number[]): string[] => {
  const perStep = BATCH * 12;
  return Array.from({ length: 2 * Math.floor(ROWS / BATCH) }, (_, step) => {
    const from = step < 25 ? step * perStep : ROWS * 12 + (step - 25) * perStep;
    return outputs
      .slice(from, from + perStep)
      .map((value) => (value === 0 ? '0' : '1'))
      .join('');
  });
};
const optimizer = sgd({ learningRate: 1e-9 });
const masks = async (drop: () => tf.layers.Layer, mode: 'eager' | 'plain' | 'xla' = 'plain', seed = 1) =>
  masksOf((await train(showsMasks(drop), mode, { seed, optimizer })).outputs);
const dropout = () => tf.layers.dropout({ rate: 0.5 });

describe('dropout in a training graph', () => {
  it.each([
    ['plain', dropout],
    ['xla', dropout],
    ['plain', () => tf.layers.dropout({ rate: 0.5, seed: 7 })],
    ['plain', () => tf.layers.spatialDropout1d({ rate: 0.5 })],
  ] as const)('draws a new mask each step, the same in each run, another for another seed (%s)', async (mode, drop) => {
    const first = await masks(drop, mode);
    expect(new Set(first).size).toBe(50);
    const kept = first.join('').split('1').length - 1;
    expect(kept / (50 * BATCH * 12)).toBeGreaterThan(0.45);
    expect(kept / (50 * BATCH * 12)).toBeLessThan(0.55);
    expect(await masks(drop, mode)).toEqual(first);
    expect(await masks(drop, mode, 2)).not.toEqual(first);
  });

  it('draws the same masks op by op in the graph and compiled by XLA', async () => {
    expect(await masks(dropout, 'xla')).toEqual(await masks(dropout, 'plain'));
  });

  it.each([1, -5, 2 ** 31 - 1, 0x7123_4567])('of several layers, too, whatever the seed (%i)', async (seed) => {
    const layers = () => Array.from({ length: 5 }, () => tf.layers.dropout({ rate: 0.15 }));
    const several = () =>
      ({
        apply: (x: tf.SymbolicTensor) => layers().reduce((y, layer) => layer.apply(y) as tf.SymbolicTensor, x),
      }) as unknown as tf.layers.Layer;
    const plain = await masks(several, 'plain', seed);
    expect(new Set(plain).size).toBe(50);
    expect(await masks(several, 'xla', seed)).toEqual(plain);
  });

  it('would show a frozen mask: without the replacement there is one mask for all steps', async () => {
    replacement.on = false;
    expect(new Set(await masks(dropout)).size).toBe(1);
  });

  it('drops whole channels where the layer says so', async () => {
    const { outputs } = await train(
      showsMasks(() => tf.layers.spatialDropout1d({ rate: 0.5 })),
      'plain',
      { optimizer },
    );
    for (let row = 0; row < 20; row++) {
      for (let channel = 0; channel < 3; channel++) {
        const dropped = [0, 1, 2, 3].map((t) => outputs[row * 12 + t * 3 + channel] === 0);
        expect(new Set(dropped).size).toBe(1);
      }
    }
  });

  it('is drawn from the seed op by op too', async () => {
    const first = await masks(dropout, 'eager');
    expect(new Set(first).size).toBe(50);
    expect(await masks(dropout, 'eager')).toEqual(first);
    expect(await masks(dropout, 'eager', 2)).not.toEqual(first);
  });
});

describe('other random layers are refused with their reason', () => {
  it.each([
    ['gaussian noise', () => tf.layers.gaussianNoise({ stddev: 0.1 }), /changes from step to step/],
    ['gaussian dropout', () => tf.layers.gaussianDropout({ rate: 0.3 }), /changes from step to step/],
    ['alpha dropout', () => tf.layers.alphaDropout({ rate: 0.3 }), /changes from step to step.*used by GreaterEqual/],
  ])('%s', async (_, make, reason) => {
    const task = mlp(make);
    await expect(train(task, 'plain')).rejects.toThrow(reason);
    const [first, second] = [await train(task, 'eager'), await train(task, 'eager')];
    expect(second.losses).toEqual(first.losses);
  });
});
