import type * as tf from '@tensorflow/tfjs';
import { DataError } from '../errors';
import type { OptimizerDefinition } from './optimizers/optimizer';
import { OptimizerState } from './optimizers/state';
import { tableVariables, trainableVariables } from './step';

/** What a training leaves behind besides the weights, so that fitting again goes on. */
export class TrainingState {
  optimizer: OptimizerState | undefined;
  /** Epochs of all fits so far. */
  epochs = 0;

  /**
   * The optimizer to train with. It goes on where it has the same settings, but for the learning rate, and the same
   * weights to train (layers may have been frozen since); otherwise it starts afresh.
   * @throws DataError where nothing can be trained.
   * @param asked undefined: whatever was used before, else `fallback`.
   */
  use(
    network: tf.LayersModel,
    asked: OptimizerDefinition | undefined,
    fallback: () => OptimizerDefinition,
  ): OptimizerState {
    const known = this.optimizer;
    const variables = trainableVariables(network);
    if (variables.length === 0) {
      throw new DataError(
        'fit: there is nothing to train, as all layers are frozen or have no weights. Set trainable = true on some.',
      );
    }
    if (known?.serves(asked, variables)) return known;
    known?.dispose();
    this.optimizer = new OptimizerState(asked ?? known?.definition ?? fallback(), variables, tableVariables(network));
    return this.optimizer;
  }

  /** Whether any step was taken. */
  get hasLearnt(): boolean {
    return this.optimizer !== undefined && this.optimizer.iterations.dataSync()[0] > 0;
  }

  /** Frees the optimizer's slots. */
  dispose(): void {
    this.optimizer?.dispose();
    this.optimizer = undefined;
  }
}
