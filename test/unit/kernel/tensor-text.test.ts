import { expect, it } from 'vitest';
import { tensorText } from '../../../src/kernel/display/tensor-text';

it('prints complex numbers, of which no backend without a native library makes any', () => {
  expect(tensorText(Float32Array.of(1e-8, 2, -0, 3), [], 'complex64')).toBe('1e-8 + 2j');
  expect(tensorText(Float32Array.of(1e-8, 2, -0, 3), [1, 2], 'complex64')).toBe('[[1e-8 + 2j, -0 + 3j]]');
});

it('prints every float32 with seven digits: none looks like zero, none like another size', () => {
  const bits = new Uint32Array(1);
  const float = new Float32Array(bits.buffer);
  for (let turn = 0, seed = 1; turn < 5000; turn++) {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    bits[0] = seed;
    const value = float[0]!;
    if (Number.isNaN(value)) continue;
    const text = tensorText(float, [], 'float32');
    expect(Math.abs(Number(text) / value - 1), text).toBeLessThan(5.1e-7);
    expect(text.length, text).toBeLessThan(16);
  }
});
