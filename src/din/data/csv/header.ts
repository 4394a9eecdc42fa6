import { type FileHandle, open } from 'node:fs/promises';
import { didYouMean } from '../../../base/nearest';
import { DataError } from '../../errors';
import { shorten } from './rejected';

const HEADER_LIMIT = 1 << 20;

/**
 * The column names of a CSV file's first line, unquoted, without byte order mark.
 * Throws a DataError for a file that is missing, unreadable, empty, no text in UTF-8, separated by something else than
 * commas, or whose first line does not name each column, or one of them twice.
 */
export async function readHeader(file: string): Promise<string[]> {
  const text = await firstLine(file);
  if (text.trim() === '') throw new DataError(`${file} is empty: its first line should name the columns.`);
  const names = splitLine(text).map((name) => name.trim());
  checkNames(file, names);
  return names;
}

function checkNames(file: string, names: readonly string[]): void {
  const where = `${file}, line 1`;
  if (names.length === 1) {
    const separator = names[0].split(';').length > 2 ? ';' : names[0].split('\t').length > 2 ? 'tabs' : undefined;
    if (separator) throw new DataError(`${where}: columns are separated by ${separator}, commas are needed.`);
  }
  const numbers = names.filter((name) => name !== '' && !Number.isNaN(Number(name)));
  if (2 * numbers.length > names.length) {
    throw new DataError(
      `${where}: it holds values (${names.slice(0, 3).join(', ')}, ...), but the first line should name the columns.`,
    );
  }
  const nameless = names.indexOf('');
  if (nameless >= 0) {
    throw new DataError(
      `${where}: column ${nameless + 1} of ${names.length} has no name. Name it or remove it ` +
        '(pandas writes such a column for its index: use to_csv(..., index=False)).',
    );
  }
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) {
    throw new DataError(`${file}, line 1: column '${twice}' is there twice. Rename or remove one of them.`);
  }
}

/** Throws a DataError that names the required columns that are not there, and those that may have been meant. */
export function checkRequired(file: string, names: readonly string[], required: readonly string[]): void {
  const missing = required.filter((name) => !names.includes(name));
  if (missing.length === 0) return;
  const what = `column${missing.length === 1 ? '' : 's'} ${missing.map((name) => `'${name}'`).join(', ')}`;
  const unused = names.filter((name) => !required.includes(name));
  const meant = missing.length === 1 ? didYouMean(missing[0], unused) : '';
  throw new DataError(`${file}: ${what} missing.${meant} Columns of the file: ${shorten(names.join(', '), 1000)}.`);
}

async function firstLine(file: string): Promise<string> {
  const handle = await openFile(file);
  try {
    const buffer = Buffer.alloc(HEADER_LIMIT);
    const { bytesRead } = await handle.read(buffer, 0, HEADER_LIMIT, 0);
    checkEncoding(file, buffer.subarray(0, bytesRead));
    const text = buffer.toString('utf8', 0, bytesRead).replace(/^\uFEFF/, '');
    return text.slice(0, endOfRecord(text));
  } finally {
    await handle.close();
  }
}

function checkEncoding(file: string, start: Buffer): void {
  const mark = start.length >= 2 ? start.readUInt16BE(0) : 0;
  if (mark === 0xfffe || mark === 0xfeff) throw new DataError(`${file} is text in UTF-16. Save it as UTF-8.`);
  if (start.subarray(0, 1024).includes(0)) {
    throw new DataError(`${file} is no text: it has zero bytes. A CSV file in UTF-8 is needed.`);
  }
}

async function openFile(file: string): Promise<FileHandle> {
  try {
    const handle = await open(file, 'r');
    if ((await handle.stat()).isFile()) return handle;
    await handle.close();
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') throw new DataError(`There is no file ${file}.`, { cause: error });
    throw new DataError(`${file} cannot be read: ${message}`, { cause: error });
  }
  throw new DataError(`${file} is not a file.`);
}

/** Where the first line ends; a quoted name may hold line breaks. */
function endOfRecord(text: string): number {
  let quoted = false;
  for (let i = 0; i < text.length; i++) {
    if (text[i] === '"') quoted = !quoted;
    else if (!quoted && (text[i] === '\n' || text[i] === '\r')) return i;
  }
  return text.length;
}

/** The cells of a line, unquoted. */
export function splitLine(line: string, delimiter = ','): string[] {
  const cells: string[] = [];
  const end = delimiter.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const cell = new RegExp(`(?:"((?:[^"]|"")*)"|((?:(?!${end})[\\s\\S])*))(${end}|$)`, 'gy');
  for (let match = cell.exec(line); match; match = cell.exec(line)) {
    cells.push(match[1] === undefined ? match[2] : match[1].replace(/""/g, '"'));
    if (match[3] === '') break;
  }
  return cells;
}
