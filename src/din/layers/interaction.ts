import * as tf from '@tensorflow/tfjs';
import { many } from './layer';

export interface InteractionConfig {
  name?: string;
  /** The first so many dimensions of history and candidate speak of the same fields; default all. */
  common?: number;
}

/**
 * What the activation unit looks at: [history `[batch, positions, d]`, candidate `[batch, d]`] to
 * concat[history - candidate, history, candidate, history * candidate], `[batch, positions, 4 d]`. Where only the first
 * `common` dimensions speak of the same fields, differences and products are of these:
 * [history `[batch, positions, h]`, candidate `[batch, c]`] to `[batch, positions, h + c + 2 common]`.
 */
export class Interaction extends tf.layers.Layer {
  static className = 'DinInteraction';
  private readonly common: number | undefined;

  constructor(config: InteractionConfig = {}) {
    super({ name: config.name });
    this.common = config.common;
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return tf.tidy(() => {
      const [history, candidate] = many(inputs);
      const [, positions] = history.shape;
      const dimension = candidate.shape[1]!;
      const alone = tf.reshape(candidate, [-1, 1, dimension]);
      // Broadcast by adding zeros: the gradient of tf.tile would cost one slice a position.
      const repeated = tf.add(alone, tf.zeros([1, positions!, 1]));
      const { common } = this;
      if (common === undefined) {
        return tf.concat([tf.sub(history, alone), history, repeated, tf.mul(history, alone)], 2);
      }
      if (common === 0) return tf.concat([history, repeated], 2);
      const ofHistory = tf.slice(history, [0, 0, 0], [-1, -1, common]);
      const ofCandidate = tf.slice(alone, [0, 0, 0], [-1, -1, common]);
      return tf.concat([tf.sub(ofHistory, ofCandidate), history, repeated, tf.mul(ofHistory, ofCandidate)], 2);
    });
  }

  override computeOutputShape(shape: tf.Shape | tf.Shape[]): tf.Shape {
    const [[batch, positions, history], [, candidate]] = shape as tf.Shape[];
    const common = this.common ?? (candidate as number);
    return [batch, positions, (history as number) + (candidate as number) + 2 * common];
  }

  override getConfig(): tf.serialization.ConfigDict {
    return { ...super.getConfig(), ...(this.common === undefined ? {} : { common: this.common }) };
  }
}
tf.serialization.registerClass(Interaction);
