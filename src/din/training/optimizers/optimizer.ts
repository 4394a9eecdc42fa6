import type * as tf from '@tensorflow/tfjs';
import type { LearningRate, Schedule } from './schedules';

/** What an optimizer is, as plain data: enough to make it again (`optimizerFromConfig`). */
export interface OptimizerConfig {
  kind: string;
  learningRate: LearningRate;
  [setting: string]: string | number | boolean | Schedule | undefined;
}

/** A tensor the optimizer keeps per weight, of the weight's shape where nothing else is said. */
export interface SlotDefinition {
  name: string;
  /** Value that every element starts with. */
  initial: number;
  /** Of an embedding table: one value a row, `[rows, 1]`, in place of one an element. */
  perTableRow?: boolean;
}

/** Scalars of one training step, shared by all weights. */
export interface StepScalars {
  /** `[]` float32. */
  learningRate: tf.Tensor;
  /** 1 for the first step, `[]` float32. */
  iteration: tf.Tensor;
}

/**
 * Updates one weight and its slots in place (`variable.assign`). `gradient` has the weight's shape.
 * @param table whether the weight is an embedding table: some optimizers treat their rows specially.
 */
export type UpdateRule = (
  variable: tf.Variable,
  gradient: tf.Tensor,
  slots: Record<string, tf.Variable>,
  table: boolean,
) => void;

/**
 * An optimizer as data and TensorFlow ops: eager training runs the ops, a graph trace records them. It holds no state;
 * learning rate, iteration and slots live in `OptimizerState`.
 */
export interface OptimizerDefinition {
  readonly config: Readonly<OptimizerConfig>;
  readonly slots: readonly SlotDefinition[];
  /** Computes what all weights share in this step and returns the rule; called inside a `tf.tidy`. */
  startStep(scalars: StepScalars): UpdateRule;
}

/** Whether two optimizers differ in the learning rate at most: then the state of one serves the other. */
export function sameSettings(a: OptimizerDefinition, b: OptimizerDefinition): boolean {
  const settings = ({ config }: OptimizerDefinition) => JSON.stringify({ ...config, learningRate: 0 });
  return settings(a) === settings(b);
}
