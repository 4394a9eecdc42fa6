import { stat } from 'node:fs/promises';
import path from 'node:path';
import { checkChoice, checkFraction, checkSeed, checkSettings, checkShare, checkWhole } from '../checks';
import { describeSource } from './checksum';
import { type Located, locate } from './datasets/locate';
import { buildSamples } from './movielens/build';
import { MOVIELENS_SETS, type MovieLensSet } from './movielens/sets';
import { historyColumnNames, REFERENCE_HISTORY_LENGTH } from './reference';
import { reindex } from './reindex';
import { SampleSet } from './sample-set';
import { randomSplit, timeSplit } from './splits';

export interface MovieLensOptions {
  /**
   * A folder with the files of any MovieLens set: `ratings.csv` and `movies.csv`, `ratings.dat` and `movies.dat` (with
   * `users.dat`, where it is there), or `u.data`, `u.item` and `u.user`; its checksums are not checked.
   */
  folder?: string;
  /** Which published set: `ml-latest-small` (default), `ml-100k`, `ml-1m`, `ml-10m`, `ml-20m`, `ml-25m`, `ml-32m`. */
  dataset?: string;
  /** `time` (default): the latest ratings are for testing; `random`: ratings drawn by chance, which flatters a model. */
  split?: 'time' | 'random';
  /** Share of the ratings that is kept for testing; default 0.2. */
  testFraction?: number;
  /** Default 5. */
  historyLength?: number;
  /** Movies with fewer training ratings share the out-of-vocabulary row, and so train it; default 2, 1: none do. */
  minimumRatings?: number;
  /** Share of the training rows whose user is hidden behind the out-of-vocabulary row, to train it; default 0.1. */
  unknownUsers?: number;
  /** Of the random split and of the choice of hidden users; default 42. */
  seed?: number;
}

const DEFAULTS: Required<Omit<MovieLensOptions, 'folder'>> = {
  dataset: 'ml-latest-small',
  split: 'time',
  testFraction: 0.2,
  historyLength: REFERENCE_HISTORY_LENGTH,
  minimumRatings: 2,
  unknownUsers: 0.1,
  seed: 42,
};

/**
 * The reference case's samples from raw MovieLens ratings: one row a rating, in the order of time, every feature
 * computed from ratings of strictly earlier seconds. `label` is rating >= 3.5; the history is the user's latest
 * positively rated movies; an average of nothing is the mean of all ratings so far; a deviation of fewer than two
 * values is 0.
 *
 * Looks in `folder`, else in `$DINNB_DATA/<dataset>`, in the cache, and downloads from the publisher at last. Sets that tell of
 * their users (100K, 1M) have the columns userGender, userAge, userOccupation and userZipCode, too.
 *
 * Throws a DataError for options that are out of their bounds, for files that are nowhere (naming every place), and for
 * bad cells (naming file, line and column).
 */
export async function movielens(options: MovieLensOptions = {}): Promise<SampleSet> {
  const settings = checkOptions(options);
  const dataset = await setOf(settings.dataset, options);
  const located = await locate(dataset, options.folder);
  const { samples, titles, genres, rows } = await buildSamples(
    located.files,
    dataset,
    settings.historyLength,
    'movielens',
  );
  const source = await describeSource(located.files, rows);
  const { testFraction, seed } = settings;
  const split = settings.split === 'time' ? timeSplit(samples, testFraction) : randomSplit(samples, testFraction, seed);
  const historyColumns = historyColumnNames(settings.historyLength);
  const { train, test, items, users } = reindex(split.train, split.test, {
    historyColumns,
    titles,
    minimumMovieRows: settings.minimumRatings,
    unknownUsers: settings.unknownUsers,
    seed,
  });
  const description = describe(located, dataset, settings);
  return new SampleSet({ name: 'movielens', description, train, test, items, users, genres, historyColumns, source });
}

/** The set that is named, or where a folder is given without a name, the one whose files it holds. */
async function setOf(name: string, { folder, dataset }: MovieLensOptions): Promise<MovieLensSet> {
  const named = MOVIELENS_SETS.find((set) => set.name === name)!;
  if (folder === undefined || dataset !== undefined) return named;
  const has = (file: string) => isFile(path.join(folder, file));
  if (await has('ratings.csv')) return named;
  const like = (await has('u.data'))
    ? 'ml-100k'
    : !(await has('ratings.dat'))
      ? name
      : (await has('users.dat'))
        ? 'ml-1m'
        : 'ml-10m';
  return MOVIELENS_SETS.find((set) => set.name === like)!;
}

const isFile = (file: string) =>
  stat(file).then(
    (found) => found.isFile(),
    () => false,
  );

function checkOptions(options: MovieLensOptions): typeof DEFAULTS {
  const where = 'data.movielens';
  checkSettings(where, options, ['folder', ...Object.keys(DEFAULTS)]);
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
  const settings = { ...DEFAULTS, ...given };
  const known = MOVIELENS_SETS.map(({ name }) => name);
  checkChoice(where, 'dataset', settings.dataset, known, ' (the files of any other are read with { folder })');
  checkChoice(where, 'split', settings.split, ['time', 'random']);
  checkFraction(where, 'testFraction', settings.testFraction);
  checkWhole(where, 'historyLength', settings.historyLength, { from: 1, to: 100 });
  checkWhole(where, 'minimumRatings', settings.minimumRatings, { from: 1, to: 1_000_000 });
  checkShare(where, 'unknownUsers', settings.unknownUsers);
  checkSeed(where, settings.seed);
  return settings;
}

function describe(located: Located, dataset: MovieLensSet, { split, testFraction }: typeof DEFAULTS): string {
  const origin = located.published
    ? dataset.title
    : located.published === undefined
      ? `Ratings from ${located.folder}, in the format of ${dataset.title}`
      : `Ratings from ${located.folder} (not the published ${dataset.name}: its checksums differ)`;
  const percent = `${Math.round(100 * testFraction)} %`;
  const how = split === 'time' ? `the latest ${percent} of the ratings` : `${percent} of the ratings, drawn by chance,`;
  return `${origin}; ${how} are for testing, features know earlier ratings only.`;
}
