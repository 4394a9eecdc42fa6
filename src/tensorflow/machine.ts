import { spawn } from 'node:child_process';
import { existsSync, lstatSync, readdirSync, readFileSync } from 'node:fs';
import { mkdir, statfs } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { homedir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { cacheFolder } from '../base/cache-folder';
import { type DownloadOptions, download } from '../base/download';
import { isAlive } from '../base/processes';
import { installCommand, StepError } from './installation';

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

export interface RunOptions {
  cwd?: string;
  env?: NodeJS.ProcessEnv;
  signal?: AbortSignal;
  /** The process is killed after this time. */
  timeoutMs?: number;
  /** Each line of stdout and stderr, as it comes. */
  onLine?(line: string): void;
}

export interface RunResult {
  /** Exit code; null when a signal ended the process or it could not be started. */
  code: number | null;
  stdout: string;
  stderr: string;
  /** Why it did not end by itself: not found, timed out, ended by a signal. */
  failure?: string;
}

/** The end of a long output is enough to explain a failure. */
const KEPT_CHARACTERS = 200_000;

/**
 * Runs a command to its end. Never rejects for what the command does: see `code` and `failure`.
 *
 * @throws the signal's reason when `signal` aborts; the process is killed.
 */
export function run(command: string, args: string[], options: RunOptions = {}): Promise<RunResult> {
  const { cwd, env, signal, timeoutMs, onLine } = options;
  signal?.throwIfAborted();
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'], windowsHide: true });
    const output = { stdout: '', stderr: '' };
    let failure: string | undefined;
    const timer = timeoutMs
      ? setTimeout(() => {
          failure = `did not finish within ${Math.round(timeoutMs / 1000)} s`;
          child.kill('SIGKILL');
        }, timeoutMs)
      : undefined;
    const onAbort = () => child.kill();
    signal?.addEventListener('abort', onAbort, { once: true });

    for (const name of ['stdout', 'stderr'] as const) {
      let partial = '';
      child[name].setEncoding('utf8').on('data', (text: string) => {
        output[name] = (output[name] + text).slice(-KEPT_CHARACTERS);
        if (!onLine) return;
        const lines = (partial + text).split(/\r?\n|\r/);
        partial = lines.pop() ?? '';
        for (const line of lines) if (line.trim()) onLine(line);
      });
    }
    const finish = (code: number | null) => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
      if (signal?.aborted) reject(signal.reason);
      else resolve({ code, ...output, ...(failure ? { failure } : {}) });
    };
    child.on('error', (error: NodeJS.ErrnoException) => {
      failure = error.code === 'ENOENT' ? `${command}: not found` : `${command}: ${error.message}`;
      if (child.pid === undefined) finish(null);
    });
    child.on('close', (code, by) => {
      if (by) failure ??= `ended by ${by}`;
      finish(code);
    });
  });
}

/** The environment for a Node child: Electron told to be Node, and no debugger or loader of the parent in it. */
export function nodeEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const { NODE_OPTIONS: _options, VSCODE_INSPECTOR_OPTIONS: _inspector, ...rest } = env;
  return { ...rest, ELECTRON_RUN_AS_NODE: '1' };
}

/** The last lines that say something, for an error message. */
export function lastLines(result: RunResult, count = 3): string {
  const text = result.stderr.trim() || result.stdout.trim();
  const lines = text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter(Boolean);
  const said = lines.slice(-count).join(' | ');
  return [result.failure ?? (result.code === null ? '' : `exit code ${result.code}`), said].filter(Boolean).join(': ');
}

/**
 * @param folder an existing folder on the volume that will be written
 * @throws StepError naming the folder, the bytes needed and the bytes free
 */
export async function requireSpace(machine: Machine, folder: string, needed: number): Promise<void> {
  const free = await machine.freeBytes(folder);
  if (free >= needed) return;
  throw new StepError(
    `not enough disk space in ${folder}: ${formatBytes(needed)} (${needed} bytes) are needed, ${formatBytes(free)} (${free} bytes) are free; make room, or set DINNB_CACHE to a folder on another disk`,
  );
}

/** `853 MB`, in decimal units as disks are sold. */
export function formatBytes(bytes: number): string {
  const units = ['bytes', 'kB', 'MB', 'GB', 'TB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}

/** Bytes of all files below a folder; files that vanish meanwhile count nothing, links are not followed. */
export function folderSize(folder: string): number {
  let bytes = 0;
  let names: string[];
  try {
    names = readdirSync(folder);
  } catch {
    // Gone or unreadable: then there is nothing to count.
    return 0;
  }
  for (const name of names) {
    const file = path.join(folder, name);
    const stat = lstatSync(file, { throwIfNoEntry: false });
    if (stat?.isDirectory()) bytes += folderSize(file);
    else if (stat?.isFile()) bytes += stat.size;
  }
  return bytes;
}

/** Reports the size of a growing folder each second, when it changed, until the returned function is called. */
export function watchFolderSize(folder: string, onSize: (bytes: number) => void): () => void {
  let last = 0;
  const timer = setInterval(() => {
    const bytes = folderSize(folder);
    if (bytes === last) return;
    last = bytes;
    onSize(bytes);
  }, 1_000);
  timer.unref();
  return () => clearInterval(timer);
}
