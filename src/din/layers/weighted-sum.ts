import * as tf from '@tensorflow/tfjs';
import { many } from './layer';

/** [vectors `[batch, positions, d]`, weights `[batch, positions]`] to the weighted sum over positions, `[batch, d]`. */
export class WeightedSum extends tf.layers.Layer {
  static className = 'DinWeightedSum';

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return tf.tidy(() => {
      const [vectors, weights] = many(inputs);
      return tf.sum(tf.mul(vectors, tf.expandDims(weights, 2)), 1);
    });
  }

  override computeOutputShape(shape: tf.Shape | tf.Shape[]): tf.Shape {
    const [[batch, , dimension]] = shape as tf.Shape[];
    return [batch, dimension];
  }
}
tf.serialization.registerClass(WeightedSum);
