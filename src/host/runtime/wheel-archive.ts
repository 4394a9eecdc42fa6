import path from 'node:path';
import type { ZipArchive } from '../../base/zip';
import { StepError } from './errors';
import { collectHeaders, includedHeaders } from './headers';
import { libraryNames } from './layout';
import type { Machine } from './machine';

/**
 * Unpacks libtensorflow and its framework library, each verified against the checksum in the wheel's own RECORD.
 *
 * @throws StepError when the wheel lacks a library or one is damaged
 */
export async function unpackLibraries(
  machine: Pick<Machine, 'platform'>,
  archive: ZipArchive,
  folder: string,
  { signal, onFraction }: { signal?: AbortSignal; onFraction(fraction: number): void },
): Promise<void> {
  const checksums = await readRecord(archive);
  const entries = Object.values(libraryNames(machine.platform) as { [role: string]: string[] }).map((names) => {
    const found = names.map((name) => `tensorflow/${name}`).find(archive.has);
    if (!found) throw new StepError(`the wheel has no ${names[0]}`);
    return found;
  });
  const total = entries.reduce((sum, entry) => sum + archive.size(entry), 0);
  let done = 0;
  let reported = 0;
  for (const entry of entries) {
    const digest = await archive
      .extract(entry, path.join(folder, path.posix.basename(entry)), {
        signal,
        onBytes: (count) => {
          done += count;
          if (done - reported < total / 100) return;
          reported = done;
          onFraction(done / total);
        },
      })
      .catch((error) => {
        signal?.throwIfAborted();
        if ((error as NodeJS.ErrnoException).code) throw error;
        throw new StepError(`${entry} in the wheel is damaged: ${error.message}`);
      });
    const expected = checksums.get(entry);
    if (expected !== digest) {
      throw new StepError(`${entry} in the wheel is damaged: its checksum is ${digest} instead of ${expected}`);
    }
  }
}

/**
 * Unpacks the headers that the addon's sources include, directly or not, under the paths by which they are included.
 *
 * @throws StepError when the wheel lacks one that the sources name
 */
export async function unpackHeaders(archive: ZipArchive, sources: string, folder: string): Promise<void> {
  for (const [included, entry] of await collectHeaders(archive, await includedHeaders(sources))) {
    await archive.extract(entry, path.join(folder, included));
  }
}

/** The checksums that every wheel carries: lines of `path,sha256=<base64url>,size`. */
async function readRecord(archive: ZipArchive): Promise<Map<string, string>> {
  const name = archive.names().find((entry) => /^[^/]+\.dist-info\/RECORD$/.test(entry));
  if (!name) throw new StepError('the wheel has no RECORD of checksums');
  const checksums = new Map<string, string>();
  for (const line of (await archive.text(name)).split('\n')) {
    const [, file, digest] = /^"?([^",]+)"?,sha256=([\w-]+)/.exec(line) ?? [];
    if (file && digest) checksums.set(file, Buffer.from(digest, 'base64url').toString('hex'));
  }
  return checksums;
}
