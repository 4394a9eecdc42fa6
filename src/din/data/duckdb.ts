import path from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { DataError } from '../errors';
import { InterruptedError, loadWhole, throwIfInterrupted } from '../interrupt';
import { type Working, watchInterrupts, working } from '../working';
import { loadBindings } from './duckdb/names';
import { memoryBound } from './storage/builder';
import { spillFolder } from './storage/folder';

export { sqlName, sqlString } from './duckdb/names';
export { queryTable } from './duckdb/read';

/** Bytes that DuckDB gets in any case. */
const LEAST_MEMORY = 1e9;

/**
 * Runs work on a DuckDB database in memory and closes it, whatever happens. DuckDB is loaded only here, on first use:
 * a notebook on simulated data never needs its native module. Throws a DataError when it cannot be loaded. An interrupt stops the
 * query that runs, and throws an InterruptedError.
 * @param title of what is done, for who waits for it.
 */
export async function withDatabase<T>(
  title: string,
  work: (connection: DuckDBConnection, progress: Working) => Promise<T>,
): Promise<T> {
  const DuckDBInstance = await loadDuckDB();
  throwIfInterrupted();
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
      return await working(title, undefined, (progress) => watched(connection, progress, work));
    } finally {
      connection.closeSync();
    }
  } finally {
    instance.closeSync();
  }
}

/** The progress of a query is DuckDB's own until rows are counted. */
async function watched<T>(
  connection: DuckDBConnection,
  progress: Working,
  work: (connection: DuckDBConnection, progress: Working) => Promise<T>,
): Promise<T> {
  let interrupted = false;
  const stop = watchInterrupts(
    () => {
      interrupted = true;
      connection.interrupt();
    },
    () => {
      const { percentage } = connection.progress;
      if (percentage > 0) progress.percent(percentage);
      else progress.tell();
    },
  );
  try {
    return await work(connection, progress);
  } catch (error) {
    throw interrupted ? new InterruptedError('Interrupted while DuckDB was at work.') : error;
  } finally {
    stop();
  }
}

async function loadDuckDB(): Promise<typeof import('@duckdb/node-api').DuckDBInstance> {
  try {
    return await loadWhole(async () => {
      await loadBindings();
      return (await import('@duckdb/node-api')).DuckDBInstance;
    });
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

/** @param from what rows are taken from: a table, or a call such as `read_csv(...)` */
export async function countRows(connection: DuckDBConnection, from: string): Promise<number> {
  return (await queryNumbers(connection, `SELECT count(*) FROM ${from}`))[0][0];
}

/** The first column of a query as text; NULL becomes ''. */
export async function queryStrings(connection: DuckDBConnection, sql: string): Promise<string[]> {
  const reader = await connection.runAndReadAll(sql);
  return reader.getRows().map(([value]) => (value === null ? '' : String(value)));
}
