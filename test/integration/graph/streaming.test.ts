import { beforeAll, describe, expect, it } from 'vitest';
import { BLOCK_ROWS, blockOrder } from '../../../src/base/random';
import { type EncodedData, type EncodedInput, gatherRows, windowRows } from '../../../src/din/data/encoded';
import { createEngine, type GraphMode } from '../../../src/din/training/engines/create';
import { adam } from '../../../src/din/training/optimizers';
import { predictOutputs } from '../../../src/din/training/predict';
import { nativeTensorFlow } from '../tensorflow';
import { dinData, dinNetwork, programOf, weightsOf } from './networks';

beforeAll(() => {
  nativeTensorFlow();
});

const ROWS = 3 * BLOCK_ROWS + 700;

/** The same rows, given out window by window. */
function streamed(data: EncodedData, asked: number[]): EncodedData {
  return {
    ...data,
    inputs: data.inputs.map((input) => ({ ...input, values: input.values.subarray(0, 0) })),
    stream: {
      window: BLOCK_ROWS,
      async read(rows) {
        asked.push(rows.length);
        return data.inputs.map(
          (input): EncodedInput => ({ ...input, values: gatherRows(input.values, input.width, rows) }),
        );
      },
    },
  };
}

async function trained(data: EncodedData, graph: GraphMode, batchSize: number) {
  const network = dinNetwork(7, { users: 500 });
  const program = programOf(network, adam());
  const engine = await createEngine({
    program,
    data,
    batchSize,
    epochs: 2,
    seed: 1,
    graph,
    callbacks: true,
    announce: (message) => {
      throw new Error(message);
    },
  });
  const losses: number[] = [];
  for (const seed of [1, 2]) {
    engine.startEpoch(blockOrder(data.rows, seed, windowRows(BLOCK_ROWS, batchSize)));
    for (;;) {
      await engine.ready();
      const chunk = await engine.run(1000);
      if (chunk.steps === 0) break;
      losses.push(...chunk.losses);
    }
  }
  await engine.bringBack();
  engine.dispose();
  const scores = await predictOutputs(network, data, 500);
  return { losses, weights: weightsOf(network), scores };
}

describe.each(['off', 'auto'] as const)('graph: %s', (graph) => {
  it.each([1024, 600])('streamed rows train and score to the same bits, in batches of %i', async (batchSize) => {
    const data = dinData(ROWS, 3, 500);
    const asked: number[] = [];
    const [resident, stream] = [
      await trained(data, graph, batchSize),
      await trained(streamed(data, asked), graph, batchSize),
    ];
    expect(stream).toEqual(resident);
    // Nobody asks for more than a window at a time.
    expect(Math.max(...asked)).toBeLessThanOrEqual(BLOCK_ROWS);
    expect(resident.losses).toHaveLength(2 * Math.ceil(ROWS / batchSize));
  });
});
