import * as tf from '@tensorflow/tfjs';
import { one } from './layer';

/**
 * Equal weights of a history's items that add up to 1: mask `[batch, positions]` to `[batch, positions]`; an empty
 * history has only zeros. With `WeightedSum` it is the masked mean.
 */
export class MeanWeights extends tf.layers.Layer {
  static className = 'DinMeanWeights';

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return tf.tidy(() => {
      const mask = one(inputs);
      return tf.div(mask, tf.maximum(tf.sum(mask, 1, true), 1));
    });
  }

  override computeOutputShape(shape: tf.Shape): tf.Shape {
    return shape;
  }
}
tf.serialization.registerClass(MeanWeights);
