import * as tf from '@tensorflow/tfjs';
import { one } from './layer';

export interface PReLUConfig {
  name?: string;
  /**
   * Default true: one alpha a channel, the same at every position of a history (Keras: `shared_axes=[1]`).
   * False: one alpha for each position and channel, as Keras' PReLU has by default on `[batch, positions, channels]`.
   */
  sharedPositions?: boolean;
}

/**
 * f(x) = max(x, 0) - alpha max(-x, 0), alpha trained and starting at 0 as in Keras; `[..., channels]` to the same.
 */
export class PReLU extends tf.layers.Layer {
  static className = 'DinPReLU';
  private alpha!: tf.LayerVariable;
  private readonly sharedPositions: boolean;

  constructor(config: PReLUConfig = {}) {
    super({ name: config.name });
    this.sharedPositions = config.sharedPositions ?? true;
  }

  override build(shape: tf.Shape): void {
    const alphaShape = (this.sharedPositions ? shape.slice(-1) : shape.slice(1)) as number[];
    this.alpha = this.addWeight('alpha', alphaShape, 'float32', tf.initializers.zeros());
    this.built = true;
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return tf.tidy(() => {
      const x = one(inputs);
      return tf.sub(tf.relu(x), tf.mul(this.alpha.read(), tf.relu(tf.neg(x))));
    });
  }

  override computeOutputShape(shape: tf.Shape): tf.Shape {
    return shape;
  }

  override getConfig(): tf.serialization.ConfigDict {
    return { ...super.getConfig(), sharedPositions: this.sharedPositions };
  }
}
tf.serialization.registerClass(PReLU);
