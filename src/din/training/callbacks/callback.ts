import type * as tf from '@tensorflow/tfjs';
import { didYouMean } from '../../../base/nearest';
import { checkCount, shown } from '../../checks';
import { DataError } from '../../errors';
import type { MetricMode } from '../../metrics/accumulator';

/** What an epoch gave; values by metric name, `loss` among them. */
export interface EpochLog {
  /** 1-based, within this fit. */
  epoch: number;
  seconds: number;
  training: Record<string, number>;
  /** Absent without validation data. */
  validation?: Record<string, number>;
}

export interface StepLog {
  /** Step of this fit, 1-based: the last of the steps that just ran. */
  step: number;
  epoch: number;
  /** Steps of this epoch so far, of `context.stepsPerEpoch`. */
  stepInEpoch: number;
  /** Mean loss since the epoch began. */
  loss: number;
  /** Loss and metrics since the epoch began, as the growing curves show them; computed when it is asked for. */
  readonly values: Record<string, number>;
  /** Seconds that the steps that are left will take at the pace of those of this fit; validation is not in it. */
  readonly secondsLeft: number;
}

/** What a callback must find again where a training is resumed: plain data, and tensors that stay the callback's. */
export interface CallbackState {
  values: Readonly<Record<string, unknown>>;
  tensors?: readonly tf.Tensor[];
}

/** Which end of a value is the good one, by metric name. */
export type MetricModes = Readonly<Record<string, MetricMode | undefined>>;

/** What a callback can see and do. */
export interface TrainingContext {
  /** Its weights may be read and changed in any event. */
  readonly network: tf.LayersModel;
  readonly epochs: number;
  /** Epochs of earlier fits of the same weights, also before they were saved and loaded. */
  readonly epochsBefore: number;
  readonly stepsPerEpoch: number;
  /** The training goes on from a checkpoint: what callbacks wrote before is still there. */
  readonly resumed: boolean;
  /** Of the next step. */
  readonly learningRate: number;
  /**
   * What the epochs' logs will hold, and which end of each value is the good one (`min`, `max`; undefined where the
   * metric does not say). `validation` is absent without validation data.
   */
  readonly values?: Readonly<Record<'training', MetricModes> & Partial<Record<'validation', MetricModes>>>;
  /** Takes effect at the next step. */
  setLearningRate(learningRate: number): void;
  /** Ends the training after this epoch; the reason is printed. */
  stop(reason: string): void;
}

/** How a training ended. */
export type EndState = 'done' | 'interrupted' | 'failed';

/** Called by `fit`; every method is optional and may be async. */
export interface Callback {
  /**
   * `onStepEnd` is called after each multiple of so many steps, exactly. Without it, it is called where a chunk of steps
   * happens to end, which depends on the machine: what changes the training by the step's number needs this.
   */
  everySteps?: number;
  onTrainBegin?(context: TrainingContext): void | Promise<void>;
  onEpochBegin?(epoch: number, context: TrainingContext): void | Promise<void>;
  /** After each chunk of steps (one to some hundred), at most about a hundred times a second; or see `everySteps`. */
  onStepEnd?(log: StepLog, context: TrainingContext): void | Promise<void>;
  onEpochEnd?(log: EpochLog, context: TrainingContext): void | Promise<void>;
  /** Of one with a state: what it is and by which settings, for people. A checkpoint of another is refused. */
  readonly description?: string;
  /** What is saved with a checkpoint; tensors are read before it is written, and stay the callback's. */
  state?(): CallbackState;
  /** After `onTrainBegin` of a training that is resumed; the tensors are the callback's from here on. */
  restore?(state: CallbackState, context: TrainingContext): void | Promise<void>;
  /** Once, however the training ended; weights may be changed here. */
  onTrainEnd?(context: TrainingContext, state: EndState): void | Promise<void>;
}

const OWN = new WeakSet<Callback>();

/** A callback of the library's own, which changes nothing that a graph of the step holds. */
export function own(callback: Callback): Callback {
  OWN.add(callback);
  return callback;
}

export const isOwn = (callback: Callback): boolean => OWN.has(callback);

const EVENTS = [
  'onTrainBegin',
  'onEpochBegin',
  'onStepEnd',
  'onEpochEnd',
  'onTrainEnd',
] as const satisfies (keyof Callback)[];

/** @throws DataError for what would never be called: a misspelt event, an object without any, a callback of TensorFlow.js. */
export function checkCallbacks(callbacks: readonly Callback[]): void {
  if (!Array.isArray(callbacks)) throw new DataError('fit: callbacks is a list, e.g. [din.callbacks.earlyStopping()].');
  callbacks.forEach((callback: unknown, i) => {
    const where = `fit: callback ${i + 1}`;
    const example = 'e.g. din.callbacks.earlyStopping(), or { onEpochEnd(log, context) { ... } }';
    if (typeof callback !== 'object' || callback === null)
      throw new DataError(`${where} is ${shown(callback)}; give an object with events, ${example}.`);
    const given = callback as Record<string, unknown>;
    if (typeof given.setParams === 'function')
      throw new DataError(
        `${where} is one of TensorFlow.js (tf.callbacks), which is for its own fit; give one of din.callbacks, ${example}.`,
      );
    for (const name of namesIn(callback)) {
      const isEvent = (EVENTS as readonly string[]).includes(name);
      if (
        isEvent
          ? given[name] === undefined || typeof given[name] === 'function'
          : !/^on[A-Z_]?[a-z]+(?:begin|end)$/i.test(name)
      )
        continue;
      throw new DataError(
        isEvent
          ? `${where}: ${name} is ${shown(given[name])}; give a function.`
          : `${where}: there is no event '${name}'.${didYouMean(name, EVENTS)} Events: ${EVENTS.join(', ')}.`,
      );
    }
    if (![...EVENTS, 'state', 'everySteps'].some((name) => given[name] !== undefined))
      throw new DataError(`${where} has none of the events ${EVENTS.join(', ')}, so nothing would call it.`);
    if (given.everySteps !== undefined) checkCount('fit', 'everySteps', given.everySteps);
  });
}

/** Its own properties and those of its classes. */
function namesIn(object: object): string[] {
  const names: string[] = [];
  for (let at = object; at && at !== Object.prototype; at = Object.getPrototypeOf(at))
    names.push(...Object.getOwnPropertyNames(at));
  return names;
}
