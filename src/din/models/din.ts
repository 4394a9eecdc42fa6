import { type RankingOptions, rankingSettings } from './base';
import { type AttentionOptions, mlpOptions } from './builder';
import { defineOwn } from './define';

export interface DinOptions extends RankingOptions {
  /** The activation unit; its activation defaults to the model's. */
  attention?: AttentionOptions;
}

/**
 * The Deep Interest Network (Zhou et al., KDD 2018, arXiv 1706.06978): an activation unit weighs each item of the
 * history by how much it matters for the candidate, and the weighted sum joins the profile, the candidate and the
 * context in a multilayer perceptron with one logit.
 * @throws DataError for features and settings that do not fit together, naming the setting.
 */
export const din = defineOwn<DinOptions>({
  name: 'din',
  settings: [...rankingSettings, 'attention'],
  build(m, { profile = [], candidate, history, context = [], attention = {}, ...options }) {
    // Section 4.1, embedding: each feature's values x_i become W_i x_i; the candidate's item is v_A, a history's e_1 ... e_H.
    const user = m.features(profile, 'profile');
    const item = m.candidate(candidate);
    const pasts = m.histories(history, item);

    // Section 4.3, equation (3): v_U(A) = sum_j a(e_j, v_A) e_j. The activation unit a is a small network over
    // [e_j - v_A, e_j, v_A, e_j * v_A]; the weights need not add up to 1, so that the intensity of interest is kept.
    const unit = typeof attention === 'object' ? { activation: options.activation, ...attention } : attention;
    const weights = pasts.map((past) => m.activationUnit(past, item, unit));
    const interests = pasts.map((past, i) => m.pooled(past, weights[i]));

    // Section 4.2: everything side by side, an MLP, and p(x) = sigmoid(logit), trained by equation (2):
    // L = -1/N sum (y log p(x) + (1 - y) log(1 - p(x))).
    const x = m.concat([...user, ...interests, item.vector, ...m.features(context, 'context')]);
    return m.logit(m.mlp(x, mlpOptions(options)));
  },
});
