import * as tf from '@tensorflow/tfjs';
import { expect, it } from 'vitest';
import { prepareMemory } from '../../../src/din/backend/memory';
import { graphFunction } from '../../../src/din/graph/function';
import { nativeTensorFlow } from '../tensorflow';

/** Pages that this process had to be given, while `work` ran. */
function pagesGiven(work: () => void): number {
  const before = process.resourceUsage().minorPageFault;
  work();
  return process.resourceUsage().minorPageFault - before;
}

const onLinux = process.platform === 'linux';
if (!onLinux) console.error('SKIPPED: memory is kept for the next tensors, pages are counted on Linux');

// Before TensorFlow loads.
process.env.TF_CPU_BFC_MEM_LIMIT_IN_MB = '2000';

it.skipIf(!onLinux)('memory of tensors that are gone is kept for the next ones', () => {
  nativeTensorFlow();
  const side = 4096;
  const pages = (4 * side * side) / 4096;
  const x = tf.ones([side, side]);
  const inGraph = graphFunction((value: tf.Tensor) => tf.sum(tf.square(tf.add(value, 1))));
  const opByOp = (value: tf.Tensor) => tf.tidy(() => tf.sum(tf.square(tf.add(value, 1))));
  for (const compute of [inGraph, opByOp]) {
    const work = () => expect(compute(x).dataSync()[0]).toBeCloseTo(4 * side * side, -4);
    for (let i = 0; i < 3; i++) work();
    // Each of the five would take the pages of two tensors, of 64 MB, anew.
    const given = pagesGiven(() => {
      for (let i = 0; i < 5; i++) work();
    });
    expect(given).toBeLessThan(pages);
  }
});

it('who asks for more memory than there is gets an error, and what is there stays', () => {
  nativeTensorFlow();
  const kept = tf.range(0, 5);
  expect(() => tf.fill([40_000, 40_000], 1)).toThrow(/OOM when allocating tensor with shape\[40000,40000\]/);
  expect([...tf.add(kept, 1).dataSync()]).toEqual([1, 2, 3, 4, 5]);
});

it('leaves the choice to who has made it', () => {
  const environment: NodeJS.ProcessEnv = { TF_CPU_ALLOCATOR_USE_BFC: 'false', TF_CPU_BFC_MEM_LIMIT_IN_MB: '7' };
  prepareMemory(environment);
  expect(environment).toEqual({ TF_CPU_ALLOCATOR_USE_BFC: 'false', TF_CPU_BFC_MEM_LIMIT_IN_MB: '7' });
});
