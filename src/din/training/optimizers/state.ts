import * as tf from '@tensorflow/tfjs';
import { freeWith } from '../ownership';
import { clipGradients } from './clipping';
import { type OptimizerConfig, type OptimizerDefinition, type SlotDefinition, sameSettings } from './optimizer';
import { checkLearningRate, isSchedule, type LearningRate, rateAt } from './schedules';

/**
 * An optimizer at work on given weights: learning rate, iteration and slots, all `tf.Variable`s, so that a graph can
 * hold them and a checkpoint can save them.
 */
export class OptimizerState {
  private readonly rate: tf.Variable;
  /** Steps done so far, `[]` int32 (float32 would stop counting at 2^24). */
  readonly iterations: tf.Variable;
  /** What the learning rate follows: the definition's, until someone sets another. */
  private followed: LearningRate;
  /**
   * The rate is, or once was, one by the step. A graph reads such a rate by the clock, also when a number has ended the
   * schedule: so it stays the same graph, and a resumed training, which knows the schedule as it was asked for, makes the same.
   */
  byClock: boolean;
  /** How often it was set: who plans ahead sees that the plan is old. */
  changes = 0;
  /** Per weight, in the order of `variables`. */
  readonly slots: Record<string, tf.Variable>[];

  constructor(
    readonly definition: OptimizerDefinition,
    readonly variables: readonly tf.Variable[],
    /** Those of `variables` that are embedding tables. */
    readonly tables: ReadonlySet<tf.Variable> = new Set(),
  ) {
    this.followed = definition.config.learningRate;
    this.byClock = this.scheduled;
    this.rate = scalarVariable(rateAt(this.followed, 1), 'float32');
    this.iterations = scalarVariable(0, 'int32');
    this.slots = variables.map((variable) =>
      Object.fromEntries(
        definition.slots.map((slot) => [slot.name, slotVariable(slot, variable, tables.has(variable))]),
      ),
    );
    freeWith(this, this.stateVariables);
  }

  /** `[]` float32: a change takes effect at the next step, eager or graph, without tracing again. */
  get learningRate(): tf.Variable {
    return this.rate;
  }

  /** A number or a schedule, as Keras takes it: `setLearningRate`. */
  set learningRate(rate: LearningRate) {
    this.setLearningRate(rate);
  }

  /**
   * Whether the state goes on serving a fit: the same weights (layers may have been frozen since), and the same settings
   * but for the learning rate, which is taken over.
   * @param asked undefined: whatever was used before.
   */
  serves(asked: OptimizerDefinition | undefined, variables: readonly tf.Variable[]): boolean {
    const same = this.variables.length === variables.length && this.variables.every((own, i) => own === variables[i]);
    if (!same || (asked && !sameSettings(this.definition, asked))) return false;
    if (asked) this.setLearningRate(asked.config.learningRate);
    return true;
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

  /**
   * Takes effect at the next step; a number ends a schedule.
   * @throws DataError for anything but a positive number or one of `din.schedules`: the rate stays as it was.
   */
  setLearningRate(rate: LearningRate): void {
    checkLearningRate('setLearningRate', rate);
    this.followed = rate;
    this.byClock ||= this.scheduled;
    this.changes++;
    this.showRate(typeof rate === 'number' ? 1 : this.iterations.dataSync()[0] + 1);
  }

  /** Follows the variable `learningRate` where someone assigned it directly (a loaded state, say). */
  adoptRate(): void {
    const [shown] = this.learningRate.dataSync();
    if (!this.scheduled && shown !== Math.fround(this.rateOf(1))) this.setLearningRate(shown);
  }

  /** Whether the rate changes by the step. */
  get scheduled(): boolean {
    return isSchedule(this.followed);
  }

  /** The rate of a step, 1 for the first of the whole training, as far as it is known now. */
  rateOf(step: number): number {
    return rateAt(this.followed, step);
  }

  /** Gives `learningRate` the value of a step: for each eager step of a schedule, and for readers after a graph's. */
  showRate(step: number): void {
    tf.tidy(() => this.learningRate.assign(tf.scalar(this.rateOf(step))));
  }

  /** What makes this optimizer again, with the rate that it follows now. */
  get config(): OptimizerConfig {
    return { ...this.definition.config, learningRate: this.followed };
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
    for (const variable of this.stateVariables) if (!variable.isDisposed) variable.dispose();
  }
}

/** In a tidy, because a variable keeps a reference of its own to its initial value. */
function scalarVariable(value: number, dtype: 'float32' | 'int32'): tf.Variable {
  return tf.tidy(() => tf.variable(tf.scalar(value, dtype), false));
}

function slotVariable({ initial, perTableRow }: SlotDefinition, { shape }: tf.Variable, table: boolean): tf.Variable {
  return tf.tidy(() => tf.variable(tf.fill(perTableRow && table ? [shape[0], 1] : shape, initial), false));
}
