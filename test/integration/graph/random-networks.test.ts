import * as tf from '@tensorflow/tfjs';
import { beforeAll, expect, it } from 'vitest';
import { createRandom, type Random } from '../../../src/base/random';
import { Dice } from '../../../src/din/layers/index';
import * as graph from '../../../src/din/training/network/index';
import { nativeTensorFlow } from '../tensorflow';
import { maxDifference, weightsOf } from './networks';

/**
 * Networks by chance, through the public door, against TensorFlow.js' own `fit`, `evaluate` and `predict`: layers used
 * twice, several inputs and outputs, masks, frozen layers, regularizers, layers of one's own with a state in JavaScript.
 */
const BATCH = 16;
const ROWS = 6 * BATCH + 5;
const EPOCHS = 3;
const LENGTH = 4;
const ITEMS = 12;
const WIDTH = 5;
const NETWORKS = 24;

beforeAll(() => {
  nativeTensorFlow();
});

/** `x * w * factor`: one weight a channel, and a number in JavaScript that a callback changes. */
class Scaled extends tf.layers.Layer {
  static className = 'TestScaled';
  factor = 1;
  private w!: tf.LayerVariable;
  override build(shape: tf.Shape): void {
    this.w = this.addWeight('w', [shape.at(-1)!], 'float32', tf.initializers.ones());
    this.built = true;
  }
  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    const x = Array.isArray(inputs) ? inputs[0] : inputs;
    return tf.tidy(() => tf.mul(tf.mul(x, this.w.read()), this.factor));
  }
}

interface Trial {
  network: tf.LayersModel;
  losses: string[];
  inputs: tf.Tensor[];
  labels: tf.Tensor[];
  optimizer: () => tf.Optimizer;
  /** Layers whose number in JavaScript changes between epochs. */
  scaled: Scaled[];
  mode: 'auto' | 'xla' | 'off';
  /** What was drawn, for the message of a test that fails. */
  story: string[];
}

/** The same network, weights, data and settings for the same seed. */
function trial(seed: number): Trial {
  const random = createRandom(seed);
  const chance = (share: number) => random.next() < share;
  const pick = <T>(...choices: T[]): T => choices[random.integer(choices.length)]!;
  const story: string[] = [];
  const say = <T>(text: string, value: T): T => {
    story.push(text);
    return value;
  };
  const { layers } = tf;
  const scaled: Scaled[] = [];
  const inputs: tf.SymbolicTensor[] = [];
  const values: tf.Tensor[] = [];
  const vectors: tf.SymbolicTensor[] = [];

  const dense = (units: number, activation = pick('relu', 'tanh', 'sigmoid', 'linear')) =>
    say(
      `dense ${units} ${activation}`,
      layers.dense({
        units,
        activation: activation as 'relu',
        kernelRegularizer: chance(0.2) ? say('l2', tf.regularizers.l2({ l2: 0.01 })) : undefined,
        kernelInitializer: tf.initializers.glorotUniform({ seed: random.integer(1e6) + 1 }),
      }),
    );

  // One table for ids and for a candidate, as in DIN.
  if (chance(0.8)) {
    const maskZero = chance(0.5);
    const table = layers.embedding({
      inputDim: ITEMS,
      outputDim: WIDTH,
      maskZero,
      embeddingsInitializer: tf.initializers.randomUniform({ minval: -0.5, maxval: 0.5, seed: seed + 1 }),
    });
    const history = tf.input({ shape: [LENGTH], dtype: 'int32' });
    inputs.push(history);
    values.push(ids(random, LENGTH));
    const past = table.apply(history) as tf.SymbolicTensor;
    vectors.push(sequenceVector(past, maskZero));
    if (chance(0.6)) {
      const candidate = tf.input({ shape: [1], dtype: 'int32' });
      inputs.push(candidate);
      values.push(ids(random, 1));
      const item = say('the table again', table.apply(candidate) as tf.SymbolicTensor);
      vectors.push(layers.flatten().apply(item) as tf.SymbolicTensor);
    }
  }
  if (inputs.length === 0 || chance(0.4)) {
    const sequence = tf.input({ shape: [LENGTH, WIDTH] });
    inputs.push(sequence);
    values.push(numbers(random, [ROWS, LENGTH, WIDTH]));
    const masked = chance(0.5) ? (layers.masking().apply(sequence) as tf.SymbolicTensor) : sequence;
    vectors.push(sequenceVector(masked, masked !== sequence));
  }
  if (chance(0.7)) {
    const plain = tf.input({ shape: [WIDTH] });
    inputs.push(plain);
    values.push(numbers(random, [ROWS, WIDTH]));
    vectors.push(plain);
  }

  function sequenceVector(x: tf.SymbolicTensor, masked: boolean): tf.SymbolicTensor {
    const kind = masked ? pick('gru', 'lstm') : pick('gru', 'flatten', 'average', 'max');
    const kernelInitializer = tf.initializers.glorotUniform({ seed: random.integer(1e6) + 1 });
    const recurrentInitializer = tf.initializers.glorotUniform({ seed: random.integer(1e6) + 1 });
    const config = { units: WIDTH, kernelInitializer, recurrentInitializer };
    const layer = {
      gru: () => layers.gru(config),
      lstm: () => layers.lstm(config),
      flatten: () => layers.flatten(),
      average: () => layers.globalAveragePooling1d({}),
      max: () => layers.globalMaxPooling1d({}),
    }[kind]();
    return say(masked ? `masked ${kind}` : kind, layer.apply(x) as tf.SymbolicTensor);
  }

  // Towers: one layer for all that are equally wide, else one each.
  const twin = chance(0.6) ? say('twin', dense(WIDTH)) : undefined;
  const towers = vectors.map((vector) =>
    vector.shape[1] === WIDTH && twin
      ? (twin.apply(vector) as tf.SymbolicTensor)
      : (dense(WIDTH).apply(vector) as tf.SymbolicTensor),
  );
  let x =
    towers.length === 1
      ? towers[0]!
      : (pick<tf.layers.Layer>(layers.concatenate(), layers.add(), layers.multiply()).apply(
          towers,
        ) as tf.SymbolicTensor);
  for (let depth = random.integer(3); depth >= 0; depth--) {
    const kind = pick('dense', 'batchNormalization', 'layerNormalization', 'prelu', 'dice', 'scaled', 'again');
    const layer = {
      dense: () => dense(6),
      batchNormalization: () => layers.batchNormalization({}),
      layerNormalization: () => layers.layerNormalization(),
      prelu: () => layers.prelu(),
      dice: () => new Dice(),
      scaled: () => {
        const made = new Scaled({});
        scaled.push(made);
        return made;
      },
      again: () => dense(x.shape[1]!),
    }[kind]();
    x = say(kind, layer.apply(x) as tf.SymbolicTensor);
    if (kind === 'again') x = layer.apply(x) as tf.SymbolicTensor;
  }

  const kinds = chance(0.4) ? [pick('binary', 'classes'), 'number'] : [pick('binary', 'classes', 'number')];
  const outputs = kinds.map((kind) => {
    const [units, activation] = { binary: [1, 'sigmoid'], classes: [3, 'softmax'], number: [1, 'linear'] }[kind]!;
    return say(kind, dense(units as number, activation as string).apply(x) as tf.SymbolicTensor);
  });
  const labels = kinds.map((kind) =>
    tf.tensor2d(
      Float32Array.from({ length: ROWS }, () =>
        kind === 'number' ? random.next() * 2 - 1 : random.integer(kind === 'binary' ? 2 : 3),
      ),
      [ROWS, 1],
    ),
  );
  const losses = kinds.map(
    (kind) =>
      ({ binary: 'binaryCrossentropy', classes: 'sparseCategoricalCrossentropy', number: 'meanSquaredError' })[kind]!,
  );
  const network = tf.model({ inputs, outputs });
  for (const layer of network.layers) {
    if (layer.weights.length > 0 && chance(0.15)) {
      layer.trainable = false;
      say(`${layer.name.replace(/_\w*\d+$/, '')} frozen`, undefined);
    }
  }
  // All frozen: nothing to train, which is an error of its own.
  if (network.trainableWeights.length === 0) network.layers.at(-1)!.trainable = true;
  const optimizer = pick<() => tf.Optimizer>(
    () => tf.train.sgd(0.05),
    () => tf.train.momentum(0.02, 0.8),
    () => tf.train.adagrad(0.05),
    // Adam's usual epsilon makes a step of the noise of a gradient that is zero: not what is compared here.
    () => tf.train.adam(0.01, 0.9, 0.99, 1e-3),
  );
  return {
    network,
    losses,
    inputs: values,
    labels,
    optimizer,
    scaled,
    mode: pick('auto', 'auto', 'xla', 'off'),
    story,
  };
}

function ids(random: Random, length: number): tf.Tensor {
  const padded = Int32Array.from({ length: ROWS * length }, () => random.integer(ITEMS));
  // A row of padding alone has no history at all; every other one is padded at its end.
  if (length > 1) {
    for (let row = 0; row < ROWS; row++) padded.fill(0, row * length + random.integer(length + 1), (row + 1) * length);
  }
  return tf.tensor2d(padded, [ROWS, length], 'int32');
}

function numbers(random: Random, shape: number[]): tf.Tensor {
  const size = shape.reduce((product, side) => product * side, 1);
  return tf.tensor(
    Float32Array.from({ length: size }, () => random.next() * 2 - 1),
    shape,
  );
}

const alone = <T>(list: T[]): T | T[] => (list.length === 1 ? list[0]! : list);
const valuesOf = (tensors: tf.Tensor | tf.Tensor[]) => [tensors].flat().map((tensor) => tensor.dataSync());

it.each(Array.from({ length: NETWORKS }, (_, i) => i + 1))(
  'network %i trains, evaluates and predicts as in TensorFlow.js',
  async (seed) => {
    const [stock, ours] = [trial(seed), trial(seed)];
    const factors = [1, 0.7, 0.4];
    const anneal = (trained: Trial, epoch: number) => {
      for (const layer of trained.scaled) layer.factor = factors[epoch] ?? 1;
    };
    for (const one of [stock, ours]) one.network.compile({ optimizer: one.optimizer(), loss: one.losses });
    await stock.network.fit(alone(stock.inputs), alone(stock.labels), {
      batchSize: BATCH,
      epochs: EPOCHS,
      shuffle: false,
      verbose: 0,
      callbacks: { onEpochBegin: async (epoch) => anneal(stock, epoch) },
    });
    const history = await graph.fit(ours.network, alone(ours.inputs), alone(ours.labels), {
      batchSize: BATCH,
      epochs: EPOCHS,
      shuffle: false,
      live: false,
      verbose: false,
      metrics: [],
      graph: ours.mode,
      callbacks: [{ onEpochEnd: (epoch: { epoch: number }) => anneal(ours, epoch.epoch) }],
    });
    const story = `${seed} ${ours.mode}: ${ours.story.join(', ')}; ${history.output.runtime}`;
    const trained = weightsOf(ours.network);
    for (const [i, weight] of weightsOf(stock.network).entries()) {
      expect(maxDifference(trained[i]!, weight), `${story}; weight ${i}`).toBeLessThan(5e-4);
    }
    // The number in JavaScript changes once more: graphs made while training must not be used again.
    for (const one of [stock, ours]) anneal(one, 0);
    const score = await graph.evaluate(ours.network, alone(ours.inputs), alone(ours.labels));
    // TensorFlow.js gives the losses added up, output by output, before each one's own.
    const sums = [stock.network.evaluate(alone(stock.inputs), alone(stock.labels), { batchSize: 7 })].flat();
    expect(score.loss, story).toBeCloseTo(sums[stock.losses.length - 1]!.dataSync()[0]!, 3);
    const predicted = valuesOf(await graph.predict(ours.network, alone(ours.inputs)));
    for (const [i, output] of valuesOf(stock.network.predict(alone(stock.inputs))).entries()) {
      expect(maxDifference(predicted[i] as Float32Array, output as Float32Array), story).toBeLessThan(1e-3);
    }
    graph.release(ours.network);
    for (const one of [stock, ours]) tf.dispose([...one.inputs, ...one.labels]);
  },
);
