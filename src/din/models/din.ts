import { checkChoice, checkSettings } from '../checks';
import { DataError } from '../errors';
import type { FeatureState } from '../features/learn';
import { type Activation, activations } from '../layers/activation';
import { activationUnit } from '../layers/activation-unit';
import type { AttentionNormalize } from '../layers/attention-weights';
import { type Architecture, registerArchitecture } from './architecture';
import { RecommenderModel } from './model';
import { checkWidths, type RankingOptions, rankingArchitecture, rankingSettings } from './ranking';

export interface AttentionOptions {
  /** Widths of the activation unit's hidden layers, default [32]. */
  hidden?: readonly number[];
  /** Default: the model's. */
  activation?: Activation;
  /** Default `none`, the paper's. */
  normalize?: AttentionNormalize;
  /** PReLU's alpha in the unit: the same at every position (default true), or one a position as in the tutorial. */
  sharedPositions?: boolean;
}

export interface DinOptions extends RankingOptions {
  attention?: AttentionOptions;
}

/**
 * The Deep Interest Network (Zhou et al., KDD 2018, arXiv 1706.06978): an activation unit weighs each item of the
 * history by how much it matters for the candidate, and the weighted sum joins the profile, the candidate and the
 * context in a multilayer perceptron with one logit.
 * @throws DataError for features and settings that do not fit together, naming the setting.
 */
export function din(options: DinOptions): RecommenderModel {
  return new RecommenderModel({ kind: 'din', options: { ...options } });
}

function dinArchitecture(options: DinOptions, state: FeatureState | undefined): Architecture {
  const owner = 'models.din';
  checkSettings(owner, options ?? {}, [...rankingSettings, 'attention']);
  const unit = options.attention ?? {};
  checkAttention(owner, unit);
  return rankingArchitecture(options, owner, state, (history, candidate, { seed, named, common }) =>
    activationUnit(history.vectors, candidate, history.mask, {
      hidden: unit.hidden ?? [32],
      activation: unit.activation ?? options.activation ?? 'prelu',
      normalize: unit.normalize ?? 'none',
      sharedPositions: unit.sharedPositions ?? true,
      seed,
      named,
      common,
    }),
  );
}

function checkAttention(owner: string, unit: AttentionOptions): void {
  if (typeof unit !== 'object') throw new DataError(`${owner}: attention is an object, e.g. { hidden: [32] }.`);
  checkSettings(`${owner} attention`, unit, ['hidden', 'activation', 'normalize', 'sharedPositions']);
  checkWidths(`${owner} attention`, 'hidden', unit.hidden);
  if (unit.activation !== undefined) checkChoice(`${owner} attention`, 'activation', unit.activation, activations);
  if (unit.normalize !== undefined) {
    checkChoice(`${owner} attention`, 'normalize', unit.normalize, ['none', 'sigmoid', 'softmax']);
  }
}

registerArchitecture('din', dinArchitecture);
