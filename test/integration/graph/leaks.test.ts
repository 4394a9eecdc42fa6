import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, beforeAll, expect, it } from 'vitest';
import { trainingOrder } from '../../../src/base/random';
import { InterruptedError, setInterruptCheck } from '../../../src/din/interrupt';
import type { FitOptions } from '../../../src/din/models/fit-options';
import { GraphEngine } from '../../../src/din/training/engines/graph';
import { adam, sgd } from '../../../src/din/training/optimizers';
import { bundleScript } from '../bundle';
import { smallSamples } from '../library/samples';
import { nativeTensorFlow } from '../tensorflow';
import { held } from './held';
import { dinData, dinNetwork, programOf } from './networks';
import { wideDin } from './wide-tables';

beforeAll(() => {
  nativeTensorFlow();
});
afterEach(() => setInterruptCheck(() => false));

it('fits leave nothing behind: finished, interrupted, failed, diverged; nor do models after dispose', async () => {
  const table = smallSamples(8 * 6 + 1);
  const empty = held();
  const model = wideDin();
  const train = (more: FitOptions = {}) => {
    const options: FitOptions = { live: false, verbose: false, batchSize: 8, optimizer: adam(), validation: 0.2 };
    return model.fit(table, { ...options, ...more });
  };
  await train();
  const fitted = held();
  await train({ metrics: ['gauc'], regularization: { miniBatchAware: 0.01 } });
  const mistake = { onEpochEnd: () => Promise.reject(new Error('my own mistake')) };
  await expect(train({ callbacks: [mistake] })).rejects.toThrow(/my own mistake/);
  let asked = 0;
  setInterruptCheck(() => ++asked > 2);
  await expect(train({ epochs: 50, callbacks: [{ everySteps: 1 }] })).rejects.toThrow(InterruptedError);
  setInterruptCheck(() => false);
  await model.evaluate(table);
  await model.predict(table);
  expect(held()).toEqual(fitted);
  await expect(train({ optimizer: sgd({ learningRate: 1e30 }), epochs: 9 })).rejects.toThrow(/no longer a number/);
  model.dispose();
  expect(held()).toEqual(empty);
});

it('50 fits leak nothing: tensors, sessions, folders, memory; op by op, in a graph, through XLA, of models old and new', () => {
  // In a process of its own, whose allocator gives back at once what is freed: left to itself it keeps up to 100 MB.
  const printed = execFileSync(process.execPath, [bundleScript(path.join(__dirname, 'leaks-run.ts'))], {
    encoding: 'utf8',
    env: {
      ...process.env,
      MALLOC_ARENA_MAX: '2',
      MALLOC_MMAP_THRESHOLD_: String(2 ** 20),
      MALLOC_TRIM_THRESHOLD_: String(2 ** 20),
    },
  });
  const { empty, early, late, disposed } = JSON.parse(/^@(.*)$/m.exec(printed)![1]);
  expect(late.held).toEqual(early.held);
  expect((late.bytes - early.bytes) / 2 ** 20).toBeLessThan(50);
  expect(disposed).toEqual(empty);
}, 600_000);

it('every row is trained exactly once an epoch, for any size', async () => {
  // [rows, batch, rows a block]: one row; a batch that nothing fills; one row over; blocks that do not divide.
  for (const [rows, batchSize, block] of [
    [1, 8, 100],
    [5, 8, 100],
    [17, 8, 100],
    [43, 4, 12],
    [41, 4, 12],
  ]) {
    const network = dinNetwork(7, { users: 500 });
    const data = dinData(rows, 3, 500);
    // Without learning, a row's output depends on the row alone: outputs tell which rows were taken.
    const program = programOf(network, sgd({ learningRate: 1e-30 }));
    const residentBytes = 68 * block;
    const engine = await GraphEngine.create({
      program,
      data,
      batchSize,
      epochs: 1,
      seed: 1,
      mode: 'plain',
      residentBytes,
    });
    const epoch = (order: Int32Array) => {
      engine.startEpoch(order);
      const outputs: number[] = [];
      for (let chunk = engine.run(100); chunk.steps; chunk = engine.run(100)) outputs.push(...chunk.outputs);
      return outputs;
    };
    const byRow = epoch(Int32Array.from({ length: rows }, (_, row) => row));
    expect(new Set(byRow).size).toBe(rows);
    const order = trainingOrder(rows, 9);
    const shuffled = epoch(order);
    expect(shuffled).toHaveLength(rows);
    shuffled.forEach((output, i) => {
      expect(output).toBeCloseTo(byRow[order[i]], 5);
    });
    engine.dispose();
    program.optimizer.dispose();
    network.dispose();
  }
});

it('an id outside its table is an error with column, row, id and range, before anything trains', async () => {
  const network = dinNetwork(7, { users: 500 });
  const data = dinData(20, 3, 500);
  data.inputs[3].values[5 * 6 + 2] = 1001;
  const program = programOf(network, adam());
  const before = held();
  const create = GraphEngine.create({ program, data, batchSize: 4, epochs: 1, seed: 1 });
  await expect(create).rejects.toThrow(/^test: column 'history3', row 7: id 1001 is not in \[0, 1001\)\./);
  expect(program.optimizer.iterations.dataSync()[0]).toBe(0);
  expect(held()).toEqual(before);
});

it('small models that are dropped go when the next one is made, whatever TensorFlow.js remembers of networks that ran', async () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const table = smallSamples(8 * 4);
  const settled = async () => {
    // Finalizers, which free tensors of what was collected, run between two tasks.
    for (let i = 0; i < 5; i++) {
      collect();
      await new Promise((done) => setTimeout(done, 20));
    }
    return held();
  };
  const train = async (models: number) => {
    for (let i = 0; i < models; i++) {
      const model = wideDin({ seed: i });
      await model.fit(table, { live: false, verbose: false, batchSize: 8, epochs: 1 });
      await model.evaluate(table);
    }
    wideDin().dispose();
  };
  await train(1);
  const before = await settled();
  await train(4);
  expect(await settled()).toEqual(before);
});
