import { createHash } from 'node:crypto';

/** SHA-256 of a text's UTF-8 or of bytes, hexadecimal. */
export function textHash(text: string | Uint8Array): string {
  return createHash('sha256').update(text).digest('hex');
}
