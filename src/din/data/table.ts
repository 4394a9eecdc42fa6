import { drawn } from '../../base/random';
import { DISPLAY, type Displayable } from '../../outputs/display';
import type { MimeBundle } from '../../outputs/mime';
import { checkSeed, checkWhole, shown } from '../checks';
import { DataError } from '../errors';
import {
  type Column,
  INSPECT,
  type Lists,
  type NumberArray,
  type Numbers,
  type StoredColumn,
  storeColumn,
  type Texts,
  type Value,
} from './columns';
import {
  groupedTable,
  type JoinOptions,
  joinedTable,
  type RowFunction,
  sortedTable,
  withColumn,
  withLists,
} from './operations';
import { columnList, countedRows, tablePreview, tableText } from './preview';
import { type DescribeOptions, describe, type TableProfile } from './profile';
import { runQuery } from './query';

export type { Column, Value } from './columns';

/**
 * Named columns of equal length: what every data source yields and every feature column reads. Columns are typed
 * arrays, text by dictionary; parts of a table share them, so nobody writes into them.
 */
export class Table implements Displayable {
  readonly rows: number;
  readonly columns: ReadonlyMap<string, StoredColumn>;

  /** Throws a DataError for columns of different lengths, and for one that lacks its type. */
  constructor(
    columns: ReadonlyMap<string, Column | StoredColumn>,
    /** Where the rows come from, for error messages: a path, `simulated`, ... */
    readonly source: string,
    /** Rows before these in the table that this is a block of: errors count from the first. */
    readonly first = 0,
  ) {
    const stored = new Map<string, StoredColumn>();
    for (const [name, column] of columns) stored.set(name, storeColumn(source, name, column));
    this.columns = stored;
    this.rows = stored.values().next().value?.length ?? 0;
    for (const [name, { length }] of stored) {
      if (length !== this.rows) {
        throw new DataError(`${source}: column '${name}' has ${length} rows, the first column has ${this.rows}.`);
      }
    }
  }

  get names(): string[] {
    return [...this.columns.keys()];
  }

  /** Where the columns lie; `disk` where any of them does. */
  get storage(): 'memory' | 'disk' {
    return [...this.columns.values()].some(({ onDisk }) => onDisk) ? 'disk' : 'memory';
  }

  /**
   * Removes the files of a table on disk, before the kernel ends or nobody holds it any more. Parts of it and tables made of
   * it by `select`, `withColumn` and the like share its files: they end with it. In memory it changes nothing.
   */
  dispose(): void {
    for (const column of this.columns.values()) column.dispose();
  }

  /** Throws a DataError that lists the columns there are. */
  column(name: string): StoredColumn {
    const column = this.columns.get(name);
    if (column) return column;
    const why =
      typeof name === 'string'
        ? `there is no column '${name}'`
        : `a column is given by its name, such as '${this.names[0]}', not by ${shown(name)}`;
    throw new DataError(`${this.source}: ${why}. Columns: ${this.names.join(', ')}.`);
  }

  /** Throws a DataError when the column holds no numbers. Columns of another type than float64 are copied: see `typed`. */
  numbers(name: string): Float64Array {
    const values = this.typed(name);
    return values instanceof Float64Array ? values : Float64Array.from(values);
  }

  /** The numbers as they lie in memory: int32, float32 or float64; of a table on disk they are read. Throws a DataError when the column holds none. */
  typed(name: string): NumberArray {
    const column = this.column(name);
    if (column.type === 'number') return column.values;
    const sample = column.type === 'string' ? `text (e.g. '${textSample(column)}')` : 'lists';
    throw new DataError(`${this.source}: column '${name}' holds ${sample}, numbers are needed.`);
  }

  /** Values as text; numbers are printed, missing numbers are ''. Throws a DataError for a column of lists. */
  strings(name: string): string[] {
    const column = this.cells(name);
    if (column.type === 'string') return column.toArray();
    return Array.from(column.values, (v) => (Number.isNaN(v) ? '' : String(v)));
  }

  /** A column with one number or text a row. Throws a DataError for a column of lists. */
  cells(name: string): Numbers | Texts {
    const column = this.column(name);
    if (column.type !== 'list') return column;
    throw new DataError(`${this.source}: column '${name}' holds lists, one number or text a row is needed.`);
  }

  /** Text by dictionary: `dictionary[codes[row]]`, -1 = missing. Throws a DataError when the column holds no text. */
  texts(name: string): Texts {
    const column = this.column(name);
    if (column.type === 'string') return column;
    throw new DataError(
      `${this.source}: column '${name}' holds ${column.type === 'list' ? 'lists' : 'numbers'}, text is needed.`,
    );
  }

  /** Lists as values and offsets. Throws a DataError when the column holds none. */
  lists(name: string): Lists {
    const column = this.column(name);
    if (column.type === 'list') return column;
    throw new DataError(
      `${this.source}: column '${name}' holds ${column.type === 'string' ? 'text' : 'numbers'}, lists are needed. ` +
        `Text with a delimiter is read as lists with din.data.read(path, { lists: { '${name}': '|' } }).`,
    );
  }

  /**
   * The given rows (from 0), in the given order; a row may be taken several times.
   * Throws a DataError for what is no row of the table.
   */
  take(rows: ArrayLike<number>): Table {
    checkList(this.source, 'take', rows, 'rows, such as [0, 2]; slice(0, n) gives the first n');
    for (let i = 0; i < rows.length; i++) {
      const row = rows[i];
      if (!(row >= 0 && row < this.rows && Number.isInteger(row))) {
        throw new DataError(
          `${this.source}: take: ${String(row)} (entry ${i} of the list) is no row; the table's rows are ` +
            (this.rows === 0 ? 'none.' : `0 to ${this.rows - 1}.`),
        );
      }
    }
    return this.map((column) => column.take(rows));
  }

  /**
   * The rows from `start` up to `end`, as `Array.slice` counts them: from the end where negative, within the table. They are
   * shared, not copied. Throws a DataError for what is no whole number.
   */
  slice(start = 0, end = this.rows): Table {
    const from = this.place('start', start);
    const to = Math.max(from, this.place('end', end));
    return this.map((column) => column.slice(from, to));
  }

  /** As `slice`, of whoever splits a table that he was given: errors go on to count its rows. */
  part(start: number, end: number): Table {
    return this.map((column) => column.slice(start, end), this.first + start);
  }

  private place(name: string, index: number): number {
    if (index !== Infinity) checkWhole(`${this.source}: slice`, name, index);
    return Math.min(this.rows, index < 0 ? Math.max(0, this.rows + index) : index);
  }

  /** `count` rows from `start`, in memory: a block, for whoever reads a table in parts. Shared where the table is in memory. */
  read(start: number, count: number): Table {
    this.checkBlock(start, count);
    const columns = [...this.columns].map(
      ([name, column]) => [name, column.slice(start, start + count).load()] as const,
    );
    return new Table(new Map(columns), this.source, this.first + start);
  }

  /** `read` while other work goes on. */
  async fetch(start: number, count: number): Promise<Table> {
    this.checkBlock(start, count);
    const columns = [...this.columns].map(
      async ([name, column]) => [name, await column.slice(start, start + count).fetch()] as const,
    );
    return new Table(new Map(await Promise.all(columns)), this.source, this.first + start);
  }

  private checkBlock(start: number, count: number): void {
    checkWhole(this.source, 'start', start, { from: 0, to: this.rows });
    checkWhole(this.source, 'count', count, { from: 0, to: this.rows - start });
  }

  /** Only these columns, in this order; the values are shared. Throws a DataError for a column that is not there. */
  select(names: readonly string[]): Table {
    checkList(this.source, 'select', names, "names, such as ['user', 'item']");
    return new Table(new Map(names.map((name) => [name, this.column(name)])), this.source, this.first);
  }

  /** The rows whose value in a column is wanted. Throws a DataError for a column that is not there. */
  filter<V extends Value = number | string>(name: string, wanted: (value: V, row: number) => boolean): Table {
    const column = this.column(name);
    if (typeof wanted !== 'function') {
      throw new DataError(
        `${this.source}: filter: the second argument is a function of the value, such as (value) => value === 1, not ${String(wanted)}.`,
      );
    }
    let count = 0;
    const rows = new Int32Array(this.rows);
    for (let row = 0; row < this.rows; row++) if (wanted(column.at(row) as V, row)) rows[count++] = row;
    return this.map((each) => each.take(rows.subarray(0, count)));
  }

  /** Up to `count` different rows drawn by chance, the same for the same seed. */
  sample(count: number, seed = 42): Table {
    checkWhole(this.source, 'count', count, { from: 1, to: Number.MAX_SAFE_INTEGER });
    checkSeed(this.source, seed);
    return this.take(drawn(Math.min(count, this.rows), this.rows, seed));
  }

  /** Columns under other names: `{ old: 'new' }`. Throws a DataError for a column that is not there, and for a name twice. */
  rename(names: Readonly<Record<string, string>>): Table {
    for (const name of Object.keys(names)) this.column(name);
    const renamed = new Map<string, StoredColumn>();
    for (const [name, column] of this.columns) {
      const next = Object.hasOwn(names, name) ? names[name] : name;
      if (renamed.has(next)) throw new DataError(`${this.source}: rename: there would be two columns '${next}'.`);
      renamed.set(next, column);
    }
    return new Table(renamed, this.source);
  }

  /**
   * What the columns hold: type, missing and different values, distribution; with labels their rate, and `against` another
   * table the drift. Displayed, a line a column with small pictures.
   */
  describe(options: DescribeOptions = {}): TableProfile {
    return describe(this, options);
  }

  /**
   * The result of any DuckDB query, which names this table `this`: `table.sql('SELECT user, count(*) AS n FROM this GROUP BY user')`.
   * What is missing is NULL. Throws a DataError with what DuckDB says of the query.
   */
  async sql(query: string): Promise<Table> {
    return runQuery(query, `${this.source}: sql`, { this: this }, { tellsFiles: true });
  }

  /**
   * With a column more (or another in its place): an SQL expression over the columns (`'price * 2'`, also with windows), a
   * function of the row, or an array. Throws a DataError for an expression that is wrong or gives another number of rows.
   */
  async withColumn(name: string, value: string | RowFunction | ArrayLike<unknown>): Promise<Table> {
    return withColumn(this, name, value);
  }

  /**
   * Columns of one position each, the most recent first, as list columns, the most recent last:
   * `withLists({ hist_movie: ['userRatedMovie1', 'userRatedMovie2'], hist_kind: ['userRatedKind1', 'userRatedKind2'] })`. Positions
   * whose first list is empty, missing or 0 are padding, and left out of all. The columns stay. Throws a DataError for lists of different widths.
   */
  withLists(lists: Readonly<Record<string, readonly string[]>>): Table {
    return withLists(this, lists);
  }

  /** By one column or several, what is missing last; equal rows keep their order. */
  async sort(by: string | readonly string[], { descending = false }: { descending?: boolean } = {}): Promise<Table> {
    return sortedTable(this, by, descending);
  }

  /**
   * With the columns of another table, by equal keys: in this table's order, a row for each partner. Throws a DataError for
   * keys of different types and for columns that both have.
   */
  async join(other: Table, options: JoinOptions): Promise<Table> {
    return joinedTable(this, other, options);
  }

  /** A row a group, in the order of first appearance: the keys and SQL aggregates, `{ clicks: 'sum(click)', n: 'count(*)' }`. */
  async groupBy(by: string | readonly string[], aggregates: Readonly<Record<string, string>>): Promise<Table> {
    return groupedTable(this, by, aggregates);
  }

  /** Names, types and the first rows. */
  [DISPLAY](): MimeBundle {
    return tablePreview(this);
  }

  /** In `console.log`: the same as text; inside other values one line. */
  [INSPECT](depth: number, options: { depth?: number | null }): string {
    return depth === options.depth ? tableText(this) : `Table(${countedRows(this.rows)}: ${columnList(this)})`;
  }

  private map(change: (column: StoredColumn) => StoredColumn, first = 0): Table {
    return new Table(new Map([...this.columns].map(([name, column]) => [name, change(column)])), this.source, first);
  }
}

/** A text that is no number, where there is one. */
function textSample(column: Texts): string {
  return column.dictionary.find((text) => Number.isNaN(Number(text))) ?? column.at(0);
}

function checkList(source: string, method: string, list: unknown, wanted: string): void {
  if (typeof list === 'object' && list !== null && typeof (list as ArrayLike<unknown>).length === 'number') return;
  throw new DataError(`${source}: ${method} takes a list of ${wanted}, not ${String(list)}.`);
}
