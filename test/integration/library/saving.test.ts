import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import * as features from '../../../src/din/features/index';
import { base } from '../../../src/din/models/base';
import { din } from '../../../src/din/models/din';
import { load } from '../../../src/din/models/load';
import type { RecommenderModel } from '../../../src/din/models/model';
import { saveModel } from '../../../src/din/models/save';
import type { TrainingContext } from '../../../src/din/training/callbacks/callback';
import { learningRateSchedule } from '../../../src/din/training/callbacks/index';
import { adam } from '../../../src/din/training/optimizers/adam';
import { nativeTensorFlow } from '../tensorflow';
import { quiet, smallColumns, smallSamples } from './samples';

const table = smallSamples(600);
let folder: string;
const models: RecommenderModel[] = [];

function own(model: RecommenderModel): RecommenderModel {
  models.push(model);
  return model;
}

beforeAll(() => {
  nativeTensorFlow();
});
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'dinnb-saving-'));
});
afterEach(async () => {
  for (const model of models.splice(0)) model.dispose();
  await rm(folder, { recursive: true });
});

async function fitted(): Promise<RecommenderModel> {
  const model = own(din(smallColumns({ activation: 'dice' })));
  await model.fit(table, { ...quiet, epochs: 1, batchSize: 64, optimizer: adam({ learningRate: 0.005 }) });
  return model;
}

describe('a saved model', () => {
  it('predicts the same after loading, also with a feature scale of its training data', async () => {
    const model = await fitted();
    await model.save(path.join(folder, 'model'));
    const again = own(await load(path.join(folder, 'model')));
    expect(await again.predict(table)).toEqual(await model.predict(table));
    expect(again.featureState).toEqual(model.featureState);
    expect((await readdir(folder)).sort()).toEqual(['model']);
    expect((await readdir(path.join(folder, 'model'))).sort()).toEqual([
      'model.json',
      expect.stringMatching(/^weights-[0-9a-f]{12}\.bin$/),
    ]);
  });

  it('goes on training as if it had not stopped, to the bit', async () => {
    const model = await fitted();
    await model.save(path.join(folder, 'model'));
    const again = own(await load(path.join(folder, 'model')));
    const options = { ...quiet, epochs: 2, batchSize: 64 };
    const expected = await model.fit(table, options);
    const actual = await again.fit(table, options);
    expect(actual.training).toEqual(expected.training);
    expect(again.network.getWeights().map((w) => [...w.dataSync()])).toEqual(
      model.network.getWeights().map((w) => [...w.dataSync()]),
    );
    expect(again.epochsTrained).toBe(3);
    expect(again.optimizer?.definition.config).toEqual(model.optimizer?.definition.config);
  });

  it('goes on with a schedule of the learning rate where it stopped, to the bit', async () => {
    const decay = learningRateSchedule((epoch, current) => (epoch === 1 ? 0.02 : epoch % 2 ? current : current / 4));
    const seen: number[] = [];
    const options = (epochs: number) => ({
      ...quiet,
      epochs,
      batchSize: 64,
      callbacks: [
        decay,
        { onEpochEnd: (_: unknown, context: TrainingContext) => void seen.push(context.learningRate) },
      ],
    });
    const model = own(din(smallColumns()));
    await model.fit(table, options(3));
    await model.save(path.join(folder, 'model'));
    const again = own(await load(path.join(folder, 'model')));
    expect(again.optimizer?.definition.config.learningRate).toBeCloseTo(0.005, 12);
    const stopped = seen.splice(0);
    await again.fit(table, options(3));
    const resumed = seen.splice(0);
    await model.fit(table, options(3));
    // Epoch 1 sets the rate, 2, 4 and 6 divide it: begun anew, epoch 4 would have set it again.
    const rates = [0.02, 0.005, 0.005, 0.00125, 0.00125, 0.0003125];
    [...stopped, ...resumed].forEach((rate, i) => {
      expect(rate).toBeCloseTo(rates[i], 8);
    });
    expect(seen).toEqual(resumed);
    expect(again.network.getWeights().map((w) => [...w.dataSync()])).toEqual(
      model.network.getWeights().map((w) => [...w.dataSync()]),
    );
  });

  it('replaces an older one, and can be saved untrained', async () => {
    const target = path.join(folder, 'deep/er/model');
    await own(base({ ...smallColumns(), pooling: 'sum' })).save(target);
    expect(own(await load(target)).kind).toBe('base');
    await (await fitted()).save(target);
    expect(own(await load(target)).kind).toBe('din');
    expect(await readdir(path.dirname(target))).toEqual(['model']);
  });

  it('leaks no tensors when loaded and disposed', async () => {
    const target = path.join(folder, 'model');
    await (await fitted()).save(target);
    const before = tf.memory().numTensors;
    (await load(target)).dispose();
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe('what cannot be saved or loaded', () => {
  it('a folder with other files stays as it is', async () => {
    await writeFile(path.join(folder, 'thesis.txt'), 'years of work');
    await expect((await fitted()).save(folder)).rejects.toThrow(/holds other files \(thesis.txt\)/);
    expect(await readFile(path.join(folder, 'thesis.txt'), 'utf8')).toBe('years of work');
  });

  it('a place that cannot be written keeps what was there', async () => {
    const file = path.join(folder, 'file');
    await writeFile(file, 'a file, no folder');
    await expect((await fitted()).save(file)).rejects.toThrow(/cannot be saved to .*file/);
    await expect((await fitted()).save(path.join(file, 'model'))).rejects.toThrow(/saved to/);
    expect(await readFile(file, 'utf8')).toBe('a file, no folder');
  });

  it('a normalize function is named', async () => {
    const year = features.numeric('year', { normalize: (x) => x - 2000 });
    const model = own(din(smallColumns({ context: [year] })));
    await expect(model.save(path.join(folder, 'model'))).rejects.toThrow(
      /normalize of numeric\('year'\) is a function/,
    );
    expect(await readdir(folder)).toEqual([]);
  });

  it('damage is told, with the file', async () => {
    const target = path.join(folder, 'model');
    await (await fitted()).save(target);
    const json = await readFile(path.join(target, 'model.json'), 'utf8');
    const bin = (await readdir(target)).find((name) => name.endsWith('.bin'))!;
    const weights = await readFile(path.join(target, bin));
    const change = (text: string, from: RegExp | string, to: string) => {
      expect(text.replace(from, to)).not.toBe(text);
      return writeFile(path.join(target, 'model.json'), text.replace(from, to));
    };
    await writeFile(path.join(target, bin), weights.subarray(0, 100));
    await expect(load(target)).rejects.toThrow(
      /weights-\w+.bin has 100 bytes, its description speaks of \d+.*incomplete/,
    );
    const flipped = Buffer.from(weights);
    flipped[50] ^= 1;
    await writeFile(path.join(target, bin), flipped);
    await expect(load(target)).rejects.toThrow(/weights-\w+.bin is damaged: its checksum/);
    await writeFile(path.join(target, bin), weights);
    await change(json, '"version": 2', '"version": 7');
    await expect(load(target)).rejects.toThrow(/has the version 7, this library reads versions 1 to 2/);
    await change(json, '"dinnb-model"', '"something"');
    await expect(load(target)).rejects.toThrow(/no saved model of this library/);
    await change(json, '{', '{{');
    await expect(load(target)).rejects.toThrow(/model.json is damaged/);
    await change(json, '"kind": "din"', '"kind": "dien"');
    await expect(load(target)).rejects.toThrow(/no model of kind 'dien'. Kinds: .*din/);
    await change(json, /"hidden": \[\s*16,\s*8\s*\]/, '"hidden": [16]');
    await expect(load(target)).rejects.toThrow(/tensor \d+ .*another version/);
    await writeFile(path.join(target, 'model.json'), json);
    own(await load(target));
    await rm(path.join(target, bin));
    await expect(load(target)).rejects.toThrow(/no saved model in .*weights-\w+.bin is missing/);
    await expect(load(path.join(folder, 'nowhere'))).rejects.toThrow(
      /no saved model in .*nowhere: model.json is missing/,
    );
  });
});

describe('freezing and saving', () => {
  const tableLayer = (model: RecommenderModel) =>
    model.network.layers.find((layer) => layer.getClassName() === 'DinEmbeddingTable')!;
  const frozenNames = (model: RecommenderModel) =>
    model.network.layers.filter((l) => !l.trainable && l.weights.length).map((l) => l.name);
  const values = (model: RecommenderModel) =>
    model.network.weights.map((w) => [w.originalName, ...w.read().dataSync()]).sort();

  it.each(['before the first fit', 'after it', 'all but the logit'])(
    'a model frozen %s loads, and goes on to the bit',
    async (when) => {
      const model = own(din(smallColumns({ activation: 'dice' })));
      const freeze = () => {
        for (const layer of when.startsWith('all') ? model.network.layers.slice(0, -1) : [tableLayer(model)])
          layer.trainable = false;
      };
      if (!when.startsWith('after')) freeze();
      await model.fit(table, { ...quiet, batchSize: 64, optimizer: adam({ learningRate: 0.005 }) });
      if (when.startsWith('after')) freeze();
      await model.save(path.join(folder, 'model'));
      const again = own(await load(path.join(folder, 'model')));
      expect(values(again)).toEqual(values(model));
      expect(frozenNames(again)).toEqual(frozenNames(model));
      const still = [...tableLayer(model).getWeights()[0].dataSync()];
      await model.fit(table, { ...quiet, batchSize: 64 });
      await again.fit(table, { ...quiet, batchSize: 64 });
      expect(values(again)).toEqual(values(model));
      expect([...tableLayer(again).getWeights()[0].dataSync()]).toEqual(still);
    },
  );

  it('thaws what is thawed after loading', async () => {
    const model = own(din(smallColumns()));
    tableLayer(model).trainable = false;
    await model.fit(table, { ...quiet, batchSize: 64 });
    await model.save(path.join(folder, 'model'));
    const again = own(await load(path.join(folder, 'model')));
    tableLayer(again).trainable = true;
    const before = [...tableLayer(again).getWeights()[0].dataSync()];
    await again.fit(table, { ...quiet, batchSize: 64 });
    expect([...tableLayer(again).getWeights()[0].dataSync()]).not.toEqual(before);
  });
});

/** Written by dinnb 0.1.0 itself: `test/fixtures/models`, with what it predicted and the loss of its next epoch. */
describe.each(['0.1.0', '0.1.0-frozen'])('a model that %s saved', (name) => {
  it('loads, predicts what it predicted, goes on as it went on, and is saved anew', async () => {
    const fixture = path.resolve('test/fixtures/models', name);
    const expected = JSON.parse(await readFile(`${fixture}.json`, 'utf8'));
    const model = own(await load(fixture));
    const close = (found: ArrayLike<number>) =>
      expected.predictions.forEach((value: number, i: number) => {
        expect(found[i]).toBeCloseTo(value, 5);
      });
    close(await model.predict(table));
    expect(model.network.layers.some((layer) => !layer.trainable && layer.weights.length)).toBe(
      name.endsWith('frozen'),
    );
    const target = path.join(folder, 'copy');
    await cp(fixture, target, { recursive: true });
    await model.save(target);
    expect(await readdir(target)).not.toContain('weights.bin');
    close(await own(await load(target)).predict(table));
    const { training } = await model.fit(table, { ...quiet, batchSize: 64 });
    expect(training.loss[0]).toBeCloseTo(expected.nextLoss, 5);
  });
});

describe('a saving that does not end', () => {
  it('leaves the old model where the disk is full, and nothing beside it', async () => {
    const target = path.join(folder, 'model');
    const model = await fitted();
    await model.save(target);
    const before = await readdir(target);
    const broken = {
      ...model,
      spec: model.spec,
      network: model.network,
      optimizer: undefined,
      featureState: undefined,
      epochsTrained: 1,
    };
    const read = model.network.weights[3].read().clone();
    read.dataSync = () => {
      throw new Error('no space left on device');
    };
    const weights = model.network.weights.map((weight, i) =>
      i === 3 ? Object.create(weight, { read: { value: () => Object.assign(read, { clone: () => read }) } }) : weight,
    );
    const network = Object.create(model.network, { weights: { value: weights } });
    await expect(saveModel({ ...broken, network }, target)).rejects.toThrow(/could not be saved.*no space.*unchanged/);
    expect(await readdir(target)).toEqual(before);
    expect(await own(await load(target)).predict(table)).toEqual(await model.predict(table));
  });

  it('leaves the old model where it was killed, and the next one tidies up', async () => {
    const target = path.join(folder, 'model');
    await (await fitted()).save(target);
    const half = ['weights-0123456789ab.bin', '.weights-0123456789ab.bin.1-0123456789ab.tmp'];
    for (const name of half) await writeFile(path.join(target, name), 'half');
    const model = own(await load(target));
    await model.save(target);
    expect((await readdir(target)).filter((name) => half.includes(name))).toEqual([]);
  });
});
