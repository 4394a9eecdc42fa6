import { existsSync, readFileSync } from 'node:fs';
import { mkdir, statfs } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { homedir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { cacheFolder } from '../../base/cache-folder';
import { type DownloadOptions, download } from '../../base/download';
import { isAlive } from '../../base/processes';
import { installCommand } from './install-command';
import { type RunOptions, type RunResult, run } from './processes';

/** Everything outside this process that choosing and installing a runtime touches; tests give their own. */
export interface Machine {
  platform: NodeJS.Platform;
  arch: string;
  env: NodeJS.ProcessEnv;
  home: string;
  /** The Node that will run kernels, or an Electron that behaves as one when told so. */
  nodePath: string;
  /** Folder of the dinnb package: `prebuilt/` may lie in it. */
  packageRoot: string;
  /** What a person types to set TensorFlow up or repair it. */
  installCommand: string;
  pid: number;
  /** Milliseconds since the epoch. */
  now(): number;
  sleep(ms: number): Promise<void>;
  isAlive(pid: number): boolean;
  /** Bytes that this user can still write on the volume of an existing folder. */
  freeBytes(folder: string): Promise<number>;
  /** Runs a tool, in the cache folder unless told otherwise. */
  run(command: string, args: string[], options?: RunOptions): Promise<RunResult>;
  download(url: string, file: string, options?: DownloadOptions): Promise<void>;
  /** Folder of an npm package that this package can load; undefined when it is not installed. */
  packageFolder(name: string): string | undefined;
}

const moduleFile = fileURLToPath(import.meta.url);
const moduleRequire = createRequire(import.meta.url);

/** The machine as it is. */
export function thisMachine(overrides: Partial<Machine> = {}): Machine {
  const env = overrides.env ?? process.env;
  const surroundings = { platform: process.platform, arch: process.arch, env, home: homedir(), ...overrides };
  return {
    platform: process.platform,
    arch: process.arch,
    env,
    home: homedir(),
    nodePath: process.execPath,
    packageRoot: findPackageRoot(path.dirname(moduleFile)),
    installCommand: installCommand(process.argv[1], process.cwd()),
    pid: process.pid,
    now: Date.now,
    sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    isAlive,
    freeBytes: async (folder) => {
      const { bavail, bsize } = await statfs(folder);
      return bavail * bsize;
    },
    run: async (command, args, options = {}) => {
      return run(command, args, { ...options, cwd: options.cwd ?? (await neutralFolder(surroundings)) });
    },
    download: (url, file, options) => download(url, file, { env, ...options }),
    packageFolder,
    ...overrides,
  };
}

/**
 * Where tools start: Python, Node and others load files of the folder that they start in (`./pip.py`), and the folder
 * that somebody happens to stand in may be anybody's. Only this user writes into the cache.
 */
async function neutralFolder(surroundings: Parameters<typeof cacheFolder>[0]): Promise<string> {
  const folder = cacheFolder(surroundings);
  try {
    await mkdir(folder, { recursive: true });
    return folder;
  } catch {
    return path.parse(folder).root; // a cache that cannot be made is told of by whoever needs it
  }
}

function packageFolder(name: string): string | undefined {
  try {
    return path.dirname(moduleRequire.resolve(`${name}/package.json`));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'MODULE_NOT_FOUND') return undefined;
    throw error;
  }
}

/** The nearest folder upwards whose package.json is dinnb's: `dist/` and `src/` lie at different depths. */
function findPackageRoot(from: string): string {
  for (let folder = from; ; folder = path.dirname(folder)) {
    const file = path.join(folder, 'package.json');
    if (existsSync(file) && JSON.parse(readFileSync(file, 'utf8')).name === 'dinnb') return folder;
    if (folder === path.dirname(folder)) return from;
  }
}
