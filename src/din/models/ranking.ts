import * as tf from '@tensorflow/tfjs';
import { deriveSeed } from '../../base/random';
import { checkChoice, checkCount } from '../checks';
import { DataError } from '../errors';
import { describe, nameOf } from '../features/categorical';
import { sameValues } from '../features/columns';
import type { FeatureState } from '../features/learn';
import type { DenseFeature, Embedding, History, Item } from '../features/types';
import { type Activation, activationLayer, activations } from '../layers/activation';
import { Affine } from '../layers/affine';
import { connect } from '../layers/layer';
import { WeightedSum } from '../layers/weighted-sum';
import type { Architecture } from './architecture';
import { fieldOf, fieldsOfHistory, NetworkInputs, type SymbolicField, type SymbolicHistory } from './inputs';

/** What models that rank a candidate for a user with a history have in common. */
export interface RankingOptions {
  /** Who the user is; default none. */
  profile?: readonly DenseFeature[];
  /**
   * The item to score: a feature of one column, or several fields (item, category), each a feature or an embedding that
   * says its dimension: `[embedding(item, { dimension: 16 }), embedding(category, { dimension: 8 })]`.
   */
  candidate: CandidateField | readonly CandidateField[];
  /** What the user did before: one history, several, or several by name, each with an attention of its own. */
  history: History | readonly History[] | Readonly<Record<string, History>>;
  /** What is known of the candidate and the situation; default none. */
  context?: readonly DenseFeature[];
  /** Length of the vectors of candidate and history where a field does not say, default 10. */
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

export type CandidateField = Item | Embedding;

export interface AttentionContext {
  /** Of the unit's initial weights: another for each history. */
  seed: number;
  /** Makes a layer's name the network's own. */
  named: (name: string) => string;
  /** The first so many dimensions of history and candidate speak of the same fields; undefined: all of them do. */
  common: number | undefined;
}

/** Weights of a history's positions, `[batch, positions]`. */
export type Attention = (
  history: SymbolicHistory,
  candidate: tf.SymbolicTensor,
  context: AttentionContext,
) => tf.SymbolicTensor;

/**
 * concat[profile, each history pooled by `attention`, candidate, context] -> hidden layers -> one logit `[batch, 1]`.
 * @throws DataError for features and settings that do not fit together.
 */
export function rankingArchitecture(
  options: RankingOptions,
  owner: string,
  state: FeatureState | undefined,
  attention: Attention,
): Architecture {
  checkRanking(options, owner);
  const {
    profile = [],
    context = [],
    embeddingDimension = 10,
    hidden = [128, 64],
    activation = 'prelu',
    seed = 42,
  } = options;
  const fields = candidateFields(options.candidate).map((field) => fieldOf(field, embeddingDimension));
  const histories = namedHistories(options.history);
  const vectors = [...profile, ...context];
  const inputs = new NetworkInputs(seed, state, [
    ...vectors,
    ...fields.map(({ feature: of, dimension }): Embedding => ({ kind: 'embedding', of, dimension, combiner: 'mean' })),
    ...histories.flatMap(({ history }) => sharedWithOthers(history, fields, vectors)),
  ]);
  const named = (name: string) => inputs.unique(name);
  const user = inputs.dense('profile', profile);
  const candidate = fields.map((field) =>
    inputs.candidate(
      field,
      histories.some((each) => padsWithZero(each.history, field)),
    ),
  );
  const item = inputs.joined(
    candidate.map(({ vector }) => vector),
    'candidate',
  );
  const past = histories.map(({ history }) => inputs.history(history, embeddingDimension, candidate));
  const weights = past.map((each, i) =>
    attention(each, besideHistory(inputs, each, candidate, item), {
      seed: i === 0 ? seed : deriveSeed(seed, 'history', i),
      named,
      common: commonDimensions(each, candidate),
    }),
  );
  const pooled = past.map((each, i) =>
    connect(new WeightedSum({ name: named('interest') }), [each.vectors, weights[i]]),
  );
  const parts = [...user, ...pooled, item, ...inputs.dense('context', context)];
  let x = connect(tf.layers.concatenate({ name: named('features') }), parts);
  hidden.forEach((units, i) => {
    x = connect(new Affine({ name: named(`dense_${i}`), units, seed: deriveSeed(seed, 'dense', i) }), x);
    x = activationLayer(activation, named(`${activation}_${i}`))(x);
  });
  const logit = connect(new Affine({ name: named('logit'), units: 1, seed: deriveSeed(seed, 'logit') }), x);
  return {
    plans: inputs.plans,
    network: tf.model({ inputs: inputs.symbols, outputs: logit }),
    attention: tf.model({ inputs: inputs.symbols, outputs: [logit, ...weights] }),
    histories: histories.map(({ name }) => name),
  };
}

/** The candidate's fields, the item itself first. */
export function candidateFields(candidate: RankingOptions['candidate']): readonly CandidateField[] {
  return Array.isArray(candidate) ? candidate : [candidate as CandidateField];
}

/** Histories and what they are called: by their place, `history`, `history_2`, where nobody named them. */
export function namedHistories(histories: RankingOptions['history']): { name: string; history: History }[] {
  if (Array.isArray(histories)) {
    return (histories as readonly History[]).map((history, i) => ({
      name: i ? `history_${i + 1}` : 'history',
      history,
    }));
  }
  if ((histories as History | undefined)?.kind === 'history')
    return [{ name: 'history', history: histories as History }];
  return Object.entries(histories as Readonly<Record<string, History>>).map(([name, history]) => ({ name, history }));
}

/** Whether a candidate's 0 would be the history's padding. */
function padsWithZero(history: History, { feature }: { feature: Item }): boolean {
  const masked = 'mask' in history ? history.mask : true;
  if (!masked || history.table === 'own') return false;
  const first = fieldsOfHistory(history, 1)[0];
  if (!first.item || !sameValues(first.item.feature, feature)) return false;
  // Lists need no padding of their own: an identity's rows are padded with 0 all the same.
  return feature.kind === 'identity' || (!first.list && (feature.kind === 'id' || feature.kind === 'hashed'));
}

/** Fields of a history that the candidate does not have, as far as the profile or the context has an embedding of them. */
function sharedWithOthers(
  history: History,
  fields: readonly { feature: Item }[],
  vectors: readonly DenseFeature[],
): Embedding[] {
  if (history.table === 'own') return [];
  return fieldsOfHistory(history, 1).flatMap(({ item }) => {
    if (!item || fields.some(({ feature }) => sameValues(feature, item.feature))) return [];
    const { feature: of } = item;
    const other = vectors.find(
      (each) => each?.kind === 'embedding' && !each.table && each.of.kind !== 'weighted' && sameName(each, of),
    ) as Embedding | undefined;
    return other
      ? [{ kind: 'embedding', of, dimension: other.dimension, combiner: 'mean', shares: nameOf(of) } as const]
      : [];
  });
}

const sameName = ({ shares, of }: Embedding, feature: Item): boolean =>
  (shares ?? nameOf(of)) === nameOf(feature) && sameValues(of as Item, feature);

/** The candidate as a history's attention sees it: the fields that both have come first, in one order. */
function besideHistory(
  inputs: NetworkInputs,
  { common }: SymbolicHistory,
  candidate: readonly SymbolicField[],
  item: tf.SymbolicTensor,
): tf.SymbolicTensor {
  const ordered = [...common, ...candidate.filter((field) => !common.includes(field))];
  if (ordered.every((field, i) => field === candidate[i])) return item;
  return inputs.joined(
    ordered.map(({ vector }) => vector),
    'candidate',
  );
}

/** Undefined where history and candidate have the same fields, or the one history field that 0.1.0 took for the same. */
function commonDimensions(
  { vectors, common, own }: SymbolicHistory,
  candidate: readonly SymbolicField[],
): number | undefined {
  const width = (tensor: tf.SymbolicTensor) => tensor.shape[tensor.shape.length - 1] as number;
  const all = candidate.reduce((sum, { vector }) => sum + width(vector), 0);
  if (common.length === candidate.length && width(vectors) === all) return undefined;
  // A table of its own, as the tutorial's: position by position the same thing, in other coordinates.
  if (own && candidate.length === 1 && width(vectors) === all) return undefined;
  return common.reduce((sum, { vector }) => sum + width(vector), 0);
}

function checkRanking(options: RankingOptions, owner: string): void {
  const { profile, context, embeddingDimension, hidden, activation, seed, label } = options;
  checkCandidate(options.candidate, owner);
  checkHistories(options, owner);
  for (const [name, group] of Object.entries({ profile, context })) {
    if (group !== undefined && !Array.isArray(group)) throw new DataError(`${owner}: ${name} is a list of features.`);
  }
  if (embeddingDimension !== undefined) checkCount(owner, 'embeddingDimension', embeddingDimension);
  checkWidths(owner, 'hidden', hidden);
  if (activation !== undefined) checkChoice(owner, 'activation', activation, activations);
  if (seed !== undefined) checkCount(owner, 'seed', seed, 0);
  if (label !== undefined && typeof label !== 'string') throw new DataError(`${owner}: label is the name of a column.`);
}

const isItem = (feature: unknown): feature is Item =>
  ['identity', 'vocabulary', 'id', 'hashed'].includes((feature as Item | undefined)?.kind as string);

function checkCandidate(candidate: RankingOptions['candidate'], owner: string): void {
  const fields = candidateFields(candidate);
  if (fields.length === 0) throw new DataError(`${owner}: candidate has no field; the first is the item to score.`);
  for (const field of fields) {
    const feature = field?.kind === 'embedding' ? field.of : field;
    if (!isItem(feature)) {
      throw new DataError(
        `${owner}: candidate is an identity or vocabulary feature, an id or hashed one, an embedding of one of them, or a ` +
          "list of these, e.g. din.features.id('movieId'). What else is known of the item is context.",
      );
    }
    if (feature.keys.length !== 1 || feature.length !== undefined) {
      throw new DataError(
        `${owner}: a field of the candidate reads one column with one value a row, ${describe(feature)} does not.`,
      );
    }
  }
}

function checkHistories({ history, candidate }: RankingOptions, owner: string): void {
  const given = history && typeof history === 'object' ? namedHistories(history) : [];
  if (given.length === 0 || given.some((each) => each.history?.kind !== 'history')) {
    throw new DataError(
      `${owner}: history is made by din.features.history([...columns], { of: candidate }) or ` +
        'history({ listColumn: feature }, { length }); several as a list or by name.',
    );
  }
  const fields = candidateFields(candidate).map((field) => fieldOf(field, 1).feature);
  for (const { history: each } of given) {
    if (!('keys' in each) || each.table === 'own' || fields.some((field) => sameValues(field, each.of))) continue;
    throw new DataError(
      `${owner}: the history's 'of' and the candidate have different values, so they cannot share a table. ` +
        "Give history(..., { of: candidate }) or table: 'own'.",
    );
  }
}

/** @throws DataError unless `widths` is a list of whole numbers of at least 1. */
export function checkWidths(owner: string, name: string, widths: unknown): void {
  if (widths === undefined) return;
  if (!Array.isArray(widths)) throw new DataError(`${owner}: ${name} is a list of widths, e.g. [128, 64].`);
  widths.forEach((width, i) => {
    checkCount(owner, `${name}[${i}]`, width);
  });
}
