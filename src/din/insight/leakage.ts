import { DISPLAY, type Displayable } from '../../outputs/display';
import type { MimeBundle } from '../../outputs/mime';
import { checkSettings } from '../checks';
import { escapeHtml, formatCount } from '../data/preview';
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

/** How much more often a positive's candidate stands at the end of its history than a negative's before it is suspicious. */
const EXCESS = 0.3;

/**
 * Looks for what samples know and a model in use would not: a column that alone ranks the labels nearly perfectly, a
 * history that ends with the row's own event, test rows that are also training rows, and (with `time`) test rows that are
 * earlier than training rows. It finds what is plain, and proves nothing: features computed from all rows, as a mean over
 * later events, only show as a column that is too good.
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
  const leaks = [...tellingColumns(train, label, labels, threshold), ...ownEvents(train, labels)];
  const checked = [`a column whose AUC alone is ${threshold} or more`, "the row's own event in its history"];
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
    if (name === label || column.type !== 'number') return [];
    const known = column.values.findIndex((value) => Number.isNaN(value)) < 0;
    // Whether a value is missing may tell as much as the value: what is missing ranks lowest.
    const scores = known
      ? Float64Array.from(column.values)
      : Float64Array.from(column.values, (v) => (Number.isNaN(v) ? -1e308 : v));
    const auc = exactAuc(scores, labels);
    if (!(Math.max(auc, 1 - auc) >= threshold)) return [];
    return [
      {
        column: name,
        problem: `ranks the labels alone with an AUC of ${auc.toFixed(4)}: is it known before the event, or made of the label?`,
      },
    ];
  });
}

/** List columns named `<name>_<column>` hold what the candidate's column holds. */
function ownEvents(table: Table, labels: Float64Array): Leak[] {
  return table.names.flatMap((name) => {
    const lists = table.column(name);
    const candidate = table.names.find((other) => other !== name && name.endsWith(`_${other}`));
    if (lists.type !== 'list' || candidate === undefined || table.column(candidate).type === 'list') return [];
    const column = table.cells(candidate);
    const ends = [0, 0];
    const counts = [0, 0];
    for (let row = 0; row < table.rows; row++) {
      const list = lists.at(row);
      const value = column.at(row);
      counts[labels[row]]++;
      if (list.length > 0 && (list[list.length - 1] === value || list[0] === value)) ends[labels[row]]++;
    }
    const [negative, positive] = [ends[0] / Math.max(1, counts[0]), ends[1] / Math.max(1, counts[1])];
    if (!(positive - negative > EXCESS)) return [];
    const percent = (share: number) => `${(100 * share).toFixed(0)} %`;
    return [
      {
        column: name,
        problem:
          `${percent(positive)} of the positive rows have their own '${candidate}' at an end of the list, of the negative ones ` +
          `${percent(negative)}: does the history hold the event that is to be predicted?`,
      },
    ];
  });
}

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
  const latest = train.numbers(time).reduce((most, value) => (value > most ? value : most), Number.NEGATIVE_INFINITY);
  const early = test.numbers(time).reduce((count, value) => count + (value < latest ? 1 : 0), 0);
  if (early === 0) return [];
  return [
    {
      column: time,
      problem: `${formatCount(early)} of ${formatCount(test.rows)} test rows are earlier than the latest training row: what came later is known. Split by time.`,
    },
  ];
}
