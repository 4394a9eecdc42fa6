import * as tf from '@tensorflow/tfjs';

/** Mean and variance of each channel, `[channels]`. */
export interface Statistics<T> {
  mean: T;
  variance: T;
}

/**
 * Statistics of a batch over everything but the channels; the moving averages follow them.
 * @param x `[..., channels]`; @param mask `[batch, positions]` of x `[batch, positions, channels]`: padding counts in neither.
 * @param momentum weight of the old value in the averages.
 */
export function batchStatistics(
  x: tf.Tensor,
  mask: tf.Tensor | undefined,
  averages: Statistics<tf.LayerVariable>,
  momentum: number,
): Statistics<tf.Tensor> {
  const channels = x.shape[x.rank - 1];
  const flat = tf.reshape(x, [-1, channels]);
  const weights = mask ? tf.reshape(mask, [-1, 1]) : tf.ones([flat.shape[0], 1]);
  const present = tf.sum(weights);
  // A batch of empty histories has no statistics: count 1 keeps the division defined, and nothing is learnt from it.
  const count = tf.maximum(present, 1);
  const mean = tf.div(tf.sum(tf.mul(flat, weights), 0), count);
  const deviation = tf.sub(flat, mean);
  const variance = tf.div(tf.sum(tf.mul(tf.square(deviation), weights), 0), count);
  const rate = tf.mul(tf.cast(tf.greater(present, 0), 'float32'), 1 - momentum);
  const follow = (average: tf.LayerVariable, value: tf.Tensor) => {
    const old = average.read();
    average.write(tf.add(old, tf.mul(tf.sub(value, old), rate)));
  };
  follow(averages.mean, mean);
  follow(averages.variance, variance);
  return { mean, variance };
}
