import type { CsvDialect } from '../csv/import';
import type { PublishedSet } from '../datasets/published';

/**
 * The published MovieLens sets and how their files are written, as their READMEs describe it
 * (https://files.grouplens.org/datasets/movielens/).
 *
 * - `csv` (latest-small, 20M, 25M, 32M): `ratings.csv` userId,movieId,rating,timestamp and `movies.csv` movieId,title,genres, with a
 *   first line of names, genres separated by `|`.
 * - `dat` (1M, 10M): `ratings.dat` UserID::MovieID::Rating::Timestamp, `movies.dat` MovieID::Title::Genres, and in 1M `users.dat`
 *   UserID::Gender::Age::Occupation::Zip-code, without names; 1M in Latin-1, 10M in UTF-8.
 * - `100k`: `u.data` user, item, rating, timestamp by tabs; `u.item` movie id | title | release date | video release date | URL | 19
 *   flags of genres; `u.user` user id | age | gender | occupation | zip code; in Latin-1.
 */
export interface MovieLensSet extends PublishedSet {
  ratings: CsvDialect | undefined;
  movies: CsvDialect | undefined;
  users?: CsvDialect;
}

/** The flags of `u.item`, in their order (`u.genre`); the first says that none is known. */
export const FLAGGED_GENRES: readonly string[] = [
  'unknown',
  'Action',
  'Adventure',
  'Animation',
  "Children's",
  'Comedy',
  'Crime',
  'Documentary',
  'Drama',
  'Fantasy',
  'Film-Noir',
  'Horror',
  'Musical',
  'Mystery',
  'Romance',
  'Sci-Fi',
  'Thriller',
  'War',
  'Western',
];

const RATINGS = ['userId', 'movieId', 'rating', 'timestamp'];
const LICENCE =
  'Licence: free for research, not to be redistributed or used commercially without permission of GroupLens; see its README.';
const url = (name: string) => `https://files.grouplens.org/datasets/movielens/${name}.zip`;

const csv = { files: [['ratings.csv'], ['movies.csv']], ratings: undefined, movies: undefined } as const;
const dat = (encoding: 'latin-1' | 'utf-8') => ({
  ratings: { names: RATINGS, delimiter: '::', encoding },
  movies: { names: ['movieId', 'title', 'genres'], delimiter: '::', encoding },
});
const flags = FLAGGED_GENRES.map((_, i) => `genre${i}`);

function set(
  name: string,
  checksum: string | undefined,
  layout: Pick<MovieLensSet, 'files' | 'ratings' | 'movies' | 'users' | 'folders' | 'sha256'>,
): MovieLensSet {
  const archive = url(name);
  return {
    name,
    title: `MovieLens ${name}`,
    licence: LICENCE,
    source: checksum === undefined ? { archive, md5Beside: true } : { archive, sha256: checksum },
    ...layout,
  };
}

/** Checksums: of the archives as TensorFlow Datasets records them (url_checksums/movielens.txt), else the publisher's own MD5. */
export const MOVIELENS_SETS: readonly MovieLensSet[] = [
  set('ml-latest-small', undefined, {
    ...csv,
    sha256: {
      'ratings.csv': '80da8b3393dae325bbba5a31f291a6ba55d8d4f4396de3c456f2c1635b1b70e8',
      'movies.csv': 'c47b783f23eb304413307e1bb05335e427737da20ec8d3c0e96335567dd5f3dc',
    },
  }),
  set('ml-100k', '50d2a982c66986937beb9ffb3aa76efe955bf3d5c6b761f4e3a7cd717c6a3229', {
    files: [['u.data'], ['u.item'], ['u.user']],
    ratings: { names: RATINGS, delimiter: '\t', encoding: 'latin-1' },
    movies: {
      names: ['movieId', 'title', 'releaseDate', 'videoReleaseDate', 'url', ...flags],
      delimiter: '|',
      encoding: 'latin-1',
    },
    users: { names: ['userId', 'age', 'gender', 'occupation', 'zipCode'], delimiter: '|', encoding: 'latin-1' },
  }),
  set('ml-1m', 'a6898adb50b9ca05aa231689da44c217cb524e7ebd39d264c56e2832f2c54e20', {
    files: [['ratings.dat'], ['movies.dat'], ['users.dat']],
    ...dat('latin-1'),
    users: { names: ['userId', 'gender', 'age', 'occupation', 'zipCode'], delimiter: '::', encoding: 'latin-1' },
  }),
  set('ml-10m', undefined, { files: [['ratings.dat'], ['movies.dat']], folders: ['ml-10M100K'], ...dat('utf-8') }),
  set('ml-20m', '96f243c338a8665f6bcc89c53edf6ee39162a846940de6b7c8c48aeada765ff3', csv),
  set('ml-25m', '8b21cfb7eb1706b4ec0aac894368d90acf26ebdfb6aced3ebd4ad5bd1eb9c6aa', csv),
  set('ml-32m', undefined, csv),
];
