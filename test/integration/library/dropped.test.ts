import * as tf from '@tensorflow/tfjs';
import { beforeAll, expect, it } from 'vitest';
import { din } from '../../../src/din/models/din';
import type { RecommenderModel } from '../../../src/din/models/model';
import { relieveMemory } from '../../../src/din/training/ownership';
import { nativeTensorFlow } from '../tensorflow';
import { smallColumns, smallSamples } from './samples';

const table = smallSamples(300);

beforeAll(() => {
  nativeTensorFlow();
});

async function trained(): Promise<RecommenderModel> {
  const model = din(smallColumns());
  await model.fit(table, { live: false, verbose: false, batchSize: 64 });
  await model.attention(table);
  return model;
}

/** Makes the collector look: tensors have grown by much. */
function look(): void {
  const large = tf.zeros([2 ** 24]);
  relieveMemory();
  large.dispose();
  relieveMemory();
}

// First of all: no model of another test can be collected meanwhile, which would change the count.
it('dispose frees all, what attention made included', async () => {
  (await trained()).dispose();
  const { numTensors } = tf.memory();
  const model = din(smallColumns());
  await model.fit(table, { live: false, verbose: false, batchSize: 64 });
  await model.attention(smallSamples(9000));
  model.dispose();
  expect(tf.memory().numTensors).toBe(numTensors);
});

it('a model that was disposed of says so whatever is asked of it; disposed of again, it does nothing', async () => {
  const model = await trained();
  model.dispose();
  model.dispose();
  const gone = /'din' model has been disposed of.*make a new one, or load one that was saved/;
  for (const use of [
    () => model.predict(table),
    () => model.evaluate(table),
    () => model.attention(table),
    () => model.fit(table, { live: false, verbose: false }),
    async () => model.network,
    async () => model.encode(table),
  ])
    await expect(use()).rejects.toThrow(gone);
});

it('models that nobody can reach any more are freed, with their optimizers and graphs', async () => {
  (await trained()).dispose();
  const before = tf.memory().numTensors;
  let model: RecommenderModel | undefined;
  for (let i = 0; i < 5; i++) model = await trained();
  model!.dispose();
  model = undefined;
  await expect
    .poll(
      () => {
        look();
        return tf.memory().numTensors;
      },
      { timeout: 120_000 },
    )
    .toBeLessThanOrEqual(before);
});

it('a network outlives its model, and a layer its network', async () => {
  const { network } = await trained();
  const layer = (await trained()).network.getLayer('logit');
  for (let i = 0; i < 3; i++) {
    look();
    await new Promise(setImmediate);
  }
  expect(network.getWeights().every((weight) => !weight.isDisposed)).toBe(true);
  expect(layer.getWeights()[0].dataSync().length).toBeGreaterThan(0);
});
