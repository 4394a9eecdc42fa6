import * as tf from '@tensorflow/tfjs';
import { batchStatistics } from './batch-statistics';
import { isTraining, many } from './layer';

export interface HistoryNormalizationConfig {
  name?: string;
  /** Weight of the old value in the moving averages, default 0.99, as in Keras. */
  momentum?: number;
  /** Default 1e-3, Keras'. */
  epsilon?: number;
}

/**
 * Batch normalization (Ioffe and Szegedy, 2015) of a history: gamma (x - E[x]) / sqrt(Var[x] + epsilon) + beta per
 * channel, over the behaviours of the batch. Padding counts in neither E nor Var, as with a mask in Keras. E and Var are
 * the batch's while training, moving averages otherwise.
 *
 * Inputs: [x `[batch, positions, channels]`, mask `[batch, positions]`, 0 = padding].
 */
export class HistoryNormalization extends tf.layers.Layer {
  static className = 'DinHistoryNormalization';
  private gamma!: tf.LayerVariable;
  private beta!: tf.LayerVariable;
  private movingMean!: tf.LayerVariable;
  private movingVariance!: tf.LayerVariable;
  private readonly momentum: number;
  private readonly epsilon: number;

  constructor(config: HistoryNormalizationConfig = {}) {
    super({ name: config.name });
    this.momentum = config.momentum ?? 0.99;
    this.epsilon = config.epsilon ?? 1e-3;
  }

  override build([shape]: tf.Shape[]): void {
    const channels = shape.slice(-1) as number[];
    const { zeros, ones } = tf.initializers;
    this.gamma = this.addWeight('gamma', channels, 'float32', ones());
    this.beta = this.addWeight('beta', channels, 'float32', zeros());
    this.movingMean = this.addWeight('moving_mean', channels, 'float32', zeros(), undefined, false);
    this.movingVariance = this.addWeight('moving_variance', channels, 'float32', ones(), undefined, false);
    this.built = true;
  }

  override call(inputs: tf.Tensor | tf.Tensor[], kwargs?: { training?: boolean }): tf.Tensor {
    return tf.tidy(() => {
      const [x, mask] = many(inputs);
      const averages = { mean: this.movingMean, variance: this.movingVariance };
      const { mean, variance } = isTraining(kwargs)
        ? batchStatistics(x, mask, averages, this.momentum)
        : { mean: this.movingMean.read(), variance: this.movingVariance.read() };
      const scale = tf.div(this.gamma.read(), tf.sqrt(tf.add(variance, this.epsilon)));
      return tf.add(tf.mul(tf.sub(x, mean), scale), this.beta.read());
    });
  }

  override computeOutputShape([shape]: tf.Shape[]): tf.Shape {
    return shape;
  }

  override getConfig(): tf.serialization.ConfigDict {
    return { ...super.getConfig(), momentum: this.momentum, epsilon: this.epsilon };
  }
}
tf.serialization.registerClass(HistoryNormalization);
