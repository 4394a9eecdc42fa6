import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { simulated, type Table } from '../../../src/din/data';
import { exactAuc } from '../../../src/din/metrics/exact-auc';
import { expectRow, REFERENCE_COLUMNS } from './compare-features';
import { type Movie, naiveFeatures, type Rating } from './naive-features';

const SMALL = { users: 12, items: 40, clusters: 5, rows: 400 };

function digest(table: Table): string {
  const hash = createHash('sha256');
  for (const name of table.names) {
    const { values } = table.column(name);
    hash.update(name);
    hash.update(
      // A part of a table shares the whole's memory.
      typeof values[0] === 'string'
        ? (values as string[]).join('\n')
        : new Uint8Array(Float64Array.from(values as Float64Array).buffer),
    );
  }
  return hash.digest('hex');
}

describe('simulated samples', () => {
  it('are the same for the same seed, on every platform, and differ between seeds', async () => {
    const samples = await simulated({ ...SMALL, seed: 42 });
    // Changes whenever the generator does: published figures and saved outputs then change with it.
    expect(digest(samples.train)).toBe('9c1539a0cd3cc7226070f7945cc666c2f61cf4fa52dd0abbe9e86cd931595be9');
    expect(digest((await simulated({ ...SMALL, seed: 42 })).train)).toBe(digest(samples.train));
    expect(digest((await simulated({ ...SMALL, seed: 43 })).train)).not.toBe(digest(samples.train));
    expect(digest((await simulated({ ...SMALL, seed: 0 })).train)).not.toBe(digest(samples.train));
  });

  it('have the 27 reference columns, then what was planted', async () => {
    const { train, historyLength } = await simulated({ ...SMALL, historyLength: 5 });
    expect(historyLength).toBe(5);
    expect(train.names).toEqual([
      ...REFERENCE_COLUMNS,
      ...[1, 2, 3, 4, 5].map((i) => `relevance${i}`),
      'trueProbability',
      'sourceMovieId',
      'sourceUserId',
    ]);
  });

  it('have the features that a naive computation gives for the same ratings', async () => {
    const samples = await simulated({ ...SMALL, historyLength: 3, testFraction: 0.3 });
    const { ratings, movies } = asLog([samples.train, samples.test]);
    for (const table of [samples.train, samples.test]) {
      for (let row = 0; row < table.rows; row += 7) {
        const target = ratingOf(table, row);
        const expected = naiveFeatures(target, ratings, movies, 3);
        expected.movieId = samples.items.index(target.movieId);
        expected.userId = samples.users.index(target.userId);
        for (let i = 1; i <= 3; i++)
          expected[`userRatedMovie${i}`] = samples.items.index(expected[`userRatedMovie${i}`] as number);
        expectRow(table, row, expected, `row ${row}`);
      }
    }
  });

  it('call relevant what has the kind of the candidate, and only that', async () => {
    const { test, items } = await simulated(SMALL);
    const kind = (index: number) => items.title(index).replace(/ \d+ \(\d{4}\)$/, '');
    let relevant = 0;
    for (let row = 0; row < test.rows; row++) {
      for (let i = 1; i <= 5; i++) {
        const watched = test.numbers(`userRatedMovie${i}`)[row];
        const same = watched !== 0 && kind(watched) === kind(test.numbers('movieId')[row]) ? 1 : 0;
        expect(test.numbers(`relevance${i}`)[row]).toBe(same);
        relevant += same;
      }
    }
    expect(relevant).toBeGreaterThan(20);
  });

  it('draw labels with the odds they tell, which rise with a match', async () => {
    const { train } = await simulated({ rows: 30_000 });
    const odds = train.numbers('trueProbability');
    const labels = train.numbers('label');
    const likely = (from: number, to: number) => {
      const chosen = [...labels.keys()].filter((row) => odds[row] >= from && odds[row] < to);
      const expected = chosen.reduce((sum, row) => sum + odds[row], 0) / chosen.length;
      const actual = chosen.reduce((sum, row) => sum + labels[row], 0) / chosen.length;
      // Five standard errors of a share.
      expect(Math.abs(actual - expected)).toBeLessThan(5 * Math.sqrt((expected * (1 - expected)) / chosen.length));
      return actual;
    };
    expect(likely(0.5, 1)).toBeGreaterThan(0.9);
    expect(likely(0, 0.5)).toBeLessThan(0.1);
  });

  it('know their best AUC: that of the true odds, beyond any single feature', async () => {
    const { test, bestAuc } = await simulated({ rows: 20_000 });
    const labels = test.numbers('label');
    expect(bestAuc).toBe(exactAuc(test.numbers('trueProbability'), labels));
    expect(bestAuc).toBeGreaterThan(0.9);
    for (const name of ['movieAvgRating', 'userAvgRating', 'movieRatingCount', 'userRatingCount', 'releaseYear']) {
      expect(exactAuc(test.numbers(name), labels), name).toBeLessThan(0.65);
    }
  });

  it('leave nothing to a history when the match has no strength', async () => {
    const { bestAuc } = await simulated({ rows: 20_000, matchStrength: 0 });
    expect(bestAuc).toBeLessThan(0.65);
  });

  it('have test rows later than all training rows, of known users and movies, some with short histories', async () => {
    const { train, test, users, items } = await simulated();
    expect(Math.min(...test.numbers('timestamp'))).toBeGreaterThan(Math.max(...train.numbers('timestamp')));
    expect(Math.max(...test.numbers('userId'))).toBeLessThan(users.outOfVocabulary);
    expect(Math.max(...test.numbers('movieId'))).toBeLessThan(items.outOfVocabulary);
    expect(test.numbers('userRatedMovie5').filter((movie) => movie === 0).length).toBeGreaterThan(20);
  });

  for (const [options, message] of [
    [{ users: 1 }, /'users' is 1; give a whole number from 2/],
    [{ items: 3 }, /'items' is 3; give a whole number from 8/],
    [{ clusters: 21 }, /'clusters' is 21; give a whole number from 2 to 20/],
    [{ rows: -5 }, /'rows' is -5/],
    [{ testFraction: 1 }, /'testFraction' is 1; give a fraction/],
    [{ matchStrength: Number.NaN }, /'matchStrength' is NaN/],
    [{ seed: 'x' }, /'seed' is 'x'/],
    [{ row: 10 }, /no setting 'row'. Did you mean 'rows'/],
  ] as const) {
    it(`refuse the options ${JSON.stringify(options)}`, async () => {
      await expect(simulated(options as never)).rejects.toThrow(message);
    });
  }
});

function ratingOf(table: Table, row: number): Rating {
  const [userId, movieId, rating, timestamp] = ['sourceUserId', 'sourceMovieId', 'rating', 'timestamp'].map(
    (name) => table.numbers(name)[row],
  );
  return { userId, movieId, rating, timestamp };
}

/** The rows as the ratings they are, and the movies they are of. */
function asLog(tables: readonly Table[]): { ratings: Rating[]; movies: Map<number, Movie> } {
  const ratings: Rating[] = [];
  const movies = new Map<number, Movie>();
  for (const table of tables) {
    for (let row = 0; row < table.rows; row++) {
      const rating = ratingOf(table, row);
      ratings.push(rating);
      const genres = [1, 2, 3].map((i) => table.strings(`movieGenre${i}`)[row]).filter((genre) => genre !== '');
      movies.set(rating.movieId, { movieId: rating.movieId, year: table.numbers('releaseYear')[row], genres });
    }
  }
  return { ratings, movies };
}
