import path from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { DataError } from '../errors';
import { loadBindings } from './duckdb/names';
import { memoryBound } from './storage/builder';
import { spillFolder } from './storage/folder';

export { sqlName, sqlString } from './duckdb/names';
export { queryTable } from './duckdb/read';

/** Bytes that DuckDB gets in any case. */
const LEAST_MEMORY = 1e9;

/**
 * Runs work on a DuckDB database in memory and closes it, whatever happens. DuckDB is loaded only here, on first use:
 * a notebook on simulated data never needs its native module. Throws a DataError when it cannot be loaded.
 */
export async function withDatabase<T>(work: (connection: DuckDBConnection) => Promise<T>): Promise<T> {
  const DuckDBInstance = await loadDuckDB();
  const instance = await DuckDBInstance.create(':memory:', {
    // What does not fit goes to the process's own temporary files: the default is a folder in the working directory.
    temp_directory: path.join(spillFolder(), 'duckdb'),
    memory_limit: `${Math.round(Math.max(LEAST_MEMORY, 2 * memoryBound()) / 1e6)}MB`,
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
  });
  try {
    const connection = await instance.connect();
    try {
      return await work(connection);
    } finally {
      connection.closeSync();
    }
  } finally {
    instance.closeSync();
  }
}

async function loadDuckDB(): Promise<typeof import('@duckdb/node-api').DuckDBInstance> {
  try {
    await loadBindings();
    return (await import('@duckdb/node-api')).DuckDBInstance;
  } catch (error) {
    throw new DataError(
      `DuckDB, which reads CSV files, could not be loaded on ${process.platform}-${process.arch} ` +
        `(Node ${process.versions.node}): ${(error as Error).message} ` +
        `Install it with 'npm install @duckdb/node-api', or use data = 'simulated', which needs no files.`,
      { cause: error },
    );
  }
}

/** The rows of a query as numbers, one array a row; NULL becomes NaN. */
export async function queryNumbers(connection: DuckDBConnection, sql: string): Promise<number[][]> {
  const reader = await connection.runAndReadAll(sql);
  return reader.getRows().map((row) => row.map((value) => (value === null ? Number.NaN : Number(value))));
}

/** The first column of a query as text; NULL becomes ''. */
export async function queryStrings(connection: DuckDBConnection, sql: string): Promise<string[]> {
  const reader = await connection.runAndReadAll(sql);
  return reader.getRows().map(([value]) => (value === null ? '' : String(value)));
}
