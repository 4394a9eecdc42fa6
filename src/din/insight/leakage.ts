import { escapeHtml } from '../../base/escape';
import { DISPLAY, type Displayable } from '../../outputs/display';
import type { MimeBundle } from '../../outputs/mime';
import { checkSettings } from '../checks';
import type { Numbers, Texts } from '../data/columns';
import { formatCount } from '../data/preview';
import { Table } from '../data/table';
import { DataError } from '../errors';
import { exactAuc } from '../metrics/exact-auc';

export interface LeakageOptions {
  /** Column of 0 and 1, default `label`. */
  label?: string;
  /** Column of the times: then test rows that are earlier than training rows are looked for. */
  time?: string;
  /** A column that alone ranks the rows this well or better knows the label: default 0.95, in (0.5, 1]. */
  threshold?: number;
}

/** Something that a model in use would not know. */
export interface Leak {
  column: string;
  /** What was found and what it may come from. */
  problem: string;
}

/** What was looked for and found. Displayed, a list. */
export class LeakageReport implements Displayable {
  constructor(
    readonly leaks: readonly Leak[],
    readonly checked: readonly string[],
  ) {}

  [DISPLAY](): MimeBundle {
    const heading = this.leaks.length === 0 ? 'No leak found.' : `${this.leaks.length} possible leaks.`;
    const checked = `Looked for: ${this.checked.join('; ')}.`;
    const lines = this.leaks.map(({ column, problem }) => `${column}: ${problem}`);
    return {
      'text/plain': [heading, ...lines.map((line) => `  ${line}`), checked].join('\n'),
      'text/html':
        `<p><strong>${escapeHtml(heading)}</strong></p><ul>${lines.map((line) => `<li>${escapeHtml(line)}</li>`).join('')}</ul>` +
        `<p><small>${escapeHtml(checked)}</small></p>`,
    };
  }
}

/** How much more often a positive's candidate stands in its history than a negative's before it is suspicious. */
const EXCESS = 0.3;
/** Rows that are looked at column by column; what is plain in these is plain in all. */
const LOOKED = 300_000;

/**
 * Looks for what samples know and a model in use would not:
 * - a column that alone ranks the labels nearly perfectly: numbers, whether they are missing, and texts by their label rates;
 * - a history, of lists or of positions (`userRatedMovie1`), that holds the row's own event, and with `time` one that holds later events;
 * - a statistic over all rows of an id, the row's own and later ones included: its mean label, its mean of a value, its number of rows;
 * - test rows that are also training rows, and (with `time`) test rows that are earlier than training rows.
 *
 * It finds what is plain, and proves nothing.
 *
 * Throws a DataError for a label that is not there or is not 0 and 1.
 */
export function leakage(samples: Table | { train: Table; test: Table }, options: LeakageOptions = {}): LeakageReport {
  checkSettings('insight.leakage', options, ['label', 'time', 'threshold']);
  const { label = 'label', time, threshold = 0.95 } = options;
  const [train, test] = samples instanceof Table ? [samples, undefined] : [samples?.train, samples?.test];
  if (!(train instanceof Table) || (test !== undefined && !(test instanceof Table))) {
    throw new DataError('insight.leakage: give a table of samples, or { train, test }.');
  }
  const labels = train.numbers(label);
  const bad = labels.findIndex((value) => value !== 0 && value !== 1);
  if (bad >= 0)
    throw new DataError(`${train.source}: column '${label}', row ${bad + 1}: a label is 0 or 1, not ${labels[bad]}.`);
  const looked = train.rows > LOOKED ? train.sample(LOOKED) : train;
  const known = looked.numbers(label);
  const leaks = [
    ...tellingColumns(looked, label, known, threshold),
    ...ownEvents(looked, label, known),
    ...wholeStatistics(test ? [train, test] : [train], label),
  ];
  const checked = [
    `a column whose AUC alone is ${threshold} or more`,
    "the row's own event in its history",
    'means and counts over all rows of an id',
  ];
  if (time !== undefined) {
    leaks.push(...laterEvents(looked, time));
    checked.push('histories that hold later events');
  }
  if (test) {
    leaks.push(...sharedRows(train, test));
    checked.push('rows that are in both parts');
    if (time !== undefined) {
      leaks.push(...earlierTests(train, test, time));
      checked.push('test rows that are earlier than training rows');
    }
  }
  return new LeakageReport(leaks, checked);
}

function tellingColumns(table: Table, label: string, labels: Float64Array, threshold: number): Leak[] {
  return table.names.flatMap((name) => {
    const column = table.column(name);
    if (name === label || column.type === 'list') return [];
    const auc = column.type === 'number' ? aucOfNumbers(column.values, labels) : aucOfTexts(column.codes, labels);
    if (!(Math.max(auc, 1 - auc) >= threshold)) return [];
    return [
      {
        column: name,
        problem: `ranks the labels alone with an AUC of ${auc.toFixed(4)}: is it known before the event, or made of the label?`,
      },
    ];
  });
}

function aucOfNumbers(values: ArrayLike<number>, labels: Float64Array): number {
  // Whether a value is missing may tell as much as the value: what is missing ranks lowest.
  return exactAuc(
    Float64Array.from(values, (v) => (Number.isNaN(v) ? -1e308 : v)),
    labels,
  );
}

/** By the label rates of the texts in the even rows, of the odd rows: rates of their own rows would flatter rare texts. */
function aucOfTexts(codes: Int32Array, labels: Float64Array): number {
  let largest = 0;
  for (const code of codes) largest = Math.max(largest, code + 1);
  const counts = new Float64Array(largest + 1);
  const positives = new Float64Array(largest + 1);
  const odd = { scores: [] as number[], labels: [] as number[] };
  for (let row = 0; row < codes.length; row += 2) {
    counts[codes[row] + 1]++;
    positives[codes[row] + 1] += labels[row];
  }
  for (let row = 1; row < codes.length; row += 2) {
    const at = codes[row] + 1;
    odd.scores.push((positives[at] + 0.5) / (counts[at] + 1));
    odd.labels.push(labels[row]);
  }
  return odd.scores.length === 0 ? Number.NaN : exactAuc(odd.scores, odd.labels);
}

/** Histories, lists or columns of one position each, that have the value of another column: the candidate's. */
function ownEvents(table: Table, label: string, labels: Float64Array): Leak[] {
  const single = table.names.filter((name) => name !== label && table.column(name).type !== 'list');
  return table.names.flatMap((name) => {
    const column = table.column(name);
    if (column.type !== 'list' && !/\D1$/.test(name)) return [];
    const found = single
      .filter((other) => other !== name && !/\d$/.test(other))
      .map((other) => ({ other, ...ownShares(table, name, other, labels) }))
      .filter(({ negative, positive }) => positive - negative > EXCESS)
      .sort((a, b) => b.positive - b.negative - (a.positive - a.negative));
    if (found.length === 0) return [];
    const [{ other, negative, positive }] = found;
    const percent = (share: number) => `${(100 * share).toFixed(0)} %`;
    const where = column.type === 'list' ? ' at an end of the list' : '';
    return [
      {
        column: name,
        problem:
          `${percent(positive)} of the positive rows have their own '${other}'${where}, of the negative ones ` +
          `${percent(negative)}: does the history hold the event that is to be predicted?`,
      },
    ];
  });
}

/** Of the positive and of the negative rows, how many have the value of `candidate` at an end of the list, or in the column. */
function ownShares(table: Table, name: string, candidate: string, labels: Float64Array) {
  const history = table.column(name);
  const items = history.type === 'list' ? history.items : history;
  const column = table.cells(candidate);
  const shares = { negative: 0, positive: 0 };
  if (items.type !== column.type || items.length === 0) return shares;
  const [own, theirs] = sharedCodes([column, items]);
  if (new Set(own.subarray(0, 1000)).size <= 2) return shares;
  const counts = [0, 0];
  const hits = [0, 0];
  for (let row = 0; row < table.rows; row++) {
    counts[labels[row]]++;
    const [from, to] = history.type === 'list' ? [history.offsets[row], history.offsets[row + 1]] : [row, row + 1];
    if (from < to && own[row] >= 0 && (theirs[to - 1] === own[row] || theirs[from] === own[row])) hits[labels[row]]++;
  }
  return { negative: hits[0] / Math.max(1, counts[0]), positive: hits[1] / Math.max(1, counts[1]) };
}

/** The values of several columns as numbers of one numbering; -1 = missing. */
function sharedCodes(columns: readonly (Numbers | Texts)[]): Int32Array[] {
  const known = new Map<number | string, number>();
  const codeOf = (value: number | string) => {
    if (value === '' || Number.isNaN(value)) return -1;
    let code = known.get(value);
    if (code === undefined) {
      code = known.size;
      known.set(value, code);
    }
    return code;
  };
  return columns.map((column) => {
    if (column.type === 'number') return Int32Array.from(column.values, codeOf);
    const codes = column.dictionary.map(codeOf);
    return column.codes.map((code) => (code < 0 ? -1 : codes[code]));
  });
}

/** Lists named `<history>_<time>` with a time that is not before the row's. */
function laterEvents(table: Table, time: string): Leak[] {
  const now = table.numbers(time);
  return table.names.flatMap((name) => {
    const lists = table.column(name);
    if (lists.type !== 'list' || lists.items.type !== 'number' || !name.endsWith(`_${time}`)) return [];
    const times = lists.items.values;
    let late = 0;
    for (let row = 0; row < table.rows; row++) {
      let latest = Number.NEGATIVE_INFINITY;
      for (let at = lists.offsets[row]; at < lists.offsets[row + 1]; at++) latest = Math.max(latest, times[at]);
      if (latest >= now[row]) late++;
    }
    if (late === 0) return [];
    return [
      {
        column: name,
        problem: `${formatCount(late)} of ${formatCount(table.rows)} rows have events in their history that are not earlier than they are.`,
      },
    ];
  });
}

/** Share of the rows that must agree with a statistic over everything. */
const AGREES = 0.95;
/** Ids with fewer rows say little: their statistics agree by chance. */
const ROWS_OF_AN_ID = 5;

/**
 * Columns that are, for each id, one and the same number: the mean of the labels or of a value with few levels (stars), or the
 * number of rows, over all rows there are; or the mean of the labels of all others. What is known before an event changes from one to the next.
 */
function wholeStatistics(tables: readonly Table[], label: string): Leak[] {
  const [first] = tables;
  const names = first.names.filter((name) => tables.every((table) => table.columns.has(name)));
  const numbers = (name: string) => concat(tables.map((table) => table.typed(name)));
  const numeric = names.filter(
    (name) => name !== label && tables.every((table) => table.column(name).type === 'number'),
  );
  const labels = numbers(label);
  const values = new Map(numeric.map((name) => [name, numbers(name)]));
  const levels = numeric.filter((name) => hasFewLevels(values.get(name)!));
  const leaks = new Map<string, Leak>();
  for (const key of names.filter((name) => name !== label && isId(first, name))) {
    const codes = concatCodes(sharedCodes(tables.map((table) => table.cells(key))));
    const labelsOf = meansBy(codes, labels);
    if (!labelsOf) continue;
    for (const [name, column] of values) {
      if (name === key || leaks.has(name)) continue;
      const told = (what: string) =>
        leaks.set(name, {
          column: name,
          problem: `is ${what} over all rows of each '${key}', its own and later ones included: use what was known before, as din.data.impressions gives it.`,
        });
      const others = (row: number) => (labelsOf.sums[codes[row]] - labels[row]) / (labelsOf.counts[codes[row]] - 1);
      if (agrees(codes, labelsOf.counts, column, (row) => labelsOf.sums[codes[row]] / labelsOf.counts[codes[row]]))
        told(`the mean of '${label}'`);
      else if (agrees(codes, labelsOf.counts, column, others)) told(`the mean of the other rows' '${label}'`);
      else if (agrees(codes, labelsOf.counts, column, (row) => labelsOf.counts[codes[row]])) told('the number of rows');
      else {
        for (const level of levels) {
          const of = level === name ? undefined : meansBy(codes, values.get(level)!);
          if (of && agrees(codes, of.counts, column, (row) => of.sums[codes[row]] / of.counts[codes[row]]))
            told(`the mean of '${level}'`);
        }
      }
    }
  }
  return [...leaks.values()];
}

/** Texts and whole numbers that come again. */
function isId(table: Table, name: string): boolean {
  const column = table.column(name);
  if (column.type === 'list' || (column.type === 'number' && column.kind !== Int32Array)) return false;
  const rows = Math.min(table.rows, 10_000);
  const distinct = new Set(column.type === 'number' ? column.slice(0, rows).values : column.slice(0, rows).codes).size;
  return distinct > 2 && 2 * distinct <= rows;
}

function hasFewLevels(values: ArrayLike<number>): boolean {
  const found = new Set<number>();
  for (let row = 0; row < values.length; row++) {
    found.add(values[row]);
    if (found.size > 12) return false;
  }
  return found.size > 1;
}

function meansBy(codes: Int32Array, values: ArrayLike<number>): { sums: Float64Array; counts: Int32Array } | undefined {
  let size = 0;
  for (const code of codes) size = Math.max(size, code + 1);
  const sums = new Float64Array(size);
  const counts = new Int32Array(size);
  for (let row = 0; row < codes.length; row++) {
    if (codes[row] < 0 || Number.isNaN(values[row])) continue;
    sums[codes[row]] += values[row];
    counts[codes[row]]++;
  }
  return counts.some((count) => count >= ROWS_OF_AN_ID) ? { sums, counts } : undefined;
}

/** Whether a column says the expected in nearly all rows of ids that come often; two decimals will do. */
function agrees(
  codes: Int32Array,
  counts: Int32Array,
  column: ArrayLike<number>,
  expected: (row: number) => number,
): boolean {
  let rows = 0;
  let equal = 0;
  const different = new Set<number>();
  for (let row = 0; row < codes.length; row++) {
    if (codes[row] < 0 || counts[codes[row]] < ROWS_OF_AN_ID) continue;
    rows++;
    const value = expected(row);
    if (Math.abs(column[row] - value) <= 0.0051) equal++;
    if (different.size < 3) different.add(value);
    if (rows === 1000 && equal < 500) return false;
  }
  // Where all ids have the same statistic, it tells nothing, and any constant agrees with it.
  return different.size > 2 && equal >= AGREES * rows;
}

function concat(parts: readonly ArrayLike<number>[]): Float64Array {
  const out = new Float64Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

const concatCodes = (parts: readonly Int32Array[]): Int32Array => Int32Array.from(concat(parts));

function sharedRows(train: Table, test: Table): Leak[] {
  const names = train.names.filter((name) => test.columns.has(name) && train.column(name).type !== 'list');
  const key = (table: Table, row: number) => names.map((name) => `${table.column(name).at(row)}`).join('\u0000');
  const known = new Set(Array.from({ length: train.rows }, (_, row) => key(train, row)));
  let shared = 0;
  for (let row = 0; row < test.rows; row++) if (known.has(key(test, row))) shared++;
  if (shared === 0) return [];
  const rows = shared === 1 ? 'row is' : 'rows are';
  return [
    {
      column: 'test rows',
      problem: `${formatCount(shared)} of ${formatCount(test.rows)} test ${rows} among the training rows, equal in every column.`,
    },
  ];
}

function earlierTests(train: Table, test: Table, time: string): Leak[] {
  const latest = train.numbers(time).reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY);
  const early = test.numbers(time).reduce((count, value) => count + (value < latest ? 1 : 0), 0);
  if (early === 0) return [];
  return [
    {
      column: time,
      problem: `${formatCount(early)} of ${formatCount(test.rows)} test rows are earlier than the latest training row: what came later is known. Split by time.`,
    },
  ];
}
