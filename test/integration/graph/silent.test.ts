import * as tf from '@tensorflow/tfjs';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { randomStream } from '../../../src/base/random';
import type { Callback } from '../../../src/din/training/callbacks/callback';
import * as graph from '../../../src/din/training/network/index';
import { adagrad, adam, sgd } from '../../../src/din/training/optimizers';
import { nativeTensorFlow } from '../tensorflow';
import { maxDifference, weightsOf } from './networks';

/** What a graph, or the door to it, must not get wrong without a word. */

const ROWS = 200;
/** A dropout that drops nothing in these tests: both ways of drawing masks give the same. */
const RARELY = 1e-6;
const quiet = { live: false, verbose: true, batchSize: 16, epochs: 2, shuffle: false } as const;

beforeAll(() => {
  nativeTensorFlow();
});
afterEach(() => {
  vi.restoreAllMocks();
});

const numbers = (seed: number, count: number) => {
  const random = randomStream(seed);
  return Float32Array.from({ length: count }, () => random() * 2 - 1);
};
const ids = (seed: number, count: number, limit: number) => {
  const random = randomStream(seed);
  return Int32Array.from({ length: count }, () => Math.floor(random() * limit));
};
const labels = ids(99, ROWS, 2);
const flat = (network: tf.LayersModel) => weightsOf(network).flatMap((values) => [...values]);
const said = () => vi.mocked(console.log).mock.calls.map(([line]) => String(line));

/** A layer of one's own, whose outputs have its inputs' shape. */
abstract class OwnLayer extends tf.layers.Layer {
  override getClassName() {
    return (this.constructor as typeof OwnLayer & { className: string }).className;
  }
  override computeOutputShape(shape: tf.Shape) {
    return shape;
  }
}

const shared = {
  'an embedding for two inputs': () => {
    const [a, b] = [tf.input({ shape: [3], dtype: 'int32' }), tf.input({ shape: [3], dtype: 'int32' })];
    const table = tf.layers.embedding({
      inputDim: 20,
      outputDim: 4,
      embeddingsInitializer: tf.initializers.randomUniform({ seed: 3 }),
    });
    const flat = [a, b].map((input) => tf.layers.flatten().apply(table.apply(input)) as tf.SymbolicTensor);
    const joined = tf.layers.concatenate().apply(flat);
    const logit = tf.layers
      .dense({ units: 1, kernelInitializer: tf.initializers.glorotUniform({ seed: 5 }) })
      .apply(joined);
    return {
      network: tf.model({ inputs: [a, b], outputs: logit as tf.SymbolicTensor }),
      inputs: [ids(1, ROWS * 3, 20), ids(2, ROWS * 3, 20)],
    };
  },
  'a siamese network': () => {
    const [a, b] = [tf.input({ shape: [5] }), tf.input({ shape: [5] })];
    const tower = tf.sequential({
      layers: [
        tf.layers.dense({
          units: 6,
          activation: 'tanh',
          inputShape: [5],
          kernelInitializer: tf.initializers.glorotUniform({ seed: 1 }),
        }),
        tf.layers.dense({ units: 3, kernelInitializer: tf.initializers.glorotUniform({ seed: 2 }) }),
      ],
    });
    const score = tf.layers.dot({ axes: 1 }).apply([tower.apply(a), tower.apply(b)] as tf.SymbolicTensor[]);
    return {
      network: tf.model({ inputs: [a, b], outputs: score as tf.SymbolicTensor }),
      inputs: [numbers(3, ROWS * 5), numbers(4, ROWS * 5)],
    };
  },
  'two towers with a shared projection': () => {
    const [user, item] = [tf.input({ shape: [1], dtype: 'int32' }), tf.input({ shape: [1], dtype: 'int32' })];
    const project = tf.layers.dense({ units: 4, kernelInitializer: tf.initializers.glorotUniform({ seed: 8 }) });
    const tower = (input: tf.SymbolicTensor, rows: number, seed: number) => {
      const table = tf.layers.embedding({
        inputDim: rows,
        outputDim: 4,
        embeddingsInitializer: tf.initializers.randomUniform({ seed }),
      });
      return project.apply(tf.layers.flatten().apply(table.apply(input))) as tf.SymbolicTensor;
    };
    const score = tf.layers.dot({ axes: 1 }).apply([tower(user, 30, 1), tower(item, 12, 2)]);
    return {
      network: tf.model({ inputs: [user, item], outputs: score as tf.SymbolicTensor }),
      inputs: [ids(5, ROWS, 30), ids(6, ROWS, 12)],
    };
  },
};

describe.each(Object.entries(shared))('a layer used twice: %s', (_, make) => {
  it.each(['auto', 'off'] as const)(
    "trains as TensorFlow.js' own fit does, scores and predicts (graph: '%s')",
    async (mode) => {
      vi.spyOn(console, 'log').mockImplementation(() => {});
      const { network, inputs } = make();
      await graph.fit(network, inputs, labels, {
        ...quiet,
        graph: mode,
        loss: 'sigmoidCrossEntropy',
        optimizer: sgd({ learningRate: 0.1 }),
      });
      const score = await graph.evaluate(network, inputs, labels);
      const predicted = (await graph.predict(network, inputs)) as tf.Tensor;

      const own = make();
      const loss = (z: tf.Tensor, x: tf.Tensor) => tf.losses.sigmoidCrossEntropy(z, x);
      own.network.compile({ optimizer: tf.train.sgd(0.1), loss });
      const tensors = own.inputs.map((values, i) =>
        tf.tensor(values, [ROWS, values.length / ROWS], own.network.inputs[i].dtype),
      );
      await own.network.fit(tensors, tf.tensor2d(labels, [ROWS, 1], 'float32'), {
        epochs: 2,
        batchSize: 16,
        shuffle: false,
        verbose: 0,
      });
      expect(maxDifference(flat(network), flat(own.network))).toBeLessThan(1e-5);
      const theirs = own.network.predict(tensors) as tf.Tensor;
      expect(maxDifference(predicted.dataSync() as Float32Array, theirs.dataSync() as Float32Array)).toBeLessThan(1e-5);
      expect(score.rows).toBe(ROWS);
    },
  );
});

it('tells the outputs of one layer apart, in metrics and in labels by name', async () => {
  const [a, b, c] = [0, 1, 2].map(() => tf.input({ shape: [2] })) as [tf.SymbolicTensor, ...tf.SymbolicTensor[]];
  const score = tf.layers.dense({ units: 1, name: 'score', kernelInitializer: 'ones' });
  const other = tf.layers.dense({ units: 1, name: 'score_1', kernelInitializer: 'ones' });
  const outputs = [score.apply(a), other.apply(b!), score.apply(c!)] as tf.SymbolicTensor[];
  const network = tf.model({ inputs: [a, b!, c!], outputs });
  const inputs = [numbers(1, ROWS * 2), numbers(2, ROWS * 2), numbers(3, ROWS * 2)];
  // Of the last output every label is wrong, of the others right.
  const signs = inputs.map((values, output) =>
    Float32Array.from({ length: ROWS }, (_, i) => Number(values[2 * i]! + values[2 * i + 1]! > 0 !== (output === 2))),
  );
  const named = { score: signs[0]!, score_1: signs[1]!, score_2: signs[2]! };
  const options = { loss: 'sigmoidCrossEntropy' } as const;
  for (const given of [signs, named]) {
    const { score_auc, score_1_auc, score_2_auc } = await graph.evaluate(network, inputs, given, options);
    expect([score_auc, score_1_auc, score_2_auc]).toEqual([1, 1, 0]);
  }
  const history = await graph.fit(network, inputs, named, {
    ...quiet,
    ...options,
    verbose: false,
    lossWeights: { score_2: 0 },
    metrics: { score: ['auc'], score_2: ['accuracy'] },
  });
  expect(Object.keys(history.training)).toEqual(['loss', 'score_auc', 'score_2_accuracy']);
  const { score: kept, ...missing } = named;
  await expect(graph.evaluate(network, inputs, { ...missing, scor: kept }, options)).rejects.toThrow(
    "There is no label 'scor'. Did you mean 'score'? Names: score, score_1, score_2.",
  );
  await expect(graph.evaluate(network, inputs, missing, options)).rejects.toThrow("The label 'score' is missing.");
  const empty = { ...named, score: undefined as never };
  await expect(graph.evaluate(network, inputs, empty, options)).rejects.toThrow("The label 'score' is missing.");
});

it('takes outputs that are called like what every object has', async () => {
  const x = tf.input({ shape: [2] });
  const outputs = ['constructor', 'toString'].map((name) => tf.layers.dense({ units: 1, name }).apply(x));
  const network = tf.model({ inputs: x, outputs: outputs as tf.SymbolicTensor[] });
  const history = await graph.fit(network, numbers(1, ROWS * 2), [labels, labels], {
    ...quiet,
    verbose: false,
    loss: 'sigmoidCrossEntropy',
    metrics: { constructor: ['auc'] } as never,
  });
  expect(Object.keys(history.training)).toEqual(['loss', 'constructor_auc']);
});

/** Multiplies by a number that JavaScript keeps. */
class Times extends tf.layers.Layer {
  static className = 'TestTimes';
  factor = 1;
  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return tf.mul(Array.isArray(inputs) ? inputs[0] : inputs, this.factor);
  }
}
tf.serialization.registerClass(Times);

describe('a graph for scoring', () => {
  const scores = async (network: tf.LayersModel, inputs: graph.ValuesByName) =>
    ((await graph.predict(network, inputs)) as tf.Tensor).dataSync() as Float32Array;

  it("follows a custom layer's field that changes", async () => {
    const times = new Times({});
    const input = tf.input({ shape: [1] });
    const network = tf.model({ inputs: input, outputs: times.apply(input) as tf.SymbolicTensor });
    const ones = new Float32Array(10_000).fill(2);
    expect((await scores(network, ones))[9_999]).toBe(2);
    times.factor = 10;
    expect(new Set(await scores(network, ones))).toEqual(new Set([20]));
    expect(new Set(await scores(network, ones.subarray(0, 100)))).toEqual(new Set([20]));
  });

  it('is one for each combination of shapes', async () => {
    const input = tf.input({ shape: [null, null], dtype: 'int32' } as never);
    const table = tf.layers.embedding({ inputDim: 50, outputDim: 3 });
    const pooled = tf.layers.globalAveragePooling2d({}).apply(table.apply(input)) as tf.SymbolicTensor;
    const network = tf.model({ inputs: input, outputs: pooled });
    for (const [rows, a, b] of [
      [9000, 4, 6],
      [9000, 6, 4],
      [9000, 3, 3],
      [8500, 4, 6],
    ]) {
      const values = tf.tensor(ids(a, rows * a * b, 50), [rows, a, b], 'int32');
      const theirs = network.predict(values, { batchSize: 512 }) as tf.Tensor;
      expect(maxDifference(await scores(network, values), theirs.dataSync() as Float32Array)).toBeLessThan(1e-6);
      tf.dispose([values, theirs]);
    }
  });

  it('says once why there is none', async () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
    class Peek extends Times {
      static override className = 'TestPeek';
      override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
        const x = Array.isArray(inputs) ? inputs[0] : inputs;
        return tf.mul(x, x.dataSync()[0] > 100 ? 0 : 1);
      }
    }
    tf.serialization.registerClass(Peek);
    const input = tf.input({ shape: [1] });
    const network = tf.model({ inputs: input, outputs: new Peek({}).apply(input) as tf.SymbolicTensor });
    await scores(network, new Float32Array(10_000));
    await scores(network, new Float32Array(10_000));
    expect(warn.mock.calls).toEqual([
      [expect.stringMatching(/^Scoring runs op by op \(eager\), because the step reads/)],
    ]);
  });
});

describe('what a graph would freeze', () => {
  it('a stateful layer trains op by op, and says so', async () => {
    vi.spyOn(console, 'log').mockImplementation(() => {});
    const make = () => {
      const initializer = (seed: number) => tf.initializers.glorotUniform({ seed });
      const gru = tf.layers.gru({
        units: 4,
        stateful: true,
        kernelInitializer: initializer(1),
        recurrentInitializer: initializer(2),
        batchInputShape: [20, 5, 2],
      });
      return tf.sequential({ layers: [gru, tf.layers.dense({ units: 1, kernelInitializer: initializer(3) })] });
    };
    const inputs = numbers(7, ROWS * 10);
    const options = {
      ...quiet,
      batchSize: 20,
      loss: 'sigmoidCrossEntropy',
      optimizer: sgd({ learningRate: 0.1 }),
    } as const;
    const run = async (mode: 'auto' | 'off') => {
      const network = make();
      await graph.fit(network, inputs, labels, { ...options, graph: mode });
      return weightsOf(network);
    };
    const [auto, off] = [await run('auto'), await run('off')];
    expect(said().filter((line) => /the layer 'gru\w*' is stateful/.test(line))).toHaveLength(1);
    expect(auto).toEqual(off);
  });

  it.each([
    ['now and then', 25],
    ['at each call', 1],
  ])('a number that a layer counts %s trains op by op, from where it stood, and says so', async (_, every) => {
    vi.spyOn(console, 'log').mockImplementation(() => {});
    class Anneal extends OwnLayer {
      static className = 'TestAnneal';
      n = 0;
      k = 1;
      override call(given: tf.Tensor | tf.Tensor[], kwargs: { training?: boolean }) {
        if (kwargs.training && ++this.n % every === 0) this.k *= every === 1 ? 1.01 : 1.2;
        return tf.mul(Array.isArray(given) ? given[0] : given, this.k);
      }
    }
    const inputs = numbers(7, ROWS * 3);
    const run = async (mode: 'auto' | 'off') => {
      const anneal = new Anneal({});
      const dense = tf.layers.dense({ units: 1, inputShape: [3], kernelInitializer: 'zeros' });
      const network = tf.sequential({ layers: [dense, anneal] });
      const optimizer = sgd({ learningRate: 0.02 });
      await graph.fit(network, inputs, labels, {
        ...quiet,
        epochs: 3,
        loss: 'meanSquaredError',
        optimizer,
        graph: mode,
      });
      return { weights: weightsOf(network), n: anneal.n };
    };
    const [auto, off] = [await run('auto'), await run('off')];
    expect(off.n).toBe(3 * Math.ceil(ROWS / 16));
    expect(auto).toEqual(off);
    expect(
      said().filter((line) =>
        /^Training runs op by op .*(?:anneal\w*\.[nk] changes when its layer is called|changes from step to step)/i.test(
          line,
        ),
      ),
    ).toHaveLength(1);
  });

  it('a number in a loss that a callback changes: training goes on op by op from the epoch that shows it', async () => {
    vi.spyOn(console, 'log').mockImplementation(() => {});
    const inputs = numbers(8, ROWS * 4);
    const run = async (mode: 'auto' | 'off') => {
      let weight = 1;
      const anneal: Callback = {
        onEpochBegin: (epoch) => {
          weight = epoch;
        },
      };
      const network = tf.sequential({
        layers: [
          tf.layers.dense({ units: 1, inputShape: [4], kernelInitializer: tf.initializers.glorotUniform({ seed: 4 }) }),
        ],
      });
      const history = await graph.fit(network, inputs, tf.tensor2d(labels, [ROWS, 1]), {
        ...quiet,
        epochs: 4,
        graph: mode,
        callbacks: [anneal],
        loss: (z, x) => tf.mul(tf.losses.sigmoidCrossEntropy(z, x), weight),
        optimizer: sgd({ learningRate: 0.05 }),
      });
      return { weights: flat(network), losses: history.training.loss, runtime: history.output.runtime };
    };
    const [auto, off] = [await run('auto'), await run('off')];
    expect(maxDifference(auto.weights, off.weights)).toBeLessThan(1e-6);
    expect(maxDifference(auto.losses as number[], off.losses as number[])).toBeLessThan(1e-5);
    expect(
      said().filter((line) => /a graph of the step computes something else: a layer or the loss/.test(line)),
    ).toHaveLength(1);
    expect(auto.runtime).toMatch(/^eager/);
  });

  it.each([
    ['the loss', (state: { weight: number }) => (epoch: number) => (state.weight = 1 / epoch)],
    [
      'the rate of a dropout layer',
      (_: unknown, network: tf.LayersModel) => (epoch: number) => {
        (network.layers[1] as unknown as { rate: number }).rate = epoch > 1 ? 0 : RARELY;
      },
    ],
  ] as const)('a network with dropout notices what a callback changes of %s', async (_, changes) => {
    vi.spyOn(console, 'log').mockImplementation(() => {});
    const run = async (mode: 'auto' | 'off') => {
      const state = { weight: 1 };
      const network = tf.sequential({
        layers: [
          tf.layers.dense({ units: 6, inputShape: [4], kernelInitializer: tf.initializers.glorotUniform({ seed: 4 }) }),
          tf.layers.dropout({ rate: RARELY }),
          tf.layers.dense({ units: 1, kernelInitializer: tf.initializers.glorotUniform({ seed: 5 }) }),
        ],
      });
      const history = await graph.fit(network, numbers(6, ROWS * 4), tf.tensor2d(labels, [ROWS, 1]), {
        ...quiet,
        epochs: 3,
        graph: mode,
        callbacks: [{ onEpochBegin: changes(state, network) }],
        loss: (z, x) => tf.mul(tf.losses.sigmoidCrossEntropy(z, x), state.weight),
        optimizer: sgd({ learningRate: 0.05 }),
      });
      return { weights: flat(network), runtime: history.output.runtime };
    };
    const [auto, off] = [await run('auto'), await run('off')];
    expect(maxDifference(auto.weights, off.weights)).toBeLessThan(1e-6);
    expect(auto.runtime).toMatch(/^eager/);
    expect(said().filter((line) => /the loss has changed since/.test(line))).toHaveLength(1);
  });

  it('a network with dropout stays a graph under callbacks that change nothing', async () => {
    vi.spyOn(console, 'log').mockImplementation(() => {});
    const network = tf.sequential({
      layers: [
        tf.layers.dense({ units: 6, inputShape: [4], activation: 'relu' }),
        tf.layers.batchNormalization({}),
        tf.layers.dropout({ rate: 0.4 }),
        tf.layers.dense({ units: 1 }),
      ],
    });
    const history = await graph.fit(network, numbers(6, ROWS * 4), labels, {
      ...quiet,
      epochs: 4,
      callbacks: [{ onEpochEnd: () => {} }],
      loss: 'sigmoidCrossEntropy',
      optimizer: adam(),
    });
    expect(history.output.runtime).toMatch(/^graph/);
  });

  it('networks that keep nothing outside train as graphs, without a word', async () => {
    vi.spyOn(console, 'log').mockImplementation(() => {});
    const { network, inputs } = shared['a siamese network']();
    const history = await graph.fit(network, inputs, labels, {
      ...quiet,
      loss: 'sigmoidCrossEntropy',
      optimizer: adam(),
    });
    expect(history.output.runtime).toMatch(/^graph/);
    expect(said().filter((line) => /op by op/.test(line))).toEqual([]);
  });
});

describe('a network that was made for batches of one size', () => {
  const rows = 128;
  const make = () => {
    const network = tf.sequential({
      layers: [
        tf.layers.gru({ units: 3, stateful: true, batchInputShape: [32, 4, 2], recurrentInitializer: 'glorotUniform' }),
        tf.layers.dense({ units: 1 }),
      ],
    });
    return network;
  };
  const inputs = numbers(3, rows * 8);

  it('is trained, scored and evaluated in such, with the state that goes on from batch to batch', async () => {
    vi.spyOn(console, 'log').mockImplementation(() => {});
    const network = make();
    await graph.fit(network, inputs, labels.slice(0, rows), { ...quiet, batchSize: 32, loss: 'sigmoidCrossEntropy' });
    network.resetStates();
    const expected = (network.predict(tf.tensor(inputs, [rows, 4, 2]), { batchSize: 32 }) as tf.Tensor).dataSync();
    network.resetStates();
    const found = ((await graph.predict(network, inputs)) as tf.Tensor).dataSync();
    expect(maxDifference(found as Float32Array, expected as Float32Array)).toBeLessThan(1e-6);
    expect((await graph.evaluate(network, inputs, labels.slice(0, rows))).rows).toBe(rows);
  });

  it('says so where the rows do not fill them', async () => {
    const network = make();
    const options = { ...quiet, batchSize: 32, loss: 'sigmoidCrossEntropy' } as const;
    const few = inputs.subarray(0, 100 * 8);
    for (const [asked, words] of [
      [
        graph.fit(network, inputs, labels.slice(0, rows), { ...options, batchSize: 16 }),
        /fit:.* 128 rows in batches of 16/,
      ],
      [graph.fit(network, few, labels.slice(0, 100), options), /fit:.* 100 rows in batches of 32/],
      [graph.fit(network, inputs, labels.slice(0, rows), { ...options, validation: 0.1 }), /multiple of 32 rows/],
      [graph.predict(network, few), /predict: .*batches of 32 rows .*not for 100 rows: give a multiple of 32 rows\.$/],
      [graph.evaluate(network, few, labels.slice(0, 100), { loss: 'sigmoidCrossEntropy' }), /evaluate: .*100 rows/],
    ] as const)
      await expect(asked).rejects.toThrow(words);
  });
});

describe('a loss that diverges', () => {
  it('is told with the mean of the steps before it, whatever the length of a call', async () => {
    const inputs = new Float32Array(ROWS).fill(1);
    inputs[ROWS - 20] = Number.POSITIVE_INFINITY;
    const message = async (mode: 'auto' | 'off') => {
      const network = tf.sequential({
        layers: [tf.layers.dense({ units: 1, inputShape: [1], kernelInitializer: 'zeros' })],
      });
      const fit = graph.fit(network, inputs, new Float32Array(ROWS).fill(2), {
        ...quiet,
        verbose: false,
        graph: mode,
        loss: 'meanSquaredError',
        optimizer: sgd({ learningRate: 1e-9 }),
      });
      return fit.then(
        () => '',
        (error: Error) => error.message,
      );
    };
    for (const mode of ['auto', 'off'] as const) expect(await message(mode)).toMatch(/step 12 \(last mean 4\.000\)/);
  });
});

describe('a network whose weights are all in tables', () => {
  it.each([
    ['sgd', () => sgd({ learningRate: 0.1 })],
    ['adagrad', () => adagrad({ learningRate: 0.1 })],
    ['adam', () => adam({ learningRate: 0.1 })],
  ])('trains as op by op: %s', async (_name, optimizer) => {
    const train = async (mode: 'off' | 'auto') => {
      const network = tf.sequential({
        layers: [
          tf.layers.embedding({
            inputDim: 30,
            outputDim: 1,
            inputLength: 1,
            embeddingsInitializer: tf.initializers.randomUniform({ seed: 3 }),
          }),
          tf.layers.flatten(),
        ],
      });
      await graph.fit(network, tf.tensor2d(ids(4, ROWS, 30), [ROWS, 1], 'int32'), labels, {
        ...{ ...quiet, verbose: false, epochs: 3, loss: 'sigmoidCrossEntropy', graph: mode, optimizer: optimizer() },
      });
      return flat(network);
    };
    expect(maxDifference(await train('auto'), await train('off'))).toBeLessThan(1e-5);
  });
});

describe('what a layer of one`s own takes from JavaScript', () => {
  it('counts for the rows that it is of, also where the first batch does not show that it changed', async () => {
    let bound = 0;
    class Gate extends OwnLayer {
      static className = 'GateForTests';
      override call(inputs: tf.Tensor | tf.Tensor[]) {
        const x = Array.isArray(inputs) ? inputs[0] : inputs;
        return tf.where(tf.greater(x, bound), x, tf.zerosLike(x));
      }
    }
    const network = tf.sequential({
      layers: [tf.layers.dense({ units: 1, inputShape: [1], kernelInitializer: 'ones' }), new Gate({})],
    });
    // Of several batches the first ones are far above any bound.
    const rows = 90_000;
    const x = Float32Array.from({ length: rows }, (_, row) => (row < rows - 100 ? 5 : 0.5));
    const sum = async () => ((await graph.predict(network, x)) as tf.Tensor).sum().dataSync()[0];
    const score = async () =>
      (await graph.evaluate(network, x, tf.zeros([rows, 1]), { loss: 'meanAbsoluteError' })).loss * rows;
    for (const value of [0, 1, 0, 1]) {
      bound = value;
      const expected = (network.predict(tf.tensor2d(x, [rows, 1])) as tf.Tensor).sum().dataSync()[0];
      expect(await sum()).toBeCloseTo(expected, 0);
      expect(Math.abs((await score()) - expected)).toBeLessThan(5);
    }
  });
});

describe('what a callback changes between epochs', () => {
  class Scaled extends OwnLayer {
    static className = 'ScaledForTests';
    scale = 0;
    /** The value as it is; its gradient times `-scale` (gradient reversal). */
    override call(inputs: tf.Tensor | tf.Tensor[]) {
      const x = Array.isArray(inputs) ? inputs[0] : inputs;
      const { scale } = this;
      const reversed = tf.customGrad((value) => ({
        value: (value as tf.Tensor).clone(),
        gradFunc: (gradient: tf.Tensor) => gradient.mul(-scale),
      }));
      return reversed(x);
    }
  }
  const dense = (units: number, seed: number, more = {}) =>
    tf.layers.dense({ units, kernelInitializer: tf.initializers.glorotUniform({ seed }), ...more });

  it.each([
    [
      'the size of a gradient alone',
      () => {
        const layer = new Scaled({});
        return {
          layers: [dense(4, 1, { inputShape: [4] }), layer, dense(1, 2)],
          change: () => {
            layer.scale += 1;
          },
        };
      },
    ],
    [
      'how fast batch normalization forgets',
      () => {
        const layer = tf.layers.batchNormalization({ momentum: 0.9 });
        return {
          layers: [dense(3, 1, { inputShape: [4] }), layer, dense(1, 2)],
          change: () => {
            (layer as unknown as { momentum: number }).momentum = 0.1;
          },
        };
      },
    ],
    [
      'a weight that the first rows do not have',
      () => {
        let weight = 1;
        const loss = (labels: tf.Tensor, outputs: tf.Tensor) =>
          tf.mean(tf.mul(tf.add(1, tf.mul(labels, weight - 1)), tf.square(tf.sub(labels, outputs))));
        return {
          layers: [dense(1, 2, { inputShape: [4] })],
          loss,
          change: () => {
            weight *= 8;
          },
        };
      },
    ],
  ])('%s, is taken over, and said', async (_name, make) => {
    const x = numbers(7, ROWS * 4);
    // The only positives are the last rows.
    const y = Float32Array.from({ length: ROWS }, (_, row) => (row < ROWS - 8 ? 0 : 1));
    const train = async (mode: 'off' | 'auto', watch: (change: () => void) => Callback) => {
      vi.spyOn(console, 'log').mockImplementation(() => {});
      const before = said().length;
      const {
        layers,
        loss = 'meanSquaredError' as const,
        change,
      } = make() as ReturnType<typeof make> & { loss?: never };
      const network = tf.sequential({ layers });
      const options = { ...quiet, epochs: 4, loss, graph: mode, callbacks: [watch(change)], metrics: [] };
      const history = await graph.fit(network, x, tf.tensor2d(y, [ROWS, 1]), options);
      return { losses: history.training.loss, weights: flat(network), said: said().slice(before) };
    };
    const changing = (change: () => void): Callback => ({ onEpochEnd: change });
    const [eager, fast] = [await train('off', changing), await train('auto', changing)];
    expect(maxDifference(eager.weights, fast.weights)).toBeLessThan(2e-3);
    expect(fast.said.join('\n')).toMatch(/goes on op by op.*has changed since/);
    // A callback that changes nothing costs no graph.
    const still = await train('auto', () => ({ onEpochEnd() {} }));
    expect(still.said.join('\n')).not.toMatch(/op by op/);
  });
});
