/** The library: what a notebook's cells see as `din`. Every namespace is documented in `docs/library.md`. */
export * as backend from './backend/index';
export * as data from './data/index';
export { DataError, TrainingError } from './errors';
export * as features from './features/index';
export * as insight from './insight/index';
export { InterruptedError } from './interrupt';
export * as layers from './layers/index';
export * as metrics from './metrics/index';
export * as models from './models/index';
export * as callbacks from './training/callbacks/index';
export * as graph from './training/network/index';
export * as optimizers from './training/optimizers/index';

import { cosine, exponential, inverseSquareRoot, linear, piecewise } from './training/optimizers/schedules';
import { knowLayers } from './training/own-code';

/** Learning rates by the step: `din.optimizers.adam({ learningRate: din.schedules.cosine({ from: 1e-3, steps: 10_000 }) })`. */
export const schedules = { cosine, exponential, inverseSquareRoot, linear, piecewise };

knowLayers();
