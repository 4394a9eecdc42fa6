import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, open } from 'node:fs/promises';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import yauzl from 'yauzl';

/** A zip archive whose entries are read one by one, streaming: a wheel unpacks to more than a gigabyte. */
export interface ZipArchive {
  names(): string[];
  has(name: string): boolean;
  /** Unpacked size in bytes. */
  size(name: string): number;
  text(name: string): Promise<string>;
  /** Unpacks one entry and flushes it to disk; its folder is made. Returns its SHA-256 in hexadecimal. */
  extract(
    name: string,
    file: string,
    options?: { signal?: AbortSignal; onBytes?(count: number): void },
  ): Promise<string>;
  close(): void;
}

/** @throws Error when the file is no complete zip archive, at the first damaged entry that is read (CRC-32) */
export async function openZip(file: string): Promise<ZipArchive> {
  const { zip, entries } = await readDirectory(file);
  const find = (name: string): yauzl.Entry => {
    const entry = entries.get(name);
    if (!entry) throw new Error(`${path.basename(file)} has no ${name}`);
    return entry;
  };
  const stream = (name: string): Promise<Readable> =>
    new Promise((resolve, reject) => {
      zip.openReadStream(find(name), (error, readable) => (error ? reject(error) : resolve(readable)));
    });
  return {
    names: () => [...entries.keys()],
    has: (name) => entries.has(name),
    size: (name) => find(name).uncompressedSize,
    text: async (name) => {
      const chunks: Buffer[] = [];
      for await (const chunk of await stream(name)) chunks.push(chunk);
      return Buffer.concat(chunks).toString('utf8');
    },
    extract: async (name, target, { signal, onBytes } = {}) => {
      await mkdir(path.dirname(target), { recursive: true });
      const hash = createHash('sha256');
      await pipeline(
        await stream(name),
        async function* (chunks: AsyncIterable<Buffer>) {
          for await (const chunk of chunks) {
            hash.update(chunk);
            onBytes?.(chunk.length);
            yield chunk;
          }
        },
        createWriteStream(target, { highWaterMark: 1 << 20 }),
        { signal },
      );
      await flush(target);
      return hash.digest('hex');
    },
    close: () => zip.close(),
  };
}

/** Makes sure that a file is on the disk, not only on its way: the rename that publishes it must not overtake it. */
async function flush(file: string): Promise<void> {
  const handle = await open(file, 'r+');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function readDirectory(file: string): Promise<{ zip: yauzl.ZipFile; entries: Map<string, yauzl.Entry> }> {
  return new Promise((resolve, reject) => {
    yauzl.open(file, { lazyEntries: true, autoClose: false }, (openError, zip) => {
      if (openError) return reject(openError);
      const entries = new Map<string, yauzl.Entry>();
      zip.on('entry', (entry: yauzl.Entry) => {
        entries.set(entry.fileName, entry);
        zip.readEntry();
      });
      zip.on('error', reject);
      zip.on('end', () => resolve({ zip, entries }));
      zip.readEntry();
    });
  });
}
