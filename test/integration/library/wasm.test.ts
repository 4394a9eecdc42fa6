import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { identityOrder } from '../../../src/base/random';
import * as features from '../../../src/din/features/index';
import { base } from '../../../src/din/models/base';
import { din } from '../../../src/din/models/din';
import { load } from '../../../src/din/models/load';
import type { RecommenderModel } from '../../../src/din/models/model';
import { EagerEngine } from '../../../src/din/training/engines/eager';
import { sigmoidCrossEntropy } from '../../../src/din/training/losses';
import { adam } from '../../../src/din/training/optimizers/adam';
import { OptimizerState } from '../../../src/din/training/optimizers/state';
import { trainableVariables } from '../../../src/din/training/step';
import { nativeTensorFlow, wasmTensorFlow } from '../tensorflow';
import { maxDifference } from './reference-case';
import { genres, quiet, smallColumns, smallSamples } from './samples';

const batchSize = 32;
const table = smallSamples(20 * batchSize);

beforeAll(async () => {
  nativeTensorFlow();
  await wasmTensorFlow();
});

const genre = features.vocabulary('genre', { values: genres });
const decades = features.bucketized(features.numeric('year'), [2000, 2010]);
const everyFeature = [
  features.indicator(genre),
  features.indicator(features.hashed('genre', { buckets: 5 })),
  features.embedding(features.crossed(['genre', 'movieId'], { buckets: 20 }), { dimension: 3 }),
  decades,
];

/** Runs on a backend; layers must be built there too. */
async function on<T>(backend: 'tensorflow' | 'wasm', run: () => Promise<T> | T): Promise<T> {
  await tf.setBackend(backend);
  return run();
}

/** The losses of 20 steps. */
function losses(make: () => RecommenderModel): number[] {
  const model = make();
  model.adapt(table);
  const optimizer = new OptimizerState(adam({ learningRate: 0.01 }), trainableVariables(model.network));
  const program = { network: model.network, loss: sigmoidCrossEntropy, optimizer };
  const engine = new EagerEngine(program, model.encode(table, { label: 'label' }), batchSize);
  engine.startEpoch(identityOrder(table.rows));
  const result: number[] = [];
  for (let chunk = engine.run(100); chunk.steps > 0; chunk = engine.run(100)) result.push(...chunk.losses);
  optimizer.dispose();
  model.dispose();
  return result;
}

describe('WebAssembly', () => {
  it.each([
    ['DIN', () => din(smallColumns())],
    ['DIN with Dice and softmax', () => din(smallColumns({ activation: 'dice', attention: { normalize: 'softmax' } }))],
    ['base', () => base(smallColumns())],
    ['a model of indicators, buckets and crosses', () => base(smallColumns({ context: everyFeature }))],
  ])('trains %s to the losses of native TensorFlow', async (_, make) => {
    const native = await on('tensorflow', () => losses(make));
    const wasm = await on('wasm', () => losses(make));
    expect(native).toHaveLength(20);
    expect(Math.abs(native[19] - native[0])).toBeGreaterThan(1e-3);
    expect(maxDifference(wasm, native)).toBeLessThan(1e-4);
  });

  it('fits, evaluates, explains and saves; native TensorFlow takes over from there', async () => {
    const folder = await mkdtemp(path.join(os.tmpdir(), 'dinnb-wasm-'));
    const target = path.join(folder, 'model');
    const { before, after, runtime, auc } = await on('wasm', async () => {
      const before = tf.memory().numTensors;
      const model = din(smallColumns());
      const { output } = await model.fit(table, { ...quiet, graph: 'auto', epochs: 1, batchSize, validation: 0.1 });
      const { auc } = await model.evaluate(table);
      await model.attention(table);
      await model.save(target);
      const probabilities = await model.predict(table);
      model.dispose();
      return { before, after: { tensors: tf.memory().numTensors, probabilities }, runtime: output.runtime, auc };
    });
    expect(runtime).toBe('eager, WebAssembly');
    expect(auc).toBeGreaterThan(0.4);
    expect(after.tensors).toBe(before);
    await on('tensorflow', async () => {
      const model = await load(target);
      expect(maxDifference(await model.predict(table), after.probabilities)).toBeLessThan(1e-5);
      await model.fit(table, { ...quiet, batchSize });
      model.dispose();
    });
    await rm(folder, { recursive: true });
  });
});
