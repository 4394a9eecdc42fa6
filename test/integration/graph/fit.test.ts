import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { base } from '../../../src/din/models/base';
import { din } from '../../../src/din/models/din';
import type { RecommenderModel } from '../../../src/din/models/model';
import { adam } from '../../../src/din/training/optimizers/adam';
import { quiet, smallColumns, smallSamples } from '../library/samples';
import { nativeTensorFlow } from '../tensorflow';
import { maxDifference } from './networks';

const table = smallSamples(1530);
const models: RecommenderModel[] = [];
beforeAll(() => {
  nativeTensorFlow();
});
afterEach(() => {
  for (const model of models.splice(0)) model.dispose();
});

describe('fit gives the same through a graph as op by op', () => {
  for (const [name, make] of [
    ['base', () => base(smallColumns())],
    ['din', () => din(smallColumns())],
    [
      'din with dice',
      () =>
        din({
          ...smallColumns(),
          activation: 'dice',
          attention: { hidden: [8], activation: 'dice', normalize: 'softmax' },
        }),
    ],
  ] as const) {
    for (const regularization of [{}, { embeddings: 1e-4, kernels: 1e-4 }]) {
      it(`${name}, ${JSON.stringify(regularization)}`, async () => {
        const results: number[][] = [];
        for (const graph of ['off', 'auto', 'xla'] as const) {
          const model = make();
          models.push(model);
          const options = {
            ...quiet,
            graph,
            epochs: 3,
            batchSize: 64,
            regularization,
            optimizer: adam({ learningRate: 0.01 }),
          };
          const history = await model.fit(table, options);
          results.push([...history.training.loss, ...(await model.predict(table))] as number[]);
        }
        console.log(name, maxDifference(results[0], results[1]), maxDifference(results[0], results[2]));
        expect(maxDifference(results[0], results[1])).toBeLessThan(1e-4);
        expect(maxDifference(results[0], results[2])).toBeLessThan(1e-4);
      });
    }
  }
});

describe("graph: 'xla'", () => {
  const runtimeOf = async (rows: number) => {
    const model = din(smallColumns());
    models.push(model);
    const history = await model.fit(table.slice(0, rows), { ...quiet, graph: 'xla', batchSize: 64 });
    return history.output.runtime;
  };

  it('compiles from the first step, and so in a training of one', async () => {
    expect(await runtimeOf(64)).toMatch(/^graph \+ XLA, /);
  });

  it('says why it does not where no batch is whole', async () => {
    expect(await runtimeOf(63)).toMatch(/^graph \(no XLA, as there is no whole batch\), /);
  });
});
