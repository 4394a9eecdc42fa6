import * as tf from '@tensorflow/tfjs';
import { many } from './layer';

/**
 * What the activation unit looks at: [history `[batch, positions, d]`, candidate `[batch, d]`] to
 * concat[history - candidate, history, candidate, history * candidate], `[batch, positions, 4 d]`.
 */
export class Interaction extends tf.layers.Layer {
  static className = 'DinInteraction';

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return tf.tidy(() => {
      const [history, candidate] = many(inputs);
      const [, positions, dimension] = history.shape;
      const alone = tf.reshape(candidate, [-1, 1, dimension]);
      // Broadcast by adding zeros: the gradient of tf.tile would cost one slice a position.
      const repeated = tf.add(alone, tf.zeros([1, positions, 1]));
      return tf.concat([tf.sub(history, alone), history, repeated, tf.mul(history, alone)], 2);
    });
  }

  override computeOutputShape(shape: tf.Shape | tf.Shape[]): tf.Shape {
    const [[batch, positions, dimension]] = shape as tf.Shape[];
    return [batch, positions, 4 * (dimension as number)];
  }
}
tf.serialization.registerClass(Interaction);
