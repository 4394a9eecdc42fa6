import { createReadStream } from 'node:fs';

const QUOTE = 0x22;
const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;

/**
 * The line (from 1) on which a record starts; record 0 is the first after the header. Records are not lines: quoted
 * cells may hold line breaks, and blank lines hold no record. Read again only to explain an error.
 */
export async function lineOfRecord(file: string, wanted: number): Promise<number> {
  let line = 1;
  // The first record of the file is the header, one before record 0.
  let next = -1;
  let inRecord = false;
  let quoted = false;
  for await (const chunk of createReadStream(file)) {
    for (const byte of chunk as Buffer) {
      if (byte === LINE_FEED) {
        line++;
        if (!quoted) inRecord = false;
      } else if (byte !== CARRIAGE_RETURN || quoted) {
        if (!inRecord) {
          if (next === wanted) return line;
          next++;
          inRecord = true;
        }
        if (byte === QUOTE) quoted = !quoted;
      }
    }
  }
  return line;
}

/** The line (from 1) of a byte, and of the first byte after it that is not a line break. */
export async function lineOfByte(file: string, position: number): Promise<number> {
  let line = 1;
  let offset = 0;
  for await (const chunk of createReadStream(file)) {
    for (const byte of chunk as Buffer) {
      const lineBreak = byte === LINE_FEED || byte === CARRIAGE_RETURN;
      if (offset >= position && !lineBreak) return line;
      if (byte === LINE_FEED) line++;
      offset++;
    }
  }
  return line;
}
