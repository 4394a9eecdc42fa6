import * as tf from '@tensorflow/tfjs';
import { one } from './layer';

export interface EmbeddingTableConfig {
  name?: string;
  rows: number;
  dimension: number;
  seed?: number;
}

/**
 * A trained vector a row: ids `[batch, width]` (int32, in [0, rows)) to `[batch, width, dimension]`. Several inputs can
 * share one table. Starts uniform in +-0.05, as Keras' Embedding (TensorFlow's `embedding_column` starts
 * truncated-normal with 1 / sqrt(dimension) instead).
 */
export class EmbeddingTable extends tf.layers.Layer {
  static className = 'DinEmbeddingTable';
  private table!: tf.LayerVariable;

  constructor(private readonly config: EmbeddingTableConfig) {
    super({ name: config.name });
  }

  override build(): void {
    const { rows, dimension, seed } = this.config;
    const initializer = tf.initializers.randomUniform({ minval: -0.05, maxval: 0.05, seed: seed as number });
    this.table = this.addWeight('embeddings', [rows, dimension], 'float32', initializer);
    this.built = true;
  }

  /** The weight itself: optimizers treat tables specially (few of their rows have a gradient in a step). */
  get variable(): tf.Variable {
    return (this.table as unknown as { val: tf.Variable }).val;
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return tf.tidy(() => tf.gather(this.table.read(), tf.cast(one(inputs), 'int32')));
  }

  override computeOutputShape(shape: tf.Shape): tf.Shape {
    return [...shape, this.config.dimension];
  }

  override getConfig(): tf.serialization.ConfigDict {
    return { ...super.getConfig(), ...this.config } as tf.serialization.ConfigDict;
  }
}
tf.serialization.registerClass(EmbeddingTable);
