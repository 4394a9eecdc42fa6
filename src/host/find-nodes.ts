import { existsSync, readdirSync, realpathSync } from 'node:fs';
import path from 'node:path';
import { type NodeBinary, versionOf } from './node-version';

/** What is looked at, so that tests can say what a machine has. */
export interface NodePlaces {
  env: { [name: string]: string | undefined };
  home: string;
  platform: NodeJS.Platform;
}

/**
 * The Nodes of a machine that can run kernels: those on the PATH, and those that nvm, fnm, Volta, asdf, mise, n, Homebrew and the
 * installers of Node put where they are known to put them. Each is asked for its version; what is too old or does not run is left out.
 */
export async function findNodes(places: NodePlaces): Promise<NodeBinary[]> {
  const found = new Map<string, string>();
  for (const candidate of candidates(places)) {
    if (!existsSync(candidate)) continue;
    try {
      // One Node has many names: the first, which the user knows, is kept.
      const real = realpathSync(candidate);
      if (!found.has(real)) found.set(real, candidate);
    } catch {} // a link to what has gone
  }
  const asked = await Promise.all([...found.values()].map(versionOf));
  return asked.filter((node) => node !== undefined).sort((a, b) => byVersion(b.version, a.version));
}

function candidates({ env, home, platform }: NodePlaces): string[] {
  const windows = platform === 'win32';
  const p = windows ? path.win32 : path.posix;
  const name = windows ? 'node.exe' : 'node';
  const bin = windows ? '' : 'bin';
  const onPath = (env.PATH ?? env.Path ?? '').split(p.delimiter).filter(Boolean);
  const versions = (folder: string | undefined, ...inside: string[]) =>
    folder ? list(folder).map((version) => p.join(folder, version, ...inside, name)) : [];
  return [
    ...onPath.map((folder) => p.join(folder, name)),
    ...versions(env.NVM_DIR && p.join(env.NVM_DIR, 'versions', 'node'), bin),
    ...versions(p.join(home, '.nvm', 'versions', 'node'), bin),
    ...versions(env.NVM_HOME),
    ...versions(env.FNM_DIR && p.join(env.FNM_DIR, 'node-versions'), 'installation', bin),
    ...versions(p.join(home, '.local', 'share', 'fnm', 'node-versions'), 'installation', bin),
    ...versions(p.join(home, 'Library', 'Application Support', 'fnm', 'node-versions'), 'installation', bin),
    ...versions(p.join(home, '.volta', 'tools', 'image', 'node'), bin),
    ...versions(p.join(home, '.asdf', 'installs', 'nodejs'), bin),
    ...versions(p.join(home, '.local', 'share', 'mise', 'installs', 'node'), bin),
    ...versions(p.join(env.N_PREFIX ?? '/usr/local', 'n', 'versions', 'node'), bin),
    ...(windows
      ? [p.join(env.ProgramFiles ?? 'C:\\Program Files', 'nodejs', name)]
      : ['/opt/homebrew/bin/node', '/usr/local/bin/node', '/usr/bin/node']),
  ];
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return []; // that version manager is not used here
  }
}

function byVersion(one: string, other: string): number {
  const [a, b] = [one, other].map((version) => version.split('.').map(Number));
  for (let at = 0; at < 3; at++) if (a![at] !== b![at]) return (a![at] ?? 0) - (b![at] ?? 0);
  return 0;
}
