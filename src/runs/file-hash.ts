import { createHash } from 'node:crypto';
import { createReadStream, realpathSync, statSync } from 'node:fs';

/** SHA-256 of a file's bytes; undefined when it cannot be read, and for what is no file: a device or a pipe may never end. */
export async function fileHash(file: string): Promise<string | undefined> {
  const hash = createHash('sha256');
  try {
    if (!statSync(file).isFile() || /^\/(?:proc|sys|dev)\//.test(realpathSync(file))) return undefined;
    for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  } catch {
    return undefined; // gone, or not ours to read: the caller says so
  }
  return hash.digest('hex');
}
