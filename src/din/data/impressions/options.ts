import { checkChoice, checkSeed, checkSettings, checkWhole } from '../../checks';
import { DataError } from '../../errors';
import { Table } from '../table';
import type { Condition } from './conditions';
import type { NegativeOptions } from './negatives';
import { type Statistic, type StatisticName, statisticOf } from './statistics';

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
  /** Times are milliseconds and become seconds, for all that asks for the column, conditions too. */
  milliseconds?: boolean;
}

/** The options, checked and with their defaults. */
export type Settings = ReturnType<typeof checkOptions>;

export function checkOptions(events: Table, options: ImpressionOptions) {
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
  const twice =
    added.find((name, i) => added.indexOf(name) !== i) ??
    added.find((name) => name === 'label' || events.columns.has(name));
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
