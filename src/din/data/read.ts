import { rm } from 'node:fs/promises';
import path from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { isProvenanceWanted } from '../../base/provenance';
import { DataError } from '../errors';
import type { Working } from '../working';
import { describeSource } from './checksum';
import { countRows, queryTable, sqlName, withDatabase } from './duckdb';
import { asDataError } from './query';
import { castOf } from './read/casts';
import { checkCase, checkNamed, commonColumns, jsonType, takePartitions } from './read/columns';
import { checkUtf8Starts, decodeFiles, isUtf8, notUtf8 } from './read/encoding';
import { BadValue, fileError, locateBadValue, readWhole } from './read/errors';
import { type Format, findFiles, formatOf } from './read/find-files';
import { exactJson } from './read/json-numbers';
import { checkOptions, type ReadOptions } from './read/options';
import { csvScan, jsonScan, parquetScan, type Scan } from './read/scan';
import type { Table } from './table';

export type { ColumnType, ReadOptions } from './read/options';

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
    const source = places.length === 1 ? places[0] : `${places[0]} and ${places.length - 1} more`;
    let rows: readonly number[] = [];
    const table = await readWhole(files, async () => {
      const decoded = await inUtf8(files, format, options.encoding, progress);
      try {
        const reading = { files: decoded?.files ?? files, keys, format, source, options };
        const { table: whole, rows: counted } = await readFiles(connection, reading, progress);
        rows = counted;
        return whole;
      } catch (error) {
        throw decoded ? named(error, decoded.files, files) : error;
      } finally {
        if (decoded) await rm(decoded.folder, { recursive: true, force: true });
      }
    });
    // Hashing takes its time: only where somebody writes it down.
    if (isProvenanceWanted()) await describeSource(files, rows);
    return table;
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
): Promise<{ table: Table; rows: number[] }> {
  const scanning = (of: readonly string[], partitioned: boolean) =>
    format === 'csv'
      ? csvScan(connection, of, options, partitioned)
      : format === 'json'
        ? jsonScan(of, partitioned)
        : parquetScan(of, partitioned);
  const title = path.basename(source);
  let scan: Scan | undefined;
  try {
    scan = await scanning(files, keys.length > 0);
    progress.stage(`${title}: reading`);
    const dates = new Set<string>();
    const typeOf = (name: string, type: string) => (format === 'json' ? jsonType(name, type, dates) : type);
    const columns = await commonColumns(connection, files, scan, typeOf);
    if (scan.names) await checkCase(connection, files[0], columns.keys(), scan.names);
    checkNamed(files[0], columns, options);
    if (keys.length > 0) {
      const own = await commonColumns(connection, [files[0]], await scanning([files[0]], false));
      takePartitions(columns, own, keys, files[0]);
    }
    if (format === 'json') {
      const typed = (types: ReadonlyMap<string, string>) => {
        const own = [...types].filter(([name]) => !keys.includes(name));
        return jsonScan(files, keys.length > 0, new Map(own));
      };
      const exact = await exactJson(connection, columns, (types) => typed(types).all, options.types);
      for (const [name, type] of exact ?? []) columns.set(name, type);
      scan = typed(columns);
    }
    const text = format === 'csv' ? await loadText(connection, scan.all, columns) : undefined;
    const from = text ?? scan.all;
    const casts = [];
    progress.stage(`${title}: columns`, columns.size);
    for (const [name, type] of columns) {
      progress.at(casts.length);
      casts.push(`${await castOf(connection, from, name, type, options, source, dates.has(name))} AS ${sqlName(name)}`);
    }
    // Of JSON, counting would be reading it once more.
    const counted = format === 'json' ? undefined : await countRows(connection, from);
    const table = await queryTable(connection, `SELECT ${casts.join(', ')} FROM ${from}`, source, {
      storage: options.storage,
      progress,
      rows: counted,
    });
    return { table, rows: isProvenanceWanted() ? await rowsOf(connection, files, scan, table) : [] };
  } catch (error) {
    if (error instanceof BadValue && scan) {
      const { one } = scan;
      throw await locateBadValue(
        error,
        files,
        (file) => countRows(connection, one(file)),
        format === 'csv' ? options.names === undefined : undefined,
      );
    }
    if (format !== 'parquet' && /utf|unicode|encoding/i.test((error as Error).message)) {
      const wrong = await notUtf8(files);
      if (wrong) throw wrong;
    }
    throw (await fileError(error, files, format)) ?? asDataError(error, files[0], `FROM ${scan?.all}`);
  }
}

/** Of each file, for the notebook's provenance. */
async function rowsOf(
  connection: DuckDBConnection,
  files: readonly string[],
  { one }: Scan,
  table: Table,
): Promise<number[]> {
  if (files.length === 1) return [table.rows];
  const rows: number[] = [];
  for (const file of files) rows.push(await countRows(connection, one(file)));
  return rows;
}

/** Text is read once: its types are found in what has been read. Rows keep the order of the files. */
async function loadText(connection: DuckDBConnection, scan: string, columns: Map<string, string>): Promise<string> {
  await connection.run(`CREATE TABLE text_of_files AS SELECT * FROM ${scan}`);
  for (const name of columns.keys()) columns.set(name, 'TEXT');
  return 'text_of_files';
}
