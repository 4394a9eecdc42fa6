import type { DuckDBConnection } from '@duckdb/node-api';
import { DataError } from '../../errors';
import { queryTable } from '../duckdb';
import { historyColumnNames, REFERENCE_HISTORY_LENGTH, referenceColumns, TEXT_COLUMNS } from '../reference';
import type { Table } from '../table';
import { readHeader } from './header';
import { type CellRule, checkCells, importCsv } from './import';

export interface SampleFormat {
  historyLength?: number;
  missing: 'error' | 'zero';
  largestMovieId: number;
  largestUserId: number;
}

/**
 * Reads a file in the reference format. The table has the file's columns; the history columns are those named
 * userRatedMovie1, 2, ... Throws a DataError for missing columns and bad cells.
 */
export async function readSamples(
  connection: DuckDBConnection,
  file: string,
  format: SampleFormat,
): Promise<{ table: Table; historyColumns: string[] }> {
  const historyLength = format.historyLength ?? countHistoryColumns(await readHeader(file));
  const historyColumns = historyColumnNames(historyLength);
  const required = referenceColumns(historyLength);
  await importCsv(connection, file, 'samples', {
    required,
    type: (name) => (TEXT_COLUMNS.has(name) ? 'string' : required.includes(name) ? 'number' : 'detect'),
    empty: (name) => {
      if (historyColumns.includes(name)) return 'zero';
      return required.includes(name) ? format.missing : 'missing';
    },
  });
  await checkCells(connection, file, 'samples', sampleRules(historyColumns, format));
  const table = await queryTable(connection, 'SELECT * FROM samples ORDER BY rowid', file);
  await connection.run('DROP TABLE samples');
  if (table.rows === 0) throw new DataError(`${file} has no samples: only the line that names the columns.`);
  return { table, historyColumns };
}

/** userRatedMovie1..n without a gap; a file that has none is told what the reference case has. */
function countHistoryColumns(names: readonly string[]): number {
  let count = 0;
  while (names.includes(`userRatedMovie${count + 1}`)) count++;
  return count === 0 ? REFERENCE_HISTORY_LENGTH : count;
}

function sampleRules(historyColumns: readonly string[], { largestMovieId, largestUserId }: SampleFormat): CellRule[] {
  return [
    { column: 'label', valid: 'label IN (0, 1)', expected: '0 or 1' },
    idRule('movieId', 1, largestMovieId),
    idRule('userId', 1, largestUserId),
    ...historyColumns.map((name) => idRule(name, 0, largestMovieId)),
  ];
}

function idRule(column: string, from: number, to: number): CellRule {
  const limit = to === Number.MAX_SAFE_INTEGER ? '' : ` to ${to}`;
  return {
    column,
    valid: `${column} BETWEEN ${from} AND ${to} AND ${column} = trunc(${column})`,
    expected: `a whole number from ${from}${limit}`,
  };
}
