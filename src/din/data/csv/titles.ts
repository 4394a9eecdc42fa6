import type { DuckDBConnection } from '@duckdb/node-api';
import { queryTable } from '../duckdb';
import { importCsv } from './import';

/** Movie titles by id from a `movies.csv` (movieId, title, ...). Throws a DataError for missing columns and bad ids. */
export async function readTitles(connection: DuckDBConnection, file: string): Promise<Map<number, string>> {
  await importCsv(connection, file, 'titles', {
    required: ['movieId', 'title'],
    type: (name) => (name === 'movieId' ? 'number' : 'string'),
    empty: () => 'error',
  });
  const table = await queryTable(connection, 'SELECT movieId, title FROM titles ORDER BY rowid', file);
  await connection.run('DROP TABLE titles');
  const titles = table.strings('title');
  return new Map(Array.from(table.numbers('movieId'), (id, i) => [id, titles[i]]));
}
