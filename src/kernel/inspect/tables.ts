import type { StoredColumn } from '../../din/data/columns';
import { tableOutput } from '../../din/data/preview';
import type { Table } from '../../din/data/table';
import type { PageQuery, TablePage } from '../../outputs/inspect';
import type { Scalar, TableOutput } from '../../outputs/table';
import { filterProblem, findRows, type QueryColumn } from '../../outputs/table-query';
import { recordCell, recordsTable } from '../display/records';
import { isPure, ownValue } from './preview';
import { TABLE_FIELDS } from './variable';

/** A table that is paged where it lies. */
export interface Pageable {
  output: TableOutput;
  columns: QueryColumn[];
}

function numberKeys(column: StoredColumn): Float64Array | undefined {
  if (column.type === 'number') return Float64Array.from(column.values);
  if (column.type === 'list') return undefined;
  // The order of the different texts gives that of the rows.
  const { codes, dictionary } = column;
  const places = new Map(dictionary.map((text, code) => [text, code]));
  const ranks = new Float64Array(dictionary.length);
  for (const [rank, text] of [...dictionary].sort().entries()) ranks[places.get(text)!] = rank;
  const keys = new Float64Array(codes.length);
  for (let row = 0; row < keys.length; row++) keys[row] = codes[row]! < 0 ? Number.NaN : ranks[codes[row]!]!;
  return keys;
}

function tableColumn(table: Table, name: string): QueryColumn {
  const column = table.column(name);
  const at = (row: number): Scalar => {
    const value = column.at(row);
    if (typeof value === 'object') return `[${value.slice(0, 100).join(', ')}${value.length > 100 ? ', …' : ''}]`;
    return Number.isNaN(value) || value === '' ? null : value;
  };
  const keys = column.type === 'list' ? undefined : () => numberKeys(column)!;
  return { name, length: table.rows, at, ...(keys ? { keys } : {}) };
}

/** A table of the library, or an array of records; undefined for other values. */
export function pageable(value: unknown, TableClass: typeof Table): Pageable | undefined {
  if (typeof value === 'object' && value !== null && isPure(value, TableClass, TABLE_FIELDS)) {
    const output = tableOutput(value);
    return { output, columns: output.columns.map(({ name }) => tableColumn(value, name)) };
  }
  const output = recordsTable(value);
  if (!output) return undefined;
  const records = value as unknown[];
  const columns = output.columns.map(({ name }) => ({
    name,
    length: records.length,
    at: (row: number) => recordCell(ownValue(records, row), name),
  }));
  return { output, columns };
}

/** Remembers the rows of the last question: pages of one order are not sorted anew. */
export class Pager {
  private last: { value: WeakRef<object>; size: number; key: string; rows: Uint32Array } | undefined;

  page(value: object, { columns }: Pageable, { start, count, ...query }: PageQuery): TablePage {
    const key = JSON.stringify([query.filter ?? '', query.sort ?? null]);
    const size = columns[0]?.length ?? 0;
    if (this.last?.value.deref() !== value || this.last.key !== key || this.last.size !== size) {
      this.last = { value: new WeakRef(value), size, key, rows: findRows(columns, query) };
    }
    const { rows } = this.last;
    const numbers = Array.from(rows.subarray(start, start + Math.min(count, 1000)));
    const problem = rows.length === 0 ? filterProblem(columns, query.filter) : undefined;
    return { found: rows.length, problem, numbers, rows: numbers.map((row) => columns.map(({ at }) => at(row))) };
  }
}
