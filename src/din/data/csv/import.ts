import type { DuckDBConnection } from '@duckdb/node-api';
import { DataError } from '../../errors';
import { queryNumbers, queryStrings, sqlName, sqlString } from '../duckdb';
import { distinctCheck, typeAggregates, typeOfText } from '../read/infer';
import { checkRequired, readHeader } from './header';
import { lineOfRecord } from './locate';
import { otherLineEnd, rejectedRow, shorten } from './rejected';

export type EmptyCell = 'error' | 'zero' | 'missing';

/** Of a file that does not name its columns, and has no quotes. */
export interface CsvDialect {
  names: readonly string[];
  delimiter: string;
  encoding: 'utf-8' | 'latin-1';
}

export interface CsvLayout {
  /** Default: commas, quotes, and names in the first line, in UTF-8. */
  dialect?: CsvDialect;
  /** Columns that must be there. */
  required: readonly string[];
  /** How a column's cells are read; by default numbers if all are, else text. */
  type(name: string): 'number' | 'string' | 'detect';
  /** What an empty cell of a number column means: refused, 0, or missing (NaN). */
  empty(name: string): EmptyCell;
  /** Whether a number column holds ids: 0123 and 1e3 are refused, which would become other ids. */
  isId?(name: string): boolean;
  /** What to do about an empty cell that is refused. */
  emptyRemedy?(name: string): string;
}

export interface CellRule {
  column: string;
  /** SQL condition on the column, true for good cells. */
  valid: string;
  /** Completes "'x' is not ...": `a whole number from 1`. */
  expected: string;
  /** What to do about it; default: correct the cell or remove the row. */
  remedy?: string;
}

const REMEDY = 'Correct the cell, or remove the row.';

/**
 * Reads a CSV file into a new DuckDB table with one DOUBLE or VARCHAR column for each of the file's, rows in the file's
 * order (`rowid`). Nothing is dropped or guessed: a row with cells too many or too few, or a cell that is no number
 * where one is needed, throws a DataError with file, line, column and value. Returns the column names.
 */
export async function importCsv(
  connection: DuckDBConnection,
  file: string,
  table: string,
  layout: CsvLayout,
): Promise<string[]> {
  const { dialect } = layout;
  const names = dialect ? [...dialect.names] : await readHeader(file);
  checkRequired(file, names, layout.required);
  const mixed = await otherLineEnd(file);
  if (mixed) throw mixed;
  await importText(connection, file, `${table}_text`, names, dialect);
  const types = new Map<string, 'number' | 'string'>();
  for (const [i, name] of names.entries()) {
    const type = layout.type(name);
    types.set(name, type === 'detect' ? await detectType(connection, `${table}_text`, i) : type);
    if (types.get(name) === 'number')
      await checkNumbers(
        connection,
        file,
        `${table}_text`,
        i,
        name,
        layout.empty(name),
        layout.emptyRemedy?.(name) ?? REMEDY,
        layout.isId?.(name) ?? false,
        dialect,
      );
  }
  const casts = names.map((name, i) =>
    types.get(name) === 'number'
      ? `coalesce(CAST(nullif(trim(c${i}), '') AS DOUBLE), ${layout.empty(name) === 'zero' ? '0' : 'NULL'}) AS ${sqlName(name)}`
      : `coalesce(c${i}, '') AS ${sqlName(name)}`,
  );
  await connection.run(`CREATE TABLE ${table} AS SELECT ${casts.join(', ')} FROM ${table}_text`);
  await connection.run(`DROP TABLE ${table}_text`);
  return names;
}

/** Throws a DataError that names the first bad cell of an imported table and counts the others. */
export async function checkCells(
  connection: DuckDBConnection,
  file: string,
  table: string,
  rules: readonly CellRule[],
  dialect?: CsvDialect,
): Promise<void> {
  for (const { column, valid, expected, remedy = REMEDY } of rules) {
    const [[bad, first]] = await queryNumbers(
      connection,
      `SELECT count(*), min(rowid) FROM ${table} WHERE NOT (${valid})`,
    );
    if (bad === 0) continue;
    const cell = `SELECT CAST(${sqlName(column)} AS VARCHAR) FROM ${table} WHERE rowid = ${first}`;
    const [value] = await queryStrings(connection, cell);
    throw await cellError(
      file,
      first,
      column,
      `'${value.replace(/\.0$/, '')}' is not ${expected}. ${remedy}`,
      bad,
      dialect,
    );
  }
}

/** Column names of the file may differ by case only, which DuckDB's may not: columns are c0, c1, ... until typed. */
async function importText(
  connection: DuckDBConnection,
  file: string,
  table: string,
  names: string[],
  dialect: CsvDialect | undefined,
): Promise<void> {
  const format = dialect
    ? `header = false, delim = ${sqlString(dialect.delimiter)}, quote = '', escape = '', encoding = '${dialect.encoding}'`
    : `header = true, delim = ',', quote = '"', escape = '"'`;
  const columns = names.map((_, i) => `'c${i}': 'VARCHAR'`).join(', ');
  try {
    await connection.run(
      `CREATE TABLE ${table} AS SELECT * FROM read_csv(${sqlString(file)}, auto_detect = false, ${format}, nullstr = '', columns = {${columns}}, store_rejects = true)`,
    );
  } catch (error) {
    throw new DataError(`${file} cannot be read as CSV: ${(error as Error).message}`, { cause: error });
  }
  const rejects = await connection.runAndReadAll(
    'SELECT line_byte_position, error_type, error_message FROM reject_errors ORDER BY 1 LIMIT 1',
  );
  const [reject] = rejects.getRows();
  if (reject) throw await rejectedRow(file, names, Number(reject[0]), String(reject[1]), String(reject[2]), dialect);
}

/** Numbers where that loses nothing: see `infer.ts`. Dates stay text. */
async function detectType(connection: DuckDBConnection, table: string, index: number): Promise<'number' | 'string'> {
  const column = `c${index}`;
  const result = await connection.runAndReadAll(`SELECT ${typeAggregates(column).join(', ')} FROM ${table}`);
  const row = result.getRows()[0];
  if (Number(row[0]) === 0) return 'number';
  const type = typeOfText(row);
  const exact = `bool_and(abs(TRY_CAST(${column} AS HUGEINT)) <= 9007199254740991)`;
  const check = type === 'whole' ? exact : type === 'number' ? distinctCheck(column) : undefined;
  if (check === undefined) return 'string';
  const [[fine]] = (await connection.runAndReadAll(`SELECT ${check} FROM ${table}`)).getRows();
  return fine === true ? 'number' : 'string';
}

async function checkNumbers(
  connection: DuckDBConnection,
  file: string,
  table: string,
  index: number,
  name: string,
  empty: EmptyCell,
  emptyRemedy: string,
  id: boolean,
  dialect: CsvDialect | undefined,
): Promise<void> {
  const text = `trim(coalesce(c${index}, ''))`;
  const good =
    `(CASE WHEN ${text} = '' THEN ${empty !== 'error'} ELSE coalesce(isfinite(TRY_CAST(${text} AS DOUBLE)), false) ` +
    // DuckDB also takes 1_000, as SQL does.
    `AND NOT contains(${text}, '_') ${id ? `AND regexp_full_match(${text}, '-?(0|[1-9][0-9]*)([.][0-9]+)?')` : ''} END)`;
  const [[bad, first]] = await queryNumbers(connection, `SELECT count(*), min(rowid) FROM ${table} WHERE NOT ${good}`);
  if (bad === 0) return;
  const [value] = await queryStrings(connection, `SELECT c${index} FROM ${table} WHERE rowid = ${first}`);
  const problem =
    value.trim() === ''
      ? `the cell is empty, a number is needed. ${emptyRemedy}`
      : `'${shorten(value)}' is not a number${id ? ' that can be written back as it is' : ''}. ${REMEDY}`;
  throw await cellError(file, first, name, problem, bad, dialect);
}

/** Without names and quotes a record is a line. */
export async function lineOf(file: string, record: number, dialect: CsvDialect | undefined): Promise<number> {
  return dialect ? record + 1 : lineOfRecord(file, record);
}

async function cellError(
  file: string,
  record: number,
  column: string,
  problem: string,
  bad: number,
  dialect: CsvDialect | undefined,
): Promise<DataError> {
  const line = await lineOf(file, record, dialect);
  const others = bad > 1 ? ` ${bad} cells of this column are bad; this is the first.` : '';
  return new DataError(`${file}, line ${line}, column '${column}': ${problem}${others}`);
}
