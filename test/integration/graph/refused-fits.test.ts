import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Metric } from '../../../src/din/metrics/accumulator';
import { base, define } from '../../../src/din/models/index';
import * as graph from '../../../src/din/training/network/index';
import { smallColumns, smallSamples } from '../library/samples';
import { nativeTensorFlow } from '../tensorflow';

beforeAll(() => {
  nativeTensorFlow();
});

const quiet = { live: false, verbose: false, batchSize: 8, graph: 'off' } as const;
const dense = () => tf.sequential({ layers: [tf.layers.dense({ units: 1, inputShape: [2], name: 'click' })] });
const logits = { ...quiet, loss: 'sigmoidCrossEntropy' } as const;
const ones = () => tf.ones([20, 2]);
const zeros = () => new Array<number>(20).fill(0).map((_, i) => i % 2);

describe('metrics of any name', () => {
  const metric = (name: string): Metric => ({
    name,
    mode: 'min',
    create: () => ({ add: () => {}, value: () => 7, reset: () => {} }),
  });
  const names = ['constructor', 'toString', 'valueOf', 'hasOwnProperty'];

  it('are kept in histories, evaluations and curves, of networks and of models', async () => {
    const network = dense();
    const metrics = names.map(metric);
    const history = await graph.fit(network, ones(), zeros(), {
      ...logits,
      live: true,
      metrics,
      validation: 0.5,
      epochs: 2,
    });
    const result = await graph.evaluate(network, ones(), zeros(), { metrics });
    const table = smallSamples(100);
    const model = base(smallColumns());
    const own = await model.fit(table, { ...quiet, metrics, validation: table });
    const evaluation = await model.evaluate(table, { metrics });
    for (const name of names) {
      expect(history.training[name], name).toEqual([7, 7]);
      expect(history.validation[name], name).toEqual([7, 7]);
      expect(own.validation[name], name).toEqual([7]);
      expect(history.output.steps.values[name].at(-1)).toBe(7);
      expect(result[name]).toBe(7);
      expect((evaluation as unknown as Record<string, unknown>)[name]).toBe(7);
    }
    model.dispose();
  });

  it('but __proto__, under which JavaScript keeps nothing', async () => {
    await expect(graph.fit(dense(), ones(), zeros(), { ...logits, metrics: [metric('__proto__')] })).rejects.toThrow(
      /A metric cannot be called '__proto__'/,
    );
  });
});

describe('ids', () => {
  it('that are fractions are refused as those outside the table are, with their place', async () => {
    const network = tf.sequential({
      layers: [
        tf.layers.embedding({ inputDim: 5, outputDim: 2, inputLength: 2 }),
        tf.layers.flatten(),
        tf.layers.dense({ units: 1 }),
      ],
    });
    const error = /column '.*\[1\]', row 2: id 1\.5 is no whole number/;
    await expect(graph.predict(network, [0, 1, 2, 1.5])).rejects.toThrow(error);
    await expect(graph.fit(network, [0, 1, 2, 1.5], [0, 1], logits)).rejects.toThrow(error);
    await expect(graph.evaluate(network, [0, 1, 2, 1.5], [0, 1], { loss: logits.loss })).rejects.toThrow(error);
    await expect(graph.predict(network, [0, 1, 2, 5])).rejects.toThrow(/row 2: id 5 is not in \[0, 5\)/);
  });
});

describe('labels between 0 and 1', () => {
  it('are refused by the metric that was asked for, before training, by their row', async () => {
    const y = zeros();
    y[7] = 0.5;
    const error = "label 'click', row 8: it is 0.5, but the metric 'auc' takes labels 0 and 1.";
    const network = dense();
    const before = network.getWeights()[0].dataSync();
    await expect(graph.fit(network, ones(), y, { ...logits, metrics: ['auc'] })).rejects.toThrow(error);
    const held = { inputs: ones(), labels: y };
    await expect(
      graph.fit(network, ones(), zeros(), { ...logits, metrics: ['auc'], validation: held }),
    ).rejects.toThrow(error);
    await expect(graph.evaluate(network, ones(), y, { loss: logits.loss, metrics: ['auc'] })).rejects.toThrow(error);
    expect(network.getWeights()[0].dataSync()).toEqual(before);
    expect(Object.keys((await graph.fit(network, ones(), y, logits)).training)).toEqual(['loss']);
  });
});

describe('a model that is disposed of while it is trained', () => {
  it.each([
    ['onEpochBegin', 'off'],
    ['onStepEnd', 'off'],
    ['onStepEnd', 'auto'],
    ['onEpochEnd', 'off'],
  ] as const)('ends its fit with an error that says so: in %s, graph: %s', async (when, mode) => {
    const model = base(smallColumns());
    const callbacks = [{ [when]: () => model.dispose() }];
    const table = smallSamples(100);
    await expect(model.fit(table, { ...quiet, graph: mode, epochs: 3, validation: table, callbacks })).rejects.toThrow(
      /fit: the model was disposed of while it was trained, in epoch 1/,
    );
  });
});

describe('errors say the rule', () => {
  it.each(['北京模型', 'zwei Historien ✓', 'a-b_c.d (x)'])('of names of models: %s', (name) => {
    expect(() => define({ name, build: (m) => m.logit(undefined as never) })).toThrow(
      /name is the model's name: letters \(A to Z, a to z\), digits, _, - and spaces, a letter first/,
    );
  });

  it('of weights that are too large', async () => {
    const sampleWeight = zeros();
    sampleWeight[2] = 1e300;
    await expect(graph.fit(dense(), ones(), zeros(), { ...logits, sampleWeight })).rejects.toThrow(
      /sampleWeight, row 3: the weight 1e\+300 is too large for float32/,
    );
  });

  it('of BigInt arrays and disposed tensors, by the argument', async () => {
    const big = new BigInt64Array(20) as unknown as Float32Array;
    const gone = ones();
    gone.dispose();
    await expect(graph.fit(dense(), big, zeros(), logits)).rejects.toThrow(/The input '.*' is a BigInt64Array/);
    await expect(graph.fit(dense(), ones(), big, logits)).rejects.toThrow(/The label 'click' is a BigInt64Array/);
    await expect(graph.fit(dense(), gone, zeros(), logits)).rejects.toThrow(
      /The input '.*' is a tensor that was disposed of/,
    );
    await expect(graph.fit(dense(), ones(), gone, logits)).rejects.toThrow(
      /The label 'click' is a tensor that was disposed of/,
    );
  });
});
