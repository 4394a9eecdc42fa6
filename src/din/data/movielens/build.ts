import type { DuckDBConnection } from '@duckdb/node-api';
import { DataError } from '../../errors';
import { Texts } from '../columns';
import { type CellRule, type CsvDialect, checkCells, importCsv, lineOf } from '../csv/import';
import { countRows, queryTable, sqlString, withDatabase } from '../duckdb';
import { DEFAULT_YEAR, orderGenres } from '../reference';
import { Table } from '../table';
import { type Movies, referenceSamples } from './features';
import { FLAGGED_GENRES, type MovieLensSet } from './sets';

/** Rows with the source's ids, before splitting and re-indexing. */
export interface RatedSamples {
  /** The reference columns, ordered by time, then user, then movie. */
  samples: Table;
  titles: Map<number, string>;
  genres: string[];
  /** Of each file, in the order in which the set names them. */
  rows: number[];
}

type Layout = Pick<MovieLensSet, 'ratings' | 'movies' | 'users'>;

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
 * Of a set's files, in the order in which it names them: one row a rating, its features computed from ratings of strictly earlier seconds; with what the set tells of its users.
 * Throws a DataError with file, line and column for bad cells, and for movies and users that are missing or there twice.
 */
export async function buildSamples(
  [ratings, movies, users]: readonly string[],
  layout: Layout,
  historyLength: number,
  source: string,
): Promise<RatedSamples> {
  return withDatabase(`${source}: reading`, async (connection, progress) => {
    await importRatings(connection, ratings, layout);
    await importEntities(connection, movies, 'movie', ['movieId', 'title'], layout.movies);
    await checkEntities(connection, ratings, movies, 'movie', layout.ratings, layout.movies);
    const about = await readMovies(connection, layout);
    const rated = await queryTable(connection, 'SELECT movieId, userId, rating, timestamp FROM ratings_file', source, {
      progress,
    });
    progress.stage(`${source}: samples`);
    const known = await referenceSamples(rated, about, historyLength);
    const samples = layout.users ? await withUsers(connection, known, ratings, users, layout) : known;
    const tables = ['ratings_file', 'movie_file', ...(layout.users ? ['user_file'] : [])];
    const rows: number[] = [];
    for (const table of tables) rows.push(await countRows(connection, table));
    return { samples, titles: await readTitles(connection), genres: orderGenres(about.genres.dictionary), rows };
  });
}

/** The release year is in the title's last parentheses that begin with one (`A (1995) (V)`), of a range the first; a movie without genres says so. */
async function readMovies(connection: DuckDBConnection, { movies }: Layout): Promise<Movies> {
  const year = "regexp_extract(title, '.*\\((\\d{4})[^()]*\\)', 1)";
  const listed = `string_split(genres, '|')`;
  const flagged = FLAGGED_GENRES.map(
    (genre, i) => `CASE WHEN trim(genre${i}) = '1' THEN ${sqlString(genre)} ELSE '' END`,
  );
  const genresOf = movies?.names.includes('genre0') ? `[${flagged.join(', ')}]` : listed;
  const none = "('', '(no genres listed)', 'unknown')";
  const table = await queryTable(
    connection,
    `SELECT movieId, coalesce(TRY_CAST(nullif(${year}, '') AS INTEGER), ${DEFAULT_YEAR}) AS year,
       list_filter(${genresOf}, lambda genre: genre NOT IN ${none}) AS genres FROM movie_file`,
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

async function importRatings(connection: DuckDBConnection, file: string, { ratings: dialect }: Layout): Promise<void> {
  const required = ['userId', 'movieId', 'rating', 'timestamp'];
  const type = (name: string) => (required.includes(name) ? 'number' : 'string');
  await importCsv(connection, file, 'ratings_file', { dialect, required, type, empty: () => 'error', isId });
  if ((await countRows(connection, 'ratings_file')) === 0)
    throw new DataError(`${file} has no ratings${dialect ? '.' : ': only the line that names the columns.'}`);
  await checkCells(connection, file, 'ratings_file', RATING_RULES, dialect);
}

/** Movies or users: `<entity>_file`. */
async function importEntities(
  connection: DuckDBConnection,
  file: string,
  entity: 'movie' | 'user',
  required: readonly string[],
  dialect: CsvDialect | undefined,
): Promise<void> {
  const id = `${entity}Id`;
  const type = (name: string) => (name === id || name === 'age' ? 'number' : 'string');
  const needed = entity === 'movie' && !dialect ? [...required, 'genres'] : required;
  await importCsv(connection, file, `${entity}_file`, { dialect, required: needed, type, empty: () => 'error', isId });
  await checkCells(connection, file, `${entity}_file`, [idRule(id)], dialect);
}

/** A movie that is there twice would double its ratings; one that is not would lose them. */
async function checkEntities(
  connection: DuckDBConnection,
  ratings: string,
  file: string,
  entity: 'movie' | 'user',
  ratingsDialect: CsvDialect | undefined,
  dialect: CsvDialect | undefined,
): Promise<void> {
  const id = `${entity}Id`;
  const twice = await firstRow(
    connection,
    `SELECT max(rowid), ${id} FROM ${entity}_file GROUP BY ${id} HAVING count(*) > 1 ORDER BY 1 LIMIT 1`,
  );
  if (twice) {
    const line = await lineOf(file, twice[0], dialect);
    throw new DataError(`${file}, line ${line}, column '${id}': ${entity} ${twice[1]} is there twice. Remove one.`);
  }
  const absent = await firstRow(
    connection,
    `SELECT min(rowid), ${id} FROM ratings_file ANTI JOIN ${entity}_file USING (${id}) GROUP BY ${id} ORDER BY 1 LIMIT 1`,
  );
  if (absent) {
    const line = await lineOf(ratings, absent[0], ratingsDialect);
    throw new DataError(
      `${ratings}, line ${line}, column '${id}': ${entity} ${absent[1]} is not in ${file}. ` +
        'Use the files of the same data set.',
    );
  }
}

/** The samples with what `users.dat` or `u.user` tells: userGender, userAge, userOccupation, userZipCode. */
async function withUsers(
  connection: DuckDBConnection,
  samples: Table,
  ratings: string,
  file: string,
  layout: Layout,
): Promise<Table> {
  await importEntities(connection, file, 'user', layout.users!.names, layout.users);
  await checkEntities(connection, ratings, file, 'user', layout.ratings, layout.users);
  const users = await queryTable(connection, 'SELECT userId, gender, age, occupation, zipCode FROM user_file', file);
  const rowOf = new Map(Array.from(users.typed('userId'), (id, row) => [id, row]));
  const rows = Int32Array.from(samples.typed('userId'), (id) => rowOf.get(id)!);
  const columns = new Map(samples.columns);
  for (const name of ['gender', 'age', 'occupation', 'zipCode'])
    columns.set(`user${name[0].toUpperCase()}${name.slice(1)}`, users.column(name).take(rows));
  return new Table(columns, samples.source);
}

async function firstRow(connection: DuckDBConnection, sql: string): Promise<number[] | undefined> {
  const rows = (await connection.runAndReadAll(sql)).getRows();
  return rows[0]?.map(Number);
}

async function readTitles(connection: DuckDBConnection): Promise<Map<number, string>> {
  const sql = 'SELECT movieId, title FROM movie_file ORDER BY movieId';
  const table = await queryTable(connection, sql, sqlString('movies.csv'));
  const titles = table.strings('title');
  return new Map(Array.from(table.numbers('movieId'), (id, i) => [id, titles[i]]));
}
