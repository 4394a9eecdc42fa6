import type { Readable } from 'node:stream';
import { TextDecoder } from 'node:util';
import type { DuckDBConnection } from '@duckdb/node-api';
import { DataError } from '../../errors';
import { splitLine } from '../csv/header';
import { sqlString } from '../duckdb';
import { openText, unreadable } from './errors';
import type { ReadOptions } from './options';

/** How files are named in SQL. */
export interface Scan {
  all: string;
  one(file: string): string;
  /** A query of the columns' names as the files have them; undefined where those are the names that are asked for. */
  names?: string;
}

const fileList = (files: readonly string[]) => `[${files.map(sqlString).join(', ')}]`;

/** Folders' names as columns, as text: nothing of them is guessed by DuckDB. */
const partitions = (wanted: boolean) => `hive_partitioning = ${wanted}${wanted ? ', hive_types_autocast = false' : ''}`;

export function parquetScan(files: readonly string[], partitioned: boolean): Scan {
  const call = (list: string) =>
    `read_parquet(${list}, union_by_name = true, binary_as_string = true, ${partitions(partitioned)})`;
  const names = `SELECT DISTINCT name FROM parquet_schema(${fileList(files)})`;
  return { all: call(fileList(files)), one: (file) => call(fileList([file])), names };
}

const LARGEST_OBJECT = 'maximum_object_size = 67108864';

/** @param types what the columns are; default: what DuckDB finds in all rows. */
export function jsonScan(files: readonly string[], partitioned: boolean, types?: ReadonlyMap<string, string>): Scan {
  const columns = [...(types ?? [])].map(([name, type]) => `${sqlString(name)}: ${sqlString(type)}`).join(', ');
  const found = types ? `columns = {${columns}}` : 'union_by_name = true, sample_size = -1';
  const call = (list: string) =>
    `read_json(${list}, ${found}, ${partitions(partitioned)}, records = true, ${LARGEST_OBJECT})`;
  const objects = `read_json_objects(${fileList(files)}, ${LARGEST_OBJECT})`;
  const names = `SELECT DISTINCT unnest(json_keys(json)) FROM ${objects}`;
  return { all: call(fileList(files)), one: (file) => call(fileList([file])), names };
}

/** Each file is read by the names of its own first line: nothing of a file is guessed but its delimiter. */
export async function csvScan(
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
  const bytes = openText(file);
  const line = bytes ? await firstLineOf(file, bytes) : await firstLineUnpacked(connection, file);
  if (line.trim() === '') throw new DataError(`${file} is empty: its first line should name the columns.`);
  return line;
}

/** Longer than any line that DuckDB reads. */
const LONGEST_LINE = 4e6;

async function firstLineOf(file: string, bytes: Readable): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  try {
    for await (const chunk of bytes) {
      text = (text + decoder.decode(chunk as Buffer, { stream: true })).replace(/^[\r\n]+/, '');
      if (/[\r\n]/.test(text) || text.length > LONGEST_LINE) break;
    }
  } catch (cause) {
    throw unreadable(file, cause as Error);
  }
  return text.split(/[\r\n]/, 1)[0];
}

/** Where this Node has no zstd. */
async function firstLineUnpacked(connection: DuckDBConnection, file: string): Promise<string> {
  const sql =
    `SELECT line FROM read_csv(${sqlString(file)}, auto_detect = false, header = false, delim = '\u0001', quote = '', escape = '', ` +
    "columns = {'line': 'VARCHAR'}) LIMIT 1";
  const rows = await connection.runAndReadAll(sql).then(
    (reader) => reader.getRows(),
    (error) => {
      throw unreadable(file, error as Error);
    },
  );
  return String(rows[0]?.[0] ?? '').replace(/^\uFEFF/, '');
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
