import * as tf from '@tensorflow/tfjs';
import { deriveSeed } from '../../base/random';
import { DataError } from '../errors';
import {
  describe as describeFeature,
  keysOf,
  missingId,
  nameOf,
  paddingId,
  tableRows,
  valueCount,
} from '../features/categorical';
import { sameValues } from '../features/columns';
import { type InputPlan, widthOfPlan } from '../features/encode';
import type { HistoryLists } from '../features/lists';
import { type FeatureState, resolve } from '../features/state';
import type {
  Categorical,
  DenseFeature,
  Embedding,
  History,
  Item,
  Numeric,
  Resolved,
  TableStart,
  Vectors,
  Weighted,
} from '../features/types';
import { CombineEmbeddings } from '../layers/combine-embeddings';
import { CountValues } from '../layers/count-values';
import { EmbeddingTable } from '../layers/embedding-table';
import { HistoryMask } from '../layers/history-mask';
import { checkInitializer, type Initializer } from '../layers/initializers';
import { connect } from '../layers/layer';

/** A candidate inside a network, field by field. */
export interface SymbolicField {
  feature: Item;
  /** `[batch, dimension]`. */
  vector: tf.SymbolicTensor;
  table: EmbeddingTable;
}

/** A history inside a network. */
export interface SymbolicHistory {
  /** `[batch, positions, dimension]`: the fields that the candidate has too, then the others. */
  vectors: tf.SymbolicTensor;
  /** `[batch, positions]`, 0 = padding. */
  mask: tf.SymbolicTensor;
  /** The candidate's fields that the history has, in its order: their dimensions come first in `vectors`. */
  common: readonly SymbolicField[];
  /** Its tables are its own, as in the tutorial. */
  own: boolean;
}

/** A feature as a field of a candidate or a history: what it is, and how long its vectors are. */
interface Field {
  feature: Item;
  dimension: number;
  /** How its table starts. */
  start?: TableStart;
}

/**
 * Turns feature columns into the inputs and first layers of a network, and remembers how to fill the inputs from a
 * table. A column that several features read becomes one input; numbers that stand side by side become one input.
 */
export class NetworkInputs {
  /** In the network's order. */
  readonly plans: InputPlan[] = [];
  readonly symbols: tf.SymbolicTensor[] = [];
  /** Tables that several embeddings share, by `sharedKey`. */
  private readonly shared = new Map<string, EmbeddingTable>();
  /** Names that some embedding asks to share, with the rows that all who share it need. */
  private readonly wanted = new Map<string, { rows: number; dimension: number; start?: TableStart }>();
  /** Of the tables that `sharedEmbedding` makes: the rows of the feature that needs most. */
  private readonly sharedRows = new Map<string, number>();
  private readonly ids: { feature: Categorical; symbol: tf.SymbolicTensor }[] = [];
  private readonly names = new Set<string>();

  /**
   * @param state what was learnt of the features; undefined: a draft, whose learnt features have the smallest size.
   * @param features all that will become vectors, fields of candidates included: shared tables have rows for each.
   * @throws DataError for features that share a table by name and do not fit together.
   */
  constructor(
    private readonly seed: number,
    private readonly state: FeatureState | undefined,
    features: readonly (DenseFeature | Embedding)[] = [],
    private readonly initializer?: Initializer,
  ) {
    const embeddings = features.filter((feature) => feature?.kind === 'embedding');
    for (const embedding of embeddings) {
      if (embedding.shares !== undefined) this.want(embedding.shares, embeddings);
      if (!embedding.table) continue;
      const key = sharedKey(embedding);
      this.sharedRows.set(key, Math.max(this.sharedRows.get(key) ?? 0, this.rowsOf(embedding.of)));
    }
  }

  private want(name: string, embeddings: readonly Embedding[]): void {
    const sharing = embeddings.filter((each) => sharedName(each) === name);
    const [first, ...others] = sharing;
    for (const other of others) {
      const [a, b] = [itemOf(first.of), itemOf(other.of)];
      if (other.dimension !== first.dimension) {
        throw new DataError(
          `The table '${name}' has the dimension ${first.dimension} for ${describeFeature(a)} and ${other.dimension} for ` +
            `${describeFeature(b)}: give both the same dimension, or no shared table.`,
        );
      }
      if (!sameValues(a, b)) {
        throw new DataError(
          `The table '${name}' is shared by ${describeFeature(a)} and ${describeFeature(b)}, which have different values.`,
        );
      }
    }
    this.wanted.set(name, {
      rows: Math.max(...sharing.map(({ of }) => this.rowsOf(of))),
      dimension: first.dimension,
      start: sharedStart(name, sharing),
    });
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

  /** A field of the candidate: its vector `[batch, dimension]`, and the table that histories share. */
  candidate({ feature, dimension, start }: Field, noPadding: boolean): SymbolicField {
    const table = this.namedTable(nameOf(feature), feature, dimension, start);
    const ids = this.idsOf(feature);
    const plan = this.plans[this.symbols.indexOf(ids)];
    if (plan.kind === 'ids' && noPadding) plan.noPadding = true;
    return { feature, vector: this.combine(table, ids, feature, 'mean'), table };
  }

  /** A history: the vectors of its positions, and which of them hold something. */
  history(feature: History, dimension: number, candidate: readonly SymbolicField[]): SymbolicHistory {
    const name = this.unique('history');
    const fields = fieldsOfHistory(feature, dimension);
    const mask = 'mask' in feature ? feature.mask : true;
    let present: tf.SymbolicTensor | undefined;
    const parts = fields.map(({ columns, list, item, numeric }, i) => {
      const own = i === 0 ? name : this.unique(`${name}_${columns[0]}`);
      if (numeric) {
        const plan: InputPlan = { kind: 'history numbers', name: own, feature: numeric, columns, list };
        return { vectors: this.expanded(this.input(plan, 'float32'), `${own}_vector`) };
      }
      const { feature: of } = item!;
      const zeroPads = !list && (of.kind === 'id' || of.kind === 'hashed');
      const plan: InputPlan = {
        kind: 'history',
        name: own,
        feature: of,
        columns,
        list,
        mask,
        ...(zeroPads ? { zeroPads } : {}),
      };
      const ids = this.input(plan, 'int32');
      const resolved = this.resolve(of);
      present ??= connect(
        new HistoryMask({ name: this.unique(`${own}_mask`), padding: mask ? paddingId(resolved) : undefined }),
        ids,
      );
      const shared = feature.table === 'shared' ? candidate.find((field) => sameItem(field.feature, of)) : undefined;
      const table = shared?.table ?? this.historyTable(feature.table, own, item!);
      return { vectors: connect(table, ids), common: shared };
    });
    const inCandidatesOrder = candidate.flatMap((field) => parts.filter(({ common }) => common === field).slice(0, 1));
    const ordered = [...inCandidatesOrder, ...parts.filter((part) => !inCandidatesOrder.includes(part))];
    return {
      vectors: this.joined(
        ordered.map(({ vectors }) => vectors),
        `${name}_vectors`,
        2,
      ),
      mask: present!,
      common: inCandidatesOrder.map(({ common }) => common!),
      own: feature.table === 'own',
    };
  }

  /** Several vectors as one; a single one as it is. */
  joined(parts: readonly tf.SymbolicTensor[], name: string, axis = -1): tf.SymbolicTensor {
    return parts.length === 1
      ? parts[0]
      : connect(tf.layers.concatenate({ name: this.unique(name), axis }), [...parts]);
  }

  private historyTable(table: History['table'], name: string, { feature, dimension, start }: Field): EmbeddingTable {
    // As 0.1.0 called the tutorial's second table: a saved model finds it by this name.
    if (table === 'own') return this.table(this.unique(`${name}_embedding`), feature, dimension, undefined, start);
    const shared = nameOf(feature);
    return this.namedTable(shared, feature, this.wanted.get(shared)?.dimension ?? dimension, start);
  }

  private expanded(numbers: tf.SymbolicTensor, name: string): tf.SymbolicTensor {
    const positions = numbers.shape[1] as number;
    return connect(tf.layers.reshape({ name: this.unique(name), targetShape: [positions, 1] }), numbers);
  }

  private vector(feature: DenseFeature, place: string): tf.SymbolicTensor {
    switch (feature?.kind) {
      case 'embedding':
        return this.embedding(feature);
      case 'indicator':
        return this.indicator(feature.of);
      case 'bucketized':
      case 'quantiles':
        return this.indicator(feature);
      default:
        throw new DataError(
          `${place} is no dense feature but ${describe(feature)}. Use numeric, embedding, indicator, bucketized or ` +
            'quantiles; wrap an identity or vocabulary in embedding or indicator, and so any other feature with ids.',
        );
    }
  }

  private embedding(feature: Embedding): tf.SymbolicTensor {
    const { of, dimension, combiner } = feature;
    const item = itemOf(of);
    const ids = this.idsOf(item);
    const table = this.tableOf(feature, item, dimension);
    return of.kind === 'weighted' ? this.weighted(table, ids, of, combiner) : this.combine(table, ids, item, combiner);
  }

  private tableOf(feature: Embedding, item: Categorical, dimension: number): EmbeddingTable {
    if (feature.table) {
      const key = sharedKey(feature);
      const rows = this.sharedRows.get(key);
      return this.sharedTable(key, `${nameOf(item)}_shared_embedding`, item, dimension, rows, feature);
    }
    const name = sharedName(feature)!;
    if (this.wanted.has(name)) return this.namedTable(name, item, dimension, feature);
    return this.table(this.unique(`${nameOf(item)}_embedding`), item, dimension, undefined, feature);
  }

  /** The table of a name, which others may share: made where it is first asked for. */
  private namedTable(name: string, item: Categorical, dimension: number, start?: TableStart): EmbeddingTable {
    const wanted = this.wanted.get(name);
    if (wanted && wanted.dimension !== dimension) {
      throw new DataError(
        `The table '${name}' has the dimension ${wanted.dimension}, but ${describeFeature(item)} has ${dimension}.`,
      );
    }
    const key = `named ${name} ${dimension}`;
    return this.sharedTable(key, `${nameOf(item)}_embedding`, item, dimension, wanted?.rows, wanted?.start ?? start);
  }

  private sharedTable(
    key: string,
    layer: string,
    item: Categorical,
    dimension: number,
    rows: number | undefined,
    start: TableStart | undefined,
  ): EmbeddingTable {
    let table = this.shared.get(key);
    if (!table) {
      table = this.table(this.unique(layer), item, dimension, rows, start);
      this.shared.set(key, table);
    }
    return table;
  }

  private indicator(of: Categorical): tf.SymbolicTensor {
    const name = this.unique(`${nameOf(of)}_indicator`);
    return connect(new CountValues({ name, values: valueCount(this.resolve(of)) }), this.idsOf(of));
  }

  private combine(
    table: EmbeddingTable,
    ids: tf.SymbolicTensor,
    of: Categorical,
    combiner: Embedding['combiner'],
  ): tf.SymbolicTensor {
    const name = this.unique(`${table.name}_of_${columnsName(of)}`);
    const missing = missingId(this.resolve(of));
    return connect(new CombineEmbeddings({ name, combiner, missing }), [connect(table, ids), ids]);
  }

  private weighted(
    table: EmbeddingTable,
    ids: tf.SymbolicTensor,
    feature: Weighted,
    combiner: Embedding['combiner'],
  ): tf.SymbolicTensor {
    const plan: InputPlan = { kind: 'weights', name: this.unique(feature.weights.join('_')), feature };
    const weights = this.input(plan, 'float32');
    const name = this.unique(`${table.name}_of_${columnsName(feature.of)}`);
    const missing = missingId(this.resolve(feature.of));
    return connect(new CombineEmbeddings({ name, combiner, missing }), [connect(table, ids), ids, weights]);
  }

  private table(
    name: string,
    of: Categorical,
    dimension: number,
    rows = this.rowsOf(of),
    { initializer = this.initializer, trainable, pretrained }: TableStart = {},
  ): EmbeddingTable {
    const start = pretrained && this.startOf(pretrained, of, dimension, rows);
    if (initializer !== undefined) checkInitializer(describeFeature(of), 'initializer', initializer as Initializer);
    const config = { name, rows, dimension, seed: deriveSeed(this.seed, name) };
    const how = {
      ...(initializer === undefined ? {} : { initializer: initializer as Initializer }),
      ...(trainable === false ? { trainable } : {}),
    };
    return new EmbeddingTable({ ...config, ...how }, start);
  }

  /** Pretrained vectors at the rows of their values, `[rows, dimension]`; NaN in rows that have none. */
  private startOf(vectors: Vectors, of: Categorical, dimension: number, rows: number): Float32Array {
    const resolved = this.resolve(of);
    const values =
      resolved.kind === 'identity'
        ? Array.from({ length: resolved.buckets }, (_, id) => id)
        : resolved.kind === 'vocabulary'
          ? resolved.values
          : undefined;
    if (!values) {
      throw new DataError(
        `${describeFeature(of)}: pretrained vectors need a feature with known values: id, identity or vocabulary.`,
      );
    }
    const lookup = (value: string | number) =>
      vectors instanceof Map
        ? (vectors.get(value) ?? vectors.get(typeof value === 'number' ? String(value) : Number(value)))
        : (vectors as Record<string, ArrayLike<number>>)[String(value)];
    const out = new Float32Array(rows * dimension).fill(Number.NaN);
    let [found, missing] = [0, 0];
    values.forEach((value, row) => {
      const vector = lookup(value);
      if (vector) {
        out.set(Array.from(vector), row * dimension);
        found++;
      } else if (!(resolved.kind === 'identity' && row === 0)) missing++;
    });
    // A draft has no values yet: nothing to tell.
    if (!this.state && of.kind === 'id') return out;
    if (missing && !found) {
      const names = vectors instanceof Map ? [...vectors.keys()] : Object.keys(vectors);
      const some = (all: readonly unknown[]) =>
        all
          .slice(0, 3)
          .map((one) => JSON.stringify(one))
          .join(', ');
      throw new DataError(
        `${describeFeature(of)}: none of its values has a pretrained vector. Values are ${some(values.slice(-3))}, vectors are ` +
          `of ${some(names) || 'nothing'}.`,
      );
    }
    if (missing) {
      console.warn(
        `${describeFeature(of)}: ${missing} of ${values.length} values have no pretrained vector; they start as rows of other tables do.`,
      );
    }
    return out;
  }

  private rowsOf(of: Categorical | Weighted): number {
    return tableRows(this.resolve(itemOf(of)));
  }

  private resolve(feature: Categorical): Resolved {
    return resolve(feature, this.state);
  }

  private numbers(name: string, features: Numeric[]): tf.SymbolicTensor {
    return this.input({ kind: 'numbers', name: this.unique(name), features }, 'float32');
  }

  private idsOf(feature: Categorical): tf.SymbolicTensor {
    const known = this.ids.find((each) => each.feature === feature || sameFeature(each.feature, feature));
    if (known) return known.symbol;
    const symbol = this.input({ kind: 'ids', name: this.unique(columnsName(feature)), feature }, 'int32');
    this.ids.push({ feature, symbol });
    return symbol;
  }

  private input(plan: InputPlan, dtype: 'int32' | 'float32'): tf.SymbolicTensor {
    const symbol = tf.input({ name: plan.name, shape: [widthOfPlan(plan)], dtype });
    this.plans.push(plan);
    this.symbols.push(symbol);
    return symbol;
  }

  /**
   * A layer's name: unique within the network (the second `movieId` is `movieId_2`) and of characters TensorFlow takes.
   * Columns may have any name, so every layer asks here. TensorFlow.js looks names up in plain objects, which know a `constructor` and
   * a `toString` already.
   */
  unique(wanted: string): string {
    const name = wanted.replace(/[^A-Za-z0-9_.-]/g, '_').replace(/^[^A-Za-z0-9]/, 'x$&');
    let result = name;
    for (let n = 2; this.names.has(result) || result in Object.prototype; n++) result = `${name}_${n}`;
    this.names.add(result);
    return result;
  }
}

/** A field of a history: its columns, and what their values are. */
export interface HistoryField {
  columns: readonly string[];
  list?: HistoryLists;
  item?: Field;
  numeric?: Numeric;
}

/** The fields of a history, whichever way its columns lie. @param dimension of fields that do not say. */
export function fieldsOfHistory(history: History, dimension: number): HistoryField[] {
  if ('keys' in history) return [{ columns: history.keys, item: { feature: history.of, dimension } }];
  const { length, recent, fields } = history;
  return fields.map(({ key, of }) => ({
    columns: [key],
    list: { length, recent, beside: fields[0].key, item: fieldOf(fields[0].of as Item | Embedding, dimension).feature },
    ...(of.kind === 'numeric' ? { numeric: of } : { item: fieldOf(of, dimension) }),
  }));
}

/** A feature, or an embedding of one, as a field. */
export function fieldOf(feature: Item | Embedding, dimension: number): Field {
  return feature.kind === 'embedding'
    ? { feature: itemOf(feature.of) as Item, dimension: feature.dimension, start: startOnly(feature) }
    : { feature, dimension };
}

/** Of an embedding, what tells how its table starts; undefined where nothing does. */
function startOnly({ initializer, trainable, pretrained }: Embedding): TableStart | undefined {
  const told = [initializer, trainable, pretrained].some((each) => each !== undefined);
  return told ? { initializer, trainable, pretrained } : undefined;
}

/** How a table starts that several embeddings share. @throws DataError where one freezes it and another trains it. */
function sharedStart(name: string, sharing: readonly Embedding[]): TableStart | undefined {
  const starts = sharing.flatMap((each) => startOnly(each) ?? []);
  const trained = new Set(starts.flatMap(({ trainable }) => trainable ?? []));
  if (trained.size > 1) throw new DataError(`The table '${name}' is frozen by one embedding and trained by another.`);
  return starts.length ? Object.assign({}, ...starts.map((start) => dropUndefined(start))) : undefined;
}

const dropUndefined = (start: TableStart): TableStart =>
  Object.fromEntries(Object.entries(start).filter(([, value]) => value !== undefined));

const itemOf = (of: Categorical | Weighted): Categorical => (of.kind === 'weighted' ? of.of : of);

/** Whether a history's values are those of a candidate's field: the same feature, whatever columns it reads. */
function sameItem(candidate: Item, of: Item): boolean {
  if (candidate === of || nameOf(candidate) === nameOf(of)) return sameValues(candidate, of);
  // Ids are the same where their vocabulary is; other features where all their values are, as in 0.1.0.
  return candidate.kind !== 'id' && candidate.kind !== 'hashed' && sameValues(candidate, of);
}

const sharedKey = ({ table, dimension }: Embedding): string => `shared ${table} ${dimension}`;

/** By which name an embedding is found by those who share its table. */
const sharedName = ({ table, shares, of }: Embedding): string | undefined =>
  table ? undefined : (shares ?? nameOf(of));

/** Whether two features read the same columns in the same way: one input is enough for both. */
function sameFeature(a: Categorical, b: Categorical): boolean {
  const settings = (feature: Categorical) => JSON.stringify({ ...feature, values: undefined });
  return settings(a) === settings(b) && sameValues(a, b);
}

const columnsName = (feature: Categorical): string => keysOf(feature).join('_');

function describe(value: unknown): string {
  const kind = (value as { kind?: unknown } | undefined)?.kind;
  return typeof kind === 'string' ? `'${kind}'` : String(value);
}
