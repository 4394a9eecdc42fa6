import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { adam } from '../../../src/din/training/optimizers/adam';
import * as optimizers from '../../../src/din/training/optimizers/index';
import * as schedules from '../../../src/din/training/optimizers/schedules';
import { sgd } from '../../../src/din/training/optimizers/sgd';
import { OptimizerState } from '../../../src/din/training/optimizers/state';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const { optimizerFromConfig } = optimizers;
const gradients = [0.5, -0.25, 0.125];

/** A weight that starts at 1 and sees some gradients. */
function run(optimizer: ReturnType<typeof adam>): number {
  const variable = tf.variable(tf.scalar(1));
  const state = new OptimizerState(optimizer, [variable]);
  for (const gradient of gradients) state.apply([tf.scalar(gradient)]);
  const value = variable.dataSync()[0];
  state.dispose();
  variable.dispose();
  return value;
}

/** Adam's formulas in float64, straight from the definition. */
function adamByHand(epsilon: number, convention: 'keras' | 'tfjs'): number {
  let p = 1;
  let m = 0;
  let v = 0;
  gradients.forEach((g, i) => {
    const t = i + 1;
    m = 0.9 * m + 0.1 * g;
    v = 0.999 * v + 0.001 * g * g;
    const [c1, c2] = [1 - 0.9 ** t, 1 - 0.999 ** t];
    p -=
      convention === 'keras'
        ? (0.01 * (Math.sqrt(c2) / c1) * m) / (Math.sqrt(v) + epsilon)
        : (0.01 * (m / c1)) / (Math.sqrt(v / c2) + epsilon);
  });
  return p;
}

describe('Adam', () => {
  it.each(['keras', 'tfjs'] as const)('follows its formula in the %s convention', (convention) => {
    expect(run(adam({ learningRate: 0.01, convention }))).toBeCloseTo(adamByHand(1e-7, convention), 6);
    // With a large epsilon the conventions are far apart.
    expect(run(adam({ learningRate: 0.01, epsilon: 0.1, convention }))).toBeCloseTo(adamByHand(0.1, convention), 6);
  });

  // 1 - beta^t, taken in float32, is off by a part in 6,000 where beta is 0.9999: weights went astray by 2e-5 in 300 steps.
  it.each([
    [0, 0.999],
    [0.9, 0.999],
    [0.9, 0.9999],
    [0.9, 0.99999],
    [0.99, 0.9999],
    [0.999, 0.9999],
    [0.5, 0.9],
  ])('is what float64 gives after 300 steps with betas %d and %d', (beta1, beta2) => {
    const steps = Array.from({ length: 300 }, (_, i) => (i % 7 === 0 ? Math.fround(Math.sin(i + 1)) : 0));
    const variable = tf.variable(tf.scalar(0));
    const state = new OptimizerState(adam({ learningRate: 1e-3, beta1, beta2 }), [variable]);
    let [p, m, v] = [0, 0, 0];
    steps.forEach((g, i) => {
      state.apply([tf.scalar(g)]);
      m = beta1 * m + (1 - beta1) * g;
      v = beta2 * v + (1 - beta2) * g * g;
      p -= (1e-3 * (Math.sqrt(1 - beta2 ** (i + 1)) / (1 - beta1 ** (i + 1))) * m) / (Math.sqrt(v) + 1e-7);
    });
    expect(Math.abs(variable.dataSync()[0] - p)).toBeLessThan(2e-6);
    state.dispose();
    variable.dispose();
  });

  it('the conventions differ', () => {
    expect(Math.abs(adamByHand(0.1, 'keras') - adamByHand(0.1, 'tfjs'))).toBeGreaterThan(1e-3);
  });

  it('counts steps, and takes a new learning rate at the next one', () => {
    const variable = tf.variable(tf.scalar(1));
    const state = new OptimizerState(sgd({ learningRate: 0.5 }), [variable]);
    state.apply([tf.scalar(1)]);
    state.setLearningRate(0.25);
    state.apply([tf.scalar(1)]);
    state.apply([undefined]);
    expect(variable.dataSync()[0]).toBe(0.25);
    expect(state.iterations.dataSync()[0]).toBe(3);
    state.dispose();
  });

  it('refuses a rate that is none where it is set, and keeps the one before', () => {
    const variable = tf.variable(tf.scalar(1));
    const state = new OptimizerState(adam({ learningRate: 0.5 }), [variable]);
    for (const rate of [Number.NaN, 0, -1, Number.POSITIVE_INFINITY, '0.1', undefined, null, {}] as never[]) {
      expect(() => state.setLearningRate(rate)).toThrow(/^setLearningRate: learningRate must be a positive number/);
    }
    expect([state.rateOf(1), state.learningRate.dataSync()[0], state.changes]).toEqual([0.5, 0.5, 0]);
    state.dispose();
    variable.dispose();
  });

  it('refuses settings outside their range', () => {
    expect(() => adam({ learningRate: 0 })).toThrow(/learningRate must be a positive number/);
    expect(() => adam({ beta1: 1 })).toThrow(/beta1 must be at least 0 and below 1/);
    expect(() => adam({ convention: 'pytorch' as never })).toThrow(/'keras' or 'tfjs'/);
  });

  it('is made again from its configuration, and an unknown kind is named', () => {
    const definition = adam({ learningRate: 0.02, convention: 'tfjs' });
    expect(optimizerFromConfig(definition.config).config).toEqual(definition.config);
    expect(() => optimizerFromConfig({ kind: 'lion', learningRate: 1 })).toThrow(
      /no optimizer 'lion'. Optimizers: .*adam/,
    );
  });
});

it('settings that an optimizer or a schedule does not have are refused, with the nearest name', () => {
  const made = (name: string, settings: object) => () =>
    (({ ...optimizers, ...schedules }) as unknown as Record<string, (settings: object) => unknown>)[name](settings);
  for (const [name, settings, message] of [
    ['adam', { learningrate: 0.5 }, /adam: there is no setting 'learningrate'. Did you mean 'learningRate'/],
    ['adam', { weightDecay: 1 }, /adam: there is no setting 'weightDecay'/],
    ['adamw', { weightdecay: 1 }, /adamw: there is no setting 'weightdecay'. Did you mean 'weightDecay'/],
    ['sgd', { momentum: 0.9 }, /sgd: there is no setting 'momentum'/],
    ['momentum', { nestrov: true }, /momentum: there is no setting 'nestrov'/],
    ['rmsprop', { decay: 1 }, /rmsprop: there is no setting 'decay'/],
    ['adagrad', { lr: 1 }, /adagrad: there is no setting 'lr'/],
    ['adam', { clipNorm: 1, clipValue: 1 }, /adam: give one of clipValue and clipNorm, not both/],
    ['adam', { learningRate: { schedule: 'cosin' } }, /din\.schedules \(cosine, .*not \{"schedule":"cosin"\}/],
    ['cosine', { from: 1, steps: 10, warmup: 5 }, /cosine: there is no setting 'warmup'/],
    ['linear', { from: 1, steps: 10, warmup: 5 }, /linear: there is no setting 'warmup'/],
    ['exponential', { from: 1, factor: 0.5, steps: 10, stairs: true }, /exponential: there is no setting 'stairs'/],
    ['inverseSquareRoot', { peak: 1, warmupSteps: 5, to: 0 }, /inverseSquareRoot: there is no setting 'to'/],
    ['piecewise', { rates: [1, 2], boundaries: [1], rate: 1 }, /piecewise: there is no setting 'rate'/],
  ] as const)
    expect(made(name, settings), name).toThrow(message);
  for (const definition of [
    adam({ clipNorm: 1 }),
    sgd(),
    optimizers.adamw({ weightDecay: 0.1 }),
    optimizers.momentum(),
  ])
    expect(optimizerFromConfig(definition.config).config).toEqual(definition.config);
});
