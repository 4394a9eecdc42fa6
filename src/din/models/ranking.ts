import * as tf from '@tensorflow/tfjs';
import { DataError } from '../errors';
import { checkChoice, checkCount } from '../features/settings';
import type { DenseFeature, History, Identity, Numeric, Vocabulary } from '../features/types';
import { type Activation, activationLayer, activations } from '../layers/activation';
import { Affine } from '../layers/affine';
import { connect } from '../layers/layer';
import { WeightedSum } from '../layers/weighted-sum';
import { deriveSeed } from '../training/seeds';
import type { Architecture } from './architecture';
import { NetworkInputs, type SymbolicHistory } from './inputs';

/** What models that rank a candidate for a user with a history have in common. */
export interface RankingOptions {
  /** Who the user is; default none. */
  profile?: readonly DenseFeature[];
  /** The item to score, by one column. */
  candidate: Identity | Vocabulary;
  /** What the user liked before; its `of` has the candidate's values. */
  history: History;
  /** What is known of the candidate and the situation; default none. */
  context?: readonly DenseFeature[];
  /** Length of the candidate's and the history's vectors, default 10. */
  embeddingDimension?: number;
  /** Widths of the hidden layers, default [128, 64]. */
  hidden?: readonly number[];
  /** After each hidden layer, default `prelu`. */
  activation?: Activation;
  /** Of all initial weights, default 42. */
  seed?: number;
  /** Column of the labels, default `label`. */
  label?: string;
}

export const rankingSettings = [
  'profile',
  'candidate',
  'history',
  'context',
  'embeddingDimension',
  'hidden',
  'activation',
  'seed',
  'label',
] as const;

/** Weights of the history's positions, `[batch, positions]`. */
export type Attention = (
  history: SymbolicHistory,
  candidate: tf.SymbolicTensor,
  seed: number,
  /** Makes a layer's name the network's own. */
  named: (name: string) => string,
) => tf.SymbolicTensor;

/**
 * concat[profile, history pooled by `attention`, candidate, context] -> hidden layers -> one logit `[batch, 1]`.
 * @throws DataError for features and settings that do not fit together.
 */
export function rankingArchitecture(options: RankingOptions, owner: string, attention: Attention): Architecture {
  checkRanking(options, owner);
  const {
    profile = [],
    candidate,
    history,
    context = [],
    embeddingDimension = 10,
    hidden = [128, 64],
    activation = 'prelu',
    seed = 42,
  } = options;
  const inputs = new NetworkInputs(seed, [...profile, ...context]);
  const named = (name: string) => inputs.unique(name);
  const user = inputs.dense('profile', profile);
  const sharesPadding = history.mask && history.table === 'shared' && candidate.kind === 'identity';
  const item = inputs.candidate(candidate, embeddingDimension, sharesPadding);
  const past = inputs.history(history, embeddingDimension, item.table);
  const weights = attention(past, item.vector, seed, named);
  const pooled = connect(new WeightedSum({ name: named('interest') }), [past.vectors, weights]);
  const parts = [...user, pooled, item.vector, ...inputs.dense('context', context)];
  let x = connect(tf.layers.concatenate({ name: named('features') }), parts);
  hidden.forEach((units, i) => {
    x = connect(new Affine({ name: named(`dense_${i}`), units, seed: deriveSeed(seed, 'dense', i) }), x);
    x = activationLayer(activation, named(`${activation}_${i}`))(x);
  });
  const logit = connect(new Affine({ name: named('logit'), units: 1, seed: deriveSeed(seed, 'logit') }), x);
  return {
    plans: inputs.plans,
    network: tf.model({ inputs: inputs.symbols, outputs: logit }),
    attention: tf.model({ inputs: inputs.symbols, outputs: [logit, weights] }),
    numerics: [...profile, ...context].flatMap(numericsOf),
  };
}

function numericsOf(feature: DenseFeature): Numeric[] {
  if (feature.kind === 'numeric') return [feature];
  if (feature.kind === 'bucketized') return [feature.of];
  return feature.of.kind === 'bucketized' ? [feature.of.of] : [];
}

function checkRanking(options: RankingOptions, owner: string): void {
  const { candidate, history, profile, context, embeddingDimension, hidden, activation, seed, label } = options;
  if (candidate?.kind !== 'identity' && candidate?.kind !== 'vocabulary') {
    throw new DataError(
      `${owner}: candidate is an identity or vocabulary feature, e.g. din.features.identity('movieId', { buckets }).`,
    );
  }
  if (candidate.keys.length !== 1)
    throw new DataError(`${owner}: the candidate reads one column, not ${candidate.keys.length}.`);
  if (history?.kind !== 'history') {
    throw new DataError(`${owner}: history is made by din.features.history([...columns], { of: candidate }).`);
  }
  if (history.table === 'shared' && !sameValues(candidate, history.of)) {
    throw new DataError(
      `${owner}: the history's 'of' and the candidate have different values, so they cannot share a table. ` +
        "Give history(..., { of: candidate }) or table: 'own'.",
    );
  }
  for (const [name, group] of Object.entries({ profile, context })) {
    if (group !== undefined && !Array.isArray(group)) throw new DataError(`${owner}: ${name} is a list of features.`);
  }
  if (embeddingDimension !== undefined) checkCount(owner, 'embeddingDimension', embeddingDimension);
  checkWidths(owner, 'hidden', hidden);
  if (activation !== undefined) checkChoice(owner, 'activation', activation, activations);
  if (seed !== undefined) checkCount(owner, 'seed', seed, 0);
  if (label !== undefined && typeof label !== 'string') throw new DataError(`${owner}: label is the name of a column.`);
}

/** @throws DataError unless `widths` is a list of whole numbers of at least 1. */
export function checkWidths(owner: string, name: string, widths: unknown): void {
  if (widths === undefined) return;
  if (!Array.isArray(widths)) throw new DataError(`${owner}: ${name} is a list of widths, e.g. [128, 64].`);
  widths.forEach((width, i) => {
    checkCount(owner, `${name}[${i}]`, width);
  });
}

function sameValues(a: Identity | Vocabulary, b: Identity | Vocabulary): boolean {
  return (
    JSON.stringify({ ...a, keys: [], default: undefined }) === JSON.stringify({ ...b, keys: [], default: undefined })
  );
}
