import type * as tf from '@tensorflow/tfjs';
import { DataError } from '../../errors';
import type { Callback, TrainingContext } from '../callbacks/callback';
import type { LossFunction, OutputKind, OutputLoss } from '../losses';
import { adagrad, adam, momentum, type OptimizerDefinition, rmsprop, sgd } from '../optimizers';

/** What `network.compile({ optimizer, loss })` of TensorFlow.js left in a network. */
interface Compiled {
  optimizer?: tf.Optimizer;
  loss?: unknown;
  lossFunctions?: LossFunction[];
  /** What a `tf.sequential` wraps. */
  model?: Compiled;
}

type Config = Record<string, number | boolean>;

const definitions: Record<string, (config: Config) => OptimizerDefinition> = {
  SGD: ({ learningRate }) => sgd({ learningRate: Number(learningRate) }),
  Momentum: ({ learningRate, momentum: share, useNesterov }) =>
    momentum({ learningRate: Number(learningRate), momentum: Number(share), nesterov: Boolean(useNesterov) }),
  Adagrad: ({ learningRate, initialAccumulatorValue }) =>
    adagrad({ learningRate: Number(learningRate), initialAccumulator: Number(initialAccumulatorValue) }),
  Adam: ({ learningRate, beta1, beta2, epsilon }) =>
    adam({
      learningRate: Number(learningRate),
      beta1: Number(beta1),
      beta2: Number(beta2),
      epsilon: Number(epsilon),
      convention: 'tfjs',
    }),
  RMSProp: ({ learningRate, decay, momentum: share, epsilon, centered }) => {
    if (centered) throw new DataError(`fit: centered RMSProp has no equivalent here. ${REMEDY}`);
    return rmsprop({
      learningRate: Number(learningRate),
      rho: Number(decay),
      momentum: Number(share),
      epsilon: Number(epsilon),
    });
  },
};

const REMEDY = 'Give fit an optimizer: din.optimizers.adam(), adamw, adagrad, rmsprop, momentum or sgd.';

/**
 * The optimizer of din.optimizers that does what a TensorFlow.js optimizer does; its moments start afresh.
 * @throws DataError where there is none.
 */
export function optimizerLike(optimizer: tf.Optimizer): OptimizerDefinition {
  const name = optimizer.getClassName();
  const make = definitions[name];
  if (!make) throw new DataError(`fit: tf.train's ${name} has no equivalent here. ${REMEDY}`);
  return make(optimizer.getConfig() as Config);
}

/** The optimizer that the network was compiled with, if any. */
export function compiledOptimizer(network: tf.LayersModel): tf.Optimizer | undefined {
  return (network as unknown as Compiled).optimizer;
}

/** What trains as it does. */
export function compiledDefinition(network: tf.LayersModel): OptimizerDefinition | undefined {
  const optimizer = compiledOptimizer(network);
  return optimizer && optimizerLike(optimizer);
}

/** A learning rate that callbacks set at TensorFlow.js' own optimizer, as in its own `fit`, becomes that of the next step. */
export function followRate(optimizer: tf.Optimizer, callbacks: readonly Callback[]): Callback {
  const rate = () => Number((optimizer.getConfig() as Config).learningRate);
  let seen = rate();
  const follow = (_: unknown, context: TrainingContext) => {
    const now = rate();
    if (now !== seen) context.setLearningRate(now);
    seen = now;
  };
  const steps = callbacks.flatMap(({ everySteps }) => everySteps ?? []);
  return {
    everySteps: steps.length ? steps.reduce(commonDivisor) : undefined,
    onEpochBegin: follow,
    onStepEnd: follow,
    onEpochEnd: follow,
  };
}

const commonDivisor = (a: number, b: number): number => (b === 0 ? a : commonDivisor(b, a % b));

const KINDS: Record<string, OutputKind> = {
  binaryCrossentropy: 'probabilities',
  categoricalCrossentropy: 'classes',
  sparseCategoricalCrossentropy: 'sparseClasses',
  meanSquaredError: 'numbers',
  meanAbsoluteError: 'numbers',
};

/** The losses that the network was compiled with, one an output, computed by TensorFlow.js' own functions. */
export function compiledLosses(network: tf.LayersModel): OutputLoss[] | undefined {
  const compiled = network as unknown as Compiled;
  const { loss, lossFunctions } = compiled.model ?? compiled;
  if (!lossFunctions?.length) return undefined;
  return lossFunctions.map((compute, i) => {
    const name = nameOf(loss, i, network.outputNames[i]);
    if (!compute) throw new DataError(`fit: the network was compiled without a loss for '${network.outputNames[i]}'.`);
    return { name: name && `${name} of compile`, kind: KINDS[name ?? ''] ?? 'unknown', compute };
  });
}

function nameOf(loss: unknown, index: number, output: string): string | undefined {
  if (typeof loss === 'string') return loss;
  if (typeof loss !== 'object' || loss === null) return undefined;
  const own = Array.isArray(loss) ? loss[index] : (loss as Record<string, unknown>)[output];
  return typeof own === 'string' ? own : undefined;
}
