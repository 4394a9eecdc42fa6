import * as tf from '@tensorflow/tfjs';
import { randomStream } from '../../../src/base/random';
import type { EncodedData, EncodedInput } from '../../../src/din/data/encoded';
import { sigmoidCrossEntropy } from '../../../src/din/training/losses';
import type { OptimizerDefinition } from '../../../src/din/training/optimizers';
import { OptimizerState } from '../../../src/din/training/optimizers/state';
import { type TrainingProgram, trainableVariables, trainStep } from '../../../src/din/training/step';

/** Sizes as in the reference case. */
export const USERS = 30001;
export const MOVIES = 1001;

class Lookup extends tf.layers.Layer {
  static className = 'TestLookup';
  constructor(
    private readonly rows: number,
    private readonly dimension: number,
  ) {
    super({});
  }
  override build(): void {
    this.addWeight('table', [this.rows, this.dimension], 'float32', tf.initializers.zeros());
    this.built = true;
  }
  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    const ids = Array.isArray(inputs) ? inputs[0] : inputs;
    return tf.tidy(() => tf.gather(this.weights[0].read(), tf.cast(ids, 'int32')));
  }
  override computeOutputShape(shape: tf.Shape): tf.Shape {
    return [...shape, this.dimension];
  }
}

class Attend extends tf.layers.Layer {
  static className = 'TestAttend';
  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return tf.tidy(() => {
      const [history, candidate] = inputs as tf.Tensor[];
      const scores = tf.sigmoid(tf.sum(tf.mul(history, candidate), 2, true));
      return tf.sum(tf.mul(history, scores), 1);
    });
  }
  override computeOutputShape(shape: tf.Shape[]): tf.Shape {
    return [shape[0][0], shape[0][2]];
  }
}

/** A small DIN: shared movie table, user table, genre table, numbers. Weights by seed. */
export function dinNetwork(seed: number, options: { dropout?: number; users?: number } = {}): tf.LayersModel {
  const { layers } = tf;
  const [movie, user, genre, history] = [1, 1, 1, 5].map((width) => tf.input({ shape: [width], dtype: 'int32' }));
  const numbers = tf.input({ shape: [7] });
  const movies = new Lookup(MOVIES, 10);
  const flat = (x: tf.SymbolicTensor) => layers.flatten().apply(x) as tf.SymbolicTensor;
  const candidate = movies.apply(movie) as tf.SymbolicTensor;
  const past = movies.apply(history) as tf.SymbolicTensor;
  const pooled = new Attend({}).apply([past, candidate]) as tf.SymbolicTensor;
  const parts = [
    flat(candidate),
    pooled,
    flat(new Lookup(options.users ?? USERS, 10).apply(user) as tf.SymbolicTensor),
    flat(new Lookup(20, 10).apply(genre) as tf.SymbolicTensor),
    numbers,
  ];
  let x = layers.concatenate().apply(parts) as tf.SymbolicTensor;
  x = layers.prelu().apply(layers.dense({ units: 32 }).apply(x)) as tf.SymbolicTensor;
  if (options.dropout) x = layers.dropout({ rate: options.dropout }).apply(x) as tf.SymbolicTensor;
  const logit = layers.dense({ units: 1 }).apply(x) as tf.SymbolicTensor;
  const network = tf.model({ inputs: [movie, user, genre, history, numbers], outputs: logit });
  seedWeights(network, seed);
  return network;
}

export function seedWeights(network: tf.LayersModel, seed: number): void {
  const random = randomStream(seed);
  const weights = network.getWeights().map((weight) => {
    const scale = weight.rank > 1 ? Math.sqrt(3 / (weight.shape[0] > 64 ? 10 : weight.shape[0])) : 0.05;
    return tf.tensor(
      Float32Array.from({ length: weight.size }, () => (random() * 2 - 1) * scale),
      weight.shape,
    );
  });
  network.setWeights(weights);
  tf.dispose(weights);
}

/** Rows in the shape of `dinNetwork`, whose labels depend on the ids. */
export function dinData(rows: number, seed: number, users = USERS): EncodedData {
  const random = randomStream(seed);
  const ids = (name: string, width: number, limit: number): EncodedInput => ({
    name,
    width,
    dtype: 'int32',
    values: Int32Array.from({ length: rows * width }, () => Math.floor(random() ** 2 * limit)),
    columns: Array.from({ length: width }, (_, i) => `${name}${i + 1}`),
    idLimit: limit,
  });
  const inputs = [ids('movie', 1, MOVIES), ids('user', 1, users), ids('genre', 1, 20), ids('history', 5, MOVIES)];
  const values = Float32Array.from({ length: rows * 7 }, () => random());
  const numbers: EncodedInput = {
    name: 'numbers',
    width: 7,
    dtype: 'float32',
    values,
    columns: ['a', 'b', 'c', 'd', 'e', 'f', 'g'],
  };
  const labels = Float32Array.from({ length: rows }, (_, r) => {
    const score = (inputs[0].values[r] % 7) / 7 + (inputs[1].values[r] % 5) / 5 + values[r * 7] + random() * 0.6;
    return score > 1.5 ? 1 : 0;
  });
  return { rows, inputs: [...inputs, numbers], labels: [{ width: 1, values: labels }], source: 'test' };
}

export function programOf(network: tf.LayersModel, optimizer: OptimizerDefinition): TrainingProgram {
  const tables = new Set(
    network.layers
      .filter((layer) => layer instanceof Lookup)
      .map((layer) => (layer.weights[0] as unknown as { val: tf.Variable }).val),
  );
  return {
    network,
    loss: sigmoidCrossEntropy,
    optimizer: new OptimizerState(optimizer, trainableVariables(network), tables),
  };
}

/** The batch of the given rows: inputs, then labels. */
export function batchOf(data: EncodedData, rows: Int32Array, network: tf.LayersModel): tf.Tensor[] {
  const take = (values: Int32Array | Float32Array, width: number) => {
    const result =
      values instanceof Int32Array ? new Int32Array(rows.length * width) : new Float32Array(rows.length * width);
    rows.forEach((row, i) => {
      result.set(values.subarray(row * width, (row + 1) * width), i * width);
    });
    return result;
  };
  return [
    ...data.inputs.map((input, i) =>
      tf.tensor(
        take(input.values, input.width),
        [rows.length, ...(network.inputs[i].shape.slice(1) as number[])],
        input.dtype,
      ),
    ),
    ...data.labels.map(({ width, values }) => tf.tensor(take(values, width), [rows.length, width])),
  ];
}

/** What eager training gives: loss of each step, and all outputs. */
export function trainEagerly(program: TrainingProgram, data: EncodedData, orders: Int32Array[], batchSize: number) {
  const losses: number[] = [];
  const outputs: number[] = [];
  for (const order of orders) {
    for (let start = 0; start < order.length; start += batchSize) {
      const batch = batchOf(data, order.subarray(start, start + batchSize), program.network);
      const { loss, output } = trainStep(program, batch.slice(0, data.inputs.length), batch.slice(data.inputs.length));
      losses.push(loss.dataSync()[0]);
      outputs.push(...output.dataSync());
      tf.dispose([loss, output, ...batch]);
    }
  }
  return { losses, outputs };
}

export function weightsOf(network: tf.LayersModel): Float32Array[] {
  return network.getWeights().map((weight) => weight.dataSync() as Float32Array);
}

export function maxDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) return Number.POSITIVE_INFINITY;
  let max = 0;
  for (let i = 0; i < a.length; i++) max = Math.max(max, Math.abs(a[i] - b[i]));
  return max;
}
