import * as tf from '@tensorflow/tfjs';
import { Affine, type AffineConfig } from './affine';
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

export interface InteractionAffineConfig extends InteractionConfig, AffineConfig {}

/**
 * `Interaction`, then `Affine`, with the same weights `[h + c + 2 common, units]` and the same result, without what stands
 * between them: (h - c) W1 + h W2 + c W3 + (h * c) W4 is h (W1 + W2) + c (W3 - W1) + (h * c) W4, where the products have
 * half as many terms and that of c is taken once a row, not once a position.
 * [history `[batch, positions, h]`, candidate `[batch, c]`] to `[batch, positions, units]`; `common` is above 0.
 */
export class InteractionAffine extends Affine {
  static override className = 'DinInteractionAffine';

  constructor(private readonly parts: InteractionAffineConfig) {
    super(parts);
  }

  override build(shapes: tf.Shape | tf.Shape[]): void {
    super.build([this.widths(shapes as tf.Shape[]).reduce((a, b) => a + b)]);
  }

  /** Rows of W that belong to h - c, h, c and h * c. */
  private widths([history, candidate]: readonly (readonly (number | null)[])[]): [number, number, number, number] {
    const [h, c] = [history[history.length - 1]!, candidate[candidate.length - 1]!];
    const common = this.parts.common ?? c;
    return [common, h, c, common];
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return tf.tidy(() => {
      const [history, candidate] = many(inputs);
      const [, positions, h] = history.shape as [number, number, number];
      const c = candidate.shape[1]!;
      const widths = this.widths([history.shape, candidate.shape]);
      const [common] = widths;
      const [w1, w2, w3, w4] = tf.split(this.kernel.read(), widths) as tf.Tensor2D[];
      const alone = tf.reshape(candidate, [-1, 1, c]);
      const first = (x: tf.Tensor, width: number) => (common === width ? x : tf.slice(x, [0, 0, 0], [-1, -1, common]));
      // Rows of W of the fields that only one of the two has stand behind the common ones.
      const padded = (w: tf.Tensor2D, rows: number) =>
        common === rows
          ? w
          : tf.pad(w, [
              [0, rows - common],
              [0, 0],
            ]);
      const products = tf.mul(first(history, h), first(alone, c));
      // One product over [h, h * c]: two, which are added, take longer than joining them.
      const ofPositions = tf.matMul(
        tf.reshape(tf.concat([history, products], 2), [-1, h + common]) as tf.Tensor2D,
        tf.concat([tf.add(w2, padded(w1, h)), w4], 0) as tf.Tensor2D,
      );
      const ofCandidate = tf.add(
        tf.matMul(candidate as tf.Tensor2D, tf.sub(w3, padded(w1, c)) as tf.Tensor2D),
        this.bias.read(),
      );
      const { units } = this.parts;
      return tf.add(tf.reshape(ofPositions, [-1, positions, units]), tf.reshape(ofCandidate, [-1, 1, units]));
    });
  }

  override computeOutputShape(shapes: tf.Shape | tf.Shape[]): tf.Shape {
    const [[batch, positions]] = shapes as tf.Shape[];
    return [batch, positions, this.parts.units];
  }
}
tf.serialization.registerClass(InteractionAffine);
