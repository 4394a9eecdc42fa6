import { DataError } from '../../errors';
import { clips } from '../../training/optimizers/clipping';
import type { OptimizerConfig } from '../../training/optimizers/optimizer';
import type { OptimizerState } from '../../training/optimizers/state';
import { DataType } from '../attributes';
import { AdagradRows } from './adagrad';
import { type AdamSettings, type RateOfStep, seriesTerms } from './adam-schedule';
import { DeferredAdam } from './deferred-adam';
import { DenseAdam, LazyAdam } from './lazy-adam';
import type { TableRule } from './rule';
import { SgdRows } from './sgd';
import { scalarVariable } from './stateless-rule';

/** How long a rule may plan ahead, and where the training stands. */
export interface RuleWindow {
  /** Most steps between two flushes. */
  capacity: number;
  /** Steps of the training so far. */
  stepsDone: number;
  learningRate: RateOfStep;
}

/** The rule by which an optimizer updates tables; undefined where only its dense update is right. */
export function tableRule(state: OptimizerState, window: RuleWindow, prefix: string): TableRule | undefined {
  const { config } = state.definition;
  // Clipping needs the whole gradient of a step.
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

const settingsOf = ({ beta1, beta2, epsilon }: Readonly<OptimizerConfig>): AdamSettings => ({
  beta1: Number(beta1),
  beta2: Number(beta2),
  epsilon: Number(epsilon),
});

/** The rule by which an optimizer updates weights whole; undefined where only its own ops do. */
export function denseRule(state: OptimizerState): TableRule | undefined {
  const { config } = state.definition;
  if (clips(config) || (config.kind !== 'adam' && config.kind !== 'adamw')) return undefined;
  return new DenseAdam(...adamParts(state, config));
}

function adamParts(state: OptimizerState, config: Readonly<OptimizerConfig>): ConstructorParameters<typeof LazyAdam> {
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
function deferredAdam(config: Readonly<OptimizerConfig>, window: RuleWindow, prefix: string): TableRule | undefined {
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

const defers = ({ kind, convention }: Readonly<OptimizerConfig>): boolean => kind === 'adam' && convention === 'keras';

/** Why tables that could be updated row by row are not, where the optimizer's settings are the reason; else empty. */
export function wholeTables({ definition: { config }, tables }: OptimizerState): string {
  if (!tables.size || config.tables === 'lazy' || clips(config) || !defers(config)) return '';
  const { beta1, beta2 } = settingsOf(config);
  if (seriesTerms(settingsOf(config))) return '';
  return `tables updated whole, as betas ${beta1} and ${beta2} leave no exact deferral`;
}
