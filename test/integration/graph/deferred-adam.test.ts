import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { randomStream } from '../../../src/base/random';
import type { EncodedData } from '../../../src/din/data/encoded';
import { EmbeddingTable } from '../../../src/din/layers/embedding-table';
import { GraphEngine } from '../../../src/din/training/engines/graph';
import { adam } from '../../../src/din/training/optimizers';
import {
  cosine,
  exponential,
  inverseSquareRoot,
  linear,
  piecewise,
  rateAt,
  type Schedule,
} from '../../../src/din/training/optimizers/schedules';
import { OptimizerState } from '../../../src/din/training/optimizers/state';
import { tableVariables, trainableVariables } from '../../../src/din/training/step';
import { nativeTensorFlow } from '../tensorflow';
import { maxDifference } from './networks';

const [ROWS, DIMENSION, BATCH] = [400, 4, 4];
const [BETA1, BETA2, EPSILON] = [0.9, 0.999, 1e-7];

interface Betas {
  beta1: number;
  beta2: number;
}

beforeAll(() => {
  nativeTensorFlow();
});

/**
 * A loss that is linear in the table, so that a step's gradient does not depend on the weights: after thousands of
 * steps a difference is the optimizer's own, and not chaos. Output: sum over the row of weight * number.
 */
function linearNetwork(): tf.LayersModel {
  const id = tf.input({ shape: [1], dtype: 'int32' });
  const numbers = tf.input({ shape: [DIMENSION] });
  const table = new EmbeddingTable({ name: 'linear_table', rows: ROWS, dimension: DIMENSION, seed: 5 });
  const row = tf.layers.flatten().apply(table.apply(id)) as tf.SymbolicTensor;
  return tf.model({
    inputs: [id, numbers],
    outputs: tf.layers.dot({ axes: 1 }).apply([row, numbers]) as tf.SymbolicTensor,
  });
}

interface Samples {
  ids: Int32Array;
  numbers: Float32Array;
}

/** Some ids in every batch, others every few thousand steps, the last ones only from `lateFrom` on; some gradients are 0 or tiny. */
function samples(steps: number, lateFrom: number): Samples {
  const random = randomStream(11);
  const ids = new Int32Array(steps * BATCH);
  const numbers = new Float32Array(ids.length * DIMENSION);
  ids.forEach((_, i) => {
    const limit = i / BATCH >= lateFrom ? ROWS : ROWS - 50;
    ids[i] = Math.floor(random() ** 6 * limit);
    const scale = random() < 0.1 ? 0 : 10 ** (-4 * random());
    for (let k = 0; k < DIMENSION; k++) numbers[i * DIMENSION + k] = (random() - 0.45) * scale;
  });
  return { ids, numbers };
}

/** Adam's moments and weights in float64, every row at every step: the definition. */
class DenseAdam {
  private readonly m = new Float64Array(ROWS * DIMENSION);
  private readonly v = new Float64Array(ROWS * DIMENSION);

  constructor(
    readonly weights: Float64Array,
    private readonly data: Samples,
    private stepsBefore = 0,
    private readonly betas: Betas = { beta1: BETA1, beta2: BETA2 },
  ) {}

  step(step: number, rate: number): void {
    const gradient = new Float64Array(ROWS * DIMENSION);
    for (let i = step * BATCH; i < (step + 1) * BATCH; i++) {
      for (let k = 0; k < DIMENSION; k++) {
        gradient[this.data.ids[i] * DIMENSION + k] += this.data.numbers[i * DIMENSION + k] / BATCH;
      }
    }
    const { beta1, beta2 } = this.betas;
    const t = this.stepsBefore + step + 1;
    const alpha = (rate * Math.sqrt(1 - beta2 ** t)) / (1 - beta1 ** t);
    gradient.forEach((g, i) => {
      this.m[i] += (1 - beta1) * (g - this.m[i]);
      this.v[i] += (1 - beta2) * (g * g - this.v[i]);
      this.weights[i] -= (alpha * this.m[i]) / (Math.sqrt(this.v[i]) + EPSILON);
    });
  }
}

interface Plan {
  mode: 'plain' | 'xla';
  steps: number;
  lateFrom?: number;
  /** Learning rate from a step on, in order. */
  rates: [number, number][];
  /** Reads the weights after each of so many steps. */
  readEvery?: number;
  /** Others work while weights are brought back. */
  breaks?: 'used' | 'unused';
  /** No call runs more steps. */
  stopEvery?: number;
  /** Assigns a weight after this step, so that the tables are brought up to date. */
  assignAt?: number;
  stepsBefore?: number;
  betas?: Betas;
  /** In place of `rates`: by the step, known ahead of time. */
  schedule?: Schedule;
  /** What must stand in the line that names what ran. */
  says?: string;
  /** Numbers a call, of tables that are moved in pieces. */
  piece?: number;
  /** Steps that are planned ahead: also the most that a row lags behind. */
  period?: number;
}

/** Largest difference between deferred Adam in a graph and dense Adam in float64, at any reading. */
async function difference(plan: Plan): Promise<{ worst: number; moved: number; weights: Float32Array }> {
  const { steps, rates, stepsBefore = 0 } = plan;
  const { ids, numbers } = samples(steps, plan.lateFrom ?? 0);
  const network = linearNetwork();
  const optimizer = new OptimizerState(
    adam({ learningRate: plan.schedule ?? rates[0][1], ...plan.betas }),
    trainableVariables(network),
    tableVariables(network),
  );
  tf.tidy(() => optimizer.iterations.assign(tf.scalar(stepsBefore, 'int32')));
  const [table] = optimizer.variables;
  const start = table.dataSync().slice();
  const dense = new DenseAdam(Float64Array.from(start), { ids, numbers }, stepsBefore, plan.betas);
  const data: EncodedData = {
    rows: ids.length,
    source: 'test',
    inputs: [
      { name: 'id', width: 1, dtype: 'int32', values: ids, columns: ['id'], idLimit: ROWS },
      { name: 'numbers', width: DIMENSION, dtype: 'float32', values: numbers, columns: ['a', 'b', 'c', 'd'] },
    ],
    labels: [{ width: 1, values: new Float32Array(ids.length) }],
  };
  const program = { network, loss: (outputs: tf.Tensor) => tf.mean(outputs) as tf.Scalar, optimizer };
  const engine = await GraphEngine.create({
    program,
    data,
    batchSize: BATCH,
    epochs: 1,
    seed: 1,
    mode: plan.mode,
    period: plan.period,
    piece: plan.piece,
  });
  engine.startEpoch(Int32Array.from(ids.keys()));
  const stops = new Set([...rates.map(([from]) => from), plan.assignAt ?? steps, steps]);
  for (let s = plan.readEvery ?? steps; s < steps; s += plan.readEvery ?? steps) stops.add(s);
  let worst = 0;
  let done = 0;
  let rate = rates[0][1];
  for (const stop of [...stops].sort((a, b) => a - b)) {
    while (done < stop) {
      const chunk = engine.run(Math.min(stop - done, plan.stopEvery ?? stop));
      for (let s = 0; s < chunk.steps; s++)
        dense.step(done + s, plan.schedule ? rateAt(plan.schedule, stepsBefore + done + s + 1) : rate);
      done += chunk.steps;
    }
    if (plan.breaks) {
      const later = engine.bringBack();
      // Someone who reads in one of the breaks: both find the same.
      if (plan.breaks === 'used') table.dataSync();
      await later;
    }
    worst = Math.max(worst, maxDifference(table.dataSync(), dense.weights));
    if (stop === plan.assignAt) {
      tf.tidy(() => table.assign(tf.add(table, 0.25)));
      dense.weights.forEach((weight, i) => {
        dense.weights[i] = Math.fround(Math.fround(weight) + 0.25);
      });
      // Both go on from the same float32 values.
      dense.weights.set(table.dataSync());
    }
    const next = rates.find(([from]) => from === stop);
    if (next && !plan.schedule) {
      rate = next[1];
      engine.setLearningRate(rate);
    }
  }
  expect(engine.description).toContain(plan.says ?? (plan.mode === 'xla' ? 'graph + XLA, ' : 'graph, '));
  const weights = table.dataSync() as Float32Array;
  const moved = maxDifference(weights, start);
  engine.dispose();
  optimizer.dispose();
  network.dispose();
  return { worst, moved, weights };
}

describe('deferred Adam is dense Adam', () => {
  it.each(['plain', 'xla'] as const)(
    'over 6,000 steps with irregular gaps, rate changes and flushes, %s',
    async (mode) => {
      const rates: [number, number][] = [
        [0, 1e-3],
        [1711, 3e-4],
        [3333, 2e-3],
        [5000, 1e-5],
      ];
      const { worst, moved } = await difference({ mode, steps: 6000, rates, readEvery: 977, assignAt: 2500 });
      expect(worst).toBeLessThan(2e-6);
      expect(moved).toBeGreaterThan(0.1);
    },
  );

  it('beyond the window of its plan, for rows first touched after it', async () => {
    const rates: [number, number][] = [[0, 1e-4]];
    const { worst } = await difference({ mode: 'plain', steps: 18_000, lateFrom: 16_500, rates });
    expect(worst).toBeLessThan(2e-6);
  });

  // Rows that no batch has are caught up with by turns, some each step; places come round again every two periods.
  it.each([
    ['plain', 64, 0],
    ['plain', 512, 0],
    ['plain', 256, 1_000_003],
    ['xla', 128, 0],
  ] as const)('through many short periods, %s, %d steps each, after %d steps', async (mode, period, stepsBefore) => {
    const rates: [number, number][] = [
      [0, 1e-3],
      [900, 3e-4],
      [1001, 2e-3],
    ];
    const plan = { mode, period, stepsBefore, steps: 3000, rates, readEvery: 389, assignAt: 1500, lateFrom: 1200 };
    const { worst, moved } = await difference(plan);
    expect(worst).toBeLessThan(2e-6);
    expect(moved).toBeGreaterThan(0.05);
  });

  it('whatever the calls are that it runs in, to the bit', async () => {
    const rates: [number, number][] = [[0, 1e-3]];
    const plan = { mode: 'plain' as const, period: 64, steps: 700, rates };
    const [whole, parts] = [await difference(plan), await difference({ ...plan, stopEvery: 7 })];
    expect(parts.weights).toEqual(whole.weights);
  });

  it.each([undefined, 'unused', 'used'] as const)(
    'of a table that is moved in pieces, to the bit (breaks: %s)',
    async (breaks) => {
      const rates: [number, number][] = [[0, 1e-3]];
      const plan = { mode: 'plain' as const, steps: 400, rates, readEvery: 97, assignAt: 200 };
      // Rows of 4 weights, 4 + 4 moments and a step: pieces of 37, which 400 is no multiple of.
      const [whole, pieces] = [await difference(plan), await difference({ ...plan, piece: 37 * 13, breaks })];
      expect(pieces.weights).toEqual(whole.weights);
      expect(pieces.worst).toBeLessThan(2e-6);
    },
  );

  it('where a training of more than a million steps is resumed', async () => {
    const rates: [number, number][] = [[0, 1e-3]];
    const { worst } = await difference({ mode: 'plain', steps: 500, rates, stepsBefore: 2_000_000 });
    expect(worst).toBeLessThan(2e-6);
  });

  // Each change makes a plan of few steps, in place, of which the rest stays; after some without one it is made whole again.
  it.each([
    ['plain', undefined, 0, 0.9, 0.999],
    ['plain', 512, 0, 0.9, 0.999],
    ['plain', 400, 777, 0, 0.999],
    ['plain', undefined, 300, 0.98, 0.9999],
    ['xla', 700, 0, 0.95, 0.999],
  ] as const)(
    'where someone sets the rate at each step (%s, period %s, after %d steps, betas %d and %d)',
    async (mode, period, stepsBefore, beta1, beta2) => {
      const random = randomStream(3);
      const wanders = (step: number) => 1e-3 * (1 + Math.cos(step / 200)) * (0.8 + 0.4 * random()) + 1e-7;
      const steps = Array.from({ length: 1500 }, (_, step) => step).filter((step) => step % 400 < 250);
      const rates = steps.map((step): [number, number] => [step, wanders(step)]);
      const betas = { beta1, beta2 };
      const plan = { mode, period, stepsBefore, betas, steps: 1500, rates, assignAt: 700, lateFrom: 1100 };
      const { worst, moved } = await difference(plan);
      expect(moved).toBeGreaterThan(0.05);
      expect(worst).toBeLessThan(2e-6);
    },
  );

  it('where the learning rate jumps by a million, both ways', async () => {
    const rates: [number, number][] = [
      [0, 1e-8],
      [150, 1e-2],
      [300, 1e-8],
      [450, 1e-2],
    ];
    const { worst, moved } = await difference({ mode: 'plain', steps: 600, rates });
    expect(moved).toBeGreaterThan(0.1);
    expect(worst).toBeLessThan(1e-5);
  });

  // Betas whose series converges quickly are deferred, others updated whole; both must keep the promise.
  const grid: [number, number, 'deferred' | 'whole'][] = [
    [0, 0.999, 'deferred'],
    [0.5, 0.9, 'whole'],
    [0.8, 0.999, 'deferred'],
    [0.9, 0.9999, 'deferred'],
    [0.9, 0.995, 'deferred'],
    [0.9, 0.99, 'deferred'],
    [0.9, 0.98, 'whole'],
    [0.9, 0.95, 'whole'],
    [0.9, 0.9, 'whole'],
    [0.95, 0.95, 'whole'],
    [0.95, 0.999, 'deferred'],
    [0.99, 0.9, 'whole'],
    [0.99, 0.999, 'whole'],
    [0.98, 0.9999, 'deferred'],
    [0.99, 0.9999, 'whole'],
    [0.999, 0.9999, 'whole'],
  ];
  it.each(grid)('with beta1 %d and beta2 %d (%s)', async (beta1, beta2, how) => {
    const rates: [number, number][] = [
      [0, 1e-3],
      [350, 5e-4],
    ];
    const says =
      how === 'whole'
        ? `graph (tables updated whole, as betas ${beta1} and ${beta2} leave no exact deferral), `
        : 'graph, ';
    const { worst, moved } = await difference({
      mode: 'plain',
      steps: 700,
      rates,
      lateFrom: 300,
      readEvery: 123,
      betas: { beta1, beta2 },
      says,
    });
    // Where moments outlive their variance, weights run far away, dense or not: float32 itself is relative to that.
    expect(worst).toBeLessThan(2e-6 * (how === 'whole' ? Math.max(1, moved) : 1));
  });

  it.each([
    cosine({ from: 2e-3, to: 1e-5, steps: 900, warmupSteps: 100 }),
    linear({ from: 1e-3, steps: 1500 }),
    piecewise({ rates: [1e-3, 1e-5, 2e-3], boundaries: [333, 700] }),
    inverseSquareRoot({ peak: 1e-3, warmupSteps: 200 }),
    exponential({ from: 1e-3, factor: 0.5, steps: 100, staircase: true }),
  ])('with a learning rate by the step ($schedule)', async (schedule) => {
    const { worst, moved } = await difference({
      mode: 'plain',
      steps: 1200,
      rates: [[0, 0]],
      schedule,
      readEvery: 500,
    });
    expect(moved).toBeGreaterThan(0.01);
    expect(worst).toBeLessThan(2e-6);
  });
});
