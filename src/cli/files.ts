import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import type { NotebookDocument } from '../notebook/document';
import { NotebookParseError, parseNotebook } from '../notebook/parse';
import { UsageError } from './errors';

/** @throws UsageError naming the file and, for a malformed one, line and column */
export function readNotebook(path: string): NotebookDocument {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new UsageError(`${path} cannot be read: ${describe(error)}.`);
  }
  try {
    return parseNotebook(text, path);
  } catch (error) {
    if (error instanceof NotebookParseError) throw new UsageError(error.message);
    throw error;
  }
}

/** Writes beside the target first, so that a full disk or a crash never leaves half a file. */
export function writeWhole(path: string, text: string): void {
  const target = resolve(path);
  const temporary = join(dirname(target), `.${basename(target)}.${process.pid}.tmp`);
  try {
    writeFileSync(temporary, text);
    renameSync(temporary, target);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw new UsageError(`${path} cannot be written: ${describe(error)}.`);
  }
}

function describe(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  const known: { [code: string]: string } = {
    ENOENT: 'there is no such file or folder',
    EISDIR: 'it is a folder',
    EACCES: 'permission denied',
    ENOSPC: 'no space is left on the disk',
  };
  return known[code ?? ''] ?? message;
}
