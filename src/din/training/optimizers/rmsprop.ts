import * as tf from '@tensorflow/tfjs';
import { checkPositive, checkRange } from '../../checks';
import { type ClippingOptions, checkOptimizer, clippingConfig } from './clipping';
import type { OptimizerDefinition } from './optimizer';
import { checkLearningRate, type LearningRate } from './schedules';

export interface RmsPropOptions extends ClippingOptions {
  /** A number or one of `din.schedules`; default 0.001. */
  learningRate?: LearningRate;
  /** Share of the mean square that stays, default 0.9. */
  rho?: number;
  /** Default 0: none. */
  momentum?: number;
  /** Default 1e-7. */
  epsilon?: number;
}

/**
 * RMSProp, as Keras writes it: s = rho * s + (1 - rho) * g^2; u = lr * g / sqrt(s + epsilon); p -= u, or with momentum
 * w = momentum * w + u; p -= w.
 * @throws DataError for settings outside their range.
 */
export function rmsprop(options: RmsPropOptions = {}): OptimizerDefinition {
  checkOptimizer('rmsprop', options, ['rho', 'momentum', 'epsilon']);
  const { learningRate = 1e-3, rho = 0.9, momentum = 0, epsilon = 1e-7 } = options;
  checkLearningRate('rmsprop', learningRate);
  checkRange('rmsprop', 'rho', rho, 0, 1);
  checkRange('rmsprop', 'momentum', momentum, 0, 1);
  checkPositive('rmsprop', 'epsilon', epsilon);
  return {
    config: { kind: 'rmsprop', learningRate, rho, momentum, epsilon, ...clippingConfig('rmsprop', options) },
    slots: [{ name: 'squares', initial: 0 }, ...(momentum ? [{ name: 'velocity', initial: 0 }] : [])],
    startStep({ learningRate: rate }) {
      return (variable, gradient, slots) => {
        const squares = tf.add(slots.squares, tf.mul(tf.sub(tf.square(gradient), slots.squares), 1 - rho));
        slots.squares.assign(squares);
        let move: tf.Tensor = tf.div(tf.mul(gradient, rate), tf.sqrt(tf.add(squares, epsilon)));
        if (momentum) {
          move = tf.add(tf.mul(slots.velocity, momentum), move);
          slots.velocity.assign(move);
        }
        variable.assign(tf.sub(variable, move));
      };
    },
  };
}
