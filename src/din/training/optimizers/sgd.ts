import * as tf from '@tensorflow/tfjs';
import { type ClippingOptions, checkOptimizer, clippingConfig } from './clipping';
import type { OptimizerDefinition } from './optimizer';
import { checkLearningRate, type LearningRate } from './schedules';

export interface SgdOptions extends ClippingOptions {
  /** A number or one of `din.schedules`; default 0.01. */
  learningRate?: LearningRate;
}

/**
 * Plain stochastic gradient descent: p -= lr * g.
 * @throws DataError for a learning rate that is not positive.
 */
export function sgd(options: SgdOptions = {}): OptimizerDefinition {
  checkOptimizer('sgd', options, []);
  const { learningRate = 0.01 } = options;
  checkLearningRate('sgd', learningRate);
  return {
    config: { kind: 'sgd', learningRate, ...clippingConfig('sgd', options) },
    slots: [],
    startStep({ learningRate: rate }) {
      return (variable, gradient) => {
        variable.assign(tf.sub(variable, tf.mul(gradient, rate)));
      };
    },
  };
}
