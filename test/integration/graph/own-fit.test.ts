import * as tf from '@tensorflow/tfjs';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { setInterruptCheck } from '../../../src/din/interrupt';
import { earlyStopping } from '../../../src/din/training/callbacks';
import type { TrainingContext } from '../../../src/din/training/callbacks/callback';
import * as graph from '../../../src/din/training/network/index';
import { adam, sgd } from '../../../src/din/training/optimizers';
import { nativeTensorFlow, wasmTensorFlow } from '../tensorflow';
import { maxDifference, weightsOf } from './networks';
import { paddedIds, paddedVectors, ROWS, tasks } from './own-networks';

const quiet = { live: false, verbose: false, batchSize: 16 } as const;

beforeAll(async () => {
  nativeTensorFlow();
  await wasmTensorFlow();
  await tf.setBackend('tensorflow');
});
afterEach(async () => {
  setInterruptCheck(() => false);
  vi.restoreAllMocks();
  await tf.setBackend('tensorflow');
});

const { 'an MLP': mlp, 'two outputs': pair, 'a convnet': convnet } = tasks;
const values = async (tensor: tf.Tensor | tf.Tensor[]) => (tensor as tf.Tensor).dataSync() as Float32Array;

describe('din.graph.fit', () => {
  it('trains, reports metrics, validates, evaluates and predicts, the same in each run', async () => {
    const run = async () => {
      const network = mlp.network();
      const history = await graph.fit(network, mlp.inputs, mlp.labels, {
        ...quiet,
        loss: 'sigmoidCrossEntropy',
        epochs: 3,
        validation: 0.2,
        optimizer: adam({ learningRate: 0.01 }),
      });
      const score = await graph.evaluate(network, mlp.inputs, mlp.labels);
      // Misspelt or out of place, an option is told, not ignored.
      for (const ask of [
        graph.predict,
        (...[of, inputs, options]: Parameters<typeof graph.predict>) => graph.evaluate(of, inputs, mlp.labels, options),
      ]) {
        await expect(ask(network, mlp.inputs, { batchSize: 8 } as never)).rejects.toThrow(
          /there is no setting 'batchSize'/,
        );
      }
      const logits = await values(await graph.predict(network, mlp.inputs));
      return { history, score, logits, weights: weightsOf(network) };
    };
    const { history, score, logits, weights } = await run();
    expect(history.output.runtime).toMatch(/^graph, \d+ steps? a call, native TensorFlow/);
    expect(Object.keys(history.training)).toEqual(['loss', 'accuracy', 'auc', 'aucPr']);
    expect(Object.keys(history.validation)).toEqual(['loss', 'accuracy', 'auc', 'aucPr']);
    expect(history.training.loss[2]).toBeLessThan(history.training.loss[0]!);
    const labels = mlp.labels as Float32Array;
    const right = labels.filter((label, i) => logits[i] > 0 === label > 0.5).length;
    expect(score.accuracy).toBeCloseTo(right / ROWS, 6);
    const loss = labels.reduce((sum, z, i) => sum + Math.log1p(Math.exp(z > 0.5 ? -logits[i] : logits[i])), 0) / ROWS;
    expect(score.loss).toBeCloseTo(loss, 5);
    expect((await run()).weights).toEqual(weights);
  });

  it('names the metrics of several outputs, and weighs their losses', async () => {
    const labels = pair.labels as Float32Array[];
    const weighted = async (lossWeights: Record<string, number>) => {
      const network = pair.network();
      const history = await graph.fit(
        network,
        pair.inputs,
        { click: labels[0], rating: labels[1] },
        {
          ...quiet,
          loss: { click: 'sigmoidCrossEntropy', rating: 'meanSquaredError' },
          lossWeights,
          metrics: { click: ['auc'], rating: ['meanAbsoluteError'] },
          optimizer: sgd({ learningRate: 1e-6 }),
        },
      );
      return history.training;
    };
    const both = await weighted({});
    expect(Object.keys(both)).toEqual(['loss', 'click_auc', 'rating_meanAbsoluteError']);
    const [click, rating] = [await weighted({ rating: 0 }), await weighted({ click: 0 })];
    expect(both.loss[0]).toBeCloseTo(click.loss[0]! + rating.loss[0]!, 4);
    expect((await weighted({ rating: 0.5 })).loss[0]).toBeCloseTo(click.loss[0]! + rating.loss[0]! / 2, 4);
  });

  it('takes over what TensorFlow.js compiled a network with: the same steps as its own fit', async () => {
    const [inputs, labels] = [
      tf.tensor(convnet.inputs as Float32Array, [ROWS, 8, 8, 1]),
      tf.tensor(convnet.labels as Float32Array, [ROWS, 1]),
    ];
    const make = () => {
      const network = convnet.network();
      network.compile({ optimizer: tf.train.adam(0.01), loss: 'sparseCategoricalCrossentropy' });
      return network;
    };
    const [stock, ours] = [make(), make()];
    await stock.fit(inputs, labels, { batchSize: 16, epochs: 2, shuffle: false, verbose: 0 });
    const history = await graph.fit(ours, inputs, labels, { ...quiet, epochs: 2, shuffle: false });
    expect(history.output.runtime).toMatch(/^graph/);
    expect(Object.keys(history.training)).toEqual(['loss', 'accuracy']);
    weightsOf(ours).forEach((weight, i) => {
      expect(maxDifference(weight, weightsOf(stock)[i])).toBeLessThan(2e-4);
    });
    const odd = make();
    odd.compile({ optimizer: tf.train.adamax(0.01), loss: 'sparseCategoricalCrossentropy' });
    await expect(graph.fit(odd, inputs, labels, quiet)).rejects.toThrow(
      /Adamax has no equivalent here\. Give fit an optimizer/,
    );
  });

  it.each([
    ['sgd', () => tf.train.sgd(0.05)],
    ['momentum', () => tf.train.momentum(0.05, 0.9)],
    ['adagrad', () => tf.train.adagrad(0.05)],
    ['adam', () => tf.train.adam(0.05)],
    ['rmsprop', () => tf.train.rmsprop(0.05)],
  ] as const)("follows the learning rate of TensorFlow.js' own %s, given or compiled in", async (_, make) => {
    const fit = async (how: 'given' | 'compiled' | 'told', mode: 'auto' | 'off', everySteps?: number) => {
      const network = mlp.network();
      const optimizer = make();
      if (how === 'compiled') network.compile({ optimizer, loss: 'meanSquaredError' });
      let rate = 0.05;
      const slower = (context: TrainingContext) => {
        rate /= 4;
        if (how === 'told') context.setLearningRate(rate);
        else Object.assign(optimizer, { learningRate: rate });
      };
      await graph.fit(network, mlp.inputs, mlp.labels, {
        ...quiet,
        epochs: 3,
        graph: mode,
        loss: 'sigmoidCrossEntropy',
        ...(how === 'compiled' ? {} : { optimizer }),
        callbacks: [
          everySteps ? { everySteps, onStepEnd: (__, c) => slower(c) } : { onEpochEnd: (__, c) => slower(c) },
        ],
      });
      return weightsOf(network);
    };
    for (const everySteps of [undefined, 3]) {
      const told = await fit('told', 'off', everySteps);
      expect(await fit('given', 'off', everySteps)).toEqual(told);
      expect(await fit('compiled', 'off', everySteps)).toEqual(told);
      (await fit('given', 'auto', everySteps)).forEach((weight, i) => {
        expect(maxDifference(weight, told[i])).toBeLessThan(1e-5);
      });
    }
  });

  it('goes on where the last fit ended, and frees what it kept', async () => {
    const options = { ...quiet, loss: 'sigmoidCrossEntropy', graph: 'off', optimizer: adam() } as const;
    const [once, twice] = [mlp.network(), mlp.network()];
    await graph.fit(once, mlp.inputs, mlp.labels, { ...options, epochs: 2 });
    await graph.fit(twice, mlp.inputs, mlp.labels, { ...options, epochs: 1 });
    await graph.fit(twice, mlp.inputs, mlp.labels, { ...options, epochs: 1, optimizer: undefined });
    expect(weightsOf(twice)).toEqual(weightsOf(once));
    const network = mlp.network();
    const before = tf.memory().numTensors;
    await graph.fit(network, mlp.inputs, mlp.labels, { ...options, graph: 'auto' });
    tf.dispose(await graph.predict(network, mlp.inputs));
    graph.release(network);
    // Not more: fewer it may be, when what other networks kept is collected in the meantime.
    expect(tf.memory().numTensors).toBeLessThanOrEqual(before);
  });

  it('stops when interrupted and when a callback says so', async () => {
    const options = { ...quiet, loss: 'sigmoidCrossEntropy' } as const;
    const network = mlp.network();
    const stop = earlyStopping({ monitor: 'training.loss', minDelta: 10, patience: 1 });
    expect(
      (await graph.fit(network, mlp.inputs, mlp.labels, { ...options, epochs: 9, callbacks: [stop] })).epochs,
    ).toBe(2);
    setInterruptCheck(() => true);
    await expect(graph.fit(network, mlp.inputs, mlp.labels, { ...options, epochs: 9 })).rejects.toThrow(/Interrupted/);
  });

  it('falls back where no graph can be made, says why once, and goes on with the right numbers', async () => {
    const log = vi.spyOn(console, 'log').mockImplementation(() => {});
    class Reads extends tf.layers.Layer {
      static className = 'TestReads';
      override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
        const x = Array.isArray(inputs) ? inputs[0] : inputs;
        const peak = tf.max(tf.abs(x)).dataSync()[0];
        return tf.div(x, Math.max(peak, 1));
      }
    }
    const make = () => {
      const network = tf.sequential({
        layers: [new Reads({ inputShape: [8] }), tf.layers.dense({ units: 1, kernelInitializer: 'zeros' })],
      });
      return network;
    };
    const options = { ...quiet, loss: 'sigmoidCrossEntropy', epochs: 2 } as const;
    const [fallen, eager] = [make(), make()];
    const history = await graph.fit(fallen, mlp.inputs, mlp.labels, { ...options, verbose: true });
    await graph.fit(eager, mlp.inputs, mlp.labels, { ...options, graph: 'off' });
    expect(weightsOf(fallen)).toEqual(weightsOf(eager));
    expect(history.output.runtime).toMatch(/^eager, native/);
    const said = log.mock.calls.flat().filter((line) => /because/.test(String(line)));
    expect(said).toEqual([
      'Training runs op by op (eager), because the step reads the values of Max (dataSync, arraySync, data or print).',
    ]);
  });

  it('names bad data and settings', async () => {
    const attempt = (inputs: graph.ValuesByName, labels: graph.ValuesByName, options: object = {}) =>
      graph.fit(pair.network(), inputs, labels, {
        ...quiet,
        loss: ['sigmoidCrossEntropy', 'meanSquaredError'],
        ...options,
      });
    const { inputs, labels } = pair;
    await expect(attempt(new Float32Array(9), labels)).rejects.toThrow(/has 9 values, which is no multiple of \[8\]/);
    await expect(attempt(tf.ones([5, 7]), labels)).rejects.toThrow(/has the shape \[5,7\]; it takes \[rows, 8\]/);
    await expect(attempt(inputs, (labels as Float32Array[]).slice(0, 1))).rejects.toThrow(
      /has 2 labels \(click, rating\), 1 were given/,
    );
    await expect(attempt(inputs, { clik: [1], rating: [1] })).rejects.toThrow(/no label 'clik'.*click/);
    await expect(attempt(inputs, [new Float32Array(2), new Float32Array(6)])).rejects.toThrow(/must agree/);
    await expect(attempt(inputs, labels, { loss: 'crossEntropy' })).rejects.toThrow(/no loss 'crossEntropy'/);
    await expect(attempt(inputs, labels, { epoch: 3 })).rejects.toThrow(/no setting 'epoch'/);
    await expect(attempt(inputs, labels, { metrics: ['auc'] })).rejects.toThrow(
      /'auc' makes no sense of the output 'rating'/,
    );
    await expect(graph.fit(pair.network(), inputs, labels, quiet)).rejects.toThrow(/fit needs a loss/);
    const { network, labels: binary } = tasks['a GRU over masked ids'];
    const ids = paddedIds(4, 50);
    ids[6 * 40 + 2] = 50;
    for (const mode of ['auto', 'off'] as const) {
      await expect(
        graph.fit(network(), ids, binary, { ...quiet, loss: 'binaryCrossentropy', graph: mode }),
      ).rejects.toThrow(/\[2\]', row 41: id 50 is not in \[0, 50\)/);
    }
  });

  it('takes no labels that the loss has no meaning for, no network that is none', async () => {
    const make = (units: number) => tf.sequential({ layers: [tf.layers.dense({ units, inputShape: [2] })] });
    const x = new Float32Array(8);
    const attempt = (
      units: number,
      labels: number[],
      loss: 'sigmoidCrossEntropy' | 'sparseSoftmaxCrossEntropy' | 'softmaxCrossEntropy',
    ) => graph.fit(make(units), x, labels, { ...quiet, loss });
    for (const [units, labels, loss, message] of [
      [
        3,
        [0, 1, 3, 2],
        'sparseSoftmaxCrossEntropy',
        /label 'dense\w*', row 3: it is 3, .* numbers of classes, from 0 to 2\./,
      ],
      [3, [0, 1.5, 1, 2], 'sparseSoftmaxCrossEntropy', /row 2: it is 1\.5/],
      [1, [0, 1, 1, -3], 'sigmoidCrossEntropy', /row 4: it is -3, but of this loss labels are 0 or 1, or between/],
      [2, [0, 1, 1, 0, 2, 0, 0, 1], 'softmaxCrossEntropy', /row 3: it is 2, .*for each class/],
      [3, [0, Number.NaN, 1, 2], 'sparseSoftmaxCrossEntropy', /row 2: it is NaN/],
    ] as const)
      await expect(attempt(units, [...labels], loss)).rejects.toThrow(message);
    const network = make(1);
    await expect(graph.evaluate(network, x, [0, 1, 2, 0], { loss: 'sigmoidCrossEntropy' })).rejects.toThrow(
      /row 3: it is 2/,
    );
    const validation = { inputs: x, labels: [0, 1, 0, 7] };
    const fit = (more: object) =>
      graph.fit(network, x, [0, 1, 0, 0.5], { ...quiet, loss: 'sigmoidCrossEntropy', ...more });
    await expect(fit({ validation })).rejects.toThrow(/row 4: it is 7/);
    await expect(fit({ validation: { inputs: x } })).rejects.toThrow(/The labels \(dense\w*\) are missing/);
    await expect(graph.fit({} as tf.LayersModel, x, [0, 1, 0, 1], quiet)).rejects.toThrow(
      /The first argument is a network/,
    );
    await fit({});
  });

  it('names the value that is no number where the loss becomes none', async () => {
    const holed = (values: Float32Array, at: number, value: number) => values.map((v, i) => (i === at ? value : v));
    const [inputs, labels] = [mlp.inputs, mlp.labels] as Float32Array[];
    const attempt = (x: Float32Array, y: Float32Array, mode: 'auto' | 'off') =>
      graph.fit(mlp.network(), x, y, { ...quiet, loss: 'meanSquaredError', graph: mode });
    for (const mode of ['auto', 'off'] as const) {
      const input = attempt(holed(inputs!, 8 * 40 + 2, Number.NaN), labels!, mode);
      await expect(input).rejects.toThrow(/no longer a number .*column '.*', row 41 holds NaN: replace such values/);
      const label = attempt(inputs!, holed(labels!, 6, Number.POSITIVE_INFINITY), mode);
      await expect(label).rejects.toThrow(/no longer a number .*the label of row 7 is Infinity: replace/);
    }
  });

  it('names an output that a network has twice, of which TensorFlow.js computes one', async () => {
    const x = tf.input({ shape: [2] });
    const score = tf.layers.dense({ units: 1, name: 'score' }).apply(x) as tf.SymbolicTensor;
    const values = [0, 1, 2, 3];
    const labels = [
      [1, 0],
      [1, 0],
    ];
    const doubled = tf.model({ inputs: x, outputs: [score, score] });
    const said = /outputs 1 and 2 are one tensor \('score'\)/;
    await expect(graph.fit(doubled, values, labels, { ...quiet, loss: 'meanSquaredError' })).rejects.toThrow(said);
    await expect(graph.predict(doubled, values)).rejects.toThrow(said);
    await expect(graph.evaluate(doubled, values, labels, { loss: 'meanSquaredError' })).rejects.toThrow(said);
    const copy = tf.layers.activation({ activation: 'linear' }).apply(score) as tf.SymbolicTensor;
    const copied = tf.model({ inputs: x, outputs: [score, copy] });
    await graph.fit(copied, values, labels, { ...quiet, loss: 'meanSquaredError' });
  });
});

it('says that an input cannot be called as what every object has', async () => {
  const x = tf.input({ shape: [2], name: 'constructor' });
  const network = tf.model({ inputs: x, outputs: tf.layers.dense({ units: 1 }).apply(x) as tf.SymbolicTensor });
  const said = /an input called 'constructor', a name that every JavaScript object has.*Give it another name/;
  await expect(graph.fit(network, [0, 1], [1], { ...quiet, loss: 'meanSquaredError' })).rejects.toThrow(said);
  await expect(graph.predict(network, [0, 1])).rejects.toThrow(said);
});

it('says that a metric cannot be called as what an evaluation has beside it, which fit has not', async () => {
  const x = tf.input({ shape: [2] });
  const network = tf.model({ inputs: x, outputs: tf.layers.dense({ units: 1 }).apply(x) as tf.SymbolicTensor });
  const metrics = [{ name: 'rows', create: () => ({ add() {}, value: () => 5, reset() {} }) }];
  const { training } = await graph.fit(network, [0, 1], [1], { ...quiet, loss: 'meanSquaredError', metrics });
  expect(training.rows!.at(-1)).toBe(5);
  await expect(graph.evaluate(network, [0, 1], [1], { metrics })).rejects.toThrow(/cannot be called 'rows'/);
});

describe('ids of lookups that the library does not know', () => {
  class Rows extends tf.layers.Layer {
    static className = 'TestRows';
    constructor(private readonly shift: number) {
      super({});
    }
    override build(): void {
      this.addWeight('table', [30, 4], 'float32', tf.initializers.randomUniform({ minval: -1, maxval: 1, seed: 3 }));
      this.built = true;
    }
    override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
      const ids = tf.cast(Array.isArray(inputs) ? inputs[0] : inputs, 'int32');
      return tf.gather(this.weights[0].read(), this.shift ? tf.add(ids, tf.scalar(this.shift, 'int32')) : ids);
    }
    override computeOutputShape(shape: tf.Shape): tf.Shape {
      return [...shape, 4];
    }
  }
  const make = (shift: number) => {
    const ids = tf.input({ shape: [2], dtype: 'int32', name: 'ids' });
    const rows = new Rows(shift).apply(ids) as tf.SymbolicTensor;
    const flat = tf.layers.flatten().apply(rows) as tf.SymbolicTensor;
    const logit = tf.layers.dense({ units: 1, kernelInitializer: 'ones' }).apply(flat) as tf.SymbolicTensor;
    return tf.model({ inputs: ids, outputs: logit });
  };
  const ids = Int32Array.from({ length: 80 }, (_, i) => i % 30);
  const labels = Float32Array.from({ length: 40 }, (_, i) => i % 2);
  const options = { ...quiet, loss: 'sigmoidCrossEntropy', graph: 'xla' } as const;

  it('are checked against the table that the step reads', async () => {
    await graph.fit(make(0), ids, labels, options);
    await expect(graph.fit(make(0), ids.with(31, 30), labels, options)).rejects.toThrow(
      /'ids', row 16: id 30 is not in \[0, 30\)/,
    );
  });

  it('run without XLA, which would not notice, where the step computes them', async () => {
    const safe = ids.map((id) => id % 29);
    const history = await graph.fit(make(1), safe, labels, options);
    expect(history.output.runtime).toContain('graph (no XLA, as the step computes ids of a lookup)');
    await expect(graph.fit(make(1), ids, labels, options)).rejects.toThrow(/30 is not in \[0, 30\)/);
  });
});

describe('sequences with padding', () => {
  it.each([
    ['LSTM', 'an LSTM over a masked sequence'],
    ['GRU', 'a GRU over a masked sequence'],
  ])('%s: padding at the end changes nothing', async (_, name) => {
    const network = tasks[name].network();
    const all = paddedVectors(3);
    for (const row of [0, 1, 2, 3, 4, 5]) {
      const padded = all.slice(row * 18, (row + 1) * 18);
      const used = Math.max(1, Math.ceil((padded.findLastIndex((value) => value !== 0) + 1) / 3));
      const short = tf.tensor(padded.slice(0, used * 3), [1, used, 3]);
      const rnn = network.layers[1].apply(short) as tf.Tensor;
      const alone = (network.layers[2].apply(rnn) as tf.Tensor).dataSync()[0];
      const whole = (await values(await graph.predict(network, padded)))[0];
      if (padded.some((value) => value !== 0)) expect(whole).toBeCloseTo(alone, 6);
    }
  });
});

describe('WebAssembly', () => {
  it.each(['an MLP', 'a convnet', 'two outputs', 'a GRU over masked ids', 'batch normalization'])(
    'trains %s to the losses of native TensorFlow',
    async (name) => {
      const task = tasks[name];
      const run = async (backend: string) => {
        await tf.setBackend(backend);
        const network = task.network();
        const options = {
          ...quiet,
          loss: task.loss as graph.LossName,
          epochs: 1,
          optimizer: sgd({ learningRate: 0.05 }),
        };
        const { training, output } = await graph.fit(network, task.inputs, task.labels, options);
        const { loss } = await graph.evaluate(network, task.inputs, task.labels);
        tf.dispose(await graph.predict(network, task.inputs));
        return { numbers: [training.loss[0]!, loss], runtime: output.runtime };
      };
      const native = await run('tensorflow');
      const wasm = await run('wasm');
      expect(wasm.runtime).toBe('eager, WebAssembly');
      expect(native.runtime).toMatch(/^graph/);
      expect(maxDifference(wasm.numbers, native.numbers)).toBeLessThan(1e-4);
    },
  );
});
