import { type FileHandle, open } from 'node:fs/promises';

/**
 * Whether a zstd file is whole, told by the lengths that its blocks give (RFC 8878, section 3.1): few Node can unpack it, and DuckDB
 * reads one that is cut off as far as it goes.
 *
 * @throws Error where it ends before its last block, or holds something else.
 */
export async function checkZstd(file: string, signal: AbortSignal): Promise<void> {
  const handle = await open(file);
  try {
    const { size } = await handle.stat();
    for (let at = 0; at < size && !signal.aborted; ) at = await frameEnd(handle, at, signal);
  } finally {
    await handle.close();
  }
}

const MAGIC = 0xfd2fb528;
/** Frames that hold nothing of the text: 16 numbers, and a length. */
const SKIPPABLE = 0x184d2a50;
/** Bytes of the length of the content, by the first two bits of a frame's descriptor. */
const CONTENT_SIZE = [0, 2, 4, 8];
const DICTIONARY_ID = [0, 1, 2, 4];

async function frameEnd(handle: FileHandle, start: number, signal: AbortSignal): Promise<number> {
  const magic = (await bytesAt(handle, start, 4)).readUInt32LE();
  if ((magic & ~0xf) >>> 0 === SKIPPABLE) {
    const length = (await bytesAt(handle, start + 4, 4)).readUInt32LE();
    return inside(handle, start + 8 + length);
  }
  if (magic !== MAGIC) throw new Error(`no frame begins at byte ${start}`);
  const [descriptor] = await bytesAt(handle, start + 4, 1);
  const single = (descriptor >> 5) & 1;
  const content = descriptor >> 6 === 0 ? single : CONTENT_SIZE[descriptor >> 6];
  let at = start + 5 + (1 - single) + DICTIONARY_ID[descriptor & 3] + content;
  for (let last = false; !last && !signal.aborted; ) {
    const header = (await bytesAt(handle, at, 3)).readUIntLE(0, 3);
    last = (header & 1) === 1;
    const kind = (header >> 1) & 3;
    if (kind === 3) throw new Error(`no block begins at byte ${at}`);
    // A block of one byte, repeated, tells how often.
    at = await inside(handle, at + 3 + (kind === 1 ? 1 : header >> 3));
  }
  return inside(handle, at + ((descriptor >> 2) & 1 ? 4 : 0));
}

async function bytesAt(handle: FileHandle, at: number, count: number): Promise<Buffer> {
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(count), 0, count, at);
  if (bytesRead < count) throw new Error('unexpected end of file');
  return buffer;
}

async function inside(handle: FileHandle, at: number): Promise<number> {
  if (at > (await handle.stat()).size) throw new Error('unexpected end of file');
  return at;
}
