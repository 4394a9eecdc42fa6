import type { AttentionCell, AttentionOutput, AttentionRow, ItemLabel } from '../../outputs/attention';
import { attentionBundle } from '../../outputs/attention-view';
import { DISPLAY, type Displayable } from '../../outputs/display';
import type { MimeBundle } from '../../outputs/mime';
import type { Table } from '../data/table';
import { DataError } from '../errors';
import { paddingId } from '../features/categorical';
import { encodeHistory } from '../features/encode-ids';
import { checkSettings } from '../features/settings';
import type { History, Identity, Vocabulary } from '../features/types';
import type { AttentionNormalize } from '../layers/attention-weights';
import { userColumn } from '../models/evaluation';
import { type RecommenderModel, withoutAttention } from '../models/model';
import { crossed } from './candidates';

/** Names of items by the ids that the table holds: `samples.items` is one. */
export interface ItemNames {
  title(index: number): string;
  /** The id in the source data; default the index itself. */
  id?(index: number): number | string | undefined;
}

export interface AttentionMapOptions {
  /** Without it items are called by their ids. */
  items?: ItemNames;
  /** Heading, default `Attention`. */
  title?: string;
  /** Columns of planted relevance, one a history position; default `relevance1`, `relevance2`, ... where there are such. */
  relevance?: readonly string[];
  /** Score every row's history with each of these candidates (see `candidatesFor`) instead of the row's own. */
  candidates?: Table;
  /** Column that names whose history a row is; default `sourceUserId` or `userId`, where there is one. */
  user?: string;
}

/** Rows of a heatmap beyond which nobody reads it. */
const rowLimit = 500;

/** How a model weighed histories against candidates. Displayed, it is a heatmap. */
export class AttentionMap implements Displayable {
  constructor(readonly output: AttentionOutput) {}

  get rows(): readonly AttentionRow[] {
    return this.output.rows;
  }

  [DISPLAY](): MimeBundle {
    return attentionBundle(this.output);
  }
}

/**
 * The attention of a model on some rows: candidates as rows, history positions as columns (most recent first), padding
 * absent, each weight as the pooling used it.
 * @throws DataError for models without attention, more than 500 rows, and bad data.
 */
export async function attentionMap(
  model: RecommenderModel,
  shown: Table,
  options: AttentionMapOptions = {},
): Promise<AttentionMap> {
  checkSettings('attentionMap', options, ['items', 'title', 'relevance', 'candidates', 'user']);
  if (!model.hasAttention) throw withoutAttention(model.kind);
  const table = options.candidates ? crossed(shown, options.candidates, model.spec) : shown;
  if (table.rows > rowLimit) {
    throw new DataError(
      `attentionMap: ${table.rows} rows are too many to read, at most ${rowLimit}: pass e.g. table.slice(0, 12).`,
    );
  }
  const { weights, positions, scores } = await model.attention(table);
  const { candidate, history, attention } = model.spec.options as {
    candidate: Identity | Vocabulary;
    history: History;
    attention?: { normalize?: AttentionNormalize };
  };
  const cells = historyCells(history, table, weights, positions, options);
  const candidates = table.cells(candidate.keys[0]).values;
  const users = optional(table, options.user ?? userColumn(table));
  const labels = optional(table, model.label);
  const rows = Array.from({ length: table.rows }, (_, row): AttentionRow => {
    const label = labels?.[row];
    return {
      candidate: itemLabel(candidates[row], options.items),
      ...(users ? { user: `user ${users[row]}` } : {}),
      score: scores[row],
      ...(label === 0 || label === 1 ? { label } : {}),
      history: cells.slice(row * positions, (row + 1) * positions),
    };
  });
  return new AttentionMap({
    version: 1,
    title: options.title ?? 'Attention',
    normalize: attention?.normalize ?? 'none',
    rows,
  });
}

/** `[rows * positions]`; null where the history is padded. */
function historyCells(
  history: History,
  table: Table,
  weights: Float32Array,
  positions: number,
  options: AttentionMapOptions,
): (AttentionCell | null)[] {
  const ids = encodeHistory(history, table).values;
  const padding = history.mask ? paddingId(history.of) : undefined;
  const items = history.keys.map((key) => table.cells(key).values);
  const names = options.relevance ?? history.keys.map((_, i) => `relevance${i + 1}`);
  const relevance = names.map((name) => (options.relevance ? table.numbers(name) : optional(table, name)));
  return Array.from(ids, (id, i) => {
    if (id === padding) return null;
    const row = Math.floor(i / positions);
    const position = i % positions;
    const planted = Number(relevance[position]?.[row] ?? Number.NaN);
    return {
      ...itemLabel(items[position][row], options.items),
      weight: weights[i],
      ...(Number.isNaN(planted) ? {} : { relevance: planted }),
    };
  });
}

function itemLabel(value: string | number, items: ItemNames | undefined): ItemLabel {
  if (typeof value === 'string' || !items) return { id: String(value), title: String(value) };
  return { id: String(items.id?.(value) ?? value), title: items.title(value) };
}

function optional(table: Table, name: string | undefined): ArrayLike<number | string> | undefined {
  return name === undefined || !table.columns.has(name) ? undefined : table.cells(name).values;
}
