import * as tf from '@tensorflow/tfjs';
import { DataError } from '../errors';
import { keysOf, missingId, paddingId, tableRows, valueCount } from '../features/categorical';
import { columnsOf, type InputPlan } from '../features/encode';
import type { Categorical, DenseFeature, Embedding, History, Numeric } from '../features/types';
import { CombineEmbeddings } from '../layers/combine-embeddings';
import { CountValues } from '../layers/count-values';
import { EmbeddingTable } from '../layers/embedding-table';
import { HistoryMask } from '../layers/history-mask';
import { connect } from '../layers/layer';
import { deriveSeed } from '../training/seeds';

/** A history inside a network. */
export interface SymbolicHistory {
  /** `[batch, positions, dimension]`. */
  vectors: tf.SymbolicTensor;
  /** `[batch, positions]`, 0 = padding. */
  mask: tf.SymbolicTensor;
}

/**
 * Turns feature columns into the inputs and first layers of a network, and remembers how to fill the inputs from a
 * table. A column that several features read becomes one input; numbers that stand side by side become one input.
 */
export class NetworkInputs {
  /** In the network's order. */
  readonly plans: InputPlan[] = [];
  readonly symbols: tf.SymbolicTensor[] = [];
  private readonly shared = new Map<string, EmbeddingTable>();
  /** Of the tables that several features share: the rows of the one that needs most. */
  private readonly sharedRows = new Map<string, number>();
  private readonly ids = new Map<string, tf.SymbolicTensor>();
  private readonly names = new Set<string>();

  /** @param features all that will become vectors: a shared table has rows for each of them. */
  constructor(
    private readonly seed: number,
    features: readonly DenseFeature[] = [],
  ) {
    for (const feature of features) {
      if (feature?.kind !== 'embedding' || !feature.table) continue;
      const key = sharedKey(feature);
      this.sharedRows.set(key, Math.max(this.sharedRows.get(key) ?? 0, tableRows(feature.of)));
    }
  }

  /** Vectors of a group of features, in the order given, each `[batch, width]`. */
  dense(group: string, features: readonly DenseFeature[]): tf.SymbolicTensor[] {
    const parts: tf.SymbolicTensor[] = [];
    let numbers: Numeric[] = [];
    const flush = () => {
      if (numbers.length > 0) parts.push(this.numbers(`${group}_numbers`, numbers));
      numbers = [];
    };
    features.forEach((feature, i) => {
      if (feature?.kind === 'numeric') {
        numbers.push(feature);
        return;
      }
      flush();
      parts.push(this.vector(feature, `${group}[${i}]`));
    });
    flush();
    return parts;
  }

  /** The candidate's vector `[batch, dimension]`, and the table it shares with a history. */
  candidate(
    feature: Categorical,
    dimension: number,
    noPadding: boolean,
  ): { vector: tf.SymbolicTensor; table: EmbeddingTable } {
    const table = this.table(this.unique(`${nameOf(feature)}_embedding`), feature, dimension);
    const ids = this.idsOf(feature);
    const plan = this.plans[this.symbols.indexOf(ids)];
    if (plan.kind === 'ids' && noPadding) plan.noPadding = true;
    return { vector: this.combine(table, ids, feature, 'mean'), table };
  }

  history(feature: History, dimension: number, shared: EmbeddingTable): SymbolicHistory {
    const name = this.unique('history');
    const ids = this.input({ kind: 'history', name, feature }, 'int32');
    const table = feature.table === 'shared' ? shared : this.table(`${name}_embedding`, feature.of, dimension);
    const padding = feature.mask ? paddingId(feature.of) : undefined;
    return {
      vectors: connect(table, ids),
      mask: connect(new HistoryMask({ name: `${name}_mask`, padding }), ids),
    };
  }

  private vector(feature: DenseFeature, place: string): tf.SymbolicTensor {
    switch (feature?.kind) {
      case 'embedding':
        return this.embedding(feature);
      case 'indicator':
        return this.indicator(feature.of);
      case 'bucketized':
        return this.indicator(feature);
      default:
        throw new DataError(
          `${place} is no dense feature but ${describe(feature)}. Use numeric, embedding, indicator or bucketized; ` +
            'wrap an identity or vocabulary in embedding or indicator.',
        );
    }
  }

  private embedding(feature: Embedding): tf.SymbolicTensor {
    const { of, dimension, combiner } = feature;
    if (!feature.table) {
      return this.combine(
        this.table(this.unique(`${nameOf(of)}_embedding`), of, dimension),
        this.idsOf(of),
        of,
        combiner,
      );
    }
    const key = sharedKey(feature);
    let table = this.shared.get(key);
    if (!table) {
      table = this.table(this.unique(`${nameOf(of)}_shared_embedding`), of, dimension, this.sharedRows.get(key));
      this.shared.set(key, table);
    }
    return this.combine(table, this.idsOf(of), of, combiner);
  }

  private indicator(of: Categorical): tf.SymbolicTensor {
    const name = this.unique(`${nameOf(of)}_indicator`);
    return connect(new CountValues({ name, values: valueCount(of) }), this.idsOf(of));
  }

  private combine(
    table: EmbeddingTable,
    ids: tf.SymbolicTensor,
    of: Categorical,
    combiner: Embedding['combiner'],
  ): tf.SymbolicTensor {
    const name = this.unique(`${table.name}_of_${nameOf(of)}`);
    return connect(new CombineEmbeddings({ name, combiner, missing: missingId(of) }), [connect(table, ids), ids]);
  }

  private table(name: string, of: Categorical, dimension: number, rows = tableRows(of)): EmbeddingTable {
    return new EmbeddingTable({ name, rows, dimension, seed: deriveSeed(this.seed, name) });
  }

  private numbers(name: string, features: Numeric[]): tf.SymbolicTensor {
    return this.input({ kind: 'numbers', name: this.unique(name), features }, 'float32');
  }

  private idsOf(feature: Categorical): tf.SymbolicTensor {
    const key = JSON.stringify(feature);
    let ids = this.ids.get(key);
    if (!ids) {
      ids = this.input({ kind: 'ids', name: this.unique(nameOf(feature)), feature }, 'int32');
      this.ids.set(key, ids);
    }
    return ids;
  }

  private input(plan: InputPlan, dtype: 'int32' | 'float32'): tf.SymbolicTensor {
    const symbol = tf.input({ name: plan.name, shape: [columnsOf(plan).length], dtype });
    this.plans.push(plan);
    this.symbols.push(symbol);
    return symbol;
  }

  /**
   * A layer's name: unique within the network (the second `movieId` is `movieId_2`) and of characters TensorFlow takes.
   * Columns may have any name, so every layer asks here.
   */
  unique(wanted: string): string {
    const name = wanted.replace(/[^A-Za-z0-9_.-]/g, '_').replace(/^[^A-Za-z0-9]/, 'x$&');
    let result = name;
    for (let n = 2; this.names.has(result); n++) result = `${name}_${n}`;
    this.names.add(result);
    return result;
  }
}

const sharedKey = ({ table, dimension }: Embedding): string => `shared ${table} ${dimension}`;

function nameOf(feature: Categorical): string {
  return keysOf(feature).join('_');
}

function describe(value: unknown): string {
  const kind = (value as { kind?: unknown } | undefined)?.kind;
  return typeof kind === 'string' ? `'${kind}'` : String(value);
}
