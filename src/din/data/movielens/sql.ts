import { DEFAULT_YEAR, POSITIVE_RATING } from '../reference';

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

/** The ratings in the order of time, user, movie, each with its movie's year and genres. */
export function ratedQuery(): string {
  return `
    SELECT movieId, userId, rating, CAST(second AS DOUBLE) AS timestamp, liked AS label, year AS releaseYear, genres
    FROM rated ORDER BY second, userId, movieId, record`;
}
