import * as tf from '@tensorflow/tfjs';

/** An embedding table `[rows, dimension]`, where a batch looks its rows up, and how fast each decays. */
export interface DecayedTable {
  variable: tf.Variable;
  /** Network inputs that hold ids of this table, by position. */
  inputs: readonly number[];
  /** lambda / n_j of each row, 0 for rows that never decay, `[rows]`. */
  rates: tf.Variable;
}

type Gradients = readonly (tf.Tensor | undefined)[];

/**
 * Mini-batch-aware regularization of embeddings (DIN paper, arXiv 1706.06978, section 5.1). The L2 penalty of a
 * table, without touching more rows than the batch does: the gradient of row j grows by
 *   lambda * (alpha_mj / n_j) * w_j,
 * alpha_mj = 1 where id j occurs in batch m, else 0; n_j = occurrences of id j in all training data. Rare ids, which
 * overfit first, decay most each time they occur. It is part of the gradient, as an L2 penalty would be: before
 * clipping, and through the optimizer's moments. The reported loss does not contain it.
 */
export class MiniBatchDecay {
  constructor(private readonly tables: readonly DecayedTable[]) {}

  /**
   * The gradients with their decay, densely; in the order of `variables`. Where a gradient is undefined it stays so.
   * @param inputs the batch's, in the network's order.
   */
  addTo(gradients: Gradients, variables: readonly tf.Variable[], inputs: readonly tf.Tensor[]): Gradients {
    return gradients.map((gradient, i) => {
      const table = gradient && this.tables.find(({ variable }) => variable === variables[i]);
      return table ? tf.add(gradient, decayOf(table, inputs)) : gradient;
    });
  }

  /** The rates of the table of this name, for whoever adds the decay row by row. */
  ratesOf(name: string): tf.Variable | undefined {
    return this.tables.find(({ variable }) => variable.name === name)?.rates;
  }

  dispose(): void {
    for (const { rates } of this.tables) rates.dispose();
  }
}

/** `[rows, dimension]`, 0 in rows that the batch does not look up. */
function decayOf({ variable, inputs, rates }: DecayedTable, batch: readonly tf.Tensor[]): tf.Tensor {
  const [rows] = variable.shape;
  const ids = tf.concat(inputs.map((i) => tf.reshape(tf.cast(batch[i], 'int32'), [-1])));
  const occurrences = tf.unsortedSegmentSum(tf.ones([ids.size]), ids as tf.Tensor1D, rows);
  const present = tf.cast(tf.greater(occurrences, 0), 'float32');
  return tf.mul(variable, tf.reshape(tf.mul(present, rates), [rows, 1]));
}
