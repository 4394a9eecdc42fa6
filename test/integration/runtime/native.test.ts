import { createRequire } from 'node:module';
import * as tf from '@tensorflow/tfjs';
import { expect, it } from 'vitest';
import { loadNative } from '../../../src/din/backend/native';
import { nativeTensorFlow } from '../tensorflow';

it('makes the native backend the one of every import of TensorFlow.js', () => {
  const native = nativeTensorFlow();
  expect(native.getBackend()).toBe('tensorflow');
  expect(tf.getBackend()).toBe('tensorflow');
  expect(tf.engine()).toBe(native.engine());
  expect(createRequire(import.meta.url)('@tensorflow/tfjs').engine()).toBe(native.engine());
  expect(Array.from(tf.matMul([[1, 2]], [[3], [4]]).dataSync())).toEqual([11]);
});

it('loads once, and refuses a second addon', () => {
  expect(nativeTensorFlow()).toBe(nativeTensorFlow());
  expect(() => loadNative('/elsewhere/tfjs_binding.node')).toThrow(/cannot load a second one.*Restart/);
});

it('rounds int32 to itself, and float32 half to even', () => {
  nativeTensorFlow();
  expect(Array.from(tf.round(tf.tensor1d([-3, 0, 7], 'int32')).dataSync())).toEqual([-3, 0, 7]);
  expect(Array.from(tf.round(tf.tensor1d([0.5, 1.5, -2.4])).dataSync())).toEqual([0, 2, -2]);
  const before = tf.memory().numTensors;
  const x = tf.tensor1d([1, 2], 'int32');
  tf.round(x).dispose();
  expect(Array.from(x.dataSync())).toEqual([1, 2]);
  x.dispose();
  expect(tf.memory().numTensors).toBe(before);
});

it('leaves the module loader as it was', () => {
  nativeTensorFlow();
  expect(createRequire(import.meta.url).resolve('@mapbox/node-pre-gyp')).toContain('node-pre-gyp');
  expect(typeof createRequire(import.meta.url)('@mapbox/node-pre-gyp').find).toBe('function');
  expect(createRequire(import.meta.url)('@mapbox/node-pre-gyp').find.toString()).not.toContain('addonPath');
});
