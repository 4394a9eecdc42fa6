import { realpathSync, statSync } from 'node:fs';
import { fileSha256 } from '../base/file-hash';

/** SHA-256 of a file's bytes; undefined when it cannot be read, and for what is no file: a device or a pipe may never end. */
export async function fileHash(file: string): Promise<string | undefined> {
  try {
    if (!statSync(file).isFile() || /^\/(?:proc|sys|dev)\//.test(realpathSync(file))) return undefined;
    return await fileSha256(file);
  } catch {
    return undefined; // gone, or not ours to read: the caller says so
  }
}
