import { checkChoice, checkSettings } from '../checks';
import type { FeatureState } from '../features/learn';
import { connect } from '../layers/layer';
import { MeanWeights } from '../layers/mean-weights';
import { type Architecture, registerArchitecture } from './architecture';
import { RecommenderModel } from './model';
import { type RankingOptions, rankingArchitecture, rankingSettings } from './ranking';

export interface BaseOptions extends RankingOptions {
  /** How a history becomes one vector: `mean` of its items (default) or their `sum` (the paper's base model). */
  pooling?: 'mean' | 'sum';
}

/**
 * The base model of the DIN paper (section 4.2, "Embedding & MLP"): as `din`, but every item of the history counts the
 * same, whatever the candidate. What DIN gains over it is what attention is worth.
 * @throws DataError for features and settings that do not fit together, naming the setting.
 */
export function base(options: BaseOptions): RecommenderModel {
  return new RecommenderModel({ kind: 'base', options: { ...options } });
}

function baseArchitecture(options: BaseOptions, state: FeatureState | undefined): Architecture {
  const owner = 'models.base';
  checkSettings(owner, options ?? {}, [...rankingSettings, 'pooling']);
  const { pooling = 'mean' } = options;
  checkChoice(owner, 'pooling', pooling, ['mean', 'sum']);
  const architecture = rankingArchitecture(options, owner, state, ({ mask }, _candidate, { named }) =>
    pooling === 'sum' ? mask : connect(new MeanWeights({ name: named('mean_weights') }), mask),
  );
  // Equal weights are no attention: nothing to draw.
  return { ...architecture, attention: undefined };
}

registerArchitecture('base', baseArchitecture);
