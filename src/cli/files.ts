import { accessSync, constants, existsSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { writeFileAtomicallySync } from '../base/atomic-file';
import { parseNotebookBytes } from '../notebook/bytes';
import type { NotebookDocument } from '../notebook/document';
import { NotebookParseError } from '../notebook/errors';
import { UsageError } from './errors';

/** A notebook and the bytes that it was read from. */
export interface NotebookFile {
  path: string;
  bytes: Uint8Array;
  document: NotebookDocument;
}

/** @throws UsageError naming the file and, for a malformed one, line and column */
export function readNotebook(path: string): NotebookDocument {
  return readNotebookFile(path).document;
}

/** @throws UsageError as `readNotebook` */
export function readNotebookFile(path: string): NotebookFile {
  const bytes = readBytes(path);
  try {
    return { path, bytes, document: parseNotebookBytes(bytes, path) };
  } catch (error) {
    if (!(error instanceof NotebookParseError)) throw error;
    throw new UsageError(
      SCRIPT.test(path)
        ? `${path} is a script, not a notebook: make one of it with "dinnb import ${path}".`
        : error.message,
    );
  }
}

/** Names of scripts, whose cells begin with `// %%`. */
export const SCRIPT = /\.[cm]?[tj]s$/i;

/** @throws UsageError naming the file and the cause */
export function readBytes(path: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new UsageError(`${path} cannot be read: ${describe(error)}.`);
  }
}

/**
 * What a file holds; undefined where there is none.
 *
 * @throws UsageError when it cannot be read
 */
export function readIfThere(path: string): Uint8Array | undefined {
  if (!statSync(path, { throwIfNoEntry: false })?.isFile()) return undefined;
  return readBytes(path);
}

/**
 * Whether a notebook can be written to `path`, to be known before an hour of training and not after it. A notebook
 * there is replaced; a file that is none, or a damaged one, is somebody's data.
 *
 * @throws UsageError
 */
export function checkNotebookTarget(path: string): void {
  checkTarget(path);
  if (!statSync(path, { throwIfNoEntry: false })?.isFile()) return;
  try {
    readNotebook(path);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    throw new UsageError(
      `${path} is not written over, because it exists and cannot be read as a notebook. Choose another name, or delete it first. ${error.message}`,
    );
  }
}

/**
 * The same for a report or another format.
 *
 * @throws UsageError
 */
export function checkReportTarget(path: string): void {
  const real = existsSync(path) ? realpathSync(path) : path;
  if (path.endsWith('.dinnb') || real.endsWith('.dinnb'))
    throw new UsageError(`${path} is the name of a notebook: it would be lost. Choose another.`);
  checkTarget(path);
}

function checkTarget(path: string): void {
  const target = resolve(path);
  try {
    if (statSync(target, { throwIfNoEntry: false })?.isDirectory()) {
      throw Object.assign(new Error(), { code: 'EISDIR' });
    }
    accessSync(dirname(target), constants.W_OK);
  } catch (error) {
    throw new UsageError(`${path} cannot be written: ${describe(error)}.`);
  }
}

/**
 * Writes a file that must still be what it was when its new content was made: nobody else's work is lost.
 *
 * @param before what the file held then; undefined where there was none
 * @returns false where it has become another: then nothing was written
 * @throws UsageError naming file and cause
 */
export function replaceFile(path: string, before: Uint8Array | undefined, content: Uint8Array): boolean {
  const isStill = () => {
    const now = readIfThere(path);
    return now === undefined || before === undefined ? now === before : Buffer.compare(now, before) === 0;
  };
  return written(path, () => writeFileAtomicallySync(path, content, isStill));
}

/**
 * Writes a file whole or not at all.
 *
 * @throws UsageError naming file and cause
 */
export function writeWhole(path: string, content: string | Uint8Array): void {
  written(path, () => writeFileAtomicallySync(path, content));
}

function written<T>(path: string, write: () => T): T {
  try {
    return write();
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(`${path} cannot be written: ${describe(error)}.`);
  }
}

function describe(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  const known: { [code: string]: string } = {
    ENOENT: 'there is no such file or folder',
    EISDIR: 'it is a folder',
    EACCES: 'permission denied',
    EROFS: 'the disk is read-only',
    ENOSPC: 'no space is left on the disk',
  };
  return known[code ?? ''] ?? message;
}
