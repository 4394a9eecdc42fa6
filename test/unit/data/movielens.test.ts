import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../src/base/random';
import { type Column, movielens, type SampleSet, type Table } from '../../../src/din/data';
import { expectRow, REFERENCE_COLUMNS } from './compare-features';
import { type Movie, naiveFeatures, type Rating } from './naive-features';
import { temporaryFolder } from './temporary-folder';

const GENRES = ['Action', 'Comedy', 'Drama', 'Horror', 'Sci-Fi', 'War', 'Western'];

/** Few users, movies and seconds: most ratings share their second with others of the same user or movie. */
function randomWorld(seed: number) {
  const random = createRandom(seed);
  const movies = new Map<number, Movie>();
  const lines = ['movieId,title,genres'];
  for (let i = 0; i < 7; i++) {
    const movieId = 10 + 13 * i;
    const genres = GENRES.filter(() => random.next() < 0.4);
    const year = i === 0 ? 1990 : 1950 + random.integer(60);
    const title = i === 0 ? 'Untimed' : `"Film ""${i}"", The (${year})${i === 1 ? ' ' : i === 2 ? ' (V)' : ''}"`;
    movies.set(movieId, { movieId, year, genres });
    lines.push(`${movieId},${title},${genres.join('|') || '(no genres listed)'}`);
  }
  const ids = [...movies.keys()];
  const ratings = Array.from(
    { length: 60 },
    (): Rating => ({
      userId: [3, 70, 1000][random.integer(3)],
      movieId: ids[random.integer(ids.length)],
      rating: 0.5 * (1 + random.integer(10)),
      timestamp: 1000 + random.integer(12),
    }),
  );
  const rows = ratings.map((r) => `${r.userId},${r.movieId},${r.rating.toFixed(1)},${r.timestamp}`);
  return {
    ratings,
    movies,
    files: {
      'movies.csv': `${lines.join('\n')}\n`,
      'ratings.csv': `userId,movieId,rating,timestamp\n${rows.join('\n')}\n`,
    },
  };
}

/** Every row of both parts with the source's ids back in place, movies of the history included. */
function sourceRows(samples: SampleSet, historyLength: number): Table[] {
  return [samples.train, samples.test].map((table) => {
    const columns = new Map<string, Column>(table.columns);
    columns.set('movieId', table.column('sourceMovieId'));
    columns.set('userId', table.column('sourceUserId'));
    for (let i = 1; i <= historyLength; i++) {
      const values = table.numbers(`userRatedMovie${i}`).map((index) => (index === 0 ? 0 : samples.items.id(index)!));
      columns.set(`userRatedMovie${i}`, { type: 'number', values });
    }
    return new (table.constructor as typeof Table)(columns, table.source);
  });
}

/** Ratings that are equal in everything are indistinguishable; the others are found by their key. */
const key = (r: Rating) => `${r.timestamp} ${r.userId} ${r.movieId} ${r.rating}`;

describe('movielens features', () => {
  for (let seed = 1; seed <= 12; seed++) {
    it(`equal a naive computation on small files full of ties (seed ${seed})`, async () => {
      const world = randomWorld(seed);
      const folder = await temporaryFolder(world.files);
      const historyLength = 1 + (seed % 6);
      const samples = await movielens({
        folder,
        historyLength,
        minimumRatings: 1,
        unknownUsers: 0,
        testFraction: 0.3,
        split: 'random',
        seed,
      });
      // All movies are known only if the random training part has them all; a lost one would fail on its id.
      const left = new Map<string, number>();
      for (const rating of world.ratings) left.set(key(rating), (left.get(key(rating)) ?? 0) + 1);
      for (const table of sourceRows(samples, historyLength)) {
        for (let row = 0; row < table.rows; row++) {
          const [timestamp, userId, movieId, rating] = ['timestamp', 'userId', 'movieId', 'rating'].map(
            (n) => table.numbers(n)[row],
          );
          const target = { timestamp, userId, movieId, rating };
          expect(left.get(key(target)), 'a row that is no rating').toBeGreaterThan(0);
          left.set(key(target), left.get(key(target))! - 1);
          expectRow(
            table,
            row,
            naiveFeatures(target, world.ratings, world.movies, historyLength),
            `seed ${seed}, ${key(target)}`,
          );
        }
      }
      expect(
        [...left.values()].every((count) => count === 0),
        'ratings without a row',
      ).toBe(true);
    });
  }

  it('do not change when what happens at the same second or later changes', async () => {
    const world = randomWorld(99);
    const cut = 1006;
    const changed = world.ratings.map((r) => (r.timestamp >= cut ? { ...r, rating: 5.5 - r.rating } : r));
    const csv = (ratings: Rating[]) =>
      `userId,movieId,rating,timestamp\n${ratings.map((r) => `${r.userId},${r.movieId},${r.rating},${r.timestamp}`).join('\n')}\n`;
    const options = { minimumRatings: 1, unknownUsers: 0, split: 'random', testFraction: 0.2 } as const;
    const [original, altered] = await Promise.all(
      [world.ratings, changed].map(async (ratings) =>
        movielens({ ...options, folder: await temporaryFolder({ ...world.files, 'ratings.csv': csv(ratings) }) }),
      ),
    );
    const features = REFERENCE_COLUMNS.filter((name) => !['rating', 'label'].includes(name));
    let compared = 0;
    for (const part of ['train', 'test'] as const) {
      const times = original[part].numbers('timestamp');
      for (let row = 0; row < times.length; row++) {
        if (times[row] > cut) continue;
        compared++;
        for (const name of features) {
          expect(altered[part].column(name).values[row], `${name} at ${times[row]}`).toBe(
            original[part].column(name).values[row],
          );
        }
      }
    }
    expect(compared).toBeGreaterThan(20);
  });
});

describe('movielens samples', () => {
  it('have the 27 reference columns and the ids of the source, in the order of time', async () => {
    const samples = await movielens({ folder: await temporaryFolder(randomWorld(5).files) });
    expect(samples.train.names).toEqual([...REFERENCE_COLUMNS, 'sourceMovieId', 'sourceUserId']);
    for (const table of [samples.train, samples.test]) {
      const times = table.numbers('timestamp');
      expect([...times]).toEqual([...times].sort((a, b) => a - b));
    }
  });

  it('put strictly later seconds into the test part, unseen ids on the row out of vocabulary', async () => {
    const files = {
      'movies.csv': 'movieId,title,genres\n5,Old (1950),Drama\n7,Rare (1960),War\n900,New (2000),Comedy\n',
      'ratings.csv':
        'userId,movieId,rating,timestamp\n' +
        '1,5,4,10\n2,5,4,20\n1,7,4,30\n2,5,5,40\n1,5,5,40\n3,900,5,50\n3,5,2,60\n1,900,3,60\n1,900,3,60\n1,900,3,60\n',
    };
    const samples = await movielens({ folder: await temporaryFolder(files), testFraction: 0.4, unknownUsers: 0 });
    expect(samples.train.rows).toBe(6);
    expect([...samples.train.numbers('timestamp')]).toEqual([10, 20, 30, 40, 40, 50]);
    // Movie 7 and 900 have one training rating each, below the minimum of 2: they train the shared row.
    expect(samples.items.size).toBe(3);
    expect([...samples.train.numbers('movieId')]).toEqual([1, 1, 2, 1, 1, 2]);
    expect(samples.items.titleOf(900)).toBe('New (2000)');
    expect([...samples.test.numbers('movieId')]).toEqual([2, 2, 2, 1]);
    expect([...samples.test.numbers('userRatedMovie1')]).toEqual([1, 1, 1, 2]);
    expect([...samples.test.numbers('sourceMovieId')]).toEqual([900, 900, 900, 5]);
    expect(samples.users.size).toBe(5);
  });

  it('hide the asked share of training users, never test users', async () => {
    const folder = await temporaryFolder(randomWorld(5).files);
    const samples = await movielens({ folder, unknownUsers: 0.5, testFraction: 0.2 });
    const hidden = samples.train.numbers('userId').filter((user) => user === samples.users.outOfVocabulary).length;
    expect(hidden / samples.train.rows).toBeGreaterThan(0.25);
    expect(hidden / samples.train.rows).toBeLessThan(0.75);
    expect([...samples.train.numbers('sourceUserId')].every((user) => [3, 70, 1000].includes(user))).toBe(true);
    expect(samples.test.numbers('userId').some((user) => user === samples.users.outOfVocabulary)).toBe(false);
  });

  const movies = 'movieId,title,genres\n5,Old (1950),Drama\n';
  const header = 'userId,movieId,rating,timestamp\n';
  for (const [what, files, message] of [
    [
      'a rating out of range',
      { 'ratings.csv': `${header}1,5,4,1\n1,5,77,2\n` },
      /ratings\.csv, line 3, column 'rating': '77' is not a rating from 0 to 5/,
    ],
    [
      'a time that is no number',
      { 'ratings.csv': `${header}1,5,4,yesterday\n` },
      /line 2, column 'timestamp': 'yesterday' is not a number/,
    ],
    [
      'a movie that movies.csv lacks',
      { 'ratings.csv': `${header}1,5,4,1\n\n1,6,4,2\n` },
      /ratings\.csv, line 4, column 'movieId': movie 6 is not in .*movies\.csv/,
    ],
    [
      'a movie that is there twice',
      { 'ratings.csv': `${header}1,5,4,1\n`, 'movies.csv': `${movies}5,Again,War\n` },
      /movies\.csv, line 3.*movie 5 is there twice/,
    ],
    ['no ratings', { 'ratings.csv': header }, /ratings\.csv has no ratings/],
    [
      'a missing column',
      { 'ratings.csv': 'userId,movieId,rating\n1,5,4\n' },
      /column 'timestamp' missing.*Columns of the file: userId, movieId, rating/,
    ],
    [
      'one second for all',
      { 'ratings.csv': `${header}1,5,4,1\n1,5,3,1\n` },
      /cannot be split by time, the training part would be empty.*Use a random split/,
    ],
  ] as const) {
    it(`refuse ${what}`, async () => {
      const folder = await temporaryFolder({ 'movies.csv': movies, ...files });
      await expect(movielens({ folder })).rejects.toThrow(message);
    });
  }

  for (const [options, message] of [
    [{ testFraction: -1 }, /'testFraction' is -1; give a fraction/],
    [{ historyLength: 2.5 }, /'historyLength' is 2.5; give a whole number/],
    [{ dataset: 'ml-99m' }, /'dataset' is 'ml-99m'; choose 'ml-latest-small'/],
    [{ split: 'date' }, /'split' is 'date'; choose 'time' or 'random'/],
    [{ testfraction: 0.1 }, /no setting 'testfraction'. Did you mean 'testFraction'/],
    [{ unknownUsers: 1 }, /'unknownUsers' is 1/],
    [{ seed: 0.5 }, /'seed' is 0.5/],
  ] as const) {
    it(`refuse the options ${JSON.stringify(options)}`, async () => {
      await expect(movielens(options as never)).rejects.toThrow(message);
    });
  }
});
