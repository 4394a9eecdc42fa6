import { spawnSync } from 'node:child_process';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { prepareThreads, withThreads } from '../../../src/din/backend/threads';
import { graphFunction } from '../../../src/din/graph/function';
import { nativeTensorFlow } from '../tensorflow';

const taskset = (...args: string[]) => spawnSync('taskset', args, { encoding: 'utf8' });
const available = taskset('-V').status === 0 && process.env.TF_NUM_INTRAOP_THREADS === undefined;
if (!available)
  console.error('SKIPPED: threads by session, this system has no taskset or TF_NUM_INTRAOP_THREADS is set');

/** Processors that the main thread, or every thread, may run on. */
const masks = (...flags: string[]) =>
  taskset(...flags, '-p', String(process.pid))
    .stdout.trim()
    .split('\n')
    .map((line) => line.split(': ')[1]);

describe.skipIf(!available)('threads by session', () => {
  const [all] = available ? masks() : [];
  beforeAll(() => {
    nativeTensorFlow();
  });

  it('leaves no thread confined, after TensorFlow has loaded and a graph was made', () => {
    const f = graphFunction((x: tf.Tensor) => tf.matMul(x as tf.Tensor2D, x as tf.Tensor2D));
    for (let i = 0; i < 3; i++) f(tf.ones([4, 4])).dispose();
    expect(Object.values(f.explain())).toEqual(['graph']);
    expect(new Set(masks('-a'))).toEqual(new Set([all]));
  });

  it('makes sessions with one thread on one processor, also when making them fails, and others on all', () => {
    const bits = () => BigInt(`0x${masks()[0]}`).toString(2).replaceAll('0', '').length;
    expect(withThreads('one', bits)).toBe(1);
    expect(withThreads('all', masks)).toEqual([all]);
    expect(() =>
      withThreads('one', () => {
        throw new RangeError('refused');
      }),
    ).toThrow('refused');
    expect(masks()).toEqual([all]);
  });

  it('leaves the choice to who sets TF_NUM_INTRAOP_THREADS', () => {
    const environment: NodeJS.ProcessEnv = { TF_NUM_INTRAOP_THREADS: '3' };
    prepareThreads(environment);
    expect(environment).toEqual({ TF_NUM_INTRAOP_THREADS: '3', TF_NUM_INTEROP_THREADS: '1' });
  });
});
