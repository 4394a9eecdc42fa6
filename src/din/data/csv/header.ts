import { type FileHandle, open } from 'node:fs/promises';
import { DataError } from '../../errors';

const HEADER_LIMIT = 1 << 20;

/**
 * The column names of a CSV file's first line, unquoted, without byte order mark.
 * Throws a DataError for a file that is missing, unreadable, empty or has a name twice.
 */
export async function readHeader(file: string): Promise<string[]> {
  const text = await firstLine(file);
  if (text.trim() === '') throw new DataError(`${file} is empty: its first line should name the columns.`);
  const names = splitLine(text).map((name) => name.trim());
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) {
    throw new DataError(`${file}, line 1: column '${twice}' is there twice. Rename or remove one of them.`);
  }
  return names;
}

async function firstLine(file: string): Promise<string> {
  const handle = await openFile(file);
  try {
    const buffer = Buffer.alloc(HEADER_LIMIT);
    const { bytesRead } = await handle.read(buffer, 0, HEADER_LIMIT, 0);
    const text = buffer.toString('utf8', 0, bytesRead).replace(/^\uFEFF/, '');
    return text.slice(0, endOfRecord(text));
  } finally {
    await handle.close();
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

function splitLine(line: string): string[] {
  const cells: string[] = [];
  const cell = /(?:"((?:[^"]|"")*)"|([^,]*))(,|$)/gy;
  for (let match = cell.exec(line); match; match = cell.exec(line)) {
    cells.push(match[1] === undefined ? match[2] : match[1].replace(/""/g, '"'));
    if (match[3] === '') break;
  }
  return cells;
}
