import type { MimeBundle } from '../../outputs/mime';
import type { Table } from './table';

const PREVIEW_ROWS = 5;
const CELL_WIDTH = 24;

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

/** One line a column (name, type, first values), since a wide table does not fit a line of text. */
export function tableText(table: Table): string {
  const width = Math.max(0, ...table.names.map((n) => n.length));
  const lines = table.names.map((name) => {
    const type = table.column(name).type;
    return `  ${name.padEnd(width)}  ${type}  ${cells(table, name).join(' | ')}`.trimEnd();
  });
  return [heading(table), ...lines].join('\n');
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
