import type { MimeBundle } from '../../outputs/mime';
import type { Table } from './table';

const PREVIEW_ROWS = 5;
const CELL_WIDTH = 24;
const PREVIEW_LINES = 16;

export function escapeHtml(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/"/g, '&quot;');
}

/** `12,345`: the same in every locale, so that saved outputs compare equal. */
export function formatCount(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+(?!\d))/g, ',');
}

function formatCell(value: number | string): string {
  if (typeof value === 'string') return value.length > CELL_WIDTH ? `${value.slice(0, CELL_WIDTH - 1)}…` : value;
  if (Number.isNaN(value)) return '';
  return Number.isInteger(value) ? String(value) : String(Number(value.toFixed(3)));
}

const previewRows = (table: Table) => Math.min(PREVIEW_ROWS, table.rows);

function cells(table: Table, name: string): string[] {
  const { values } = table.column(name);
  return Array.from({ length: previewRows(table) }, (_, row) => formatCell(values[row]));
}

function heading(table: Table): string {
  const columns = table.names.length;
  return `${formatCount(table.rows)} rows × ${columns} columns (${table.source})`;
}

/** One line a column (name, type, first values), since a wide table does not fit a line of text; of many columns the first. */
export function tableText(table: Table): string {
  const families = columnFamilies(table);
  const shown = families.slice(0, families.length > PREVIEW_LINES + 1 ? PREVIEW_LINES : families.length);
  const width = Math.max(0, ...shown.map(({ label }) => label.length));
  const lines = shown.map(({ label, first }) => {
    const type = table.column(first).type;
    return `  ${label.padEnd(width)}  ${type}  ${cells(table, first).join(' | ')}`.trimEnd();
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
    if (goesOn && table.column(last.first).type === table.column(name).type) last.to = number;
    else families.push({ first: name, stem, from: number, to: number });
  }
  return families.map(({ first, from, to }) => ({ first, label: to > from ? `${first}…${to}` : first }));
}

/** The first rows, with column names and types; scrolls sideways when it is wider than the page. */
export function tableHtml(table: Table): string {
  const head = table.names
    .map((name) => `<th>${escapeHtml(name)}<br><small>${table.column(name).type}</small></th>`)
    .join('');
  const columns = table.names.map((name) => cells(table, name));
  const body = Array.from({ length: previewRows(table) }, (_, row) => {
    return `<tr>${columns.map((column) => `<td>${escapeHtml(column[row])}</td>`).join('')}</tr>`;
  }).join('');
  return (
    `<p>${escapeHtml(heading(table))}</p>` +
    `<div style="overflow-x:auto"><table><thead><tr>${head}</tr></thead><tbody>${body}</tbody></table></div>`
  );
}

export function tablePreview(table: Table): MimeBundle {
  return { 'text/plain': tableText(table), 'text/html': tableHtml(table) };
}
