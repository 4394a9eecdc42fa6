import { stat } from 'node:fs/promises';
import path from 'node:path';
import { nearest } from '../../base/nearest';
import { DataError } from '../errors';
import { type CsvOptions, csv, TRAINING_FILE } from './csv';
import { type MovieLensOptions, movielens } from './movielens';
import type { SampleSet } from './sample-set';
import { type SimulatedOptions, simulated } from './simulated';

const SOURCES = ['simulated', 'movielens'];

/** The options of the source that the name chooses. */
export type LoadOptions = SimulatedOptions | MovieLensOptions | CsvOptions;

/**
 * Samples by name: `simulated`, `movielens`, or a path: of a folder with `trainingSamples.csv` and `testSamples.csv`, of a
 * CSV file in the reference format, or of a folder with MovieLens' own files (`ratings.csv`, `ratings.dat`, `u.data`) and no samples.
 * Throws a DataError that lists the names when there is neither such a name nor such a path.
 */
export async function load(name: string, options: LoadOptions = {}): Promise<SampleSet> {
  if (typeof name !== 'string' || name === '') {
    throw new DataError(`data.load: the first argument is a name or a path: 'simulated', 'movielens' or a path.`);
  }
  if (name === 'simulated') return simulated(options as SimulatedOptions);
  if (name === 'movielens') return movielens(options as MovieLensOptions);
  const kind = await stat(name).catch(() => undefined);
  if (!kind) throw unknownName(name);
  // A folder may hold both (SparrowRecSys' does): samples that somebody made go before those that we would make.
  const has = (file: string) =>
    stat(path.join(name, file)).then(
      () => true,
      () => false,
    );
  const raw = (await Promise.all(['ratings.csv', 'ratings.dat', 'u.data'].map(has))).includes(true);
  if (kind.isDirectory() && raw && !(await has(TRAINING_FILE)))
    return movielens({ ...(options as MovieLensOptions), folder: name });
  return csv(name, options as CsvOptions);
}

function unknownName(name: string): DataError {
  const similar = nearest(name, SOURCES);
  const hint = similar ? ` Did you mean '${similar}'?` : '';
  return new DataError(
    `data.load: '${name}' is no data set and no path (looked for ${path.resolve(name)}).${hint} ` +
      `Data sets: ${SOURCES.join(', ')}; or give a folder or a CSV file in the reference format.`,
  );
}
