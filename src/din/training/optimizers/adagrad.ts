import * as tf from '@tensorflow/tfjs';
import { checkChoice, checkPositive, checkRange } from '../../checks';
import { type ClippingOptions, checkOptimizer, clippingConfig } from './clipping';
import type { OptimizerDefinition } from './optimizer';
import { checkLearningRate, type LearningRate } from './schedules';

export interface AdagradOptions extends ClippingOptions {
  /** A number or one of `din.schedules`; default 0.001, as in Keras; recommenders use 0.01 to 0.1. */
  learningRate?: LearningRate;
  /** What the sum of squares starts with, default 0.1. */
  initialAccumulator?: number;
  /** Default 1e-7. */
  epsilon?: number;
  /** Embedding tables: one sum a weight (`elementwise`, default), or one a row, of the mean square (`rowwise`). */
  tables?: 'elementwise' | 'rowwise';
}

/**
 * Adagrad (Duchi et al. 2011), as Keras writes it: s += g^2; p -= lr * g / sqrt(s + epsilon). Row-wise, a table keeps
 * one number a row, s += mean(g^2) over the row: a tenth of the memory at dimension 10, and common for large tables.
 * Rows without a gradient do not change, so a graph touches only those of the batch.
 * @throws DataError for settings outside their range.
 */
export function adagrad(options: AdagradOptions = {}): OptimizerDefinition {
  checkOptimizer('adagrad', options, ['initialAccumulator', 'epsilon', 'tables']);
  const { learningRate = 1e-3, initialAccumulator = 0.1, epsilon = 1e-7, tables = 'elementwise' } = options;
  checkLearningRate('adagrad', learningRate);
  checkRange('adagrad', 'initialAccumulator', initialAccumulator, 0, Number.POSITIVE_INFINITY);
  checkPositive('adagrad', 'epsilon', epsilon);
  checkChoice('adagrad', 'tables', tables, ['elementwise', 'rowwise']);
  const rowwise = tables === 'rowwise';
  return {
    config: {
      kind: 'adagrad',
      learningRate,
      initialAccumulator,
      epsilon,
      tables,
      ...clippingConfig('adagrad', options),
    },
    slots: [{ name: 'squares', initial: initialAccumulator, perTableRow: rowwise }],
    startStep({ learningRate: rate }) {
      return (variable, gradient, slots, table) => {
        const square = tf.square(gradient);
        const squares = tf.add(slots.squares, table && rowwise ? tf.mean(square, 1, true) : square);
        slots.squares.assign(squares);
        variable.assign(tf.sub(variable, tf.div(tf.mul(gradient, rate), tf.sqrt(tf.add(squares, epsilon)))));
      };
    },
  };
}
