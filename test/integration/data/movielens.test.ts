import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { createRandom } from '../../../src/base/random';
import { movielens, type SampleSet } from '../../../src/din/data';
import { baselines } from '../../../src/din/insight/baselines';
import { expectRow } from '../../unit/data/compare-features';
import { type Movie, naiveFeatures, type Rating } from '../../unit/data/naive-features';

const folder = path.join(process.env.DINNB_DATA ?? '', 'ml-latest-small');
const available = process.env.DINNB_DATA !== undefined && existsSync(path.join(folder, 'ratings.csv'));
if (!available) {
  console.warn(
    'SKIPPED: the tests on real MovieLens ratings. Set DINNB_DATA to a folder that holds ml-latest-small (ratings.csv, movies.csv).',
  );
}

/** Reads the two files without the library: ml-latest-small quotes titles only. */
function readRaw(): { ratings: Rating[]; movies: Map<number, Movie> } {
  const lines = (name: string) => readFileSync(path.join(folder, name), 'utf8').trim().split(/\r?\n/).slice(1);
  const ratings = lines('ratings.csv').map((line): Rating => {
    const [userId, movieId, rating, timestamp] = line.split(',').map(Number);
    return { userId, movieId, rating, timestamp };
  });
  const movies = lines('movies.csv').map((line): Movie => {
    const [, id, title, genres] = /^(\d+),(.*),([^,]*)$/.exec(line)!;
    const year = /\((\d{4})[^()]*\)"?\s*"?$/.exec(title);
    const list = genres === '(no genres listed)' ? [] : genres.split('|');
    return { movieId: Number(id), year: year ? Number(year[1]) : 1990, genres: list };
  });
  return { ratings, movies: new Map(movies.map((movie) => [movie.movieId, movie])) };
}

describe.skipIf(!available)('movielens on ml-latest-small', () => {
  let samples: SampleSet;
  let raw: ReturnType<typeof readRaw>;
  beforeAll(async () => {
    const start = performance.now();
    samples = await movielens();
    console.log(`100,836 ratings to samples: ${((performance.now() - start) / 1000).toFixed(1)} s`);
    raw = readRaw();
  });

  it('has one row a rating, all test rows later than all training rows', () => {
    const { train, test } = samples;
    expect(train.rows + test.rows).toBe(100_836);
    expect(test.rows / 100_836).toBeCloseTo(0.2, 3);
    const latest = train.numbers('timestamp').reduce((a, b) => Math.max(a, b));
    expect(test.numbers('timestamp').every((time) => time > latest)).toBe(true);
    expect(samples.genres).toHaveLength(19);
    expect(samples.description).toContain('MovieLens ml-latest-small; the latest 20 %');
  });

  it('equals a naive computation on 300 sampled rows', () => {
    const random = createRandom(7);
    for (let i = 0; i < 300; i++) {
      const table = i % 3 === 0 ? samples.test : samples.train;
      const row = random.integer(table.rows);
      const [userId, movieId, rating, timestamp] = ['sourceUserId', 'sourceMovieId', 'rating', 'timestamp'].map(
        (name) => table.numbers(name)[row],
      );
      const expected = naiveFeatures({ userId, movieId, rating, timestamp }, raw.ratings, raw.movies, 5);
      expected.movieId = samples.items.index(movieId);
      // Training rows hide a share of the users on purpose.
      expected.userId = table.numbers('userId')[row];
      expect([samples.users.index(userId), samples.users.outOfVocabulary]).toContain(expected.userId);
      for (let k = 1; k <= 5; k++)
        expected[`userRatedMovie${k}`] = samples.items.index(expected[`userRatedMovie${k}`] as number);
      expectRow(table, row, expected, `user ${userId}, movie ${movieId}, second ${timestamp}`);
    }
  });

  it('knows of training movies and users only', () => {
    const trained = new Set(samples.train.numbers('sourceUserId'));
    const { test, users, items } = samples;
    const userRows = test.numbers('userId');
    const sources = test.numbers('sourceUserId');
    for (let row = 0; row < test.rows; row++) {
      expect(userRows[row] === users.outOfVocabulary).toBe(!trained.has(sources[row]));
    }
    const counts = new Map<number, number>();
    for (const id of samples.train.numbers('sourceMovieId')) counts.set(id, (counts.get(id) ?? 0) + 1);
    expect(items.size - 2).toBe([...counts.values()].filter((count) => count >= 2).length);
    const hidden = samples.train.numbers('userId').filter((user) => user === users.outOfVocabulary).length;
    expect(hidden / samples.train.rows).toBeCloseTo(0.1, 2);
  });

  it('has trivial baselines that say something, as in the reference', () => {
    const [movie, user, sum] = baselines(samples.test).predictors;
    expect(movie.auc).toBeGreaterThan(0.6);
    expect(user.auc).toBeGreaterThan(0.6);
    expect(sum.auc).toBeGreaterThan(Math.max(movie.auc, user.auc));
    expect(movie.gauc.value).toBeGreaterThan(user.gauc.value);
  });
});
