import { checkSettings } from '../checks';
import { DataError } from '../errors';
import { compact, type NumberArray, Numbers, type StoredColumn, storeColumn } from './columns';
import type { QueryTableOptions } from './query';
import { checkStorage, Place } from './storage/builder';
import { Table } from './table';

/** What `from` makes a column of. Truth values become 0 and 1, dates seconds, bigints numbers where they are exact, else text. */
export type Cell =
  | number
  | string
  | boolean
  | bigint
  | Date
  | null
  | undefined
  | readonly (number | string | bigint | null)[];

/** Columns as arrays or typed arrays. */
export type ColumnArrays = Readonly<Record<string, ArrayLike<Cell> | NumberArray | BigInt64Array>>;

/**
 * A table of records, or of columns given as arrays and typed arrays: `from([{ user: 'u1', item: 7 }, ...])`,
 * `from({ user: ['u1', ...], item: Int32Array.of(7, ...) })`. Float64Array, Float32Array and Int32Array are kept as they
 * are; other whole numbers become int32 where they fit. A record that lacks a column has it missing.
 *
 * Throws a DataError that names column and row for values of several kinds in one column (`1` and `'1'`).
 */
export function from(
  data: readonly Readonly<Record<string, Cell>>[] | ColumnArrays,
  options: QueryTableOptions = {},
): Table {
  const where = 'data.from';
  checkSettings(where, options, ['storage']);
  checkStorage(where, options.storage);
  const table = inMemory(data, where);
  return options.storage === 'disk' ? onDisk(table) : table;
}

/** The same table with its columns in files. */
function onDisk(table: Table): Table {
  const place = new Place('disk');
  try {
    return new Table(new Map([...table.columns].map(([name, column]) => [name, column.stored(place)])), table.source);
  } catch (error) {
    place.discard();
    throw error;
  }
}

function inMemory(data: readonly Readonly<Record<string, Cell>>[] | ColumnArrays, where: string): Table {
  if (data === null || typeof data !== 'object') {
    throw new DataError(`${where}: give an array of records, or an object of columns, not ${String(data)}.`);
  }
  const columns = new Map<string, StoredColumn>();
  if (!Array.isArray(data)) {
    if (data instanceof Map || Symbol.iterator in data) {
      throw new DataError(
        `${where}: give an array of records, or an object of columns, not ${Object.prototype.toString.call(data)}: Object.fromEntries(map) makes an object ` +
          'of a Map, [...values] an array of what gives records one by one.',
      );
    }
    for (const [name, values] of Object.entries(data)) columns.set(name, columnOf(name, values, where));
    return new Table(columns, where);
  }
  const names = new Set<string>();
  data.forEach((record, row) => {
    if (record === null || typeof record !== 'object' || Array.isArray(record)) {
      throw new DataError(
        `${where}, row ${row + 1}: '${String(record)}' is not a record such as { user: 'u1', item: 7 }.`,
      );
    }
    for (const name of Object.keys(record)) names.add(name);
  });
  if (data.length > 0 && names.size === 0)
    throw new DataError(
      `${where}: the ${data.length} records have no fields: give each its values, { user: 'u1', item: 7 }.`,
    );
  for (const name of names) {
    // A column may be called as what every object inherits: `constructor`.
    const values = data.map((record) => (Object.hasOwn(record, name) ? (record[name] as Cell) : undefined));
    columns.set(name, columnOf(name, values, where));
  }
  return new Table(columns, where);
}

/** One column of an array. */
export function columnOf(name: string, values: ArrayLike<unknown>, where: string): StoredColumn {
  if (name === '')
    throw new DataError(`${where}: a column has the empty name, by which no query finds it. Give it another.`);
  if (values instanceof Float64Array || values instanceof Float32Array || values instanceof Int32Array) {
    return storeColumn(where, name, { type: 'number', values });
  }
  if (values === null || typeof values !== 'object' || typeof values.length !== 'number') {
    throw new DataError(`${where}: column '${name}' is ${String(values)}; give an array with one value a row.`);
  }
  const list = Array.from(values, plain);
  const noDate = list.findIndex((value, row) => Number.isNaN(value) && values[row] instanceof Date);
  if (noDate >= 0)
    throw new DataError(`${where}: column '${name}', row ${noDate + 1} is an invalid date; null is missing.`);
  list.forEach((value, row) => {
    if (value === undefined || Array.isArray(value) || ['number', 'string', 'bigint'].includes(typeof value)) return;
    throw new DataError(
      `${where}: column '${name}', row ${row + 1} is ${Object.prototype.toString.call(value)}; a cell is a number, text, true or ` +
        'false, a date, or a list of numbers or texts.',
    );
  });
  const firstRow = list.findIndex((value) => value !== undefined);
  const kind = firstRow < 0 ? 'number' : kindOf(list[firstRow]);
  const asText = kind === 'number' && list.some((value) => typeof value === 'bigint');
  list.forEach((value, row) => {
    if (value === undefined || kindOf(value) === kind) return;
    throw new DataError(
      `${where}: column '${name}' holds ${kind === 'list' ? 'lists' : `${kind}s`} from row ${firstRow + 1} on, but row ${row + 1} ` +
        `is ${typeof value === 'string' ? `'${value}'` : String(value)}. Make them of one kind, e.g. with String(value).`,
    );
  });
  if (kind === 'list') return storeColumn(where, name, { type: 'list', values: exactLists(list as unknown[][]) });
  if (kind === 'string' || asText) {
    const texts = list.map((value) => (value === undefined ? '' : String(value)));
    return storeColumn(where, name, { type: 'string', values: texts });
  }
  return new Numbers(compact(Float64Array.from(list as (number | undefined)[], (value) => value ?? Number.NaN)));
}

/** Whole numbers that float64 does not hold make all numbers of the lists texts, as they do in a column of numbers. */
function exactLists(lists: readonly (readonly unknown[] | undefined)[]): readonly (readonly unknown[])[] {
  const asText = lists.some((list) => list?.some((item) => typeof item === 'bigint'));
  const text = (item: unknown) => (typeof item === 'number' || typeof item === 'bigint' ? String(item) : item);
  return lists.map((list) => (asText ? list?.map(text) : list) ?? []);
}

type Plain = number | string | bigint | unknown[] | undefined;

/** A bigint is left only where it is not exact as a number. */
function plain(value: unknown): Plain {
  if (value === null || value === undefined) return undefined;
  if (typeof value === 'boolean') return Number(value);
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : value;
  if (value instanceof Date) return value.getTime() / 1000;
  if (Array.isArray(value)) return value.map(plain);
  if (ArrayBuffer.isView(value) && 'length' in value) return Array.from(value as unknown as ArrayLike<unknown>, plain);
  return value as number | string;
}

function kindOf(value: Plain): 'number' | 'string' | 'list' {
  if (Array.isArray(value)) return 'list';
  return typeof value === 'string' ? 'string' : 'number';
}
