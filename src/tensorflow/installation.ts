import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { copyFile, lstat, readdir, symlink } from 'node:fs/promises';
import path from 'node:path';
import { writeFileAtomically } from '../base/atomic-file';
import { cacheFolder } from '../base/cache-folder';
import { fileSha256 } from '../base/file-hash';
import type { RuntimeSelection } from '../protocol/messages';
import type { Machine } from './machine';

/** The ways to a TensorFlow, in the order in which they are tried. */
export type RuntimeStep =
  /** (a) an installation that already loads */
  | 'existing'
  /** (b) what tfjs-node's own installer downloads */
  | 'official'
  /** (c) libtensorflow out of the Python wheel, the addon prebuilt or built here */
  | 'wheel'
  /** (d) the WebAssembly backend, embedded */
  | 'wasm';

/** What became of one way: why it was taken or why not, in words for the user. */
export interface StepResult {
  step: RuntimeStep;
  ok: boolean;
  reason: string;
  seconds: number;
}

export interface InstallProgress {
  message: string;
  /** 0 to 1 of the work that the message names; absent when not known. */
  fraction?: number;
}

/** What an installation will cost; shown to the user before anything is downloaded. */
export interface InstallPlan {
  /** Where it will lie, shared by all projects of the user. */
  folder: string;
  downloadBytes: number;
  diskBytes: number;
}

export interface InstallResult {
  selection: RuntimeSelection;
  steps: StepResult[];
}

/** A place where a TensorFlow may lie, before anybody tried to load it. */
export interface Candidate {
  /** In words: `DINNB_TENSORFLOW`, `the cache`, ... */
  origin: string;
  /** tfjs_binding.node */
  addon: string;
  /** Its installation folder, where the origin is a folder of our own making. */
  folder?: string;
}

export interface CandidateVerdict extends Candidate {
  ok: boolean;
  reason: string;
  /** Version of libtensorflow, when it loads. */
  tensorflow?: string;
  /** Whether this libtensorflow can compile graphs with XLA, when it loads. */
  xla?: boolean;
}

/** A way to a TensorFlow that is closed on this machine: the message says why, in words for the user. */
export class StepError extends Error {
  override name = 'StepError';
}

/** No runtime as asked for; the message names the reason and the remedy. */
export class RuntimeUnavailableError extends Error {
  override name = 'RuntimeUnavailableError';
}

/** Why something failed, in words: system errors that users meet are named, with the file they concern. */
export function describeError(error: unknown): string {
  const { code, message, path } = error as NodeJS.ErrnoException;
  const at = path ? ` (${path})` : '';
  if (code === 'ENOSPC') return `no space is left on the disk${at}`;
  if (code === 'EACCES' || code === 'EPERM') return `permission denied${at}`;
  if (code === 'EROFS') return `the disk is read-only${at}`;
  return message ?? String(error);
}

type Surroundings = Pick<Machine, 'platform' | 'arch' | 'env' | 'home'>;

/** The folder that holds installations of libtensorflow, one a version and platform. */
export function installationsFolder(machine: Surroundings): string {
  return path.join(cacheFolder(machine), 'tensorflow');
}

export function installationFolder(machine: Surroundings, tensorflow: string): string {
  return path.join(installationsFolder(machine), `${tensorflow}-${target(machine)}`);
}

/** `linux-x64`, `darwin-arm64`, ...: which binaries fit. */
export function target({ platform, arch }: Pick<Machine, 'platform' | 'arch'>): string {
  return `${platform}-${arch}`;
}

/**
 * Folders of finished installations for this platform, the newest version of libtensorflow first.
 *
 * @param wanted a version: it and those nearest to it go first
 */
export function listInstallations(machine: Surroundings, wanted?: string): string[] {
  const parent = installationsFolder(machine);
  if (!existsSync(parent)) return [];
  const suffix = `-${target(machine)}`;
  const away = (name: string) => (wanted === undefined ? 0 : distance(name.slice(0, -suffix.length), wanted));
  return readdirSync(parent)
    .filter((name) => name.endsWith(suffix) && !name.startsWith('.'))
    .sort((a, b) => away(a) - away(b) || b.localeCompare(a, 'en', { numeric: true }))
    .map((name) => path.join(parent, name));
}

/** How far two versions lie apart: a major version more than any minor one, that more than any patch. */
function distance(a: string, b: string): number {
  const [x, y] = [a, b].map((version) => version.split('.').map((part) => Number.parseInt(part, 10) || 0));
  return [1e6, 1e3, 1].reduce((sum, weight, place) => sum + weight * Math.abs((x![place] ?? 0) - (y![place] ?? 0)), 0);
}

/**
 * The inside of an installation, as tfjs-node's addon expects it: the addon finds the libraries at
 * `../../deps/lib` from itself.
 */
export const ADDON_IN_INSTALLATION = path.join('lib', 'napi-v8', 'tfjs_binding.node');
export const LIBRARIES_IN_INSTALLATION = path.join('deps', 'lib');
export const HEADERS_IN_INSTALLATION = path.join('deps', 'include');
export const MANIFEST_IN_INSTALLATION = 'manifest.json';

export function addonPath(installation: string): string {
  return path.join(installation, ADDON_IN_INSTALLATION);
}

export function librariesPath(installation: string): string {
  return path.join(installation, LIBRARIES_IN_INSTALLATION);
}

export function headersPath(installation: string): string {
  return path.join(installation, HEADERS_IN_INSTALLATION);
}

/**
 * Names under which one and the same library is looked for.
 *
 * The Python wheel says `libtensorflow_cc.so.2`, the C distribution `libtensorflow.so.2`, the linker asks for
 * `libtensorflow.so`; an addon built against either must load with either.
 */
export function libraryNames(platform: NodeJS.Platform): { tensorflow: string[]; framework: string[] } {
  if (platform === 'win32') return { tensorflow: ['tensorflow.dll'], framework: [] };
  const [before, after] = platform === 'darwin' ? ['.2.dylib', '.dylib'] : ['.so.2', '.so'];
  return {
    tensorflow: [`libtensorflow_cc${before}`, `libtensorflow${before}`, `libtensorflow${after}`],
    framework: [`libtensorflow_framework${before}`, `libtensorflow_framework${after}`],
  };
}

/**
 * Gives each library in a folder every name under which an addon may ask for it: by links, on Windows by copies.
 *
 * @throws StepError when a library is there under none of its names
 */
export async function aliasLibraries(machine: Pick<Machine, 'platform'>, folder: string): Promise<void> {
  for (const names of Object.values(libraryNames(machine.platform)) as string[][]) {
    if (names.length === 0) continue;
    const present = names.find((name) => existsSync(path.join(folder, name)));
    if (!present) throw new StepError(`no ${names.join(' or ')} came with the download`);
    for (const name of names) {
      const alias = path.join(folder, name);
      if (existsSync(alias)) continue;
      if (machine.platform === 'win32') await copyFile(path.join(folder, present), alias);
      else await symlink(present, alias);
    }
  }
}

/** What an installation consists of; written last, so its presence says that the rest is complete. */
export interface Manifest {
  format: 1;
  /** Version of libtensorflow, as it says itself. */
  tensorflow: string;
  /** `linux-x64`, ... */
  target: string;
  source: 'official' | 'wheel';
  /** The downloads it was made from, with their checksums. `pinned`: the checksum was known beforehand. */
  downloads: { name: string; sha256: string; pinned: boolean }[];
  addon: 'prebuilt' | 'downloaded' | 'built';
  /** ISO 8601 */
  installedAt: string;
  xla: boolean;
  /** Every file that is loaded, by its path inside the installation, with `/`. */
  files: { [path: string]: { size: number; mtimeMs: number; sha256: string } };
}

/** @returns the checksums of the files that are loaded at run time: the addon and the libraries, not links or headers. */
export async function recordFiles(installation: string, signal?: AbortSignal): Promise<Manifest['files']> {
  const files: Manifest['files'] = {};
  for (const entry of await readdir(installation, { recursive: true, withFileTypes: true })) {
    const file = path.join(entry.parentPath ?? entry.path, entry.name);
    const relative = path.relative(installation, file);
    if (!entry.isFile() || relative.startsWith(HEADERS_IN_INSTALLATION)) continue;
    const { size, mtimeMs } = await lstat(file);
    files[relative.split(path.sep).join('/')] = { size, mtimeMs, sha256: await fileSha256(file, signal) };
  }
  return files;
}

export async function writeManifest(installation: string, manifest: Manifest): Promise<void> {
  await writeFileAtomically(
    path.join(installation, MANIFEST_IN_INSTALLATION),
    `${JSON.stringify(manifest, null, 2)}\n`,
  );
}

/**
 * What is wrong with an installation, in words; undefined when nothing is.
 *
 * @param depth `quick`: presence, size and time of each file; `full`: the checksums too (seconds)
 */
export async function findDamage(
  installation: string,
  depth: 'quick' | 'full',
  signal?: AbortSignal,
): Promise<string | undefined> {
  const manifest = readManifest(installation);
  if (typeof manifest === 'string') return manifest;
  if (!(ADDON_IN_INSTALLATION.split(path.sep).join('/') in manifest.files)) return 'its manifest names no addon';
  for (const [name, expected] of Object.entries(manifest.files)) {
    const file = path.join(installation, name);
    const stat = statSync(file, { throwIfNoEntry: false });
    if (!stat) return `${name} is missing`;
    if (stat.size !== expected.size) return `${name} has ${stat.size} bytes instead of ${expected.size}`;
    const touched = Math.abs(stat.mtimeMs - expected.mtimeMs) > 1;
    if ((touched || depth === 'full') && (await fileSha256(file, signal)) !== expected.sha256) {
      return `${name} has another checksum than when it was installed`;
    }
  }
  return undefined;
}

/** @returns the manifest, or what is wrong with it */
export function readManifest(installation: string): Manifest | string {
  const file = path.join(installation, MANIFEST_IN_INSTALLATION);
  if (!existsSync(file)) return 'it has no manifest: the installation never finished';
  try {
    const manifest = JSON.parse(readFileSync(file, 'utf8')) as Manifest;
    if (manifest.format !== 1 || typeof manifest.files !== 'object') return 'its manifest is of another format';
    return manifest;
  } catch (error) {
    return `its manifest cannot be read: ${(error as Error).message}`;
  }
}

/**
 * What a person types to set TensorFlow up: the command line as it was started, where it was (a clone has no `dinnb` on
 * the PATH), else its plain name, which the extension replaces by a command of its own.
 *
 * @param script `process.argv[1]`
 */
export function installCommand(script: string | undefined, cwd: string): string {
  const isCli = script !== undefined && path.basename(script) === 'dinnb.js';
  return `${isCli ? `node ${quoted(shortest(script, cwd))}` : 'dinnb'} doctor --install`;
}

function shortest(file: string, cwd: string): string {
  const relative = path.relative(cwd, file);
  return relative.startsWith('..') ? file : relative;
}

function quoted(file: string): string {
  return /\s/.test(file) ? `"${file}"` : file;
}
