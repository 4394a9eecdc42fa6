import * as tf from '@tensorflow/tfjs';
import { many } from './layer';

/**
 * - `none` (default, the paper's): scores as they are, so that the sum keeps the intensity of interest;
 * - `sigmoid`: each in (0, 1), as the reference tutorial;
 * - `softmax`: over the positions that hold an item, as the authors' published demo.
 */
export type AttentionNormalize = 'none' | 'sigmoid' | 'softmax';

export interface AttentionWeightsConfig {
  name?: string;
  normalize?: AttentionNormalize;
}

/**
 * Scores to weights: [scores `[batch, positions, 1]`, mask `[batch, positions]`] to `[batch, positions]`. Padding has
 * the weight 0 exactly, in value and gradient, and takes nothing from a softmax; an empty history has only zeros.
 */
export class AttentionWeights extends tf.layers.Layer {
  static className = 'DinAttentionWeights';
  private readonly normalize: AttentionNormalize;

  constructor(config: AttentionWeightsConfig = {}) {
    super({ name: config.name });
    this.normalize = config.normalize ?? 'none';
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return tf.tidy(() => {
      const [raw, mask] = many(inputs);
      const scores = tf.reshape(raw, [-1, raw.shape[1]!]);
      if (this.normalize === 'none') return tf.mul(scores, mask);
      if (this.normalize === 'sigmoid') return tf.mul(tf.sigmoid(scores), mask);
      // -1e9 before the exponential leaves padding an exact 0; the product also clears rows that are padding throughout.
      const masked = tf.add(tf.mul(scores, mask), tf.mul(tf.sub(mask, 1), 1e9));
      return tf.mul(tf.softmax(masked), mask);
    });
  }

  override computeOutputShape(shape: tf.Shape | tf.Shape[]): tf.Shape {
    return (shape as tf.Shape[])[1];
  }

  override getConfig(): tf.serialization.ConfigDict {
    return { ...super.getConfig(), normalize: this.normalize };
  }
}
tf.serialization.registerClass(AttentionWeights);
