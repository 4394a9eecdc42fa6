import { checkSettings } from '../../checks';
import { DataError } from '../../errors';
import { type Callback, own } from './callback';
import { Monitor, type MonitorOptions } from './monitor';

/**
 * A learning rate by epoch: `schedule(epoch, current)` is asked before each epoch and returns the rate. Epochs are
 * counted from 1 over all fits of a model, also before it was saved and loaded: fitting again goes on.
 * @throws DataError when it returns something else than a positive number.
 */
export function learningRateSchedule(schedule: (epoch: number, current: number) => number): Callback {
  if (typeof schedule !== 'function')
    throw new DataError('learningRateSchedule takes a function (epoch, current) => learning rate.');
  return {
    onEpochBegin(epoch, context) {
      const rate = schedule(context.epochsBefore + epoch, context.learningRate);
      if (!(rate > 0 && Number.isFinite(rate))) {
        throw new DataError(
          `learningRateSchedule: epoch ${epoch} got the learning rate ${rate}; it must be a positive number.`,
        );
      }
      context.setLearningRate(rate);
    },
  };
}

export interface ReduceOnPlateauOptions extends MonitorOptions {
  /** The rate is multiplied by this, default 0.1. */
  factor?: number;
  /** Epochs without a new best before it is, default 1. */
  patience?: number;
  /** Never below this, default 1e-6. */
  minimum?: number;
}

/**
 * Lowers the learning rate when the monitored value no longer gets better.
 * @throws DataError as `earlyStopping`.
 */
export function reduceOnPlateau(options: ReduceOnPlateauOptions = {}): Callback {
  checkSettings('reduceOnPlateau', options, ['monitor', 'mode', 'minDelta', 'factor', 'patience', 'minimum']);
  const { monitor = 'validation.loss', mode, minDelta = 0, factor = 0.1, patience = 1, minimum = 1e-6 } = options;
  if (!(factor > 0 && factor < 1))
    throw new DataError(`reduceOnPlateau: factor must lie between 0 and 1, it is ${factor}.`);
  const watched = new Monitor('reduceOnPlateau', monitor, mode, minDelta);
  return own({
    description: `reduceOnPlateau(${JSON.stringify({ monitor, mode, minDelta, factor, patience, minimum })})`,
    onTrainBegin(context) {
      watched.begin(context);
    },
    state: () => ({ values: watched.values }),
    restore: ({ values }) => watched.restore(values),
    onEpochEnd(log, context) {
      watched.update(log);
      if (watched.waited < patience) return;
      context.setLearningRate(Math.max(context.learningRate * factor, minimum));
      watched.waited = 0;
    },
  });
}
