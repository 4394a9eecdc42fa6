import * as tf from '@tensorflow/tfjs';
import { checkPositive } from './checks';
import { type ClippingOptions, clippingConfig } from './clipping';
import type { OptimizerDefinition } from './optimizer';

export interface SgdOptions extends ClippingOptions {
  /** Default 0.01. */
  learningRate?: number;
}

/**
 * Plain stochastic gradient descent: p -= lr * g.
 * @throws DataError for a learning rate that is not positive.
 */
export function sgd(options: SgdOptions = {}): OptimizerDefinition {
  const { learningRate = 0.01 } = options;
  checkPositive('sgd', 'learningRate', learningRate);
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
