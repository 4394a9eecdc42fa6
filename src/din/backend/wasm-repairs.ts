import * as tf from '@tensorflow/tfjs';
import { borrowCpuKernel } from './cpu-kernel';
import type { WasmBackend } from './wasm-backend';

type Args = Parameters<tf.KernelFunc>[0];
/** A kernel in place of the stock one, which it may call. */
type Repair = (args: Args, stock: tf.KernelFunc, kernelName: string) => tf.TensorInfo | tf.TensorInfo[];

/**
 * Corrects kernels of tfjs-backend-wasm 4.22 that give other values than TensorFlow, without a word. Found by comparing
 * every kernel with native TensorFlow over types, broadcasts, empty tensors and NaN
 * (`test/integration/library/wasm-kernels.test.ts`). What costs speed is asked for only where the stock kernel is wrong.
 */
export function repairWasmKernels(): void {
  const repairs = new Map<string, Repair[]>();
  for (const [kernelNames, repair] of REPAIRS) {
    for (const name of kernelNames) repairs.set(name, [...(repairs.get(name) ?? []), repair]);
  }
  for (const config of tf.getKernelsForBackend('wasm')) {
    const { kernelName, kernelFunc } = config;
    const all = [emptyTensors, ...(repairs.get(kernelName) ?? [])];
    const repaired = all.reduce<tf.KernelFunc>(
      (stock, repair) => (args) => repair(args, stock, kernelName),
      kernelFunc,
    );
    tf.unregisterKernel(kernelName, 'wasm');
    tf.registerKernel({ ...config, kernelFunc: repaired });
  }
}

const inputsOf = ({ inputs }: Args): tf.TensorInfo[] => Object.values(inputs).flat().filter(Boolean) as tf.TensorInfo[];
const has = (args: Args, ...dtypes: string[]): boolean => inputsOf(args).some(({ dtype }) => dtypes.includes(dtype));
const attr = <T>({ attrs }: Args, name: string): T => (attrs as unknown as Record<string, T>)[name]!;
const call = (kernelName: string, args: Args): tf.TensorInfo =>
  tf.getKernel(kernelName, 'wasm').kernelFunc(args) as tf.TensorInfo;

/** The plain backend's kernel, where the stock one is wrong. */
const plainWhere =
  (isWrong: (args: Args) => boolean): Repair =>
  (args, stock, kernelName) =>
    isWrong(args) ? borrowCpuKernel(kernelName)(args) : stock(args);

/** Arithmetic reads the bits of such tensors as float32, or reads beyond them: they become float32 first. */
const asFloat =
  (...dtypes: string[]): Repair =>
  (args, stock) => {
    if (!has(args, ...dtypes)) return stock(args);
    const cast: tf.TensorInfo[] = [];
    const inputs = Object.fromEntries(
      Object.entries(args.inputs).map(([name, x]) => {
        if (!x || x.dtype === 'float32') return [name, x];
        cast.push(call('Cast', { ...args, inputs: { x }, attrs: { dtype: 'float32' } }));
        return [name, cast.at(-1)];
      }),
    );
    const output = stock({ ...args, inputs } as Args);
    for (const { dataId } of cast) (args.backend as WasmBackend).disposeData(dataId);
    return output;
  };

/** Kernels fail on tensors without values, or return what was in the memory. */
const emptyTensors: Repair = (args, stock, kernelName) => {
  if (!inputsOf(args).some(({ shape }) => shape.includes(0)) || !tf.getKernel(kernelName, 'cpu')) return stock(args);
  const output = borrowCpuKernel(kernelName)(args);
  const ofNothing = OF_NOTHING[kernelName];
  // The plain backend has NaN or 0 for each of them.
  if (ofNothing !== undefined)
    (args.backend as WasmBackend).typedArrayFromHeap(output as tf.TensorInfo).fill(ofNothing);
  return output;
};

const OF_NOTHING: Record<string, number> = {
  Max: Number.NEGATIVE_INFINITY,
  Min: Number.POSITIVE_INFINITY,
  Mean: Number.NaN,
};

const hasNaN = (args: Args): boolean =>
  inputsOf(args).some(
    (x) =>
      x.dtype === 'float32' && (args.backend as WasmBackend).typedArrayFromHeap(x).some((value) => Number.isNaN(value)),
  );

/** NaN becomes a number, which hides that a training diverged. */
const keepsNaN: Repair = (args, stock) => {
  if (!hasNaN(args)) return stock(args);
  const output = stock(args) as tf.TensorInfo;
  const wasm = args.backend as WasmBackend;
  const given = wasm.typedArrayFromHeap(inputsOf(args)[0]!);
  const values = wasm.typedArrayFromHeap(output);
  given.forEach((value, i) => {
    if (Number.isNaN(value)) values[i] = Number.NaN;
  });
  return output;
};

/** Integers divided by zero end in any number, or in an error of the machine. */
const noDivisionByZero: Repair = (args, stock) => {
  const { b } = args.inputs as { b: tf.TensorInfo };
  if (b.dtype === 'int32' && !has(args, 'float32') && (args.backend as WasmBackend).typedArrayFromHeap(b).includes(0)) {
    throw new Error('Integer division by zero');
  }
  return stock(args);
};

/** A negative axis is not counted from the end: the kernel writes beyond its tensor. */
const axisFromTheEnd: Repair = (args, stock) => {
  const axis = attr<number>(args, 'axis');
  const rank = inputsOf(args)[0]!.shape.length;
  return axis < 0 ? stock({ ...args, attrs: { ...args.attrs, axis: axis + rank } }) : stock(args);
};

/** Whether values that repeat over the last dimensions are all that a broadcast of `shape` to `target` asks for. */
function repeatsAtTheEnd(shape: readonly number[], target: readonly number[]): boolean {
  const first = shape.findIndex((size) => size !== 1);
  const inner = first < 0 ? [] : shape.slice(first);
  return inner.length <= target.length && inner.every((size, i) => size === target[target.length - inner.length + i]);
}

/** Batches that are broadcast on both sides, or within, are paired by their number alone. */
const broadcastBatches: Repair = (args, stock) => {
  const { a, b } = args.inputs as { a: tf.TensorInfo; b: tf.TensorInfo };
  const batch = tf.broadcast_util.assertAndGetBroadcastShape(a.shape.slice(0, -2), b.shape.slice(0, -2));
  const whole = tf.util.sizeFromShape(batch);
  const isPaired = ({ shape }: tf.TensorInfo) => repeatsAtTheEnd(shape.slice(0, -2), batch);
  const isWhole = ({ shape }: tf.TensorInfo) => tf.util.sizeFromShape(shape.slice(0, -2)) === whole;
  if (isPaired(a) && isPaired(b) && (isWhole(a) || isWhole(b))) return stock(args);
  const spread = (x: tf.TensorInfo): tf.TensorInfo => {
    const shape = [...Array(batch.length + 2 - x.shape.length).fill(1), ...x.shape];
    const reps = [...batch.map((size, i) => (size === shape[i] ? 1 : size)), 1, 1];
    return call('Tile', { ...args, inputs: { x: { ...x, shape } }, attrs: { reps } });
  };
  const parts = { a: spread(a), b: spread(b) };
  const output = stock({ ...args, inputs: { ...args.inputs, ...parts } });
  for (const { dataId } of Object.values(parts)) (args.backend as WasmBackend).disposeData(dataId);
  return output;
};

/** It divides by the whole window at the border too, where padding lies, of which forward pooling keeps clear. */
const noPadding: Repair = (args, stock, kernelName) => {
  const pad = attr<unknown>(args, 'pad');
  if (pad === 'valid' || pad === 0) return stock(args);
  throw new Error(`${kernelName}: WebAssembly computes this gradient without padding only: pool with 'valid'.`);
};

const UNARY = [
  ...['Abs', 'Acos', 'Acosh', 'Asin', 'Asinh', 'Atan', 'Atanh', 'Ceil', 'Cos', 'Cosh', 'Elu', 'Erf', 'Exp', 'Expm1'],
  ...['Floor', 'LeakyRelu', 'Log', 'Log1p', 'Neg', 'Prelu', 'Reciprocal', 'Relu', 'Relu6', 'Round', 'Rsqrt', 'Selu'],
  ...['Sigmoid', 'Sign', 'Sin', 'Sinh', 'Softmax', 'Softplus', 'Sqrt', 'Square', 'Step', 'Tan', 'Tanh', 'ClipByValue'],
];
const BINARY = [
  ...['Add', 'Sub', 'Multiply', 'RealDiv', 'FloorDiv', 'Mod', 'Pow', 'SquaredDifference', 'Atan2'],
  ...['Maximum', 'Minimum'],
];
const REDUCING = ['Max', 'Min', 'Mean', 'Sum', 'Prod', 'Cumsum', 'Cumprod'];

/** What is wrong of which kernels; of several repairs of a kernel, the last is asked first. */
const REPAIRS: readonly (readonly [kernelNames: readonly string[], repair: Repair])[] = [
  // Indicators trained on zeros: the ones of float32 were written as integers.
  [['OneHot'], plainWhere((args) => attr(args, 'dtype') !== 'int32')],
  [['Prelu'], plainWhere(({ inputs: { x, alpha } }) => !repeatsAtTheEnd(alpha!.shape, x!.shape))],
  [['GatherV2'], plainWhere((args) => attr<number>(args, 'batchDims') !== 0)],
  [['Cast'], plainWhere((args) => attr(args, 'dtype') === 'bool')],
  [['ClipByValue'], plainWhere((args) => has(args, 'int32'))],
  [['StridedSlice'], plainWhere((args) => has(args, 'int32', 'bool'))],
  [['Select'], plainWhere(({ inputs: { t } }) => t!.dtype === 'bool')],
  [['TopK', 'ScatterNd', 'Reverse', 'TensorScatterUpdate'], plainWhere((args) => has(args, 'bool'))],
  [['BatchMatMul'], plainWhere((args) => has(args, 'int32'))],
  [['MaxPoolGrad', 'MaxPool3DGrad'], plainWhere(() => true)],
  [['Maximum', 'Minimum'], plainWhere(hasNaN)],
  [['Relu6', 'Sign', 'ClipByValue'], keepsNaN],
  [['FloorDiv', 'Mod', 'RealDiv'], noDivisionByZero],
  [['Cumsum', 'Cumprod'], axisFromTheEnd],
  [['BatchMatMul', '_FusedMatMul'], broadcastBatches],
  [['AvgPoolGrad', 'AvgPool3DGrad'], noPadding],
  [['Acos', 'Acosh', 'Asin', 'Asinh', 'Atan', 'Atanh', 'Log1p', 'Prelu', 'Reciprocal'], asFloat('int32')],
  [[...UNARY, ...BINARY, ...REDUCING], asFloat('bool')],
];
