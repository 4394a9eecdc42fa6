import { DISPLAY, type Displayable } from '../../outputs/display';
import type { MimeBundle } from '../../outputs/mime';
import { DataError } from '../errors';
import { checkWhole } from './options';
import { tablePreview } from './preview';
import { checkSeed, permutation } from './random';

/** Numbers as float64 (ids stay exact to 2^53, missing = NaN) or strings (missing = ''). */
export type Column = { type: 'number'; values: Float64Array } | { type: 'string'; values: string[] };

/** Named columns of equal length: what every data source yields and every feature column reads. */
export class Table implements Displayable {
  readonly rows: number;

  constructor(
    readonly columns: ReadonlyMap<string, Column>,
    /** Where the rows come from, for error messages: a path, `simulated`, ... */
    readonly source: string,
  ) {
    const first = columns.values().next().value;
    this.rows = first ? first.values.length : 0;
    for (const [name, column] of columns) {
      if (column.values.length !== this.rows) {
        throw new DataError(
          `${source}: column '${name}' has ${column.values.length} rows, the first column has ${this.rows}.`,
        );
      }
    }
  }

  get names(): string[] {
    return [...this.columns.keys()];
  }

  /** Throws a DataError that lists the columns there are. */
  column(name: string): Column {
    const column = this.columns.get(name);
    if (!column) {
      throw new DataError(`${this.source}: there is no column '${name}'. Columns: ${this.names.join(', ')}.`);
    }
    return column;
  }

  /** Throws a DataError when the column holds text. */
  numbers(name: string): Float64Array {
    const column = this.column(name);
    if (column.type === 'number') return column.values;
    const sample = column.values.find((v) => v !== '' && Number.isNaN(Number(v))) ?? column.values[0];
    throw new DataError(`${this.source}: column '${name}' holds text (e.g. '${sample}'), numbers are needed.`);
  }

  /** Values as text; numbers are printed, missing numbers are ''. */
  strings(name: string): string[] {
    const column = this.column(name);
    if (column.type === 'string') return column.values;
    return Array.from(column.values, (v) => (Number.isNaN(v) ? '' : String(v)));
  }

  /** The given rows, in the given order. */
  take(rows: ArrayLike<number>): Table {
    const columns = new Map<string, Column>();
    for (const [name, column] of this.columns) {
      columns.set(
        name,
        column.type === 'number'
          ? { type: 'number', values: Float64Array.from(rows, (r) => column.values[r]) }
          : { type: 'string', values: Array.from(rows, (r) => column.values[r]) },
      );
    }
    return new Table(columns, this.source);
  }

  slice(start: number, end: number): Table {
    const columns = new Map<string, Column>();
    for (const [name, column] of this.columns) {
      columns.set(
        name,
        column.type === 'number'
          ? { type: 'number', values: column.values.slice(start, end) }
          : { type: 'string', values: column.values.slice(start, end) },
      );
    }
    return new Table(columns, this.source);
  }

  /** Only these columns, in this order; the values are shared. Throws a DataError for a column that is not there. */
  select(names: readonly string[]): Table {
    return new Table(new Map(names.map((name) => [name, this.column(name)])), this.source);
  }

  /** The rows whose value in a column is wanted. Throws a DataError for a column that is not there. */
  filter(name: string, wanted: (value: number | string, row: number) => boolean): Table {
    const { values } = this.column(name);
    const rows = Array.from({ length: this.rows }, (_, row) => row);
    return this.take(rows.filter((row) => wanted(values[row], row)));
  }

  /** Up to `count` different rows drawn by chance, the same for the same seed. */
  sample(count: number, seed = 42): Table {
    checkWhole(this.source, 'count', count, { from: 1, to: Number.MAX_SAFE_INTEGER });
    checkSeed(this.source, seed);
    return this.take(permutation(this.rows, seed).subarray(0, count));
  }

  /** Names, types and the first rows. */
  [DISPLAY](): MimeBundle {
    return tablePreview(this);
  }
}
