import { createHash, randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { makeFolder } from '../../../base/atomic-file';
import { downloadResuming } from '../../../base/download';
import { openZip } from '../../../base/zip';
import { DataError } from '../../errors';
import { InterruptedError } from '../../interrupt';
import { watchInterrupts, working } from '../../working';
import type { PublishedSet } from './published';

/**
 * Downloads a data set into a folder, whole or not at all: files are fetched beside it (what breaks off is continued by the
 * next call), checked, unpacked into a folder of another name, which then takes its name. Throws a DataError that names
 * the address or the folder, and the reason.
 */
export async function fetchSet(set: PublishedSet, folder: string): Promise<void> {
  const downloads = downloadsOf(set);
  console.log(`Downloading ${set.title}. ${set.licence}`);
  const partial = `${folder}.partial-${process.pid}-${randomBytes(4).toString('hex')}`;
  try {
    await keep(async () => makeFolder(partial));
    for (const { url, file } of downloads) {
      const target = path.join(path.dirname(folder), `${set.name}-${file}`);
      await bring(url, target, file);
      await checkArchive(set, url, target);
      if (url.endsWith('.zip')) await unpack(set, url, target, partial);
      else await keep(() => rename(target, path.join(partial, file)));
    }
    await checkFiles(set, partial);
    // What stands in the way is damaged (it was checked before), or another process has just put the same files there.
    await keep(() => rm(folder, { recursive: true, force: true }));
    await keep(() => rename(partial, folder));
  } catch (error) {
    // A failure to clean up (the folder may not even exist) must not hide why the download cannot be kept.
    await rm(partial, { recursive: true, force: true }).catch(() => undefined);
    throw error;
  }
  console.log(`${set.title} is kept in ${folder}.`);
}

function downloadsOf({ source }: PublishedSet): { url: string; file: string }[] {
  if ('manual' in source) return [];
  const urls = 'archive' in source ? [source.archive] : source.files;
  return urls.map((url) => ({ url, file: path.posix.basename(new URL(url).pathname) }));
}

/** What came of a download that was interrupted is kept. */
async function bring(url: string, target: string, name: string): Promise<void> {
  const stop = new AbortController();
  // A server that sends nothing more sends no chance to look for an interrupt either.
  const unwatch = watchInterrupts(() =>
    stop.abort(new InterruptedError(`The download of ${name} was interrupted; what came is kept.`)),
  );
  await keep(async () => makeFolder(path.dirname(target)));
  try {
    await working(`${name}: MB`, undefined, (progress) => {
      const onBytes = (done: number, total?: number) => progress.at(done / 1e6, total && total / 1e6);
      return downloadResuming(url, target, { onBytes, signal: stop.signal });
    });
  } catch (error) {
    if (error instanceof InterruptedError) throw error;
    if (isOfDisk(error)) throw storageError(error as NodeJS.ErrnoException);
    throw new DataError((error as Error).message, { cause: error });
  } finally {
    unwatch();
  }
}

/** The archive's own checksum, where the publisher gives one or it is known; a wrong file does not stay. */
async function checkArchive({ source }: PublishedSet, url: string, target: string): Promise<void> {
  if (!('archive' in source)) return;
  const { sha256, md5Beside } = source;
  if (sha256 !== undefined) return compare(url, target, 'sha256', sha256);
  if (!md5Beside) return;
  const beside = `${target}.md5`;
  await bring(`${url}.md5`, beside, `${path.basename(target)}.md5`);
  const text = await readFile(beside, 'utf8');
  await rm(beside, { force: true });
  const [md5] = /\b[0-9a-f]{32}\b/i.exec(text) ?? [];
  if (md5 === undefined) throw new DataError(`${url}.md5 holds no checksum: ${text.slice(0, 60)}`);
  await compare(url, target, 'md5', md5.toLowerCase());
}

async function compare(url: string, file: string, kind: 'sha256' | 'md5', expected: string): Promise<void> {
  const hash = createHash(kind);
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  const found = hash.digest('hex');
  if (found === expected) return;
  const { size } = await stat(file);
  await rm(file, { force: true });
  const name = kind === 'md5' ? 'MD5' : 'SHA-256';
  throw new DataError(
    `${url}: what came (${size} bytes) has the wrong checksum (${name} ${found}, expected ${expected})`,
  );
}

async function unpack(set: PublishedSet, url: string, archive: string, folder: string): Promise<void> {
  const { size } = await stat(archive);
  try {
    const zip = await openZip(archive);
    try {
      for (const wanted of set.files.map(([name]) => name)) {
        const entry = zip.names().find((name) => path.posix.basename(name) === wanted && !name.startsWith('__MACOSX'));
        if (entry === undefined) throw new DataError(`${url}: the archive has no ${wanted}`);
        await zip.extract(entry, path.join(folder, wanted));
      }
    } finally {
      zip.close();
    }
  } catch (error) {
    if (error instanceof DataError) throw error;
    if (isOfDisk(error)) throw storageError(error as NodeJS.ErrnoException);
    throw new DataError(`${url}: what came is no zip archive (${size} bytes: ${(error as Error).message})`, {
      cause: error,
    });
  } finally {
    // Whole and unpacked, or damaged: it is of no use any more.
    await rm(archive, { force: true });
  }
}

async function checkFiles({ source, sha256 = {} }: PublishedSet, folder: string): Promise<void> {
  for (const [name, expected] of Object.entries(sha256)) {
    const hash = createHash('sha256');
    for await (const chunk of createReadStream(path.join(folder, name))) hash.update(chunk as Buffer);
    const found = hash.digest('hex');
    if (found === expected) continue;
    const url = 'archive' in source ? source.archive : name;
    throw new DataError(`${url}: ${name} has the wrong checksum (SHA-256 ${found}, expected ${expected})`);
  }
}

const DISK = new Set(['ENOSPC', 'EDQUOT', 'EACCES', 'EROFS', 'ENOTDIR', 'EEXIST', 'EPERM', 'EMFILE']);
const isOfDisk = (error: unknown): boolean => DISK.has(String((error as NodeJS.ErrnoException).code));

async function keep<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw storageError(error as NodeJS.ErrnoException);
  }
}

function storageError(error: NodeJS.ErrnoException): DataError {
  const full = error.code === 'ENOSPC' || error.code === 'EDQUOT';
  const reason = full
    ? 'no disk space to keep the download; make room, or set DINNB_CACHE to a folder on another disk'
    : `the download cannot be kept (${error.message}); set DINNB_CACHE to a folder that can be written`;
  return new DataError(`${error.path ?? 'the cache'}: ${reason}`, { cause: error });
}
