import { escapeXml } from '../base/escape';
import { counted } from '../base/words';
import { formatCount } from './format';
import { count, field, list, OutputError, oneOf, text } from './parse';

/** What one cell of a table holds; anything else stands there as text. Missing is null. */
export type Scalar = number | string | boolean | null;

export interface TableColumn {
  name: string;
  /** As people call it: `number`, `string`, `list of number`, `date`, `mixed`. */
  type: string;
  /** Of the first rows. */
  values: Scalar[];
}

/** A table as an output keeps it: its size, and its first rows by columns. */
export interface TableOutput {
  version: 1;
  /** Where the rows come from. */
  source?: string;
  /** Of the whole table. */
  rows: number;
  /** Columns of the whole table, where there are more than are kept. */
  columnCount?: number;
  columns: TableColumn[];
}

/** What an output keeps of a table: more is in the kernel, not in the file. */
export const TABLE_LIMIT = { rows: 500, cells: 20_000, columns: 100, characters: 200 } as const;

/** How many of `rows` an output of so many columns keeps. */
export function keptRows(rows: number, columns: number): number {
  return Math.min(rows, TABLE_LIMIT.rows, Math.max(5, Math.floor(TABLE_LIMIT.cells / Math.max(1, columns))));
}

/** A value as a cell shows it: long texts are cut, numbers that JSON cannot hold are texts. */
export function scalar(value: Scalar): Scalar {
  if (typeof value === 'number' && !Number.isFinite(value)) return String(value);
  if (typeof value !== 'string' || value.length <= TABLE_LIMIT.characters) return value;
  return `${value.slice(0, TABLE_LIMIT.characters - 1)}…`;
}

/** Six significant places where there are decimals, two decimals at least; ids stay as they are. */
export function scalarText(value: Scalar): string {
  if (value === null) return '';
  if (typeof value !== 'number' || Number.isInteger(value)) return String(value);
  const whole = Math.abs(value) < 1e15 ? String(Math.trunc(Math.abs(value))).length : 6;
  return String(Number(value.toPrecision(Math.max(6, whole + 2))));
}

/** @throws OutputError that names the first wrong place */
export function parseTableOutput(value: unknown): TableOutput {
  const whole = { value, path: 'table' };
  oneOf(field(whole, 'version'), [1]);
  const rows = count(field(whole, 'rows'));
  let length: number | undefined;
  const columns = list(field(whole, 'columns')).map((entry, index): TableColumn => {
    const place = { value: entry, path: `table.columns[${index}]` };
    const values = list(field(place, 'values'));
    length ??= values.length;
    if (values.length !== length || length > rows) {
      throw new OutputError(
        `${place.path}.values must have ${Math.min(length, rows)} entries, but has ${values.length}.`,
      );
    }
    const wrong = values.findIndex((each) => typeof each === 'object' && each !== null);
    if (wrong >= 0)
      throw new OutputError(`${place.path}.values[${wrong}] must be a text, a number, true, false or null.`);
    return { name: text(field(place, 'name')), type: text(field(place, 'type'), 100), values: values as Scalar[] };
  });
  if (columns.length * (length ?? 0) > 1_000_000) {
    throw new OutputError(
      `The table holds ${columns.length * (length ?? 0)} cells, more than a page can show (1,000,000).`,
    );
  }
  const source = field(whole, 'source');
  const columnCount = field(whole, 'columnCount');
  return {
    version: 1,
    rows,
    columns,
    ...(source.value === undefined ? {} : { source: text(source) }),
    ...(columnCount.value === undefined ? {} : { columnCount: count(columnCount) }),
  };
}

/** `1,000,000 rows × 5 columns (ratings.csv)`. */
export function tableHeading({
  rows,
  columns,
  columnCount = columns.length,
  source,
}: Pick<TableOutput, 'rows' | 'columns' | 'columnCount' | 'source'>): string {
  const size = `${counted(rows, 'row', 'rows', formatCount)} × ${counted(columnCount, 'column', 'columns', formatCount)}`;
  return source ? `${size} (${source})` : size;
}

/** The first rows as lines of text, below the names and types of the columns. */
export function tableLines(table: TableOutput, most = 20): string {
  const shown = Math.min(most, table.columns[0]?.values.length ?? 0);
  const names = table.columns.map(({ name, type }) => `${name} (${type})`).join(' | ');
  const rows = Array.from({ length: shown }, (_, row) =>
    table.columns.map(({ values }) => scalarText(values[row] ?? null)).join(' | '),
  );
  const more = table.rows > shown ? [`(${formatCount(table.rows - shown)} more rows)`] : [];
  return [tableHeading(table), names, ...rows, ...more].join('\n');
}

/** The first rows as markup without any script, for a printed page. */
export function tableMarkup(table: TableOutput, most = 20): string {
  const shown = Math.min(most, table.columns[0]?.values.length ?? 0);
  const head = table.columns.map(({ name }) => `<th scope="col">${escapeXml(name)}</th>`).join('');
  const rows = Array.from(
    { length: shown },
    (_, row) =>
      `<tr>${table.columns.map(({ values }) => `<td>${escapeXml(scalarText(values[row] ?? null))}</td>`).join('')}</tr>`,
  ).join('');
  const left = table.rows - shown;
  const more = left > 0 ? `<p>${escapeXml(`${left} more rows are not shown here.`)}</p>` : '';
  return `<p>${escapeXml(tableHeading(table))}</p><table class="data"><thead><tr>${head}</tr></thead><tbody>${rows}</tbody></table>${more}`;
}
