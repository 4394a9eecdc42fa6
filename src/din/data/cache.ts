import { homedir } from 'node:os';
import path from 'node:path';

/** The per-user cache that all of dinnb shares: `$DINNB_CACHE`, else where the platform keeps caches. It need not exist. */
export function cacheFolder(): string {
  const { env, platform } = process;
  if (env.DINNB_CACHE) return path.resolve(env.DINNB_CACHE);
  if (platform === 'win32') return path.join(env.LOCALAPPDATA || path.join(homedir(), 'AppData', 'Local'), 'dinnb');
  if (platform === 'darwin') return path.join(homedir(), 'Library', 'Caches', 'dinnb');
  return path.join(env.XDG_CACHE_HOME || path.join(homedir(), '.cache'), 'dinnb');
}
