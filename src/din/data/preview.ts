import { escapeHtml } from '../../base/escape';
import { counted } from '../../base/words';
import { MIME_TABLE, type MimeBundle } from '../../outputs/mime';
import { keptRows, type Scalar, scalar, TABLE_LIMIT, type TableOutput, tableHeading } from '../../outputs/table';
import type { StoredColumn, Value } from './columns';
import type { Table } from './table';

const PREVIEW_ROWS = 5;
const CELL_WIDTH = 24;
const PREVIEW_LINES = 16;
/** Characters that stand side by side on a page. */
const PAGE_WIDTH = 110;

/** `12,345`: the same in every locale, so that saved outputs compare equal. */
export function formatCount(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+(?!\d))/g, ',');
}

/** `1 row`, `12,345 rows`. */
export const countedRows = (rows: number) => counted(rows, 'row', 'rows', formatCount);

/** On one line, whatever stands in it: `two\\nlines`. */
const onOneLine = (text: string) => text.replace(/[\p{Cc}\u2028\u2029]/gu, (sign) => JSON.stringify(sign).slice(1, -1));

function formatCell(value: Value): string {
  if (typeof value === 'object') return formatCell(`[${value.slice(0, CELL_WIDTH).map(formatCell).join(', ')}]`);
  if (typeof value === 'string') return value.length > CELL_WIDTH ? `${value.slice(0, CELL_WIDTH - 1)}…` : value;
  if (Number.isNaN(value)) return '';
  return Number.isInteger(value) ? String(value) : String(Number(value.toFixed(3)));
}

/** `number`, `string`, `list of string`. */
export function typeName(column: StoredColumn): string {
  return column.type === 'list' ? `list of ${column.items.type}` : column.type;
}

const previewRows = (table: Table) => Math.min(PREVIEW_ROWS, table.rows);

function cells(table: Table, name: string): string[] {
  const column = table.column(name);
  return Array.from({ length: previewRows(table) }, (_, row) => formatCell(column.at(row)));
}

const heading = (table: Table) =>
  tableHeading({ rows: table.rows, columns: [], columnCount: table.names.length, source: table.source });

/** One line a column (name, type, first values), since a wide table does not fit a line of text; of many columns the first. */
export function tableText(table: Table): string {
  const families = columnFamilies(table).map(({ label, first }) => ({ label: onOneLine(label), first }));
  const shown = families.slice(0, families.length > PREVIEW_LINES + 1 ? PREVIEW_LINES : families.length);
  const width = Math.max(0, ...shown.map(({ label }) => label.length));
  const lines = shown.map(({ label, first }) => {
    const type = typeName(table.column(first));
    return `  ${label.padEnd(width)}  ${type}  ${cells(table, first).map(onOneLine).join(' | ')}`.trimEnd();
  });
  const hidden = families.slice(shown.length).map(({ label }) => label);
  return [heading(table), ...lines, ...(hidden.length > 0 ? [`  … and ${hidden.join(', ')}`] : [])].join('\n');
}

/** The names of all columns, in a line. */
export function columnList(table: Table): string {
  return columnFamilies(table)
    .map(({ label }) => label)
    .join(', ');
}

/** Columns in their order; those that are numbered on (`userGenre1`, `userGenre2`, ...) as one: `userGenre1…5`. */
function columnFamilies(table: Table): { label: string; first: string }[] {
  const families: { first: string; stem: string; from: number; to: number }[] = [];
  for (const name of table.names) {
    const [, stem = name, digits] = /^(.*?\D)([1-9]\d*)$/.exec(name) ?? [];
    const number = digits === undefined ? Number.NaN : Number(digits);
    const last = families.at(-1);
    const goesOn = last?.stem === stem && last.to + 1 === number;
    if (goesOn && typeName(table.column(last.first)) === typeName(table.column(name))) last.to = number;
    else families.push({ first: name, stem, from: number, to: number });
  }
  return families.map(({ first, from, to }) => ({ first, label: to > from ? `${first}…${to}` : first }));
}

/** Characters of the widest line, with two between columns. */
function pageWidth(table: Table): number {
  const widths = table.names.map((name) => Math.max(...[name, ...cells(table, name)].map(({ length }) => length)));
  return widths.reduce((sum, width) => sum + width + 2, 0);
}

/** The first rows with column names and types: a line a row, or, when that would not fit a page, a line a column. */
export function tableHtml(table: Table): string {
  const columns = table.names.map((name) => {
    const type = typeName(table.column(name));
    const style = type === 'number' ? 'text-align:right' : 'text-align:left';
    return { name: escapeHtml(name), type, cells: cells(table, name).map(escapeHtml), style };
  });
  const lines =
    pageWidth(table) <= PAGE_WIDTH
      ? [
          columns.map(({ name, type, style }) => `<th style="${style}">${name}<br><small>${type}</small></th>`),
          ...Array.from({ length: previewRows(table) }, (_, row) =>
            columns.map((column) => `<td style="${column.style}">${column.cells[row]}</td>`),
          ),
        ]
      : columns.map(({ name, type, cells: values, style }) => [
          `<th style="text-align:left">${name}</th><td style="text-align:left"><small>${type}</small></td>`,
          ...values.map((value) => `<td style="${style}">${value}</td>`),
        ]);
  const body = lines.map((line) => `<tr>${line.join('')}</tr>`).join('');
  return `<p>${escapeHtml(heading(table))}</p><div style="overflow-x:auto"><table>${body}</table></div>`;
}

/** The first rows, for a page that sorts and filters them. */
export function tableOutput(table: Table): TableOutput {
  const names = table.names.slice(0, TABLE_LIMIT.columns);
  const rows = keptRows(table.rows, names.length);
  const columns = names.map((name) => {
    const column = table.column(name);
    return {
      name,
      type: typeName(column),
      values: Array.from({ length: rows }, (_, row) => cellValue(column.at(row))),
    };
  });
  const columnCount = table.names.length > names.length ? { columnCount: table.names.length } : {};
  return { version: 1, source: table.source, rows: table.rows, ...columnCount, columns };
}

function cellValue(value: Value): Scalar {
  if (typeof value !== 'object') return Number.isNaN(value) || value === '' ? null : scalar(value);
  const shown = value.slice(0, TABLE_LIMIT.characters);
  return scalar(`[${shown.join(', ')}${value.length > shown.length ? ', …' : ''}]`);
}

export function tablePreview(table: Table): MimeBundle {
  return { [MIME_TABLE]: tableOutput(table), 'text/plain': tableText(table), 'text/html': tableHtml(table) };
}
