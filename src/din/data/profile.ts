import { escapeHtml } from '../../base/escape';
import { DISPLAY, type Displayable } from '../../outputs/display';
import type { MimeBundle } from '../../outputs/mime';
import { checkSettings } from '../checks';
import { DataError } from '../errors';
import type { Lists, Numbers, StoredColumn, Texts } from './columns';
import { countedRows, formatCount, typeName } from './preview';
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
   * Population stability index against the other table, sum over parts of (p - q) ln(p / q): below 0.1 alike, above 0.25 another
   * distribution. Parts are tenths of this table's numbers, its most frequent texts, what it does not have at all, and what is missing; of
   * lists the larger index of lengths and of values counts. Undefined without another table, or where that has no rows.
   */
  drift?: number;
  /** Of text: share of the other table's values that this one does not have. */
  unseen?: number;
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
    const other = against && against.rows > 0 ? against.columns.get(name) : undefined;
    return {
      name,
      type: typeName(column),
      missing: bins.missing,
      ...binning.facts,
      bins: bins.parts,
      ...(other === undefined ? {} : driftOf(column, other)),
    };
  });
  return new TableProfile(table.source, table.rows, columns, labels !== undefined, against !== undefined);
}

/** Into which bin the rows of a column fall; -1 = missing. */
interface Binning {
  names: string[];
  facts: Pick<ColumnProfile, 'distinct' | 'range'>;
  bin(row: number): number;
}

function binningOf(column: StoredColumn): Binning {
  if (column.type === 'string') return textBins(column);
  const values = column.type === 'number' ? column.values : lengths(column);
  const binning = numberBins(values);
  if (column.type === 'number') return binning;
  return { ...binning, facts: { ...binning.facts, distinct: distinctOf(itemsOf(column)) } };
}

const lengths = ({ offsets }: Lists) =>
  Int32Array.from({ length: offsets.length - 1 }, (_, row) => offsets[row + 1] - offsets[row]);

const itemsOf = ({ items, offsets, length }: Lists) => items.slice(offsets[0], offsets[length]);

function distinctOf(column: Numbers | Texts): number {
  if (column.type === 'number') return new Set(column.values.filter((value) => !Number.isNaN(value))).size;
  const seen = new Uint8Array(column.dictionary.length);
  for (const code of column.codes) if (code >= 0) seen[code] = 1;
  return seen.reduce((sum, one) => sum + one, 0);
}

/** Parts of the finite range; infinite numbers are of the outermost ones. */
function numberBins(values: ArrayLike<number>): Binning {
  let [min, max, sum, count] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, 0];
  let [low, high] = [min, max];
  const different = new Set<number>();
  for (let row = 0; row < values.length; row++) {
    const value = values[row];
    if (Number.isNaN(value)) continue;
    if (value < min) min = value;
    if (value > max) max = value;
    count++;
    sum += value;
    different.add(value);
    if (!Number.isFinite(value)) continue;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  const few = different.size <= BINS ? [...different].sort((a, b) => a - b) : undefined;
  const width = high / BINS - low / BINS;
  const names = few
    ? few.map(String)
    : Array.from({ length: BINS }, (_, i) => `${short(low + i * width)} to ${short(low + (i + 1) * width)}`);
  const binOf = (value: number) => {
    if (few) return few.indexOf(value);
    return Math.max(0, Math.min(BINS - 1, Math.floor(value / width - low / width)));
  };
  return {
    names,
    facts: { distinct: different.size, range: count === 0 ? undefined : { min, mean: sum / count, max } },
    bin: (row) => (Number.isNaN(values[row]) ? -1 : binOf(values[row])),
  };
}

function textBins(column: Texts): Binning {
  const top = mostFrequent(column);
  const names = top.map((code) => column.dictionary[code]);
  const distinct = distinctOf(column);
  if (distinct > top.length) names.push(`${formatCount(distinct - top.length)} others`);
  const bins = new Int32Array(column.dictionary.length).fill(top.length);
  top.forEach((code, i) => {
    bins[code] = i;
  });
  const { codes } = column;
  return { names, facts: { distinct }, bin: (row) => (codes[row] < 0 ? -1 : bins[codes[row]]) };
}

/** Codes of the most frequent texts. */
function mostFrequent(column: Texts): number[] {
  const counts = new Float64Array(column.dictionary.length);
  for (const code of column.codes) if (code >= 0) counts[code]++;
  const used = Array.from(counts.keys()).filter((code) => counts[code] > 0);
  return used.sort((a, b) => counts[b] - counts[a] || a - b).slice(0, TOP);
}

function countBins(binning: Binning, column: StoredColumn, labels: ArrayLike<number> | undefined) {
  const counts = new Float64Array(binning.names.length);
  const sums = new Float64Array(binning.names.length);
  const labelled = new Float64Array(binning.names.length);
  const offsets = column.type === 'list' ? column.offsets : undefined;
  let missing = 0;
  for (let row = 0; row < column.length; row++) {
    const bin = binning.bin(row);
    if (bin < 0 || (offsets && offsets[row + 1] === offsets[row])) missing++;
    if (bin < 0) continue;
    counts[bin]++;
    const label = labels?.[row] ?? Number.NaN;
    if (Number.isNaN(label)) continue;
    sums[bin] += label;
    labelled[bin]++;
  }
  const parts = binning.names.map((name, i): Bin => ({ name, count: counts[i], rate: sums[i] / labelled[i] }));
  return { missing, parts };
}

/** How far another table's column lies from this one, and what it has that this one has not. */
function driftOf(mine: StoredColumn, theirs: StoredColumn): Pick<ColumnProfile, 'drift' | 'unseen'> {
  // A column of another type has nothing in common with this one.
  if (mine.type !== theirs.type) return { drift: Number.POSITIVE_INFINITY };
  if (mine.type === 'list' && theirs.type === 'list') {
    const byLength = stability(numberParts(lengths(mine), lengths(theirs)));
    const [own, other] = [itemsOf(mine), itemsOf(theirs)];
    if (own.length === 0 || other.length === 0) return { drift: byLength };
    const byItem = driftOf(own, other);
    return { ...byItem, drift: Math.max(byLength, byItem.drift!) };
  }
  if (mine.type === 'string' && theirs.type === 'string') {
    const parts = textParts(mine, theirs);
    const there = theirs.length - parts[1].at(-1)!;
    return { drift: stability(parts), unseen: there === 0 ? 0 : parts[1].at(-2)! / there };
  }
  return { drift: stability(numberParts((mine as Numbers).values, (theirs as Numbers).values)) };
}

/** How many of two columns' values are in each part; the last are those that the first one does not have, and what is missing. */
type Parts = [Float64Array, Float64Array];

function textParts(mine: Texts, theirs: Texts): Parts {
  const top = mostFrequent(mine);
  const parts = new Map(top.map((code, i) => [mine.dictionary[code], i]));
  const used = new Uint8Array(mine.dictionary.length);
  for (const code of mine.codes) if (code >= 0) used[code] = 1;
  const known = new Set(mine.dictionary.filter((_, code) => used[code] === 1));
  const count = ({ codes, dictionary }: Texts) => {
    const counts = new Float64Array(top.length + 3);
    const partOf = dictionary.map((text) => parts.get(text) ?? (known.has(text) ? top.length : top.length + 1));
    for (const code of codes) counts[code < 0 ? top.length + 2 : partOf[code]]++;
    return counts;
  };
  return [count(mine), count(theirs)];
}

/** Tenths of the first one's numbers, however they lie: equal widths would see nothing beside one outlier. */
function numberParts(mine: ArrayLike<number>, theirs: ArrayLike<number>): Parts {
  const step = Math.max(1, Math.floor(mine.length / SORTED));
  const sorted = Float64Array.from({ length: Math.floor(mine.length / step) }, (_, i) => mine[i * step])
    .filter((value) => !Number.isNaN(value))
    .sort();
  const tenths = Array.from({ length: 9 }, (_, i) => sorted[Math.floor(((i + 1) * sorted.length) / 10)]);
  // Of few different numbers each is a part, and so is what lies between two.
  const levels = new Set(sorted);
  const bounds = [...(levels.size <= BINS ? levels : new Set(sorted.length === 0 ? [] : tenths))];
  const count = (values: ArrayLike<number>) => {
    const counts = new Float64Array(2 * bounds.length + 2);
    for (let row = 0; row < values.length; row++) {
      const value = values[row];
      if (Number.isNaN(value)) counts[counts.length - 1]++;
      else {
        const at = bounds.findIndex((bound) => value <= bound);
        counts[at < 0 ? 2 * bounds.length : 2 * at + (value === bounds[at] ? 1 : 0)]++;
      }
    }
    return counts;
  };
  return [count(mine), count(theirs)];
}

/** Numbers that are sorted to find tenths of them. */
const SORTED = 100_000;

function stability([mine, theirs]: Parts): number {
  const shares = (counts: Float64Array) => {
    const all = counts.reduce((sum, count) => sum + count, 0);
    return counts.map((count) => Math.max(LEAST_SHARE, count / Math.max(1, all)));
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
function driftText({ drift, unseen = 0 }: ColumnProfile): string {
  if (drift === undefined) return '–';
  if (drift === Number.POSITIVE_INFINITY) return 'another type !';
  return `${drift.toFixed(3)}${drift > 0.25 ? ' !' : ''}${unseen >= 0.001 ? `, ${(100 * unseen).toFixed(1)} % unseen` : ''}`;
}

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
    ...(profile.compared ? [driftText(column)] : []),
  ]);
  const table = [headings(profile), ...lines];
  const widths = table[0].map((_, i) => Math.max(...table.map((line) => line[i].length)));
  const body = table.map((line) =>
    line
      .map((cell, i) => cell.padEnd(widths[i]))
      .join('  ')
      .trimEnd(),
  );
  return [`${countedRows(profile.rows)} (${profile.source})`, ...body].join('\n');
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
          bins.map(({ name, count }) => `${name}: ${countedRows(count)}`),
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
    if (profile.compared) cells.push(cell(escapeHtml(driftText(column))));
    return `<tr>${cells.join('')}</tr>`;
  });
  const head = headings(profile).map((heading) => `<th style="text-align:left">${escapeHtml(heading)}</th>`);
  return (
    `<p>${escapeHtml(`${countedRows(profile.rows)} (${profile.source})`)}</p><div style="overflow-x:auto"><table>` +
    `<thead><tr>${head.join('')}</tr></thead><tbody>${lines.join('')}</tbody></table></div>`
  );
}
