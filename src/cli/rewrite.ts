import { readFileSync } from 'node:fs';
import { parseNotebookBytes } from '../notebook/bytes';
import { isRecord } from '../notebook/convert/ipynb-shape';
import type { NotebookDocument, Unknown } from '../notebook/document';
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
  const cells = rest.cells.map(({ unknownRun: _, ...cell }) => ({
    ...cell,
    unknown: withoutJupyterRuns(cell.unknown),
  }));
  return { ...rest, cells, unknown };
}

/** Without what an imported Jupyter notebook says of its runs: counts and times. */
function withoutJupyterRuns(fields: Unknown): Unknown {
  const { jupyter, ...others } = fields;
  if (!isRecord(jupyter)) return fields;
  const { execution_count: _count, ...kept } = jupyter;
  if (isRecord(kept.metadata) && 'execution' in kept.metadata) {
    const { execution: _times, ...metadata } = kept.metadata;
    kept.metadata = metadata;
    if (Object.keys(metadata).length === 0) delete kept.metadata;
  }
  return Object.keys(kept).length > 0 ? { ...others, jupyter: kept } : others;
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
