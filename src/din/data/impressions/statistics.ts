import { checkChoice, checkSettings, checkWhole } from '../../checks';
import { DataError } from '../../errors';
import { Lists, Numbers, type StoredColumn } from '../columns';
import {
  type Asked,
  type Codes,
  denseCodes,
  sinceLatest,
  summariesBefore,
  type Timeline,
  topBefore,
  type Values,
} from '../events';
import type { Table } from '../table';
import { type Condition, wantedOf } from './conditions';
import type { Rows } from './negatives';

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

/** A statistic, whole. */
export type NamedStatistic = Statistic & { where: Condition; first: number; length: number };

/** A feature as it was asked for, whole. */
export function statisticOf(
  events: Table,
  feature: StatisticName | Statistic,
  value: string | undefined,
): NamedStatistic {
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

/** The events, and the rows that are made of them. */
interface Known {
  events: Table;
  line: Timeline;
  times: Float64Array;
  codes: Record<Statistic['of'], Codes>;
  labels: ArrayLike<number>;
  rows: Rows;
}

/** Adds the columns of the statistics. @param pause  called before each pass over the events, with how many are done. */
export async function addFeatures(
  columns: Map<string, StoredColumn>,
  features: readonly NamedStatistic[],
  { events, line, times, codes, labels, rows }: Known,
  pause: (done: number) => Promise<void>,
): Promise<void> {
  const done = new Map<NamedStatistic, StoredColumn>();
  for (const feature of features) {
    if (done.has(feature)) continue;
    await pause(done.size);
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
