import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { graphFunction } from '../../../src/din/graph/function';
import { endIdleSessions } from '../../../src/din/graph/sessions';
import { nativeTensorFlow } from '../tensorflow';

beforeAll(() => {
  nativeTensorFlow();
});

const values = (tensor: tf.Tensor) => [...tensor.dataSync()];

describe('din.graph.function', () => {
  it('gives what the function gives, for each shape', () => {
    const f = graphFunction((x: tf.Tensor, y: tf.Tensor) => tf.sum(tf.mul(tf.exp(x), y), 0));
    for (const rows of [2, 3, 2, 3, 3, 1]) {
      const [x, y] = [tf.randomUniform([rows, 4]), tf.randomUniform([rows, 1])];
      const expected = tf.tidy(() => tf.sum(tf.mul(tf.exp(x), y), 0));
      const result = f(x, y);
      values(result).forEach((value, i) => {
        expect(value).toBeCloseTo(values(expected)[i], 5);
      });
    }
    expect(Object.values(f.explain())).toEqual(['graph', 'graph', 'eager: called once so far']);
  });

  it('shares variables with all other code, and changes them once a call', () => {
    const count = tf.variable(tf.scalar(0));
    const add = graphFunction((x: tf.Tensor) => {
      count.assign(tf.add(count, x));
      return tf.mul(count, 2);
    });
    const one = tf.scalar(1);
    const results = [1, 2, 3, 4].map(() => values(add(one))[0]);
    expect(results).toEqual([2, 4, 6, 8]);
    expect(values(count)).toEqual([4]);
    count.assign(tf.scalar(10));
    expect(values(add(one))).toEqual([22]);
    expect(values(add(tf.scalar(5)))).toEqual([32]);
  });

  it('trains with a TensorFlow.js optimizer as eager code does', () => {
    const run = (wrap: boolean) => {
      const w = tf.variable(tf.tensor2d([[0.5], [-0.25], [0.125]]));
      const optimizer = tf.train.adam(0.1);
      const step = (x: tf.Tensor, y: tf.Tensor) => {
        const loss = () => tf.losses.meanSquaredError(y, tf.matMul(x as tf.Tensor2D, w as tf.Tensor2D)) as tf.Scalar;
        return optimizer.minimize(loss, true, [w])!;
      };
      const f = wrap ? graphFunction(step) : step;
      const losses: number[] = [];
      for (let i = 0; i < 20; i++) {
        const x = tf.tensor2d(
          Array.from({ length: 12 }, (_, k) => Math.sin(i * 12 + k)),
          [4, 3],
        );
        losses.push(values(f(x, tf.sum(x, 1, true)))[0]);
      }
      return losses;
    };
    const [eager, graph] = [run(false), run(true)];
    graph.forEach((loss, i) => {
      expect(loss).toBeCloseTo(eager[i], 6);
    });
  });

  it('draws dropout anew at each call, the same in each run', () => {
    const run = () => {
      const f = graphFunction((x: tf.Tensor) => tf.dropout(x, 0.5), { seed: 3 });
      const x = tf.ones([64]);
      return Array.from({ length: 6 }, () => values(f(x)).join()).slice(1);
    };
    const [first, second] = [run(), run()];
    expect(new Set(first).size).toBe(5);
    expect(second).toEqual(first);
  });

  it('returns arrays and records as the function does', () => {
    const pair = graphFunction((x: tf.Tensor) => [x, tf.neg(x)]);
    const named = graphFunction((x: tf.Tensor) => ({ twice: tf.mul(x, 2), x }));
    const x = tf.tensor1d([1, 2]);
    for (let i = 0; i < 3; i++) {
      expect(pair(x).map(values)).toEqual([
        [1, 2],
        [-1, -2],
      ]);
      const { twice, x: same } = named(x);
      expect([values(twice), values(same)]).toEqual([
        [2, 4],
        [1, 2],
      ]);
    }
    expect(x.isDisposed).toBe(false);
  });

  it('runs op by op what cannot become a graph, and says why, once', () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
    const f = graphFunction((x: tf.Tensor) => (x.dataSync()[0] > 0 ? tf.neg(x) : x));
    const noise = graphFunction((x: tf.Tensor) => tf.add(x, tf.randomNormal([4])));
    for (const sign of [1, -1, 1, -1]) expect(values(f(tf.tensor1d([3 * sign])))).toEqual([-3]);
    const draws = Array.from({ length: 4 }, () => values(noise(tf.zeros([4]))).join());
    expect(new Set(draws).size).toBe(4);
    expect(warn.mock.calls.map(([message]) => message)).toEqual([
      'din.graph.function: runs op by op, because the step reads the values of an input (dataSync, arraySync, data or print).',
      expect.stringMatching(/because a value made in JavaScript changes from step to step .* used by Add\.$/),
    ]);
    warn.mockRestore();
  });

  it('leaks no tensors and no sessions', () => {
    const { binding } = tf.backend() as unknown as {
      binding: { getNumOfTensors(): number; getNumOfSavedModels(): number };
    };
    const w = tf.variable(tf.ones([3, 3]));
    const x = tf.ones([2, 3]);
    const f = graphFunction((a: tf.Tensor) => {
      w.assign(tf.mul(w, 0.5));
      return tf.matMul(a as tf.Tensor2D, w as tf.Tensor2D);
    });
    for (let i = 0; i < 3; i++) f(x).dispose();
    const before = [tf.memory().numTensors, binding.getNumOfTensors()];
    for (let i = 0; i < 20; i++) f(x).dispose();
    expect([tf.memory().numTensors, binding.getNumOfTensors()]).toEqual(before);
    // A session that is free is kept for whoever needs the same graph next; here it ends.
    endIdleSessions();
    const sessions = binding.getNumOfSavedModels();
    f.dispose();
    endIdleSessions();
    expect(binding.getNumOfSavedModels()).toBe(sessions - 1);
  });
});
