import * as tf from '@tensorflow/tfjs';
import { checkRange } from '../../checks';
import { type ClippingOptions, checkOptimizer, clippingConfig } from './clipping';
import type { OptimizerDefinition } from './optimizer';
import { checkLearningRate, type LearningRate } from './schedules';

export interface MomentumOptions extends ClippingOptions {
  /** A number or one of `din.schedules`; default 0.01. */
  learningRate?: LearningRate;
  /** Share of the velocity that stays, default 0.9. */
  momentum?: number;
  /** Look ahead by the velocity, default false. */
  nesterov?: boolean;
}

/**
 * Gradient descent with momentum, as Keras writes it: u = momentum * u - lr * g; p += u, or with Nesterov's look-ahead
 * p += momentum * u - lr * g.
 * @throws DataError for settings outside their range.
 */
export function momentum(options: MomentumOptions = {}): OptimizerDefinition {
  checkOptimizer('momentum', options, ['momentum', 'nesterov']);
  const { learningRate = 0.01, momentum: share = 0.9, nesterov = false } = options;
  checkLearningRate('momentum', learningRate);
  checkRange('momentum', 'momentum', share, 0, 1);
  const clipping = clippingConfig('momentum', options);
  return {
    config: { kind: 'momentum', learningRate, momentum: share, nesterov, ...clipping },
    slots: [{ name: 'velocity', initial: 0 }],
    startStep({ learningRate: rate }) {
      return (variable, gradient, slots) => {
        const move = tf.mul(gradient, rate);
        const velocity = tf.sub(tf.mul(slots.velocity, share), move);
        slots.velocity.assign(velocity);
        variable.assign(tf.add(variable, nesterov ? tf.sub(tf.mul(velocity, share), move) : velocity));
      };
    },
  };
}
