import { sqlName, sqlString } from '../duckdb';
import {
  DEFAULT_RATING,
  DEFAULT_YEAR,
  historyColumnNames,
  MOVIE_GENRE_COLUMNS,
  POSITIVE_RATING,
  referenceColumns,
  USER_GENRE_COLUMNS,
} from '../reference';

/**
 * The SQL that makes the reference case's features. Ratings of the same second, of which MovieLens has many, do not see
 * each other: sums are made by entity and second, and a window over those ends one second before the row's. (A window
 * of ratings by `RANGE` says the same and takes 10 to 20 times as long.)
 */

const BEFORE = 'ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING';

/** A table of sums over all earlier seconds, a row for each second that the entity (or, without one, anybody) has. */
function sumsBefore(name: string, entity: string | undefined, sums: Readonly<Record<string, string>>): string {
  const key = entity === undefined ? '' : `${entity}, `;
  const window = `(${entity === undefined ? '' : `PARTITION BY ${entity} `}ORDER BY second ${BEFORE})`;
  const names = Object.keys(sums);
  return `
    ${name} AS (
      SELECT ${key}second, ${names.map((n) => `coalesce(sum(${n}) OVER ${window}, 0) AS ${n}`).join(', ')}
      FROM (SELECT ${key}second, ${names.map((n) => `${sums[n]} AS ${n}`).join(', ')} FROM rated GROUP BY ALL)
    )`;
}

/** movies(movieId, year, genres VARCHAR[]) and ratings joined with them: rated(record, userId, movieId, ...). */
export function moviesTable(): string {
  return `
    CREATE TABLE movies AS SELECT
      movieId,
      coalesce(TRY_CAST(nullif(regexp_extract(title, '\\((\\d{4})[^()]*\\)\\s*$', 1), '') AS INTEGER), ${DEFAULT_YEAR}) AS year,
      list_filter(string_split(genres, '|'), genre -> genre NOT IN ('', '(no genres listed)')) AS genres
    FROM movies_file;
    CREATE TABLE rated AS SELECT
      ratings_file.rowid AS record, userId, movieId, rating, CAST(timestamp AS BIGINT) AS second,
      rating >= ${POSITIVE_RATING} AS liked, year, genres
    FROM ratings_file JOIN movies USING (movieId)`;
}

/** Every genre that a movie has. */
export function genresTable(): string {
  return 'CREATE TABLE genres AS SELECT DISTINCT unnest(genres) AS genre FROM movies';
}

/**
 * liked(userId, position, history DOUBLE[], genres VARCHAR[]): each user's positively rated movies in the order of
 * time (within a second: of movie id), numbered from 1, with the latest movies and the most frequent genres (ties by
 * name) up to and including that one. A row that k positive ratings precede takes its history from position k.
 */
export function likedTable(genres: readonly string[], historyLength: number): string {
  const latest = Array.from({ length: historyLength }, (_, i) => `lag(movieId, ${i}) OVER ordered`);
  const counts = genres.map(
    (genre) =>
      `{'n': -(count(*) FILTER (list_contains(genres, ${sqlString(genre)})) OVER so_far), 'genre': ${sqlString(genre)}}`,
  );
  const top =
    genres.length === 0
      ? '[]::VARCHAR[]'
      : `list_transform(list_slice(list_sort(list_filter([${counts.join(', ')}], entry -> entry.n < 0)), ` +
        `1, ${USER_GENRE_COLUMNS.length}), entry -> entry.genre)`;
  const order = 'PARTITION BY userId ORDER BY second, movieId, record';
  return `
    CREATE TABLE liked AS SELECT
      userId, row_number() OVER ordered AS position, [${latest.join(', ')}] AS history, ${top} AS genres
    FROM rated WHERE liked
    WINDOW ordered AS (${order}), so_far AS (${order} ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)`;
}

/** The reference columns, one row a rating, in the order of time, user, movie. */
export function samplesQuery(historyLength: number): string {
  return `
    WITH ${sumsBefore('of_movie', 'movieId', {
      movieCount: 'count(*)',
      movieSum: 'sum(rating)',
      movieSquares: 'sum(rating * rating)',
    })}, ${sumsBefore('of_user', 'userId', {
      userCount: 'count(*)',
      userSum: 'sum(rating)',
      userSquares: 'sum(rating * rating)',
      yearSum: 'sum(year)',
      yearSquares: 'sum(year * year)',
      position: 'count(*) FILTER (liked)',
    })}, ${sumsBefore('of_all', undefined, { n: 'count(*)', ratings: 'sum(rating)', years: 'sum(year)' })}, known AS (
      SELECT rated.*, of_movie.* EXCLUDE (movieId, second), of_user.* EXCLUDE (userId, second),
        CASE WHEN n = 0 THEN ${DEFAULT_RATING} ELSE CAST(ratings AS DOUBLE) / n END AS usualRating,
        CASE WHEN n = 0 THEN ${DEFAULT_YEAR} ELSE CAST(years AS DOUBLE) / n END AS usualYear
      FROM rated JOIN of_movie USING (movieId, second) JOIN of_user USING (userId, second) JOIN of_all USING (second)
    ), named AS (
      SELECT
        known.record AS record,
        known.movieId AS movieId, known.userId AS userId, rating,
        CAST(second AS DOUBLE) AS timestamp,
        CAST(known.liked AS DOUBLE) AS label,
        CAST(year AS DOUBLE) AS releaseYear,
        ${items(MOVIE_GENRE_COLUMNS, 'known.genres', "''")},
        CAST(movieCount AS DOUBLE) AS movieRatingCount,
        ${mean('movieCount', 'movieSum', 'usualRating')} AS movieAvgRating,
        ${stddev('movieCount', 'movieSum', 'movieSquares')} AS movieRatingStddev,
        ${items(historyColumnNames(historyLength), 'history', '0')},
        CAST(userCount AS DOUBLE) AS userRatingCount,
        ${mean('userCount', 'yearSum', 'usualYear')} AS userAvgReleaseYear,
        ${stddev('userCount', 'yearSum', 'yearSquares')} AS userReleaseYearStddev,
        ${mean('userCount', 'userSum', 'usualRating')} AS userAvgRating,
        ${stddev('userCount', 'userSum', 'userSquares')} AS userRatingStddev,
        ${items(USER_GENRE_COLUMNS, 'liked.genres', "''")}
      FROM known LEFT JOIN liked ON known.userId = liked.userId AND known.position = liked.position
    )
    SELECT ${referenceColumns(historyLength).map(sqlName).join(', ')}
    FROM named ORDER BY timestamp, userId, movieId, record`;
}

/** The first entries of a list as columns, `none` where it is shorter. */
function items(names: readonly string[], list: string, none: string): string {
  return names.map((name, i) => `coalesce(${list}[${i + 1}], ${none}) AS ${sqlName(name)}`).join(', ');
}

function mean(count: string, sum: string, none: string): string {
  return `CASE WHEN ${count} = 0 THEN ${none} ELSE CAST(${sum} AS DOUBLE) / ${count} END`;
}

/** Sample standard deviation from exact sums: independent of the order in which a window combines its parts. */
function stddev(count: string, sum: string, squares: string): string {
  const variance = `(CAST(${squares} AS DOUBLE) - CAST(${sum} AS DOUBLE) * CAST(${sum} AS DOUBLE) / ${count}) / (${count} - 1)`;
  return `CASE WHEN ${count} < 2 THEN 0 ELSE sqrt(greatest(0, ${variance})) END`;
}
