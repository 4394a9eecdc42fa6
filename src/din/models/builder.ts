import * as tf from '@tensorflow/tfjs';
import { deriveSeed } from '../../base/random';
import { checkChoice, checkCount, checkRange, checkSettings } from '../checks';
import { DataError } from '../errors';
import { describe, keysOf, nameOf } from '../features/categorical';
import { sameValues } from '../features/columns';
import type { FeatureState } from '../features/state';
import type { DenseFeature, Embedding, History, Item } from '../features/types';
import { type Activation, activationLayer, activations } from '../layers/activation';
import { activationUnit } from '../layers/activation-unit';
import { Affine } from '../layers/affine';
import type { AttentionNormalize } from '../layers/attention-weights';
import { checkInitializer, type Initializer } from '../layers/initializers';
import { connect } from '../layers/layer';
import { MeanWeights } from '../layers/mean-weights';
import { WeightedSum } from '../layers/weighted-sum';
import type { Architecture, ModelOptions, WeighedHistory } from './architecture';
import { fieldOf, fieldsOfHistory, NetworkInputs, type SymbolicField, type SymbolicHistory } from './inputs';

export type CandidateField = Item | Embedding;

/** One history, several, or several by name. */
export type Histories = History | readonly History[] | Readonly<Record<string, History>>;

/** The item to score, inside a network. */
export interface Candidate {
  /** `[batch, d]`: its fields' vectors side by side. */
  vector: tf.SymbolicTensor;
  fields: readonly SymbolicField[];
}

/** A history inside a network: `vectors` `[batch, positions, d]` and `mask` `[batch, positions]`, 0 = padding. */
export interface Past extends SymbolicHistory {
  /** What heatmaps call it. */
  name: string;
  feature: History;
}

export interface AttentionOptions {
  /** Widths of the activation unit's hidden layers, default [32]. */
  hidden?: readonly number[];
  /** Default `prelu`. */
  activation?: Activation;
  /** Default `none`, the paper's. */
  normalize?: AttentionNormalize;
  /** PReLU's alpha in the unit: the same at every position (default true), or one a position as in the tutorial. */
  sharedPositions?: boolean;
  /** Share of each hidden layer's outputs that training drops, in [0, 1), default 0; or one a layer. */
  dropout?: number | readonly number[];
  /** Normalizes each hidden layer's outputs over the behaviours of the batch, before the activation; default false. */
  batchNormalization?: boolean;
}

export interface MlpOptions {
  /** Widths of the hidden layers, default [128, 64]. */
  hidden?: readonly number[];
  /** After each hidden layer, default `prelu`. */
  activation?: Activation;
  /** Share of each hidden layer's outputs that training drops, in [0, 1), default 0; or one a layer. */
  dropout?: number | readonly number[];
  /** Normalizes each hidden layer's outputs over the batch, before the activation (Ioffe and Szegedy, 2015); default false. */
  batchNormalization?: boolean;
  /** How the hidden layers' matrices start, default `glorotUniform`. */
  initializer?: Initializer;
}

/** Names of `MlpOptions`. */
export const mlpSettings = [
  'hidden',
  'activation',
  'dropout',
  'batchNormalization',
  'initializer',
] as const satisfies (keyof MlpOptions)[];

/** Those of a model's options that are its MLP's. */
export const mlpOptions = (options: MlpOptions): MlpOptions =>
  Object.fromEntries(mlpSettings.filter((name) => options[name] !== undefined).map((name) => [name, options[name]]));

/**
 * What a model is built with: each method adds layers to the network and returns symbolic tensors, for further methods or
 * for layers of `tf.layers` and `din.layers`. Initial weights come from the model's seed, names are made unique.
 */
export class ModelBuilder {
  readonly seed: number;
  private readonly inputs: NetworkInputs;
  private readonly dimension: number;
  private readonly known: readonly { name: string; history: History }[];
  private readonly weighed: (WeighedHistory & { weights: tf.SymbolicTensor })[] = [];
  private readonly candidateColumns = new Set<string>();
  private item: Item | undefined;
  private units = 0;
  private networks = 0;

  /**
   * @param options all features that the model will use stand in them, at any depth: shared tables need to know.
   * @param state what was learnt of the features; undefined: a draft.
   * @throws DataError for features that share a table by name and do not fit together.
   */
  constructor(
    private readonly owner: string,
    options: ModelOptions,
    state: FeatureState | undefined,
  ) {
    const { seed = 42, embeddingDimension = 10, label, embeddingInitializer, task } = options;
    checkCount(owner, 'seed', seed, 0);
    checkCount(owner, 'embeddingDimension', embeddingDimension);
    if (label !== undefined && typeof label !== 'string')
      throw new DataError(`${owner}: label is the name of a column.`);
    if (embeddingInitializer !== undefined) checkInitializer(owner, 'embeddingInitializer', embeddingInitializer);
    if (task !== undefined) checkChoice(owner, 'task', task, ['classification', 'regression']);
    this.seed = seed;
    this.dimension = embeddingDimension;
    const { vectors, fields, histories } = collect(options, embeddingDimension);
    this.known = histories;
    this.inputs = new NetworkInputs(
      seed,
      state,
      [
        ...vectors,
        ...fields.map(
          ({ feature: of, dimension }): Embedding => ({ kind: 'embedding', of, dimension, combiner: 'mean' }),
        ),
        ...histories.flatMap(({ history }) => sharedWithOthers(history, fields, vectors)),
      ],
      embeddingInitializer,
    );
  }

  /**
   * Features of a group as vectors, in the order given, each `[batch, width]`; numbers that stand side by side are one.
   * @param group `context` tells of the candidate: heatmaps of other candidates take its columns from them.
   * @throws DataError for what is no dense feature.
   */
  features(features: readonly DenseFeature[], group = 'profile'): tf.SymbolicTensor[] {
    if (!Array.isArray(features)) throw new DataError(`${this.owner}: ${group} is a list of features.`);
    if (group === 'context') for (const key of features.flatMap(columnsOf)) this.candidateColumns.add(key);
    return this.inputs.dense(group, features);
  }

  /**
   * The item to score: a feature of one column, or several fields, the item itself first.
   * @throws DataError for features that stand for no single item.
   */
  candidate(candidate: CandidateField | readonly CandidateField[]): Candidate {
    checkCandidate(candidate, this.owner);
    const own = candidateFields(candidate).map((field) => fieldOf(field, this.dimension));
    for (const key of own.flatMap(({ feature }) => feature.keys)) this.candidateColumns.add(key);
    this.item ??= own[0].feature;
    const fields = own.map((field) =>
      this.inputs.candidate(
        field,
        this.known.some(({ history }) => padsWithZero(history, field)),
      ),
    );
    const vectors = fields.map(({ vector }) => vector);
    return { fields, vector: this.inputs.joined(vectors, 'candidate') };
  }

  /**
   * A sequence of behaviours; fields that the candidate has too share its tables.
   * @throws DataError for what is no history, and for one that cannot share the candidate's table.
   */
  history(history: History, candidate: Candidate): Past {
    if (history?.kind !== 'history') {
      throw new DataError(
        `${this.owner}: history is made by din.features.history([...columns], { of: candidate }) or ` +
          'history({ listColumn: feature }, { length }); several as a list or by name.',
      );
    }
    const shares = (of: Item) => candidate.fields.some(({ feature }) => sameValues(feature, of));
    if ('keys' in history && history.table !== 'own' && !shares(history.of)) {
      throw new DataError(
        `${this.owner}: the history's 'of' and the candidate have different values, so they cannot share a table. ` +
          "Give history(..., { of: candidate }) or table: 'own'.",
      );
    }
    const name = this.known.find((each) => each.history === history)?.name ?? 'history';
    return { ...this.inputs.history(history, this.dimension, candidate.fields), name, feature: history };
  }

  /** One history or several, each as `history`. @throws DataError as `history`, and where there is none. */
  histories(histories: Histories, candidate: Candidate): Past[] {
    const given = histories && typeof histories === 'object' ? namedHistories(histories) : [];
    if (given.length === 0) return [this.history(undefined as never, candidate)];
    return given.map(({ history }) => this.history(history, candidate));
  }

  /**
   * The DIN paper's activation unit a(e_j, v_A): how much each behaviour matters for the candidate. Heatmaps show it.
   * @returns weights of the positions, `[batch, positions]`, 0 for padding.
   * @throws DataError for settings that do not fit.
   */
  activationUnit(past: Past, candidate: Candidate, options: AttentionOptions = {}): tf.SymbolicTensor {
    this.checkAttention(options);
    const unit = this.units++;
    const normalize = options.normalize ?? 'none';
    const weights = activationUnit(past.vectors, this.beside(past, candidate), past.mask, {
      hidden: options.hidden ?? [32],
      activation: options.activation ?? 'prelu',
      normalize,
      sharedPositions: options.sharedPositions ?? true,
      dropout: dropoutRates(`${this.owner} attention`, options.dropout, options.hidden ?? [32]),
      batchNormalization: options.batchNormalization ?? false,
      seed: unit === 0 ? this.seed : deriveSeed(this.seed, 'history', unit),
      named: (name) => this.named(name),
      common: commonDimensions(past, candidate.fields),
    });
    return this.showAttention(past, weights, normalize);
  }

  /** Weights of one's own making, `[batch, positions]`: `model.attention` and heatmaps show them. */
  showAttention(past: Past, weights: tf.SymbolicTensor, normalize: AttentionNormalize = 'none'): tf.SymbolicTensor {
    this.weighed.push({ name: past.name, feature: past.feature, normalize, weights });
    return weights;
  }

  /** Equal weights that add up to 1 over the behaviours there are, `[batch, positions]`. */
  meanWeights(past: Past): tf.SymbolicTensor {
    return connect(new MeanWeights({ name: this.named('mean_weights') }), past.mask);
  }

  /** The sum of a history's vectors, weighted: sum_j w_j e_j, `[batch, d]`. Without weights, of all behaviours alike. */
  pooled(past: Past, weights: tf.SymbolicTensor = past.mask): tf.SymbolicTensor {
    return connect(new WeightedSum({ name: this.named('interest') }), [past.vectors, weights]);
  }

  /** Vectors side by side, `[batch, sum of widths]`; one alone is what it is. @throws DataError where there is none. */
  concat(parts: readonly tf.SymbolicTensor[]): tf.SymbolicTensor {
    if (!Array.isArray(parts) || parts.length === 0 || !parts.every((part) => part instanceof tf.SymbolicTensor))
      throw new DataError(`${this.owner}: concat takes a list of at least one tensor [batch, width].`);
    return this.inputs.joined(parts, 'features');
  }

  /**
   * Hidden layers, one after the other: x W + b, batch normalization and activation, then dropout;
   * `[batch, width]` to `[batch, last of hidden]`.
   * @throws DataError for settings that do not fit.
   */
  mlp(x: tf.SymbolicTensor, options: MlpOptions = {}): tf.SymbolicTensor {
    this.checkOne('mlp', x);
    checkSettings(`${this.owner}: mlp`, options, mlpSettings);
    const { hidden = [128, 64], activation = 'prelu', dropout = 0, batchNormalization = false, initializer } = options;
    checkWidths(this.owner, 'hidden', hidden);
    checkChoice(this.owner, 'activation', activation, activations);
    checkChoice(this.owner, 'batchNormalization', batchNormalization, [true, false]);
    if (initializer !== undefined) checkInitializer(this.owner, 'initializer', initializer);
    const rates = dropoutRates(this.owner, dropout, hidden);
    const network = this.networks++;
    const purpose = network === 0 ? [] : ['mlp', network];
    return hidden.reduce((below, units, i) => {
      const seed = deriveSeed(this.seed, ...purpose, 'dense', i);
      let y = connect(
        new Affine({ name: this.named(`dense_${i}`), units, seed, ...(initializer ? { initializer } : {}) }),
        below,
      );
      if (batchNormalization)
        y = connect(tf.layers.batchNormalization({ name: this.named(`batch_normalization_${i}`) }), y);
      y = activationLayer(activation, this.named(`${activation}_${i}`))(y);
      return rates[i] ? connect(tf.layers.dropout({ name: this.named(`dropout_${i}`), rate: rates[i] }), y) : y;
    }, x);
  }

  /** The logit of a click, or the number that is predicted: x W + b, `[batch, 1]`. @throws DataError for what is no tensor. */
  logit(x: tf.SymbolicTensor): tf.SymbolicTensor {
    this.checkOne('logit', x);
    return connect(new Affine({ name: this.named('logit'), units: 1, seed: this.seedOf('logit') }), x);
  }

  /** Several stand side by side before a layer takes them. */
  private checkOne(what: string, x: unknown): void {
    if (x instanceof tf.SymbolicTensor) return;
    const given = Array.isArray(x) ? `a list of ${x.length}: put them side by side, m.concat(list)` : String(x);
    throw new DataError(`${this.owner}: ${what} takes one tensor [batch, width], it was given ${given}.`);
  }

  /** A layer's name, unique within the network and of characters that TensorFlow takes. */
  named(name: string): string {
    return this.inputs.unique(name);
  }

  /** A seed for initial weights of one's own layers: another for each purpose. */
  seedOf(...purpose: (string | number)[]): number {
    return deriveSeed(this.seed, ...purpose);
  }

  /** The network whose last layer gives `logit`. @throws DataError for anything else than `[batch, 1]`. */
  finish(logit: tf.SymbolicTensor): Architecture {
    const { owner, inputs, weighed, item, candidateColumns } = this;
    const shape = (logit as tf.SymbolicTensor | undefined)?.shape;
    if (!(logit instanceof tf.SymbolicTensor) || shape?.length !== 2 || shape[1] !== 1) {
      throw new DataError(
        `${owner}: build must return the logit, [batch, 1], e.g. m.logit(x); it returned ${whatItIs(logit)}.`,
      );
    }
    const outputs = [logit, ...weighed.map(({ weights }) => weights)];
    const foreign = inputsOf(outputs).find((input) => !inputs.symbols.includes(input));
    if (foreign) {
      throw new DataError(
        `${owner}: build uses the input '${foreign.name}' [${dimensions(foreign)}], which no column of a table fills. The inputs of a model come from ` +
          'm.features, m.candidate and m.history, of features that are among its options; not from tf.input or another model.',
      );
    }
    const network = tf.model({ inputs: inputs.symbols, outputs: logit });
    return {
      plans: inputs.plans,
      network,
      ...(weighed.length ? { attention: tf.model({ inputs: inputs.symbols, outputs }) } : {}),
      weighed: weighed.map(({ weights: _, ...history }) => history),
      item,
      candidateColumns,
    };
  }

  /** The candidate as a history's attention sees it: the fields that both have come first, in one order. */
  private beside({ common }: Past, { fields, vector }: Candidate): tf.SymbolicTensor {
    const ordered = [...common, ...fields.filter((field) => !common.includes(field))];
    if (ordered.every((field, i) => field === fields[i])) return vector;
    return this.inputs.joined(
      ordered.map((field) => field.vector),
      'candidate',
    );
  }

  private checkAttention(unit: AttentionOptions): void {
    const owner = `${this.owner} attention`;
    if (typeof unit !== 'object') throw new DataError(`${this.owner}: attention is an object, e.g. { hidden: [32] }.`);
    checkSettings(owner, unit, [
      'hidden',
      'activation',
      'normalize',
      'sharedPositions',
      'dropout',
      'batchNormalization',
    ]);
    checkWidths(owner, 'hidden', unit.hidden);
    if (unit.activation !== undefined) checkChoice(owner, 'activation', unit.activation, activations);
    if (unit.batchNormalization !== undefined)
      checkChoice(owner, 'batchNormalization', unit.batchNormalization, [true, false]);
    if (unit.normalize !== undefined) checkChoice(owner, 'normalize', unit.normalize, ['none', 'sigmoid', 'softmax']);
  }
}

/** The candidate's fields, the item itself first. */
export function candidateFields(candidate: CandidateField | readonly CandidateField[]): readonly CandidateField[] {
  return Array.isArray(candidate) ? candidate : [candidate as CandidateField];
}

/** Histories and what they are called: by their place, `history`, `history_2`, where nobody named them. */
function namedHistories(histories: Histories): { name: string; history: History }[] {
  if (Array.isArray(histories)) {
    return (histories as readonly History[]).map((history, i) => ({
      name: i ? `history_${i + 1}` : 'history',
      history,
    }));
  }
  if ((histories as History).kind === 'history') return [{ name: 'history', history: histories as History }];
  return Object.entries(histories as Readonly<Record<string, History>>).map(([name, history]) => ({ name, history }));
}

/** All features among a model's options, wherever they stand: shared tables need to know them before the first layer. */
function collect(options: ModelOptions, dimension: number) {
  const vectors: DenseFeature[] = [];
  const fields: ReturnType<typeof fieldOf>[] = [];
  const histories: { name: string; history: History }[] = [];
  const take = (value: unknown, name: string, path: readonly string[]): void => {
    const kind = (value as { kind?: unknown } | null | undefined)?.kind;
    if (Array.isArray(value)) {
      value.forEach((each, i) => {
        take(each, i ? `${name}_${i + 1}` : name, path);
      });
    } else if (kind === 'history') histories.push({ name, history: value as History });
    else if (isItem(value) || (path[0] === 'candidate' && kind === 'embedding' && isItem((value as Embedding).of)))
      fields.push(fieldOf(value as CandidateField, dimension));
    else if (DENSE.includes(kind as string)) vectors.push(value as DenseFeature);
    else if (typeof value === 'object' && value !== null && kind === undefined && path.length < 4)
      for (const [key, each] of Object.entries(value)) take(each, key, [...path, key]);
  };
  for (const [key, value] of Object.entries(options)) take(value, key, [key]);
  return { vectors, fields, histories };
}

const DENSE = ['numeric', 'embedding', 'indicator', 'bucketized', 'quantiles'];

const isItem = (feature: unknown): feature is Item =>
  ['identity', 'vocabulary', 'id', 'hashed'].includes((feature as Item | undefined)?.kind as string);

function checkCandidate(candidate: CandidateField | readonly CandidateField[], owner: string): void {
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

/** @throws DataError unless `widths` is a list of whole numbers of at least 1. */
function checkWidths(owner: string, name: string, widths: unknown): void {
  if (widths === undefined) return;
  if (!Array.isArray(widths)) throw new DataError(`${owner}: ${name} is a list of widths, e.g. [128, 64].`);
  widths.forEach((width, i) => {
    checkCount(owner, `${name}[${i}]`, width);
  });
}

const whatItIs = (x: unknown): string => (x instanceof tf.SymbolicTensor ? `a tensor [${dimensions(x)}]` : String(x));

const dimensions = ({ shape }: tf.SymbolicTensor): string => shape.map((size) => size ?? 'batch').join(', ');

/** What symbolic tensors are computed from, in the end. */
function inputsOf(outputs: readonly tf.SymbolicTensor[]): tf.SymbolicTensor[] {
  const all = new Set(outputs);
  for (const tensor of all) for (const before of tensor.inputs) all.add(before);
  return [...all].filter((tensor) => tensor.inputs.length === 0);
}

/** One share a hidden layer. @throws DataError for what is none. */
function dropoutRates(owner: string, dropout: number | readonly number[] = 0, hidden: readonly number[]): number[] {
  const rates = typeof dropout === 'number' ? hidden.map(() => dropout) : dropout;
  if (!Array.isArray(rates) || rates.length !== hidden.length) {
    throw new DataError(
      `${owner}: dropout is a share in [0, 1), or one for each of the ${hidden.length} hidden layers.`,
    );
  }
  for (const rate of rates) checkRange(owner, 'dropout', rate, 0, 1);
  return rates;
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

/** Fields of a history that the candidate does not have, as far as some other feature has an embedding of them. */
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

/** Columns that a feature reads of its own row. A recency's other end is the row's, not the candidate's. */
function columnsOf(feature: DenseFeature): string[] {
  if (feature?.kind === 'numeric') return [feature.key];
  if (feature?.kind === 'bucketized' || feature?.kind === 'quantiles') return [feature.of.key];
  const { of } = feature ?? {};
  if (of === undefined) return [];
  return of.kind === 'bucketized' || of.kind === 'quantiles' ? [of.of.key] : keysOf(of);
}
