import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { randomStream } from '../../../src/base/random';
import { EmbeddingTable } from '../../../src/din/layers/embedding-table';
import type { Callback } from '../../../src/din/training/callbacks/callback';
import * as graph from '../../../src/din/training/network/index';
import { adam } from '../../../src/din/training/optimizers';
import { nativeTensorFlow } from '../tensorflow';
import { maxDifference } from './networks';

/** `large` goes to the session and back in pieces, `small` whole; both are of one group. */
const ROWS = { small: 3_000, large: 90_000, frozen: 500 };
const [DIMENSION, BATCH, STEPS] = [8, 16, 30];

let folder: string;
beforeAll(() => {
  nativeTensorFlow();
  folder = mkdtempSync(path.join(os.tmpdir(), 'dinnb-large-tables-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

let made = 0;
function network(): tf.LayersModel {
  const inputs = Object.keys(ROWS).map(() => tf.input({ shape: [1], dtype: 'int32' }));
  made++;
  const rows = Object.entries(ROWS).map(([name, count], i) => {
    const table = new EmbeddingTable({ name: `${name}_${made}`, rows: count, dimension: DIMENSION, seed: i });
    table.trainable = name !== 'frozen';
    return tf.layers.flatten().apply(table.apply(inputs[i])) as tf.SymbolicTensor;
  });
  const dense = tf.layers.dense({ units: 1, kernelInitializer: tf.initializers.randomNormal({ seed: 7 }) });
  return tf.model({ inputs, outputs: dense.apply(tf.layers.concatenate().apply(rows)) as tf.SymbolicTensor });
}

/** The same few rows, now and then others: most rows of the tables are in no batch. */
function data(): { inputs: tf.Tensor[]; labels: Float32Array } {
  const random = randomStream(3);
  const count = STEPS * BATCH;
  const inputs = Object.values(ROWS).map((rows) =>
    tf.tensor2d(
      Int32Array.from({ length: count }, () => Math.floor(random() ** 8 * rows)),
      [count, 1],
      'int32',
    ),
  );
  return { inputs, labels: Float32Array.from({ length: count }, () => (random() < 0.4 ? 1 : 0)) };
}

function disposeOf(own: tf.LayersModel): void {
  graph.release(own);
  own.dispose();
}

const weightsOf = (one: tf.LayersModel): Float32Array[] => one.getWeights().map((w) => w.dataSync() as Float32Array);

async function train(
  more: Partial<graph.NetworkFitOptions> = {},
  { network: own = network(), dispose = true } = {},
): Promise<{ weights: Float32Array[]; losses: readonly number[]; runtime: string }> {
  const { inputs, labels } = data();
  try {
    const { output } = await graph.fit(own, inputs, labels, {
      live: false,
      verbose: false,
      loss: 'sigmoidCrossEntropy',
      batchSize: BATCH,
      epochs: 2,
      seed: 1,
      optimizer: adam({ learningRate: 0.01 }),
      ...more,
    });
    return { weights: weightsOf(own), losses: output.epochLog.training.loss as number[], runtime: output.runtime };
  } finally {
    tf.dispose(inputs);
    if (dispose) disposeOf(own);
  }
}

const every = (steps: number, onStepEnd: Callback['onStepEnd']): Callback => ({ everySteps: steps, onStepEnd });

describe('tables that go to the session and back in pieces, beside a small and a frozen one', () => {
  it('are trained as op by op, whoever reads and changes weights and the learning rate meanwhile', async () => {
    const callbacks = [
      every(20, ({ step }, context) => {
        if (step === 40) context.setLearningRate(0.002);
        const [, large] = context.network.trainableWeights;
        const next = tf.tidy(() => tf.add(large.read(), 0.01));
        large.write(next);
        next.dispose();
      }),
      every(7, (_, context) => void weightsOf(context.network)),
    ];
    const results = [];
    for (const mode of ['auto', 'off'] as const) results.push(await train({ graph: mode, callbacks }));
    const [auto, eager] = results;
    expect(auto.runtime).toMatch(/^graph,/);
    expect(eager.runtime).toMatch(/^eager/);
    expect(maxDifference(auto.losses, eager.losses)).toBeLessThan(1e-4);
    auto.weights.forEach((values, i) => {
      expect(maxDifference(values, eager.weights[i])).toBeLessThan(1e-4);
    });
  });

  it('give the same to the bit, however often weights are read, in turns with other work', async () => {
    const alone = await train();
    const own = network();
    let others = 0;
    let over = false;
    // As another cell: it looks at the weights whenever it is its turn, also between two pieces.
    const other = async () => {
      for (; !over; others++) {
        weightsOf(own);
        await new Promise((resolve) => setImmediate(resolve));
      }
    };
    const working = other();
    const reads = every(1, (_, context) => void weightsOf(context.network));
    const watched = await train({ callbacks: [reads] }, { network: own, dispose: false });
    over = true;
    await working;
    disposeOf(own);
    expect(others).toBeGreaterThan(10);
    expect(watched.losses).toEqual(alone.losses);
    expect(watched.weights).toEqual(alone.weights);
  });

  it('go on from a checkpoint to the bit, where the training failed between two', async () => {
    const checkpoint = (name: string) => ({ path: path.join(folder, name), everySteps: 9 });
    const whole = await train({ checkpoint: checkpoint('whole') });
    const fails = every(32, () => {
      throw new Error('plug');
    });
    await expect(train({ checkpoint: checkpoint('parts'), callbacks: [fails] })).rejects.toThrow('plug');
    const parts = await train({ checkpoint: checkpoint('parts'), resume: true });
    expect(parts.losses).toEqual(whole.losses);
    expect(parts.weights).toEqual(whole.weights);
  });

  it('keep what a failed training did, can be trained again, and leak nothing', async () => {
    const before = tf.memory().numTensors;
    const own = network();
    let seen: Float32Array[] = [];
    const fails = every(32, (_, context) => {
      seen = weightsOf(context.network);
      throw new Error('plug');
    });
    await expect(train({ callbacks: [fails] }, { network: own, dispose: false })).rejects.toThrow('plug');
    expect(weightsOf(own)).toEqual(seen);
    const again = await train({}, { network: own, dispose: false });
    expect(again.losses.at(-1)).toBeLessThan(again.losses[0]);
    disposeOf(own);
    expect(tf.memory().numTensors).toBe(before);
  });
});
