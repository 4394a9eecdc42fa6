import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { wasmTensorFlow } from '../tensorflow';

beforeAll(async () => {
  await wasmTensorFlow();
});

/** The same computation on the plain JavaScript backend, as the reference. */
async function onCpu(compute: () => tf.Tensor[]): Promise<number[][]> {
  await tf.setBackend('cpu');
  try {
    return compute().map((tensor) => Array.from(tensor.dataSync()));
  } finally {
    await tf.setBackend('wasm');
  }
}

async function expectSameAsCpu(compute: () => tf.Tensor[]): Promise<void> {
  expect(tf.getBackend()).toBe('wasm');
  const actual = compute().map((tensor) => Array.from(tensor.dataSync()));
  const expected = await onCpu(compute);
  expect(actual.length).toBe(expected.length);
  actual.forEach((values, n) => {
    expect(values.length).toBe(expected[n]!.length);
    expect(values.some((value) => value !== 0)).toBe(true);
    values.forEach((value, i) => {
      expect(Math.abs(value - expected[n]![i]!)).toBeLessThan(1e-5 * Math.max(1, Math.abs(expected[n]![i]!)));
    });
  });
}

const random = (shape: number[], seed: number) => tf.randomNormal(shape, 0, 1, 'float32', seed);

it('registers in the one TensorFlow.js of the process, and loads once', async () => {
  expect(await wasmTensorFlow()).toBe(await wasmTensorFlow());
  expect(tf.getBackend()).toBe('wasm');
});

describe('unsortedSegmentSum', () => {
  it('adds rows of equal id, and leaves other segments at zero', () => {
    const x = tf.tensor2d([1, 2, 3, 4, 5, 6], [3, 2]);
    const ids = tf.tensor1d([2, 0, 2], 'int32');
    expect(Array.from(tf.unsortedSegmentSum(x, ids, 4).dataSync())).toEqual([3, 4, 0, 0, 6, 8, 0, 0]);
  });
  it('ignores ids outside the segments', () => {
    const sums = tf.unsortedSegmentSum(tf.tensor1d([1, 2, 3]), tf.tensor1d([-1, 5, 1], 'int32'), 2);
    expect(Array.from(sums.dataSync())).toEqual([0, 3]);
  });
  it('sums over ids of rank 2, int32 too', () => {
    // [[1,2],[3,4]] under ids [[0,1],[1,1]]: rows are the flat elements
    const x = tf.tensor2d([1, 2, 3, 4], [2, 2], 'int32');
    const flat = tf.unsortedSegmentSum(x.flatten(), tf.tensor1d([0, 1, 1, 1], 'int32'), 2);
    expect(flat.dtype).toBe('int32');
    expect(Array.from(flat.dataSync())).toEqual([1, 9]);
  });
  it('is the gradient of an embedding, however much the heap grew meanwhile', async () => {
    const big = tf.zeros([4_000_000]);
    const ids = tf.tensor2d([1, 3, 3, 0], [2, 2], 'int32');
    await expectSameAsCpu(() => {
      const table = random([5, 3], 7);
      const weights = random([2, 2, 3], 8);
      const loss = (t: tf.Tensor) => tf.sum(tf.mul(tf.gather(t, tf.tensor2d([1, 3, 3, 0], [2, 2], 'int32')), weights));
      return [tf.grad(loss)(table)];
    });
    big.dispose();
    ids.dispose();
  });
});

describe('borrowed kernels equal the plain backend', () => {
  it('einsum', () =>
    expectSameAsCpu(() => [
      tf.einsum('ij,jk->ik', random([3, 4], 1) as tf.Tensor2D, random([4, 2], 2) as tf.Tensor2D),
      tf.einsum('bij,bkj->bik', random([2, 3, 4], 3), random([2, 5, 4], 4)),
      tf.einsum('ij->ji', random([3, 4], 5)),
    ]));
  it('gradients of a convolution', () =>
    expectSameAsCpu(() => {
      const image = random([2, 5, 5, 2], 1) as tf.Tensor4D;
      const filter = random([3, 3, 2, 3], 2) as tf.Tensor4D;
      const scale = random([2, 5, 5, 3], 3);
      const loss = (x: tf.Tensor, f: tf.Tensor) =>
        tf.sum(tf.mul(tf.conv2d(x as tf.Tensor4D, f as tf.Tensor4D, 1, 'same'), scale)).asScalar();
      return tf.grads(loss)([image, filter]);
    }));
  it('gradients of a depthwise convolution', () =>
    expectSameAsCpu(() => {
      const image = random([2, 5, 5, 2], 1) as tf.Tensor4D;
      const filter = random([3, 3, 2, 2], 2) as tf.Tensor4D;
      const loss = (x: tf.Tensor, f: tf.Tensor) =>
        tf.sum(tf.square(tf.depthwiseConv2d(x as tf.Tensor4D, f as tf.Tensor4D, 1, 'same'))).asScalar();
      return tf.grads(loss)([image, filter]);
    }));
  it('leave no tensor behind', () => {
    const a = random([3, 4], 1) as tf.Tensor2D;
    const before = tf.memory();
    tf.tidy(() => void tf.einsum('ij,ij->i', a, a).dataSync());
    expect(tf.memory().numTensors).toBe(before.numTensors);
    expect(tf.memory().numDataBuffers).toBe(before.numDataBuffers);
  });
});

/** A network with what the recommender models are made of, trained from the same weights on both backends. */
describe('training equals the plain backend', () => {
  const build: { [name: string]: () => tf.LayersModel } = {
    'embedding, dense, PReLU': () =>
      tf.sequential({
        layers: [
          tf.layers.embedding({ inputDim: 6, outputDim: 4, inputLength: 3 }),
          tf.layers.flatten(),
          tf.layers.dense({ units: 8 }),
          tf.layers.prelu(),
          tf.layers.dense({ units: 1 }),
        ],
      }),
    'batch normalisation and dropout': () =>
      tf.sequential({
        layers: [
          tf.layers.embedding({ inputDim: 6, outputDim: 4, inputLength: 3 }),
          tf.layers.flatten(),
          tf.layers.batchNormalization(),
          tf.layers.dense({ units: 8, activation: 'sigmoid' }),
          tf.layers.dropout({ rate: 0.5, seed: 3 }),
          tf.layers.dense({ units: 1 }),
        ],
      }),
    'GRU over a sequence': () =>
      tf.sequential({
        layers: [
          tf.layers.embedding({ inputDim: 6, outputDim: 4, inputLength: 3, maskZero: true }),
          tf.layers.gru({ units: 5, returnSequences: true }),
          tf.layers.lstm({ units: 4 }),
          tf.layers.dense({ units: 1 }),
        ],
      }),
    convolution: () =>
      tf.sequential({
        layers: [
          tf.layers.embedding({ inputDim: 6, outputDim: 4, inputLength: 3 }),
          tf.layers.conv1d({ filters: 4, kernelSize: 2, activation: 'relu' }),
          tf.layers.globalAveragePooling1d(),
          tf.layers.layerNormalization(),
          tf.layers.dense({ units: 1 }),
        ],
      }),
  };
  for (const [name, make] of Object.entries(build)) {
    it(name, async () => {
      const { weights, losses } = await train(make);
      await tf.setBackend('cpu');
      const reference = await train(make, weights);
      await tf.setBackend('wasm');
      expect(new Set(losses).size).toBeGreaterThan(5);
      losses.forEach((loss, step) => {
        expect(Math.abs(loss - reference.losses[step]!)).toBeLessThan(1e-4);
      });
    });
  }

  async function train(make: () => tf.LayersModel, from?: number[][]) {
    const model = make();
    if (from) model.setWeights(model.getWeights().map((w, i) => tf.tensor(from[i]!, w.shape, w.dtype)));
    const weights = model.getWeights().map((w) => Array.from(w.dataSync()));
    const x = tf.tensor2d([1, 2, 3, 4, 5, 0, 2, 2, 0, 5, 1, 1], [4, 3], 'int32');
    const y = tf.tensor2d([1, 0, 1, 0], [4, 1]);
    const optimizer = tf.train.adam(0.01);
    const losses: number[] = [];
    for (let step = 0; step < 20; step++) {
      const loss = optimizer.minimize(
        () => tf.losses.sigmoidCrossEntropy(y, model.apply(x, { training: true }) as tf.Tensor) as tf.Scalar,
        true,
      )!;
      losses.push(loss.dataSync()[0]!);
    }
    return { weights, losses };
  }
});
