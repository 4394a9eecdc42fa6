import type * as tf from '@tensorflow/tfjs';
import { DataError } from '../errors';
import type { InputPlan } from '../features/encode';
import type { Numeric } from '../features/types';

/** A model's network and how a table fills its inputs. */
export interface Architecture {
  /** One an input, in the network's order. */
  plans: InputPlan[];
  /** Inputs `[batch, width]` to the logit `[batch, 1]`. */
  network: tf.LayersModel;
  /** The same inputs and layers to [logit `[batch, 1]`, weights of the history's positions `[batch, positions]`]. */
  attention?: tf.LayersModel;
  /** Numeric features, whose columns are measured before training. */
  numerics: Numeric[];
}

/** What kind of model, with which options: enough to build it again; plain data but for `normalize` functions. */
export interface ModelSpec {
  kind: string;
  options: { label?: string; [name: string]: unknown };
}

type Builder = (options: never) => Architecture;
const builders = new Map<string, Builder>();

/** Each model file tells how its kind is built, so that a saved model finds its builder. */
export function registerArchitecture<T>(kind: string, build: (options: T) => Architecture): void {
  builders.set(kind, build as Builder);
}

/** @throws DataError for a kind that this version does not know. */
export function buildArchitecture(spec: ModelSpec): Architecture {
  const build = builders.get(spec.kind);
  if (!build) {
    throw new DataError(`There is no model of kind '${spec.kind}'. Kinds: ${[...builders.keys()].join(', ')}.`);
  }
  return build(spec.options as never);
}
