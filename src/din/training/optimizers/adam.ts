import * as tf from '@tensorflow/tfjs';
import { checkChoice, checkPositive, checkRange } from '../../checks';
import { DataError } from '../../errors';
import { asKerasRounds } from '../../graph/tables/adam-schedule';
import { type ClippingOptions, checkOptimizer, clippingConfig, clips } from './clipping';
import { assignTouchedRows } from './lazy';
import type { OptimizerConfig, OptimizerDefinition, StepScalars, UpdateRule } from './optimizer';
import { checkLearningRate, type LearningRate } from './schedules';

export interface AdamOptions extends ClippingOptions {
  /** A number or one of `din.schedules`; default 0.001. */
  learningRate?: LearningRate;
  /** Decay of the first moment, default 0.9. */
  beta1?: number;
  /** Decay of the second moment, default 0.999. */
  beta2?: number;
  /** Default 1e-7, as in Keras and TensorFlow.js. */
  epsilon?: number;
  /**
   * Where epsilon stands. `keras` (default), the paper's "epsilon-hat": p -= lr * sqrt(1 - b2^t) / (1 - b1^t) * m / (sqrt(v) + epsilon).
   * `tfjs` (also PyTorch's): p -= lr * m^ / (sqrt(v^) + epsilon), with m^ = m / (1 - b1^t), v^ = v / (1 - b2^t).
   */
  convention?: 'keras' | 'tfjs';
  /**
   * Embedding tables: `exact` (default) moves every row at every step, by its momentum, as any other weight; in a graph
   * that costs no more than the rows a batch touches (deferred updates). `lazy` moves only rows that have a gradient in
   * the step, and leaves the others and their moments alone: another algorithm, common in recommenders.
   */
  tables?: 'exact' | 'lazy';
  /**
   * Ids that occur several times in a batch: `sum` (default) adds their gradients first, as TensorFlow.js and PyTorch
   * do. `keras` lets v follow the sum of the single squares, as stock Keras with TensorFlow does; for parity, in graphs.
   */
  repeatedIds?: 'sum' | 'keras';
}

/** Adam's settings, checked, with their defaults. @throws DataError for settings that do not exist or lie outside their range. */
export function adamConfig(name: string, options: AdamOptions, more: readonly string[] = []) {
  checkOptimizer(name, options, ['beta1', 'beta2', 'epsilon', 'convention', 'tables', 'repeatedIds', ...more]);
  const { learningRate = 1e-3, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-7, convention = 'keras' } = options;
  const { tables = 'exact', repeatedIds = 'sum' } = options;
  checkLearningRate(name, learningRate);
  checkRange(name, 'beta1', beta1, 0, 1);
  checkRange(name, 'beta2', beta2, 0, 1);
  checkPositive(name, 'epsilon', epsilon);
  checkChoice(name, 'convention', convention, ['keras', 'tfjs']);
  checkChoice(name, 'tables', tables, ['exact', 'lazy']);
  checkChoice(name, 'repeatedIds', repeatedIds, ['sum', 'keras']);
  const clipping = clippingConfig(name, options);
  if (repeatedIds === 'keras' && (convention !== 'keras' || clips(clipping as OptimizerConfig))) {
    throw new DataError(`${name}: repeatedIds 'keras' goes with convention 'keras' and without clipping.`);
  }
  // Settings that are as they were before they existed are left out: saved optimizers stay readable.
  const extra = { ...(tables === 'exact' ? {} : { tables }), ...(repeatedIds === 'sum' ? {} : { repeatedIds }) };
  return { learningRate, beta1, beta2, epsilon, convention, ...extra, ...clipping };
}

/** Adam's slots. */
export const adamSlots = [
  { name: 'm', initial: 0 },
  { name: 'v', initial: 0 },
];

/**
 * Adam (Kingma and Ba, arXiv 1412.6980), dense: every weight moves at every step, rows of an embedding that the batch
 * does not contain by their momentum.
 * @throws DataError for settings outside their range.
 */
export function adam(options: AdamOptions = {}): OptimizerDefinition {
  const config = adamConfig('adam', options);
  return {
    config: { kind: 'adam', ...config },
    slots: adamSlots,
    startStep: (scalars) => adamRule(config, scalars),
  };
}

/** One step of Adam. `shrink`: weights are multiplied by it first (AdamW's decay). */
export function adamRule(
  { beta1, beta2, epsilon, convention, ...config }: ReturnType<typeof adamConfig>,
  { learningRate: rate, iteration }: StepScalars,
  shrink?: tf.Tensor,
): UpdateRule {
  const { tables, repeatedIds } = config as AdamOptions;
  const complement = (beta: number) =>
    asKerasRounds(beta)
      ? tf.sub(1, tf.pow(tf.scalar(beta), iteration))
      : tf.neg(tf.expm1(tf.mul(iteration, Math.log(beta))));
  const correction1 = complement(beta1);
  const correction2 = tf.sqrt(complement(beta2));
  const alpha = tf.div(tf.mul(rate, correction2), correction1);
  // tfjs' form divides sqrt(v) by correction2 as well: the same as scaling epsilon by correction2 and nothing else.
  const epsilonTerm = convention === 'keras' ? tf.scalar(epsilon) : tf.mul(correction2, epsilon);
  return (variable, gradient, slots, table) => {
    if (table && repeatedIds === 'keras') {
      throw new DataError(
        "adam: repeatedIds 'keras' needs tables that a graph updates row by row (native backend, graph not 'off', no penalty on whole tables).",
      );
    }
    const m = tf.add(slots.m, tf.mul(tf.sub(gradient, slots.m), 1 - beta1));
    const v = tf.add(slots.v, tf.mul(tf.sub(tf.square(gradient), slots.v), 1 - beta2));
    const start = shrink ? tf.mul(variable, shrink) : variable;
    const moved = tf.sub(start, tf.div(tf.mul(m, alpha), tf.add(tf.sqrt(v), epsilonTerm)));
    const updates: [tf.Variable, tf.Tensor][] = [
      [slots.m, m],
      [slots.v, v],
      [variable, moved],
    ];
    if (table && tables === 'lazy') assignTouchedRows(gradient, updates);
    else for (const [target, value] of updates) target.assign(value);
  };
}
