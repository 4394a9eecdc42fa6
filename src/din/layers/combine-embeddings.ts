import * as tf from '@tensorflow/tfjs';
import { many } from './layer';

export interface CombineEmbeddingsConfig {
  name?: string;
  combiner: 'mean' | 'sum' | 'sqrtn';
  /** Id that stands for "no value"; absent when every id is a value. */
  missing?: number;
}

/**
 * Several vectors become one: [vectors `[batch, width, dimension]`, ids `[batch, width]`] to `[batch, dimension]`.
 * Missing ids add nothing, and their row of the table gets no gradient; a row without any value gives zeros. With a third
 * input, weights w `[batch, width]`, `mean` is sum(w v) / sum(w), `sum` is sum(w v), `sqrtn` is sum(w v) / sqrt(sum(w^2)).
 */
export class CombineEmbeddings extends tf.layers.Layer {
  static className = 'DinCombineEmbeddings';
  private readonly combiner: 'mean' | 'sum' | 'sqrtn';
  private readonly missing: number | undefined;

  constructor(config: CombineEmbeddingsConfig) {
    super({ name: config.name });
    this.combiner = config.combiner;
    this.missing = config.missing;
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return tf.tidy(() => {
      const [vectors, ids, weights] = many(inputs);
      const [, width, dimension] = vectors.shape;
      if (weights) return this.weighted(vectors, ids, weights);
      if (this.missing === undefined) {
        if (width === 1) return tf.reshape(vectors, [-1, dimension]);
        return tf.mul(tf.sum(vectors, 1), this.scale(width));
      }
      const present = tf.cast(tf.notEqual(ids, tf.scalar(this.missing, 'int32')), 'float32');
      if (width === 1) return tf.mul(tf.reshape(vectors, [-1, dimension]), present);
      const sum = tf.sum(tf.mul(vectors, tf.expandDims(present, 2)), 1);
      if (this.combiner === 'sum') return sum;
      const count = tf.maximum(tf.sum(present, 1, true), 1);
      return tf.div(sum, this.combiner === 'mean' ? count : tf.sqrt(count));
    });
  }

  private weighted(vectors: tf.Tensor, ids: tf.Tensor, weights: tf.Tensor): tf.Tensor {
    const present =
      this.missing === undefined
        ? weights
        : tf.mul(weights, tf.cast(tf.notEqual(ids, tf.scalar(this.missing, 'int32')), 'float32'));
    const sum = tf.sum(tf.mul(vectors, tf.expandDims(present, 2)), 1);
    if (this.combiner === 'sum') return sum;
    const total = this.combiner === 'mean' ? tf.sum(present, 1, true) : tf.sqrt(tf.sum(tf.square(present), 1, true));
    // Weights that are all 0 give zeros, as no value does.
    return tf.div(sum, tf.add(total, tf.cast(tf.equal(total, 0), 'float32')));
  }

  private scale(width: number): number {
    if (this.combiner === 'sum') return 1;
    return this.combiner === 'mean' ? 1 / width : 1 / Math.sqrt(width);
  }

  override computeOutputShape(shape: tf.Shape | tf.Shape[]): tf.Shape {
    const [vectors] = shape as tf.Shape[];
    return [vectors[0], vectors[2]];
  }

  override getConfig(): tf.serialization.ConfigDict {
    return {
      ...super.getConfig(),
      combiner: this.combiner,
      ...(this.missing === undefined ? {} : { missing: this.missing }),
    };
  }
}
tf.serialization.registerClass(CombineEmbeddings);
