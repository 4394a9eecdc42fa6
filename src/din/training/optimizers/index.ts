import { DataError } from '../../errors';
import { type AdagradOptions, adagrad } from './adagrad';
import { type AdamOptions, adam } from './adam';
import { type AdamWOptions, adamw } from './adamw';
import { type MomentumOptions, momentum } from './momentum';
import type { OptimizerConfig, OptimizerDefinition } from './optimizer';
import { type RmsPropOptions, rmsprop } from './rmsprop';
import { type SgdOptions, sgd } from './sgd';

export { type AdagradOptions, adagrad } from './adagrad';
export { type AdamOptions, adam } from './adam';
export { type AdamWOptions, adamw } from './adamw';
export type { ClippingOptions } from './clipping';
export { type MomentumOptions, momentum } from './momentum';
export type { OptimizerConfig, OptimizerDefinition } from './optimizer';
export { type RmsPropOptions, rmsprop } from './rmsprop';
export type { LearningRate, Schedule } from './schedules';
export { type SgdOptions, sgd } from './sgd';

/** How a saved optimizer is made again, by its `kind`. */
const factories: Record<string, (config: Omit<OptimizerConfig, 'kind'>) => OptimizerDefinition> = {
  adagrad: (config) => adagrad(config as AdagradOptions),
  adam: (config) => adam(config as AdamOptions),
  adamw: (config) => adamw(config as AdamWOptions),
  momentum: (config) => momentum(config as MomentumOptions),
  rmsprop: (config) => rmsprop(config as RmsPropOptions),
  sgd: (config) => sgd(config as SgdOptions),
};

/** @throws DataError for a kind that this version does not know. */
export function optimizerFromConfig(config: OptimizerConfig): OptimizerDefinition {
  const factory = factories[config.kind];
  if (!factory) {
    throw new DataError(`There is no optimizer '${config.kind}'. Optimizers: ${Object.keys(factories).join(', ')}.`);
  }
  const { kind: _, ...settings } = config;
  return factory(settings);
}
