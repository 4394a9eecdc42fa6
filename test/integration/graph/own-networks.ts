import * as tf from '@tensorflow/tfjs';
import { randomStream, trainingOrder } from '../../../src/base/random';
import { Dice } from '../../../src/din/layers/index';
import { EagerEngine } from '../../../src/din/training/engines/eager';
import type { TrainingEngine } from '../../../src/din/training/engines/engine';
import { GraphEngine } from '../../../src/din/training/engines/graph';
import type { LossFunction, LossName } from '../../../src/din/training/losses';
import { stepLosses } from '../../../src/din/training/measurement';
import { encodeRows, type ValuesByName } from '../../../src/din/training/network/data';
import { headsOf, labelShapes, lossesOf } from '../../../src/din/training/network/options';
import { adam, type OptimizerDefinition } from '../../../src/din/training/optimizers';
import { OptimizerState } from '../../../src/din/training/optimizers/state';
import { tableVariables, trainableVariables } from '../../../src/din/training/step';
import { weightsOf } from './networks';

/** A network, data that fit it, and how it is trained. */
export interface Task {
  network: () => tf.LayersModel;
  inputs: ValuesByName;
  labels: ValuesByName;
  loss: LossName | LossFunction | (LossName | LossFunction)[];
}

export const BATCH = 16;
/** 26 steps an epoch, the last of 7 rows. */
export const ROWS = 25 * BATCH + 7;

const numbers = (seed: number, count: number, make: (random: () => number) => number): Float32Array => {
  const random = randomStream(seed);
  return Float32Array.from({ length: count }, () => make(random));
};
const signed = (random: () => number) => random() * 2 - 1;
const labelsOf = (seed: number, limit: number, count = ROWS) =>
  numbers(seed, count, (random) => Math.floor(random() * limit));

/** Sequences of ids, 0 to 6 long, padded with 0 at the end. */
export function paddedIds(seed: number, limit: number, length = 6): Int32Array {
  const random = randomStream(seed);
  const ids = new Int32Array(ROWS * length);
  for (let row = 0; row < ROWS; row++) {
    const used = Math.floor(random() * (length + 1));
    for (let t = 0; t < used; t++) ids[row * length + t] = 1 + Math.floor(random() * (limit - 1));
  }
  return ids;
}

/** Sequences `[rows, 6, 3]`, padded with rows of 0. */
export function paddedVectors(seed: number): Float32Array {
  const random = randomStream(seed);
  const values = numbers(seed + 1, ROWS * 18, signed);
  for (let row = 0; row < ROWS; row++) values.fill(0, row * 18 + 3 * Math.floor(random() * 7), (row + 1) * 18);
  return values;
}

/** `x * w + |x|`, by plain TensorFlow.js ops, one weight a channel, and a running maximum that is not trained. */
class Bend extends tf.layers.Layer {
  static className = 'TestBend';
  private w!: tf.LayerVariable;
  private peak!: tf.LayerVariable;
  override build(shape: tf.Shape): void {
    this.w = this.addWeight('w', [shape.at(-1)!], 'float32', tf.initializers.ones());
    this.peak = this.addWeight('peak', [], 'float32', tf.initializers.zeros(), undefined, false);
    this.built = true;
  }
  override call(inputs: tf.Tensor | tf.Tensor[], kwargs: { training?: boolean }): tf.Tensor {
    return tf.tidy(() => {
      const x = Array.isArray(inputs) ? inputs[0] : inputs;
      if (kwargs?.training) this.peak.write(tf.maximum(this.peak.read(), tf.max(tf.abs(x))));
      return tf.add(tf.mul(x, this.w.read()), tf.abs(x));
    });
  }
}

const { layers } = tf;

/** Kernels and tables by seed; biases, gammas and moving averages keep the values that they start with. */
function seedKernels(network: tf.LayersModel): void {
  const random = randomStream(11);
  const weights = network.getWeights().map((weight) => {
    if (weight.rank < 2) return weight.clone();
    const scale = Math.sqrt(3 / (weight.size / weight.shape.at(-1)!));
    return tf.tensor(
      Float32Array.from({ length: weight.size }, () => signed(random) * scale),
      weight.shape,
    );
  });
  network.setWeights(weights);
  tf.dispose(weights);
}

const sequential = (...parts: tf.layers.Layer[]) => {
  const network = tf.sequential();
  for (const part of parts) network.add(part);
  seedKernels(network);
  return network;
};

const vectors = numbers(1, ROWS * 8, signed);
const binary = labelsOf(2, 2);
const mlp = (...middle: (() => tf.layers.Layer)[]): Task => ({
  network: () =>
    sequential(
      layers.dense({ units: 16, activation: 'relu', inputShape: [8] }),
      ...middle.map((make) => make()),
      layers.dense({ units: 1 }),
    ),
  inputs: vectors,
  labels: binary,
  loss: 'sigmoidCrossEntropy',
});

export { mlp };

const recurrent = (first: () => tf.layers.Layer, inputs: ValuesByName, make: () => tf.layers.Layer): Task => ({
  network: () => sequential(first(), make(), layers.dense({ units: 1, activation: 'sigmoid' })),
  inputs,
  labels: binary,
  loss: 'binaryCrossentropy',
});
const masking = () => layers.masking({ inputShape: [6, 3] });
const embedding = () => layers.embedding({ inputDim: 50, outputDim: 5, maskZero: true, inputLength: 6 });

export const tasks: Record<string, Task> = {
  'an MLP': mlp(),
  'an MLP with regularizers': mlp(() =>
    layers.dense({ units: 12, activation: 'tanh', kernelRegularizer: tf.regularizers.l2({ l2: 0.01 }) }),
  ),
  'batch normalization': mlp(() => layers.batchNormalization({})),
  'layer normalization': mlp(() => layers.layerNormalization()),
  Dice: mlp(() => new Dice()),
  'a custom layer': mlp(() => new Bend()),
  'an LSTM over a masked sequence': recurrent(masking, paddedVectors(3), () => layers.lstm({ units: 6 })),
  'a GRU over a masked sequence': recurrent(masking, paddedVectors(3), () => layers.gru({ units: 6 })),
  'an LSTM over masked ids': recurrent(embedding, paddedIds(4, 50), () => layers.lstm({ units: 6 })),
  'a GRU over masked ids': recurrent(embedding, paddedIds(4, 50), () => layers.gru({ units: 6, goBackwards: true })),
  'a bidirectional GRU': recurrent(
    () => layers.inputLayer({ inputShape: [6, 3] }),
    paddedVectors(3),
    () => layers.bidirectional({ layer: layers.gru({ units: 4 }) as never, mergeMode: 'concat' }),
  ),
  'a convnet': {
    network: () =>
      sequential(
        layers.conv2d({ filters: 4, kernelSize: 3, activation: 'relu', inputShape: [8, 8, 1] }),
        layers.maxPooling2d({ poolSize: 2 }),
        layers.batchNormalization({}),
        layers.flatten(),
        layers.dense({ units: 4, activation: 'softmax' }),
      ),
    inputs: numbers(5, ROWS * 64, signed),
    labels: labelsOf(6, 4),
    loss: 'sparseCategoricalCrossentropy',
  },
  'two outputs': {
    network: () => {
      const x = tf.input({ shape: [8] });
      const shared = layers.dense({ units: 12, activation: 'relu' }).apply(x) as tf.SymbolicTensor;
      const click = layers.dense({ units: 1, name: 'click' }).apply(shared) as tf.SymbolicTensor;
      const rating = layers.dense({ units: 3, name: 'rating' }).apply(shared) as tf.SymbolicTensor;
      const network = tf.model({ inputs: x, outputs: [click, rating] });
      seedKernels(network);
      return network;
    },
    inputs: vectors,
    labels: [binary, numbers(7, ROWS * 3, signed)],
    loss: ['sigmoidCrossEntropy', 'meanSquaredError'],
  },
};

export type Mode = 'eager' | 'plain' | 'xla';

/** Two epochs of a task: losses and outputs of each step, all weights at the end. */
export async function train(task: Task, mode: Mode, options: { seed?: number; optimizer?: OptimizerDefinition } = {}) {
  const { seed = 1, optimizer = adam({ learningRate: 0.005 }) } = options;
  const network = task.network();
  const losses = lossesOf(network, task.loss as LossName);
  const data = encodeRows(network, task.inputs, { values: task.labels, shapes: labelShapes(network, losses) });
  const heads = headsOf(
    network,
    losses,
    losses.map(() => 1),
    data.labels.map(({ shape }) => shape!),
  );
  const state = new OptimizerState(optimizer, trainableVariables(network), tableVariables(network));
  const penalised = tf.tidy(() => network.calculateLosses().length > 0);
  const program = {
    network,
    loss: stepLosses(heads),
    optimizer: state,
    ...(penalised ? { penalty: () => tf.addN(network.calculateLosses()) as tf.Scalar } : {}),
  };
  const engine: TrainingEngine =
    mode === 'eager'
      ? new EagerEngine(program, data, BATCH, seed)
      : await GraphEngine.create({ program, data, batchSize: BATCH, epochs: 2, seed, mode });
  const result = { losses: [] as number[], outputs: [] as number[] };
  for (const epoch of [1, 2]) {
    engine.startEpoch(trainingOrder(ROWS, epoch));
    for (let chunk = await engine.run(1000); chunk.steps; chunk = await engine.run(1000)) {
      result.losses.push(...chunk.losses);
      result.outputs.push(...chunk.outputs);
    }
  }
  await engine.bringBack();
  const { description } = engine;
  engine.dispose();
  const weights = weightsOf(network);
  state.dispose();
  network.dispose();
  return { ...result, weights, description };
}
