import { DataError } from '../errors';
import { compact, Dictionary, Lists, Numbers, type StoredColumn, Texts } from './columns';
import { sqlName } from './duckdb/names';
import { columnOf } from './from';
import { runQuery } from './query';
import { Table } from './table';

/** What `Table`'s queries do: DuckDB sees only the columns that a query names, and says which rows; they are taken here. */

export type RowFunction = (row: Readonly<Record<string, unknown>>, index: number) => unknown;

export interface JoinOptions {
  /** Columns that must be equal, of both tables or `{ mine: 'theirs' }`. */
  on: string | readonly string[] | Readonly<Record<string, string>>;
  /** `left` (default): rows without a partner stay, with what is missing; `inner`: they go. */
  how?: 'left' | 'inner';
}

/** The columns whose names an expression holds; all where it holds a star. */
export function named(table: Table, expression: string): Table {
  const text = expression.toLowerCase();
  if (/[*#]/.test(text.replace(/count\(\s*\*\s*\)/g, ''))) return table;
  // In quotes, one of a name's own stands twice.
  const names = table.names.filter((name) => text.includes(name.toLowerCase().replaceAll('"', '""')));
  // A table needs a column for its number of rows.
  return names.length > 0 || table.rows === 0 ? table.select(names) : table.select(table.names.slice(0, 1));
}

/**
 * A table of the query with the number of each row. DuckDB's own is `rowid`, which a column of that name hides: rows are counted then.
 */
function numbered(name: string, table: Table): { from: string; row: string } {
  if (!table.names.some((column) => column.toLowerCase() === 'rowid')) return { from: name, row: `${name}.rowid` };
  const row = sqlName('number of the row');
  return { from: `(SELECT row_number() OVER () - 1 AS ${row}, * FROM ${name}) AS ${name}`, row: `${name}.${row}` };
}

/**
 * The value of an SQL expression in each row.
 * @param select the expression, or what is made of it
 * @throws DataError for one that gives more or fewer values than there are rows, as aggregates do
 */
export async function valueOfRows(
  table: Table,
  where: string,
  expression: string,
  select = `(${expression})`,
): Promise<StoredColumn> {
  const needed = named(table, expression);
  const { from, row } = numbered('this', needed);
  // Rows come as they are from all but functions, of which windows sort them.
  const order = expression.includes('(') ? ` ORDER BY ${row}` : '';
  const query = `SELECT ${select} AS value FROM ${from}${order}`;
  const result = await runQuery(query, where, { this: needed }).catch((error) => {
    if (!/must appear in the GROUP BY/i.test((error as Error).message)) throw error;
    throw new DataError(
      `${where}: ${expression} makes one value of all rows. As a value of each row it is a window: avg(x) OVER ().`,
      { cause: error },
    );
  });
  return oneARow(result.column('value'), table, where);
}

function oneARow(column: StoredColumn, table: Table, where: string): StoredColumn {
  if (column.length === table.rows) return column;
  throw new DataError(`${where} gave ${column.length} values for ${table.rows} rows; each row needs one.`);
}

export async function withColumn(
  table: Table,
  name: string,
  value: string | RowFunction | ArrayLike<unknown>,
): Promise<Table> {
  const column = oneARow(await newColumn(table, name, value), table, `${table.source}: withColumn '${name}'`);
  return new Table(new Map<string, StoredColumn>(table.columns).set(name, column), table.source);
}

async function newColumn(
  table: Table,
  name: string,
  value: string | RowFunction | ArrayLike<unknown>,
): Promise<StoredColumn> {
  const where = `${table.source}: withColumn`;
  if (typeof value === 'string') return valueOfRows(table, `${where} '${name}'`, value);
  if (typeof value !== 'function') return columnOf(name, value, where);
  const columns = [...table.columns];
  const values = Array.from({ length: table.rows }, (_, row) =>
    value(Object.fromEntries(columns.map(([each, column]) => [each, column.at(row)])), row),
  );
  return columnOf(name, values, where);
}

export async function sortedTable(table: Table, by: string | readonly string[], descending: boolean): Promise<Table> {
  const keys = typeof by === 'string' ? [by] : by;
  if (keys.length === 0)
    throw new DataError(`${table.source}: sort: name a column. Columns: ${table.names.join(', ')}.`);
  const order = keys.map((key) => `${sqlName(key)} ${descending ? 'DESC' : 'ASC'} NULLS LAST`).join(', ');
  const needed = table.select(keys);
  const { from, row } = numbered('this', needed);
  const query = `SELECT ${row} AS row FROM ${from} ORDER BY ${order}, ${row}`;
  const result = await runQuery(query, `${table.source}: sort`, { this: needed });
  return table.take(result.typed('row'));
}

export async function groupedTable(
  table: Table,
  by: string | readonly string[],
  aggregates: Readonly<Record<string, string>>,
): Promise<Table> {
  const keys = typeof by === 'string' ? [by] : by;
  for (const key of keys) table.column(key);
  const where = `${table.source}: groupBy`;
  if (typeof aggregates !== 'object' || aggregates === null || Object.keys(aggregates).length === 0) {
    throw new DataError(`${where}: give aggregates with the names of their columns, e.g. { n: 'count(*)' }.`);
  }
  const taken = keys.find((key) => Object.hasOwn(aggregates, key));
  if (taken !== undefined) {
    throw new DataError(`${where}: '${taken}' is grouped by; give the aggregate ${aggregates[taken]} another name.`);
  }
  const selected = [
    ...keys.map(sqlName),
    ...Object.entries(aggregates).map(([name, sql]) => `${sql} AS ${sqlName(name)}`),
  ];
  const inAggregates = named(table, Object.values(aggregates).join(' '));
  const needed = table.select([...new Set([...keys, ...inAggregates.names])]);
  const { from, row } = numbered('this', needed);
  const group = keys.length > 0 ? `GROUP BY ${keys.map(sqlName).join(', ')} ORDER BY min(${row})` : '';
  return runQuery(`SELECT ${selected.join(', ')} FROM ${from} ${group}`, where, { this: needed });
}

export async function joinedTable(table: Table, other: Table, { on, how = 'left' }: JoinOptions): Promise<Table> {
  if (how !== 'left' && how !== 'inner')
    throw new DataError(`${table.source}: join: 'how' is '${String(how)}'; choose 'left' or 'inner'.`);
  const pairs: (readonly [string, string])[] =
    typeof on === 'string'
      ? [[on, on]]
      : Array.isArray(on)
        ? on.map((name) => [name, name] as const)
        : Object.entries(on ?? {});
  if (pairs.length === 0)
    throw new DataError(`${table.source}: join: name the columns that must be equal: { on: 'item_id' }.`);
  for (const [mine, theirs] of pairs) {
    const [a, b] = [table.cells(mine), other.cells(theirs)];
    if (a.type !== b.type) {
      throw new DataError(
        `${table.source}: join: column '${mine}' holds ${a.type === 'string' ? 'text' : 'numbers'}, '${theirs}' of ${other.source} ` +
          `${b.type === 'string' ? 'text' : 'numbers'}, so none would be equal. Read both as one type: { types: { '${mine}': 'text' } }.`,
      );
    }
  }
  const keys = new Set(pairs.map(([, theirs]) => theirs));
  const added = other.names.filter((name) => !keys.has(name));
  const taken = added.find((name) => table.columns.has(name));
  if (taken !== undefined) {
    throw new DataError(
      `${table.source}: join: both tables have a column '${taken}'. Rename one: other.rename({ '${taken}': '...' }).`,
    );
  }
  const condition = pairs.map(([mine, theirs]) => `mine.${sqlName(mine)} = theirs.${sqlName(theirs)}`).join(' AND ');
  const keysOf = { mine: table.select([...new Set(pairs.map(([mine]) => mine))]), theirs: other.select([...keys]) };
  const [a, b] = [numbered('mine', keysOf.mine), numbered('theirs', keysOf.theirs)];
  const rows = await runQuery(
    `SELECT ${a.row} AS a, ${b.row} AS b FROM ${a.from} ${how.toUpperCase()} JOIN ${b.from} ON ${condition} ORDER BY 1, 2`,
    `${table.source}: join`,
    keysOf,
  );
  const columns = new Map<string, StoredColumn>(table.take(rows.typed('a')).columns);
  const partners = rows.typed('b');
  for (const name of added) columns.set(name, takeOrMissing(other.column(name), partners));
  return new Table(columns, table.source);
}

/** Rows of a column; what is missing where the row is NaN. */
function takeOrMissing(column: StoredColumn, rows: ArrayLike<number>): StoredColumn {
  if (rows instanceof Int32Array) return column.take(rows);
  if (column.type === 'number') {
    return new Numbers(
      compact(Float64Array.from(rows, (row) => (Number.isNaN(row) ? Number.NaN : column.values[row]))),
    );
  }
  if (column.type === 'string') {
    return new Texts(
      Int32Array.from(rows, (row) => (Number.isNaN(row) ? -1 : column.codes[row])),
      column.dictionary,
    );
  }
  // An empty list after the column's own stands for a row without a partner.
  const padded = new Lists(Int32Array.from([...column.offsets, column.offsets[column.length]]), column.items);
  return padded.take(Int32Array.from(rows, (row) => (Number.isNaN(row) ? column.length : row)));
}

/**
 * Columns of one position each as lists, see `Table.withLists`. The first list's columns say at which positions a row has a
 * behaviour: those are kept of all.
 */
export function withLists(table: Table, lists: Readonly<Record<string, readonly string[]>>): Table {
  const where = `${table.source}: withLists`;
  const names = Object.keys(lists ?? {});
  if (names.length === 0 || names.some((name) => !Array.isArray(lists[name]) || lists[name].length === 0)) {
    throw new DataError(
      `${where}: give the columns of each list, the most recent first: { hist_item: ['item1', 'item2'] }.`,
    );
  }
  const [first] = names;
  const width = lists[first].length;
  const uneven = names.find((name) => lists[name].length !== width);
  if (uneven !== undefined) {
    throw new DataError(
      `${where}: '${uneven}' has ${lists[uneven].length} positions, '${first}' ${width}: they stand side by side.`,
    );
  }
  // The oldest position comes first.
  const cells = lists[first].map((name) => table.cells(name)).reverse();
  const there = cells.map((column) =>
    column.type === 'string'
      ? Uint8Array.from(column.codes, (code) => (code >= 0 ? 1 : 0))
      : Uint8Array.from(column.values, (value) => (value === 0 || Number.isNaN(value) ? 0 : 1)),
  );
  const offsets = new Int32Array(table.rows + 1);
  for (let row = 0; row < table.rows; row++) {
    offsets[row + 1] = offsets[row];
    for (const position of there) offsets[row + 1] += position[row];
  }
  const columns = new Map<string, StoredColumn>(table.columns);
  for (const name of names) {
    const positions = lists[name].map((column) => table.cells(column)).reverse();
    columns.set(name, new Lists(offsets, gathered(positions, there, offsets[table.rows], `${where}: '${name}'`)));
  }
  return new Table(columns, table.source);
}

/** Row by row, the values of the positions that are there. */
function gathered(positions: readonly (Numbers | Texts)[], there: readonly Uint8Array[], total: number, where: string) {
  const text = positions[0].type === 'string';
  if (positions.some((column) => (column.type === 'string') !== text)) {
    throw new DataError(`${where}: some of its columns hold text, others numbers.`);
  }
  const dictionary = new Dictionary();
  const values = positions.map((column) => {
    if (column.type === 'number') return column.values;
    const codes = column.dictionary.map((each) => dictionary.code(each));
    return column.codes.map((code) => (code < 0 ? -1 : codes[code]));
  });
  const out = text ? new Int32Array(total) : new Float64Array(total);
  let at = 0;
  for (let row = 0; row < there[0].length; row++) {
    for (let k = 0; k < there.length; k++) if (there[k][row] === 1) out[at++] = values[k][row];
  }
  return text ? new Texts(out as Int32Array, dictionary.texts) : new Numbers(compact(out as Float64Array));
}
