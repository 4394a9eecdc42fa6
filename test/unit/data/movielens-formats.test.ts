import { mkdir, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createRandom } from '../../../src/base/random';
import { load, movielens, type SampleSet } from '../../../src/din/data';
import { FLAGGED_GENRES, MOVIELENS_SETS } from '../../../src/din/data/movielens/sets';
import { temporaryFolder } from './temporary-folder';

/** One small set, written in every format that GroupLens publishes. */
const MOVIES = [
  { id: 1, title: 'Tôy Störy (1995)', genres: ['Animation', "Children's", 'Comedy'] },
  { id: 2, title: 'Shanghai Triad (Yao a yao yao dao waipo qiao) (1994)', genres: ['Drama'] },
  { id: 5, title: '"Great Performances" Cats: A | B :: C (1998)', genres: [] },
  { id: 9, title: 'Seven, Eight (1931)', genres: ['Comedy', 'War'] },
];
const USERS = [
  { id: 1, age: 24, gender: 'M', occupation: 'technician', zip: '85711' },
  { id: 2, age: 53, gender: 'F', occupation: 'other', zip: '94043' },
  { id: 3, age: 23, gender: 'M', occupation: 'writer', zip: 'T8H1N' },
];

function ratings() {
  const random = createRandom(3);
  return Array.from({ length: 40 }, (_, i) => ({
    user: USERS[random.integer(3)].id,
    movie: MOVIES[random.integer(4)].id,
    stars: 1 + random.integer(5),
    time: 880_000_000 + 10 * Math.floor(i / 2),
  }));
}

/** Titles hold what the format separates with; GroupLens' own do not. */
const titleFor = (title: string, separator: string) => title.replaceAll(separator, ' ');
const latin1 = (text: string) => Buffer.from(text, 'latin1');

const FORMATS: Record<string, (separator: (title: string) => string) => Record<string, string | Buffer>> = {
  csv: (title) => ({
    'ratings.csv': `userId,movieId,rating,timestamp\n${ratings()
      .map((r) => `${r.user},${r.movie},${r.stars}.0,${r.time}\n`)
      .join('')}`,
    'movies.csv': `movieId,title,genres\n${MOVIES.map(
      (m) => `${m.id},"${title(m.title).replaceAll('"', '""')}",${m.genres.join('|') || '(no genres listed)'}\n`,
    ).join('')}`,
  }),
  'ml-1m': (title) => ({
    'ratings.dat': ratings()
      .map((r) => `${r.user}::${r.movie}::${r.stars}::${r.time}\n`)
      .join(''),
    'movies.dat': latin1(MOVIES.map((m) => `${m.id}::${title(m.title)}::${m.genres.join('|')}\n`).join('')),
    'users.dat': USERS.map((u) => `${u.id}::${u.gender}::${u.age}::${u.occupation}::${u.zip}\n`).join(''),
  }),
  'ml-10m': (title) => ({
    'ratings.dat': ratings()
      .map((r) => `${r.user}::${r.movie}::${r.stars}::${r.time}\n`)
      .join(''),
    'movies.dat': MOVIES.map((m) => `${m.id}::${title(m.title)}::${m.genres.join('|') || '(no genres listed)'}\n`).join(
      '',
    ),
  }),
  'ml-100k': (title) => ({
    'u.data': ratings()
      .map((r) => `${r.user}\t${r.movie}\t${r.stars}\t${r.time}\n`)
      .join(''),
    'u.item': latin1(
      MOVIES.map((m) => {
        const flags = FLAGGED_GENRES.map((genre) =>
          Number(genre === 'unknown' ? m.genres.length === 0 : m.genres.includes(genre)),
        );
        return `${m.id}|${title(m.title)}|01-Jan-1995||http://us.imdb.com/M/title-exact?${m.id}|${flags.join('|')}\n`;
      }).join(''),
    ),
    'u.user': USERS.map((u) => `${u.id}|${u.age}|${u.gender}|${u.occupation}|${u.zip}\n`).join(''),
  }),
};

async function folderOf(format: string, separator: string): Promise<string> {
  const folder = await temporaryFolder();
  for (const [name, content] of Object.entries(FORMATS[format]((title) => titleFor(title, separator)))) {
    await writeFile(path.join(folder, name), content);
  }
  return folder;
}

const rowsOf = ({ train, test }: SampleSet, names: readonly string[]) =>
  [train, test].map((table) =>
    names.map((name) => [...Array(table.rows).keys()].map((row) => table.column(name).at(row))),
  );

describe('the formats of MovieLens', () => {
  afterEach(() => {
    vi.unstubAllEnvs();
    vi.restoreAllMocks();
  });

  it.each([
    ['ml-1m', '::'],
    ['ml-10m', '::'],
    ['ml-100k', '|'],
  ])('%s tells the same as csv of the same ratings', async (format, separator) => {
    vi.spyOn(console, 'warn').mockImplementation(() => undefined);
    const options = { minimumRatings: 1, unknownUsers: 0 };
    const reference = await movielens({ folder: await folderOf('csv', separator), ...options });
    const samples = await movielens({ folder: await folderOf(format, separator), dataset: format, ...options });
    expect(rowsOf(samples, reference.train.names)).toEqual(rowsOf(reference, reference.train.names));
    expect(samples.genres).toEqual(reference.genres);
    expect(MOVIES.map(({ id }) => samples.items.titleOf(id))).toEqual(
      MOVIES.map(({ title }) => titleFor(title, separator)),
    );
    expect(samples.description).toContain(`in the format of MovieLens ${format}`);
    // A folder tells by its files what it is, and so does a path.
    const found = await load(await folderOf(format, separator), options);
    expect(rowsOf(found, reference.train.names)).toEqual(rowsOf(reference, reference.train.names));
  });

  it.each([['ml-1m'], ['ml-100k']])('%s tells of its users, too', async (format) => {
    vi.spyOn(console, 'warn').mockImplementation(() => undefined);
    const separator = format === 'ml-1m' ? '::' : '|';
    const { train } = await movielens({ folder: await folderOf(format, separator), dataset: format });
    const users = train.numbers('sourceUserId');
    expect(train.rows).toBeGreaterThan(20);
    for (let row = 0; row < train.rows; row++) {
      const user = USERS.find(({ id }) => id === users[row])!;
      expect(train.column('userGender').at(row)).toBe(user.gender);
      expect(train.column('userAge').at(row)).toBe(user.age);
      expect(train.column('userOccupation').at(row)).toBe(user.occupation);
      expect(train.column('userZipCode').at(row)).toBe(user.zip);
    }
  });

  it('are found in DINNB_DATA under their names, also as their archives unpack', async () => {
    vi.spyOn(console, 'warn').mockImplementation(() => undefined);
    const data = await temporaryFolder();
    vi.stubEnv('DINNB_DATA', data);
    const places = {
      'ml-100k': 'ml-100k',
      'ml-1m': 'ml-1m',
      'ml-10m': 'ml-10M100K',
      'ml-20m': 'ml-20m',
      'ml-32m': 'ml-32m',
    };
    for (const [dataset, place] of Object.entries(places)) {
      const format = dataset in FORMATS ? dataset : 'csv';
      await mkdir(data, { recursive: true });
      await rename(await folderOf(format, format === 'ml-100k' ? '|' : '::'), path.join(data, place));
      const samples = await movielens({ dataset });
      expect(samples.train.rows + samples.test.rows).toBe(40);
      expect(samples.source.files[0]).toContain(path.join(data, place));
    }
  });

  it.each([
    [
      'ml-1m',
      'ratings.dat',
      '1::1::5::880000000\n1::2::x::880000001\n',
      /ratings\.dat, line 2, column 'rating': 'x' is not a number/,
    ],
    [
      'ml-1m',
      'ratings.dat',
      '1::1::5::880000000\n1::2::5\n',
      /ratings\.dat, line 2: the row has 3 cells, 4 are needed \(userId::movieId::rating::timestamp\)/,
    ],
    [
      'ml-1m',
      'ratings.dat',
      '1::1::5::880000000\n1::77::5::880000001\n',
      /ratings\.dat, line 2, column 'movieId': movie 77 is not in .*movies\.dat/,
    ],
    ['ml-1m', 'users.dat', '1::M::1::1::1\n', /column 'userId': user [23] is not in .*users\.dat/],
    ['ml-1m', 'ratings.dat', '', /ratings\.dat has no ratings\./],
    [
      'ml-100k',
      'u.data',
      '1\t1\t9\t880000000\n',
      /u\.data, line 1, column 'rating': '9' is not a rating from 0 to 5 stars/,
    ],
    ['ml-100k', 'u.item', '1|A (1995)|||\n', /u\.item, line 1: the row has 5 cells, 24 are needed/],
    [
      'ml-100k',
      'u.data',
      '1\t1\t5\t880000000000\n',
      /u\.data, line 1, column 'timestamp': .*milliseconds are divided by 1000/,
    ],
  ])('%s: a mistake in %s is named with its line', async (format, file, content, message) => {
    const folder = await folderOf(format, format === 'ml-1m' ? '::' : '|');
    await writeFile(path.join(folder, file), content);
    await expect(movielens({ folder, dataset: format })).rejects.toThrow(message);
  });

  it('are all seven, each with a licence and a checksum of the publisher or on record', () => {
    expect(MOVIELENS_SETS.map(({ name }) => name)).toEqual(
      ['latest-small', '100k', '1m', '10m', '20m', '25m', '32m'].map((size) => `ml-${size}`),
    );
    for (const { source, licence, sha256 } of MOVIELENS_SETS) {
      expect(licence).toMatch(/^Licence: /);
      expect('archive' in source && (source.sha256 ?? source.md5Beside ?? sha256)).toBeTruthy();
    }
  });
});
