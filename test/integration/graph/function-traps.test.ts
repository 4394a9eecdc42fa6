import * as tf from '@tensorflow/tfjs';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { graphFunction } from '../../../src/din/graph/function';
import { nativeTensorFlow } from '../tensorflow';

/** What makes a traced function wrong in silence, if nobody thinks of it. */

beforeAll(() => {
  nativeTensorFlow();
});
afterEach(() => {
  vi.restoreAllMocks();
});

const values = (tensor: tf.Tensor) => [...tensor.dataSync()];
const quietly = () => vi.spyOn(console, 'warn').mockImplementation(() => {});

describe('tensors that share their data', () => {
  it('tells two arguments apart that were one tensor when it was traced', () => {
    const f = graphFunction((a: tf.Tensor, b: tf.Tensor) => tf.sub(tf.mul(a, 10), b));
    const x = tf.scalar(3);
    expect([f(x, x), f(x, x), f(x, x.clone())].map((y) => values(y)[0])).toEqual([27, 27, 27]);
    expect(values(f(tf.scalar(5), tf.scalar(1)))).toEqual([49]);
    expect(Object.values(f.explain())).toEqual(['graph']);
  });

  it('tells variables apart that were made from one tensor, or assigned from each other', () => {
    const start = tf.scalar(1);
    const [a, b] = [tf.variable(start), tf.variable(start)];
    const f = graphFunction((x: tf.Tensor) => {
      a.assign(tf.add(a, x));
      return tf.add(tf.mul(a, 100), tf.add(tf.mul(b, 10), start));
    });
    const one = tf.scalar(1);
    expect([1, 2, 3, 4].map(() => values(f(one))[0])).toEqual([211, 311, 411, 511]);
    b.assign(a);
    expect(values(f(one))[0]).toBe(651);
    expect([values(a)[0], values(b)[0], values(start)[0]]).toEqual([6, 5, 1]);
  });

  it('tells an argument from a captured clone of it', () => {
    const x = tf.scalar(2);
    const captured = x.clone();
    const f = graphFunction((y: tf.Tensor) => tf.sub(y, captured));
    for (let i = 0; i < 3; i++) expect(values(f(x))).toEqual([0]);
    expect(values(f(tf.scalar(7)))).toEqual([5]);
  });

  it('runs op by op with a variable as argument, which it may assign', () => {
    const warn = quietly();
    const w = tf.variable(tf.scalar(1));
    const f = graphFunction((v: tf.Variable) => {
      v.assign(tf.add(v, 1));
      return tf.mul(v, 2);
    });
    expect([1, 2, 3].map(() => values(f(w))[0])).toEqual([4, 6, 8]);
    expect(warn).toHaveBeenCalledOnce();
    expect(warn.mock.calls[0][0]).toContain('is a tf.Variable');
  });
});

describe('what a function uses from outside', () => {
  it('is traced again when a captured tensor was disposed and replaced', () => {
    let scale = tf.scalar(2);
    const f = graphFunction((x: tf.Tensor) => tf.mul(x, scale));
    for (let i = 0; i < 3; i++) expect(values(f(tf.scalar(5)))).toEqual([10]);
    scale.dispose();
    scale = tf.scalar(3);
    expect(values(f(tf.scalar(5)))).toEqual([15]);
    scale.dispose();
    expect(() => f(tf.scalar(5))).toThrow();
  });

  it('is traced again when a variable was disposed and replaced', () => {
    let w = tf.variable(tf.scalar(2));
    const f = graphFunction((x: tf.Tensor) => tf.mul(x, w));
    for (let i = 0; i < 3; i++) expect(values(f(tf.scalar(5)))).toEqual([10]);
    w.dispose();
    w = tf.variable(tf.scalar(4));
    expect(values(f(tf.scalar(5)))).toEqual([20]);
  });

  it('follows the learning rate of tf.train.sgd, which is a captured tensor', () => {
    const w = tf.variable(tf.scalar(1));
    const optimizer = tf.train.sgd(0.1);
    const step = graphFunction((x: tf.Tensor) => optimizer.minimize(() => tf.mul(w, x) as tf.Scalar, true, [w]));
    const one = tf.scalar(1);
    for (let i = 0; i < 3; i++) step(one)!.dispose();
    expect(values(w)[0]).toBeCloseTo(0.7, 6);
    optimizer.setLearningRate(0.5);
    step(one)!.dispose();
    expect(values(w)[0]).toBeCloseTo(0.2, 6);
  });

  it('keeps a constant that only looks like a dropout mask', () => {
    const uniform = tf.tensor1d([0.1, 0.6, 0.9]);
    const f = graphFunction((x: tf.Tensor) => tf.mul(x, tf.div(tf.floor(tf.add(uniform, 0.5)), 0.5)));
    const g = graphFunction((x: tf.Tensor) => tf.floor(tf.add(x, tf.tensor1d([0.1, 0.6, 0.9]))));
    for (let i = 0; i < 4; i++) {
      expect(values(f(tf.ones([3])))).toEqual([0, 2, 2]);
      expect(values(g(tf.fill([3], 0.5)))).toEqual([0, 1, 1]);
    }
    expect([...Object.values(f.explain()), ...Object.values(g.explain())]).toEqual(['graph', 'graph']);
  });

  it('is refused when JavaScript draws a number that becomes no tensor', () => {
    const warn = quietly();
    const f = graphFunction((x: tf.Tensor) => tf.leakyRelu(x, Math.random()));
    const draws = Array.from({ length: 5 }, () => values(f(tf.tensor1d([-1])))[0]);
    expect(new Set(draws).size).toBe(5);
    expect(warn).toHaveBeenCalledOnce();
  });
});

describe('where a function is called', () => {
  it('keeps its results to the tidy it is called in, and leaves none behind', () => {
    const f = graphFunction((x: tf.Tensor) => ({ y: tf.exp(x), parts: [tf.neg(x), { deep: tf.square(x) }] }));
    const x = tf.tensor1d([1, 2]);
    const call = () =>
      tf.tidy(() => {
        const { y, parts } = f(x);
        const [negative, { deep }] = parts as [tf.Tensor, { deep: tf.Tensor }];
        return tf.addN([y, negative, deep]);
      });
    const expected = tf.tidy(() => values(tf.addN([tf.exp(x), tf.neg(x), tf.square(x)])));
    call().dispose();
    call().dispose();
    const before = tf.memory().numTensors;
    const result = call();
    expect(values(result)).toEqual(expected);
    expect(tf.memory().numTensors).toBe(before + 1);
  });

  it('lets gradients through', () => {
    const f = graphFunction((x: tf.Tensor) => tf.square(x));
    const x = tf.tensor1d([1, 2, 3]);
    for (let i = 0; i < 3; i++) f(x);
    const gradient = tf.grad((y: tf.Tensor) => tf.sum(tf.add(f(y), y)));
    expect(values(gradient(x))).toEqual([3, 5, 7]);
  });

  it('works inside another graph function', () => {
    const inner = graphFunction((x: tf.Tensor) => tf.mul(x, 2));
    const outer = graphFunction((x: tf.Tensor) => tf.add(inner(x), 1));
    for (let i = 0; i < 3; i++) inner(tf.scalar(1));
    expect([1, 2, 3, 4].map((v) => values(outer(tf.scalar(v)))[0])).toEqual([3, 5, 7, 9]);
    expect(Object.values(outer.explain())).toEqual(['graph']);
  });

  it('passes the errors of the function on, changes nothing, and works afterwards', () => {
    const w = tf.variable(tf.scalar(1));
    let broken = false;
    const f = graphFunction((x: tf.Tensor) => {
      w.assign(tf.add(w, x));
      if (broken) throw new RangeError('the function says no');
      return w.clone();
    });
    const one = tf.scalar(1);
    f(one);
    broken = true;
    expect(() => f(one)).toThrow('the function says no');
    expect(values(w)).toEqual([2]);
    broken = false;
    expect(values(f(one))).toEqual([3]);
    expect(() => f(1 as unknown as tf.Tensor)).toThrow(/argument 1 is the number 1, not a tensor/);
  });

  it('names what is wrong with an asynchronous function', async () => {
    const f = graphFunction(async (x: tf.Tensor) => {
      await x.data();
      return tf.neg(x);
    });
    const error = vi.spyOn(console, 'error').mockImplementation(() => {});
    const x = tf.scalar(1);
    for (let i = 0; i < 2; i++) expect(() => f(x)).toThrow(/the function is asynchronous/);
    await new Promise((resolve) => setTimeout(resolve, 20));
    error.mockRestore();
  });
});

describe('dtypes and sizes', () => {
  it.each<[string, (x: tf.Tensor) => tf.Tensor, () => tf.Tensor]>([
    ['int32', (x) => tf.add(tf.mul(x, 3), tf.argMax(x)), () => tf.tensor1d([1, 5, 2], 'int32')],
    ['bool', (x) => tf.logicalNot(x), () => tf.tensor1d([1, 0, 1], 'bool')],
    ['bool from float', (x) => tf.greater(x, 0.5), () => tf.tensor1d([0, 1, 0.7])],
    ['no rows', (x) => tf.add(tf.sum(x), tf.concat([x, x], 0)), () => tf.zeros([0, 3])],
    ['a scalar', (x) => tf.exp(x), () => tf.scalar(0.5)],
    ['complex64', (x) => tf.real(x), () => tf.complex([1, 2], [3, 4])],
    ['string', (x) => tf.reshape(x, [2, 1]), () => tf.tensor1d(['a', 'b'])],
  ])('%s', (name, fn, make) => {
    quietly();
    const f = graphFunction(fn);
    const expected = fn(make());
    for (let i = 0; i < 3; i++) {
      const result = f(make());
      expect([result.dtype, result.shape, values(result)]).toEqual([expected.dtype, expected.shape, values(expected)]);
    }
    expect(Object.values(f.explain())).toEqual([name === 'string' ? 'eager: input 1 is of dtype string' : 'graph']);
  });

  it('gives back nothing where the function does', () => {
    const w = tf.variable(tf.scalar(0));
    const f = graphFunction((x: tf.Tensor) => {
      w.assign(tf.add(w, x));
    });
    for (let i = 0; i < 3; i++) expect(f(tf.scalar(1))).toBeUndefined();
    expect(values(w)).toEqual([3]);
    expect(Object.values(f.explain())).toEqual(['graph']);
  });
});

describe('what cannot become a graph runs op by op, says why once, and gives the right numbers', () => {
  it.each<[string, (x: tf.Tensor) => unknown, RegExp]>([
    ['values that are read', (x) => tf.mul(x, x.dataSync()[0]), /reads the values of an input/],
    ['values of a result', (x) => tf.mul(x, tf.sum(x).arraySync() as number), /reads the values of Sum/],
    ['shapes that depend on values', (x) => tf.unique(x).values, /UniqueV2/],
    ['a number as result', (x) => ({ y: tf.neg(x), n: x.size }), /result\.n is the number 3/],
    ['new variables', (x) => tf.add(tf.variable(x), 0), /creates 1 variable/],
    ['random numbers', (x) => tf.add(x, tf.mul(0, tf.randomNormal([3]))), /changes from step to step/],
    [
      'multinomial',
      (x) => tf.mul(0, tf.cast(tf.multinomial(x as tf.Tensor1D, 3), 'float32')),
      /Multinomial draws random numbers/,
    ],
  ])('%s', (_, fn, reason) => {
    const warn = quietly();
    const f = graphFunction(fn as (x: tf.Tensor) => tf.Tensor);
    const x = tf.tensor1d([1, 2, 2]);
    const plain = (result: unknown) =>
      result instanceof tf.Tensor ? values(result) : [values((result as { y: tf.Tensor }).y), 3];
    const expected = plain(fn(x));
    for (let i = 0; i < 4; i++) expect(plain(f(x))).toEqual(expected);
    expect(warn.mock.calls).toEqual([[expect.stringMatching(reason)]]);
    expect(Object.values(f.explain())).toEqual([expect.stringMatching(/^eager: /)]);
  });
});
