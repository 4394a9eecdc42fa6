import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import type { ZipArchive } from '../../base/zip';
import { StepError } from './errors';

/** The folder of all headers in a wheel; parts of TensorFlow that live in repositories of their own lie under `external/`. */
const ROOT = 'tensorflow/include/';
const EXTERNAL = `${ROOT}external/`;

const INCLUDE = /^\s*#\s*include\s+"([^"]+)"/gm;

/** TensorFlow's headers that the addon's sources name. */
export async function includedHeaders(sources: string): Promise<string[]> {
  const texts = await Promise.all((await readdir(sources)).map((name) => readFile(path.join(sources, name), 'utf8')));
  const included = texts.flatMap((text) => [...text.matchAll(INCLUDE)].map(([, header]) => header!));
  return [...new Set(included)].filter((header) => header.startsWith('tensorflow/'));
}

/**
 * The headers that the addon needs, found by following `#include "..."` from those that it names: a few dozen of the
 * wheel's thousands.
 *
 * @param starts as by `includedHeaders`
 * @returns the path under which each is included -> its name in the archive
 */
export async function collectHeaders(archive: ZipArchive, starts: string[]): Promise<Map<string, string>> {
  const roots = [ROOT, ...externalRoots(archive)];
  const find = (included: string): string | undefined => roots.map((root) => root + included).find(archive.has);
  const found = new Map<string, string>();
  const waiting = [...starts];
  for (let included = waiting.pop(); included !== undefined; included = waiting.pop()) {
    const entry = found.has(included) ? undefined : find(included);
    if (!entry) continue;
    found.set(included, entry);
    for (const [, next] of (await archive.text(entry)).matchAll(INCLUDE)) {
      // Relative to the including file, or from a root.
      waiting.push(next!, path.posix.join(path.posix.dirname(included), next!));
    }
  }
  const missing = starts.filter((start) => !found.has(start));
  if (missing.length > 0) throw new StepError(`the wheel has no header ${missing.join(', ')}`);
  return found;
}

function externalRoots(archive: ZipArchive): string[] {
  const roots = new Set<string>();
  for (const name of archive.names()) {
    if (name.startsWith(EXTERNAL)) roots.add(name.slice(0, name.indexOf('/', EXTERNAL.length) + 1));
  }
  return [...roots];
}
