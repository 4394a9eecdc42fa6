import * as tf from '@tensorflow/tfjs';
import { one } from './layer';

export interface CountValuesConfig {
  name?: string;
  /** Number of values; an id equal to it stands for "no value". */
  values: number;
}

/** How often each value occurs: ids `[batch, width]` to counts `[batch, values]`; for one id a row, one-hot. */
export class CountValues extends tf.layers.Layer {
  static className = 'DinCountValues';
  private readonly values: number;

  constructor(config: CountValuesConfig) {
    super({ name: config.name });
    this.values = config.values;
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return tf.tidy(() => {
      const ids = tf.cast(one(inputs), 'int32');
      // One column more than there are values takes the missing ids, and is cut off: no reliance on ids out of range.
      const counts = tf.sum(tf.oneHot(ids, this.values + 1, 1, 0, 'float32'), 1);
      return tf.slice(counts, [0, 0], [-1, this.values]);
    });
  }

  override computeOutputShape(shape: tf.Shape): tf.Shape {
    return [shape[0], this.values];
  }

  override getConfig(): tf.serialization.ConfigDict {
    return { ...super.getConfig(), values: this.values };
  }
}
tf.serialization.registerClass(CountValues);
