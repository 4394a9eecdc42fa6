/** The column layout of the reference case: one row an impression. */

/** At 3.5 stars or more a rating counts as positive: label 1. */
export const POSITIVE_RATING = 3.5;

/** Stands for the release year of a film whose title names none. */
export const DEFAULT_YEAR = 1990;

/** Stands for an average rating before anything was rated. */
export const DEFAULT_RATING = 3.5;

export const MOVIE_GENRES = 3;
export const USER_GENRES = 5;
export const REFERENCE_HISTORY_LENGTH = 5;

/** The reference case's genres, in its order. */
export const REFERENCE_GENRES: readonly string[] = [
  'Film-Noir',
  'Action',
  'Adventure',
  'Horror',
  'Romance',
  'War',
  'Comedy',
  'Western',
  'Documentary',
  'Sci-Fi',
  'Drama',
  'Thriller',
  'Crime',
  'Fantasy',
  'Animation',
  'IMAX',
  'Mystery',
  'Children',
  'Musical',
];

const numbered = (name: string, count: number) => Array.from({ length: count }, (_, i) => `${name}${i + 1}`);

/** `userRatedMovie1..n`, most recent first. */
export function historyColumnNames(historyLength: number): string[] {
  return numbered('userRatedMovie', historyLength);
}

export const MOVIE_GENRE_COLUMNS: readonly string[] = numbered('movieGenre', MOVIE_GENRES);
export const USER_GENRE_COLUMNS: readonly string[] = numbered('userGenre', USER_GENRES);

/** The reference columns in their order: 27 for a history of 5. */
export function referenceColumns(historyLength = REFERENCE_HISTORY_LENGTH): string[] {
  return [
    'movieId',
    'userId',
    'rating',
    'timestamp',
    'label',
    'releaseYear',
    ...MOVIE_GENRE_COLUMNS,
    'movieRatingCount',
    'movieAvgRating',
    'movieRatingStddev',
    ...historyColumnNames(historyLength),
    'userRatingCount',
    'userAvgReleaseYear',
    'userReleaseYearStddev',
    'userAvgRating',
    'userRatingStddev',
    ...USER_GENRE_COLUMNS,
  ];
}

/** Columns that hold text; all other reference columns hold numbers. */
export const TEXT_COLUMNS: ReadonlySet<string> = new Set([...MOVIE_GENRE_COLUMNS, ...USER_GENRE_COLUMNS]);

/**
 * The ids as the source has them, beside the dense `movieId` and `userId`: rows of users who share the
 * out-of-vocabulary row can still be told apart (GAUC groups by user).
 */
export const SOURCE_MOVIE_COLUMN = 'sourceMovieId';
export const SOURCE_USER_COLUMN = 'sourceUserId';

/** Genres in the reference order, those it does not know after them by name. */
export function orderGenres(genres: Iterable<string>): string[] {
  const found = new Set(genres);
  const known = REFERENCE_GENRES.filter((g) => found.has(g));
  const others = [...found].filter((g) => !REFERENCE_GENRES.includes(g)).sort();
  return [...known, ...others];
}
