import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { setInterruptCheck } from '../../../src/din/interrupt';
import { base } from '../../../src/din/models/index';
import * as graph from '../../../src/din/training/network/index';
import { smallColumns, smallSamples } from '../library/samples';
import { nativeTensorFlow } from '../tensorflow';

beforeAll(() => {
  nativeTensorFlow();
});

const quiet = { live: false, verbose: false, batchSize: 8, epochs: 2, loss: 'meanSquaredError' } as const;
const x = Float32Array.from({ length: 64 }, (_, i) => Math.sin(i));
const y = x.map((value) => 2 * value);
const AGAIN = /is being fitted already; await that fit first\./;

/** Networks of one input whose first layer is shared. */
function pair(): [tf.LayersModel, tf.LayersModel] {
  const input = tf.input({ shape: [1] });
  const shared = tf.layers.dense({ units: 4, name: 'shared' }).apply(input) as tf.SymbolicTensor;
  const head = () => tf.layers.dense({ units: 1 }).apply(shared) as tf.SymbolicTensor;
  return [tf.model({ inputs: input, outputs: head() }), tf.model({ inputs: input, outputs: head() })];
}

describe('two fits at once', () => {
  it('of one network: the second is refused, the first goes on', async () => {
    const [network] = pair();
    const first = graph.fit(network, x, y, quiet);
    await expect(graph.fit(network, x, y, quiet)).rejects.toThrow(
      `fit: this network ${AGAIN.source.replaceAll('\\', '')}`,
    );
    expect((await first).epochs).toBe(2);
    expect((await graph.fit(network, x, y, quiet)).epochs).toBe(2);
  });

  it('of networks that share a layer: the second is refused by its name, unless the layer is frozen', async () => {
    const [one, other] = pair();
    const first = graph.fit(one, x, y, quiet);
    await expect(graph.fit(other, x, y, quiet)).rejects.toThrow(/the layer 'shared' of this network, which another/);
    await first;
    one.getLayer('shared').trainable = false;
    await Promise.all([graph.fit(one, x, y, quiet), graph.fit(other, x, y, quiet)]);
  });

  it("of a model and its network: each refuses beside the other's", async () => {
    const table = smallSamples(200);
    const model = base(smallColumns());
    const { loss: _, ...options } = quiet;
    await model.fit(table, options);
    const { network } = model;
    const data = model.encode(table, { label: 'label' });
    const inputs = data.inputs.map(({ values, width }) => tf.tensor2d(values, [data.rows, width]));
    const own = () => graph.fit(network, inputs, data.labels[0].values, { ...quiet, loss: 'sigmoidCrossEntropy' });
    const first = own();
    await expect(model.fit(table, options)).rejects.toThrow(/this model's network is being fitted already/);
    await first;
    let beside: Promise<unknown> | undefined;
    const onEpochBegin = async () => {
      beside ??= own();
      await expect(beside).rejects.toThrow(/this network is being fitted already/);
      await expect(model.fit(table, options)).rejects.toThrow(/this model is being fitted already/);
    };
    expect((await model.fit(table, { ...options, callbacks: [{ onEpochBegin }] })).epochs).toBe(2);
    expect(beside).toBeDefined();
    tf.dispose(inputs);
    model.dispose();
  });

  it('are free again after errors and interrupts', async () => {
    const [network] = pair();
    await expect(graph.fit(network, x, y.subarray(1), quiet)).rejects.toThrow(/they must agree/);
    const onEpochEnd = () => {
      throw new Error('mine');
    };
    await expect(graph.fit(network, x, y, { ...quiet, callbacks: [{ onEpochEnd }] })).rejects.toThrow('mine');
    setInterruptCheck(() => true);
    await expect(graph.fit(network, x, y, quiet)).rejects.toThrow(/Interrupted/);
    setInterruptCheck(() => false);
    expect((await graph.fit(network, x, y, quiet)).epochs).toBe(2);
  });
});
