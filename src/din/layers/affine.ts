import * as tf from '@tensorflow/tfjs';
import { type Initializer, initializerOf } from './initializers';
import { one } from './layer';

export interface AffineConfig {
  name?: string;
  units: number;
  seed?: number;
  /** How W starts, default `glorotUniform`; b starts at 0. */
  initializer?: Initializer;
}

/**
 * y = x W + b over the last axis: `[..., in]` to `[..., units]`. As `tf.layers.dense` without activation, but in plain
 * MatMul and AddV2, which gradients, graph traces and XLA all take as they are (TensorFlow.js' dense fuses them, and
 * transposes the kernel for inputs of rank 3). W starts Glorot-uniform where nothing else is said, b at 0.
 */
export class Affine extends tf.layers.Layer {
  static className = 'DinAffine';
  protected kernel!: tf.LayerVariable;
  protected bias!: tf.LayerVariable;

  constructor(private readonly config: AffineConfig) {
    super({ name: config.name });
  }

  override build(shape: tf.Shape | tf.Shape[]): void {
    const width = (shape as tf.Shape).at(-1) as number;
    this.kernel = this.addWeight(
      'kernel',
      [width, this.config.units],
      'float32',
      initializerOf(this.config.initializer ?? 'glorotUniform', this.config.seed),
    );
    this.bias = this.addWeight('bias', [this.config.units], 'float32', tf.initializers.zeros());
    this.built = true;
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return tf.tidy(() => {
      const x = one(inputs);
      const width = x.shape[x.rank - 1];
      const flat = x.rank === 2 ? x : tf.reshape(x, [-1, width]);
      const y = tf.add(tf.matMul(flat as tf.Tensor2D, this.kernel.read() as tf.Tensor2D), this.bias.read());
      return x.rank === 2 ? y : tf.reshape(y, [...x.shape.slice(0, -1), this.config.units]);
    });
  }

  override computeOutputShape(shape: tf.Shape | tf.Shape[]): tf.Shape {
    return [...(shape as tf.Shape).slice(0, -1), this.config.units];
  }

  override getConfig(): tf.serialization.ConfigDict {
    return { ...super.getConfig(), ...this.config } as tf.serialization.ConfigDict;
  }
}
tf.serialization.registerClass(Affine);
