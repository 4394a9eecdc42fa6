import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync, type Stats, statSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { writeFileAtomicallySync } from '../../base/atomic-file';
import { XLA_CACHE_VARIABLE, xlaCacheFolder } from '../../base/cache-folder';
import { textHash } from '../../base/hash';

/** Of all that is kept for one machine and one TensorFlow. An entry has some 300 kB. */
const MAX_BYTES = 2 ** 26;
/** Folders of other machines and versions that are left alone. */
const MAX_FOLDERS = 4;
const SUM = '.sha256';

/** Where this process keeps what XLA compiled; undefined: nowhere. */
let folder: string | undefined;
/** Entries that are as they were written, as this process has seen them. */
const verified = new Set<string>();

/**
 * Lets XLA keep what it compiles for the next process, in the cache that all of dinnb shares. Must be called before
 * TensorFlow loads. Machine code runs nowhere but where it was made for: the folder's name is a hash of the processor, of
 * TensorFlow's files and of XLA's own settings. TensorFlow compares the whole program before it takes an entry.
 *
 * Who gives TF_XLA_FLAGS a cache has decided, as has who sets DINNB_XLA_CACHE.
 * @param libraries the folder of libtensorflow.
 */
export function prepareXlaCache(libraries: string, environment: NodeJS.ProcessEnv = process.env): void {
  const flags = environment.TF_XLA_FLAGS ?? '';
  const asked = environment[XLA_CACHE_VARIABLE] ?? '';
  folder = undefined;
  if (asked === 'off' || asked === '0' || flags.includes('persistent_cache')) return;
  const parent = xlaCacheFolder(environment);
  // TensorFlow splits its flags at spaces.
  if (/\s/.test(parent)) return;
  let own: string;
  try {
    own = path.join(parent, keyOf(libraries, environment));
    mkdirSync(own, { recursive: true });
    // Whoever cannot read TensorFlow's files hears of it from loading them. Whoever cannot write here compiles as ever: XLA would
    // fail otherwise.
    writeFileSync(path.join(own, 'used'), '');
    removeOldFolders(parent);
  } catch {
    return;
  }
  folder = own;
  environment.TF_XLA_FLAGS = `${flags} --tf_xla_persistent_cache_directory=${own}`.trim();
}

/**
 * Runs what makes XLA compile. Before, entries go that are not as they were written (a full disk, a killed process, a
 * broken disk): TensorFlow would take them for code, or refuse to compile. Where it refuses nevertheless, it is asked once
 * more without any. Afterwards the sums of new entries are written down.
 */
export function withXlaCache<T>(compile: () => T): T {
  if (folder === undefined) return compile();
  removeDamaged();
  const before = new Set(entries().map(({ file }) => file));
  try {
    try {
      return compile();
    } catch {
      for (const { file } of entries()) remove(file);
      before.clear();
      return compile();
    }
  } finally {
    seal(before);
    shrink();
  }
}

function removeDamaged(): void {
  for (const { file, stats } of entries()) {
    const known = `${file} ${stats.size} ${stats.mtimeMs} ${stats.ino}`;
    if (verified.has(known)) continue;
    if (readOr(`${file}${SUM}`) === sumOf(file)) verified.add(known);
    else remove(file);
  }
}

/** Writes down what the new entries are: those alone, as others may be on their way from another process. */
function seal(before: ReadonlySet<string>): void {
  for (const { file } of entries()) {
    if (before.has(file)) continue;
    try {
      writeFileAtomicallySync(`${file}${SUM}`, sumOf(file) ?? '');
    } catch {
      // Without its sum an entry is not taken.
      remove(file);
    }
  }
}

const HOUR = 3_600_000;

/** Takes the oldest entries away where there are too many, and what a write that was killed has left. */
function shrink(): void {
  let bytes = 0;
  for (const { file, stats } of entries().sort((a, b) => b.stats.mtimeMs - a.stats.mtimeMs)) {
    bytes += stats.size;
    if (bytes > MAX_BYTES) remove(file);
  }
  const now = Date.now();
  for (const { file, stats } of filesOf((name) => !/^used$|\.pb$|\.pb\.sha256$/.test(name)))
    if (now - stats.mtimeMs > HOUR) remove(file);
}

/** What machine code depends on, in the name of a folder. */
function keyOf(libraries: string, environment: NodeJS.ProcessEnv): string {
  const hash = createHash('sha256');
  for (const name of readdirSync(libraries).sort()) {
    const { size, mtimeMs } = statSync(path.join(libraries, name));
    hash.update(`${name} ${size} ${mtimeMs}\n`);
  }
  hash.update([environment.XLA_FLAGS, environment.TF_XLA_FLAGS, environment.TF_NUM_INTRAOP_THREADS].join('\n'));
  hash.update(`${process.platform} ${process.arch} ${os.availableParallelism()}\n${processor()}`);
  return hash.digest('hex').slice(0, 24);
}

/** The processor's name and what it can do. */
function processor(): string {
  const [cpu] = os.cpus();
  const about = readOr('/proc/cpuinfo') ?? '';
  const lines = about
    .split('\n')
    .filter((line) => /^(vendor_id|cpu family|model|stepping|flags|Features|CPU )/.test(line));
  return [cpu?.model ?? '', ...new Set(lines)].join('\n');
}

function removeOldFolders(parent: string): void {
  const used = readdirSync(parent).map((name) => ({ name, time: timeOf(path.join(parent, name, 'used')) }));
  used.sort((a, b) => b.time - a.time);
  // Only what is certainly a folder of this kind: it may be a folder of the user's choice.
  for (const { name, time } of used.slice(MAX_FOLDERS)) {
    if (time && /^[0-9a-f]{24}$/.test(name)) rmSync(path.join(parent, name), { recursive: true, force: true });
  }
}

const entries = () => filesOf((name) => name.endsWith('.pb'));

function filesOf(wanted: (name: string) => boolean): { file: string; stats: Stats }[] {
  if (folder === undefined) return [];
  const own = folder;
  let names: string[];
  try {
    names = readdirSync(own);
  } catch {
    return [];
  }
  return names.filter(wanted).flatMap((name) => {
    const file = path.join(own, name);
    const stats = statSync(file, { throwIfNoEntry: false });
    return stats ? [{ file, stats }] : [];
  });
}

const timeOf = (file: string): number => statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;

function sumOf(file: string): string | undefined {
  try {
    return textHash(readFileSync(file));
  } catch {
    return undefined;
  }
}

function readOr(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

function remove(file: string): void {
  rmSync(file, { force: true, recursive: true });
  rmSync(`${file}${SUM}`, { force: true, recursive: true });
}
