import * as tf from '@tensorflow/tfjs';
import { checkPositive } from '../../checks';
import { type AdamOptions, adamConfig, adamRule, adamSlots } from './adam';
import type { OptimizerDefinition } from './optimizer';

export interface AdamWOptions extends AdamOptions {
  /** Share of a weight that a step takes away, times the learning rate; default 0.004, as in Keras. */
  weightDecay?: number;
}

/**
 * AdamW (Loshchilov and Hutter, arXiv 1711.05101): Adam with decoupled weight decay, p -= lr * weightDecay * p before
 * Adam's own move. All weights decay, embedding tables whole, so their updates are dense (with `lazy` tables, rows
 * without a gradient do not decay).
 * @throws DataError for settings outside their range.
 */
export function adamw(options: AdamWOptions = {}): OptimizerDefinition {
  const config = adamConfig('adamw', options, ['weightDecay']);
  const { weightDecay = 0.004 } = options;
  checkPositive('adamw', 'weightDecay', weightDecay);
  return {
    config: { kind: 'adamw', ...config, weightDecay },
    slots: adamSlots,
    startStep: (scalars) => adamRule(config, scalars, tf.sub(1, tf.mul(scalars.learningRate, weightDecay))),
  };
}
