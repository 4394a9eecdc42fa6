import { homedir } from 'node:os';
import path from 'node:path';

/** What a cache's place depends on; of this process where nothing is said. */
interface Surroundings {
  platform: string;
  env: Readonly<NodeJS.ProcessEnv>;
  home: string;
}

/** The per-user cache that all of dinnb shares: `$DINNB_CACHE`, else where the platform keeps caches. Absolute; it need not exist. */
export function cacheFolder({
  platform = process.platform,
  env = process.env,
  home = homedir(),
}: Partial<Surroundings> = {}): string {
  if (env.DINNB_CACHE) return path.resolve(env.DINNB_CACHE);
  if (platform === 'win32') return path.join(env.LOCALAPPDATA || path.join(home, 'AppData', 'Local'), 'dinnb');
  if (platform === 'darwin') return path.join(home, 'Library', 'Caches', 'dinnb');
  return path.join(env.XDG_CACHE_HOME || path.join(home, '.cache'), 'dinnb');
}

/** `off`: what XLA compiles is not kept. A path: it is kept there. */
export const XLA_CACHE_VARIABLE = 'DINNB_XLA_CACHE';

/** Where what XLA compiled is kept, in a folder for each kind of machine; that of `DINNB_XLA_CACHE`, or in the cache that all of dinnb shares. */
export function xlaCacheFolder(environment: NodeJS.ProcessEnv = process.env): string {
  const asked = environment[XLA_CACHE_VARIABLE];
  return asked ? path.resolve(asked) : path.join(cacheFolder({ env: environment }), 'xla');
}
