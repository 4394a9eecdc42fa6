import { beforeAll, describe, expect, it } from 'vitest';
import { nativeTensorFlow } from '../tensorflow';
import { maxDifference } from './networks';
import { tasks, train } from './own-networks';

beforeAll(() => {
  nativeTensorFlow();
});

describe('networks of all kinds compute the same as a graph as op by op, 52 steps with partial batches', () => {
  it.each(Object.entries(tasks))('%s, plain and compiled', async (_, task) => {
    const eager = await train(task, 'eager');
    expect(eager.losses).toHaveLength(52);
    expect(Math.abs(eager.losses[0] - eager.losses[51])).toBeGreaterThan(1e-3);
    for (const mode of ['plain', 'xla'] as const) {
      const graph = await train(task, mode);
      expect(graph.description).toContain(mode === 'xla' ? 'graph + XLA' : 'graph,');
      expect(maxDifference(graph.losses, eager.losses)).toBeLessThan(1e-5);
      expect(maxDifference(graph.outputs, eager.outputs)).toBeLessThan(1e-4);
      graph.weights.forEach((weight, i) => {
        expect(maxDifference(weight, eager.weights[i])).toBeLessThan(1e-4);
      });
    }
  });
});
