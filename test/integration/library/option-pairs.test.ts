import { beforeAll, expect, it } from 'vitest';
import { createRandom, randomStream } from '../../../src/base/random';
import type { Column } from '../../../src/din/data/table';
import { Table } from '../../../src/din/data/table';
import * as features from '../../../src/din/features/index';
import { schedules } from '../../../src/din/index';
import type { FitOptions } from '../../../src/din/models/fit-options';
import * as models from '../../../src/din/models/index';
import { adagrad, adam, type OptimizerDefinition } from '../../../src/din/training/optimizers';
import type { LearningRate } from '../../../src/din/training/optimizers/schedules';
import { nativeTensorFlow } from '../tensorflow';
import { quiet, smallColumns, smallSamples } from './samples';

/**
 * Options change what a step computes, and a graph of it must compute the same whichever come together. All combinations
 * would take hours: here every two values of any two options meet in at least one training of 200 steps. Dropout is not
 * among them: op by op and in a graph it draws other masks.
 */
const options = {
  batchNormalization: [false, true],
  initializer: ['glorotUniform', 'heNormal'],
  table: ['trained', 'frozen', 'pretrained'],
  activation: ['prelu', 'dice'],
  sampleWeight: [false, true],
  classWeight: [false, true],
  labelSmoothing: [0, 0.1],
  loss: ['clicks', 'meanSquaredError', 'meanAbsoluteError', 'huber'],
  optimizer: ['adam', 'adagrad'],
  rate: ['constant', 'cosine', 'piecewise'],
} as const;
type Name = keyof typeof options;
type Choice = { [name in Name]: (typeof options)[name][number] };

const names = Object.keys(options) as Name[];
const rules = (choice: Choice) => choice.loss === 'clicks' || !(choice.classWeight || choice.labelSmoothing);
const pairsOf = (choice: Choice) =>
  names.flatMap((a, i) => names.slice(i + 1).map((b) => JSON.stringify([a, choice[a], b, choice[b]])));

/** Few choices that hold every allowed pair: of many drawn ones the one with most pairs that are not there yet, again and again. */
function covering(): Choice[] {
  const random = createRandom(5);
  const draw = (): Choice => {
    for (;;) {
      const values = names.map((name) => [name, options[name][random.integer(options[name].length)]]);
      const choice = Object.fromEntries(values) as Choice;
      if (rules(choice)) return choice;
    }
  };
  const missing = new Set(Array.from({ length: 20_000 }, draw).flatMap(pairsOf));
  const chosen: Choice[] = [];
  while (missing.size > 0) {
    const news = (choice: Choice) => pairsOf(choice).filter((pair) => missing.has(pair)).length;
    const candidates = Array.from({ length: 300 }, draw).map((choice) => ({ choice, count: news(choice) }));
    const { choice } = candidates.reduce((best, other) => (other.count > best.count ? other : best));
    for (const pair of pairsOf(choice)) missing.delete(pair);
    chosen.push(choice);
  }
  return chosen;
}

const ROWS = 800;
const STEPS = 200;
const random = randomStream(3);
const plain = smallSamples(ROWS);
const table = new Table(
  new Map<string, Column>([
    ...plain.columns,
    ['weight', { type: 'number', values: Float64Array.from({ length: ROWS }, () => Math.floor(random() * 3)) }],
    ['stars', { type: 'number', values: plain.numbers('label').map((label) => 3 + label + 0.3 * (random() - 0.5)) }],
  ]),
  'small samples',
);
const vectors = new Map(Array.from({ length: 17 }, (_, id) => [id, [id / 20, 0.1, -id / 30, 0, 0.2, 0.1]] as const));

beforeAll(() => {
  nativeTensorFlow();
});

function modelOf(choice: Choice): models.RecommenderModel {
  const movie = features.identity('movieId', { buckets: 17 });
  const candidate = {
    trained: movie,
    frozen: features.embedding(movie, { dimension: 6, trainable: false }),
    pretrained: features.embedding(movie, { dimension: 6, pretrained: vectors }),
  }[choice.table];
  return models.din(
    smallColumns({
      candidate,
      history: features.history(['recent1', 'recent2', 'recent3'], { of: movie }),
      batchNormalization: choice.batchNormalization,
      initializer: choice.initializer,
      activation: choice.activation,
      ...(choice.loss === 'clicks' ? {} : { task: 'regression', label: 'stars' }),
    }),
  );
}

/** @param scale of the learning rate */
function optionsOf(choice: Choice, scale: number): FitOptions {
  const rates: { [name in Choice['rate']]: LearningRate } = {
    constant: 2e-3 * scale,
    cosine: schedules.cosine({ from: 3e-3 * scale, steps: 150, warmupSteps: 20 }),
    piecewise: schedules.piecewise({ rates: [3e-3 * scale, 1e-3, 5e-4], boundaries: [60, 130] }),
  };
  const learningRate = rates[choice.rate];
  // An epsilon above the noise of gradients that are 0 (the biases before a batch normalization): a step of that noise is no result.
  const epsilon = 1e-4;
  const optimizers: { [name in Choice['optimizer']]: () => OptimizerDefinition } = {
    adam: () => adam({ learningRate, epsilon }),
    adagrad: () => adagrad({ learningRate }),
  };
  return {
    optimizer: optimizers[choice.optimizer](),
    ...(choice.sampleWeight ? { sampleWeight: 'weight' } : {}),
    ...(choice.classWeight ? { classWeight: { 0: 0.5, 1: 2 } } : {}),
    labelSmoothing: choice.labelSmoothing,
    ...(choice.loss === 'clicks' ? {} : { loss: choice.loss }),
  };
}

/** Losses by epoch: of training, then of validation. */
async function trained(choice: Choice, graph: 'off' | 'auto', scale = 1): Promise<number[]> {
  const model = modelOf(choice);
  const history = await model.fit(table, {
    ...quiet,
    ...optionsOf(choice, scale),
    graph,
    epochs: 5,
    batchSize: ROWS / (STEPS / 5),
    validation: table,
  });
  expect(history.output.runtime, JSON.stringify(choice)).toMatch(graph === 'off' ? /^eager/ : /^graph/);
  expect(model.optimizer!.iterations.dataSync()[0]).toBe(STEPS);
  model.dispose();
  return [...history.training.loss, ...history.validation.loss] as number[];
}

const apart = (losses: number[], others: number[]) =>
  losses.map((loss, i) => Math.abs(loss - others[i]!) / Math.max(1, Math.abs(loss)));

it.each(covering().map((choice, i) => [i + 1, choice] as const))(
  'options %i: a graph takes the steps that op by op takes',
  async (_, choice) => {
    const eager = await trained(choice, 'off');
    const difference = apart(eager, await trained(choice, 'auto'));
    // An option that a graph forgets shows at once, and in the first digits.
    expect(difference[0], JSON.stringify(choice)).toBeLessThan(1e-6);
    // Dividing by a batch's deviation multiplies what float32 rounds.
    const tolerance = choice.batchNormalization || choice.activation === 'dice' ? 2e-3 : 1e-4;
    const most = Math.max(...difference);
    if (most < tolerance) return;
    // Some trainings multiply it further: then no more than the last bit of the learning rate does, op by op.
    const lastBit = apart(eager, await trained(choice, 'off', 1 + 2e-7));
    expect(most, JSON.stringify(choice)).toBeLessThan(5 * Math.max(...lastBit));
  },
);
