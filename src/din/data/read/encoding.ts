import { createWriteStream } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { TextDecoder } from 'node:util';
import { DataError } from '../../errors';
import { InterruptedError } from '../../interrupt';
import type { Working } from '../../working';
import { asFullDisk } from '../storage/file-array';
import { spillFolder } from '../storage/folder';
import { openText, unreadable } from './errors';

/**
 * Files of text that are not UTF-8. DuckDB's own decoders refuse letters beyond 16 bits and read big-endian files as empty, so
 * such files are written once more, as UTF-8, and those are read.
 */

/** Names that people use, beside those that a TextDecoder knows. */
const ALIASES: Readonly<Record<string, string>> = { 'latin-1': 'latin1', 'utf-16': 'utf-16le', utf16: 'utf-16le' };

const labelOf = (encoding: string) => ALIASES[encoding.toLowerCase()] ?? encoding;

export const isUtf8 = (encoding: string) => new TextDecoder(labelOf(encoding)).encoding === 'utf-8';

/** @throws DataError where nobody knows such an encoding. */
export function checkEncoding(call: string, encoding: unknown): void {
  if (encoding === undefined) return;
  try {
    if (typeof encoding !== 'string') throw new TypeError('no name');
    new TextDecoder(labelOf(encoding));
  } catch (cause) {
    throw new DataError(
      `${call}: no encoding is called ${JSON.stringify(encoding)}. Known are 'utf-8', 'utf-16', 'latin-1', 'windows-1252', ` +
        "'shift_jis', 'gb18030', 'euc-kr', 'koi8-r' and the others of the web.",
      { cause },
    );
  }
}

/** The mark at a file's beginning goes before its name: it cannot be anything else. */
function decoderOf(encoding: string, start: Uint8Array): TextDecoder {
  const label = labelOf(encoding);
  const marked = label.toLowerCase().startsWith('utf-16') ? markedAs(start) : undefined;
  return new TextDecoder(marked ?? label, { fatal: true });
}

function markedAs(start: Uint8Array): string | undefined {
  if (start[0] === 0xff && start[1] === 0xfe) return 'utf-16le';
  if (start[0] === 0xfe && start[1] === 0xff) return 'utf-16be';
  return undefined;
}

/** Files in UTF-8 that say the same, in folders of the same names below a temporary one, which the caller removes. */
export async function decodeFiles(
  files: readonly string[],
  encoding: string,
  progress: Working,
): Promise<{ folder: string; files: string[] }> {
  const folder = await mkdtemp(path.join(spillFolder(), 'decoded-'));
  const decoded = files.map((file) => path.join(folder, file.replace(/:/g, '_').replace(/\.(gz|zst)$/i, '')));
  try {
    for (const [i, file] of files.entries()) {
      progress.stage(`${path.basename(file)}: decoding ${encoding}`);
      await mkdir(path.dirname(decoded[i]), { recursive: true });
      try {
        await pipeline(Readable.from(textOf(file, encoding, progress)), createWriteStream(decoded[i]));
      } catch (error) {
        const known = asFullDisk(error);
        throw known instanceof DataError || known instanceof InterruptedError
          ? known
          : unreadable(file, known as Error);
      }
    }
    return { folder, files: decoded };
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

/** What Windows has where Latin-1 has control characters; Node's decoder, against the standard, leaves those. */
const WINDOWS = '€\x81‚ƒ„…†‡ˆ‰Š‹Œ\x8dŽ\x8f\x90‘’“”•–—˜™š›œ\x9džŸ';
const asWindows = (text: string) => text.replace(/[\x80-\x9f]/g, (control) => WINDOWS[control.charCodeAt(0) - 0x80]);

async function* textOf(file: string, encoding: string, progress: Working): AsyncGenerator<string> {
  const bytes = openText(file);
  if (!bytes) throw new DataError(`${file}: this Node cannot unpack zstd. Unpack the file before it is read.`);
  let decoder: TextDecoder | undefined;
  let done = 0;
  const decode = (chunk?: Uint8Array): string => {
    try {
      const text = decoder!.decode(chunk, { stream: chunk !== undefined });
      return decoder!.encoding === 'windows-1252' ? asWindows(text) : text;
    } catch (cause) {
      throw new DataError(`${file} is not written in ${encoding}: bytes ${done} and on are no text in it.`, { cause });
    }
  };
  for await (const chunk of bytes) {
    decoder ??= decoderOf(encoding, chunk as Buffer);
    const text = decode(chunk as Buffer);
    done += (chunk as Buffer).length;
    await progress.pause(done, 'Reading was interrupted.');
    if (text !== '') yield text;
  }
  if (decoder) yield decode();
}

/** How many bytes tell an encoding by their zeros. */
const START = 4096;

/** @throws DataError for the first file that begins as UTF-16 does, with the remedy. */
export async function checkUtf8Starts(files: readonly string[]): Promise<void> {
  for (const file of files) {
    const start = await startOf(file);
    if (markedAs(start) !== undefined) {
      throw new DataError(`${file} is written in UTF-16, as its byte order mark says. Give { encoding: 'utf-16' }.`);
    }
    // Of Western text every other byte is zero.
    const zeros = [0, 1].map((odd) => start.filter((byte, i) => byte === 0 && i % 2 === odd).length);
    if (zeros[0] + zeros[1] < start.length / 4 || start.length === 0) continue;
    const order = zeros[0] > zeros[1] ? 'be' : 'le';
    throw new DataError(`${file} has zero bytes as UTF-16 has them. Give { encoding: 'utf-16${order}' }.`);
  }
}

/** The first bytes of a file's text. */
async function startOf(file: string): Promise<Buffer> {
  try {
    for await (const chunk of openText(file) ?? []) return (chunk as Buffer).subarray(0, START);
  } catch (cause) {
    throw new DataError(`${file} cannot be read: ${(cause as Error).message}. Is it whole?`, { cause });
  }
  return Buffer.alloc(0);
}

/** The error for the first file that is not UTF-8, with line and remedy; undefined where all are. */
export async function notUtf8(files: readonly string[]): Promise<DataError | undefined> {
  for (const file of files) {
    const line = await firstBadLine(file);
    if (line === undefined) continue;
    return new DataError(
      `${file}, line ${line}: it is not UTF-8. Say what it is: { encoding: 'latin-1' } for Western European text of Windows and ` +
        "Excel, 'shift_jis', 'gb18030', 'utf-16', or write the file as UTF-8.",
    );
  }
  return undefined;
}

/** The line (from 1) of the first byte that UTF-8 does not have there. */
async function firstBadLine(file: string): Promise<number | undefined> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let lines = 1;
  /** What begins with the line that the chunk goes on with. */
  let open: Buffer = Buffer.alloc(0);
  const isFine = (line: Buffer) => {
    try {
      decoder.decode(line);
      return true;
    } catch {
      return false;
    }
  };
  for await (const chunk of openText(file) ?? []) {
    const bytes = Buffer.concat([open, chunk as Buffer]);
    let from = 0;
    for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10, from)) {
      if (!isFine(bytes.subarray(from, end))) return lines;
      from = end + 1;
      lines++;
    }
    open = bytes.subarray(from);
  }
  return isFine(open) ? undefined : lines;
}
