import { escapeHtml } from '../../base/escape';
import { DISPLAY, type Displayable } from '../../outputs/display';
import type { MimeBundle } from '../../outputs/mime';
import { checkSettings } from '../checks';
import { DataError } from '../errors';
import type { Lists, Numbers, StoredColumn, Texts } from './columns';
import { formatCount, typeName } from './preview';
import { Table } from './table';

export interface DescribeOptions {
  /** Column of 0 and 1: its mean is told for each part of each column's distribution. Default `label`, where there is one. */
  label?: string;
  /** Another table, e.g. the test rows: how far each column's distribution lies from this table's. */
  against?: Table;
}

/** A part of a column's values: a range of numbers, one text, or a length of list. */
export interface Bin {
  name: string;
  count: number;
  /** Mean label of its rows; NaN without labels. */
  rate: number;
}

export interface ColumnProfile {
  name: string;
  type: string;
  /** Rows without a value: NaN, '', []. */
  missing: number;
  /** Different values; of a list column, different items. */
  distinct: number;
  /** Least, mean and greatest number, or length of list; none of text. */
  range?: { min: number; mean: number; max: number };
  /** Parts of the values that are there; of text the most frequent, and the rest as one. */
  bins: Bin[];
  /**
   * Population stability index against the other table, sum over bins of (p - q) ln(p / q), missing being a bin: below
   * 0.1 alike, above 0.25 another distribution. Undefined without another table.
   */
  drift?: number;
}

const BINS = 20;
const TOP = 12;
/** Stands for a share of 0 in the drift, whose logarithm there is none of. */
const LEAST_SHARE = 1e-4;

/** What the columns of a table hold. Displayed, a line a column with small pictures. */
export class TableProfile implements Displayable {
  constructor(
    readonly source: string,
    readonly rows: number,
    readonly columns: readonly ColumnProfile[],
    readonly labelled: boolean,
    readonly compared: boolean,
  ) {}

  [DISPLAY](): MimeBundle {
    return { 'text/plain': profileText(this), 'text/html': profileHtml(this) };
  }
}

/** Type, missing and different values, distribution, label rate and drift of each column. Throws a DataError for columns that are not there. */
export function describe(table: Table, options: DescribeOptions = {}): TableProfile {
  const where = `${table.source}: describe`;
  checkSettings(where, options, ['label', 'against']);
  const { against } = options;
  if (against !== undefined && !(against instanceof Table)) throw new DataError(`${where}: 'against' is a table.`);
  const label = options.label ?? (table.columns.get('label')?.type === 'number' ? 'label' : undefined);
  const labels = label === undefined ? undefined : table.typed(label);
  const columns = table.names.map((name): ColumnProfile => {
    const column = table.column(name);
    const binning = binningOf(column);
    const bins = countBins(binning, column, labels);
    const other = against?.columns.get(name);
    return {
      name,
      type: typeName(column),
      missing: bins.missing,
      ...binning.facts,
      bins: bins.parts,
      ...(other === undefined ? {} : { drift: driftOf(binning, column, other) }),
    };
  });
  return new TableProfile(table.source, table.rows, columns, labels !== undefined, against !== undefined);
}

/** Into which bin the rows of a column fall; -1 = missing. It holds for other tables' columns of the name, too. */
interface Binning {
  names: string[];
  facts: Pick<ColumnProfile, 'distinct' | 'range'>;
  of(column: StoredColumn): (row: number) => number;
}

function binningOf(column: StoredColumn): Binning {
  if (column.type === 'string') return textBins(column);
  const values = column.type === 'number' ? column.values : lengths(column);
  const binning = numberBins(values);
  if (column.type === 'number') return binning;
  const items = column.items.slice(column.offsets[0], column.offsets[column.length]);
  return { ...binning, facts: { ...binning.facts, distinct: distinctOf(items) } };
}

const lengths = ({ offsets }: Lists) =>
  Int32Array.from({ length: offsets.length - 1 }, (_, row) => offsets[row + 1] - offsets[row]);

function distinctOf(column: Numbers | Texts): number {
  if (column.type === 'number') return new Set(column.values.filter((value) => !Number.isNaN(value))).size;
  const seen = new Uint8Array(column.dictionary.length);
  for (const code of column.codes) if (code >= 0) seen[code] = 1;
  return seen.reduce((sum, one) => sum + one, 0);
}

function numberBins(values: ArrayLike<number>): Binning {
  let [min, max, sum, count] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, 0];
  const different = new Set<number>();
  for (let row = 0; row < values.length; row++) {
    const value = values[row];
    if (!Number.isFinite(value)) continue;
    if (value < min) min = value;
    if (value > max) max = value;
    sum += value;
    count++;
    different.add(value);
  }
  const few = different.size <= BINS ? [...different].sort((a, b) => a - b) : undefined;
  const width = (max - min) / BINS;
  const names = few
    ? few.map(String)
    : Array.from({ length: BINS }, (_, i) => `${short(min + i * width)} to ${short(min + (i + 1) * width)}`);
  const binOf = (value: number) => {
    if (few) return few.indexOf(value);
    return Math.max(0, Math.min(BINS - 1, Math.floor((value - min) / width)));
  };
  return {
    names,
    facts: { distinct: different.size, range: count === 0 ? undefined : { min, mean: sum / count, max } },
    of(column) {
      if (column.type === 'string') return () => -1;
      const own = column.type === 'number' ? column.values : lengths(column);
      return (row) => (Number.isFinite(own[row]) ? binOf(own[row]) : -1);
    },
  };
}

function textBins(column: Texts): Binning {
  const counts = new Float64Array(column.dictionary.length);
  for (const code of column.codes) if (code >= 0) counts[code]++;
  const used = Array.from(counts.keys()).filter((code) => counts[code] > 0);
  const top = used.sort((a, b) => counts[b] - counts[a] || a - b).slice(0, TOP);
  const names = top.map((code) => column.dictionary[code]);
  const distinct = distinctOf(column);
  const bins = new Map(names.map((name, i) => [name, i]));
  if (distinct > top.length) names.push(`${formatCount(distinct - top.length)} others`);
  return {
    names,
    facts: { distinct },
    of(other) {
      if (other.type !== 'string') return () => -1;
      const binOf = other.dictionary.map((text) => bins.get(text) ?? top.length);
      const { codes } = other;
      return (row) => (codes[row] < 0 ? -1 : binOf[codes[row]]);
    },
  };
}

function countBins(binning: Binning, column: StoredColumn, labels: ArrayLike<number> | undefined) {
  const counts = new Float64Array(binning.names.length);
  const sums = new Float64Array(binning.names.length);
  const binOf = binning.of(column);
  const offsets = column.type === 'list' ? column.offsets : undefined;
  let missing = 0;
  for (let row = 0; row < column.length; row++) {
    const bin = binOf(row);
    if (bin < 0 || (offsets && offsets[row + 1] === offsets[row])) missing++;
    if (bin < 0) continue;
    counts[bin]++;
    sums[bin] += labels?.[row] ?? Number.NaN;
  }
  const parts = binning.names.map((name, i): Bin => ({ name, count: counts[i], rate: sums[i] / counts[i] }));
  return { missing, parts };
}

function driftOf(binning: Binning, mine: StoredColumn, theirs: StoredColumn): number {
  const shares = (column: StoredColumn) => {
    // The last bin is what is missing or not among the bins.
    const counts = new Float64Array(binning.names.length + 2);
    const binOf = binning.of(column);
    for (let row = 0; row < column.length; row++) {
      const bin = binOf(row);
      counts[bin < 0 ? counts.length - 1 : bin]++;
    }
    return counts.map((count) => Math.max(LEAST_SHARE, count / Math.max(1, column.length)));
  };
  const [p, q] = [shares(mine), shares(theirs)];
  return p.reduce((sum, share, i) => sum + (share - q[i]) * Math.log(share / q[i]), 0);
}

const short = (value: number) => (Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(4))));
const BARS = '▁▂▃▄▅▆▇█';

function spark(values: readonly number[]): string {
  const most = Math.max(...values.filter((value) => !Number.isNaN(value)), 0);
  return values
    .map((v) => (Number.isNaN(v) || most === 0 ? ' ' : BARS[Math.min(7, Math.floor((v / most) * 7.999))]))
    .join('');
}

function factsOf(column: ColumnProfile, rows: number): string[] {
  const { range, bins } = column;
  return [
    column.type,
    column.missing === 0 ? '' : `${((100 * column.missing) / Math.max(1, rows)).toFixed(1)} %`,
    formatCount(column.distinct),
    range
      ? `${short(range.min)} … ${short(range.mean)} … ${short(range.max)}`
      : bins
          .slice(0, 3)
          .map(({ name }) => shorten(name))
          .join(', '),
  ];
}

const shorten = (text: string) => (text.length > 20 ? `${text.slice(0, 19)}…` : text);
const driftText = (drift: number | undefined) =>
  drift === undefined ? '–' : `${drift.toFixed(3)}${drift > 0.25 ? ' !' : ''}`;

function headings({ labelled, compared }: TableProfile): string[] {
  const always = ['column', 'type', 'missing', 'distinct', 'least … mean … greatest, or most frequent', 'distribution'];
  return [...always, ...(labelled ? ['label rate'] : []), ...(compared ? ['drift'] : [])];
}

function profileText(profile: TableProfile): string {
  const lines = profile.columns.map((column) => [
    column.name,
    ...factsOf(column, profile.rows),
    spark(column.bins.map(({ count }) => count)),
    ...(profile.labelled ? [spark(column.bins.map(({ rate }) => rate))] : []),
    ...(profile.compared ? [driftText(column.drift)] : []),
  ]);
  const table = [headings(profile), ...lines];
  const widths = table[0].map((_, i) => Math.max(...table.map((line) => line[i].length)));
  const body = table.map((line) =>
    line
      .map((cell, i) => cell.padEnd(widths[i]))
      .join('  ')
      .trimEnd(),
  );
  return [`${formatCount(profile.rows)} rows (${profile.source})`, ...body].join('\n');
}

/** Bars as wide as a word; the title tells each one's part and number. */
function picture(values: readonly number[], titles: readonly string[]): string {
  const [width, height] = [120, 24];
  const most = Math.max(...values.filter((value) => !Number.isNaN(value)), 0);
  const step = width / Math.max(1, values.length);
  const bars = values.map((value, i) => {
    const tall = most === 0 || Number.isNaN(value) ? 0 : Math.max(value > 0 ? 1 : 0, (height * value) / most);
    return (
      `<rect x="${(i * step).toFixed(1)}" y="${(height - tall).toFixed(1)}" width="${Math.max(1, step - 1).toFixed(1)}" ` +
      `height="${tall.toFixed(1)}" fill="currentColor" opacity="0.7"><title>${escapeHtml(titles[i])}</title></rect>`
    );
  });
  return `<svg width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img">${bars.join('')}</svg>`;
}

function profileHtml(profile: TableProfile): string {
  const cell = (html: string) => `<td style="text-align:left">${html}</td>`;
  const lines = profile.columns.map((column) => {
    const { bins } = column;
    const cells = [
      `<th style="text-align:left">${escapeHtml(column.name)}</th>`,
      ...factsOf(column, profile.rows).map((fact) => cell(escapeHtml(fact))),
      cell(
        picture(
          bins.map(({ count }) => count),
          bins.map(({ name, count }) => `${name}: ${formatCount(count)} rows`),
        ),
      ),
    ];
    if (profile.labelled) {
      cells.push(
        cell(
          picture(
            bins.map(({ rate }) => rate),
            bins.map(({ name, rate }) => `${name}: label rate ${short(rate)}`),
          ),
        ),
      );
    }
    if (profile.compared) cells.push(cell(escapeHtml(driftText(column.drift))));
    return `<tr>${cells.join('')}</tr>`;
  });
  const head = headings(profile).map((heading) => `<th style="text-align:left">${escapeHtml(heading)}</th>`);
  return (
    `<p>${escapeHtml(`${formatCount(profile.rows)} rows (${profile.source})`)}</p><div style="overflow-x:auto"><table>` +
    `<thead><tr>${head.join('')}</tr></thead><tbody>${lines.join('')}</tbody></table></div>`
  );
}
