import { spawnSync } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { embedding, id } from '../../../src/din/features/index';
import type { FitOptions } from '../../../src/din/models/fit-options';
import * as models from '../../../src/din/models/index';
import type { Callback, TrainingContext } from '../../../src/din/training/callbacks/callback';
import { earlyStopping, learningRateSchedule, reduceOnPlateau } from '../../../src/din/training/callbacks/index';
import * as graph from '../../../src/din/training/network/index';
import { adam, sgd } from '../../../src/din/training/optimizers';
import { cosine, inverseSquareRoot, linear } from '../../../src/din/training/optimizers/schedules';
import { bundleScript } from '../bundle';
import { wideDin } from '../graph/wide-tables';
import { nativeTensorFlow } from '../tensorflow';
import { quiet, smallColumns, smallSamples } from './samples';

let script: string;
let folder: string;

beforeAll(async () => {
  nativeTensorFlow();
  folder = await mkdtemp(path.join(os.tmpdir(), 'dinnb-checkpoints-'));
  script = bundleScript(path.join(__dirname, 'resume-run.ts'));
});
afterAll(() => rm(folder, { recursive: true }));

interface Result {
  hash: string;
  runtime: string;
  epochs: number;
  lines: number;
}

function run(...args: string[]): Result | 'SIGKILL' {
  const { signal, stdout, stderr, status } = spawnSync(process.execPath, [script, ...args], { encoding: 'utf8' });
  if (signal === 'SIGKILL') return signal;
  if (status !== 0) throw new Error(stderr);
  const line = stdout.split('\n').find((each) => each.startsWith('@'))!;
  return JSON.parse(line.slice(1));
}

describe('killed with SIGKILL in the middle of an epoch, a training resumed in a new process', () => {
  it.each([
    ['off', 'plain', ['75']],
    ['auto', 'random', ['75']],
    ['auto', 'wandering', ['75']],
    ['xla', 'plain', ['11', '140']],
  ])(
    'is the training that was not, to the bit (graph: %s, %s, killed at steps %j)',
    (mode, kind, kills) => {
      const whole = run(path.join(folder, `${mode}-${kind}-whole`), mode, kind, 'start', '0') as Result;
      expect(whole.runtime).toMatch(mode === 'off' ? /^eager/ : mode === 'xla' ? /^graph \+ XLA/ : /^graph,/);
      const at = path.join(folder, `${mode}-${kind}-parts`);
      for (const [i, step] of kills.entries()) {
        expect(run(at, mode, kind, i ? 'resume' : 'start', step)).toBe('SIGKILL');
      }
      const { runtime: _, ...same } = whole;
      expect(run(at, mode, kind, 'resume', '0')).toMatchObject(same);
      expect(whole).toMatchObject({ epochs: 3, lines: 4 });
      // Over: resuming again has nothing to do, and says the same.
      expect(run(at, mode, kind, 'resume', '0')).toMatchObject({ hash: whole.hash, epochs: 3 });
    },
    600_000,
  );
});

const table = smallSamples(240);
const training = { ...quiet, batchSize: 16, epochs: 2, graph: 'off' } satisfies FitOptions;
const small = (options = {}) => models.base(smallColumns(options) as models.BaseOptions);

/** A training that fails in its second epoch, and leaves a checkpoint behind. */
async function unfinished(name: string): Promise<string> {
  const at = path.join(folder, name);
  const model = small();
  const broken = { onEpochBegin: (epoch: number) => void (epoch === 2 && fail()) };
  await expect(
    model.fit(table, { ...training, callbacks: [broken], checkpoint: { path: at, everyEpochs: 1 } }),
  ).rejects.toThrow('pulled the plug');
  model.dispose();
  return at;
}

function fail(): never {
  throw new Error('pulled the plug');
}

describe('a checkpoint', () => {
  it('in the way of a new training is not overwritten without being asked', async () => {
    const at = await unfinished('in-the-way');
    const model = small();
    const options = { ...training, checkpoint: { path: at } };
    await expect(model.fit(table, options)).rejects.toThrow(
      /did not finish \(epoch 2, step 0\)\. Give resume: true to go on from it, resume: false to start afresh/,
    );
    const history = await model.fit(table, { ...options, resume: true });
    expect(history.epochs).toBe(2);
    expect(model.epochsTrained).toBe(2);
    // A finished one is nobody's loss; more epochs go on from it, and fewer are not what it has.
    const again = small();
    await expect(again.fit(table, { ...options, epochs: 1, resume: true })).rejects.toThrow(
      /stands at the end of epoch 2, beyond the 1 epoch of this fit\. Give at least epochs: 2/,
    );
    expect(again.epochsTrained).toBe(0);
    expect((await again.fit(table, options)).training).toEqual(history.training);
    expect((await again.fit(table, { ...options, epochs: 3, resume: true })).epochs).toBe(3);
    for (const each of [model, again]) each.dispose();
  });

  it('is gone on from by another model object, with the history of both, and nothing leaks', async () => {
    const at = await unfinished('another-object');
    const whole = small();
    const expected = await whole.fit(table, training);
    const model = small();
    await model.fit(table, { ...training, resume: at });
    expect(model.history!.training).toEqual(expected.training);
    expect(await model.predict(table)).toEqual(await whole.predict(table));
    const before = tf.memory().numTensors;
    const third = small();
    await third.fit(table, { ...training, resume: at });
    third.dispose();
    expect(tf.memory().numTensors).toBe(before);
    for (const each of [model, whole]) each.dispose();
  });

  it('of a network of one`s own is gone on from as well', async () => {
    const make = () =>
      tf.sequential({ layers: [tf.layers.dense({ units: 1, inputShape: [2], kernelInitializer: 'ones' })] });
    const [x, y] = [tf.randomUniform([40, 2], 0, 1, 'float32', 3), tf.randomUniform([40, 1], 0, 1, 'float32', 4)];
    const options = { ...quiet, loss: 'meanSquaredError', batchSize: 8, optimizer: sgd(), graph: 'off' } as const;
    const [whole, parts] = [make(), make()];
    await graph.fit(whole, x, y, { ...options, epochs: 4 });
    const checkpoint = { path: path.join(folder, 'network'), everyEpochs: 2 };
    const stops = { onEpochBegin: (epoch: number) => void (epoch === 4 && fail()) };
    await expect(graph.fit(make(), x, y, { ...options, epochs: 4, checkpoint, callbacks: [stops] })).rejects.toThrow(
      'plug',
    );
    await graph.fit(parts, x, y, { ...options, epochs: 4, checkpoint, resume: true });
    expect(parts.getWeights().map((w) => [...w.dataSync()])).toEqual(whole.getWeights().map((w) => [...w.dataSync()]));
  });
});

describe('callbacks that keep something', () => {
  it('find it again only where they are the same ones', async () => {
    const at = path.join(folder, 'callbacks');
    const model = small();
    const broken = { onEpochBegin: (epoch: number) => void (epoch === 3 && fail()) };
    const [stopping, plateau] = [
      earlyStopping({ monitor: 'training.loss', patience: 3 }),
      reduceOnPlateau({ monitor: 'training.loss' }),
    ];
    const options = { ...training, epochs: 4 };
    await expect(
      model.fit(table, { ...options, callbacks: [stopping, plateau, broken], checkpoint: { path: at } }),
    ).rejects.toThrow('pulled the plug');
    const resume = (callbacks: FitOptions['callbacks'], more: FitOptions = {}) => {
      const again = small();
      return again.fit(table, { ...options, callbacks, resume: at, ...more }).finally(() => again.dispose());
    };
    const before = await readFile(path.join(at, 'checkpoint.json'), 'utf8');
    for (const others of [
      [],
      [plateau, stopping],
      [earlyStopping({ monitor: 'training.loss', patience: 2 }), plateau],
      [{ state: () => ({ values: {} }) }, plateau],
    ]) {
      await expect(resume(others)).rejects.toThrow(/what its callbacks keep was earlyStopping\(.*"patience":3/);
    }
    // Fewer epochs than it has: what it has is not what they give.
    await expect(resume([stopping, plateau], { epochs: 1, checkpoint: { path: at } })).rejects.toThrow(
      /stands at epoch 3, step 0, beyond the 1 epoch of this fit\. Give at least epochs: 2/,
    );
    expect(await readFile(path.join(at, 'checkpoint.json'), 'utf8')).toBe(before);
    expect((await resume([stopping, plateau])).epochs).toBe(4);
    model.dispose();
  });
});

describe('a schedule that a callback ends', () => {
  const ends = { onEpochBegin: (epoch: number, c: TrainingContext) => void (epoch === 2 && c.setLearningRate(0.005)) };
  const waves = () => learningRateSchedule((epoch, current) => (epoch === 2 ? current / 2 : current));
  const plateau = () => reduceOnPlateau({ monitor: 'training.loss', patience: 1, minDelta: 10 });

  it.each([
    ['auto', 'setLearningRate beside cosine', cosine({ from: 0.02, to: 1e-3, steps: 90 }), () => ends],
    ['xla', 'setLearningRate beside cosine', cosine({ from: 0.02, to: 1e-3, steps: 90 }), () => ends],
    ['auto', 'reduceOnPlateau beside linear', linear({ from: 0.02, steps: 90 }), plateau],
    ['auto', 'learningRateSchedule', inverseSquareRoot({ peak: 0.02, warmupSteps: 9 }), waves],
  ] as const)(
    'leaves the graph as it is, and a resumed training with dropout the same to the bit (%s, %s)',
    async (mode, _, learningRate, callback) => {
      const rows = smallSamples(8 * 30 + 5);
      const fit = async (name: string, others: Callback[] = [], resume = false) => {
        const model = wideDin({ dropout: 0.3, hidden: [16, 8] });
        try {
          const { output } = await model.fit(rows, {
            ...{ live: false, verbose: false, epochs: 3, batchSize: 8, graph: mode, resume },
            optimizer: adam({ learningRate }),
            callbacks: [callback(), ...others],
            checkpoint: { path: path.join(folder, `${mode}-${_}-${name}`), everySteps: 4 },
          });
          const state = [...model.network.getWeights(), ...model.optimizer!.stateVariables];
          return { output, values: state.map((tensor) => [...tensor.dataSync()]) };
        } finally {
          model.dispose();
        }
      };
      const whole = await fit('whole');
      expect(whole.output.runtime).toMatch(/^graph/);
      const breaks = { everySteps: 71, onStepEnd: ({ step }: { step: number }) => void (step === 71 && fail()) };
      await expect(fit('parts', [breaks])).rejects.toThrow('pulled the plug');
      const parts = await fit('parts', [], true);
      expect(parts.output.runtime).toMatch(/^graph/);
      expect(parts.output.epochLog.training).toEqual(whole.output.epochLog.training);
      expect(parts.values).toEqual(whole.values);
    },
    120_000,
  );
});

describe('says what is wrong', () => {
  let at: string;
  beforeAll(async () => {
    at = await unfinished('wrong');
  });
  const resume = (fit: Partial<FitOptions> = {}, options = {}, data = table) => {
    const model = small(options);
    return model.fit(data, { ...training, resume: at, ...fit }).finally(() => model.dispose());
  };

  it.each([
    [
      'another kind of model',
      () => models.din(smallColumns()).fit(table, { ...training, resume: at }),
      /its model is 'base' with options \w+, this is 'din'/,
    ],
    [
      'other options',
      () => resume({}, { hidden: [8] }),
      /its model is 'base' with options \w+, this is 'base' with options/,
    ],
    [
      'other rows',
      () => resume({}, {}, smallSamples(240, 9)),
      /its training rows were others \(240 rows, \w+; now 240 rows, \w+\)/,
    ],
    ['more rows', () => resume({}, {}, smallSamples(241)), /now 241 rows/],
    [
      'other validation',
      () => resume({ validation: smallSamples(20) }),
      /its validation rows were others \(none; now 20 rows/,
    ],
    ['another batch size', () => resume({ batchSize: 32 }), /batchSize was 16, it is 32/],
    ['another seed', () => resume({ seed: 1 }), /seed was 42, it is 1/],
    ['weights of rows', () => resume({ sampleWeight: 'userId' }), /sampleWeight was not set, it is userId/],
    ['weights of classes', () => resume({ classWeight: { 1: 5 } }), /classWeight was not set, it is \{"1":5\}/],
    ['another optimizer', () => resume({ optimizer: sgd() }), /optimizer was .*adam.*, it is .*sgd/],
    [
      'other regularization',
      () => resume({ regularization: { kernels: 0.1 } }),
      /regularization was \{\}, it is \{"kernels":0.1\}/,
    ],
    [
      'no checkpoint there',
      () => resume({ resume: path.join(folder, 'nowhere') }),
      /there is no checkpoint in .*nowhere/,
    ],
    [
      'nowhere to look',
      () => resume({ resume: true }),
      /resume: true goes on from checkpoint\.path, which is not given/,
    ],
    ['no path', () => resume({ checkpoint: {} as never }), /checkpoint is \{ path, everySteps \| everyEpochs \}/],
    [
      'a misspelt setting',
      () => resume({ checkpoint: { path: at, everyStep: 1 } as never }),
      /no setting 'everyStep'\. Did you mean 'everySteps'/,
    ],
    ['half a step', () => resume({ checkpoint: { path: at, everySteps: 0.5 } }), /everySteps must be a whole number/],
    ['a resume that is none', () => resume({ resume: 1 as never }), /resume is true, false or the path/],
  ])('%s', async (_, attempt, message) => {
    await expect(attempt()).rejects.toThrow(message);
  });

  it('the seed, also where it decides how rows are read', async () => {
    const profile = [embedding(id('userId', { minimumCount: 1 }), { dimension: 4 })];
    const learns = () => small({ profile });
    const copy = path.join(folder, 'learns');
    const options = { ...training, checkpoint: { path: copy } };
    await learns().fit(table, options);
    await expect(learns().fit(table, { ...options, epochs: 3, resume: true, seed: 7 })).rejects.toThrow(
      /seed was 42, it is 7/,
    );
  });

  it('weights of rows of a network of one`s own', async () => {
    const make = () => tf.sequential({ layers: [tf.layers.dense({ units: 1, inputShape: [1] })] });
    const [x, y] = [new Float32Array(8).fill(1), new Float32Array(8)];
    const options = { ...quiet, loss: 'meanSquaredError', checkpoint: { path: path.join(folder, 'weighed') } } as const;
    await graph.fit(make(), x, y, options);
    await expect(
      graph.fit(make(), x, y, { ...options, epochs: 2, resume: true, sampleWeight: new Float32Array(8).fill(2) }),
    ).rejects.toThrow(/sampleWeight was not set, it is one a row/);
  });

  it.each([
    [
      'a later version',
      /"version":1/,
      '"version":2',
      /has the version 2, this library reads version 1.*To start afresh/,
    ],
    ['a file that is cut', /,"weights".*$/s, '', /checkpoint\.json is damaged/],
    ['something else', /dinnb-checkpoint/, 'other', /is no checkpoint of a training/],
  ])('%s', async (_, find, replacement, message) => {
    const copy = path.join(folder, 'damaged');
    await rm(copy, { recursive: true, force: true });
    await cp(at, copy, { recursive: true });
    const file = path.join(copy, 'checkpoint.json');
    await writeFile(file, (await readFile(file, 'utf8')).replace(find, replacement));
    await expect(resume({ resume: copy })).rejects.toThrow(message);
  });

  it('tensors that are damaged, or gone', async () => {
    const copy = path.join(folder, 'damaged-tensors');
    await cp(at, copy, { recursive: true });
    const file = path.join(copy, (await readdir(copy)).find((name) => name.startsWith('tensors-'))!);
    const bytes = await readFile(file);
    bytes[10] ^= 1;
    await writeFile(file, bytes);
    await expect(resume({ resume: copy })).rejects.toThrow(/tensors-\w+\.bin is damaged: its checksum/);
    await rm(file);
    await expect(resume({ resume: copy })).rejects.toThrow(/cannot be read: ENOENT/);
  });

  it('a folder with other files, and one that cannot be written: before anything trains', async () => {
    const foreign = path.join(folder, 'foreign');
    await mkdir(foreign);
    await writeFile(path.join(foreign, 'thesis.tex'), 'precious');
    const model = small();
    let steps = 0;
    const callbacks = [{ onStepEnd: () => void steps++ }];
    const fit = (where: string) => model.fit(table, { ...training, callbacks, checkpoint: { path: where } });
    await expect(fit(foreign)).rejects.toThrow(/holds other files \(thesis\.tex\)\. Choose another folder/);
    expect(await readdir(foreign)).toEqual(['thesis.tex']);
    const file = path.join(folder, 'a-file');
    await writeFile(file, '');
    const cannot = /^fit: no checkpoint can be written to .*a-file.*: E[A-Z]+: .*Give checkpoint\.path a folder/;
    for (const where of [file, path.join(file, 'below')]) await expect(fit(where)).rejects.toThrow(cannot);
    expect(steps).toBe(0);
    model.dispose();
  });
});
