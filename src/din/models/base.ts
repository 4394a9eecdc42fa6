import { checkChoice } from '../checks';
import type { DenseFeature } from '../features/types';
import type { ModelOptions } from './architecture';
import { type CandidateField, type Histories, type MlpOptions, mlpOptions, mlpSettings } from './builder';
import { defineOwn } from './define';

/** What models that rank a candidate for a user with a history have in common. */
export interface RankingOptions extends ModelOptions, MlpOptions {
  /** Who the user is; default none. */
  profile?: readonly DenseFeature[];
  /**
   * The item to score: a feature of one column, or several fields (item, category), each a feature or an embedding that
   * says its dimension: `[embedding(item, { dimension: 16 }), embedding(category, { dimension: 8 })]`.
   */
  candidate: CandidateField | readonly CandidateField[];
  /** What the user did before: one history, several, or several by name, each pooled by itself. */
  history: Histories;
  /** What is known of the candidate and the situation; default none. */
  context?: readonly DenseFeature[];
}

export const rankingSettings = ['profile', 'candidate', 'history', 'context', ...mlpSettings] as const;

export interface BaseOptions extends RankingOptions {
  /** How a history becomes one vector: `mean` of its items (default) or their `sum` (the paper's base model). */
  pooling?: 'mean' | 'sum';
}

/**
 * The base model of the DIN paper (section 4.2, "Embedding & MLP"): as `din`, but every item of the history counts the
 * same, whatever the candidate. What DIN gains over it is what attention is worth.
 * @throws DataError for features and settings that do not fit together, naming the setting.
 */
export const base = defineOwn<BaseOptions>({
  name: 'base',
  settings: [...rankingSettings, 'pooling'],
  build(m, { profile = [], candidate, history, context = [], pooling = 'mean', ...options }) {
    checkChoice('models.base', 'pooling', pooling, ['mean', 'sum']);
    const user = m.features(profile, 'profile');
    const item = m.candidate(candidate);
    const pasts = m.histories(history, item);
    // Equation (1): e_i = pooling(e_i1, ..., e_ik), the sum or the mean of the behaviours' embeddings.
    const weights = pasts.map((past) => (pooling === 'sum' ? past.mask : m.meanWeights(past)));
    const interests = pasts.map((past, i) => m.pooled(past, weights[i]));
    const x = m.concat([...user, ...interests, item.vector, ...m.features(context, 'context')]);
    return m.logit(m.mlp(x, mlpOptions(options)));
  },
});
