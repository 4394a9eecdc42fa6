import type * as tf from '@tensorflow/tfjs';
import { textHash } from '../../base/hash';
import { didYouMean } from '../../base/nearest';
import { counted } from '../../base/words';
import { DISPLAY, type Displayable } from '../../outputs/display';
import type { MimeBundle } from '../../outputs/mime';
import type { EncodedData } from '../data/encoded';
import { formatCount } from '../data/preview';
import type { Table } from '../data/table';
import { DataError } from '../errors';
import { checkColumns, checkTable, type EncodeOptions, encode } from '../features/encode';
import { learn, learnYielding } from '../features/learn';
import type { UnknownValues } from '../features/read-ids';
import { emptyState, type FeatureState, isLearnt, readState } from '../features/state';
import { encodeTable } from '../features/stream';
import type { Metric } from '../metrics/accumulator';
import { gauc } from '../metrics/gauc';
import { checkBeside, type MetricName } from '../metrics/metric-set';
import { logistic } from '../metrics/sigmoid';
import { alone, trainedOf } from '../training/alone';
import { releaseForward } from '../training/forward-pass';
import type { TrainingHistory } from '../training/history';
import { outputLoss } from '../training/losses';
import {
  groupsOf,
  type MeasuredData,
  measurementOf,
  type OutputHead,
  singleHead,
  stepLosses,
} from '../training/measurement';
import type { OptimizerState } from '../training/optimizers/state';
import { freeWithNetwork, relieveMemory } from '../training/ownership';
import { predictOutputs } from '../training/predict';
import { TrainingState } from '../training/state';
import { runTraining } from '../training/trainer';
import { rowWeights, weightSettings, withClassWeights } from '../training/weights';
import {
  type Architecture,
  buildArchitecture,
  definitionOf,
  type ModelDefinition,
  type ModelSpec,
  type Task,
} from './architecture';
import { type EvaluateOptions, type EvaluationResult, evaluateSettings } from './evaluation';
import { checkFitOptions, type FitOptions, groupColumn, splitValidation } from './fit-options';
import { miniBatchAware } from './mini-batch-aware';
import { penaltyOf } from './penalty';
import { saveModel } from './save';
import { type Summary, summarize } from './summary';

/** Attention of each row: what `model.attention` returns. */
export interface AttentionResult {
  /** Of the first history, `[rows * positions]`, most recent first, padding 0. */
  weights: Float32Array;
  positions: number;
  /** Of every history, by name. */
  histories: Record<string, { weights: Float32Array; positions: number }>;
  /** Predicted probabilities, `[rows]`. */
  scores: Float32Array;
}

/**
 * A recommender: feature columns, a network with one logit, and, once fitted, an optimizer's state. Tables go in,
 * probabilities come out.
 */
export class RecommenderModel implements Displayable {
  readonly kind: string;
  /** The last `fit`'s, also while it runs and when it failed. */
  history: TrainingHistory | undefined;
  /** Measured on the training data at the first `fit`. */
  featureState: FeatureState | undefined;
  /** What fits left behind besides the weights. */
  readonly training = new TrainingState();
  /** The network, or a draft of it while the sizes of its tables are not learnt yet. */
  private built: Architecture;
  private readonly learns: boolean;
  private labelColumn: string | undefined;
  /** Of the last fit. */
  private regressionLoss: FitOptions['loss'];
  private disposed = false;

  /**
   * Models are made by `din.models.din(...)`, `base(...)`, what `define(...)` gives, and `load(...)`.
   * @param state as `featureState`, of a saved model.
   */
  constructor(
    readonly spec: ModelSpec,
    state?: unknown,
    private readonly definition: ModelDefinition = definitionOf(spec.kind),
  ) {
    this.kind = spec.kind;
    this.featureState = readState(state);
    relieveMemory();
    this.built = buildArchitecture(definition, spec.options, this.featureState);
    freeWithNetwork(this.built.network);
    this.learns = this.built.plans.some(
      (plan) => (plan.kind === 'ids' || plan.kind === 'history') && isLearnt(plan.feature),
    );
  }

  /** What the network's output is trained for and measured by. */
  private get head(): OutputHead {
    return this.headOf(this.regressionLoss);
  }

  private headOf(loss: FitOptions['loss'], smoothing = 0): OutputHead {
    const clicks = this.task === 'classification';
    return singleHead(
      clicks ? 'logit' : 'prediction',
      outputLoss(clicks ? 'sigmoidCrossEntropy' : (loss ?? 'meanSquaredError')),
      smoothing,
    );
  }

  /** What is predicted: the probability of a click, or a number. */
  get task(): Task {
    return this.spec.options.task ?? 'classification';
  }

  /** Raw outputs as people read them: probabilities of clicks, numbers as they are. */
  private readable(outputs: Float32Array): Float32Array {
    return this.task === 'classification' ? logistic(outputs) : outputs;
  }

  private get architecture(): Architecture {
    this.checkAlive();
    if (this.learns && !this.featureState) {
      throw new DataError(
        `This '${this.kind}' model learns vocabularies from the training rows first: call model.fit(table) or model.adapt(table) before.`,
      );
    }
    return this.built;
  }

  /**
   * Inputs and one logit output; share it with TensorFlow.js code at will.
   * @throws DataError where features learn their vocabulary and have not yet.
   */
  get network(): tf.LayersModel {
    return this.architecture.network;
  }

  /** The column of labels: of the model, else of the last `fit` that named one, else `label`. */
  get label(): string {
    return this.labelColumn ?? this.spec.options.label ?? 'label';
  }

  /**
   * Trains on a table. The first fit also learns from it what features need to know: means, quantiles, vocabularies. Fitting again continues: weights,
   * optimizer and the sequence of shuffles go on as if the training had not stopped.
   * @throws DataError for bad data or settings, TrainingError when the loss diverges, InterruptedError when interrupted;
   * weights and `model.history` are kept in every case.
   */
  async fit(table: Table, options: FitOptions = {}): Promise<TrainingHistory> {
    return alone(new Map([[this, 'this model']]), () => this.train(table, options));
  }

  private async train(table: Table, options: FitOptions): Promise<TrainingHistory> {
    const settings = checkFitOptions(options, this.kind, this.task);
    const { training, validation } = splitValidation(table, options.validation);
    const first = !this.featureState;
    const label = this.labelColumn;
    this.labelColumn = options.label ?? label;
    try {
      if (first) {
        this.checkLearning(training, { label: this.label });
        this.take(await learnYielding(this.built.plans, training));
      }
      const trained = trainedOf(this.network, "this model's network");
      return await alone(trained, () => this.run(training, validation, options, settings));
    } catch (error) {
      if (!this.training.hasLearnt) {
        // What was measured on rows that nothing was learnt from must not scale the rows of the next attempt.
        if (first) this.featureState = undefined;
        this.labelColumn = label;
      }
      throw error;
    }
  }

  /** Epochs of all fits so far. */
  get epochsTrained(): number {
    return this.training.epochs;
  }

  /** At work since the first fit. */
  get optimizer(): OptimizerState | undefined {
    return this.training.optimizer;
  }

  private async run(
    training: Table,
    validation: Table | undefined,
    options: FitOptions,
    settings: ReturnType<typeof checkFitOptions>,
  ): Promise<TrainingHistory> {
    const { sampleWeight: weight } = options;
    this.regressionLoss = options.loss;
    const head = this.headOf(options.loss, settings.labelSmoothing);
    const wanted = (rows: Table) => ({ label: this.label, group: groupColumn(options, rows), weight });
    const { shuffle } = settings;
    const blocks = typeof shuffle === 'object' ? shuffle.blocks : undefined;
    const encoded = await this.read(training, { ...wanted(training), training: settings.seed }, blocks);
    const held = validation && (await this.read(validation, wanted(validation)));
    const data = withClassWeights(encoded, settings.classWeight, [head]);
    const decay = await miniBatchAware(this.network, data, settings.regularization.miniBatchAware);
    try {
      return await runTraining({
        ...settings,
        program: {
          network: this.network,
          loss: stepLosses([head]),
          optimizer: this.training.use(this.network, options.optimizer, () => settings.optimizer),
          penalty: penaltyOf(this.network, settings.regularization),
          decay,
        },
        data,
        validation: held,
        measurement: measurementOf([head], settings.metrics),
        state: this.training,
        identity: {
          model: `'${this.kind}' with options ${fingerprintOf(this.spec.options)}`,
          options: Object.fromEntries(
            Object.entries(this.spec.options).map(([name, value]) => [name, optionText(value)]),
          ),
          settings: {
            loss: options.loss ?? 'default',
            labelSmoothing: String(settings.labelSmoothing),
            regularization: JSON.stringify(settings.regularization),
            groupBy: options.groupBy ?? 'none',
            ...weightSettings(weight, settings.classWeight),
          },
        },
        onStart: (history) => {
          this.history = history;
        },
      });
    } finally {
      decay?.dispose();
    }
  }

  /**
   * Scores a table with labels.
   * @throws DataError for bad data or settings.
   */
  async evaluate<const M extends readonly (MetricName | Metric)[] = readonly ['accuracy', 'auc', 'aucPr']>(
    table: Table,
    options: EvaluateOptions<M> = {},
  ): Promise<EvaluationResult<M>> {
    const { metrics, weighting, groupBy, label = this.label } = evaluateSettings(options, table, this.task);
    checkBeside(groupBy === undefined ? ['rows'] : ['rows', 'gauc'], metrics);
    const data = await this.read(table, { label, group: groupBy });
    const { loss, metrics: values, outputs } = await measurementOf([this.head], metrics).score(this.network, data);
    const groups = groupsOf(data);
    const grouped = groups ? { gauc: gauc(outputs[0], data.labels[0].values, groups, weighting) } : {};
    return { loss, ...values, ...grouped, rows: data.rows } as EvaluationResult<M>;
  }

  /** Probabilities `[rows]`, or numbers of a regression; the table needs no labels. @throws DataError for bad data. */
  async predict(table: Table): Promise<Float32Array> {
    const [logits] = await predictOutputs(this.network, await this.read(table));
    return this.readable(logits);
  }

  /**
   * The weights with which each row's history was pooled.
   * @throws DataError for models without attention and for bad data.
   */
  async attention(table: Table): Promise<AttentionResult> {
    const { attention, weighed } = this.architecture;
    if (!attention) throw withoutAttention(this.kind);
    const [logits, ...all] = await predictOutputs(attention, await this.read(table));
    const byName = weighed.map(
      ({ name }, i) => [name, { weights: all[i], positions: all[i].length / table.rows }] as const,
    );
    return { ...byName[0][1], histories: Object.fromEntries(byName), scores: this.readable(logits) };
  }

  /** Whether `attention` has something to tell. */
  get hasAttention(): boolean {
    return this.built.attention !== undefined;
  }

  /** What heatmaps need to know: the item that is scored, the columns that tell of it, and the histories that are weighed. */
  get parts(): Pick<Architecture, 'item' | 'candidateColumns' | 'weighed'> {
    return this.built;
  }

  /**
   * Learns from the training rows what features need to know of them; `fit` does it by itself the first time.
   * @throws DataError for bad data, and where vocabularies are learnt already and weights trained for them.
   */
  adapt(table: Table, options: Pick<EncodeOptions, 'label'> = {}): void {
    this.checkLearning(table, options);
    this.take(learn(this.built.plans, table));
  }

  private checkLearning(table: Table, options: Pick<EncodeOptions, 'label'>): void {
    this.checkAlive();
    checkTable(this.built.plans, table, options);
    if (this.learns && this.training.hasLearnt) {
      throw new DataError(
        'adapt: the weights are trained for the vocabularies that were learnt before: make a new model.',
      );
    }
  }

  /** What was learnt is the model's: a draft becomes a network. */
  private take(state: FeatureState): void {
    if (this.learns) {
      const built = buildArchitecture(this.definition, this.spec.options, state);
      this.release();
      this.built = built;
      freeWithNetwork(built.network);
    }
    this.featureState = state;
  }

  /**
   * What an `id` feature learnt: its values in the order of their ids, for pictures and serving. The id of a value that is
   * not among them is `unknown`.
   * @param name the feature's column, or the table it shares.
   * @throws DataError when there is no such vocabulary, or nothing is learnt yet.
   */
  vocabulary(name: string): { values: readonly string[]; unknown: number; rare: number } {
    const known = this.featureState?.vocabularies ?? emptyState().vocabularies;
    const found = known[name];
    if (!found) {
      const names = Object.keys(known);
      throw new DataError(
        `There is no vocabulary '${name}'.${didYouMean(name, names)} ` +
          (names.length
            ? `Vocabularies: ${names.join(', ')}.`
            : 'Nothing is learnt yet, or the model has no id feature.'),
      );
    }
    return { ...found, unknown: found.values.length };
  }

  /** A table as the network's inputs (and labels and groups, where asked for). @throws DataError for bad data. */
  encode(table: Table, options: EncodeOptions = {}): EncodedData {
    return encode(...this.encoding(table, options));
  }

  /**
   * `encode` for whoever can wait. What lies on disk stays there until it is needed.
   * @param options `weight` is the column of the rows' weights.
   * @param blocks of rows on disk that are in memory at a time.
   */
  private async read(
    table: Table,
    { weight, ...options }: EncodeOptions & { weight?: string } = {},
    blocks?: number,
  ): Promise<MeasuredData> {
    if (weight !== undefined) checkColumns(table, [weight]);
    const encoded = await encodeTable(...this.encoding(table, options), blocks);
    const { label } = options;
    const data =
      label !== undefined && this.task === 'regression' ? { ...encoded, exact: [table.typed(label)] } : encoded;
    if (options.group !== undefined) warnGroupless(data, options.group);
    if (weight === undefined) return data;
    return { ...data, weights: rowWeights(table.typed(weight), table.source, `column '${weight}'`, table.first) };
  }

  private encoding(table: Table, options: EncodeOptions): Required<Parameters<typeof encode>> {
    const onUnknown = (unknown: UnknownValues) => warnUnknown(unknown, table.source);
    const onCut = (column: string, rows: number, length: number) => warnCut(column, rows, length, table.source);
    return [
      this.architecture.plans,
      table,
      this.featureState ?? emptyState(),
      { onUnknown, onCut, labels: this.task === 'regression' ? 'numbers' : 'clicks', ...options },
    ];
  }

  /** Layers, shapes and numbers of weights. Displayed, it is a table; `text` holds it as text. */
  summary(): Summary {
    const draft = this.learns && !this.featureState;
    return summarize(draft ? `${this.kind}, before its vocabularies are learnt` : this.kind, this.built.network);
  }

  /** Writes weights, optimizer and feature state to a folder, atomically. See `din.models.load`. */
  async save(folder: string): Promise<void> {
    await saveModel(this, folder);
  }

  /** As the value of a cell: its layers and numbers of weights. */
  [DISPLAY](): MimeBundle {
    return this.summary()[DISPLAY]();
  }

  /** In `console.log`: one line instead of all tensors. */
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return `RecommenderModel(${this.summary().text.split('\n')[0]}, ${this.epochsTrained} epochs trained)`;
  }

  /** Frees all weights: the model is of no use any more. Again, it does nothing. */
  dispose(): void {
    if (this.disposed) return;
    this.disposed = true;
    this.release();
  }

  /** @throws DataError after `dispose`. */
  private checkAlive(): void {
    if (!this.disposed) return;
    throw new DataError(
      `This '${this.kind}' model has been disposed of, and its weights with it: make a new one, or load one that was saved.`,
    );
  }

  private release(): void {
    this.training.dispose();
    const { network, attention } = this.built;
    releaseForward(network);
    if (attention) releaseForward(attention);
    const { weights } = network;
    network.dispose();
    // TensorFlow.js counts each use of a shared layer, so that a table with two inputs outlives its network.
    for (const { val } of weights as unknown as { val: tf.Variable }[]) if (!val.isDisposed) val.dispose();
  }
}

/** Features and histories are long: told apart, but not told. */
const optionText = (value: unknown): string => {
  const text = JSON.stringify(value) ?? String(value);
  return text.length <= 60 ? text : `another (${fingerprintOf(value)})`;
};

/** Tells options apart: plain data, Maps and functions by what they hold. */
function fingerprintOf(options: unknown): string {
  const text = JSON.stringify(options, (_, value) => {
    if (value instanceof Map) return [...value];
    return typeof value === 'function' ? String(value) : value;
  });
  return textHash(text).slice(0, 12);
}

/** What to say of a model that pools every history alike. */
export function withoutAttention(kind: string): DataError {
  return new DataError(
    `A '${kind}' model has no attention: every item of a history counts the same. Use din.models.din, or ` +
      'm.activationUnit or m.showAttention in a model of your own.',
  );
}

function warnCut(column: string, rows: number, length: number, source: string): void {
  console.warn(`${source}: ${rows} rows have more than ${length} values in '${column}'; the first ${length} count.`);
}

function warnGroupless({ groups, source }: EncodedData, column: string): void {
  let rows = 0;
  for (const group of groups ?? []) if (group < 0) rows++;
  if (rows === 0) return;
  console.warn(
    `${source}: ${counted(rows, 'row has', 'rows have', formatCount)} no value in '${column}', so no group: gauc, ndcg@k, recall@k, hitRate@k and mrr ` +
      'leave such rows out.',
  );
}

function warnUnknown({ columns, count, example }: UnknownValues, source: string): void {
  console.warn(
    `${source}: ${count} values of ${columns.join(', ')} are not in the vocabulary (e.g. '${example}') and count as missing. ` +
      'Add them to values, or give outOfVocabulary or default.',
  );
}
