import type { MimeBundle } from '../../outputs/mime';

/** One character a byte: a decoder's `latin1` is another code page in some versions of Node. */
const characters = (bytes: Uint8Array, count: number) =>
  Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(count, bytes.byteLength)).toString('latin1');

/** What of a picture's kind its first bytes say. */
function kindOf(bytes: Uint8Array): string | undefined {
  const head = characters(bytes, 12);
  if (head.startsWith('\x89PNG\r\n\x1a\n')) return 'image/png';
  if (head.startsWith('\xff\xd8\xff')) return 'image/jpeg';
  if (/^GIF8[79]a/.test(head)) return 'image/gif';
  if (/^RIFF.{4}WEBP/s.test(head)) return 'image/webp';
  const start = characters(bytes, 1000)
    .replace(/^\xef\xbb\xbf/, '')
    .trimStart();
  if (/^(?:<\?xml[^>]*>\s*)?(?:<!--[\s\S]*?-->\s*|<!DOCTYPE svg[^>]*>\s*)*<svg[\s>]/i.test(start))
    return 'image/svg+xml';
  return undefined;
}

function bytesOf(value: unknown): Uint8Array | undefined {
  if (value instanceof Uint8Array) return value;
  return value instanceof ArrayBuffer ? new Uint8Array(value) : undefined;
}

/** A picture whose bytes a cell holds: PNG, JPEG, GIF, WebP or SVG. Undefined for other values. */
export function pictureBundle(value: unknown): MimeBundle | undefined {
  const bytes = bytesOf(value);
  const mime = bytes && kindOf(bytes);
  if (!bytes || !mime) return undefined;
  const name = mime === 'image/svg+xml' ? 'SVG' : mime.slice(6).toUpperCase();
  const size = mime === 'image/png' && bytes.length >= 24 ? pngSize(bytes) : '';
  return {
    [mime]: mime === 'image/svg+xml' ? new TextDecoder().decode(bytes) : bytes,
    'text/plain': `${name} picture${size}, ${bytes.length.toLocaleString('en-US')} bytes`,
  };
}

function pngSize(bytes: Uint8Array): string {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return `, ${view.getUint32(16)} × ${view.getUint32(20)}`;
}
