import { readFileSync } from 'node:fs';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { type Column, Table } from '../../../src/din/data/table';
import * as features from '../../../src/din/features/index';
import { type DinOptions, din } from '../../../src/din/models/din';
import type { RecommenderModel } from '../../../src/din/models/model';

/** Values that `test/fixtures/keras/make.py` computed. */
export function kerasFixture<T>(name: string): T {
  return JSON.parse(readFileSync(path.join(__dirname, '../../fixtures/keras', name), 'utf8'));
}

/** One batch of the reference case, as the fixtures hold it: flat arrays. */
export interface ReferenceBatch {
  movieId: number[];
  userId: number[];
  history: number[];
  userGenre1: number[];
  movieGenre1: number[];
  numbers: number[];
  label: number[];
}

const numericNames = [
  'userRatingCount',
  'userAvgRating',
  'userRatingStddev',
  'releaseYear',
  'movieRatingCount',
  'movieAvgRating',
  'movieRatingStddev',
];
const historyNames = [1, 2, 3, 4, 5].map((i) => `userRatedMovie${i}`);
const genres =
  'Film-Noir Action Adventure Horror Romance War Comedy Western Documentary Sci-Fi Drama Thriller Crime Fantasy Animation IMAX Mystery Children Musical'.split(
    ' ',
  );

export function referenceTable(batches: ReferenceBatch[]): Table {
  const columns = new Map<string, Column>();
  const numbers = (name: string, pick: (batch: ReferenceBatch) => number[]) => {
    columns.set(name, { type: 'number', values: Float64Array.from(batches.flatMap(pick)) });
  };
  const every = (values: number[], width: number, position: number) => values.filter((_, i) => i % width === position);
  numbers('movieId', (batch) => batch.movieId);
  numbers('userId', (batch) => batch.userId);
  numbers('label', (batch) => batch.label);
  for (const [i, name] of historyNames.entries()) numbers(name, ({ history }) => every(history, 5, i));
  for (const [i, name] of numericNames.entries()) numbers(name, (batch) => every(batch.numbers, 7, i));
  for (const name of ['userGenre1', 'movieGenre1'] as const) {
    columns.set(name, { type: 'string', values: batches.flatMap((batch) => batch[name].map((id) => genres[id])) });
  }
  return new Table(columns, 'reference case');
}

export interface ReferenceSettings {
  shared: boolean;
  mask: boolean;
  normalize: 'none' | 'sigmoid' | 'softmax';
}

/** The tutorial's DIN as it is; `shared`, `mask` and `normalize` repair it. */
export function referenceDin(
  { shared, mask, normalize }: ReferenceSettings,
  more: Partial<DinOptions> = {},
): RecommenderModel {
  const movie = features.identity('movieId', { buckets: 1001 });
  const embedding = (of: features.Categorical) => features.embedding(of, { dimension: 10 });
  const genre = (key: string) => embedding(features.vocabulary(key, { values: genres }));
  const numeric = (key: string) => features.numeric(key);
  return din({
    profile: [
      embedding(features.identity('userId', { buckets: 30001 })),
      genre('userGenre1'),
      ...numericNames.slice(0, 3).map(numeric),
    ],
    candidate: movie,
    history: features.history(historyNames, { of: movie, table: shared ? 'shared' : 'own', mask }),
    context: [genre('movieGenre1'), ...numericNames.slice(3).map(numeric)],
    embeddingDimension: 10,
    attention: { hidden: [32], activation: 'prelu', normalize, sharedPositions: mask },
    hidden: [128, 64],
    activation: 'prelu',
    ...more,
  });
}

/** Gives a model the fixtures' weights; the row for "no genre", which Keras does not have, is 0. */
export function fillFixtureWeights(model: RecommenderModel, shapes: Record<string, number[]>): void {
  tf.tidy(() => {
    model.network.setWeights(
      model.network.weights.map(({ originalName, shape }) => {
        const known = shapes[originalName];
        if (!known) throw new Error(`The fixture has no weight ${originalName}: ${Object.keys(shapes).join(', ')}`);
        const scale = /^dense_\d\//.test(originalName) ? 0.1 : 0.3;
        const values = new Float32Array(shape.reduce<number>((a, b) => a * (b ?? 1), 1));
        values.set(
          fixtureWeights(
            originalName,
            known.reduce((a, b) => a * b, 1),
            scale,
          ),
        );
        return tf.tensor(values, shape as number[]);
      }),
    );
  });
}

/** `weights` of make.py. */
export function fixtureWeights(name: string, count: number, scale: number): Float32Array {
  let start = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(name)) start = Math.imul(start ^ byte, 0x01000193);
  return Float32Array.from({ length: count }, (_, i) => {
    let h = (i + (start >>> 0)) >>> 0;
    h = Math.imul(h, 2654435761);
    h = Math.imul(h ^ (h >>> 15), 2246822519);
    h ^= h >>> 13;
    return ((2 * (h >>> 0)) / 2 ** 32 - 1) * scale;
  });
}

/** Largest absolute difference. */
export function maxDifference(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (actual.length !== expected.length) return Number.POSITIVE_INFINITY;
  let worst = 0;
  for (let i = 0; i < expected.length; i++) {
    const difference = Math.abs(actual[i] - expected[i]);
    worst = Number.isNaN(difference) ? Number.POSITIVE_INFINITY : Math.max(worst, difference);
  }
  return worst;
}
