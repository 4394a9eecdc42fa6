import type * as tf from '@tensorflow/tfjs';
import { checkCount, checkSettings } from '../../checks';
import { type Callback, own, type TrainingContext } from './callback';
import { Monitor, type MonitorOptions } from './monitor';

export interface EarlyStoppingOptions extends MonitorOptions {
  /** Epochs without a new best before training ends, default 1. */
  patience?: number;
  /** Put the best epoch's weights back at the end (not after an interrupt), default true. */
  restoreBest?: boolean;
}

/**
 * Ends a training that no longer gets better and keeps its best weights.
 * @throws DataError for settings that do not exist; from `fit`, before anything is trained, when the monitored value does
 * not exist or does not say which end of it is good.
 */
export function earlyStopping(options: EarlyStoppingOptions = {}): Callback {
  checkSettings('earlyStopping', options, ['monitor', 'mode', 'minDelta', 'patience', 'restoreBest']);
  const { monitor = 'validation.loss', mode, minDelta = 0, patience = 1, restoreBest = true } = options;
  checkCount('earlyStopping', 'patience', patience);
  const watched = new Monitor('earlyStopping', monitor, mode, minDelta);
  let best: tf.Tensor[] | undefined;
  const forget = () => {
    for (const tensor of best ?? []) tensor.dispose();
    best = undefined;
  };
  return own({
    description: `earlyStopping(${JSON.stringify({ monitor, mode, minDelta, patience, restoreBest })})`,
    onTrainBegin(context) {
      watched.begin(context);
      forget();
    },
    onEpochEnd(log, context) {
      if (watched.update(log)) {
        forget();
        // A clone shares its values until the weight is assigned anew: a cheap snapshot.
        if (restoreBest) best = context.network.getWeights().map((weight) => weight.clone());
      } else if (watched.waited >= patience) {
        context.stop(`${monitor} has not improved on ${watched.best.toPrecision(5)} of epoch ${watched.bestEpoch}`);
      }
    },
    state: () => ({ values: watched.values, tensors: best ?? [] }),
    restore({ values, tensors = [] }) {
      watched.restore(values);
      if (tensors.length) best = [...tensors];
    },
    onTrainEnd(context: TrainingContext, state) {
      // Interrupted or failed, the weights stay where they are: that is what is promised there.
      if (best && !watched.isBest && state === 'done') context.network.setWeights(best);
      forget();
    },
  });
}
