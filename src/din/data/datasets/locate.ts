import { access, constants } from 'node:fs/promises';
import path from 'node:path';
import { cacheFolder } from '../../../base/cache-folder';
import { fileSha256 } from '../../../base/file-hash';
import { DataError } from '../../errors';
import { fetchSet } from './fetch';
import type { PublishedSet } from './published';

/** Where a data set was found. */
export interface Located {
  folder: string;
  /** Full paths, in the order of the set's `files`. */
  files: string[];
  /** Whether the files are the published ones; undefined where no checksum of them is known. */
  published: boolean | undefined;
}

/**
 * Finds a data set's files: in `folder` if one is given, and there only; else in `$DINNB_DATA/<name>`, in the cache, and at last
 * by download into the cache. Files of the cache must have the published checksums.
 * Throws one DataError that names every place and what was wrong with it.
 */
export async function locate(set: PublishedSet, folder?: string): Promise<Located> {
  const problems: string[] = [];
  if (folder !== undefined) {
    const found = await look(set, path.resolve(folder), problems);
    if (found) return { ...found, published: await isPublished(set, found.files) };
    const names = set.files.map(([name]) => name).join(' and ');
    throw new DataError(`${set.title}: ${problems[0]}. Give the folder that holds ${names}.`);
  }

  if (process.env.DINNB_DATA) {
    for (const name of [set.name, ...(set.folders ?? [])]) {
      const found = await look(set, path.resolve(process.env.DINNB_DATA, name), problems);
      if (found) return { ...found, published: await isPublished(set, found.files) };
    }
  } else {
    problems.push('DINNB_DATA is not set');
  }

  const cached = path.join(cacheFolder(), 'data', set.name);
  const found = await look(set, cached, problems);
  if (found) {
    const published = await isPublished(set, found.files);
    // Without checksums of the files: what is here was checked as an archive when it came.
    if (published !== false) return { ...found, published: true };
    problems.push(`${cached}: the files are damaged (their checksums are not the published ones)`);
  }

  const { source } = set;
  if (!('manual' in source)) {
    try {
      await fetchSet(set, cached);
      return { ...(await look(set, cached, []))!, published: true };
    } catch (error) {
      if (!(error instanceof DataError)) throw error;
      problems.push(error.message);
    }
  }
  const looked = `${set.title} was not found. Looked at: ${problems.map((p, i) => `(${i + 1}) ${p}`).join('; ')}.`;
  const put = `pass { folder: '<...>/${set.name}' } or set DINNB_DATA to the folder that holds ${set.name}`;
  const how =
    'manual' in source
      ? `It cannot be downloaded without accepting its terms: ${source.manual} Put ${set.files.map(([name]) => name).join(', ')} into one folder, and ${put}.`
      : 'archive' in source
        ? `Download ${source.archive} by hand, unzip it, and ${put}; or use data = 'simulated', which needs no files.`
        : `Download ${source.files.join(' and ')} by hand, and ${put}; or use data = 'simulated', which needs no files.`;
  throw new DataError(`${looked} ${how}`);
}

async function look(
  set: PublishedSet,
  folder: string,
  problems: string[],
): Promise<{ folder: string; files: string[] } | undefined> {
  const files: string[] = [];
  const missing: string[] = [];
  for (const names of set.files) {
    const reasons = await Promise.all(names.map((name) => whyUnreadable(path.join(folder, name))));
    const there = reasons.indexOf(undefined);
    if (there >= 0) files.push(path.join(folder, names[there]));
    else missing.push(`${names[0]} ${reasons.find((reason) => reason !== NOT_THERE) ?? NOT_THERE}`);
  }
  if (missing.length === 0) return { folder, files };
  problems.push(`${folder}: ${missing.join(', ')}`);
  return undefined;
}

const NOT_THERE = 'is not there';

async function whyUnreadable(file: string): Promise<string | undefined> {
  try {
    await access(file, constants.R_OK);
    return undefined;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return code === 'ENOENT' || code === 'ENOTDIR' ? NOT_THERE : `cannot be read (${message})`;
  }
}

async function isPublished({ sha256 }: PublishedSet, files: readonly string[]): Promise<boolean | undefined> {
  if (!sha256) return undefined;
  for (const file of files) {
    const expected = sha256[path.basename(file)];
    if (expected !== undefined && (await fileSha256(file)) !== expected) return false;
  }
  return true;
}
