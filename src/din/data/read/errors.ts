import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import * as zlib from 'node:zlib';
import { DataError } from '../../errors';
import { lineOfRecord } from '../csv/locate';
import { otherLineEnd, shorten } from '../csv/rejected';
import type { Format } from './find-files';
import { checkZstd } from './zstd';

/** A value that is not what was asked for, before it is known where it lies. */
export class BadValue {
  constructor(
    /** From 1, over all files that are read together. */
    readonly row: number,
    readonly column: string,
    readonly problem: string,
  ) {}
}

/**
 * The error for a bad value, with file and line.
 * @param rowsOf counts the rows of a file.
 * @param header files of text begin with a line of names; undefined: they are no such files.
 */
export async function locateBadValue(
  { row, column, problem }: BadValue,
  files: readonly string[],
  rowsOf: (file: string) => Promise<number>,
  header: boolean | undefined,
): Promise<DataError> {
  let left = row;
  let file = files[0];
  for (file of files) {
    if (files.length === 1) break;
    const rows = await rowsOf(file);
    if (left <= rows) break;
    left -= rows;
  }
  return new DataError(`${file}, ${await placeOf(file, left, header)}, column '${column}': ${problem}`);
}

async function placeOf(file: string, row: number, header: boolean | undefined): Promise<string> {
  const lines = header !== undefined || /\.(ndjson|jsonl)(\.\w+)?$/i.test(file);
  const bytes = lines ? openText(file) : undefined;
  if (!bytes) return `row ${row}`;
  // Records are counted from the one after the first, which names the columns or is the first row.
  return `line ${await lineOfRecord(bytes, header === true ? row - 1 : row - 2)}`;
}

/** The text of a file; undefined where this Node cannot unpack it. */
export function openText(file: string): Readable | undefined {
  if (/\.gz$/i.test(file)) return unpacked(file, zlib.createGunzip());
  if (!/\.zst$/i.test(file)) return createReadStream(file);
  const unpack = (zlib as { createZstdDecompress?: () => zlib.Gunzip }).createZstdDecompress;
  return unpack && unpacked(file, unpack());
}

/** An error of the file is one of what is read of it: `pipe` alone would leave it to nobody. */
function unpacked<U extends zlib.Gunzip>(file: string, unpack: U): U {
  const packed = createReadStream(file).on('error', (error) => unpack.destroy(error));
  // Who has read enough of the text closes it alone.
  unpack.on('close', () => packed.destroy());
  return packed.pipe(unpack);
}

const isPacked = (file: string) => /\.(gz|zst)$/i.test(file);

/** What cannot be read to its end. */
export function unreadable(file: string, cause: Error): DataError {
  const { message } = cause;
  return isPacked(file)
    ? new DataError(`${file} is damaged or cut off (${message}): not all of its rows can be read.`, { cause })
    : new DataError(`${file} cannot be read: ${message.split('\n')[0].trim()}`, { cause });
}

/**
 * Reads files, and sees to it that they are whole and stay what they are meanwhile: of a file that is cut off, or written to, DuckDB
 * reads what there is and says nothing.
 * @throws DataError that names the file; else what `read` throws.
 */
export async function readWhole<T extends { dispose(): void }>(
  files: readonly string[],
  read: () => Promise<T>,
): Promise<T> {
  const stamps = await stampsOf(files);
  const done = new AbortController();
  const whole = checkWhole(files, done.signal);
  // Waited for below; an error before that must not be one that nobody hears.
  whole.catch(() => undefined);
  let table: T | undefined;
  try {
    table = await read();
    await whole;
    await checkUnchanged(files, stamps);
    return table;
  } catch (error) {
    table?.dispose();
    await checkUnchanged(files, stamps);
    // A file that is cut off is the reason of whatever else is wrong.
    if (files.some(isPacked)) await whole;
    throw error;
  } finally {
    done.abort();
  }
}

/**
 * `.gz` files are unpacked once more, beside what DuckDB reads: of a file that is cut off it reads what there is and says nothing.
 * Of `.zst` it says nothing either; their blocks tell their own lengths.
 * @throws DataError that names the file.
 */
async function checkWhole(files: readonly string[], signal: AbortSignal): Promise<void> {
  for (const file of files) {
    if (!isPacked(file)) continue;
    try {
      if (/\.zst$/i.test(file)) await checkZstd(file, signal);
      // What is unpacked is of no use: only whether it ends as it should.
      else for await (const _ of openText(file)!) if (signal.aborted) return;
    } catch (cause) {
      throw unreadable(file, cause as Error);
    }
  }
}

/** Size and time of files, to know whether they were written to meanwhile. */
async function stampsOf(files: readonly string[]): Promise<string[]> {
  return Promise.all(
    files.map(async (file) => {
      const now = await stat(file, { bigint: true }).catch(() => undefined);
      return now ? `${now.size} ${now.mtimeNs} ${now.ino}` : 'gone';
    }),
  );
}

/** @throws DataError for the first file that is another than it was. */
async function checkUnchanged(files: readonly string[], before: readonly string[]): Promise<void> {
  const now = await stampsOf(files);
  const changed = files.findIndex((_, i) => now[i] !== before[i]);
  if (changed < 0) return;
  const what = now[changed] === 'gone' ? 'was removed' : 'changed';
  throw new DataError(
    `${files[changed]} ${what} while it was read, so the rows may be of both. Read it again when it is written.`,
  );
}

/** The file that a message of DuckDB's names. */
const fileIn = (message: string, files: readonly string[]): string =>
  files.find((file) => message.includes(file)) ?? files[0];

/** DuckDB's error for files that are not what their names or options say; undefined for an error of another kind. */
export async function fileError(
  error: unknown,
  files: readonly string[],
  format: Format,
): Promise<DataError | undefined> {
  if (error instanceof DataError || !(error instanceof Error)) return undefined;
  if (format === 'csv') return (await lineEndsError(error, files)) ?? csvError(error, files);
  const file = fileIn(error.message, files);
  // What follows is DuckDB's query, and its options.
  const [reason] = error.message.replace(/^[A-Z][A-Za-z ]*Error: /, '').split('\n');
  if (format === 'parquet') {
    if (/magic bytes|too small to be a Parquet/i.test(reason)) {
      return new DataError(`${file} is no Parquet file, or is cut off: ${reason}. Write it again.`, { cause: error });
    }
    if (/invalid string encoding/i.test(reason)) {
      return new DataError(
        `${file}: a column holds bytes that are no text: ${reason.trim()} Choose the others: ` +
          `din.data.sql("SELECT ... FROM '${file}'").`,
        { cause: error },
      );
    }
    return undefined;
  }
  const place = /(?:Malformed JSON|JSON transform error) in file .*? in (line|record\/value) (\d+): (.*)$/.exec(reason);
  if (!place) return undefined;
  const line = await malformedLine(file);
  if (line !== undefined) return new DataError(`${file}, ${line}`, { cause: error });
  const isDuplicate = reason.startsWith('JSON transform');
  const at = isDuplicate ? `${place[1] === 'line' ? 'line' : 'record'} ${place[2]}` : `record ${Number(place[2]) - 1}`;
  return new DataError(`${file}, ${at}: ${place[3].trim().replace(/\.$/, '')}.`, { cause: error });
}

/** The first line of records that is none, with the reason; DuckDB counts records otherwise. */
async function malformedLine(file: string): Promise<string | undefined> {
  const bytes = /\.(ndjson|jsonl)(\.\w+)?$/i.test(file) ? openText(file) : undefined;
  if (!bytes) return undefined;
  let number = 0;
  for await (const line of createInterface({ input: bytes })) {
    number++;
    if (line.trim() === '') continue;
    try {
      JSON.parse(line);
    } catch (problem) {
      return `line ${number}: it is no JSON (${(problem as Error).message}). The line is: ${shorten(line)}`;
    }
  }
  return undefined;
}

/** DuckDB's word for lines that end otherwise than the first one, or for a carriage return within one. */
async function lineEndsError(error: Error, files: readonly string[]): Promise<DataError | undefined> {
  if (!/state machine reached an invalid state/.test(error.message)) return undefined;
  const file = fileIn(error.message, files);
  // In a packed file lines are not looked for.
  const mixed = isPacked(file) ? undefined : await otherLineEnd(file);
  if (mixed) return mixed;
  return new DataError(
    `${file}: its lines do not all end alike (\\n, \\r\\n and \\r are mixed), or a cell that is not in double quotes holds \\r. Write it ` +
      'with one kind of line end, and such cells in double quotes.',
    { cause: error },
  );
}

/** DuckDB's error for a row of a CSV file, with file, line and reason. */
function csvError(error: Error, files: readonly string[]): DataError | undefined {
  const { message } = error;
  const line = /CSV Error on Line: (\d+)/.exec(message)?.[1];
  if (line === undefined) return undefined;
  const file = fileIn(message, files);
  const row = /Original Line: ?(.*)/.exec(message)?.[1] ?? '';
  const reason = /Original Line:.*\n([^\n]+)/.exec(message)?.[1] ?? message.split('\n')[0];
  const counts = /Expected Number of Columns: (\d+) Found: (\d+)/.exec(message);
  const what = counts
    ? `the row has ${counts[2]} cells, but there are ${counts[1]} columns. Add or remove cells; a cell that holds the delimiter stands in double quotes`
    : /unterminated|unquoted|quote should/i.test(message)
      ? 'a quote is not closed, or text follows it'
      : reason.trim().replace(/\.$/, '');
  return new DataError(`${file}, line ${line}: ${what}. The line is: ${row.slice(0, 100)}`, { cause: error });
}
