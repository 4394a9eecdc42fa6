import { randomBytes } from 'node:crypto';
import * as sync from 'node:fs';
import { type FileHandle, open, readdir, realpath, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { lockHolder, tryLock, unlock } from './lock-file';
import { isAlive } from './processes';

/** What a file is made of: at once, or part by part where it is too large for one buffer. */
export type Content = string | Uint8Array | Iterable<Uint8Array> | AsyncIterable<Uint8Array>;

/**
 * Writes a file whole or not at all: beside the target, flushed to the disk, then moved into its place, so that neither
 * a crash, a full disk nor a lost power leaves half a file or loses the old one. What is there keeps its permissions; a
 * link keeps leading to the file that it names; what is no file (a pipe, a device) is simply written to.
 *
 * @param content a string is written as UTF-8; parts are written one after the other, each asked for when its
 * predecessor is on its way.
 * @throws the file system's error (`code`: ENOSPC, EACCES, EISDIR, ...), or what the parts threw; the target is
 * unchanged then, and nothing is left beside it.
 */
export async function writeFileAtomically(file: string, content: Content): Promise<void> {
  const before = await stat(file).catch(absent);
  if (before?.isDirectory()) throw isFolder(file);
  if (before && !before.isFile()) return writeInto(await open(file, 'w'), content, false);
  const target = before ? await realpath(file) : path.resolve(file);
  const temporary = besides(target);
  try {
    await writeInto(await open(temporary, 'wx', before && before.mode & 0o7777), content, true);
    await rename(temporary, target);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await flushFolder(path.dirname(target));
}

/**
 * The same for whoever cannot wait. Processes that write one file so come one after the other, from the question to the
 * rename: of two that ask whether the file is still what they read, the second sees what the first wrote.
 *
 * @param isWanted asked when everything is ready and only the new content's coming into its place is left. Who writes
 * into the old file just then (editors do, without asking anybody) has it back.
 * @returns whether it was wanted; if not, the target is unchanged
 */
export function writeFileAtomicallySync(file: string, content: string | Uint8Array, isWanted?: () => boolean): boolean {
  const before = sync.statSync(file, { throwIfNoEntry: false });
  if (before?.isDirectory()) throw isFolder(file);
  if (before && !before.isFile()) {
    if (isWanted?.() === false) return false;
    sync.writeFileSync(file, content);
    return true;
  }
  const target = before ? sync.realpathSync(file) : path.resolve(file);
  const temporary = besides(target);
  try {
    sync.writeFileSync(temporary, content, { mode: before && before.mode & 0o7777, flag: 'wx', flush: true });
    if (!inTurn(target, () => (isWanted ? replaceIf(isWanted, temporary, target) : replace(temporary, target))))
      return false;
  } finally {
    sync.rmSync(temporary, { force: true });
  }
  flushFolderSync(path.dirname(target));
  removeLeftovers(target);
  return true;
}

function replace(temporary: string, target: string): true {
  sync.renameSync(temporary, target);
  return true;
}

function replaceIf(isWanted: () => boolean, temporary: string, target: string): boolean {
  const old = besides(target);
  const before = linked(target, old);
  try {
    if (!isWanted()) return false;
    replace(temporary, target);
    const after = before && sync.statSync(old, { bigint: true });
    if (after?.mtimeNs === before?.mtimeNs && after?.size === before?.size) return true;
    sync.renameSync(old, target);
    return false;
  } finally {
    sync.rmSync(old, { force: true });
  }
}

/** A second name for a file that will be replaced; undefined where there is none, and where the file system has no such names. */
function linked(file: string, name: string): sync.BigIntStats | undefined {
  try {
    sync.linkSync(file, name);
  } catch {
    return undefined;
  }
  return sync.statSync(name, { bigint: true });
}

/** A turn takes as long as reading a file: whoever has it longer is gone, or as good as gone. */
const TURN_MS = 10_000;
const POLL_MS = 3;

function inTurn<T>(target: string, work: () => T): T {
  const lock = path.join(path.dirname(target), `.${path.basename(target)}.saving`);
  const mine = lockHolder(process.pid);
  const rules = { isAlive, now: Date.now, staleMs: TURN_MS };
  while (tryLock(lock, mine, rules) !== mine) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, POLL_MS);
  try {
    return work();
  } finally {
    unlock(lock, mine);
  }
}

/** What somebody leaves who is killed while writing; a process of another machine may have the number of none here. */
const LEFT_MS = 60_000;

function removeLeftovers(target: string): void {
  const folder = path.dirname(target);
  for (const name of sync.readdirSync(folder)) {
    if (!name.startsWith(`.${path.basename(target)}.`)) continue;
    const pid = LEFTOVER.exec(name)?.[1];
    if (pid === undefined || isAlive(Number(pid))) continue;
    const file = path.join(folder, name);
    const stats = sync.statSync(file, { throwIfNoEntry: false });
    if (stats && Date.now() - stats.ctimeMs > LEFT_MS) sync.rmSync(file, { force: true });
  }
}

/** Names in a folder of files that are not one's own, nor left by a writing that was cut off; none where there is no folder. */
export async function foreignFiles(folder: string, isOwn: (name: string) => boolean): Promise<string[]> {
  try {
    return (await readdir(folder)).filter((name) => !isOwn(name) && !isLeftover(name));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

/**
 * Makes a folder, and those above it that are missing. Node's own `recursive` never ends where the system says that the
 * folder above is missing although it is there (`/proc`, some mounts): here that is an error.
 *
 * @throws the file system's error (`code`: ENOENT, EACCES, ENOTDIR, EEXIST where a file has the name, ...).
 */
export function makeFolder(folder: string): void {
  const target = path.resolve(folder);
  try {
    sync.mkdirSync(target);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (sync.statSync(target, { throwIfNoEntry: false })?.isDirectory()) return;
    const parent = path.dirname(target);
    if (code !== 'ENOENT' || parent === target || sync.existsSync(parent)) throw error;
    makeFolder(parent);
    makeFolder(target);
  }
}

const LEFTOVER = /^\..+\.(?:(\d+)-[0-9a-f]{12}\.tmp|saving(?:\.takeover)?)$/;

/** Whether a name in a folder is what a write that was killed left behind. */
export const isLeftover = (name: string): boolean => LEFTOVER.test(name);

/** Hidden, and nobody else's: other processes may write the same target, and threads of this one. */
const besides = (target: string): string =>
  path.join(path.dirname(target), `.${path.basename(target)}.${process.pid}-${randomBytes(6).toString('hex')}.tmp`);

async function writeInto(handle: FileHandle, content: Content, flush: boolean): Promise<void> {
  try {
    for await (const part of partsOf(content)) await writeAll(handle, part);
    if (flush) await handle.sync();
  } finally {
    await handle.close();
  }
}

function partsOf(content: Content): Iterable<Uint8Array> | AsyncIterable<Uint8Array> {
  if (typeof content === 'string') return [Buffer.from(content)];
  return content instanceof Uint8Array ? [content] : content;
}

/** The most that a single call writes: Linux itself stops at 2 GiB. */
const LARGEST_WRITE = 2 ** 26;

async function writeAll(handle: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.byteLength; ) {
    at += (await handle.write(bytes, at, Math.min(LARGEST_WRITE, bytes.byteLength - at))).bytesWritten;
  }
}

/** The new name itself must reach the disk. Where folders cannot be opened (Windows), the system sees to it. */
async function flushFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync().catch(notSupported);
  } finally {
    await handle.close();
  }
}

function flushFolderSync(folder: string): void {
  if (process.platform === 'win32') return;
  const handle = sync.openSync(folder, 'r');
  try {
    sync.fsyncSync(handle);
  } catch (error) {
    notSupported(error);
  } finally {
    sync.closeSync(handle);
  }
}

/** Some network file systems cannot flush a folder; the file itself is there and whole. */
function notSupported(error: unknown): void {
  if (!['EINVAL', 'ENOTSUP', 'EPERM', 'EROFS'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
}

function absent(error: NodeJS.ErrnoException): undefined {
  if (error.code === 'ENOENT') return undefined;
  throw error;
}

const isFolder = (file: string): NodeJS.ErrnoException =>
  Object.assign(new Error(`EISDIR: ${file} is a folder`), { code: 'EISDIR', path: file });
