import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { textHash } from '../base/hash';

/** What of a package runs: neither its types, maps and texts, nor what is built for one platform. */
const CODE = /\.(?:[cm]?js|json)$/;

/** Hashes of files, for as long as size and time of change are what they were: the editor asks after each cell. */
const known = new Map<string, { size: number; mtimeMs: number; hash: string }>();

/**
 * SHA-256 of the code of an installed package as it lies there, without that of the packages below it: who edits it in place changes
 * neither its version nor the integrity in the lock file. Undefined where it cannot be read.
 *
 * @param place its folder
 */
export function packageCode(place: string): string | undefined {
  try {
    return textHash(
      filesOf(place)
        .map((file) => `${path.relative(place, file).split(path.sep).join('/')} ${hashOf(file)}\n`)
        .sort()
        .join(''),
    );
  } catch {
    return undefined; // what a notebook was made of is found out after it ran, and that never loses the run
  }
}

function filesOf(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry): string[] => {
    const at = path.join(folder, entry.name);
    if (entry.isDirectory()) return entry.name === 'node_modules' ? [] : filesOf(at);
    return entry.isFile() && CODE.test(entry.name) ? [at] : [];
  });
}

function hashOf(file: string): string {
  const { size, mtimeMs } = statSync(file);
  const before = known.get(file);
  if (before?.size === size && before.mtimeMs === mtimeMs) return before.hash;
  const hash = textHash(readFileSync(file, 'latin1'));
  known.set(file, { size, mtimeMs, hash });
  return hash;
}
