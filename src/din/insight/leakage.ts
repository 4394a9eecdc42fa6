import { escapeHtml } from '../../base/escape';
import { counted } from '../../base/words';
import { DISPLAY, type Displayable } from '../../outputs/display';
import type { MimeBundle } from '../../outputs/mime';
import { checkRange, checkSettings } from '../checks';
import { Table } from '../data/table';
import { DataError } from '../errors';
import { laterEvents, laterTimes, ownEvents } from './leakage/histories';
import { tellingColumns } from './leakage/labels';
import { earlierTests, sharedRows } from './leakage/parts';
import { type Leak, LOOKED } from './leakage/samples';
import { wholeStatistics } from './leakage/statistics';

export type { Leak };

export interface LeakageOptions {
  /** Column of 0 and 1, default `label`. */
  label?: string;
  /** Column of the times: then histories that hold later events are looked for, and test rows that are earlier than training rows. */
  time?: string;
  /** Column of the users, whose events histories hold; default: the column in whose rows a history goes on from one to the next. */
  user?: string;
  /** A column that alone ranks the rows this well or better knows the label: default 0.95, in (0.5, 1]. */
  threshold?: number;
}

/** What was looked for and found. Displayed, a list. */
export class LeakageReport implements Displayable {
  constructor(
    readonly leaks: readonly Leak[],
    readonly checked: readonly string[],
  ) {}

  [DISPLAY](): MimeBundle {
    const heading = this.leaks.length === 0 ? 'No leak found.' : `${counted(this.leaks.length, 'possible leak')}.`;
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

/**
 * Looks for what samples know and a model in use would not:
 * - a column that alone ranks the labels nearly perfectly: numbers, whether they are missing, texts and the values of lists by their
 *   label rates, the lengths of lists;
 * - a history, of lists or of positions (`userRatedMovie1`), that holds the row's own event, and with `time` one that holds later events;
 * - a statistic over all rows of an id, or over all training rows, the row's own and later ones included: its mean label or mean of a
 *   value, also smoothed, its number of rows or of positives, also as a logarithm or rank;
 * - test rows that are also training rows, and (with `time`) test rows that are earlier than training rows.
 *
 * It finds what is plain, and proves nothing.
 *
 * Throws a DataError for a label that is not there or is not 0 and 1, for tables without rows and for columns that are not there.
 */
export function leakage(samples: Table | { train: Table; test: Table }, options: LeakageOptions = {}): LeakageReport {
  checkSettings(WHERE, options, ['label', 'time', 'user', 'threshold']);
  const { label = 'label', time, user, threshold = 0.95 } = options;
  if (threshold !== 1) checkRange(WHERE, 'threshold', threshold, 0.5, 1);
  const [train, test] = samples instanceof Table ? [samples, undefined] : [samples?.train, samples?.test];
  if (!(train instanceof Table) || (test !== undefined && !(test instanceof Table))) {
    throw new DataError(`${WHERE}: give a table of samples, or { train, test }.`);
  }
  const parts = test ? [train, test] : [train];
  for (const table of parts) {
    checkLabels(table, label);
    if (time !== undefined) table.typed(time);
    if (user !== undefined) table.cells(user);
  }
  const looked = train.rows > LOOKED ? train.sample(LOOKED) : train;
  const known = looked.numbers(label);
  const tellable = known.includes(0) && known.includes(1);
  const own = ownEvents(looked, label, known);
  const leaks = [
    ...(tellable ? without(own, tellingColumns(looked, label, known, threshold)) : []),
    ...own,
    ...wholeStatistics(parts, label),
  ];
  const checked = [
    tellable
      ? `a column whose AUC alone is ${threshold} or more`
      : `not for columns that tell the label: all of '${label}' are ${known[0]}`,
    "the row's own event in its history",
    'means and counts over all rows of an id',
  ];
  if (time !== undefined) {
    leaks.push(...without(leaks, laterTimes(looked, time)));
    leaks.push(...without(leaks, laterEvents(parts, label, time, user)));
    checked.push('histories that hold later events');
  }
  if (test) {
    const shared = sharedRows(train, test);
    leaks.push(...(shared ?? []));
    checked.push(
      shared
        ? 'rows that are in both parts'
        : 'not for rows that are in both parts: the columns do not tell rows apart',
    );
    if (time !== undefined) {
      leaks.push(...earlierTests(train, test, time));
      checked.push('test rows that are earlier than training rows');
    }
  }
  return new LeakageReport(leaks, checked);
}

const WHERE = 'insight.leakage';

/** A column is named once. */
const without = (known: readonly Leak[], leaks: readonly Leak[]) =>
  leaks.filter(({ column }) => !known.some((leak) => leak.column === column));

function checkLabels(table: Table, label: string): void {
  if (table.rows === 0) throw new DataError(`${WHERE}: ${table.source} has no rows: there is nothing to look at.`);
  const labels = table.numbers(label);
  const bad = labels.findIndex((value) => value !== 0 && value !== 1);
  if (bad < 0) return;
  throw new DataError(`${table.source}: column '${label}', row ${bad + 1}: a label is 0 or 1, not ${labels[bad]}.`);
}
