import { createReadStream } from 'node:fs';
import type { Readable } from 'node:stream';

const QUOTE = 0x22;
const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;

export type LineEnd = 'LF' | 'CR LF' | 'CR';

/**
 * The line (from 1) on which a record starts; record 0 is the first after the header. Records are not lines: quoted
 * cells may hold line breaks, and blank lines hold no record. Read again only to explain an error.
 */
export function lineOfRecord(file: string | Readable, wanted: number): Promise<number> {
  // The first record of the file is the header, one before record 0.
  let next = -1;
  let inRecord = false;
  let quoted = false;
  return findLine(file, (byte) => {
    if (byte === LINE_FEED || byte === CARRIAGE_RETURN) {
      if (!quoted) inRecord = false;
      return false;
    }
    if (!inRecord && next++ === wanted) return true;
    inRecord = true;
    if (byte === QUOTE) quoted = !quoted;
    return false;
  });
}

/** The line (from 1) of a byte, and of the first byte after it that is not a line break. */
export function lineOfByte(file: string, position: number): Promise<number> {
  let offset = 0;
  return findLine(file, (byte) => offset++ >= position && byte !== LINE_FEED && byte !== CARRIAGE_RETURN);
}

/** The first line that does not end as line 1 does, line breaks inside quotes left out; undefined where all agree. */
export async function mixedLineEnds(
  file: string,
): Promise<{ first: LineEnd; line: number; other: LineEnd } | undefined> {
  if (!(await hasCarriageReturn(file))) return undefined;
  let first: LineEnd | undefined;
  let found: { first: LineEnd; line: number; other: LineEnd } | undefined;
  let quoted = false;
  /** The line that a carriage return has ended, if no line feed follows. */
  let open: number | undefined;
  const ends = (other: LineEnd, line: number) => {
    first ??= other;
    if (other !== first) found = { first, line, other };
  };
  await findLine(file, (byte, line) => {
    const afterReturn = open !== undefined;
    if (open !== undefined && byte !== LINE_FEED) ends('CR', open);
    open = undefined;
    if (byte === QUOTE) quoted = !quoted;
    else if (byte === LINE_FEED && !quoted) ends(afterReturn ? 'CR LF' : 'LF', line);
    else if (byte === CARRIAGE_RETURN && !quoted) open = line;
    return found !== undefined;
  });
  if (!found && open !== undefined) ends('CR', open);
  return found;
}

/** Most files have none, and are spared the walk byte by byte. */
async function hasCarriageReturn(file: string): Promise<boolean> {
  for await (const chunk of createReadStream(file)) if ((chunk as Buffer).includes(CARRIAGE_RETURN)) return true;
  return false;
}

/** The line of the first byte that is the wanted one, else the last. LF, CR LF and CR alone end the line they are on. */
async function findLine(file: string | Readable, isWanted: (byte: number, line: number) => boolean): Promise<number> {
  let line = 1;
  let previous = 0;
  for await (const chunk of typeof file === 'string' ? createReadStream(file) : file) {
    for (const byte of chunk as Buffer) {
      if (previous === LINE_FEED || (previous === CARRIAGE_RETURN && byte !== LINE_FEED)) line++;
      if (isWanted(byte, line)) return line;
      previous = byte;
    }
  }
  return line;
}
