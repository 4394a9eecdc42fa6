import { stat } from 'node:fs/promises';
import path from 'node:path';
import { checkChoice, checkFraction, checkSeed, checkSettings, checkShare, checkWhole } from '../checks';
import { DataError } from '../errors';
import { describeSource } from './checksum';
import { readSamples, type SampleFormat } from './csv/samples';
import { readTitles } from './csv/titles';
import { withDatabase } from './duckdb';
import { MOVIE_GENRE_COLUMNS, orderGenres, USER_GENRE_COLUMNS } from './reference';
import { reindex } from './reindex';
import { SampleSet } from './sample-set';
import { randomSplit, type Split, timeSplit } from './splits';
import type { Table } from './table';

export interface CsvOptions {
  /** How one file is split; a folder's two files are already. `time` (default): the latest rows are for testing. */
  split?: 'time' | 'random';
  /** Share of one file's rows that is kept for testing; default 0.2. */
  testFraction?: number;
  /** How many userRatedMovie columns to expect; default: as many as the file has. */
  historyLength?: number;
  /**
   * What an empty number means: an error (default), or 0. Empty history entries are padding and empty genres none either
   * way; ids, timestamp and label may never be empty.
   */
  missing?: 'error' | 'zero';
  /** Largest movie id that is no mistake; the reference case has 1000. Default: any. */
  largestMovieId?: number;
  /** Largest user id that is no mistake; the reference case has 30000. Default: any. */
  largestUserId?: number;
  /** Movies with fewer training rows share the out-of-vocabulary row, and so train it; default 2, 1: none do. */
  minimumRatings?: number;
  /** Share of the training rows whose user is hidden behind the out-of-vocabulary row, to train it; default 0.1. */
  unknownUsers?: number;
  /** Of the random split and of the choice of hidden users; default 42. */
  seed?: number;
}

const DEFAULTS: Required<Omit<CsvOptions, 'historyLength'>> = {
  split: 'time',
  testFraction: 0.2,
  missing: 'error',
  largestMovieId: Number.MAX_SAFE_INTEGER,
  largestUserId: Number.MAX_SAFE_INTEGER,
  minimumRatings: 2,
  unknownUsers: 0.1,
  seed: 42,
};

type CsvSettings = typeof DEFAULTS & Pick<CsvOptions, 'historyLength'>;

export const TRAINING_FILE = 'trainingSamples.csv';
export const TEST_FILE = 'testSamples.csv';

/**
 * Samples that are already in the reference case's columns: a folder with `trainingSamples.csv` and `testSamples.csv`,
 * or one CSV file, which is then split. Titles come from a `movies.csv` (movieId, title) beside them, if there is one.
 * Further columns are kept, their empty numbers as missing (NaN). Ids are re-indexed as everywhere: see `SampleSet`.
 *
 * Throws a DataError for options out of their bounds, missing files and columns, and bad cells (file, line, column, value).
 */
export async function csv(location: string, options: CsvOptions = {}): Promise<SampleSet> {
  const settings = checkOptions(options);
  if (typeof location !== 'string' || location === '') {
    throw new DataError(
      `data.csv: the first argument is the path of a folder or of a CSV file, not ${String(location) || "''"}.`,
    );
  }
  const files = await findFiles(location);
  const titlesFile = await existing(path.join(path.dirname(files[0]), 'movies.csv'));
  const format: SampleFormat = settings;
  const { tables, historyColumns, titles } = await withDatabase(`${location}: samples`, async (connection) => {
    const read = [];
    for (const file of files) read.push(await readSamples(connection, file, format));
    checkSameColumns(read.map(({ table }) => table));
    const known = titlesFile ? await readTitles(connection, titlesFile) : new Map<number, string>();
    return { tables: read.map(({ table }) => table), historyColumns: read[0].historyColumns, titles: known };
  });
  const split = tables.length === 2 ? { train: tables[0], test: tables[1] } : splitOne(tables[0], settings);
  const { minimumRatings, unknownUsers, seed } = settings;
  const reindexed = reindex(split.train, split.test, {
    historyColumns,
    titles,
    minimumMovieRows: minimumRatings,
    unknownUsers,
    seed,
  });
  return new SampleSet({
    name: location,
    description: describe(files, settings),
    ...reindexed,
    genres: orderGenres(genresOf(tables)),
    historyColumns,
    source: await describeSource(
      titlesFile ? [...files, titlesFile] : files,
      tables.map((table) => table.rows),
    ),
  });
}

function checkOptions(options: CsvOptions): CsvSettings {
  const where = 'data.csv';
  checkSettings(where, options, ['historyLength', ...Object.keys(DEFAULTS)]);
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
  const settings: CsvSettings = { ...DEFAULTS, ...given };
  checkChoice(where, 'split', settings.split, ['time', 'random']);
  checkChoice(where, 'missing', settings.missing, ['error', 'zero']);
  checkFraction(where, 'testFraction', settings.testFraction);
  if (settings.historyLength !== undefined)
    checkWhole(where, 'historyLength', settings.historyLength, { from: 1, to: 100 });
  for (const name of ['largestMovieId', 'largestUserId', 'minimumRatings'] as const) {
    checkWhole(where, name, settings[name], { from: 1, to: Number.MAX_SAFE_INTEGER });
  }
  checkShare(where, 'unknownUsers', settings.unknownUsers);
  checkSeed(where, settings.seed);
  return settings;
}

/** The folder's training and test file, or the one file. */
async function findFiles(location: string): Promise<string[]> {
  const full = path.resolve(location);
  const kind = await stat(full).catch((error: NodeJS.ErrnoException) => {
    const reason = error.code === 'ENOENT' ? 'is not there' : `cannot be read: ${error.message}`;
    throw new DataError(`${full} ${reason}. Give a folder with ${TRAINING_FILE} and ${TEST_FILE}, or a CSV file.`, {
      cause: error,
    });
  });
  if (kind.isFile()) return [full];
  const files = [path.join(full, TRAINING_FILE), path.join(full, TEST_FILE)];
  for (const file of files) {
    if (!(await existing(file))) {
      throw new DataError(
        `${full}: there is no ${path.basename(file)}. The folder needs ${TRAINING_FILE} and ${TEST_FILE}.`,
      );
    }
  }
  return files;
}

async function existing(file: string): Promise<string | undefined> {
  const found = await stat(file).catch(() => undefined);
  return found?.isFile() ? file : undefined;
}

function checkSameColumns([train, test]: Table[]): void {
  if (!test) return;
  for (const [have, lack] of [
    [train, test],
    [test, train],
  ]) {
    const missing = have.names.find((name) => !lack.columns.has(name));
    if (missing !== undefined) {
      throw new DataError(
        `${lack.source}: column '${missing}' missing, which ${have.source} has. Columns: ${lack.names.join(', ')}.`,
      );
    }
  }
}

function splitOne(table: Table, { split, testFraction, seed }: CsvSettings): Split {
  return split === 'time' ? timeSplit(table, testFraction) : randomSplit(table, testFraction, seed);
}

function genresOf(tables: readonly Table[]): Set<string> {
  const genres = new Set<string>();
  for (const table of tables) {
    for (const name of [...MOVIE_GENRE_COLUMNS, ...USER_GENRE_COLUMNS]) {
      for (const genre of table.strings(name)) if (genre !== '') genres.add(genre);
    }
  }
  return genres;
}

function describe(files: readonly string[], { split, testFraction }: CsvSettings): string {
  if (files.length === 2) return `Samples from ${path.dirname(files[0])}, split as its two files are.`;
  const percent = `${Math.round(100 * testFraction)} %`;
  const how = split === 'time' ? `the latest ${percent} of the rows` : `${percent} of the rows, drawn by chance,`;
  return `Samples from ${files[0]}; ${how} are for testing.`;
}
