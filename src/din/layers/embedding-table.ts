import * as tf from '@tensorflow/tfjs';
import { type Initializer, initializerOf } from './initializers';
import { one } from './layer';

export interface EmbeddingTableConfig {
  name?: string;
  rows: number;
  dimension: number;
  seed?: number;
  /** How rows start, default uniform in +-0.05. */
  initializer?: Initializer;
  /** Default true; false freezes the table: it is looked up, and never changes. */
  trainable?: boolean;
}

/**
 * A trained vector a row: ids `[batch, width]` (int32, in [0, rows)) to `[batch, width, dimension]`. Several inputs can
 * share one table. Starts uniform in +-0.05, as Keras' Embedding (TensorFlow's `embedding_column` starts
 * truncated-normal with 1 / sqrt(dimension) instead).
 */
export class EmbeddingTable extends tf.layers.Layer {
  static className = 'DinEmbeddingTable';
  private table!: tf.LayerVariable;

  /** @param start rows `[rows, dimension]` to start from, NaN where a row starts as the initializer says. */
  constructor(
    private readonly config: EmbeddingTableConfig,
    private start?: Float32Array,
  ) {
    super({ name: config.name, trainable: config.trainable ?? true });
  }

  override build(): void {
    const { rows, dimension, seed } = this.config;
    const initializer = initializerOf(this.config.initializer ?? { uniform: 0.05 }, seed);
    this.table = this.addWeight('embeddings', [rows, dimension], 'float32', initializer);
    if (this.start) this.takeStart(this.start);
    this.start = undefined;
    this.built = true;
  }

  private takeStart(start: Float32Array): void {
    const values = this.table.read().dataSync().slice();
    for (let i = 0; i < values.length; i++) if (!Number.isNaN(start[i])) values[i] = start[i];
    tf.tidy(() => {
      this.table.write(tf.tensor(values, this.table.shape as number[]));
    });
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
