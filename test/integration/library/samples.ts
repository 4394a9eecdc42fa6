import { randomStream } from '../../../src/base/random';
import { type Column, Table } from '../../../src/din/data/table';
import * as features from '../../../src/din/features/index';
import type { DinOptions } from '../../../src/din/models/din';

export const genres = ['Drama', 'Comedy', 'Action'];
const movies = 16;
const users = 25;

/**
 * A small learnable world: movies come in four kinds, and a movie is liked when the history holds its kind. Histories
 * have 0 to 3 items, most recent first.
 */
export function smallSamples(rows: number, seed = 1): Table {
  const random = randomStream(seed);
  const pick = (n: number) => Math.floor(random() * n);
  const data = new Map<string, number[]>();
  const text: string[] = [];
  const add = (name: string, value: number) => {
    const column = data.get(name);
    if (column) column.push(value);
    else data.set(name, [value]);
  };
  for (let row = 0; row < rows; row++) {
    const movie = 1 + pick(movies);
    const length = pick(4);
    const history = Array.from({ length: 3 }, (_, i) => (i < length ? 1 + pick(movies) : 0));
    const matches = history.filter((item) => item > 0 && item % 4 === movie % 4).length;
    add('movieId', movie);
    add('userId', pick(users));
    history.forEach((item, i) => {
      add(`recent${i + 1}`, item);
    });
    add('year', 1990 + pick(30));
    add('label', random() < (matches > 0 ? 0.85 : 0.25) ? 1 : 0);
    text.push(random() < 0.1 ? '' : genres[pick(3)]);
  }
  const columns = new Map<string, Column>();
  for (const [name, values] of data) columns.set(name, { type: 'number', values: Float64Array.from(values) });
  columns.set('genre', { type: 'string', values: text });
  return new Table(columns, 'small samples');
}

/** Feature columns that fit `smallSamples`. */
export function smallColumns(options: Partial<DinOptions> = {}): DinOptions {
  const movie = features.identity('movieId', { buckets: movies + 1 });
  return {
    profile: [features.embedding(features.identity('userId', { buckets: users }), { dimension: 4 })],
    candidate: movie,
    history: features.history(['recent1', 'recent2', 'recent3'], { of: movie }),
    context: [
      features.embedding(features.vocabulary('genre', { values: genres }), { dimension: 3 }),
      features.numeric('year', { normalize: 'standard' }),
    ],
    embeddingDimension: 6,
    hidden: [16, 8],
    seed: 7,
    ...options,
  };
}

/** Options of a quiet `fit` that runs op by op. */
export const quiet = { live: false, verbose: false, graph: 'off' } as const;
