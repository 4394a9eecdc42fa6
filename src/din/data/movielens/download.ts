import { randomBytes } from 'node:crypto';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { unzipSync } from 'fflate';
import { DataError } from '../../errors';
import { bytesSha256 } from '../checksum';
import type { PublishedDataset } from './published';

const TIMEOUT_SECONDS = 120;

/**
 * Downloads a data set into a folder, whole or not at all: files are checked in memory, written to a folder beside it,
 * which then takes its name. Throws a DataError that names the address or the folder, and the reason.
 */
export async function download(dataset: PublishedDataset, folder: string): Promise<void> {
  console.log(`Downloading MovieLens ${dataset.name} from ${dataset.url} ...`);
  const files = extract(await fetchBytes(dataset.url), dataset);
  await store(files, folder);
  console.log(`MovieLens ${dataset.name} is kept in ${folder}.`);
}

async function fetchBytes(url: string): Promise<Uint8Array> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_SECONDS * 1000) });
    if (!response.ok) throw new Error(`the server answered ${response.status} ${response.statusText}`.trim());
    return new Uint8Array(await response.arrayBuffer());
  } catch (error) {
    throw new DataError(`${url}: ${networkReason(error as Error)}`, { cause: error });
  }
}

/** `fetch` says only "fetch failed" and hides why in the cause. */
function networkReason(error: Error): string {
  if (error.name === 'TimeoutError') return `not finished within ${TIMEOUT_SECONDS} s`;
  const cause = error.cause as NodeJS.ErrnoException | undefined;
  if (cause?.code === 'ENOTFOUND' || cause?.code === 'EAI_AGAIN') return 'no network, or the host is not known here';
  return cause?.code ?? cause?.message ?? error.message;
}

function extract(archive: Uint8Array, dataset: PublishedDataset): Map<string, Uint8Array> {
  const names = Object.keys(dataset.sha256);
  let entries: Record<string, Uint8Array>;
  try {
    entries = unzipSync(archive, { filter: (file) => names.includes(path.posix.basename(file.name)) });
  } catch (error) {
    const reason = `${dataset.url}: what came is no zip archive (${archive.length} bytes: ${(error as Error).message})`;
    throw new DataError(reason, { cause: error });
  }
  const files = new Map(Object.entries(entries).map(([name, bytes]) => [path.posix.basename(name), bytes]));
  for (const name of names) {
    const bytes = files.get(name);
    if (!bytes) throw new DataError(`${dataset.url}: the archive has no ${name}`);
    const sha256 = bytesSha256(bytes);
    if (sha256 !== dataset.sha256[name]) {
      throw new DataError(
        `${dataset.url}: ${name} has the wrong checksum (SHA-256 ${sha256}, expected ${dataset.sha256[name]})`,
      );
    }
  }
  return files;
}

async function store(files: ReadonlyMap<string, Uint8Array>, folder: string): Promise<void> {
  const partial = `${folder}.partial-${process.pid}-${randomBytes(4).toString('hex')}`;
  try {
    await mkdir(partial, { recursive: true });
    for (const [name, bytes] of files) await writeFile(path.join(partial, name), bytes);
    // What stands in the way is damaged (it was checked before), or another process has just put the same files there.
    await rm(folder, { recursive: true, force: true });
    await rename(partial, folder);
  } catch (error) {
    // A failure to clean up (the folder may not even exist) must not hide why the download cannot be kept.
    await rm(partial, { recursive: true, force: true }).catch(() => undefined);
    throw new DataError(`${folder}: ${storageReason(error as NodeJS.ErrnoException, files)}`, { cause: error });
  }
}

function storageReason(error: NodeJS.ErrnoException, files: ReadonlyMap<string, Uint8Array>): string {
  const bytes = [...files.values()].reduce((sum, file) => sum + file.length, 0);
  if (error.code === 'ENOSPC' || error.code === 'EDQUOT') {
    const megabytes = (bytes / 1e6).toFixed(1);
    return `no disk space to keep the download (${megabytes} MB); make room, or set DINNB_CACHE to a folder on another disk`;
  }
  return `the download cannot be kept (${error.message}); set DINNB_CACHE to a folder that can be written`;
}
