import { tmpdir } from 'node:os';
import path from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { DataError } from '../errors';
import { type Column, Table } from './table';

/**
 * Runs work on a DuckDB database in memory and closes it, whatever happens. DuckDB is loaded only here, on first use:
 * a notebook on simulated data never needs its native module. Throws a DataError when it cannot be loaded.
 */
export async function withDatabase<T>(work: (connection: DuckDBConnection) => Promise<T>): Promise<T> {
  const DuckDBInstance = await loadDuckDB();
  const instance = await DuckDBInstance.create(':memory:', {
    // Spilling goes beside other temporary files: the default is a folder in the working directory.
    temp_directory: path.join(tmpdir(), `dinnb-duckdb-${process.pid}`),
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

/** `'it''s'` */
export function sqlString(text: string): string {
  return `'${text.replace(/'/g, "''")}'`;
}

/** `"a ""name"""` */
export function sqlName(name: string): string {
  return `"${name.replace(/"/g, '""')}"`;
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

/**
 * A query's result as a table: VARCHAR columns become text (NULL: ''), DOUBLE columns numbers (NULL: NaN). Other types
 * are cast by the query.
 */
export async function queryTable(connection: DuckDBConnection, sql: string, source: string): Promise<Table> {
  const result = await connection.run(sql);
  const chunks = await result.fetchAllChunks();
  const rows = chunks.reduce((sum, chunk) => sum + chunk.rowCount, 0);
  const columns = new Map<string, Column>();
  for (const [index, name] of result.columnNames().entries()) {
    const text = String(result.columnType(index)) === 'VARCHAR';
    const column: Column = text
      ? { type: 'string', values: new Array<string>(rows) }
      : { type: 'number', values: new Float64Array(rows) };
    let row = 0;
    for (const chunk of chunks) {
      for (const value of chunk.getColumnValues(index)) {
        if (column.type === 'string') column.values[row++] = value === null ? '' : String(value);
        else column.values[row++] = value === null ? Number.NaN : Number(value);
      }
    }
    columns.set(name, column);
  }
  return new Table(columns, source);
}
