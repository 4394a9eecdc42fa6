import { access, constants } from 'node:fs/promises';
import path from 'node:path';
import { DataError } from '../../errors';
import { cacheFolder } from '../cache';
import { fileSha256 } from '../checksum';
import type { MovieLensFiles } from './build';
import { download } from './download';
import type { PublishedDataset } from './published';

/** Where a data set was found, and whether its files are the published ones. */
export interface Located extends MovieLensFiles {
  folder: string;
  published: boolean;
}

/**
 * Finds `ratings.csv` and `movies.csv`: in `folder` if one is given, and there only; else in `$DINNB_DATA/<name>`, in
 * the cache, and at last by download into the cache. Files of the cache must have the published checksums.
 * Throws one DataError that names every place and what was wrong with it.
 */
export async function locate(dataset: PublishedDataset, folder?: string): Promise<Located> {
  const problems: string[] = [];
  if (folder !== undefined) {
    const found = await look(path.resolve(folder), problems);
    if (found) return { ...found, published: await isPublished(found, dataset) };
    throw new DataError(`MovieLens: ${problems[0]}. Give the folder that holds ratings.csv and movies.csv.`);
  }

  if (process.env.DINNB_DATA) {
    const found = await look(path.resolve(process.env.DINNB_DATA, dataset.name), problems);
    if (found) return { ...found, published: await isPublished(found, dataset) };
  } else {
    problems.push('DINNB_DATA is not set');
  }

  const cached = path.join(cacheFolder(), 'data', dataset.name);
  const found = await look(cached, problems);
  if (found) {
    if (await isPublished(found, dataset)) return { ...found, published: true };
    problems.push(`${cached}: the files are damaged (their checksums are not the published ones)`);
  }

  try {
    await download(dataset, cached);
  } catch (error) {
    problems.push((error as Error).message);
    throw new DataError(
      `MovieLens ${dataset.name} was not found. Looked at: ${problems.map((p, i) => `(${i + 1}) ${p}`).join('; ')}. ` +
        `Download ${dataset.url} by hand, unzip it, and pass { folder: '<...>/${dataset.name}' } or set DINNB_DATA to the folder ` +
        `that holds ${dataset.name}; or use data = 'simulated', which needs no files.`,
      { cause: error },
    );
  }
  return { ...filesOf(cached), folder: cached, published: true };
}

const filesOf = (folder: string): MovieLensFiles => ({
  ratings: path.join(folder, 'ratings.csv'),
  movies: path.join(folder, 'movies.csv'),
});

async function look(folder: string, problems: string[]): Promise<Omit<Located, 'published'> | undefined> {
  const files = filesOf(folder);
  const missing: string[] = [];
  for (const file of [files.ratings, files.movies]) {
    const problem = await whyUnreadable(file);
    if (problem) missing.push(`${path.basename(file)} ${problem}`);
  }
  if (missing.length === 0) return { ...files, folder };
  problems.push(`${folder}: ${missing.join(', ')}`);
  return undefined;
}

async function whyUnreadable(file: string): Promise<string | undefined> {
  try {
    await access(file, constants.R_OK);
    return undefined;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return code === 'ENOENT' || code === 'ENOTDIR' ? 'is not there' : `cannot be read (${message})`;
  }
}

async function isPublished(files: MovieLensFiles, dataset: PublishedDataset): Promise<boolean> {
  for (const file of [files.ratings, files.movies]) {
    if ((await fileSha256(file)) !== dataset.sha256[path.basename(file)]) return false;
  }
  return true;
}
