import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { csv, load } from '../../../src/din/data';
import { REFERENCE_COLUMNS } from './compare-features';
import { temporaryFolder } from './temporary-folder';

type Cells = Record<string, string | number>;

/** A good row: movie 10 by user 7, two movies in the history. */
const GOOD: Cells = {
  movieId: 10,
  userId: 7,
  rating: 4,
  timestamp: 1000,
  label: 1,
  releaseYear: 1995,
  movieGenre1: 'Drama',
  movieGenre2: '',
  movieGenre3: '',
  movieRatingCount: 3,
  movieAvgRating: 3.5,
  movieRatingStddev: 0.5,
  userRatedMovie1: 20,
  userRatedMovie2: 10,
  userRatedMovie3: '',
  userRatedMovie4: 0,
  userRatedMovie5: '',
  userRatingCount: 2,
  userAvgReleaseYear: 1990.5,
  userReleaseYearStddev: 1,
  userAvgRating: 4,
  userRatingStddev: 0,
  userGenre1: 'Drama',
  userGenre2: 'Sci-Fi',
  userGenre3: '',
  userGenre4: '',
  userGenre5: '',
};

const rows = (...changes: Cells[]) => changes.map((change, i) => ({ ...GOOD, timestamp: 1000 + i, ...change }));

function text(samples: readonly Cells[], { names = REFERENCE_COLUMNS, newline = '\n' } = {}): string {
  return [names.join(','), ...samples.map((row) => names.map((n) => row[n]).join(','))].join(newline) + newline;
}

async function fileOf(content: string): Promise<string> {
  const file = path.join(await temporaryFolder(), 'samples.csv');
  await writeFile(file, content);
  return file;
}

const TRAIN = rows(
  {},
  { movieId: 20, userRatedMovie1: '' },
  { movieId: 10 },
  { movieId: 20 },
  { movieId: 999, userId: 30000 },
);
const TEST = rows({ movieId: 555, userRatedMovie1: 999 }, { userId: 8, label: 0 });

describe('csv reads a folder', () => {
  it('as it is split, re-indexed from the training file, with titles', async () => {
    const folder = await temporaryFolder({
      'trainingSamples.csv': text(TRAIN),
      'testSamples.csv': text(TEST),
      'movies.csv': 'movieId,title,genres\n10,"Ten, The (1995)",Drama\n555,Unseen,War\n',
    });
    const samples = await load(folder, { unknownUsers: 0, minimumRatings: 1 });
    expect(samples.train.names).toEqual([...REFERENCE_COLUMNS, 'sourceMovieId', 'sourceUserId']);
    expect([...samples.train.numbers('movieId')]).toEqual([1, 2, 1, 2, 3]);
    expect([...samples.train.numbers('userRatedMovie1')]).toEqual([2, 0, 2, 2, 2]);
    expect([...samples.train.numbers('userRatedMovie3')]).toEqual([0, 0, 0, 0, 0]);
    expect([...samples.test.numbers('movieId')]).toEqual([4, 1]);
    expect([...samples.test.numbers('userId')]).toEqual([1, 3]);
    expect([...samples.test.numbers('sourceUserId')]).toEqual([7, 8]);
    expect(samples.items.size).toBe(5);
    expect(samples.items.title(1)).toBe('Ten, The (1995)');
    expect(samples.items.title(2)).toBe('movie 20');
    expect(samples.items.title(4)).toBe('unknown movie');
    expect(samples.items.titleOf(555)).toBe('Unseen');
    expect(samples.genres).toEqual(['Sci-Fi', 'Drama']);
    expect(samples.historyLength).toBe(5);
    expect(samples.train.strings('movieGenre2')[0]).toBe('');
    expect(Object.keys(samples.source.sha256)).toEqual(['trainingSamples.csv', 'testSamples.csv', 'movies.csv']);
  });

  it('also where ratings of MovieLens lie beside them', async () => {
    const folder = await temporaryFolder({
      'trainingSamples.csv': text(TRAIN),
      'testSamples.csv': text(TEST),
      'ratings.csv': 'userId,movieId,rating,timestamp\n1,10,4,5\n',
      'movies.csv': 'movieId,title,genres\n10,Ten,Drama\n',
    });
    expect((await load(folder)).train.rows).toBe(TRAIN.length);
  });

  it('and says which of the two files is missing', async () => {
    const folder = await temporaryFolder({ 'trainingSamples.csv': text(TRAIN) });
    await expect(csv(folder)).rejects.toThrow(/there is no testSamples\.csv/);
    await expect(csv(path.join(folder, 'nowhere'))).rejects.toThrow(/nowhere is not there\. Give a folder/);
  });

  it('and says which column only one of the files has', async () => {
    const folder = await temporaryFolder({
      'trainingSamples.csv': text(rows({ extra: 1 }), { names: [...REFERENCE_COLUMNS, 'extra'] }),
      'testSamples.csv': text(TEST),
    });
    await expect(csv(folder)).rejects.toThrow(
      /testSamples\.csv: column 'extra' missing, which .*trainingSamples\.csv has/,
    );
  });
});

describe('csv reads one file', () => {
  it('with byte order mark, CRLF, quotes, blank lines and columns of its own', async () => {
    const names = ['note', ...[...REFERENCE_COLUMNS].reverse(), 'weight'];
    const samples = rows(
      { note: '"a ""b"", c"', weight: 0.5 },
      { note: '"two\r\nlines"', weight: '' },
      { note: '', weight: 2 },
    );
    const file = await fileOf(`\uFEFF${text(samples, { names, newline: '\r\n' })}\r\n`);
    const { train, test } = await csv(file, { testFraction: 0.3, unknownUsers: 0 });
    expect([train.rows, test.rows]).toEqual([2, 1]);
    expect(train.strings('note')).toEqual(['a "b", c', 'two\r\nlines']);
    expect([...train.numbers('weight')]).toEqual([0.5, Number.NaN]);
    expect(train.numbers('movieAvgRating')[0]).toBe(3.5);
    expect(test.strings('userGenre2')).toEqual(['Sci-Fi']);
  });

  it('of another history length', async () => {
    const names = REFERENCE_COLUMNS.filter((name) => !/userRatedMovie[345]/.test(name));
    const file = await fileOf(text(rows({}, {}, {}), { names }));
    expect((await csv(file)).historyColumns).toEqual(['userRatedMovie1', 'userRatedMovie2']);
    await expect(csv(file, { historyLength: 3 })).rejects.toThrow(/column 'userRatedMovie3' missing/);
  });

  it('and reads empty numbers as 0 only when asked to', async () => {
    const file = await fileOf(text(rows({}, {}, { userRatingStddev: '' })));
    await expect(csv(file)).rejects.toThrow(
      /samples\.csv, line 4, column 'userRatingStddev': the cell is empty, a number is needed\. .*\{ missing: 'zero' \}/,
    );
    const { test } = await csv(file, { missing: 'zero' });
    expect([...test.numbers('userRatingStddev')]).toEqual([0]);
  });
});

describe('csv refuses', () => {
  const bad: [string, Cells[], RegExp][] = [
    [
      'text for a number',
      rows({}, { releaseYear: 'MCMXCV' }),
      /line 3, column 'releaseYear': 'MCMXCV' is not a number/,
    ],
    ['NaN in a feature', rows({}, { userAvgRating: 'NaN' }), /line 3, column 'userAvgRating': 'NaN' is not a number/],
    ['infinity in a feature', rows({ movieRatingStddev: 'inf' }), /line 2, column 'movieRatingStddev': 'inf'/],
    ['a label that is neither 0 nor 1', rows({}, {}, { label: 2 }), /line 4, column 'label': '2' is not 0 or 1/],
    ['text behind a quote', rows({}, { movieGenre1: '"Dra"ma' }), /line 3: a quote is not closed, or text follows it/],
    ['digits grouped as in source code', rows({ movieId: '1_0' }), /line 2, column 'movieId': '1_0' is not a number/],
    ['half a label', rows({ label: 0.5 }), /line 2, column 'label': '0\.5' is not 0 or 1/],
    ['a negative id', rows({}, { userId: -3 }), /line 3, column 'userId': '-3' is not a whole number from 1/],
    ['movie 0, which is padding', rows({ movieId: 0 }), /line 2, column 'movieId': '0' is not a whole number from 1/],
    [
      'a fraction as id',
      rows({ userRatedMovie2: 10.5 }),
      /column 'userRatedMovie2': '10\.5' is not a whole number from 0/,
    ],
    [
      'several bad cells, counting them',
      rows({ label: 3 }, {}, { label: 4 }),
      /line 2.*2 cells of this column are bad/,
    ],
  ];
  for (const [what, samples, message] of bad) {
    it(what, async () => {
      await expect(csv(await fileOf(text(samples)))).rejects.toThrow(message);
    });
  }

  it('an id beyond the limit', async () => {
    const file = await fileOf(text(rows({}, { userId: 30001 }, { movieId: 1001 })));
    await expect(csv(file, { largestUserId: 30000 })).rejects.toThrow(
      /line 3, column 'userId': '30001' is not a whole number from 1 to 30000/,
    );
    await expect(csv(file, { largestMovieId: 1000 })).rejects.toThrow(/line 4, column 'movieId': '1001'/);
  });

  it('the line after a quoted line break and a blank line by its true number', async () => {
    const samples = rows({ movieGenre1: '"a\nb"' }, { label: 7 });
    const [header, ...lines] = text(samples).split('\n');
    const file = await fileOf([header, '', ...lines].join('\n'));
    await expect(csv(file)).rejects.toThrow(/line 5, column 'label': '7'/);
  });

  it('a missing column, naming those there are', async () => {
    const names = REFERENCE_COLUMNS.filter((name) => name !== 'userGenre3');
    await expect(csv(await fileOf(text(rows({}), { names })))).rejects.toThrow(
      /samples\.csv: column 'userGenre3' missing\. Columns of the file: movieId, userId, .*userGenre5\./,
    );
  });

  it('a column that is there twice', async () => {
    const names = [...REFERENCE_COLUMNS, 'label'];
    await expect(csv(await fileOf(text(rows({}), { names })))).rejects.toThrow(/line 1: column 'label' is there twice/);
  });

  it('an empty file, and one without rows', async () => {
    await expect(csv(await fileOf(''))).rejects.toThrow(
      /samples\.csv is empty: its first line should name the columns/,
    );
    await expect(csv(await fileOf(text([])))).rejects.toThrow(/samples\.csv has no samples/);
  });

  it('a row with a cell too few or too many, with its line', async () => {
    const lines = text(rows({}, {}, {})).split('\n');
    const short = [lines[0], lines[1], lines[2].slice(0, lines[2].lastIndexOf(',')), lines[3]].join('\n');
    await expect(csv(await fileOf(short))).rejects.toThrow(
      /samples\.csv, line 3: the row has 26 cells, but the first line names 27 columns \(movieId.*Add or remove cells/,
    );
    const long = [lines[0], lines[1], lines[2], `${lines[3]},x`].join('\n');
    await expect(csv(await fileOf(long))).rejects.toThrow(
      /samples\.csv, line 4: the row has 28 cells, but the first line names 27 columns/,
    );
  });

  it('lines that end in different ways, and counts lines that end with a carriage return alone', async () => {
    const lines = text(rows({}, {}, { label: 7 }))
      .trimEnd()
      .split('\n');
    const mixed = (ends: string[]) => fileOf(lines.map((line, i) => line + ends[i]).join(''));
    await expect(csv(await mixed(['\n', '\n', '\r\n', '\n']))).rejects.toThrow(
      /samples\.csv, line 3: it ends with CR LF, line 1 with LF\. Save the file with line ends of one kind/,
    );
    await expect(csv(await mixed(['\r\n', '\r\n', '\r\n', '\r']))).rejects.toThrow(
      /line 4: it ends with CR, line 1 with CR LF/,
    );
    await expect(csv(await mixed(['\r', '\r', '\r', '\r']))).rejects.toThrow(
      /line 4, column 'label': '7' is not 0 or 1/,
    );
  });

  it('text that is not UTF-8', async () => {
    const folder = await temporaryFolder();
    const write = async (content: Uint8Array) => {
      await writeFile(path.join(folder, 'samples.csv'), content);
      return path.join(folder, 'samples.csv');
    };
    const content = text(rows({}, { movieGenre1: 'Comédie' }, {}));
    await expect(csv(await write(Buffer.from(content, 'latin1')))).rejects.toThrow(
      /samples\.csv, line 3: it is not UTF-8\. Save/,
    );
    await expect(csv(await write(Buffer.from(`\uFEFF${content}`, 'utf16le')))).rejects.toThrow(
      /is text in UTF-16\. Save it as UTF-8/,
    );
    await expect(csv(await write(Buffer.from([80, 65, 82, 49, 0, 0, 7])))).rejects.toThrow(
      /is no text: it has zero bytes/,
    );
  });

  it('a first line that does not name the columns', async () => {
    const good = text(rows({}, {}));
    const header = /samples\.csv, line 1: /;
    for (const [content, message] of [
      [good.replaceAll(',', ';'), /columns are separated by ;, commas are needed/],
      [good.replaceAll(',', '\t'), /columns are separated by tabs, commas are needed/],
      [good.slice(good.indexOf('\n') + 1), /it holds values \(10, 7, 4, \.\.\.\), but the first line should name/],
      [good.replace(/^/gm, ','), /column 1 of 28 has no name\. Name it or remove it .*index=False/],
    ] as const) {
      await expect(csv(await fileOf(content))).rejects.toThrow(message);
      await expect(csv(await fileOf(content))).rejects.toThrow(header);
    }
    await expect(csv(await fileOf(good.replace('movieId', 'MovieID')))).rejects.toThrow(
      /column 'movieId' missing\. Did you mean 'MovieID'\? Columns of the file: MovieID, userId/,
    );
  });

  it('a history with a gap, and columns that re-indexing would overwrite', async () => {
    const good = text(rows({}, {}));
    await expect(csv(await fileOf(good.replace('userRatedMovie3', 'userRatedMovie7')))).rejects.toThrow(
      /column 'userRatedMovie3' missing, but 'userRatedMovie7' is there\. Number the history from 1 without a gap/,
    );
    const names = [...REFERENCE_COLUMNS, 'sourceUserId'];
    await expect(csv(await fileOf(text(rows({ sourceUserId: 4 }), { names })))).rejects.toThrow(
      /column 'sourceUserId' would be overwritten.*Rename it/,
    );
  });

  it('an empty id or label even where empty numbers are read as 0', async () => {
    for (const column of ['label', 'movieId', 'userId', 'timestamp']) {
      const file = await fileOf(text(rows({}, { [column]: '' }, {})));
      await expect(csv(file, { missing: 'zero' })).rejects.toThrow(
        new RegExp(
          `line 3, column '${column}': the cell is empty, a number is needed\\. Fill it in, or remove the row`,
        ),
      );
    }
  });

  it('what is no path', async () => {
    await expect(csv(undefined as never)).rejects.toThrow(/data\.csv: the first argument is the path .* not undefined/);
    await expect(csv('')).rejects.toThrow(/data\.csv: the first argument is the path .* not ''/);
  });

  it('a folder where a file belongs, and a name that is neither', async () => {
    await expect(load('movilens')).rejects.toThrow(
      /'movilens' is no data set and no path.*Did you mean 'movielens'\?.*simulated, movielens/,
    );
    await expect(load('')).rejects.toThrow(/a name or a path/);
  });
});

describe('ids of further columns', () => {
  it('stay apart: 19 digits, leading zeros, exponents', async () => {
    const names = [...REFERENCE_COLUMNS, 'long', 'zip', 'exp', 'price'];
    const samples = Array.from({ length: 100 }, (_, i) => ({
      ...GOOD,
      timestamp: 1000 + i,
      long: `12345678901234${56789 + i}`,
      zip: i % 2 ? '0123' : '123',
      exp: i % 2 ? '1e3' : '1000',
      price: i % 2 ? '1.50' : '2.25',
    }));
    const { train } = await csv(await fileOf(text(samples, { names })), { minimumRatings: 1 });
    expect(new Set(train.strings('long')).size).toBe(train.rows);
    expect(new Set(train.strings('zip'))).toEqual(new Set(['123', '0123']));
    expect(new Set(train.strings('exp'))).toEqual(new Set(['1000', '1e3']));
    expect(new Set(train.numbers('price'))).toEqual(new Set([2.25, 1.5]));
  });

  it.each(['0123', '1e3', '+5'])('are refused as %s where a number must be', async (movieId) => {
    await expect(csv(await fileOf(text(rows({}, { movieId }))))).rejects.toThrow(
      `line 3, column 'movieId': '${movieId}' is not a number that can be written back as it is`,
    );
  });
});
