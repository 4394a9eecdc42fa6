import * as tf from '@tensorflow/tfjs';
import { batchStatistics } from './batch-statistics';
import { isTraining, many } from './layer';

export interface DiceConfig {
  name?: string;
  /** Default 1e-8, the paper's. */
  epsilon?: number;
  /** Weight of the old value in the moving averages, default 0.99 (Keras' and the authors' batch normalization). */
  momentum?: number;
}

/**
 * Dice, the DIN paper's data-adaptive activation (arXiv 1706.06978, equation 3): f(s) = p s + (1 - p) alpha s with
 * p = sigmoid((s - E[s]) / sqrt(Var[s] + epsilon)), per channel; alpha is trained and starts at 0. E and Var are the
 * batch's while training, moving averages otherwise.
 *
 * Inputs: x `[batch, channels]`; or [x `[batch, positions, channels]`, mask `[batch, positions]`] for a history: then
 * padding counts in neither E nor Var.
 */
export class Dice extends tf.layers.Layer {
  static className = 'DinDice';
  private alpha!: tf.LayerVariable;
  private movingMean!: tf.LayerVariable;
  private movingVariance!: tf.LayerVariable;
  private readonly epsilon: number;
  private readonly momentum: number;

  constructor(config: DiceConfig = {}) {
    super({ name: config.name });
    this.epsilon = config.epsilon ?? 1e-8;
    this.momentum = config.momentum ?? 0.99;
  }

  override build(shape: tf.Shape | tf.Shape[]): void {
    const first = (Array.isArray(shape[0]) ? shape[0] : shape) as tf.Shape;
    const channels = first.slice(-1) as number[];
    this.alpha = this.addWeight('alpha', channels, 'float32', tf.initializers.zeros());
    this.movingMean = this.addWeight('moving_mean', channels, 'float32', tf.initializers.zeros(), undefined, false);
    this.movingVariance = this.addWeight(
      'moving_variance',
      channels,
      'float32',
      tf.initializers.ones(),
      undefined,
      false,
    );
    this.built = true;
  }

  override call(inputs: tf.Tensor | tf.Tensor[], kwargs?: { training?: boolean }): tf.Tensor {
    return tf.tidy(() => {
      const [x, mask] = many(inputs);
      const { mean, variance } = isTraining(kwargs)
        ? batchStatistics(x, mask, { mean: this.movingMean, variance: this.movingVariance }, this.momentum)
        : { mean: this.movingMean.read(), variance: this.movingVariance.read() };
      const p = tf.sigmoid(tf.div(tf.sub(x, mean), tf.sqrt(tf.add(variance, this.epsilon))));
      // p s + (1 - p) alpha s = s (alpha + p (1 - alpha))
      const alpha = this.alpha.read();
      return tf.mul(x, tf.add(alpha, tf.mul(p, tf.sub(1, alpha))));
    });
  }

  override computeOutputShape(shape: tf.Shape | tf.Shape[]): tf.Shape {
    return (Array.isArray(shape[0]) ? shape[0] : shape) as tf.Shape;
  }

  override getConfig(): tf.serialization.ConfigDict {
    return { ...super.getConfig(), epsilon: this.epsilon, momentum: this.momentum };
  }
}
tf.serialization.registerClass(Dice);
