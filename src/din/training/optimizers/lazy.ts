import * as tf from '@tensorflow/tfjs';

/** Assigns new values to the rows that the gradient touches, and keeps the others: `[rows, d]`. */
export function assignTouchedRows(gradient: tf.Tensor, updates: readonly [tf.Variable, tf.Tensor][]): void {
  const touched = tf.any(tf.notEqual(gradient, 0), 1, true);
  for (const [variable, value] of updates) variable.assign(tf.where(touched, value, variable));
}
