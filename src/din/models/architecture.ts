import type * as tf from '@tensorflow/tfjs';
import { checkSettings } from '../checks';
import { DataError } from '../errors';
import type { InputPlan } from '../features/encode';
import type { FeatureState } from '../features/state';
import type { History, Item } from '../features/types';
import type { AttentionNormalize } from '../layers/attention-weights';
import type { Initializer } from '../layers/initializers';
import { ModelBuilder } from './builder';

/** A model's network and how a table fills its inputs. */
export interface Architecture {
  /** One an input, in the network's order. */
  plans: InputPlan[];
  /** Inputs `[batch, width]` to the logit (or number) `[batch, 1]`. */
  network: tf.LayersModel;
  /** The same inputs and layers to [logit `[batch, 1]`, then the weights of each weighed history's positions `[batch, positions]`]. */
  attention?: tf.LayersModel;
  /** The histories that are weighed, in the order of their weights. */
  weighed: readonly WeighedHistory[];
  /** What the model scores; undefined where it has no candidate. */
  item?: Item;
  /** Columns that tell of the candidate, of itself and of its context. */
  candidateColumns: ReadonlySet<string>;
}

/** A history whose positions have weights that a heatmap can show. */
export interface WeighedHistory {
  name: string;
  feature: History;
  normalize: AttentionNormalize;
}

/** What kind of model, with which options: enough to build it again; plain data but for `normalize` functions. */
export interface ModelSpec {
  kind: string;
  options: ModelOptions;
}

/** What is predicted: the probability of a click (labels 0 and 1), or a number (a rating, a watch time). */
export type Task = 'classification' | 'regression';

/** What the options of every model may hold, besides features and settings of its own. */
export interface ModelOptions {
  /** Column of the labels, default `label`. */
  label?: string;
  /** Of all initial weights, default 42. */
  seed?: number;
  /** Length of the vectors of candidate and history where a field does not say, default 10. */
  embeddingDimension?: number;
  /** How embedding tables start where their feature does not say, default uniform in +-0.05, as Keras' `Embedding`. */
  embeddingInitializer?: Initializer;
  /** Default `classification`. */
  task?: Task;
}

/** How a kind of model is built from its options. */
export interface ModelDefinition<Options extends ModelOptions = ModelOptions> {
  name: string;
  /** Names of the options; any other is a misspelling. Undefined: options are not checked. */
  settings?: readonly string[];
  /** @returns the logit, `[batch, 1]`. */
  build(m: ModelBuilder, options: Options): tf.SymbolicTensor;
}

const definitions = new Map<string, ModelDefinition>();

/** A saved model finds how it is built by its kind. */
export function register(definition: ModelDefinition): void {
  definitions.set(definition.name, definition);
}

/** @throws DataError for a kind that is not defined here. */
export function definitionOf(kind: string): ModelDefinition {
  const found = definitions.get(kind);
  if (found) return found;
  const names = [...definitions.keys()];
  throw new DataError(
    `There is no model of kind '${kind}'. Kinds: ${names.join(', ')}. ` +
      'A model of your own must be defined first: run its din.models.define.',
  );
}

const common = [
  'label',
  'seed',
  'embeddingDimension',
  'embeddingInitializer',
  'task',
] as const satisfies (keyof ModelOptions)[];

/**
 * @param state what the features learnt; undefined: a draft, in which learnt features have the smallest size.
 * @throws DataError for options that do not fit, and for a `build` that returns no logit.
 */
export function buildArchitecture(
  { name, settings, build }: ModelDefinition,
  options: ModelOptions,
  state: FeatureState | undefined,
): Architecture {
  const owner = `models.${name}`;
  if (typeof options !== 'object' || options === null) {
    throw new DataError(`${owner}: give the model's features and settings, e.g. { candidate, history }.`);
  }
  if (settings) checkSettings(owner, options, [...settings, ...common]);
  const builder = new ModelBuilder(owner, options, state);
  return builder.finish(build(builder, options));
}
