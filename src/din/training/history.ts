import { DISPLAY, type Displayable, type DisplayHandle, DRAWN } from '../../outputs/display';
import type { MimeBundle } from '../../outputs/mime';
import type { TrainingOutput } from '../../outputs/training';
import { trainingBundle } from '../../outputs/training-view';

/** What a `fit` did: values by metric, one entry an epoch. Displayed, it draws its curves. */
export class TrainingHistory implements Displayable {
  /** Where the curves have been drawn while the training ran. */
  readonly #drawn: DisplayHandle | undefined;

  constructor(
    readonly output: TrainingOutput,
    drawn?: DisplayHandle,
  ) {
    this.#drawn = drawn;
  }

  /** Finished epochs. */
  get epochs(): number {
    return this.output.epochLog.epoch.length;
  }

  /** E.g. `history.training.loss[0]`; null where a metric has no value. */
  get training(): Record<string, (number | null)[]> {
    return this.output.epochLog.training;
  }

  /** Empty without validation data. */
  get validation(): Record<string, (number | null)[]> {
    return this.output.epochLog.validation;
  }

  get seconds(): number[] {
    return this.output.epochLog.seconds;
  }

  get state(): TrainingOutput['state'] {
    return this.output.state;
  }

  [DISPLAY](): MimeBundle {
    return trainingBundle(this.output);
  }

  [DRAWN](): DisplayHandle | undefined {
    return this.#drawn;
  }
}
