import { LATEST_SECOND } from '../checks';
import { DataError } from '../errors';
import { type Working, working } from '../working';
import { compact, Numbers, type StoredColumn } from './columns';
import { type Codes, denseCodes, historiesBefore, latest, type Timeline, timeline, valuesOf } from './events';
import { positiveOf, wantedOf } from './impressions/conditions';
import { drawRows, type Rows } from './impressions/negatives';
import { checkOptions, type ImpressionOptions, type Settings } from './impressions/options';
import { addFeatures } from './impressions/statistics';
import { Table } from './table';

export type { Condition } from './impressions/conditions';
export type { NegativeOptions } from './impressions/negatives';
export type { HistoryOptions, ImpressionOptions } from './impressions/options';
export type { Statistic, StatisticName } from './impressions/statistics';

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

async function samplesOf(given: Table, settings: Settings, progress: Working): Promise<Table> {
  const times = timesOf(given, settings);
  const events = settings.milliseconds
    ? new Table(
        new Map<string, StoredColumn>(given.columns).set(settings.time, new Numbers(compact(times))),
        given.source,
      )
    : given;
  const users = idsOf(events, settings.user, 'user');
  const items = idsOf(events, settings.item, 'item');
  const labels = await labelsOf(events, settings);
  const line = timeline(times, `${events.source}: column '${settings.time}'`);
  warnDuplicates(events, users, items, line);
  await progress.pause(1, INTERRUPTED);
  const rows = drawRows(events, line, users, items, labels, settings.negatives);

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
      columns.set(`${history.name}_${name}`, valuesOf(lists, events.cells(name)));
    }
  }
  const known = { events, line, times, codes: { user: users, item: items }, labels, rows };
  await addFeatures(columns, settings.features, known, (done) =>
    progress.pause(2 + settings.histories.length + done, INTERRUPTED),
  );
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

function timesOf(events: Table, { time, milliseconds }: Settings): Float64Array {
  const times = events.numbers(time);
  const seconds = milliseconds ? times.map((value) => value / 1000) : times;
  const late = seconds.findIndex((value) => Math.abs(value) >= LATEST_SECOND);
  if (late < 0) return seconds;
  const isSmaller = Math.abs(times[late]) >= 1000 * LATEST_SECOND;
  throw new DataError(
    `${events.source}: column '${time}', row ${late + 1}: ${times[late]} looks like ` +
      (isSmaller
        ? `microseconds or less. Make seconds of them: events.withColumn('${time}', '${time} / 1e6').`
        : 'milliseconds. Give { milliseconds: true }, and they become seconds.'),
  );
}

function idsOf(events: Table, name: string, what: string): Codes {
  const column = events.cells(name);
  const where = `${events.source}: column '${name}'`;
  if (column.type === 'number' && !(column.values instanceof Int32Array)) {
    const bad = column.values.findIndex((value) => !Number.isNaN(value) && !Number.isSafeInteger(value));
    if (bad >= 0) {
      throw new DataError(
        `${where}, row ${bad + 1}: ${column.values[bad]} is no id of ${what === 'item' ? 'an' : 'a'} ${what}: ids are text or whole numbers` +
          `${Number.isInteger(column.values[bad]) ? ' up to 2^53, beyond which numbers are not exact: read the column as text' : ''}.`,
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
  if (label === undefined) return (await positiveOf(events, positive ?? 'all')) ?? new Uint8Array(events.rows).fill(1);
  const labels = events.typed(label);
  let bad = -1;
  for (let row = 0; row < labels.length && bad < 0; row++) if (labels[row] !== 0 && labels[row] !== 1) bad = row;
  if (bad < 0) return labels;
  const different = [...new Set(labels)];
  const others = different.slice(0, 5).join(', ');
  const known = different.filter(Number.isFinite).sort((a, b) => a - b);
  const high = known[Math.ceil((known.length - 1) / 2)] ?? 1;
  throw new DataError(
    `${events.source}: column '${label}', row ${bad + 1}: a label is 0 or 1, not ${labels[bad]} (the column holds ${others}). Say which events ` +
      `are positive instead, e.g. { positive: '${label} >= ${high}' }.`,
  );
}
