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

/** Large enough that tables are updated row by row at both batch sizes. */
const USERS = 6001;
const STEPS = 200;

beforeAll(() => {
  nativeTensorFlow();
});

/**
 * Adam's usual epsilon, 1e-7, lets a gradient that is nothing but rounding move its weight as far as a real one: two eager
 * runs whose sums round differently part then, as much as eager and graph do. With this one a difference is an error.
 */
const epsilon = 1e-5;

const optimizers: Record<string, OptimizerDefinition> = {
  'Adam (deferred)': adam({ epsilon }),
  SGD: sgd({ learningRate: 0.1 }),
  Adagrad: adagrad({ learningRate: 0.05 }),
  momentum: momentum({ learningRate: 0.02 }),
  RMSProp: rmsprop({ epsilon }),
  AdamW: adamw({ weightDecay: 0.1, epsilon }),
};

/** In all combinations; the other optimizers, whose graphs differ in the update alone, in the two hardest. */
const everywhere = 'Adam (deferred)';

interface Run {
  losses: number[];
  outputs: number[];
  weights: Float32Array[];
}

function eagerRun(optimizer: OptimizerDefinition, data: EncodedData, orders: Int32Array[], batchSize: number): Run {
  const network = dinNetwork(7, { users: USERS });
  const program = programOf(network, optimizer);
  const run = { ...trainEagerly(program, data, orders, batchSize), weights: weightsOf(network) };
  program.optimizer.dispose();
  network.dispose();
  return run;
}

interface Way {
  mode: 'plain' | 'xla';
  residentBytes: number;
}

async function graphRun(
  optimizer: OptimizerDefinition,
  data: EncodedData,
  orders: Int32Array[],
  batchSize: number,
  way: Way,
): Promise<Run> {
  const network = dinNetwork(7, { users: USERS });
  const program = programOf(network, optimizer);
  const engine = await GraphEngine.create({ program, data, batchSize, epochs: 2, seed: 1, ...way });
  const run: Run = { losses: [], outputs: [], weights: [] };
  for (const order of orders) {
    engine.startEpoch(order);
    for (let chunk = engine.run(1000); chunk.steps; chunk = engine.run(1000)) {
      run.losses.push(...chunk.losses);
      run.outputs.push(...chunk.outputs);
    }
  }
  await engine.bringBack();
  expect(engine.description).toContain(way.mode === 'xla' ? 'graph + XLA, ' : 'graph, ');
  engine.dispose();
  run.weights = weightsOf(network);
  program.optimizer.dispose();
  network.dispose();
  return run;
}

for (const [name, optimizer] of Object.entries(optimizers)) {
  describe(`${STEPS} steps of ${name} in a graph are those of eager training`, () => {
    for (const batchSize of [12, 128]) {
      for (const partial of [false, true]) {
        const steps = partial ? STEPS / 2 - 1 : STEPS / 2;
        const data = dinData(batchSize * steps + (partial ? Math.floor(batchSize / 3) : 0), 3, USERS);
        const orders = [trainingOrder(data.rows, 1), trainingOrder(data.rows, 2)];
        let eager: Run | undefined;
        for (const mode of ['plain', 'xla'] as const) {
          for (const fed of [false, true]) {
            if (name !== everywhere && !(fed && partial && (mode === 'xla') === (batchSize === 12))) continue;
            const last = partial ? 'a partial last batch' : 'whole batches';
            it(`batch ${batchSize}, ${last}, ${mode}, ${fed ? 'fed in blocks' : 'resident'}`, async () => {
              eager ??= eagerRun(optimizer, data, orders, batchSize);
              // Seven batches a block: the last block of an epoch is shorter.
              const residentBytes = fed ? 68 * batchSize * 7 : 2 ** 30;
              const graph = await graphRun(optimizer, data, orders, batchSize, { mode, residentBytes });
              expect(graph.losses).toHaveLength(STEPS);
              expect(maxDifference(graph.losses, eager.losses)).toBeLessThan(1e-5);
              expect(maxDifference(graph.outputs, eager.outputs)).toBeLessThan(1e-4);
              graph.weights.forEach((weight, i) => {
                expect(maxDifference(weight, eager!.weights[i])).toBeLessThan(1e-4);
              });
            });
          }
        }
      }
    }
  });
}
