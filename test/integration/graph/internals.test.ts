import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { engine, nodeBackend } from '../../../src/din/graph/binding';
import { nativeTensorFlow } from '../tensorflow';

/**
 * What src/din/graph uses of TensorFlow.js without being invited. When an update moves it, this file fails first, and
 * says what moved; until it is mended, training falls back to eager and says so.
 */
const MOVED = 'tfjs-node moved: src/din/graph/binding.ts and recorder.ts must follow';

beforeAll(() => {
  nativeTensorFlow();
});

describe('the internals of TensorFlow.js 4.22 that graphs rest on', () => {
  it('are those of the pinned version', () => {
    expect(tf.version_core, MOVED).toBe('4.22.0');
    expect(() => nodeBackend()).not.toThrow();
  });

  it('executeOp runs TensorFlow ops by name, with attributes as { name, type, value }', () => {
    const { binding } = nodeBackend();
    const ids = [1, 2].map((value) => binding.createTensor([2], 1, Float32Array.of(value, value)));
    const attributes = [{ name: 'T', type: binding.TF_ATTR_TYPE, value: 1 }];
    const [sum] = binding.executeOp('AddV2', attributes, ids, 1);
    expect(sum, MOVED).toEqual({ id: expect.any(Number), dtype: 1, shape: [2] });
    expect([...binding.tensorDataSync(sum.id)]).toEqual([3, 3]);
    for (const id of [...ids, sum.id]) binding.deleteTensor(id);
  });

  it('kernels reach executeOp through backend.binding, which can be replaced, and inputs through getInputTensorIds', () => {
    const backend = nodeBackend();
    const original = backend.binding;
    const seen: string[] = [];
    let asked = 0;
    const getIds = backend.getInputTensorIds;
    backend.binding = Object.create(original, {
      executeOp: {
        value: (...args: Parameters<typeof original.executeOp>) => {
          seen.push(args[0]);
          return original.executeOp(...args);
        },
      },
    }) as typeof original;
    backend.getInputTensorIds = (tensors) => {
      asked += tensors.length;
      return getIds.call(backend, tensors);
    };
    try {
      tf.tidy(() => tf.matMul(tf.ones([2, 2]), tf.add(tf.ones([2, 2]), tf.scalar(1))));
    } finally {
      backend.binding = original;
      backend.getInputTensorIds = getIds;
    }
    expect(seen, MOVED).toEqual(expect.arrayContaining(['Add', 'BatchMatMulV2']));
    expect(asked, MOVED).toBeGreaterThanOrEqual(4);
  });

  it('variables are registered by name, and an assignment gives them other data', () => {
    const w = tf.variable(tf.scalar(1));
    const before = w.dataId;
    expect(engine().state.registeredVariables[w.name], MOVED).toBe(w);
    w.assign(tf.scalar(2));
    expect(w.dataId, MOVED).not.toBe(before);
    w.dispose();
    expect(engine().state.registeredVariables[w.name], MOVED).toBeUndefined();
  });

  it('data is counted by reference', () => {
    const backend = nodeBackend();
    const x = tf.scalar(1);
    expect(backend.refCount(x.dataId), MOVED).toBe(1);
    const clone = x.clone();
    expect(clone.dataId).toBe(x.dataId);
    expect(backend.refCount(x.dataId), MOVED).toBe(2);
    tf.dispose([x, clone]);
    expect(backend.tensorMap.has(x.dataId), MOVED).toBe(false);
  });

  it('the engine knows whether gradients are being taken', () => {
    let inside: unknown;
    tf.grad((x: tf.Tensor) => {
      inside = engine().state.activeTape;
      return tf.square(x);
    })(tf.scalar(1));
    expect(inside, MOVED).toBeTruthy();
    expect(engine().state.activeTape ?? undefined, MOVED).toBeUndefined();
  });

  it('GatherV2, whose check of ids reads values, can be replaced', () => {
    const kernel = tf.getKernel('GatherV2', 'tensorflow');
    expect(kernel?.kernelFunc, MOVED).toBeTypeOf('function');
    expect(() => tf.gather(tf.ones([2]), tf.tensor1d([5], 'int32')), MOVED).toThrow();
  });

  it('dropout is x * (floor(uniform + keep) / keep)', () => {
    const backend = nodeBackend();
    const original = backend.binding;
    const ops: string[] = [];
    backend.binding = Object.create(original, {
      executeOp: {
        value: (...args: Parameters<typeof original.executeOp>) => {
          ops.push(args[0]);
          return original.executeOp(...args);
        },
      },
    }) as typeof original;
    try {
      tf.tidy(() => tf.dropout(tf.ones([8]), 0.5));
    } finally {
      backend.binding = original;
    }
    expect(ops, MOVED).toEqual(['Add', 'Floor', 'RealDiv', 'Mul']);
  });
});
