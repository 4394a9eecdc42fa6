// The reference case as a user of dinnb writes it: a table in the reference columns, features, a DIN.
import { createRequire } from 'node:module';
import { CONTEXT_NUMBERS, GENRES, historyColumns, referenceShape, USER_NUMBERS } from '../data.mjs';

/** The built library on native TensorFlow. */
export function loadLibrary(addon) {
  const din = createRequire(import.meta.url)('../../../../dist/din.js');
  const tf = din.backend.loadNative(addon);
  return { din, tf, tensorflow: tf.backend().binding.TF_Version };
}

/** The columns as dinnb's Table: numbers as float64, genres as text. `shape` as in referenceShape. */
export function referenceTable(din, rows, shape) {
  const { columns, label } = referenceShape(rows, shape);
  const table = new Map();
  for (const [name, values] of [...columns, ['label', label]]) {
    table.set(
      name,
      /Genre/.test(name)
        ? { type: 'string', values: Array.from(values, (genre) => GENRES[genre]) }
        : { type: 'number', values: Float64Array.from(values) },
    );
  }
  return new din.data.Table(table, 'reference shape');
}

export function referenceModel(din, { users = 30_000, movies = 1_000, historyLength = 5 } = {}) {
  const f = din.features;
  const movie = f.identity('movieId', { buckets: movies + 1 });
  const genre = (key) => f.embedding(f.vocabulary(key, { values: GENRES }), { dimension: 10 });
  return din.models.din({
    profile: [
      f.embedding(f.identity('userId', { buckets: users + 1 }), { dimension: 10 }),
      genre('userGenre1'),
      ...USER_NUMBERS.map((n) => f.numeric(n)),
    ],
    candidate: movie,
    history: f.history(historyColumns(historyLength), { of: movie }),
    context: [genre('movieGenre1'), ...CONTEXT_NUMBERS.map((n) => f.numeric(n))],
    embeddingDimension: 10,
    attention: { hidden: [32], activation: 'prelu', normalize: 'none' },
    hidden: [128, 64],
    activation: 'prelu',
    seed: 1,
  });
}
