import * as tf from '@tensorflow/tfjs';
import { clipGradients } from './clipping';
import type { OptimizerDefinition, SlotDefinition } from './optimizer';

/**
 * An optimizer at work on given weights: learning rate, iteration and slots, all `tf.Variable`s, so that a graph can
 * hold them and a checkpoint can save them.
 */
export class OptimizerState {
  /** `[]` float32: a change takes effect at the next step, eager or graph, without tracing again. */
  readonly learningRate: tf.Variable;
  /** Steps done so far, `[]` int32 (float32 would stop counting at 2^24). */
  readonly iterations: tf.Variable;
  /** Per weight, in the order of `variables`. */
  readonly slots: Record<string, tf.Variable>[];

  constructor(
    readonly definition: OptimizerDefinition,
    readonly variables: readonly tf.Variable[],
    /** Those of `variables` that are embedding tables. */
    readonly tables: ReadonlySet<tf.Variable> = new Set(),
  ) {
    this.learningRate = scalarVariable(definition.config.learningRate, 'float32');
    this.iterations = scalarVariable(0, 'int32');
    this.slots = variables.map((variable) =>
      Object.fromEntries(
        definition.slots.map((slot) => [slot.name, slotVariable(slot, variable, tables.has(variable))]),
      ),
    );
  }

  /** One update of all weights, after clipping where the optimizer clips; `gradients` in the order of `variables`, undefined where the loss does not depend on one. */
  apply(gradients: readonly (tf.Tensor | undefined)[]): void {
    tf.tidy(() => {
      this.iterations.assign(tf.add(this.iterations, tf.scalar(1, 'int32')));
      const update = this.definition.startStep({
        learningRate: this.learningRate,
        iteration: tf.cast(this.iterations, 'float32'),
      });
      const clipped = clipGradients(gradients, this.definition.config);
      this.variables.forEach((variable, i) => {
        const gradient = clipped[i];
        if (gradient) update(variable, gradient, this.slots[i], this.tables.has(variable));
      });
    });
  }

  setLearningRate(learningRate: number): void {
    tf.tidy(() => this.learningRate.assign(tf.scalar(learningRate)));
  }

  /** Everything but the weights themselves, in a stable order. */
  get stateVariables(): tf.Variable[] {
    return [
      this.learningRate,
      this.iterations,
      ...this.slots.flatMap((slots) => this.definition.slots.map(({ name }) => slots[name])),
    ];
  }

  dispose(): void {
    for (const variable of this.stateVariables) variable.dispose();
  }
}

/** In a tidy, because a variable keeps a reference of its own to its initial value. */
function scalarVariable(value: number, dtype: 'float32' | 'int32'): tf.Variable {
  return tf.tidy(() => tf.variable(tf.scalar(value, dtype), false));
}

function slotVariable({ initial, perTableRow }: SlotDefinition, { shape }: tf.Variable, table: boolean): tf.Variable {
  return tf.tidy(() => tf.variable(tf.fill(perTableRow && table ? [shape[0], 1] : shape, initial), false));
}
