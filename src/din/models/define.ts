import { shown } from '../checks';
import { DataError } from '../errors';
import { type ModelDefinition, type ModelOptions, register } from './architecture';
import { RecommenderModel } from './model';

/** Models of the library: a model of one's own must not take their place when they are loaded. */
const own = new Set<string>();

/** Makes models of a kind: options in, an untrained model out. */
export type ModelFactory<Options> = (options: Options) => RecommenderModel;

/**
 * A model of one's own, from the helpers that `din` and `base` are made of: it learns vocabularies, is fitted, evaluated,
 * saved and loaded, compared and drawn as they are. All features that `build` uses come with its options, so that they are
 * saved with the model; `build` itself is not: define it again (run its cell) before `din.models.load`. Defining a name
 * anew replaces it for models that are made afterwards.
 *
 * @param definition `build(m, options)` gets a `ModelBuilder` and returns the logit, `[batch, 1]`; with `settings` (the
 * names of all options) a misspelt one is an error.
 * @returns a function from options to a model, as `din.models.din` is.
 * @throws DataError for a name that is none or taken by the library; the function, for options that do not fit.
 */
export function define<Options extends ModelOptions>(definition: ModelDefinition<Options>): ModelFactory<Options> {
  const { name, build } = definition ?? {};
  if (typeof name !== 'string' || !/^[A-Za-z][\w -]*$/.test(name)) {
    throw new DataError(
      `models.define: name is the model's name: letters (A to Z, a to z), digits, _, - and spaces, a letter first, e.g. 'two histories', not ${shown(name)}.`,
    );
  }
  if (typeof build !== 'function') {
    throw new DataError(`models.define: build of '${name}' is a function (m, options) that returns m.logit(...).`);
  }
  if (own.has(name)) throw new DataError(`models.define: '${name}' is a model of the library; choose another name.`);
  const kept = definition as ModelDefinition<never> as ModelDefinition;
  register(kept);
  return (options) => new RecommenderModel({ kind: name, options: { ...options } }, undefined, kept);
}

/** A model of the library. */
export function defineOwn<Options extends ModelOptions>(definition: ModelDefinition<Options>): ModelFactory<Options> {
  const factory = define(definition);
  own.add(definition.name);
  return factory;
}
