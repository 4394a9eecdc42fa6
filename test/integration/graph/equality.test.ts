import { beforeAll, describe, expect, it } from 'vitest';
import { trainingOrder } from '../../../src/base/random';
import type { EncodedData } from '../../../src/din/data/encoded';
import { GraphEngine } from '../../../src/din/training/engines/graph';
import {
  adagrad,
  adam,
  adamw,
  momentum,
  type OptimizerDefinition,
  rmsprop,
  sgd,
} from '../../../src/din/training/optimizers';
import { nativeTensorFlow } from '../tensorflow';
import { dinData, dinNetwork, maxDifference, programOf, trainEagerly, weightsOf } from './networks';

beforeAll(() => {
  nativeTensorFlow();
});

async function trainByGraph(
  mode: 'plain' | 'xla',
  data: EncodedData,
  orders: Int32Array[],
  batchSize: number,
  optimizer: OptimizerDefinition,
) {
  const network = dinNetwork(7);
  const program = programOf(network, optimizer);
  const engine = await GraphEngine.create({ program, data, batchSize, epochs: orders.length, seed: 1, mode });
  const losses: number[] = [];
  const outputs: number[] = [];
  for (const order of orders) {
    engine.startEpoch(order);
    for (let chunk = engine.run(1000); chunk.steps; chunk = engine.run(1000)) {
      losses.push(...chunk.losses);
      outputs.push(...chunk.outputs);
    }
  }
  await engine.bringBack();
  const { description } = engine;
  engine.dispose();
  return { losses, outputs, weights: weightsOf(network), description };
}

/** Every optimizer, each with what makes its graph special. */
const optimizers: [string, OptimizerDefinition][] = [
  ['adam', adam()],
  ['lazy adam', adam({ tables: 'lazy', learningRate: 0.01 })],
  ['lazy adam, tfjs convention', adam({ tables: 'lazy', convention: 'tfjs', learningRate: 0.01 })],
  ['dense adam, tfjs convention', adam({ convention: 'tfjs' })],
  ['adamw', adamw({ weightDecay: 0.1 })],
  ['sgd', sgd({ learningRate: 0.1 })],
  ['momentum', momentum({ learningRate: 0.05 })],
  ['nesterov', momentum({ learningRate: 0.05, nesterov: true })],
  ['adagrad', adagrad({ learningRate: 0.05 })],
  ['row-wise adagrad', adagrad({ learningRate: 0.05, tables: 'rowwise' })],
  ['rmsprop', rmsprop()],
  ['rmsprop with momentum', rmsprop({ momentum: 0.5 })],
  ['adam, clipped by value', adam({ clipValue: 1e-3 })],
  ['sgd, clipped by norm', sgd({ clipNorm: 0.05, learningRate: 0.5 })],
  ['sgd, clipped by global norm', sgd({ globalClipNorm: 0.1, learningRate: 0.5 })],
];

async function compare(
  mode: 'plain' | 'xla',
  batchSize: number,
  rest: number,
  steps: number,
  optimizer: OptimizerDefinition,
) {
  const data = dinData(batchSize * (steps / 2) + rest, 3);
  const orders = [trainingOrder(data.rows, 1), trainingOrder(data.rows, 2)];
  const network = dinNetwork(7);
  const eager = trainEagerly(programOf(network, optimizer), data, orders, batchSize);
  const graph = await trainByGraph(mode, data, orders, batchSize, optimizer);
  expect(graph.description).toContain(mode === 'xla' ? 'graph + XLA, ' : 'graph, ');
  expect(graph.losses).toHaveLength(steps + (rest ? 2 : 0));
  expect(maxDifference(graph.losses, eager.losses)).toBeLessThan(1e-5);
  expect(maxDifference(graph.outputs, eager.outputs)).toBeLessThan(1e-4);
  weightsOf(network).forEach((weight, i) => {
    expect(maxDifference(weight, graph.weights[i])).toBeLessThan(1e-4);
  });
}

describe('a graph computes what eager training computes', () => {
  it.each(optimizers)('%s', (_, optimizer) => compare('plain', 12, 5, 60, optimizer));
  it.each(optimizers.filter(([name]) => /lazy|row-wise|^sgd$|global/.test(name)))('%s, compiled', (_, optimizer) =>
    compare('xla', 12, 0, 60, optimizer),
  );
});
