import type { DuckDBConnection } from '@duckdb/node-api';
import { DataError } from '../../errors';
import { Texts } from '../columns';
import { type CellRule, checkCells, importCsv } from '../csv/import';
import { lineOfRecord } from '../csv/locate';
import { queryStrings, queryTable, sqlString, withDatabase } from '../duckdb';
import { DEFAULT_YEAR, orderGenres } from '../reference';
import type { Table } from '../table';
import { type Movies, referenceSamples } from './features';

/** Rows with the source's ids, before splitting and re-indexing. */
export interface RatedSamples {
  /** The reference columns, ordered by time, then user, then movie. */
  samples: Table;
  titles: Map<number, string>;
  genres: string[];
}

export interface MovieLensFiles {
  ratings: string;
  movies: string;
}

const isId = (name: string) => name === 'movieId' || name === 'userId';

const idRule = (column: string): CellRule => ({
  column,
  valid: `${column} >= 1 AND ${column} <= 9007199254740991 AND ${column} = trunc(${column})`,
  expected: 'a whole number from 1',
});

const RATING_RULES: readonly CellRule[] = [
  idRule('userId'),
  idRule('movieId'),
  { column: 'rating', valid: 'rating >= 0 AND rating <= 5', expected: 'a rating from 0 to 5 stars' },
  {
    column: 'timestamp',
    valid: 'abs(timestamp) < 1e11 AND timestamp = trunc(timestamp)',
    expected: 'a whole number of seconds (milliseconds are divided by 1000)',
  },
];

/**
 * One row a rating, its features computed from ratings of strictly earlier seconds.
 * Throws a DataError with file, line and column for bad cells, and for movies that are missing or there twice.
 */
export async function buildSamples(
  files: MovieLensFiles,
  historyLength: number,
  source: string,
): Promise<RatedSamples> {
  return withDatabase(async (connection) => {
    await importRatings(connection, files.ratings);
    await importMovies(connection, files.movies);
    await checkMovies(connection, files);
    const movies = await readMovies(connection);
    const ratings = await queryTable(connection, 'SELECT movieId, userId, rating, timestamp FROM ratings_file', source);
    const samples = await referenceSamples(ratings, movies, historyLength);
    return { samples, titles: await readTitles(connection), genres: orderGenres(movies.genres.dictionary) };
  });
}

/** The release year is in the title, of a range the first; a movie without genres says so. */
async function readMovies(connection: DuckDBConnection): Promise<Movies> {
  const year = "regexp_extract(title, '\\((\\d{4})[^()]*\\)\\s*$', 1)";
  const table = await queryTable(
    connection,
    `SELECT movieId, coalesce(TRY_CAST(nullif(${year}, '') AS INTEGER), ${DEFAULT_YEAR}) AS year,
       list_filter(string_split(genres, '|'), lambda genre: genre NOT IN ('', '(no genres listed)')) AS genres FROM movies_file`,
    'movies',
  );
  const genres = table.lists('genres');
  return {
    ids: table.typed('movieId'),
    years: table.typed('year'),
    genres: genres.items.type === 'string' ? genres.items : new Texts(new Int32Array(0), []),
    offsets: genres.offsets,
  };
}

async function importRatings(connection: DuckDBConnection, file: string): Promise<void> {
  const required = ['userId', 'movieId', 'rating', 'timestamp'];
  const type = (name: string) => (required.includes(name) ? 'number' : 'string');
  await importCsv(connection, file, 'ratings_file', { required, type, empty: () => 'error', isId });
  const [count] = await queryStrings(connection, 'SELECT count(*) FROM ratings_file');
  if (count === '0') throw new DataError(`${file} has no ratings: only the line that names the columns.`);
  await checkCells(connection, file, 'ratings_file', RATING_RULES);
}

async function importMovies(connection: DuckDBConnection, file: string): Promise<void> {
  const type = (name: string) => (name === 'movieId' ? 'number' : 'string');
  const required = ['movieId', 'title', 'genres'];
  await importCsv(connection, file, 'movies_file', { required, type, empty: () => 'error', isId });
  await checkCells(connection, file, 'movies_file', [idRule('movieId')]);
}

/** A movie that is there twice would double its ratings; one that is not would lose them. */
async function checkMovies(connection: DuckDBConnection, files: MovieLensFiles): Promise<void> {
  const twice = await firstRow(
    connection,
    'SELECT max(rowid), movieId FROM movies_file GROUP BY movieId HAVING count(*) > 1 ORDER BY 1 LIMIT 1',
  );
  if (twice) {
    const line = await lineOfRecord(files.movies, twice[0]);
    throw new DataError(
      `${files.movies}, line ${line}, column 'movieId': movie ${twice[1]} is there twice. Remove one.`,
    );
  }
  const absent = await firstRow(
    connection,
    'SELECT min(rowid), movieId FROM ratings_file ANTI JOIN movies_file USING (movieId) GROUP BY movieId ORDER BY 1 LIMIT 1',
  );
  if (absent) {
    const line = await lineOfRecord(files.ratings, absent[0]);
    throw new DataError(
      `${files.ratings}, line ${line}, column 'movieId': movie ${absent[1]} is not in ${files.movies}. ` +
        'Use the two files of the same data set.',
    );
  }
}

async function firstRow(connection: DuckDBConnection, sql: string): Promise<number[] | undefined> {
  const rows = (await connection.runAndReadAll(sql)).getRows();
  return rows[0]?.map(Number);
}

async function readTitles(connection: DuckDBConnection): Promise<Map<number, string>> {
  const sql = 'SELECT movieId, title FROM movies_file ORDER BY movieId';
  const table = await queryTable(connection, sql, sqlString('movies.csv'));
  const titles = table.strings('title');
  return new Map(Array.from(table.numbers('movieId'), (id, i) => [id, titles[i]]));
}
