// The reference case as a user of dinnb writes it: a table in the reference columns, features, a DIN.
import { createRequire } from 'node:module';
import { CONTEXT_NUMBERS, GENRES, genreColumns, historyColumns, referenceShape, USER_NUMBERS } from '../data.mjs';

/** The built library on native TensorFlow. */
export function loadLibrary(addon) {
  const din = createRequire(import.meta.url)('../../../../dist/din.js');
  const tf = din.backend.loadNative(addon);
  return { din, tf, tensorflow: tf.backend().binding.TF_Version };
}

/** The columns as dinnb's Table: numbers as float64, genres as text. `shape` as in referenceShape. */
export function referenceTable(din, rows, shape) {
  const { columns, label, historyLength, fields } = referenceShape(rows, shape);
  const table = new Map();
  if (fields === 2) {
    // Lists, the most recent behaviour first, as far as there are any: with a movie comes its genre.
    const movies = historyColumns(historyLength).map((name) => columns.get(name));
    const genres = genreColumns(historyLength).map((name) => columns.get(name));
    const lists = (of, value) =>
      Array.from({ length: rows }, (_, row) => of.map((ids) => value(ids[row])).filter((_, k) => movies[k][row]));
    table.set('movies', { type: 'list', values: lists(movies, Number) });
    table.set('genres', { type: 'list', values: lists(genres, (genre) => GENRES[genre]) });
  }
  for (const [name, values] of [...columns, ['label', label]]) {
    if (fields === 2 && /^userRated(Movie|Genre)/.test(name)) continue;
    table.set(
      name,
      /Genre/.test(name)
        ? { type: 'string', values: Array.from(values, (genre) => GENRES[genre]) }
        : { type: 'number', values: Float64Array.from(values) },
    );
  }
  return new din.data.Table(table, 'reference shape');
}

export function referenceModel(din, { users = 30_000, movies = 1_000, historyLength = 5, fields = 1 } = {}) {
  const f = din.features;
  const movie = f.identity('movieId', { buckets: movies + 1 });
  const genre = (key) => f.embedding(f.vocabulary(key, { values: GENRES }), { dimension: 10 });
  const movieGenre = genre('movieGenre1');
  const histories =
    fields === 2
      ? {
          candidate: [f.embedding(movie, { dimension: 10 }), movieGenre],
          history: f.history({ movies: movie, genres: movieGenre.of }, { length: historyLength, recent: 'first' }),
        }
      : { candidate: movie, history: f.history(historyColumns(historyLength), { of: movie }) };
  return din.models.din({
    ...histories,
    profile: [
      f.embedding(f.identity('userId', { buckets: users + 1 }), { dimension: 10 }),
      genre('userGenre1'),
      ...USER_NUMBERS.map((n) => f.numeric(n)),
    ],
    context: [...(fields === 2 ? [] : [movieGenre]), ...CONTEXT_NUMBERS.map((n) => f.numeric(n))],
    embeddingDimension: 10,
    attention: { hidden: [32], activation: 'prelu', normalize: 'none' },
    hidden: [128, 64],
    activation: 'prelu',
    seed: 1,
  });
}
