// The reference case's shape: 88,827 impressions, movies 1..1000, users 1..30000, history of five, simulated with a skewed
// popularity. Peers read the same numbers from raw little-endian files; dinnb gets them as a Table through its own API.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

export const ROWS = 88_827;
export const GENRES =
  'Film-Noir,Action,Adventure,Horror,Romance,War,Comedy,Western,Documentary,Sci-Fi,Drama,Thriller,Crime,Fantasy,Animation,IMAX,Mystery,Children,Musical'.split(
    ',',
  );
export const USER_NUMBERS = ['userRatingCount', 'userAvgRating', 'userRatingStddev'];
export const CONTEXT_NUMBERS = ['releaseYear', 'movieRatingCount', 'movieAvgRating', 'movieRatingStddev'];
export const genreColumns = (length) => Array.from({ length }, (_, k) => `userRatedGenre${k + 1}`);
/** What can be measured: `long` has histories of 50 with two fields, a movie and its genre, which the candidate has too. */
export const CASES = { reference: {}, long: { historyLength: 50, fields: 2 } };
export const historyColumns = (length) => Array.from({ length }, (_, k) => `userRatedMovie${k + 1}`);

function generator(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** Columns by name: ids as Int32Array, standardised numbers as Float32Array. */
export function referenceShape(
  rows = ROWS,
  { movies = 1000, users = 30000, historyLength = 5, fields = 1, seed = 1 } = {},
) {
  const random = generator(seed);
  const skewed = (n) => Int32Array.from({ length: rows }, () => 1 + Math.floor(n * random() ** 2));
  const columns = new Map([
    ['movieId', skewed(movies)],
    ['userId', skewed(users)],
    ['userGenre1', Int32Array.from({ length: rows }, () => Math.floor(GENRES.length * random()))],
    ['movieGenre1', Int32Array.from({ length: rows }, () => Math.floor(GENRES.length * random()))],
  ]);
  for (const name of [...USER_NUMBERS, ...CONTEXT_NUMBERS]) {
    columns.set(
      name,
      Float32Array.from({ length: rows }, () => 3.46 * (random() - 0.5)),
    );
  }
  // one history in six is shorter than the model's, as in the reference data
  const length = Int32Array.from({ length: rows }, () =>
    random() < 0.84 ? historyLength : Math.floor(historyLength * random()),
  );
  for (let k = 0; k < historyLength; k++) {
    columns.set(
      `userRatedMovie${k + 1}`,
      Int32Array.from(skewed(movies), (id, row) => (k < length[row] ? id : 0)),
    );
  }
  const movie = columns.get('movieId');
  const user = columns.get('userId');
  const average = columns.get('movieAvgRating');
  const label = Float32Array.from({ length: rows }, (_, row) =>
    (movie[row] % 7) / 7 + (user[row] % 5) / 5 + 0.3 * average[row] + 0.8 * random() > 1.2 ? 1 : 0,
  );
  if (fields === 2) {
    const genreOf = (ids) => ids.map((id) => id % GENRES.length);
    columns.set('movieGenre1', genreOf(movie));
    genreColumns(historyLength).forEach((name, k) => {
      columns.set(name, genreOf(columns.get(`userRatedMovie${k + 1}`)));
    });
  }
  return { rows, columns, label, historyLength, fields };
}

/** Writes the columns for peers in other languages; `meta.json` says what is where. */
export function writeForPeers(folder, { rows, columns, label, historyLength, fields }) {
  const files = {};
  for (const [name, values] of [...columns, ['label', label]]) {
    files[name] = { file: `${name}.bin`, dtype: values instanceof Int32Array ? 'int32' : 'float32' };
    writeFileSync(join(folder, files[name].file), new Uint8Array(values.buffer));
  }
  writeFileSync(join(folder, 'meta.json'), JSON.stringify({ rows, historyLength, fields, files }));
}
