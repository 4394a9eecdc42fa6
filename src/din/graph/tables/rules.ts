import type * as tf from '@tensorflow/tfjs';
import { DataError } from '../../errors';
import { DataType } from '../attributes';
import { AdagradRows } from './adagrad';
import { type AdamSettings, type RateOfStep, seriesTerms } from './adam-schedule';
import type { Clock } from './clock';
import { DeferredAdam } from './deferred-adam';
import { DenseAdam, LazyAdam } from './lazy-adam';
import type { TableRule } from './rule';
import { SgdRows } from './sgd';
import { scalarVariable } from './stateless-rule';

/** What a rule's plan goes by, and where the training stands. */
export interface RuleWindow {
  clock: Clock;
  /** Numbers that a call moves, of tables that are moved in pieces. Default `PIECE`. */
  piece?: number;
  /** Steps of the training so far. */
  stepsDone: number;
  learningRate: RateOfStep;
}

/** An optimizer's settings, as far as a graph must know them. */
export type UpdateConfig = Readonly<{ kind: string; [setting: string]: unknown }>;

/** What a graph must know of an optimizer at work: its settings, and the variables that it moves and keeps. */
export interface UpdatedWeights {
  readonly definition: { readonly config: UpdateConfig };
  readonly variables: readonly tf.Variable[];
  /** Those of `variables` that are embedding tables. */
  readonly tables: ReadonlySet<tf.Variable>;
  /** Per weight, in the order of `variables`. */
  readonly slots: readonly Record<string, tf.Variable>[];
  readonly learningRate: tf.Variable;
  readonly iterations: tf.Variable;
}

/** Clipping needs all of a step's gradient at once. */
const clips = (config: UpdateConfig): boolean =>
  ['clipValue', 'clipNorm', 'globalClipNorm'].some((name) => config[name] !== undefined);

/** The rule by which an optimizer updates tables; undefined where only its dense update is right. */
export function tableRule(state: UpdatedWeights, window: RuleWindow, prefix: string): TableRule | undefined {
  const { config } = state.definition;
  if (clips(config)) return undefined;
  const learningRate = scalarVariable(state.learningRate.name);
  switch (config.kind) {
    case 'sgd':
      return new SgdRows(learningRate);
    case 'adagrad':
      return new AdagradRows(learningRate, Number(config.epsilon), config.tables === 'rowwise');
    case 'adam':
    case 'adamw':
      return config.tables === 'lazy'
        ? new LazyAdam(...adamParts(state, config))
        : deferredAdam(config, window, prefix);
    default:
      return undefined;
  }
}

const settingsOf = ({ beta1, beta2, epsilon }: UpdateConfig): AdamSettings => ({
  beta1: Number(beta1),
  beta2: Number(beta2),
  epsilon: Number(epsilon),
});

/** The rule by which an optimizer updates weights whole; undefined where only its own ops do. */
export function denseRule(state: UpdatedWeights): TableRule | undefined {
  const { config } = state.definition;
  if (clips(config) || (config.kind !== 'adam' && config.kind !== 'adamw')) return undefined;
  return new DenseAdam(...adamParts(state, config));
}

function adamParts(state: UpdatedWeights, config: UpdateConfig): ConstructorParameters<typeof LazyAdam> {
  return [
    scalarVariable(state.learningRate.name),
    settingsOf(config),
    {
      iterations: { name: state.iterations.name, dtype: DataType.int32, shape: [] },
      convention: config.convention === 'keras' ? 'keras' : 'tfjs',
      weightDecay: config.kind === 'adamw' ? Number(config.weightDecay) : 0,
    },
  ];
}

/** Only for Adam in Keras' convention: elsewhere epsilon or the weights change in the steps that a row skips. */
function deferredAdam(config: UpdateConfig, window: RuleWindow, prefix: string): TableRule | undefined {
  if (!defers(config)) return undefined;
  const settings = settingsOf(config);
  const terms = seriesTerms(settings);
  if (terms) return new DeferredAdam(settings, terms, window, config.repeatedIds === 'keras', prefix);
  if (config.repeatedIds !== 'keras') return undefined;
  throw new DataError(
    `adam: repeatedIds 'keras' needs betas with which skipped steps can be made up for exactly; ` +
      `with beta1 ${settings.beta1} and beta2 ${settings.beta2} they cannot. Use repeatedIds 'sum', or betas nearer to 0.9 and 0.999.`,
  );
}

const defers = ({ kind, convention }: UpdateConfig): boolean => kind === 'adam' && convention === 'keras';

/** Why tables that could be updated row by row are not, where the optimizer's settings are the reason; else empty. */
export function wholeTables({ definition: { config }, tables }: UpdatedWeights): string {
  if (!tables.size || config.tables === 'lazy' || clips(config) || !defers(config)) return '';
  const { beta1, beta2 } = settingsOf(config);
  if (seriesTerms(settingsOf(config))) return '';
  return `tables updated whole, as betas ${beta1} and ${beta2} leave no exact deferral`;
}
