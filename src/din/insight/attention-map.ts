import { didYouMean } from '../../base/nearest';
import type { AttentionCell, AttentionOutput, AttentionRow, ItemLabel } from '../../outputs/attention';
import { attentionBundle } from '../../outputs/attention-view';
import { DISPLAY, type Displayable } from '../../outputs/display';
import type { MimeBundle } from '../../outputs/mime';
import { checkSettings } from '../checks';
import type { Table } from '../data/table';
import { DataError } from '../errors';
import { paddingId } from '../features/categorical';
import { encodeHistory } from '../features/encode-ids';
import { type HistoryLists, newestFirst } from '../features/lists';
import { emptyState, type FeatureState, resolve } from '../features/state';
import type { History } from '../features/types';
import type { WeighedHistory } from '../models/architecture';
import { userColumn } from '../models/evaluation';
import { fieldsOfHistory } from '../models/inputs';
import { type RecommenderModel, withoutAttention } from '../models/model';
import { crossed } from './candidates';

/** Names of items by the ids that the table holds: `samples.items` is one. */
export interface ItemNames {
  title(index: number): string;
  /** The id in the source data; default the index itself. */
  id?(index: number): number | string | undefined;
}

export interface AttentionMapOptions {
  /** Names of items: a catalog, a Map from ids to names, or a function; without it items are called by their ids. */
  items?: ItemNames | ReadonlyMap<string | number, string> | ((id: string | number) => string | undefined);
  /** Which of several histories, by name (`history_2` where it has none); default the first. */
  history?: string;
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
  checkSettings('attentionMap', options, ['items', 'title', 'relevance', 'candidates', 'user', 'history']);
  if (!model.hasAttention) throw withoutAttention(model.kind);
  const table = options.candidates ? crossed(shown, options.candidates, model) : shown;
  if (table.rows > rowLimit) {
    throw new DataError(
      `attentionMap: ${table.rows} rows are too many to read, at most ${rowLimit}: pass e.g. table.slice(0, 12).`,
    );
  }
  const { histories: weighed, scores } = await model.attention(table);
  const { item, weighed: histories } = model.parts;
  const chosen = chosenHistory(histories, options.history);
  const { weights, positions } = weighed[chosen.name];
  const cells = historyCells(chosen.feature, table, model.featureState ?? emptyState(), weights, positions, options);
  const candidates = item && table.cells(item.keys[0]);
  const users = optional(table, options.user ?? userColumn(table));
  const labels = optional(table, model.label);
  const rows = Array.from({ length: table.rows }, (_, row): AttentionRow => {
    const label = labels?.[row];
    return {
      candidate: candidates
        ? itemLabel(candidates.at(row), options.items)
        : { id: String(row + 1), title: `row ${row + 1}` },
      ...(users ? { user: `user ${users[row]}` } : {}),
      score: scores[row],
      ...(label === 0 || label === 1 ? { label } : {}),
      history: cells.slice(row * positions, (row + 1) * positions),
    };
  });
  return new AttentionMap({
    version: 1,
    title: options.title ?? 'Attention',
    normalize: chosen.normalize,
    rows,
  });
}

function chosenHistory(histories: readonly WeighedHistory[], name: string | undefined): WeighedHistory {
  const chosen = name === undefined ? histories[0] : histories.find((each) => each.name === name);
  if (chosen) return chosen;
  const names = histories.map((each) => each.name);
  throw new DataError(
    `attentionMap: there is no history '${name}'.${didYouMean(name!, names)} Histories: ${names.join(', ')}.`,
  );
}

/** `[rows * positions]`, most recent first; null where the history is padded. */
function historyCells(
  history: History,
  table: Table,
  state: FeatureState,
  weights: Float32Array,
  positions: number,
  options: AttentionMapOptions,
): (AttentionCell | null)[] {
  const { columns, list, item } = fieldsOfHistory(history, 1)[0];
  const { feature } = item!;
  const zeroPads = !list && (feature.kind === 'id' || feature.kind === 'hashed');
  const { values: ids, offsets } = encodeHistory({ feature, columns, list, zeroPads }, table, state);
  const padding = 'mask' in history && !history.mask ? undefined : paddingId(resolve(feature, state));
  const valueAt = list ? listValues(table, columns[0], list) : positionValues(table, columns);
  const names = options.relevance ?? columns.map((_, i) => `relevance${i + 1}`);
  const relevance = names.map((name) => (options.relevance ? table.numbers(name) : optional(table, name)));
  return Array.from(weights, (weight, i) => {
    const [row, position] = [Math.floor(i / positions), i % positions];
    if (offsets && position >= offsets[row + 1] - offsets[row]) return null;
    const id = ids[offsets ? offsets[row] + position : i];
    if (id === padding) return null;
    const planted = Number(relevance[position]?.[row] ?? Number.NaN);
    return {
      ...itemLabel(valueAt(row, position), options.items),
      weight,
      ...(Number.isNaN(planted) ? {} : { relevance: planted }),
    };
  });
}

type ValueAt = (row: number, position: number) => string | number;

function positionValues(table: Table, columns: readonly string[]): ValueAt {
  const cells = columns.map((key) => table.cells(key));
  return (row, position) => cells[position].at(row);
}

function listValues(table: Table, column: string, { length, recent }: HistoryLists): ValueAt {
  const lists = table.lists(column);
  const { places, offsets } = newestFirst(lists, length, recent);
  return (row, position) => lists.items.at(places[offsets[row] + position]);
}

function itemLabel(value: string | number, items: AttentionMapOptions['items']): ItemLabel {
  const plain = { id: String(value), title: String(value) };
  if (!items) return plain;
  if (typeof items === 'function') return { ...plain, title: items(value) ?? plain.title };
  if (items instanceof Map) return { ...plain, title: titleIn(items, value) ?? plain.title };
  if (typeof value === 'string') return plain;
  const catalog = items as ItemNames;
  return { id: String(catalog.id?.(value) ?? value), title: catalog.title(value) };
}

/** A number and its text are the same item. */
function titleIn(titles: ReadonlyMap<string | number, string>, value: string | number): string | undefined {
  return titles.get(value) ?? titles.get(typeof value === 'number' ? String(value) : Number(value));
}

function optional(table: Table, name: string | undefined): ArrayLike<number | string> | undefined {
  return name === undefined || !table.columns.has(name) ? undefined : table.cells(name).values;
}
