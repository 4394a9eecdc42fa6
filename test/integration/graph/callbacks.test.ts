import * as tf from '@tensorflow/tfjs';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { endIdleSessions } from '../../../src/din/graph/sessions';
import type { FitOptions } from '../../../src/din/models/fit-options';
import type { RecommenderModel } from '../../../src/din/models/model';
import type { Callback } from '../../../src/din/training/callbacks/callback';
import { adam } from '../../../src/din/training/optimizers/adam';
import { cosine } from '../../../src/din/training/optimizers/schedules';
import { sgd } from '../../../src/din/training/optimizers/sgd';
import { smallSamples } from '../library/samples';
import { nativeTensorFlow } from '../tensorflow';
import { maxDifference } from './networks';
import { flatWeights, wideDin } from './wide-tables';

const samples = smallSamples(8 * 60 + 3);
const models: RecommenderModel[] = [];
beforeAll(() => {
  nativeTensorFlow();
});
afterEach(() => {
  for (const model of models.splice(0)) model.dispose();
});

async function fitted(graph: 'off' | 'auto' | 'xla', callbacks: Callback[], more: FitOptions = {}) {
  const model = wideDin();
  models.push(model);
  const options = { live: false, verbose: false, epochs: 2, batchSize: 8, optimizer: adam({ learningRate: 0.01 }) };
  await model.fit(samples, { ...options, graph, callbacks, ...more });
  const loss = model.history!.training.loss as number[];
  return { model, loss, weights: flatWeights(model), runtime: model.history!.output.runtime };
}

/** Counts what a change of the learning rate must not cause: ops outside the graph, and loading another graph. */
async function counted<T>(run: (count: { ops: number; graphs: number }) => Promise<T>): Promise<T> {
  const backend = tf.backend() as unknown as { binding: Record<string, (...args: unknown[]) => unknown> };
  const { binding } = backend;
  const count = { ops: 0, graphs: 0 };
  const counting = (name: string, key: 'ops' | 'graphs') => ({
    value: (...args: unknown[]) => {
      count[key]++;
      return binding[name](...args);
    },
  });
  backend.binding = Object.create(binding, {
    executeOp: counting('executeOp', 'ops'),
    loadSavedModel: counting('loadSavedModel', 'graphs'),
  });
  try {
    return await run(count);
  } finally {
    backend.binding = binding;
  }
}

/** Warm-up, a jump by 1,000, and back: by the step, and once more before each epoch. */
const rateAt = (step: number): number => (step < 20 ? 0.0005 * step : step % 16 < 8 ? 0.01 : 0.00001);
const schedule = (): Callback => ({
  everySteps: 1,
  onEpochBegin: (epoch, context) => context.setLearningRate(epoch === 1 ? 0.002 : 0.02),
  onStepEnd: ({ step }, context) => context.setLearningRate(rateAt(step)),
  onEpochEnd: (_, context) => context.setLearningRate(0.005),
});

describe('the learning rate', () => {
  for (const [name, optimizer] of [
    ['deferred Adam', adam({ learningRate: 0.01 })],
    ['lazy Adam', adam({ learningRate: 0.01, tables: 'lazy' })],
    ['SGD', sgd({ learningRate: 0.01 })],
  ] as const) {
    it(`changed by callbacks takes effect at the next step: ${name}`, async () => {
      const eager = await fitted('off', [schedule()], { optimizer });
      const constant = await fitted('off', [], { optimizer });
      expect(maxDifference(eager.weights, constant.weights)).toBeGreaterThan(1e-3);
      for (const graph of ['auto', 'xla'] as const) {
        const run = await fitted(graph, [schedule()], { optimizer });
        expect(run.runtime).toContain(graph === 'xla' ? 'graph + XLA, ' : 'graph, ');
        expect(maxDifference(run.loss, eager.loss)).toBeLessThan(1e-5);
        expect(maxDifference(run.weights, eager.weights)).toBeLessThan(2e-5);
      }
    });
  }

  it("set by the model's own optimizer reaches deferred tables too", async () => {
    const by = (set: (rate: number, context: { setLearningRate(rate: number): void }) => void): Callback => ({
      everySteps: 20,
      onEpochBegin: (epoch, context) => set(epoch === 1 ? 0.02 : 0.002, context),
      onStepEnd: ({ step }, context) => set(step < 80 ? 0.005 : 0.0001, context),
    });
    const own = by((rate) => models.at(-1)!.optimizer!.setLearningRate(rate));
    const told = await fitted('auto', [by((rate, context) => context.setLearningRate(rate))]);
    const eager = await fitted('off', [own]);
    const graph = await fitted('auto', [own]);
    const assigned = by((rate) => {
      models.at(-1)!.optimizer!.learningRate = rate;
    });
    expect((await fitted('auto', [assigned])).weights).toEqual(graph.weights);
    expect(graph.runtime).toMatch(/^graph, /);
    expect(graph.weights).toEqual(told.weights);
    expect(maxDifference(graph.weights, eager.weights)).toBeLessThan(2e-5);
    const constant = await fitted('auto', []);
    expect(maxDifference(graph.weights, constant.weights)).toBeGreaterThan(1e-3);
  });

  it.each([Number.NaN, 0, -1, Number.POSITIVE_INFINITY, '0.1', undefined])(
    'that is %s is refused where it is set, and the training keeps its weights',
    async (rate) => {
      const setting: Callback = { onEpochBegin: () => models.at(-1)!.optimizer!.setLearningRate(rate as never) };
      await expect(fitted('auto', [setting])).rejects.toThrow(/learningRate must be a positive number/);
      expect(flatWeights(models.at(-1)!).every(Number.isFinite)).toBe(true);
    },
  );

  it('changes without tracing again, without loading another graph, and without moving the weights', () =>
    counted(async (count) => {
      // What other tests trained alike is not at hand: this training loads its own graph.
      endIdleSessions();
      // Weights that are brought back are assigned.
      const assigned = vi.spyOn(tf.Variable.prototype, 'assign');
      const seen: { ops: number; graphs: number; assigned: number }[] = [];
      await fitted(
        'auto',
        [
          {
            ...schedule(),
            onStepEnd: ({ step }, context) => {
              // The graph exists from the first step on; the first two steps are computed op by op as well, and compared.
              seen.push({ ...count, assigned: assigned.mock.calls.length });
              context.setLearningRate(rateAt(step));
            },
          },
        ],
        { epochs: 1 },
      );
      const after = assigned.mock.calls.length;
      assigned.mockRestore();
      expect(seen.length).toBe(61);
      expect(seen[0].graphs).toBe(1);
      // The learning rate is a variable too.
      const steps = seen.length - 2;
      expect(seen.at(-1)).toEqual({ ops: seen[1].ops, graphs: 1, assigned: seen[1].assigned + steps });
      expect(after).toBeGreaterThan(seen.at(-1)!.assigned + 5);
    }));
});

describe('layers that are frozen', () => {
  it.each(['off', 'auto'] as const)(
    'or thawed while fit runs are an error in every mode, and the next fit heeds them: %s',
    async (graph) => {
      const frozen = () => models.at(-1)!.network.layers.find((layer) => layer.weights.length > 0)!;
      const freeze: Callback = {
        onEpochEnd: (log) => {
          if (log.epoch === 1) frozen().trainable = false;
        },
      };
      await expect(fitted(graph, [freeze])).rejects.toThrow(/^fit: layers were frozen or thawed before epoch 2/);
      const model = models.at(-1)!;
      const weights = () =>
        frozen()
          .getWeights()
          .flatMap((weight) => [...weight.dataSync()]);
      const before = weights();
      const options = { live: false, verbose: false, epochs: 1, batchSize: 64, graph };
      await model.fit(samples, options);
      expect(weights()).toEqual(before);
      const thaw: Callback = {
        onEpochBegin: () => {
          frozen().trainable = true;
        },
      };
      await expect(model.fit(samples, { ...options, callbacks: [thaw] })).rejects.toThrow(
        /frozen or thawed before epoch 1/,
      );
      await model.fit(samples, options);
      expect(weights()).not.toEqual(before);
      for (const layer of model.network.layers) layer.trainable = false;
      await expect(model.fit(samples, options)).rejects.toThrow(
        /^fit: there is nothing to train, as all layers are frozen/,
      );
    },
  );
});

describe('weights in callbacks', () => {
  it('are those of the step, read through the context, the model, or a prediction', async () => {
    const observe = (model: () => RecommenderModel, seen: number[]): Callback => ({
      everySteps: 7,
      async onStepEnd(_, context) {
        for (const weight of context.network.getWeights()) seen.push(...weight.dataSync());
        seen.push(...flatWeights(model()), ...(await model().predict(samples.slice(0, 5))));
      },
    });
    const run = async (graph: 'off' | 'auto' | 'xla') => {
      const model = wideDin();
      models.push(model);
      const seen: number[] = [];
      const callbacks = [observe(() => model, seen)];
      await model.fit(samples, { live: false, verbose: false, batchSize: 8, graph, callbacks });
      return seen;
    };
    const eager = await run('off');
    const size = flatWeights(models[0]).length;
    expect(maxDifference(eager.slice(0, size), eager.slice(-size - 5, -5))).toBeGreaterThan(1e-3);
    for (const graph of ['auto', 'xla'] as const) expect(maxDifference(await run(graph), eager)).toBeLessThan(2e-5);
  });

  it('are those of the step for whoever held network, layer, variable or another network since before', async () => {
    const run = async (graph: 'off' | 'auto' | 'xla') => {
      const model = wideDin();
      models.push(model);
      const { network } = model;
      const [table] = network.getWeights();
      const layer = network.layers.at(-1)!;
      const twin = tf.model({ inputs: network.inputs, outputs: network.outputs });
      const readers: Record<string, () => Float32Array | Int32Array | Uint8Array> = {
        variable: () => table.dataSync(),
        sum: () => tf.tidy(() => tf.sum(table).dataSync()),
        layer: () => layer.getWeights()[0].dataSync(),
        network: () => network.getWeights().at(-1)!.dataSync(),
        twin: () => twin.getWeights().at(-2)!.dataSync(),
      };
      const seen: number[] = [];
      // One reader a call: each finds the weights behind the session's.
      const callbacks: Callback[] = Object.values(readers).map((read, i) => ({
        everySteps: 5 + 2 * i,
        onStepEnd: () => void seen.push(...read()),
      }));
      await model.fit(samples, { live: false, verbose: false, batchSize: 8, epochs: 1, graph, callbacks });
      return seen;
    };
    const eager = await run('off');
    for (const graph of ['auto', 'xla'] as const) expect(maxDifference(await run(graph), eager)).toBeLessThan(2e-5);
  });

  it('clipped by hand in a network that the callback holds go on being trained', async () => {
    const run = async (graph: 'off' | 'auto') => {
      const model = wideDin();
      models.push(model);
      const { network } = model;
      const clip = () =>
        tf.tidy(() => network.setWeights(network.getWeights().map((weight) => tf.clipByValue(weight, -0.5, 0.5))));
      const callbacks: Callback[] = [{ everySteps: 1, onStepEnd: clip }];
      await model.fit(samples, { live: false, verbose: false, batchSize: 8, epochs: 1, graph, callbacks });
      return { loss: model.history!.training.loss as number[], weights: flatWeights(model) };
    };
    const [eager, graph] = [await run('off'), await run('auto')];
    expect(maxDifference(graph.loss, eager.loss)).toBeLessThan(1e-5);
    expect(maxDifference(graph.weights, eager.weights)).toBeLessThan(2e-5);
  });

  it('are those of the step for what runs beside the training', async () => {
    const model = wideDin();
    models.push(model);
    const [table] = model.network.getWeights();
    const seen: Float32Array[] = [];
    const timer = setInterval(() => seen.push(Float32Array.from(table.dataSync())), 1);
    await model.fit(samples, { live: false, verbose: false, batchSize: 8, epochs: 20, graph: 'auto' });
    clearInterval(timer);
    const moved = seen.slice(1).filter((values, i) => maxDifference(values, seen[i]) > 0).length;
    expect(moved).toBeGreaterThan(2);
  });

  it.each([
    ['auto', 'a constant rate', 0.01],
    ['auto', 'a schedule', cosine({ from: 0.02, steps: 100 })],
    ['xla', 'a constant rate', 0.01],
  ] as const)(
    'may be read at any time without changing the training by a bit: %s, %s',
    async (graph, _, learningRate) => {
      const undisturbed = await fitted(graph, [], { optimizer: adam({ learningRate }) });
      const read = await fitted(
        graph,
        [
          {
            everySteps: 3,
            onEpochBegin: (_, { network }) => void network.getWeights()[0].dataSync(),
            onStepEnd: (_, { network }) => void network.getWeights()[0].dataSync(),
            onEpochEnd: (_, { network }) => void network.getWeights()[0].dataSync(),
          },
        ],
        { optimizer: adam({ learningRate }) },
      );
      expect(read.loss).toEqual(undisturbed.loss);
      expect(read.weights).toEqual(undisturbed.weights);
    },
  );

  it('may be changed at any time', async () => {
    const halve: Callback = {
      everySteps: 11,
      onStepEnd: (_, { network }) =>
        tf.tidy(() => network.setWeights(network.getWeights().map((weight) => tf.mul(weight, 0.5)))),
    };
    const eager = await fitted('off', [halve]);
    for (const graph of ['auto', 'xla'] as const) {
      const run = await fitted(graph, [halve]);
      expect(maxDifference(run.loss, eager.loss)).toBeLessThan(1e-5);
      expect(maxDifference(run.weights, eager.weights)).toBeLessThan(2e-5);
    }
  });

  it('that a callback changes behind the context`s back are not lost', async () => {
    const run = async (graph: 'off' | 'auto') => {
      const model = wideDin();
      models.push(model);
      const { network } = model;
      // The bias of the logit: kept out of the context's sight.
      const bias = (network.layers.at(-1)!.weights[1] as unknown as { val: tf.Variable }).val;
      const callbacks: Callback[] = [{ everySteps: 20, onStepEnd: () => tf.tidy(() => bias.assign(tf.tensor1d([3]))) }];
      await model.fit(samples, { live: false, verbose: false, batchSize: 8, graph, callbacks });
      return { bias: bias.dataSync()[0], loss: model.history!.training.loss as number[] };
    };
    const [eager, graph] = [await run('off'), await run('auto')];
    expect(eager.bias).toBeGreaterThan(2.5);
    expect(graph.bias).toBeCloseTo(eager.bias, 4);
    expect(maxDifference(graph.loss, eager.loss)).toBeLessThan(1e-5);
  });
});

describe('everySteps', () => {
  it('calls onStepEnd after exactly each multiple of so many steps, in every mode', async () => {
    for (const graph of ['off', 'auto', 'xla'] as const) {
      const [sevens, nines]: number[][] = [[], []];
      await fitted(graph, [
        { everySteps: 7, onStepEnd: ({ step }) => void sevens.push(step) },
        { everySteps: 9, onStepEnd: ({ step }) => void nines.push(step) },
      ]);
      const multiples = (of: number) => Array.from({ length: Math.floor(122 / of) }, (_, i) => (i + 1) * of);
      expect([sevens, nines]).toEqual([multiples(7), multiples(9)]);
    }
  });
});
