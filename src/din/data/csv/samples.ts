import type { DuckDBConnection } from '@duckdb/node-api';
import { DataError } from '../../errors';
import { queryTable } from '../duckdb';
import {
  historyColumnNames,
  REFERENCE_HISTORY_LENGTH,
  referenceColumns,
  SOURCE_MOVIE_COLUMN,
  SOURCE_USER_COLUMN,
  TEXT_COLUMNS,
} from '../reference';
import type { Table } from '../table';
import { readHeader } from './header';
import { type CellRule, checkCells, importCsv } from './import';

export interface SampleFormat {
  historyLength?: number;
  missing: 'error' | 'zero';
  largestMovieId: number;
  largestUserId: number;
}

/** What a row cannot be without: 0 for a missing label would be an invented dislike. */
const NEVER_EMPTY: readonly string[] = ['movieId', 'userId', 'timestamp', 'label'];

/**
 * Reads a file in the reference format. The table has the file's columns; the history columns are those named
 * userRatedMovie1, 2, ... Throws a DataError for missing columns and bad cells.
 */
export async function readSamples(
  connection: DuckDBConnection,
  file: string,
  format: SampleFormat,
): Promise<{ table: Table; historyColumns: string[] }> {
  const names = await readHeader(file);
  checkFree(file, names);
  const historyLength = format.historyLength ?? countHistoryColumns(file, names);
  const historyColumns = historyColumnNames(historyLength);
  const required = referenceColumns(historyLength);
  await importCsv(connection, file, 'samples', {
    required,
    type: (name) => (TEXT_COLUMNS.has(name) ? 'string' : required.includes(name) ? 'number' : 'detect'),
    empty: (name) => {
      if (historyColumns.includes(name)) return 'zero';
      if (NEVER_EMPTY.includes(name)) return 'error';
      return required.includes(name) ? format.missing : 'missing';
    },
    isId: (name) => name === 'movieId' || name === 'userId' || historyColumns.includes(name),
    emptyRemedy: (name) =>
      NEVER_EMPTY.includes(name)
        ? 'Fill it in, or remove the row.'
        : "Fill it in, remove the row, or read empty cells as 0 with { missing: 'zero' }.",
  });
  await checkCells(connection, file, 'samples', sampleRules(historyColumns, format));
  const table = await queryTable(connection, 'SELECT * FROM samples ORDER BY rowid', file);
  await connection.run('DROP TABLE samples');
  if (table.rows === 0) throw new DataError(`${file} has no samples: only the line that names the columns.`);
  return { table, historyColumns };
}

/** Re-indexing writes these two: what the file has there would be lost. */
function checkFree(file: string, names: readonly string[]): void {
  const taken = [SOURCE_MOVIE_COLUMN, SOURCE_USER_COLUMN].find((name) => names.includes(name));
  if (taken === undefined) return;
  throw new DataError(
    `${file}: column '${taken}' would be overwritten: it is where the file's own ids are kept after re-indexing. ` +
      'Rename it, or give it the name of the id column that it belongs to.',
  );
}

/** userRatedMovie1..n without a gap; a file that has none is told what the reference case has. */
function countHistoryColumns(file: string, names: readonly string[]): number {
  const numbers = names.flatMap((name) => /^userRatedMovie(\d+)$/.exec(name)?.[1] ?? []).map(Number);
  if (numbers.length === 0) return REFERENCE_HISTORY_LENGTH;
  const last = Math.max(...numbers);
  const gap = historyColumnNames(last).find((name) => !names.includes(name));
  if (gap !== undefined) {
    throw new DataError(
      `${file}: column '${gap}' missing, but 'userRatedMovie${last}' is there. Number the history from 1 without a gap.`,
    );
  }
  return last;
}

function sampleRules(historyColumns: readonly string[], { largestMovieId, largestUserId }: SampleFormat): CellRule[] {
  return [
    {
      column: 'label',
      valid: 'label IN (0, 1)',
      expected: '0 or 1',
      remedy: 'A label is 1 where the user liked the movie (rating >= 3.5), else 0.',
    },
    idRule('movieId', 1, largestMovieId),
    idRule('userId', 1, largestUserId),
    ...historyColumns.map((name) => idRule(name, 0, largestMovieId)),
  ];
}

function idRule(column: string, from: number, to: number): CellRule {
  const limit = to === Number.MAX_SAFE_INTEGER ? '' : ` to ${to}`;
  const option = column === 'userId' ? 'largestUserId' : 'largestMovieId';
  return {
    column,
    valid: `${column} BETWEEN ${from} AND ${to} AND ${column} = trunc(${column})`,
    expected: `a whole number from ${from}${limit}`,
    ...(limit ? { remedy: `Correct it, remove the row, or raise ${option}.` } : {}),
  };
}
