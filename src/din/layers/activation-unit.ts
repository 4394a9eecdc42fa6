import * as tf from '@tensorflow/tfjs';
import { deriveSeed } from '../../base/random';
import { type Activation, activationLayer } from './activation';
import { Affine } from './affine';
import { type AttentionNormalize, AttentionWeights } from './attention-weights';
import { HistoryNormalization } from './history-normalization';
import { Interaction, InteractionAffine } from './interaction';
import { connect } from './layer';

export interface ActivationUnitOptions {
  /** Widths of the hidden layers, e.g. [32]. */
  hidden: readonly number[];
  activation: Activation;
  normalize: AttentionNormalize;
  /** PReLU's alpha: the same at every position (default), or one a position. */
  sharedPositions?: boolean;
  /** Share of each hidden layer's outputs that training drops, in [0, 1), one a layer; default none. */
  dropout?: readonly number[];
  /** Normalizes each hidden layer's outputs before the activation, over the behaviours of a batch; default false. */
  batchNormalization?: boolean;
  seed: number;
  /** Prefix of the layers' names, default `attention`. */
  name?: string;
  /** Makes a layer's name unique within its network; default: names are taken as they are. */
  named?: (name: string) => string;
  /** See `Interaction`: where history and candidate do not have the same fields. */
  common?: number;
}

/**
 * The DIN paper's activation unit (section 4.3): how much each item of a history matters for the candidate, by a small
 * network over concat[history - candidate, history, candidate, history * candidate] (the authors say that the paper's
 * "out product" is element-wise).
 * @param history `[batch, positions, d]`; @param candidate `[batch, d]`; @param mask `[batch, positions]`, 0 = padding.
 * @returns weights `[batch, positions]`, for `WeightedSum`.
 */
export function activationUnit(
  history: tf.SymbolicTensor,
  candidate: tf.SymbolicTensor,
  mask: tf.SymbolicTensor,
  options: ActivationUnitOptions,
): tf.SymbolicTensor {
  const {
    hidden,
    activation,
    normalize,
    sharedPositions = true,
    dropout = [],
    batchNormalization = false,
    seed,
    name = 'attention',
    named = String,
    common,
  } = options;
  const pair = [history, candidate];
  const fields = common === undefined ? {} : { common };
  // Without a hidden layer there is nothing to join them with, without common fields nothing to gain.
  const joins = hidden.length > 0 && common !== 0;
  let x = joins ? history : connect(new Interaction({ name: named(`${name}_interaction`), ...fields }), pair);
  hidden.forEach((units, i) => {
    const affine = { name: named(`${name}_dense_${i}`), units, seed: deriveSeed(seed, name, i) };
    x =
      i === 0 && joins
        ? connect(new InteractionAffine({ ...affine, ...fields }), pair)
        : connect(new Affine(affine), x);
    if (batchNormalization)
      x = connect(new HistoryNormalization({ name: named(`${name}_batch_normalization_${i}`) }), [x, mask]);
    x = activationLayer(activation, named(`${name}_${activation}_${i}`), sharedPositions)(x, mask);
    if (dropout[i]) x = connect(tf.layers.dropout({ name: named(`${name}_dropout_${i}`), rate: dropout[i] }), x);
  });
  const scores = connect(
    new Affine({ name: named(`${name}_score`), units: 1, seed: deriveSeed(seed, name, 'score') }),
    x,
  );
  return connect(new AttentionWeights({ name: named(`${name}_weights`), normalize }), [scores, mask]);
}
