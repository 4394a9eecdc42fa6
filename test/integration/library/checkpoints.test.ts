import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, rmSync } from 'node:fs';
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

describe('a checkpoint of a network of one`s own', () => {
  const x = new Float32Array(64).map((_, i) => Math.sin(i));
  const labels = () =>
    tf.tensor2d(
      Float32Array.from({ length: 32 }, (_, i) => Math.cos(i)),
      [32, 1],
    );
  interface Parts {
    activation?: 'relu' | 'tanh';
    rate?: number;
    penalty?: number;
    loss?: graph.NetworkFitOptions['loss'];
    repeats?: 'first' | 'second';
  }
  /** Of layers whose names TensorFlow.js makes up: other ones each time. */
  const make = ({ activation = 'relu', rate = 0.5, penalty = 0.01, repeats = 'first' }: Parts) => {
    const input = tf.input({ shape: [2] });
    const dense = (more = {}) => tf.layers.dense({ units: 2, activation, kernelInitializer: 'ones', ...more });
    const [a, b] = [dense().apply(input), dense({ activation: 'sigmoid' }).apply(input)] as tf.SymbolicTensor[];
    const both = tf.layers.concatenate().apply(repeats === 'second' ? [a, b, b] : [a, b, a]) as tf.SymbolicTensor;
    const inner = tf.sequential({
      layers: [tf.layers.dense({ units: 3, kernelInitializer: 'ones', activation: 'tanh', inputShape: [6] })],
    });
    const dropped = tf.layers.dropout({ rate }).apply(inner.apply(both)) as tf.SymbolicTensor;
    const kernelRegularizer = tf.regularizers.l2({ l2: penalty });
    const output = tf.layers
      .dense({ units: 1, kernelInitializer: 'ones', kernelRegularizer })
      .apply(dropped) as tf.SymbolicTensor;
    return tf.model({ inputs: input, outputs: output });
  };
  const own = (y: tf.Tensor, outputs: tf.Tensor) => tf.abs(tf.sub(y, outputs));
  const fit = ({ loss = 'meanSquaredError', ...parts }: Parts, path: string, options: graph.NetworkFitOptions = {}) =>
    graph.fit(make(parts), x, labels(), {
      ...quiet,
      loss,
      metrics: [],
      batchSize: 8,
      checkpoint: { path },
      ...options,
    });

  it.each<[string, Parts, Parts, RegExp]>([
    ['activation', {}, { activation: 'tanh' }, /layer 2 \('.+', Dense\) had activation relu, it has tanh/],
    ['dropout', {}, { rate: 0.25 }, /layer \d \('.+', Dropout\) had rate 0\.5, it has 0\.25/],
    ['regularizer', {}, { penalty: 0.1 }, /Dense\) had kernelRegularizer\.config\.l2 0\.01\d*, it has 0\.1/],
    ['wiring', {}, { repeats: 'second' }, /Concatenate\) took its inputs from other layers/],
    ['loss by name', {}, { loss: 'huber' }, /the loss function was meanSquaredError, it is huber/],
    [
      'loss',
      { loss: own },
      { loss: (a, b) => tf.square(tf.sub(a, b)) },
      /the loss function was .*abs.*, it is .*square/s,
    ],
  ])('with another %s is told apart, and gone on from by the same one', async (name, then, now, message) => {
    const at = path.join(folder, `computes-${name}`);
    await fit(then, at);
    await expect(fit(now, at, { epochs: 2, resume: true })).rejects.toThrow(message);
    expect((await fit(then, at, { epochs: 2, resume: true })).epochs).toBe(2);
  });

  it('of layers of one`s own, whatever they are called and cannot tell of themselves, is gone on from', async () => {
    class Block extends tf.layers.Layer {
      static className = 'CheckpointBlock';
      layers = [1, 2];
      override call(inputs: tf.Tensor | tf.Tensor[]) {
        return tf.tanh(Array.isArray(inputs) ? inputs[0] : inputs);
      }
      override getConfig(): never {
        return fail();
      }
    }
    const block = () =>
      tf.sequential({ layers: [tf.layers.dense({ units: 1, inputShape: [2] }), new Block({}) as tf.layers.Layer] });
    const options = { ...quiet, loss: own, metrics: [], checkpoint: { path: path.join(folder, 'block') } };
    await graph.fit(block(), x, labels(), options);
    expect((await graph.fit(block(), x, labels(), { ...options, epochs: 2, resume: true })).epochs).toBe(2);
  });

  it('that does not tell what it computes, as older ones do not, is gone on from', async () => {
    const at = path.join(folder, 'older');
    await fit({}, at);
    const file = path.join(at, 'checkpoint.json');
    const written = JSON.parse(await readFile(file, 'utf8'));
    delete written.identity.layers;
    for (const name of ['the loss function', 'backend', 'metrics']) delete written.identity.settings[name];
    delete written.standing.eager;
    await writeFile(file, JSON.stringify(written));
    expect((await fit({}, at, { epochs: 2, resume: true })).epochs).toBe(2);
  });

  it('that ran op by op, as no graph was right any more, is gone on from op by op, to the bit', async () => {
    let factor = 1;
    const loss = (y: tf.Tensor, outputs: tf.Tensor) => tf.mul(factor, tf.square(tf.sub(y, outputs)));
    const doubles = {
      onEpochBegin(epoch: number) {
        if (epoch === 2) factor = 2;
      },
    };
    const run = async (name: string, callbacks: Callback[], resume = false) => {
      const network = make({});
      const checkpoint = { path: path.join(folder, `eager-${name}`), everySteps: 3 };
      const options = { ...quiet, loss, metrics: [], batchSize: 8, epochs: 4, checkpoint, resume } as const;
      const { output } = await graph.fit(network, x, labels(), {
        ...options,
        graph: 'auto',
        callbacks: [doubles, ...callbacks],
      });
      return { runtime: output.runtime, weights: network.getWeights().map((weight) => [...weight.dataSync()]) };
    };
    const whole = await run('whole', []);
    expect(whole.runtime).toMatch(/^eager/);
    factor = 1;
    const breaks = { everySteps: 10, onStepEnd: fail };
    await expect(run('parts', [breaks])).rejects.toThrow('pulled the plug');
    expect(await run('parts', [], true)).toEqual(whole);
  });
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
    ['other options', () => resume({}, { hidden: [8] }), /the model's hidden was \[\d+(?:,\d+)*\], it is \[8\]/],
    [
      'another seed of the model',
      () => resume({}, { seed: 77 }),
      /the model's seed was not set, it is 77|the model's seed was \d+, it is 77/,
    ],
    [
      'rows kept out for validation',
      () => resume({ validation: 0.2 }),
      /its validation rows were others \(none; now 48 rows/,
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
    ['other metrics', () => resume({ metrics: ['logloss'] }), /metrics was accuracy, auc, aucPr, it is logloss/],
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

  it('what is frozen, and by what rows are grouped', async () => {
    const make = (frozen?: number) => {
      const network = tf.sequential({
        layers: [0, 1].map(() => tf.layers.dense({ units: 1, inputShape: [1] })),
      });
      if (frozen !== undefined) network.layers[frozen].trainable = false;
      return network;
    };
    const [x, y] = [new Float32Array(8).fill(1), new Float32Array(8)];
    const options = { ...quiet, loss: 'meanSquaredError', checkpoint: { path: path.join(folder, 'frozen') } } as const;
    const more = { ...options, epochs: 2, resume: true };
    await graph.fit(make(0), x, y, options);
    await expect(graph.fit(make(1), x, y, more)).rejects.toThrow(
      /what is frozen was layer 1 \(Dense\), it is layer 2 \(Dense\)/,
    );
    await expect(graph.fit(make(), x, y, more)).rejects.toThrow(/frozen/);
    // A checkpoint of before does not tell what was frozen, nor its backend.
    const file = path.join(folder, 'frozen', 'checkpoint.json');
    await writeFile(file, (await readFile(file, 'utf8')).replace(/"what is frozen":"[^"]*",/, ''));
    await graph.fit(make(1), x, y, more);
    await expect(resume({ groupBy: 'userId' })).rejects.toThrow(/groupBy was none, it is userId/);
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
    [
      'another backend',
      /"backend":"native TensorFlow"/,
      '"backend":"WebAssembly"',
      /backend was WebAssembly, it is native TensorFlow/,
    ],
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

  it('another training that writes to the same folder', async () => {
    const shared = path.join(folder, 'shared');
    // What the other one removes when it has written its own: all that is not named by it.
    const cleared = tf.scalar(1);
    cleared.clone = () => {
      const values = tf.scalar(1) as tf.Tensor;
      const read = values.dataSync.bind(values);
      values.dataSync = (() => {
        for (const name of readdirSync(shared)) rmSync(path.join(shared, name));
        return read();
      }) as never;
      return values as never;
    };
    const callbacks = [{ state: () => ({ values: {}, tensors: [cleared] }) }];
    const model = small();
    await expect(model.fit(table, { ...training, callbacks, checkpoint: { path: shared } })).rejects.toThrow(
      /of epoch 2, step 0 was removed from .*shared while it was written: another training writes its checkpoints there/,
    );
    for (const each of [model, cleared]) each.dispose();
  });

  it('a folder that another training writes to, in this process or another; not one that a killed process left', async () => {
    const shared = path.join(folder, 'claimed');
    const [first, second] = [small(), small()];
    const fit = (model: ReturnType<typeof small>, callbacks: Callback[] = []) =>
      model.fit(table, { ...training, callbacks, checkpoint: { path: shared }, resume: false });
    const told: string[] = [];
    await fit(first, [
      { onEpochEnd: async () => void told.push(await fit(second).then(String, (error: Error) => error.message)) },
    ]);
    expect(new Set(told).size).toBe(1);
    expect(told[0]).toMatch(
      new RegExp(
        `^fit: another training \\(process ${process.pid}\\) writes its checkpoints to .*claimed\\. Give each`,
      ),
    );
    const lock = path.join(shared, 'training.lock');
    expect(existsSync(lock)).toBe(false);
    await writeFile(lock, JSON.stringify({ pid: process.ppid, token: 'other' }));
    await expect(fit(second)).rejects.toThrow(`another training (process ${process.ppid}) writes`);
    const ended = spawnSync(process.execPath, ['-e', '0']).pid;
    for (const pid of [ended, process.pid]) {
      await writeFile(lock, JSON.stringify({ pid, token: 'killed' }));
      await fit(second);
      expect((await readdir(shared)).sort()).toEqual(['checkpoint.json', expect.stringMatching(/^tensors-/)]);
    }
    for (const model of [first, second]) model.dispose();
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
