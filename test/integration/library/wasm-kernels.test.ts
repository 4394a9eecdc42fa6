import * as tf from '@tensorflow/tfjs';
import { beforeAll, expect, it } from 'vitest';
import { nativeTensorFlow, wasmTensorFlow } from '../tensorflow';
import { type Case, kernelCases } from './kernel-cases';

interface Value {
  shape: number[];
  dtype: string;
  values: number[];
}

beforeAll(async () => {
  nativeTensorFlow();
  await wasmTensorFlow();
});

/** What a case gives on the backend in use; an error's message where it gives none. */
function outcome(run: Case): Value[] | string {
  try {
    return tf.tidy(() =>
      [run()].flat().map((tensor) => ({
        shape: tensor.shape,
        dtype: tensor.dtype,
        values: Array.from(tensor.dataSync() as Float32Array),
      })),
    );
  } catch (error) {
    return (error as Error).message;
  }
}

async function outcomes(backend: string): Promise<Map<string, Value[] | string>> {
  await tf.setBackend(backend);
  return new Map(Object.entries(kernelCases).map(([name, run]) => [name, outcome(run)]));
}

const isClose = (a: number, b: number) => Object.is(a, b) || a === b || Math.abs(a - b) <= 1e-4 * (1 + Math.abs(b));

/** How they differ; undefined: not at all. Where native TensorFlow refuses, WebAssembly may compute something. */
function difference(native: Value[] | string, wasm: Value[] | string): string | undefined {
  if (typeof native === 'string') return undefined;
  if (typeof wasm === 'string') return `an error: ${wasm}`;
  for (const [i, wanted] of native.entries()) {
    const given = wasm[i]!;
    if (given.dtype !== wanted.dtype) return `${given.dtype} instead of ${wanted.dtype}`;
    if (String(given.shape) !== String(wanted.shape)) return `[${given.shape}] instead of [${wanted.shape}]`;
    const wrong = wanted.values.findIndex((value, j) => !isClose(given.values[j]!, value));
    if (wrong >= 0) return `${given.values[wrong]} instead of ${wanted.values[wrong]}`;
  }
  return undefined;
}

/** What stays different: where nothing sensible can be asked for, and padded averages, which are an error. */
const KNOWN = [
  /^arg(Max|Min) .*of NaN$/,
  /^gradient of avgPool by 1, same$/,
  /^floorDiv empty$/,
  /^clip of bool$/,
  /^scatterND of bool$/,
  // 2^72 in 32 bits; a slope of NaN where no slope counts
  /^pow large int32$/,
  /^prelu of NaN$/,
];

it('every kernel of WebAssembly gives what native TensorFlow gives', async () => {
  const native = await outcomes('tensorflow');
  const wasm = await outcomes('wasm');
  const wrong = [...native]
    .map(([name, value]) => [name, difference(value, wasm.get(name)!)] as const)
    .filter(([name, how]) => how !== undefined && !KNOWN.some((known) => known.test(name)));
  expect(Object.fromEntries(wrong)).toEqual({});
  const computed = [...native.values()].filter((value) => typeof value !== 'string');
  expect(computed.length).toBeGreaterThan(1000);
});

it('what cannot be computed on WebAssembly is an error with a remedy', async () => {
  await tf.setBackend('wasm');
  expect(outcome(kernelCases['gradient of avgPool by 1, same']!)).toMatch(/pool with 'valid'/);
  expect(outcome(kernelCases['floorDiv int32 by 0']!)).toMatch(/Integer division by zero/);
});
