import type * as tf from '@tensorflow/tfjs';
import { DataError } from '../errors';
import type { InputPlan } from '../features/encode';
import type { FeatureState } from '../features/learn';

/** A model's network and how a table fills its inputs. */
export interface Architecture {
  /** One an input, in the network's order. */
  plans: InputPlan[];
  /** Inputs `[batch, width]` to the logit `[batch, 1]`. */
  network: tf.LayersModel;
  /** The same inputs and layers to [logit `[batch, 1]`, then the weights of each history's positions `[batch, positions]`]. */
  attention?: tf.LayersModel;
  /** What the histories are called, in the order of their weights. */
  histories?: readonly string[];
}

/** What kind of model, with which options: enough to build it again; plain data but for `normalize` functions. */
export interface ModelSpec {
  kind: string;
  options: { label?: string; [name: string]: unknown };
}

type Builder = (options: never, state: FeatureState | undefined) => Architecture;
const builders = new Map<string, Builder>();

/** Each model file tells how its kind is built, so that a saved model finds its builder. */
export function registerArchitecture<T>(
  kind: string,
  build: (options: T, state: FeatureState | undefined) => Architecture,
): void {
  builders.set(kind, build as Builder);
}

/**
 * @param state what the features learnt; undefined: a draft, in which learnt features have the smallest size.
 * @throws DataError for a kind that this version does not know.
 */
export function buildArchitecture(spec: ModelSpec, state: FeatureState | undefined): Architecture {
  const build = builders.get(spec.kind);
  if (!build) {
    throw new DataError(`There is no model of kind '${spec.kind}'. Kinds: ${[...builders.keys()].join(', ')}.`);
  }
  return build(spec.options as never, state);
}
