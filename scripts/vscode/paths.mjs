// Where the scripts find this checkout, and the per-user cache that all checkouts share.
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const projectRoot = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..', '..');

/** The same folder as the program's own runtime cache: `DINNB_CACHE`, else where the platform keeps caches. */
export function cacheFolder(env = process.env) {
  if (env.DINNB_CACHE) return path.resolve(env.DINNB_CACHE);
  if (process.platform === 'win32')
    return path.join(env.LOCALAPPDATA || path.join(os.homedir(), 'AppData', 'Local'), 'dinnb');
  if (process.platform === 'darwin') return path.join(os.homedir(), 'Library', 'Caches', 'dinnb');
  return path.join(env.XDG_CACHE_HOME || path.join(os.homedir(), '.cache'), 'dinnb');
}

export const vscodeCache = (env = process.env) => path.join(cacheFolder(env), 'vscode');
