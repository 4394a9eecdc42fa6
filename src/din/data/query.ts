import { isProvenanceWanted } from '../../base/provenance';
import { checkSettings } from '../checks';
import { DataError } from '../errors';
import { InterruptedError } from '../interrupt';
import { describeSource } from './checksum';
import { countRows, queryTable, sqlString, withDatabase } from './duckdb';
import { filesOfQuery } from './duckdb/named-files';
import { writeTable } from './duckdb/write';
import { checkStorage, type Storage } from './storage/builder';
import type { Table } from './table';

/**
 * A query over files and over tables by name. Files are named as DuckDB does: `FROM 'clicks/*.parquet'`. `tellsFiles`: the notebook's
 * provenance is told of them.
 * Throws a DataError with what DuckDB says of a query that it refuses.
 */
export async function runQuery(
  sql: string,
  source: string,
  tables: Readonly<Record<string, Table>> = {},
  { storage = 'auto', tellsFiles = false }: { storage?: Storage; tellsFiles?: boolean } = {},
): Promise<Table> {
  return withDatabase(source, async (connection, progress) => {
    try {
      for (const [name, table] of Object.entries(tables)) await writeTable(connection, name, table);
      const result = await queryTable(connection, sql, source, { storage, progress });
      // Hashing takes its time: only where somebody writes it down.
      if (tellsFiles && isProvenanceWanted()) {
        const files = await filesOfQuery(connection, sql);
        const rows: (number | undefined)[] = [];
        for (const [file, isTable] of files) {
          // One of several may be nothing by itself: an empty one, of which DuckDB cannot find the columns.
          const counted = isTable ? countRows(connection, sqlString(file)).catch(() => undefined) : undefined;
          rows.push(await counted);
        }
        await describeSource([...files.keys()], rows);
      }
      return result;
    } catch (error) {
      throw asDataError(error, source, sql);
    }
  });
}

/** What DuckDB says, as an error of ours; errors that are ours already stay. */
export function asDataError(error: unknown, source: string, sql: string): Error {
  if (error instanceof DataError || error instanceof InterruptedError) return error;
  const { message } = error as Error;
  const remedy = /No space left|failed to offload|temp_directory|max_temp_directory_size/i.test(message)
    ? ' There is no room left to spill: make room, or set DINNB_CACHE to a folder on another disk before the kernel starts.'
    : '';
  return new DataError(`${source}: ${message.trim()}${remedy}\nThe query was: ${sql.trim()}`, { cause: error });
}

export interface QueryTableOptions {
  /** Where the result lies, default `auto`: in memory where it fits, else on disk. */
  storage?: Storage;
}

/** The result of any DuckDB query over files, e.g. `SELECT * FROM 'clicks.parquet' WHERE day >= DATE '2024-05-01'`. */
export async function sql(query: string, options: QueryTableOptions = {}): Promise<Table> {
  if (typeof query !== 'string' || query.trim() === '') {
    throw new DataError('data.sql: give a query, e.g. din.data.sql("SELECT * FROM \'clicks.parquet\'").');
  }
  checkSettings('data.sql', options, ['storage']);
  checkStorage('data.sql', options.storage);
  return runQuery(query, 'data.sql', {}, { storage: options.storage, tellsFiles: true });
}
