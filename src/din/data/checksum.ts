import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import path from 'node:path';
import type { SampleSource } from './sample-set';

/** SHA-256 of a file's bytes, hexadecimal. */
export async function fileSha256(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

export function bytesSha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** What a sample set records of the files it was made of. */
export async function describeSource(files: readonly string[]): Promise<SampleSource> {
  const sha256: Record<string, string> = {};
  for (const file of files) sha256[path.basename(file)] = await fileSha256(file);
  return { files: files.map((file) => path.resolve(file)), sha256 };
}
