import * as tf from '@tensorflow/tfjs';
import { afterEach, beforeAll, expect, it, vi } from 'vitest';
import { DataType } from '../../../src/din/graph/attributes';
import { nodeBackend } from '../../../src/din/graph/binding';
import { assignBody, Program, readBody } from '../../../src/din/graph/program';
import { endIdleSessions } from '../../../src/din/graph/sessions';
import type { FitOptions } from '../../../src/din/models/fit-options';
import * as graph from '../../../src/din/training/network';
import { adam } from '../../../src/din/training/optimizers';
import { smallSamples } from '../library/samples';
import { nativeTensorFlow } from '../tensorflow';
import { wideDin } from './wide-tables';

beforeAll(() => {
  nativeTensorFlow();
});
afterEach(() => {
  vi.restoreAllMocks();
  endIdleSessions();
});

const printed: string[] = [];
/** How often XLA was announced since the last time. */
const compiles = () => printed.splice(0).filter((line) => line.startsWith('XLA compiles')).length;

/** A new model of the same kind, trained; what it learnt, and its scores of rows that it has not seen. */
async function trained(seed: number, more: FitOptions = {}, dropout = 0): Promise<(number | null)[]> {
  vi.spyOn(console, 'log').mockImplementation((line) => void printed.push(String(line)));
  const model = wideDin({ dropout });
  const history = await model.fit(smallSamples(8 * 24 + 3), {
    live: false,
    epochs: 2,
    batchSize: 8,
    graph: 'xla',
    seed,
    optimizer: adam({ learningRate: 0.01 }),
    validation: 0.1,
    ...more,
  });
  const scores = await model.predict(smallSamples(40));
  model.dispose();
  return [...history.training.loss, ...history.validation!.loss, ...scores];
}

it.each([0, 0.3])(
  'the same network again, with another seed as well, is not compiled anew, and gives the same bits (dropout %d)',
  async (dropout) => {
    const alone = [];
    for (const seed of [1, 2]) {
      endIdleSessions();
      alone.push(await trained(seed, {}, dropout));
      expect(compiles()).toBe(1);
    }
    const { binding } = nodeBackend();
    const loads = binding.getNumOfSavedModels();
    expect(await trained(1, {}, dropout)).toEqual(alone[0]);
    expect(await trained(2, {}, dropout)).toEqual(alone[1]);
    expect(await trained(1, {}, dropout)).toEqual(alone[0]);
    expect(compiles()).toBe(0);
    expect(binding.getNumOfSavedModels()).toBe(loads);
    expect(alone[0]).not.toEqual(alone[1]);
  },
  600_000,
);

it('equal networks that train at the same time do not share their variables', async () => {
  const alone = [await trained(1), await trained(2)];
  expect(await Promise.all([trained(1), trained(2)])).toEqual(alone);
}, 600_000);

class Times extends tf.layers.Layer {
  static className = 'TestTimes';
  constructor(private readonly factor: number) {
    super({});
  }
  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return tf.mul(Array.isArray(inputs) ? inputs[0] : inputs, this.factor);
  }
}

it('a layer that says nothing of its number is another graph with another number', async () => {
  const losses = async (factor: number, how: 'xla' | 'off') => {
    const network = tf.sequential({
      layers: [
        tf.layers.dense({ units: 4, inputShape: [3], kernelInitializer: 'ones' }),
        new Times(factor),
        tf.layers.dropout({ rate: 0 }),
        tf.layers.dense({ units: 1, kernelInitializer: 'ones' }),
      ],
    });
    const inputs = Float32Array.from({ length: 3 * 160 }, (_, i) => Math.sin(i));
    const labels = Float32Array.from({ length: 160 }, (_, i) => i % 2);
    const options = { loss: 'meanSquaredError' as const, batchSize: 8, live: false, verbose: false, graph: how };
    const history = await graph.fit(network, inputs, labels, { ...options, optimizer: adam() });
    expect(history.output.runtime).toMatch(how === 'xla' ? /XLA/ : /eager/);
    network.dispose();
    return history.training.loss[0]!;
  };
  for (const factor of [1, 3, 1]) {
    const eager = await losses(factor, 'off');
    expect(Math.abs((await losses(factor, 'xla')) - eager) / eager).toBeLessThan(1e-5);
  }
}, 600_000);

const variable = { name: 'anything', dtype: DataType.float32, shape: [2] };
const program = (name: string) => {
  const own = { ...variable, name };
  return new Program({ set: assignBody([own]), get: readBody([own]) });
};

it('a session is given on without the values that it held, and not at all after a call that failed', () => {
  const { binding } = nodeBackend();
  const value = binding.createTensor([2], 1, Float32Array.of(3, 4));
  const first = program('mine');
  first.call('set', [value]);
  const other = program('yours');
  expect(() => other.read('get', [])).toThrow();
  expect([...first.read('get', [])[0]]).toEqual([3, 4]);
  first.dispose();
  other.dispose();
  // Of the two, one failed and is gone.
  expect(endIdleSessions()).toBe(1);
  const again = program('mine');
  again.call('set', [value]);
  again.dispose();
  const next = program('hers');
  expect(next.hasRun('set')).toBe(true);
  expect(() => next.read('get', [])).toThrow();
  next.dispose();
  binding.deleteTensor(value);
  expect(endIdleSessions()).toBe(0);
});

it('sessions that nobody uses are few, however many networks there were', () => {
  const { binding } = nodeBackend();
  const before = binding.getNumOfSavedModels();
  for (let size = 1; size <= 20; size++) new Program({ set: assignBody([{ ...variable, shape: [size] }]) }).dispose();
  expect(binding.getNumOfSavedModels() - before).toBeLessThanOrEqual(8);
  endIdleSessions();
  expect(binding.getNumOfSavedModels()).toBe(before);
});
