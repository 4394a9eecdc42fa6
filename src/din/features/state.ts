import { DataError } from '../errors';
import { nameOf } from './categorical';
import { stepsOf } from './numeric';
import type { Categorical, Id, NormalizeStep, Numeric, Quantiles, Resolved } from './types';

/** What normalizing and filling need to know of numbers, measured on training data: missing values left out. */
export interface NumericState {
  mean: number;
  /** Population standard deviation. */
  deviation: number;
  min: number;
  max: number;
}

export interface VocabularyState {
  /** As text, in the order in which the training rows first have them. */
  values: string[];
  /** Share of the training rows' values, in [0, 1], that are too rare for a row of their own. */
  rare: number;
}

/**
 * What features learnt from the training rows, by name; columns may have any name, so the records have no prototype.
 * Saved with the model, so that later data are read as the training data were.
 */
export interface FeatureState {
  version: 2;
  /** By column, or by column and the steps of normalizing before. */
  numbers: Record<string, NumericState>;
  vocabularies: Record<string, VocabularyState>;
  /** Of quantiles, by `quantilesKey`. */
  boundaries: Record<string, number[]>;
}

export function emptyState(): FeatureState {
  return { version: 2, numbers: record(), vocabularies: record(), boundaries: record() };
}

function record<T>(entries: Record<string, T> = {}): Record<string, T> {
  const out: Record<string, T> = Object.create(null);
  for (const key of Object.keys(entries)) out[key] = entries[key];
  return out;
}

/** A saved state; that of version 0.1.0 held numbers only. */
export function readState(saved: unknown): FeatureState | undefined {
  if (saved === undefined) return undefined;
  const { version, numbers, vocabularies, boundaries } = saved as FeatureState;
  if (version !== 2) return { ...emptyState(), numbers: record(saved as Record<string, NumericState>) };
  return { version, numbers: record(numbers), vocabularies: record(vocabularies), boundaries: record(boundaries) };
}

/** True for features whose size the training rows decide. */
export const isLearnt = (feature: Categorical): feature is Id | Quantiles =>
  feature.kind === 'id' || feature.kind === 'quantiles';

const LEAST = 0.01;

/**
 * The feature with what was learnt put in: an id as a vocabulary, quantiles as boundaries.
 * @param state undefined: nothing is learnt yet; the smallest that there can be stands in.
 * @throws DataError for a feature that the state does not know.
 */
export function resolve<F extends Categorical>(feature: F, state: FeatureState | undefined): Resolved {
  if (feature.kind === 'id') {
    const name = nameOf(feature);
    const known = state ? state.vocabularies[name] : { values: ['?'], rare: 0 };
    if (!known) throw notLearnt(`the vocabulary '${name}'`);
    return {
      kind: 'vocabulary',
      keys: feature.keys,
      ...(feature.length === undefined ? {} : { length: feature.length }),
      values: known.values,
      outOfVocabulary: 1,
      learnt: { name, hidden: Math.max(0, LEAST - known.rare) },
    };
  }
  if (feature.kind === 'quantiles') {
    const boundaries = state ? state.boundaries[quantilesKey(feature)] : [0];
    if (!boundaries) throw notLearnt(`the quantiles of '${feature.of.key}'`);
    return { kind: 'bucketized', of: feature.of, boundaries };
  }
  return feature as Resolved;
}

const notLearnt = (what: string) =>
  new DataError(`${what} are not learnt yet: call model.fit or model.adapt(trainingRows) before.`);

export const quantilesKey = ({ of, buckets }: Quantiles): string =>
  JSON.stringify([numberKey(of, []), of.missing, buckets]);

/** Under which name the numbers of a feature, after some steps of normalizing, are known. */
export function numberKey({ key, until }: Numeric, steps: readonly NormalizeStep[]): string {
  return until || steps.length > 0 ? JSON.stringify([key, until ?? null, ...steps.map(stepName)]) : key;
}

const functions = { names: new WeakMap<object, string>(), ofText: new Map<string, number>() };

/** Functions of one text may do different things: what they close over is not in it. */
function stepName(step: NormalizeStep): string {
  if (typeof step === 'string') return step;
  let name = functions.names.get(step);
  if (name === undefined) {
    const text = String(step);
    const others = functions.ofText.get(text) ?? 0;
    functions.ofText.set(text, others + 1);
    name = others === 0 ? text : `${text} (${others + 1})`;
    functions.names.set(step, name);
  }
  return name;
}

/** The steps before each one that needs measured numbers: those are what is measured. */
export function measuredSteps({ normalize, missing }: Numeric): NormalizeStep[][] {
  const steps = stepsOf(normalize);
  const wanted = steps.flatMap((step, i) => (step === 'standard' || step === 'minmax' ? [steps.slice(0, i)] : []));
  return missing === 'mean' && !wanted.some((before) => before.length === 0) ? [[], ...wanted] : wanted;
}
