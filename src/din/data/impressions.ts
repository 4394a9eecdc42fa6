import { createRandom } from '../../base/random';
import { checkChoice, checkSeed, checkSettings, checkWhole } from '../checks';
import { DataError } from '../errors';
import { type Working, working } from '../working';
import { compact, Lists, Numbers, type StoredColumn } from './columns';
import {
  type Asked,
  allRows,
  type Codes,
  denseCodes,
  historiesBefore,
  latest,
  sinceLatest,
  summariesBefore,
  type Timeline,
  timeline,
  topBefore,
  type Values,
  valuesOf,
} from './events';
import { named } from './operations';
import { runQuery } from './query';
import { Table } from './table';

/** A choice of events: an SQL condition over their columns (`rating >= 4`), or a function of an event. */
export type Condition = string | ((event: Readonly<Record<string, unknown>>) => boolean);

export interface HistoryOptions {
  /** The latest so many events; default 50. */
  length?: number;
  /** Further columns of the events to keep beside their items: `['category', 'time']`. */
  fields?: readonly string[];
  /** Which events count: `'positive'` (default), `'all'`, or a condition. */
  where?: Condition;
  /** The list columns are `<name>_<item column>` and `<name>_<field>`; default `hist`. */
  name?: string;
}

export interface NegativeOptions {
  /** Rows with other items for each positive event. */
  perPositive: number;
  /** Every item as likely (default), or as likely as it is among the events. */
  from?: 'uniform' | 'popularity';
  /** Columns that belong to the item, beside the histories' fields: taken from the drawn item. */
  itemColumns?: readonly string[];
  /** Default 42. */
  seed?: number;
}

/** What is known of the user or the item from strictly earlier events. */
export type StatisticName = (typeof STATISTICS)[number];
const STATISTICS = [
  'userCount',
  'userMean',
  'userStddev',
  'userSince',
  'itemCount',
  'itemMean',
  'itemStddev',
  'itemSince',
] as const;

/** A statistic with a name and a value column of its own. */
export interface Statistic {
  /** The column to add. */
  name: string;
  /** Whose earlier events. */
  of: 'user' | 'item';
  /** `top`: a list of the values most frequent so far, the most frequent first, ties by the values' own order. */
  is: 'count' | 'mean' | 'stddev' | 'since' | 'top';
  /** The column whose values; default that of all features. `top` takes text and lists, too. */
  value?: string;
  /** Which events count: default `'all'`; `'positive'`, or a condition. */
  where?: Condition;
  /** Of `mean`: what it is before the first of all events; default 0. */
  first?: number;
  /** Of `top`: how many values; default 5. */
  length?: number;
}

export interface ImpressionOptions {
  /** Columns of the events. */
  user: string;
  item: string;
  /** Seconds (or any numbers that grow with time). */
  time: string;
  /** Column of 0 and 1. Without it and `positive` all events are positive, and negatives are needed. */
  label?: string;
  /** Which events are positive: `rating >= 4`. */
  positive?: Condition;
  /** One history, or several (clicks, carts), each with a name. */
  history?: HistoryOptions | readonly HistoryOptions[];
  /**
   * Columns to add: count, mean and sample standard deviation of `value` over the user's or the item's strictly earlier
   * events, and the seconds since the latest (`userSince`). Of nothing: 0, the mean over all earlier events, 0, and missing.
   * `{ name, of, is, value, where }` chooses each of these.
   */
  features?: readonly (StatisticName | Statistic)[];
  /** The column whose mean and deviation the features tell; default the label. */
  value?: string;
  negatives?: NegativeOptions;
  /** Times are milliseconds and become seconds. */
  milliseconds?: boolean;
}

/**
 * Samples from a log of events: one row an event (and the negatives drawn for it), in the order of time, with all the
 * event's columns, `label`, the histories as list columns (oldest first) and the features. **Everything that a row knows
 * comes from strictly earlier events**: events of one time do not see each other, and those of one time and user stand in
 * a history in the order of the rows.
 *
 * Negatives are rows of the same user and time with an item that the user never has in the log, before or after. The
 * columns of the item (histories' fields and `negatives.itemColumns`) are those of the item's earliest event, the `label` column is
 * 0; all others are the positive's. Users without earlier events have empty histories and stay.
 *
 * Throws a DataError for columns that are not there, users, items and times that are missing, ids that are fractions, labels
 * other than 0 and 1, times in milliseconds, and a user who has seen all there is.
 */
export async function impressions(events: Table, options: ImpressionOptions): Promise<Table> {
  const settings = checkOptions(events, options);
  const parts = 2 + settings.histories.length + settings.features.length;
  return working('data.impressions: parts', parts, (progress) => samplesOf(events, settings, progress));
}

const INTERRUPTED = 'data.impressions was interrupted.';

async function samplesOf(events: Table, settings: Settings, progress: Working): Promise<Table> {
  const times = timesOf(events, settings);
  const users = idsOf(events, settings.user, 'user');
  const items = idsOf(events, settings.item, 'item');
  const labels = await labelsOf(events, settings);
  const line = timeline(times, `${events.source}: column '${settings.time}'`);
  warnDuplicates(events, users, items, line);
  await progress.pause(1, INTERRUPTED);
  const rows = drawRows(events, line, users, items, labels, settings);

  const columns = new Map<string, StoredColumn>();
  const itemColumns = new Set([
    settings.item,
    ...settings.histories.flatMap((history) => history.fields),
    ...(settings.negatives?.itemColumns ?? []),
  ]);
  itemColumns.delete(settings.time);
  itemColumns.delete(settings.user);
  const asTheyAre = inOrder(rows.events) && rows.itemEvents === rows.events;
  for (const [name, column] of events.columns) {
    const wanted = itemColumns.has(name) ? rows.itemEvents : rows.events;
    columns.set(name, asTheyAre ? column : column.take(wanted));
  }
  if (settings.milliseconds) columns.set(settings.time, new Numbers(times).take(rows.events));
  const labelled = new Numbers(labelsOfRows(rows, labels));
  columns.set('label', labelled);
  // A column of the same meaning does not say that a negative was a positive.
  if (settings.label !== undefined && rows.negative) columns.set(settings.label, labelled);
  for (const [i, history] of settings.histories.entries()) {
    await progress.pause(2 + i, INTERRUPTED);
    const wanted = await wantedOf(events, history.where, labels, `history '${history.name}'`);
    const lists = latest(
      historiesBefore(line, users.codes, users.size, (row) => wanted === undefined || wanted[row] === 1),
      history.length,
      rows,
    );
    for (const name of [settings.item, ...history.fields.filter((field) => field !== settings.item)]) {
      const column = name === settings.time ? new Numbers(compact(times)) : events.cells(name);
      columns.set(`${history.name}_${name}`, valuesOf(lists, column));
    }
  }
  await addFeatures(columns, events, line, times, { user: users, item: items }, labels, rows, settings, progress);
  return new Table(columns, `impressions of ${events.source}`);
}

function inOrder(rows: Int32Array): boolean {
  for (let row = 0; row < rows.length; row++) if (rows[row] !== row) return false;
  return true;
}

function labelsOfRows({ events, negative }: Rows, labels: ArrayLike<number>): Int32Array {
  const out = new Int32Array(events.length);
  for (let row = 0; row < out.length; row++) out[row] = negative?.[row] ? 0 : labels[events[row]];
  return out;
}

type Settings = ReturnType<typeof checkOptions>;

function checkOptions(events: Table, options: ImpressionOptions) {
  const where = 'data.impressions';
  if (!(events instanceof Table))
    throw new DataError(`${where}: the first argument is a table of events: see din.data.read.`);
  checkSettings(where, options, [
    'user',
    'item',
    'time',
    'label',
    'positive',
    'history',
    'features',
    'value',
    'negatives',
    'milliseconds',
  ]);
  const { user, item, time, label, positive, value, negatives, milliseconds = false } = options;
  for (const [name, column] of Object.entries({ user, item, time })) {
    if (typeof column !== 'string')
      throw new DataError(`${where}: '${name}' names a column. Columns: ${events.names.join(', ')}.`);
    events.column(column);
  }
  if (label !== undefined && positive !== undefined)
    throw new DataError(`${where}: give 'label' or 'positive', not both.`);
  if (label === undefined && positive === undefined && !negatives) {
    throw new DataError(
      `${where}: every event would be positive, and nothing to learn. Name the 'label' column, say which events are ` +
        "'positive' (e.g. 'rating >= 4'), or draw negatives: { negatives: { perPositive: 1 } }.",
    );
  }
  const given =
    options.history === undefined ? [] : Array.isArray(options.history) ? options.history : [options.history];
  const histories = (given as HistoryOptions[]).map((history) => {
    checkSettings(`${where}: history`, history, ['length', 'fields', 'where', 'name']);
    const { length = 50, fields = [], where: condition = 'positive', name = 'hist' } = history;
    checkWhole(`${where}: history`, 'length', length, { from: 1, to: 100_000 });
    checkList(`${where}: history`, 'fields', fields, "'category', 'time'");
    for (const field of fields) events.cells(field);
    return { length, fields, where: condition, name };
  });
  const names = histories.flatMap((history) => [item, ...history.fields].map((field) => `${history.name}_${field}`));
  checkList(where, 'features', options.features ?? [], "'userCount', 'itemMean'");
  const features = (options.features ?? []).map((feature) => statisticOf(events, feature, value));
  const added = [...names, ...features.map(({ name }) => name)];
  const twice = added.find((name, i) => added.indexOf(name) !== i) ?? added.find((name) => events.columns.has(name));
  if (twice !== undefined) {
    throw new DataError(
      `${where}: there would be two columns '${twice}'. Give each history and each feature another name: { name: 'clicks', ... }.`,
    );
  }
  if (value !== undefined) events.typed(value);
  if (negatives) {
    checkSettings(`${where}: negatives`, negatives, ['perPositive', 'from', 'itemColumns', 'seed']);
    checkWhole(`${where}: negatives`, 'perPositive', negatives.perPositive, { from: 1, to: 1000 });
    checkChoice(`${where}: negatives`, 'from', negatives.from ?? 'uniform', ['uniform', 'popularity']);
    checkSeed(`${where}: negatives`, negatives.seed ?? 42);
    checkList(`${where}: negatives`, 'itemColumns', negatives.itemColumns ?? [], "'category'");
    for (const column of negatives.itemColumns ?? []) events.column(column);
  }
  if (events.rows === 0) throw new DataError(`${where}: ${events.source} has no events.`);
  if (label !== 'label' && events.columns.has('label')) {
    throw new DataError(
      `${where}: the column 'label' of ${events.source} would be overwritten. Name it as { label: 'label' }, or rename it.`,
    );
  }
  return { user, item, time, label, positive, histories, features, negatives, milliseconds };
}

function checkList(where: string, name: string, value: unknown, example: string): void {
  if (Array.isArray(value)) return;
  throw new DataError(`${where}: '${name}' is a list, e.g. [${example}], not ${JSON.stringify(value)}.`);
}

type NamedStatistic = Statistic & { where: Condition; first: number; length: number };

/** A feature as it was asked for, whole. */
function statisticOf(events: Table, feature: StatisticName | Statistic, value: string | undefined): NamedStatistic {
  const where = 'data.impressions: features';
  if (typeof feature === 'string') {
    checkChoice('data.impressions', 'features', feature, STATISTICS);
    const of = feature.startsWith('user') ? 'user' : 'item';
    const is = feature.slice(4).toLowerCase() as Statistic['is'];
    return { name: feature, of, is, value, where: 'all', first: 0, length: 5 };
  }
  checkSettings(where, feature, ['name', 'of', 'is', 'value', 'where', 'first', 'length']);
  const whole = { value, where: 'all', first: 0, length: 5, ...feature };
  if (typeof whole.name !== 'string' || whole.name === '')
    throw new DataError(
      `${where}: give each the 'name' of its column: { name: 'userPrice', of: 'user', is: 'mean', value: 'price' }.`,
    );
  checkChoice(where, 'of', whole.of, ['user', 'item']);
  checkChoice(where, 'is', whole.is, ['count', 'mean', 'stddev', 'since', 'top']);
  checkWhole(where, 'length', whole.length, { from: 1, to: 100 });
  if (typeof whole.first !== 'number')
    throw new DataError(`${where}: 'first' is ${String(whole.first)}; give a number.`);
  if (whole.value !== undefined && (whole.is === 'mean' || whole.is === 'stddev')) events.typed(whole.value);
  if (whole.is === 'top') {
    if (whole.value === undefined)
      throw new DataError(
        `${where}: '${whole.name}': name the column whose values are counted: { is: 'top', value: 'category' }.`,
      );
    events.column(whole.value);
  }
  return whole;
}

/** Seconds of this size would lie beyond the year 5000; milliseconds since 1973. */
const MILLISECONDS_FROM = 1e11;

function timesOf(events: Table, { time, milliseconds }: Settings): Float64Array {
  const times = events.numbers(time);
  if (milliseconds) return times.map((value) => value / 1000);
  const late = times.findIndex((value) => Math.abs(value) >= MILLISECONDS_FROM);
  if (late < 0) return times;
  throw new DataError(
    `${events.source}: column '${time}', row ${late + 1}: ${times[late]} looks like milliseconds. Give { milliseconds: true }, and they become seconds.`,
  );
}

function idsOf(events: Table, name: string, what: string): Codes {
  const column = events.cells(name);
  const where = `${events.source}: column '${name}'`;
  if (column.type === 'number' && !(column.values instanceof Int32Array)) {
    const bad = column.values.findIndex((value) => !Number.isNaN(value) && !Number.isSafeInteger(value));
    if (bad >= 0) {
      throw new DataError(
        `${where}, row ${bad + 1}: ${column.values[bad]} is no id of ${what === 'item' ? 'an' : 'a'} ${what}: ids are text or whole numbers.`,
      );
    }
  }
  const ids = denseCodes(column, where);
  const missing = ids.codes.indexOf(-1);
  if (missing >= 0) {
    throw new DataError(
      `${where}, row ${missing + 1}: the ${what} is missing. Remove such events first, or give them an id.`,
    );
  }
  return ids;
}

/** The same user, item and time more than once: kept, and said. */
function warnDuplicates(events: Table, users: Codes, items: Codes, { order, instants }: Timeline): void {
  let duplicates = 0;
  for (let instant = 0; instant + 1 < instants.length; instant++) {
    const [from, to] = [instants[instant], instants[instant + 1]];
    // Nearly all instants have one event or a few: comparing those costs less than any set.
    if (to - from <= 8) {
      for (let i = from + 1; i < to; i++) {
        for (let j = from; j < i; j++) {
          if (users.codes[order[i]] !== users.codes[order[j]] || items.codes[order[i]] !== items.codes[order[j]])
            continue;
          duplicates++;
          break;
        }
      }
      continue;
    }
    const seen = new Map<number, Set<number>>();
    for (let i = from; i < to; i++) {
      const user = users.codes[order[i]];
      const own = seen.get(user) ?? new Set();
      seen.set(user, own);
      if (own.has(items.codes[order[i]])) duplicates++;
      own.add(items.codes[order[i]]);
    }
  }
  if (duplicates === 0) return;
  console.warn(
    `data.impressions: ${duplicates} of ${events.rows} events of ${events.source} have the same user, item and time as another. They ` +
      'are kept; remove them before, if they are one event written twice.',
  );
}

async function labelsOf(events: Table, { label, positive }: Settings): Promise<ArrayLike<number>> {
  if (label === undefined)
    return (await wantedOf(events, positive ?? 'all', [], 'positive')) ?? new Uint8Array(events.rows).fill(1);
  const labels = events.typed(label);
  let bad = -1;
  for (let row = 0; row < labels.length && bad < 0; row++) if (labels[row] !== 0 && labels[row] !== 1) bad = row;
  if (bad < 0) return labels;
  const others = [...new Set(labels)].slice(0, 5).join(', ');
  throw new DataError(
    `${events.source}: column '${label}', row ${bad + 1}: a label is 0 or 1, not ${labels[bad]} (the column holds ${others}). Say which events ` +
      `are positive instead: { positive: '${label} >= ${Number.isNaN(labels[bad]) ? 1 : labels[bad]}' }.`,
  );
}

/** 1 for the events that a condition chooses; undefined: it chooses all. */
async function wantedOf(
  events: Table,
  condition: Condition,
  labels: ArrayLike<number>,
  what: string,
): Promise<ArrayLike<number> | undefined> {
  if (condition === 'positive') return labels;
  if (condition === 'all') return undefined;
  if (typeof condition === 'function') {
    const columns = [...events.columns];
    return Uint8Array.from({ length: events.rows }, (_, row) =>
      condition(Object.fromEntries(columns.map(([name, column]) => [name, column.at(row)]))) ? 1 : 0,
    );
  }
  const result = await runQuery(
    `SELECT coalesce(CAST((${condition}) AS BOOLEAN), false) AS wanted FROM this`,
    `data.impressions: ${what}`,
    { this: named(events, condition) },
  );
  return result.typed('wanted');
}

interface Rows extends Pick<Asked, 'offsets'> {
  /** By row: the event that it is or was drawn for. */
  events: Int32Array;
  /** By row: an event with its item. */
  itemEvents: Int32Array;
  /** By row: code of its item. */
  item: Int32Array;
  user: Int32Array;
  /** By row: 1 where it was drawn; undefined: none was. */
  negative: Uint8Array | undefined;
}

/** The events in the order of time, each followed by its negatives. */
function drawRows(
  events: Table,
  { order }: Timeline,
  users: Codes,
  items: Codes,
  labels: ArrayLike<number>,
  { negatives }: Settings,
): Rows {
  if (!negatives) {
    const gather = (codes: Int32Array) => new Numbers(codes).take(order).values as Int32Array;
    const [item, user] = [gather(items.codes), gather(users.codes)];
    return { offsets: allRows(order.length + 1), events: order, itemEvents: order, item, user, negative: undefined };
  }
  const per = negatives.perPositive;
  const offsets = new Int32Array(order.length + 1);
  for (let i = 0; i < order.length; i++) offsets[i + 1] = offsets[i] + 1 + (labels[order[i]] === 1 ? per : 0);
  const total = offsets[order.length];
  const drawn = new Uint8Array(total);
  const rows: Rows = {
    offsets,
    events: new Int32Array(total),
    itemEvents: new Int32Array(total),
    item: new Int32Array(total),
    user: new Int32Array(total),
    negative: drawn,
  };
  const draw = drawer(events, users, items, negatives);
  const earliest = new Int32Array(items.size);
  for (let i = order.length - 1; i >= 0; i--) earliest[items.codes[order[i]]] = order[i];
  for (let i = 0; i < order.length; i++) {
    for (let row = offsets[i]; row < offsets[i + 1]; row++) {
      const event = order[i];
      const negative = row > offsets[i];
      rows.events[row] = event;
      rows.user[row] = users.codes[event];
      rows.item[row] = negative ? draw(users.codes[event], row - offsets[i] === 1) : items.codes[event];
      rows.itemEvents[row] = negative ? earliest[rows.item[row]] : event;
      drawn[row] = negative ? 1 : 0;
    }
  }
  return rows;
}

/** Draws for a user an item that the log never has with them, different ones for one event while there are enough. */
function drawer(events: Table, users: Codes, items: Codes, { from = 'uniform', seed = 42 }: NegativeOptions) {
  const seen = Array.from({ length: users.size }, () => new Set<number>());
  for (let row = 0; row < events.rows; row++) seen[users.codes[row]].add(items.codes[row]);
  const random = createRandom(seed);
  // An item drawn from the events themselves is as likely as it is among them.
  const next = () => (from === 'uniform' ? random.integer(items.size) : items.codes[random.integer(events.rows)]);
  let drawn = new Set<number>();
  return (user: number, first: boolean): number => {
    if (first) drawn = new Set();
    const left = items.size - seen[user].size;
    if (left === 0) {
      const name = users.firstRow[user];
      throw new DataError(
        `data.impressions: the user of row ${name + 1} of ${events.source} has every one of the ${items.size} items in the log, so there is ` +
          'no negative to draw. Leave such users out, or draw no negatives.',
      );
    }
    if (drawn.size >= left) drawn = new Set();
    for (let attempt = 0; attempt < 200; attempt++) {
      const item = next();
      if (seen[user].has(item) || drawn.has(item)) continue;
      drawn.add(item);
      return item;
    }
    const rest = Array.from({ length: items.size }, (_, item) => item).filter(
      (item) => !seen[user].has(item) && !drawn.has(item),
    );
    const item = rest[random.integer(rest.length)];
    drawn.add(item);
    return item;
  };
}

async function addFeatures(
  columns: Map<string, StoredColumn>,
  events: Table,
  line: Timeline,
  times: Float64Array,
  codes: Record<Statistic['of'], Codes>,
  labels: ArrayLike<number>,
  rows: Rows,
  { features, histories }: Settings,
  progress: Working,
): Promise<void> {
  const done = new Map<NamedStatistic, StoredColumn>();
  for (const feature of features) {
    if (done.has(feature)) continue;
    await progress.pause(2 + histories.length + done.size, INTERRUPTED);
    const { name, of, is, value, where, first, length } = feature;
    const { codes: entity, size } = codes[of];
    const asked: Asked = { offsets: rows.offsets, entity: rows[of] };
    const wanted = await wantedOf(events, where, labels, `feature '${name}'`);
    if (is === 'since') done.set(feature, new Numbers(sinceLatest(line, times, entity, size, asked, wanted)));
    else if (is === 'top') done.set(feature, topOf(events.column(value!), line, entity, size, asked, wanted, length));
    else {
      // Count, mean and deviation of the same values come of one pass.
      const pass = features.filter(
        (other) =>
          other.of === of &&
          SUMS.has(other.is) &&
          other.where === where &&
          (other.value === value || other.is === 'count') &&
          other.first === first,
      );
      const summary = summariesBefore(line, entity, size, asked, {
        value: value === undefined ? labels : events.typed(value),
        wanted,
        first,
        wants: Object.fromEntries(pass.map((each) => [each.is, true])),
      });
      for (const each of pass)
        if (!done.has(each)) done.set(each, new Numbers(summary[each.is as keyof typeof summary]!));
    }
  }
  for (const feature of features) columns.set(feature.name, done.get(feature)!);
}

const SUMS: ReadonlySet<Statistic['is']> = new Set(['count', 'mean', 'stddev']);

/** The values most frequent so far as lists of them. */
function topOf(
  column: StoredColumn,
  line: Timeline,
  entity: Int32Array,
  size: number,
  asked: Asked,
  wanted: ArrayLike<number> | undefined,
  length: number,
): Lists {
  const cells = column.type === 'list' ? column.items : column;
  const { codes, size: count, firstRow } = denseCodes(cells, 'top');
  const order = Array.from(firstRow, (row, code) => ({ code, value: cells.at(row) }));
  order.sort((a, b) => (a.value < b.value ? -1 : 1));
  const rank = new Int32Array(count);
  order.forEach(({ code }, place) => {
    rank[code] = place;
  });
  const values: Values = { codes, size: count, rank, ...(column.type === 'list' ? { offsets: column.offsets } : {}) };
  const top = topBefore(line, entity, size, asked, values, wanted, length);
  const items = (top.items as Numbers).values.map((code) => firstRow[code]);
  return new Lists(top.offsets, cells.take(items));
}
