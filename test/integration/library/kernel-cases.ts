import * as tf from '@tensorflow/tfjs';
import { createRandom } from '../../../src/base/random';

export type Case = () => tf.Tensor | tf.Tensor[];

const numbers = (shape: number[], seed: number, value: (random: number) => number): number[] => {
  const random = createRandom(seed).next;
  return Array.from({ length: tf.util.sizeFromShape(shape) }, () => value(random()));
};
/** Numbers in -2 to 2; above 0; whole ones from 0 to below `end`; true and false. */
const float = (shape: number[], seed = 1) =>
  tf.tensor(
    numbers(shape, seed, (random) => random * 4 - 2),
    shape,
  );
const positive = (shape: number[], seed = 1) => tf.add(tf.abs(float(shape, seed)), 0.1);
const int = (shape: number[], end = 5, seed = 1) =>
  tf.tensor(
    numbers(shape, seed, (random) => Math.floor(random * end)),
    shape,
    'int32',
  );
const bool = (shape: number[], seed = 1) => tf.cast(int(shape, 2, seed), 'bool');
const odd = () => tf.tensor([Number.NaN, Infinity, -Infinity, 0, -0, 100, -100]);

/** An operation by its name in `tf`: what is compared is what a user calls, and its gradient. */
type Operation = (...given: unknown[]) => tf.Tensor;
const operation = (name: string): Operation => (tf as unknown as Record<string, Operation>)[name]!;
const gradient = (of: (...x: tf.Tensor[]) => tf.Tensor, ...at: tf.Tensor[]) =>
  tf.grads((...x) => tf.sum(tf.square(of(...x))))(at);

const UNARY = `abs acos acosh asin asinh atan atanh ceil cos cosh elu erf exp expm1 floor isFinite isInf isNaN leakyRelu
  log log1p logSigmoid neg reciprocal relu relu6 round rsqrt selu sigmoid sign sin sinh softplus sqrt square step tan tanh
  softmax logSoftmax logicalNot onesLike zerosLike clone`.split(/\s+/);
const BINARY = `add sub mul div divNoNan floorDiv maximum minimum mod pow squaredDifference atan2 prelu equal notEqual
  greater greaterEqual less lessEqual`.split(/\s+/);
const COMPARING = /qual|reater|less/;
const REDUCING = 'sum mean max min prod any all argMax argMin logSumExp cumsum cumprod euclideanNorm'.split(' ');

function unary(): Record<string, Case> {
  const cases: Record<string, Case> = {};
  for (const name of UNARY) {
    const run = operation(name);
    cases[`${name} float32`] = () => run(float([3, 4]));
    cases[`${name} positive`] = () => run(positive([3, 4]));
    cases[`${name} int32`] = () => run(int([3, 4]));
    cases[`${name} bool`] = () => run(bool([3, 4]));
    cases[`${name} empty`] = () => run(tf.zeros([0, 4]));
    cases[`${name} NaN`] = () => run(odd());
    cases[`gradient of ${name}`] = () => gradient(run, tf.mul(positive([3, 4]), 0.4));
    cases[`gradient of ${name} below 0`] = () => gradient(run, tf.mul(float([3, 4]), 0.4));
  }
  return cases;
}

function binary(): Record<string, Case> {
  const pairs: Record<string, () => [tf.Tensor, tf.Tensor]> = {
    'of one shape': () => [float([3, 4]), float([3, 4], 2)],
    'by row': () => [float([3, 4]), float([4], 2)],
    'by column': () => [float([3, 4]), float([3, 1], 2)],
    outer: () => [float([3, 1]), float([1, 4], 2)],
    'by a number': () => [float([3, 4]), tf.scalar(1.5)],
    'of a number': () => [tf.scalar(1.5), float([3, 4])],
    'in the middle': () => [float([2, 3, 4]), float([2, 1, 4], 2)],
    'by matrix': () => [float([2, 3, 4]), float([3, 4], 2)],
    empty: () => [tf.zeros([0, 4]), float([4])],
    'of NaN': () => [tf.tensor([Number.NaN, 3, 0, -0, Infinity]), tf.tensor([1, Number.NaN, 0, 0, 2])],
    int32: () => [int([3, 4]), tf.add(int([3, 4], 5, 2), tf.scalar(1, 'int32'))],
    'int32 by 0': () => [int([3, 4]), tf.zeros([3, 4], 'int32')],
    'int32 and float32': () => [int([3, 4]), float([3, 4], 2)],
    'large int32': () => [tf.tensor1d([2 ** 24 + 1, -7], 'int32'), tf.tensor1d([3, 2], 'int32')],
    bool: () => [bool([3, 4]), bool([3, 4], 2)],
  };
  const cases: Record<string, Case> = {};
  for (const name of BINARY) {
    const run = operation(name);
    for (const [how, pair] of Object.entries(pairs)) {
      cases[`${name} ${how}`] = () => run(...pair());
      if (COMPARING.test(name) || /int32|bool|NaN/.test(how)) continue;
      cases[`gradient of ${name} ${how}`] = () => gradient(run, ...pair().map((x) => tf.add(tf.abs(x), 0.1)));
    }
  }
  for (const name of ['logicalAnd', 'logicalOr', 'logicalXor']) {
    cases[name] = () => operation(name)(bool([3, 4]), bool([3, 4], 2));
    cases[`${name} by row`] = () => operation(name)(bool([3, 4]), bool([4], 2));
  }
  return cases;
}

function reducing(): Record<string, Case> {
  const tensors: Record<string, () => tf.Tensor> = {
    float32: () => float([3, 4, 2]),
    int32: () => int([3, 4, 2]),
    bool: () => bool([3, 4, 2]),
    empty: () => tf.zeros([0, 4, 2]),
    NaN: () => tf.tensor([Number.NaN, 1, 2, 3, Number.NaN, 5, 6, 7], [2, 2, 2]),
  };
  const cases: Record<string, Case> = {};
  for (const name of REDUCING) {
    for (const axis of [undefined, 0, 1, -1, [0, 1]]) {
      if (Array.isArray(axis) && /arg|cum/.test(name)) continue;
      for (const keep of [false, true]) {
        const run = (x: tf.Tensor) => operation(name)(x, axis, keep);
        const how = `over ${axis}${keep ? ', true' : ''}`;
        for (const [kind, x] of Object.entries(tensors)) cases[`${name} ${how} of ${kind}`] = () => run(x());
        if (!/any|all|arg|euclid/.test(name))
          cases[`gradient of ${name} ${how}`] = () => gradient(run, float([3, 4, 2]));
      }
    }
  }
  return cases;
}

function products(): Record<string, Case> {
  const cases: Record<string, Case> = {};
  for (const transposeA of [false, true]) {
    for (const transposeB of [false, true]) {
      const turned = (shape: number[], turn: boolean) =>
        turn ? [...shape.slice(0, -2), ...shape.slice(-2).reverse()] : shape;
      const run = (a: tf.Tensor, b: tf.Tensor) => tf.matMul(a, b, transposeA, transposeB);
      const pair = (a: number[], b: number[]): [tf.Tensor, tf.Tensor] => [
        float(turned(a, transposeA)),
        float(turned(b, transposeB), 2),
      ];
      const how = `${transposeA ? 'turned' : 'as is'}, ${transposeB ? 'turned' : 'as is'}`;
      for (const [batchA, batchB] of [
        [[], []],
        [[2], [2]],
        [[2], [1]],
        [[1], [2]],
        [
          [2, 1],
          [1, 2],
        ],
        [
          [2, 3],
          [2, 1],
        ],
        [[2, 3], [3]],
      ]) {
        const a = [...batchA!, 3, 4];
        const b = [...batchB!, 4, 5];
        cases[`matMul [${a}] and [${b}], ${how}`] = () => run(...pair(a, b));
        cases[`gradient of matMul [${a}] and [${b}], ${how}`] = () => gradient(run, ...pair(a, b));
      }
      cases[`matMul int32, ${how}`] = () => run(int(turned([3, 4], transposeA)), int(turned([4, 5], transposeB), 5, 2));
    }
  }
  for (const activation of ['linear', 'relu', 'relu6', 'elu', 'prelu', 'leakyrelu', 'sigmoid'] as const) {
    cases[`fused matMul, ${activation}`] = () =>
      tf.fused.matMul({
        a: float([3, 4]),
        b: float([4, 5], 2),
        bias: float([5]),
        activation,
        leakyreluAlpha: 0.3,
        ...(activation === 'prelu' ? { preluActivationWeights: float([5], 4) } : {}),
      });
  }
  cases.einsum = () => tf.einsum('ij,jk->ik', float([3, 4]), float([4, 5], 2));
  cases.dot = () => tf.dot(float([4]), float([4], 2));
  cases['outer product'] = () => tf.outerProduct(float([4]) as tf.Tensor1D, float([3], 2) as tf.Tensor1D);
  return cases;
}

function moving(): Record<string, Case> {
  const cases: Record<string, Case> = {};
  const tensors = { float32: () => float([4, 3, 2]), int32: () => int([4, 3, 2]), bool: () => bool([4, 3, 2]) };
  for (const [kind, x] of Object.entries(tensors)) {
    const add = (name: string, run: Case) => {
      cases[`${name} of ${kind}`] = run;
    };
    const rows = (...ids: number[]) => tf.tensor1d(ids, 'int32');
    add('gather', () => tf.gather(x(), rows(3, 0, 0)));
    add('gather over 1', () => tf.gather(x(), rows(2, 0, 0), 1));
    add('gather of a matrix of ids', () => tf.gather(x(), int([2, 3], 4)));
    add('gather by batch', () => tf.gather(x(), int([4, 2], 3), 1, 1));
    add('gatherND', () =>
      tf.gatherND(
        x(),
        tf.tensor2d(
          [
            [0, 1],
            [3, 2],
          ],
          [2, 2],
          'int32',
        ),
      ),
    );
    add('slice', () => tf.slice(x(), [1, 0, 1], [2, 3, 1]));
    add('strided slice', () => tf.stridedSlice(x(), [0, 0, 0], [4, 3, 2], [2, 2, 1]));
    add('strided slice backwards', () => tf.stridedSlice(x(), [3, 2, 1], [0, 0, 0], [-1, -1, -1]));
    for (const axis of [0, 1, 2]) add(`concat over ${axis}`, () => tf.concat([x(), x()], axis));
    add('concat with an empty one', () => tf.concat([x(), tf.zeros([0, 3, 2], x().dtype)], 0));
    add('stack', () => tf.stack([x(), x()], 1));
    add('unstack', () => tf.unstack(x(), 1));
    add('split', () => tf.split(x(), [1, 2], 1));
    add('transpose', () => tf.transpose(x(), [2, 0, 1]));
    add('tile', () => tf.tile(x(), [2, 1, 3]));
    add('pad', () =>
      tf.pad(
        x(),
        [
          [1, 0],
          [0, 2],
          [1, 1],
        ],
        kind === 'float32' ? 1.5 : 1,
      ),
    );
    add('mirror', () =>
      tf.mirrorPad(
        x(),
        [
          [1, 1],
          [0, 1],
          [1, 1],
        ],
        'reflect',
      ),
    );
    add('reverse', () => tf.reverse(x(), [0, 2]));
    add('reshape', () => tf.reshape(x(), [6, 4]));
    add('where', () => tf.where(bool([4, 3, 2]), x(), tf.zerosLike(x())));
    add('where, broadcast', () => tf.where(bool([4, 1, 1]), x(), tf.zerosLike(x())));
    for (const dtype of ['float32', 'int32', 'bool'] as const) add(`cast to ${dtype}`, () => tf.cast(x(), dtype));
    add('unsortedSegmentSum', () => tf.unsortedSegmentSum(x(), rows(0, 2, 2, 1), 3));
    add('scatterND', () =>
      tf.scatterND(tf.tensor2d([[1], [3], [1]], [3, 1], 'int32'), tf.slice(x(), [0, 0, 0], [3, 3, 2]), [5, 3, 2]),
    );
    add('scatter into', () =>
      tf.tensorScatterUpdate(x(), tf.tensor2d([[1], [3]], [2, 1], 'int32'), tf.slice(x(), [0, 0, 0], [2, 3, 2])),
    );
    add('broadcastTo', () => tf.broadcastTo(tf.slice(x(), [0, 0, 0], [1, 3, 2]), [4, 3, 2]));
    add('clip', () => tf.clipByValue(x(), 0.5, 1));
    add('fill', () => tf.fill([2, 2], 1, x().dtype as 'float32'));
    add('eye', () => tf.eye(3, 4, undefined, x().dtype as 'float32'));
  }
  for (const kind of ['float32', 'int32'] as const) {
    cases[`topk of ${kind}`] = () => Object.values(tf.topk(tensors[kind](), 2));
    cases[`unique of ${kind}`] = () => Object.values(tf.unique(tf.reshape(tensors[kind](), [24])));
  }
  for (const dtype of [undefined, 'int32', 'float32'] as const)
    for (const [on, off] of [
      [1, 0],
      [3, -2],
    ])
      for (const shape of [[4], [2, 3]])
        cases[`oneHot [${shape}] as ${dtype}: ${on}, ${off}`] = () =>
          tf.oneHot(int(shape, 4), 4, on, off, dtype as 'int32');
  cases['gradient of gather'] = () => gradient((x) => tf.gather(x, int([2, 3], 4)), float([4, 3]));
  cases['gradient of gather over 1'] = () =>
    gradient((x) => tf.gather(x, tf.tensor1d([2, 0, 0], 'int32'), 1), float([4, 3, 2]));
  cases['gradient of concat'] = () => gradient((x, y) => tf.concat([x!, y!], 1), float([2, 3]), float([2, 2], 2));
  cases['gradient of where'] = () =>
    gradient((x, y) => tf.where(bool([3, 4]), x!, y!), float([3, 4]), float([3, 4], 2));
  cases['gradient of tile'] = () => gradient((x) => tf.tile(x!, [2, 3]), float([2, 3]));
  cases['gradient of pad'] = () =>
    gradient(
      (x) =>
        tf.pad(x!, [
          [1, 1],
          [0, 2],
        ]),
      float([2, 3]),
    );
  cases['gradient of slice'] = () => gradient((x) => tf.slice(x!, [0, 1], [2, 2]), float([2, 3]));
  cases['gradient of a transpose'] = () => gradient((x) => tf.mul(tf.transpose(x!), float([3, 2])), float([2, 3]));
  return cases;
}

function others(): Record<string, Case> {
  const cases: Record<string, Case> = {};
  const labels = () => tf.cast(bool([3, 4]), 'float32');
  for (const name of [
    'absoluteDifference',
    'hingeLoss',
    'huberLoss',
    'meanSquaredError',
    'sigmoidCrossEntropy',
    'softmaxCrossEntropy',
  ] as const)
    cases[`loss ${name}`] = () => tf.losses[name](labels(), float([3, 4]));
  cases['loss logLoss'] = () => tf.losses.logLoss(labels(), tf.sigmoid(float([3, 4])));
  for (const [stride, pad] of [
    [1, 'same'],
    [2, 'valid'],
    [1, 'valid'],
  ] as const) {
    const image = () => float([2, 6, 6, 3]) as tf.Tensor4D;
    const filter = (out: number) => float([3, 3, 3, out], 2) as tf.Tensor4D;
    const conv = (x: tf.Tensor, w: tf.Tensor) => tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, stride, pad);
    const depthwise = (x: tf.Tensor, w: tf.Tensor) =>
      tf.depthwiseConv2d(x as tf.Tensor4D, w as tf.Tensor4D, stride, pad);
    const maxPool = (x: tf.Tensor) => tf.maxPool(x as tf.Tensor4D, 3, stride, pad);
    const avgPool = (x: tf.Tensor) => tf.avgPool(x as tf.Tensor4D, 3, stride, pad);
    const how = `by ${stride}, ${pad}`;
    cases[`conv2d ${how}`] = () => conv(image(), filter(4));
    cases[`depthwise ${how}`] = () => depthwise(image(), filter(2));
    cases[`maxPool ${how}`] = () => maxPool(image());
    cases[`avgPool ${how}`] = () => avgPool(image());
    cases[`gradient of conv2d ${how}`] = () => gradient(conv, image(), filter(4));
    cases[`gradient of depthwise ${how}`] = () => gradient(depthwise, image(), filter(2));
    cases[`gradient of maxPool ${how}`] = () => gradient(maxPool, image());
    cases[`gradient of avgPool ${how}`] = () => gradient(avgPool, image());
  }
  cases.batchNorm = () =>
    tf.batchNorm(float([2, 3, 3, 4]), float([4]), positive([4]), float([4], 2), float([4], 3), 1e-3);
  cases.moments = () => Object.values(tf.moments(float([3, 4]), 0));
  cases.norm = () => [tf.norm(float([3, 4])), tf.norm(float([3, 4]), 1, 1), tf.norm(float([3, 4]), Infinity)];
  cases.bincount = () => [
    tf.bincount(int([20]) as tf.Tensor1D, tf.tensor1d([]), 5),
    tf.bincount(int([20]) as tf.Tensor1D, float([20]) as tf.Tensor1D, 5),
  ];
  cases['sum of a million'] = () => tf.sum(tf.ones([1000, 1000]));
  cases.addN = () => tf.addN([float([3]), float([3], 2), float([3], 3)]);
  cases['random numbers'] = () => [
    tf.randomUniform([5], 0, 1, 'float32', 3),
    tf.randomNormal([5], 0, 1, 'float32', 3),
    tf.truncatedNormal([5], 0, 1, 'float32', 3),
  ];
  return cases;
}

/** Operations over types, broadcasts, empty tensors, NaN, with their gradients; a case makes its own tensors. */
export const kernelCases: Record<string, Case> = {
  ...unary(),
  ...binary(),
  ...reducing(),
  ...products(),
  ...moving(),
  ...others(),
};
