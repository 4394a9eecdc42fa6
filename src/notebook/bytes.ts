import { constants } from 'node:buffer';
import type { NotebookDocument } from './document';
import { NotebookParseError } from './errors';
import { parseNotebook } from './parse';

/** @throws NotebookParseError also when the bytes are not UTF-8: decoding them loosely would lose what they are */
export function parseNotebookBytes(content: Uint8Array, name: string): NotebookDocument {
  return parseNotebook(decodeUtf8(content, name), name);
}

/** @throws NotebookParseError when the bytes are not UTF-8 */
export function decodeUtf8(content: Uint8Array, name: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(content);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_STRING_TOO_LONG') throw tooLarge(content, name);
    if (!(error instanceof TypeError)) throw error;
    const remedy = 'Save it as UTF-8 with a text editor; it has not been changed.';
    throw new NotebookParseError(name, firstBadPlace(content), 'not UTF-8 text', remedy);
  }
}

function tooLarge({ length }: Uint8Array, name: string): NotebookParseError {
  const [is, most] = [length, constants.MAX_STRING_LENGTH].map((bytes) => Math.floor(bytes / 1e6));
  return new NotebookParseError(
    name,
    { line: 1, column: 1 },
    `the file has ${is} MB, and a notebook can be read up to ${most} MB`,
    'It has not been changed. Take an earlier version of it, before its outputs became so large, and show less.',
  );
}

/** Where loose decoding first puts a replacement character that is not in the bytes. */
function firstBadPlace(content: Uint8Array): { line: number; column: number } {
  const strict = new TextDecoder('utf-8', { fatal: true });
  let line = 1;
  let start = 0;
  for (let end = 0; end <= content.length; end++) {
    if (end < content.length && content[end] !== 10) continue;
    try {
      strict.decode(content.subarray(start, end));
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
      const loose = new TextDecoder().decode(content.subarray(start, end));
      return { line, column: loose.indexOf('\ufffd') + 1 };
    }
    line++;
    start = end + 1;
  }
  return { line, column: 1 };
}
