import { readFileSync } from 'node:fs';
import { parseNotebookBytes } from '../notebook/bytes';
import type { NotebookDocument } from '../notebook/document';
import { NotebookParseError } from '../notebook/errors';
import { printNotebookBytes } from '../notebook/print';
import { outputsForSaving } from '../notebook/save-mode';
import { UsageError } from './errors';
import { readNotebookFile, replaceFile } from './files';

export interface RewriteFlags {
  check?: boolean;
}

/** `dinnb fmt`: the file as dinnb itself writes it. */
export const format = (document: NotebookDocument): NotebookDocument => document;

/** `dinnb strip`: what people wrote, nothing that runs made. */
export function strip(document: NotebookDocument): NotebookDocument {
  const { environment: _environment, ...rest } = outputsForSaving(document, 'none');
  const { certificate: _certificate, ...unknown } = rest.unknown;
  return { ...rest, cells: rest.cells.map(({ unknownRun: _, ...cell }) => cell), unknown };
}

/**
 * Rewrites notebooks in place; `-` alone reads standard input and writes standard output. A file that is so already is
 * not touched; one that cannot be read is named, left as it is, and does not keep the others from their turn.
 *
 * @returns the exit code: with `check`, 1 where something would change; 2 where a file could not be read
 */
export function rewrite(
  paths: readonly string[],
  change: (document: NotebookDocument) => NotebookDocument,
  { check = false }: RewriteFlags,
): number {
  if (paths.includes('-')) {
    if (paths.length > 1) throw new UsageError('"-" (standard input) stands alone, without further files.');
    return filter(change, check);
  }
  let code = 0;
  for (const path of paths) {
    try {
      if (!rewriteOne(path, change, check)) continue;
      console.log(path);
      if (check) code = Math.max(code, 1);
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      console.error(error.message);
      code = 2;
    }
  }
  return code;
}

/** @returns whether something was, or with `check` would be, changed */
function rewriteOne(path: string, change: (document: NotebookDocument) => NotebookDocument, check: boolean): boolean {
  for (;;) {
    const { bytes, document } = readNotebookFile(path);
    const after = printed(path, change(document));
    if (after.equals(bytes)) return false;
    // Somebody else may have saved at this very moment: then it is looked at anew.
    if (check || replaceFile(path, bytes, after)) return true;
  }
}

function filter(change: (document: NotebookDocument) => NotebookDocument, check: boolean): number {
  const bytes = readFileSync(0);
  try {
    const after = printed('standard input', change(parseNotebookBytes(bytes, 'standard input')));
    if (check) return after.equals(bytes) ? 0 : 1;
    process.stdout.write(after);
    return 0;
  } catch (error) {
    if (error instanceof NotebookParseError) throw new UsageError(error.message);
    throw error;
  }
}

function printed(name: string, document: NotebookDocument): Buffer {
  try {
    return printNotebookBytes(document);
  } catch (error) {
    throw new UsageError(`${name}: ${(error as Error).message}`);
  }
}
