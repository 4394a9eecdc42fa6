import { rm } from 'node:fs/promises';
import path from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { didYouMean } from '../../base/nearest';
import { isProvenanceWanted } from '../../base/provenance';
import { checkChoice, checkSettings } from '../checks';
import { DataError } from '../errors';
import type { Working } from '../working';
import { describeSource } from './checksum';
import { splitLine } from './csv/header';
import { queryNumbers, queryTable, sqlName, sqlString, withDatabase } from './duckdb';
import { checkEncoding, checkUtf8Starts, decodeFiles, isUtf8, notUtf8 } from './encoding';
import { type Format, findFiles, formatOf, partitionKeys } from './find-files';
import { distinctCheck, typeAggregates, typeOfText } from './infer';
import { asDataError } from './query';
import { BadValue, checkUnchanged, locateBadValue, stampsOf } from './read-errors';
import { checkStorage, type Storage } from './storage/builder';
import type { Table } from './table';

/** `number` is float64; `date` is seconds since 1970. */
export type ColumnType = 'text' | 'number' | 'int32' | 'float32' | 'date';
const TYPES: readonly string[] = ['text', 'number', 'int32', 'float32', 'date'];
const SQL_TYPES: Readonly<Record<ColumnType, string>> = {
  text: 'VARCHAR',
  number: 'DOUBLE',
  int32: 'INTEGER',
  float32: 'FLOAT',
  date: 'TIMESTAMPTZ',
};

export interface ReadOptions {
  /** Text columns that hold lists, by their delimiter: `{ hist_items: '|' }`; 'json' for `["a", "b"]`. */
  lists?: Readonly<Record<string, string>>;
  /** What columns hold, where it is not what is inferred: `{ item_id: 'text' }`. */
  types?: Readonly<Record<string, ColumnType>>;
  /** Default: by the files' names (`.csv`, `.tsv`, `.txt`, `.parquet`, `.json`, `.ndjson`, `.jsonl`, each also `.gz` or `.zst`). */
  format?: Format;
  /** Of CSV; default: the one of comma, tab, semicolon and bar that its first line has most of. */
  delimiter?: string;
  /**
   * Of CSV and JSON, default UTF-8: 'utf-16', 'latin-1' (and what Windows adds to it) or another of the web's encodings. Such files are
   * written once more, to the temporary files, before they are read.
   */
  encoding?: string;
  /** Names of the columns of a CSV file whose first line does not name them. */
  names?: readonly string[];
  /** Where the table lies: default `auto`, in memory where it takes less than a quarter of the machine's, else on disk. */
  storage?: Storage;
}

/**
 * A table from files: CSV or TSV, Parquet, JSON, NDJSON, also compressed; a path, a glob, a folder of parts, or a list of
 * those. Text is a number only where that loses nothing (`0123`, `1e3` and ids beyond 2^53 stay text); dates become
 * seconds; lists are the file's own or delimited text (`lists`). Missing: NaN, '' and []. Of a folder or glob whose files lie in
 * folders such as `day=2024-05-01` (Hive's partitions), `day` is a column too.
 *
 * Throws a DataError, which names file, line or row, column and value, for files that are not there or differ in their
 * columns, rows that cannot be read, and values that are not of the type asked for.
 */
export async function read(where: string | readonly string[], options: ReadOptions = {}): Promise<Table> {
  const places = checkOptions(where, options);
  return withDatabase('data.read', async (connection, progress) => {
    const { files, keys } = await findFiles(connection, places);
    const format = formatOf(files, options.format);
    const stamps = await stampsOf(files);
    const source = places.length === 1 ? places[0] : `${places[0]} and ${places.length - 1} more`;
    const decoded = await inUtf8(files, format, options.encoding, progress);
    try {
      const reading = { files: decoded?.files ?? files, keys, format, source, options };
      const table = await readFiles(connection, reading, progress);
      await checkUnchanged(files, stamps);
      // Hashing takes its time: only where somebody writes it down.
      if (isProvenanceWanted()) await describeSource(files, files.length === 1 ? [table.rows] : []);
      return table;
    } catch (error) {
      await checkUnchanged(files, stamps);
      throw decoded ? named(error, decoded.files, files) : error;
    } finally {
      if (decoded) await rm(decoded.folder, { recursive: true, force: true });
    }
  });
}

/** Files of another encoding as files in UTF-8; undefined where they are that. */
async function inUtf8(
  files: readonly string[],
  format: Format,
  encoding: string | undefined,
  progress: Working,
): Promise<{ folder: string; files: string[] } | undefined> {
  if (encoding !== undefined && format === 'parquet') {
    throw new DataError(`data.read: Parquet has no encoding of its own: leave out { encoding: '${encoding}' }.`);
  }
  if (encoding !== undefined && !isUtf8(encoding)) return decodeFiles(files, encoding, progress);
  if (format !== 'parquet') await checkUtf8Starts(files);
  return undefined;
}

/** An error that names the files that people know, in place of those that were read. */
function named(error: unknown, read: readonly string[], known: readonly string[]): unknown {
  if (!(error instanceof DataError)) return error;
  const message = read.reduce((text, file, i) => text.replaceAll(file, known[i]), error.message);
  return new DataError(message, { cause: error });
}

interface Reading {
  files: readonly string[];
  /** Columns of folders' names. */
  keys: readonly string[];
  format: Format;
  source: string;
  options: ReadOptions;
}

async function readFiles(
  connection: DuckDBConnection,
  { files, keys, format, source, options }: Reading,
  progress: Working,
): Promise<Table> {
  const scanning = (of: readonly string[], partitioned: boolean) =>
    format === 'csv' ? csvScan(connection, of, options, partitioned) : scanOf(format, of, partitioned);
  const title = path.basename(source);
  let scan: Scan | undefined;
  try {
    scan = await scanning(files, keys.length > 0);
    progress.stage(`${title}: reading`);
    const columns = await commonColumns(connection, files, scan);
    checkNamed(files[0], columns, options);
    if (keys.length > 0) {
      const own = await commonColumns(connection, [files[0]], await scanning([files[0]], false));
      takePartitions(columns, own, keys, files[0]);
    }
    const text = format === 'csv' ? await loadText(connection, scan.all, columns) : undefined;
    const from = text ?? scan.all;
    const casts = [];
    progress.stage(`${title}: columns`, columns.size);
    for (const [name, type] of columns) {
      progress.at(casts.length);
      casts.push(`${await castOf(connection, from, name, type, options, source)} AS ${sqlName(name)}`);
    }
    // Of JSON, counting would be reading it once more.
    const counted = format === 'json' ? undefined : await queryNumbers(connection, `SELECT count(*) FROM ${from}`);
    return await queryTable(connection, `SELECT ${casts.join(', ')} FROM ${from}`, source, {
      storage: options.storage,
      progress,
      rows: counted?.[0][0],
    });
  } catch (error) {
    if (error instanceof BadValue && scan) {
      const { one } = scan;
      const count = async (file: string) => (await queryNumbers(connection, `SELECT count(*) FROM ${one(file)}`))[0][0];
      throw await locateBadValue(error, files, count, format === 'csv' ? options.names === undefined : undefined);
    }
    if (format !== 'parquet' && /utf|unicode|encoding/i.test((error as Error).message)) {
      const wrong = await notUtf8(files);
      if (wrong) throw wrong;
    }
    throw csvError(error, files) ?? asDataError(error, files[0], `FROM ${scan?.all}`);
  }
}

function checkOptions(where: unknown, options: ReadOptions): string[] {
  const call = 'data.read';
  checkSettings(call, options, ['lists', 'types', 'format', 'delimiter', 'encoding', 'names', 'storage']);
  const places = (Array.isArray(where) ? where : [where]) as unknown[];
  if (places.length === 0 || places.some((place) => typeof place !== 'string' || place === '')) {
    throw new DataError(
      `${call}: give a path, a glob such as 'clicks/*.parquet', or a list of paths, not ${JSON.stringify(where)}.`,
    );
  }
  for (const [name, type] of Object.entries(options.types ?? {})) checkChoice(`${call}: types`, name, type, TYPES);
  for (const [name, delimiter] of Object.entries(options.lists ?? {})) {
    if (typeof delimiter !== 'string' || delimiter === '') {
      throw new DataError(`${call}: lists: give the delimiter of '${name}', e.g. { lists: { '${name}': '|' } }.`);
    }
  }
  checkStorage(call, options.storage);
  checkEncoding(call, options.encoding);
  if (options.format !== undefined) checkChoice(call, 'format', options.format, ['csv', 'parquet', 'json']);
  return places as string[];
}

/** How files are named in SQL. */
interface Scan {
  all: string;
  one(file: string): string;
}

const fileList = (files: readonly string[]) => `[${files.map(sqlString).join(', ')}]`;

/**
 * Of the columns that DuckDB finds in folders' names, those below the places that were asked for stay, as text: their type is found as
 * that of a CSV column.
 * @throws DataError where a file has such a column as well: one of the two would be lost.
 */
function takePartitions(
  columns: Map<string, string>,
  own: ReadonlyMap<string, string>,
  keys: readonly string[],
  file: string,
): void {
  for (const key of partitionKeys(file)) {
    if (own.has(key)) {
      throw new DataError(
        `${file}: column '${key}' stands in the file and in the name of its folder, '${key}=...'. Rename one, or choose with din.data.sql.`,
      );
    }
    if (keys.includes(key)) columns.set(key, 'TEXT');
    else columns.delete(key);
  }
}

/** Folders' names as columns, as text: nothing of them is guessed by DuckDB. */
const partitions = (wanted: boolean) => `hive_partitioning = ${wanted}${wanted ? ', hive_types_autocast = false' : ''}`;

function scanOf(format: 'parquet' | 'json', files: readonly string[], partitioned: boolean): Scan {
  const call = (list: string) =>
    format === 'parquet'
      ? `read_parquet(${list}, union_by_name = true, binary_as_string = true, ${partitions(partitioned)})`
      : `read_json(${list}, union_by_name = true, ${partitions(partitioned)}, records = true, sample_size = -1, maximum_object_size = 67108864)`;
  return { all: call(fileList(files)), one: (file) => call(fileList([file])) };
}

/** Each file is read by the names of its own first line: nothing of a file is guessed but its delimiter. */
async function csvScan(
  connection: DuckDBConnection,
  files: readonly string[],
  { delimiter, names }: ReadOptions,
  partitioned: boolean,
): Promise<Scan> {
  const headers = new Map<string, string>();
  for (const file of files) {
    const line = await firstLine(connection, file);
    const separator = delimiter ?? guessDelimiter(line);
    if (names === undefined) checkHeader(file, splitLine(line, separator));
    const columns = (names ?? splitLine(line, separator).map((name) => name.trim()))
      .map((name) => `${sqlString(name)}: 'VARCHAR'`)
      .join(', ');
    headers.set(
      file,
      `auto_detect = false, delim = ${sqlString(separator)}, quote = '"', escape = '"', nullstr = '', ` +
        `${partitions(partitioned)}, header = ${names === undefined}, columns = {${columns}}`,
    );
  }
  const call = (list: readonly string[], header: string) => `read_csv(${fileList(list)}, ${header})`;
  const one = (file: string) => call([file], headers.get(file)!);
  const alike = new Set(headers.values()).size === 1;
  const all = alike
    ? call(files, headers.get(files[0])!)
    : `(${files.map((file) => `SELECT * FROM ${one(file)}`).join(' UNION ALL BY NAME ')}) AS parts`;
  return { all, one };
}

async function firstLine(connection: DuckDBConnection, file: string): Promise<string> {
  const sql =
    `SELECT line FROM read_csv(${sqlString(file)}, auto_detect = false, header = false, delim = '\u0001', quote = '', escape = '', ` +
    "columns = {'line': 'VARCHAR'}) LIMIT 1";
  const rows = await connection.runAndReadAll(sql).then(
    (reader) => reader.getRows(),
    (error) => {
      throw new DataError(`${file} cannot be read as text: ${(error as Error).message.trim()}`, { cause: error });
    },
  );
  const line = String(rows[0]?.[0] ?? '').replace(/^\uFEFF/, '');
  if (line.trim() === '') throw new DataError(`${file} is empty: its first line should name the columns.`);
  return line;
}

function guessDelimiter(line: string): string {
  const unquoted = line.replace(/"[^"]*"/g, '');
  const counts = [',', '\t', ';', '|'].map((delimiter) => ({ delimiter, count: unquoted.split(delimiter).length }));
  return counts.reduce((best, each) => (each.count > best.count ? each : best)).delimiter;
}

function checkHeader(file: string, names: readonly string[]): void {
  const values = names.filter((name) => name !== '' && !Number.isNaN(Number(name)));
  if (2 * values.length > names.length) {
    throw new DataError(
      `${file}, line 1: it holds values (${names.slice(0, 3).join(', ')}), but the first line should name the columns. ` +
        "Give their names: { names: ['user', 'item', ...] }.",
    );
  }
  const nameless = names.findIndex((name) => name.trim() === '');
  if (nameless >= 0) {
    throw new DataError(
      `${file}, line 1: column ${nameless + 1} of ${names.length} has no name. Name it or remove it ` +
        '(pandas writes such a column for its index: use to_csv(..., index=False)).',
    );
  }
  const twice = names.find((name, i) => names.findIndex((other) => other.toLowerCase() === name.toLowerCase()) !== i);
  if (twice !== undefined) {
    throw new DataError(`${file}, line 1: column '${twice}' is there twice (case does not count). Rename one of them.`);
  }
}

const FAMILY: readonly [RegExp, string][] = [
  [/^U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?$/, 'whole numbers'],
  [/^(FLOAT|DOUBLE|DECIMAL.*)$/, 'numbers'],
  [/^(DATE|TIMESTAMP.*)$/, 'dates'],
];
const familyOf = (type: string) => FAMILY.find(([pattern]) => pattern.test(type))?.[1] ?? type;

/** Names and types of the columns, which all files have. */
async function commonColumns(
  connection: DuckDBConnection,
  files: readonly string[],
  scan: Scan,
): Promise<Map<string, string>> {
  const describe = async (from: string, file: string) => {
    const result = await connection.run(`SELECT * FROM ${from} LIMIT 0`).catch((error) => {
      throw /expected records/.test((error as Error).message) ? noRecords(file, error) : error;
    });
    return new Map(result.columnNames().map((name, i) => [name, String(result.columnType(i))]));
  };
  const first = await describe(scan.one(files[0]), files[0]);
  for (const file of files.slice(1)) {
    const columns = await describe(scan.one(file), file);
    for (const [have, of, lack, other] of [
      [first, files[0], columns, file],
      [columns, file, first, files[0]],
    ] as const) {
      const missing = [...have.keys()].find((name) => !lack.has(name));
      if (missing === undefined) continue;
      throw new DataError(
        `${other}: column '${missing}' missing, which ${of} has. Columns: ${[...lack.keys()].join(', ')}. Read such files one ` +
          'by one, or name the common columns in din.data.sql.',
      );
    }
    for (const [name, type] of columns) {
      if (familyOf(type) === familyOf(first.get(name)!)) continue;
      throw new DataError(
        `${file}: column '${name}' holds ${familyOf(type)}, in ${files[0]} ${familyOf(first.get(name)!)}. Write them alike, or read the ` +
          'files one by one.',
      );
    }
  }
  return files.length === 1 ? first : describe(scan.all, files[0]);
}

const noRecords = (file: string, cause: unknown) =>
  new DataError(
    `${file} holds no records such as {"user": 1}, so there are no columns: it is empty, or its lines or items are other values, or {}. ` +
      'Leave it out, or make records of it with din.data.sql.',
    { cause },
  );

function checkNamed(file: string, columns: ReadonlyMap<string, string>, { lists, types }: ReadOptions): void {
  for (const name of [...Object.keys(lists ?? {}), ...Object.keys(types ?? {})]) {
    if (columns.has(name)) continue;
    const names = [...columns.keys()];
    throw new DataError(
      `${file}: there is no column '${name}'.${didYouMean(name, names)} Columns: ${names.join(', ')}.`,
    );
  }
}

/** Text is read once: its types are found in what has been read. Rows keep the order of the files. */
async function loadText(connection: DuckDBConnection, scan: string, columns: Map<string, string>): Promise<string> {
  await connection.run(`CREATE TABLE text_of_files AS SELECT * FROM ${scan}`);
  for (const name of columns.keys()) columns.set(name, 'TEXT');
  return 'text_of_files';
}

async function castOf(
  connection: DuckDBConnection,
  from: string,
  name: string,
  type: string,
  { lists, types }: ReadOptions,
  source: string,
): Promise<string> {
  const column = sqlName(name);
  const delimiter = lists?.[name];
  const asked = types?.[name];
  if (delimiter !== undefined) {
    if (type !== 'TEXT' && type !== 'VARCHAR') {
      throw new DataError(
        `${source}: column '${name}' holds ${familyOf(type)}, not delimited text: leave it out of 'lists'.`,
      );
    }
    return listCast(connection, from, column, name, delimiter, asked);
  }
  if (asked !== undefined) {
    const cast = (c: string) =>
      type.endsWith('[]') ? `TRY_CAST(${c} AS ${SQL_TYPES[asked]}[])` : `TRY_CAST(${c} AS ${SQL_TYPES[asked]})`;
    await checkCast(connection, from, column, name, cast(column), asked);
    return cast(column);
  }
  if (type !== 'TEXT') return column;
  const cast = await inferred(connection, from, column);
  return cast(column);
}

/** The cast that the text of a column allows, as `TRY_CAST`: of what is empty comes NULL. */
async function inferred(
  connection: DuckDBConnection,
  from: string,
  column: string,
): Promise<(column: string) => string> {
  const result = await connection.runAndReadAll(`SELECT ${typeAggregates(column).join(', ')} FROM ${from}`);
  const type = typeOfText(result.getRows()[0]);
  if (type === 'whole') return (c) => `TRY_CAST(${c} AS BIGINT)`;
  if (type === 'date') return (c) => `TRY_CAST(${c} AS TIMESTAMPTZ)`;
  if (type === 'truth') return (c) => `TRY_CAST(${c} AS BOOLEAN)`;
  if (type === 'text') return (c) => c;
  const check = await connection.runAndReadAll(`SELECT ${distinctCheck(column)} FROM ${from}`);
  return check.getRows()[0][0] === true ? (c) => `TRY_CAST(${c} AS DOUBLE)` : (c) => c;
}

async function listCast(
  connection: DuckDBConnection,
  from: string,
  column: string,
  name: string,
  delimiter: string,
  asked: ColumnType | undefined,
): Promise<string> {
  let list = `CASE WHEN coalesce(${column}, '') = '' THEN [] ELSE string_split(${column}, ${sqlString(delimiter)}) END`;
  if (delimiter === 'json') {
    list = `coalesce(TRY_CAST(${column} AS JSON)::VARCHAR[], [])`;
    const valid = `(coalesce(${column}, '') = '' OR CASE WHEN json_valid(${column}) THEN json_type(${column}) = 'ARRAY' ELSE false END)`;
    await checkRows(
      connection,
      from,
      column,
      name,
      valid,
      `is not a list such as ["a", "b"]: is a quote or bracket not closed?`,
    );
  } else {
    const open = `(length(coalesce(${column}, '')) - length(replace(coalesce(${column}, ''), '"', ''))) % 2 = 0`;
    await checkRows(connection, from, column, name, open, 'has a quote that is not closed');
  }
  if (asked !== undefined) {
    const cast = `TRY_CAST(${list} AS ${SQL_TYPES[asked]}[])`;
    await checkCast(connection, from, column, name, cast, asked);
    return cast;
  }
  const items = `(SELECT unnest(${list}) AS item FROM ${from}) AS items`;
  const cast = await inferred(connection, items, 'item');
  return cast('x') === 'x' ? list : `list_transform(${list}, lambda x: ${cast('x')})`;
}

async function checkCast(
  connection: DuckDBConnection,
  from: string,
  column: string,
  name: string,
  cast: string,
  asked: ColumnType,
): Promise<void> {
  const what = {
    text: 'text',
    number: 'a number',
    int32: 'a whole number of 32 bits',
    float32: 'a number',
    date: 'a date',
  }[asked];
  const valid = `(${column} IS NULL OR CAST(${column} AS VARCHAR) = '' OR ${cast} IS NOT NULL)`;
  await checkRows(
    connection,
    from,
    column,
    name,
    valid,
    `is not ${what}, which { types: { '${name}': '${asked}' } } asks for`,
  );
}

async function checkRows(
  connection: DuckDBConnection,
  from: string,
  column: string,
  name: string,
  valid: string,
  problem: string,
): Promise<void> {
  const bad = await connection.runAndReadAll(
    `SELECT row, value, count(*) OVER () FROM (SELECT row_number() OVER () AS row, CAST(${column} AS VARCHAR) AS value, ${valid} AS fine ` +
      `FROM ${from}) WHERE NOT fine ORDER BY row LIMIT 1`,
  );
  const [first] = bad.getRows();
  if (!first) return;
  const others = Number(first[2]) > 1 ? ` ${String(first[2])} values of this column are such; this is the first.` : '';
  const value = String(first[1]);
  throw new BadValue(
    Number(first[0]),
    name,
    `'${value.length > 60 ? `${value.slice(0, 59)}…` : value}' ${problem}.${others}`,
  );
}

/** DuckDB's error for a row of a CSV file, with file, line and reason. */
export function csvError(error: unknown, files: readonly string[]): DataError | undefined {
  const message = error instanceof DataError ? '' : String((error as Error).message);
  const line = /CSV Error on Line: (\d+)/.exec(message)?.[1];
  if (line === undefined) return undefined;
  const file = files.find((each) => message.includes(each)) ?? files[0];
  const row = /Original Line: ?(.*)/.exec(message)?.[1] ?? '';
  const reason = /Original Line:.*\n([^\n]+)/.exec(message)?.[1] ?? message.split('\n')[0];
  const counts = /Expected Number of Columns: (\d+) Found: (\d+)/.exec(message);
  const what = counts
    ? `the row has ${counts[2]} cells, but there are ${counts[1]} columns. Add or remove cells; a cell that holds the delimiter stands in double quotes`
    : /unterminated|unquoted|quote should/i.test(message)
      ? 'a quote is not closed, or text follows it'
      : reason.trim().replace(/\.$/, '');
  return new DataError(`${file}, line ${line}: ${what}. The line is: ${row.slice(0, 100)}`, { cause: error });
}
