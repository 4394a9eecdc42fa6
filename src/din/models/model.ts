import type * as tf from '@tensorflow/tfjs';
import { DISPLAY, type Displayable } from '../../outputs/display';
import type { MimeBundle } from '../../outputs/mime';
import type { Table } from '../data/table';
import { DataError } from '../errors';
import { adaptFeatures, type FeatureState } from '../features/adapt';
import { type EncodeOptions, encode, encodeYielding } from '../features/encode';
import type { UnknownValues } from '../features/encode-ids';
import { releaseForward } from '../graph/inference';
import type { Metric } from '../metrics/accumulator';
import type { MetricName } from '../metrics/metric-set';
import { sigmoid } from '../metrics/sigmoid';
import type { EncodedData } from '../training/encoded';
import { evaluateNetwork } from '../training/evaluate';
import { runTraining } from '../training/fit';
import type { TrainingHistory } from '../training/history';
import { sigmoidCrossEntropy } from '../training/losses';
import type { OptimizerDefinition } from '../training/optimizers/optimizer';
import { OptimizerState } from '../training/optimizers/state';
import { freeWithNetwork, relieveMemory } from '../training/ownership';
import { predictOutputs } from '../training/predict';
import { tableVariables, trainableVariables } from '../training/step';
import { type Architecture, buildArchitecture, type ModelSpec } from './architecture';
import { type EvaluateOptions, type EvaluationResult, evaluateSettings } from './evaluation';
import { checkFitOptions, type FitOptions, groupColumn, splitValidation } from './fit-options';
import { miniBatchAware } from './mini-batch-aware';
import { penaltyOf } from './penalty';
import { saveModel } from './save';
import { type Summary, summarize } from './summary';

/** Attention of each row: what `model.attention` returns. */
export interface AttentionResult {
  /** `[rows * positions]`, padding 0. */
  weights: Float32Array;
  positions: number;
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
  /** Epochs of all fits so far. */
  epochsTrained = 0;
  optimizer: OptimizerState | undefined;
  private readonly architecture: Architecture;
  /** While `fit` runs: brings the weights up to date. */
  private sync: (() => void) | undefined;
  private fitting = false;

  /** Models are made by `din.models.din(...)`, `base(...)`, `load(...)`. */
  constructor(readonly spec: ModelSpec) {
    this.kind = spec.kind;
    relieveMemory();
    this.architecture = buildArchitecture(spec);
    freeWithNetwork(this.architecture.network);
  }

  /** Inputs and one logit output; share it with TensorFlow.js code at will. While `fit` runs, ask for it anew to see the present weights. */
  get network(): tf.LayersModel {
    this.sync?.();
    return this.architecture.network;
  }

  /** The column of labels. */
  get label(): string {
    return this.spec.options.label ?? 'label';
  }

  /**
   * Trains on a table. The first fit also measures the columns that `normalize` needs. Fitting again continues: weights,
   * optimizer and the sequence of shuffles go on as if the training had not stopped.
   * @throws DataError for bad data or settings, TrainingError when the loss diverges, InterruptedError when interrupted;
   * weights and `model.history` are kept in every case.
   */
  async fit(table: Table, options: FitOptions = {}): Promise<TrainingHistory> {
    if (this.fitting) throw new DataError('fit: this model is being fitted already; await that fit first.');
    this.fitting = true;
    try {
      return await this.train(table, options);
    } finally {
      this.fitting = false;
      this.sync = undefined;
    }
  }

  private async train(table: Table, options: FitOptions): Promise<TrainingHistory> {
    const settings = checkFitOptions(options, this.kind);
    const { training, validation } = splitValidation(table, options.validation);
    const first = !this.featureState;
    if (first) this.adapt(training);
    try {
      return await this.run(training, validation, options, settings);
    } catch (error) {
      // What was measured on rows that nothing was learnt from must not scale the rows of the next attempt.
      if (first && !this.hasLearnt) this.featureState = undefined;
      throw error;
    }
  }

  /** Whether any step was taken. */
  private get hasLearnt(): boolean {
    return this.optimizer !== undefined && this.optimizer.iterations.dataSync()[0] > 0;
  }

  private async run(
    training: Table,
    validation: Table | undefined,
    options: FitOptions,
    settings: ReturnType<typeof checkFitOptions>,
  ): Promise<TrainingHistory> {
    const wanted = (rows: Table) => ({ label: this.label, group: groupColumn(options, rows) });
    const data = await this.read(training, wanted(training));
    const held = validation && (await this.read(validation, wanted(validation)));
    const decay = miniBatchAware(this.network, data, settings.regularization.miniBatchAware);
    try {
      return await runTraining({
        ...settings,
        program: {
          network: this.network,
          loss: sigmoidCrossEntropy,
          optimizer: this.useOptimizer(options.optimizer, settings.optimizer),
          penalty: penaltyOf(this.network, settings.regularization),
          decay,
        },
        data,
        validation: held,
        epochsBefore: this.epochsTrained,
        onStart: (history, sync) => {
          this.history = history;
          this.sync = sync;
        },
        onEpochDone: () => {
          this.epochsTrained++;
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
    const { metrics, weighting, groupBy } = evaluateSettings(options, table);
    const data = await this.read(table, { label: this.label, group: groupBy });
    const { loss, rows, metrics: values, gauc } = await evaluateNetwork(this.network, data, metrics, weighting);
    return { loss, ...values, ...(gauc ? { gauc } : {}), rows } as EvaluationResult<M>;
  }

  /** Probabilities `[rows]`; the table needs no labels. @throws DataError for bad data. */
  async predict(table: Table): Promise<Float32Array> {
    const [logits] = await predictOutputs(this.network, await this.read(table));
    return sigmoid(logits);
  }

  /**
   * The weights with which each row's history was pooled.
   * @throws DataError for models without attention and for bad data.
   */
  async attention(table: Table): Promise<AttentionResult> {
    this.sync?.();
    const { attention } = this.architecture;
    if (!attention) throw withoutAttention(this.kind);
    const [logits, weights] = await predictOutputs(attention, await this.read(table));
    return { weights, positions: weights.length / table.rows, scores: sigmoid(logits) };
  }

  /** Whether `attention` has something to tell. */
  get hasAttention(): boolean {
    return this.architecture.attention !== undefined;
  }

  /** Measures the columns that numeric features need; `fit` does it by itself the first time. */
  adapt(table: Table): void {
    if (table.rows === 0) throw new DataError(`${table.source}: the table has no rows to measure.`);
    this.featureState = adaptFeatures(this.architecture.numerics, table);
  }

  /** A table as the network's inputs (and labels and groups, where asked for). @throws DataError for bad data. */
  encode(table: Table, options: EncodeOptions = {}): EncodedData {
    return encode(...this.encoding(table, options));
  }

  /** `encode` for whoever can wait. */
  private read(table: Table, options: EncodeOptions = {}): Promise<EncodedData> {
    return encodeYielding(...this.encoding(table, options));
  }

  private encoding(table: Table, options: EncodeOptions): Parameters<typeof encode> {
    const onUnknown = (unknown: UnknownValues) => warnUnknown(unknown, table.source);
    return [this.architecture.plans, table, this.featureState ?? {}, { onUnknown, ...options }];
  }

  /** Layers, shapes and numbers of weights. Displayed, it is a table; `text` holds it as text. */
  summary(): Summary {
    return summarize(this.kind, this.network);
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

  /** Frees all weights. */
  dispose(): void {
    this.optimizer?.dispose();
    const { attention } = this.architecture;
    releaseForward(this.network);
    if (attention) releaseForward(attention);
    const { weights } = this.network;
    this.network.dispose();
    // TensorFlow.js counts each use of a shared layer, so that a table with two inputs outlives its network.
    for (const { val } of weights as unknown as { val: tf.Variable }[]) if (!val.isDisposed) val.dispose();
  }

  /** The same kind of optimizer of the same weights goes on; another one, or after freezing, starts afresh. */
  private useOptimizer(asked: OptimizerDefinition | undefined, definition: OptimizerDefinition): OptimizerState {
    const current = this.optimizer;
    const variables = trainableVariables(this.network);
    if (current?.serves(asked, variables)) return current;
    current?.dispose();
    this.optimizer = new OptimizerState(
      asked ?? current?.definition ?? definition,
      variables,
      tableVariables(this.network),
    );
    return this.optimizer;
  }
}

/** What to say of a model that pools every history alike. */
export function withoutAttention(kind: string): DataError {
  return new DataError(
    `A '${kind}' model has no attention: every item of a history counts the same. Use din.models.din.`,
  );
}

function warnUnknown({ columns, count, example }: UnknownValues, source: string): void {
  console.warn(
    `${source}: ${count} values of ${columns.join(', ')} are not in the vocabulary (e.g. '${example}') and count as missing. ` +
      'Add them to values, or give outOfVocabulary or default.',
  );
}
