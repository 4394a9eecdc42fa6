import * as tf from '@tensorflow/tfjs';
import { one } from './layer';

export interface HistoryMaskConfig {
  name?: string;
  /** Id of padding; absent = every position counts. */
  padding?: number;
}

/** 1 where a history holds an item, 0 where it is padding: ids `[batch, positions]` to float `[batch, positions]`. */
export class HistoryMask extends tf.layers.Layer {
  static className = 'DinHistoryMask';
  private readonly padding: number | undefined;

  constructor(config: HistoryMaskConfig) {
    super({ name: config.name });
    this.padding = config.padding;
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return tf.tidy(() => {
      const ids = one(inputs);
      if (this.padding === undefined) return tf.ones(ids.shape);
      return tf.cast(tf.notEqual(ids, tf.scalar(this.padding, 'int32')), 'float32');
    });
  }

  override computeOutputShape(shape: tf.Shape): tf.Shape {
    return shape;
  }

  override getConfig(): tf.serialization.ConfigDict {
    return { ...super.getConfig(), ...(this.padding === undefined ? {} : { padding: this.padding }) };
  }
}
tf.serialization.registerClass(HistoryMask);
