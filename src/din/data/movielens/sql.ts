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
 * The SQL that makes the reference case's features. Every window ends one second before its row (`RANGE ... 1
 * PRECEDING` over whole seconds): ratings of the same second, of which MovieLens has many, do not see each other.
 */

const BEFORE = 'RANGE BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING';

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
    WITH known AS (
      SELECT *,
        count(*) OVER of_movie AS movieCount,
        sum(rating) OVER of_movie AS movieSum,
        sum(rating * rating) OVER of_movie AS movieSquares,
        count(*) OVER of_user AS userCount,
        sum(rating) OVER of_user AS userSum,
        sum(rating * rating) OVER of_user AS userSquares,
        sum(year) OVER of_user AS yearSum,
        sum(year * year) OVER of_user AS yearSquares,
        count(*) FILTER (liked) OVER of_user AS position,
        coalesce(avg(rating) OVER of_all, ${DEFAULT_RATING}) AS usualRating,
        coalesce(avg(year) OVER of_all, ${DEFAULT_YEAR}) AS usualYear
      FROM rated
      WINDOW
        of_movie AS (PARTITION BY movieId ORDER BY second ${BEFORE}),
        of_user AS (PARTITION BY userId ORDER BY second ${BEFORE}),
        of_all AS (ORDER BY second ${BEFORE})
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
