import { existsSync, realpathSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { counted } from '../base/words';
import { parseNotebookBytes } from '../notebook/bytes';
import type { NotebookDocument } from '../notebook/document';
import { NotebookParseError } from '../notebook/errors';
import { mergeRun } from '../notebook/merge-run';
import { printNotebookBytes } from '../notebook/print';
import { type Provenance, withPartialProvenance } from '../runs/provenance';
import { UsageError } from './errors';
import { type NotebookFile, readIfThere, replaceFile } from './files';

/** A file that a run will write, as it was when the run began. */
export interface RunTarget {
  path: string;
  before: Uint8Array | undefined;
}

/** @param notebook what runs: where it is written over itself, what counts is what was read for the run */
export function runTarget(path: string, notebook: NotebookFile): RunTarget {
  const same = existsSync(path) && realpathSync(path) === realpathSync(notebook.path);
  return { path, before: same ? notebook.bytes : readIfThere(path) };
}

/**
 * Writes what a run made. A file that somebody else has changed since the run began keeps that change: results go into
 * the cells that still are what ran, or the whole into a file beside it. Where the place cannot be written any more, they go beside it or into
 * the folder of temporary files.
 *
 * @param say told what was not written as asked
 * @throws UsageError when the file cannot be written; it says where the results are, if they could be written anywhere
 */
export function saveRun(target: RunTarget, ran: NotebookDocument, say: (line: string) => void): void {
  try {
    saveThere(target, ran, say);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    for (const path of [target.path, join(tmpdir(), basename(target.path))]) {
      const beside = savedBeside(path, ran);
      if (beside !== undefined) throw new UsageError(`${error.message} The results are in ${beside}`);
    }
    throw error;
  }
}

function savedBeside(path: string, ran: NotebookDocument): string | undefined {
  try {
    return saveBeside(path, ran);
  } catch (error) {
    if (error instanceof UsageError) return undefined; // no better than the place that was asked for
    throw error;
  }
}

function saveBeside(path: string, ran: NotebookDocument): string {
  const bytes = printNotebookBytes(ran);
  let beside = nameBeside(path);
  while (!replaceFile(beside, undefined, bytes)) beside = nameBeside(path);
  return beside;
}

function saveThere({ path, before }: RunTarget, ran: NotebookDocument, say: (line: string) => void): void {
  const now = readIfThere(path);
  if (now === undefined || (before && Buffer.compare(now, before) === 0)) {
    if (!replaceFile(path, now, printNotebookBytes(ran))) saveThere({ path, before }, ran, say);
    return;
  }
  const document = readable(now);
  const merged = document && mergeRun(document, ran);
  if (!merged) {
    const beside = saveBeside(path, ran);
    say(`${path} has become another file while the notebook ran, and is kept. The results are in ${beside}`);
    return;
  }
  // Somebody else may have saved at this very moment: then it is looked at anew.
  const environment = environmentOf(document, ran, new Set(merged.taken));
  if (!replaceFile(path, now, printNotebookBytes({ ...merged.document, environment }))) {
    saveThere({ path, before }, ran, say);
    return;
  }
  const count = (ids: string[]) => `${counted(ids.length, 'cell')} (${ids.join(', ')})`;
  say(
    [
      `${path} was changed while the notebook ran: the change is kept, and results were added to the cells that ran as they are now.`,
      ...(merged.edited.length > 0 ? [`Edited since, and left as they were: ${count(merged.edited)}.`] : []),
      ...(merged.removed.length > 0 ? [`Gone, and not brought back: ${count(merged.removed)}.`] : []),
    ].join(' '),
  );
}

/** What the cells of the run tell; the others keep what stands behind what they show. */
function environmentOf(now: NotebookDocument, ran: NotebookDocument, taken: ReadonlySet<string>) {
  const { cells = {}, fits = [], ...rest } = (ran.environment ?? {}) as unknown as Provenance;
  return withPartialProvenance(now.environment, {
    ...rest,
    cells: Object.fromEntries(Object.entries(cells).filter(([id]) => taken.has(id))),
    fits: fits.filter(({ cell }) => taken.has(cell)),
  });
}

function readable(bytes: Uint8Array): NotebookDocument | undefined {
  try {
    return parseNotebookBytes(bytes, '');
  } catch (error) {
    if (error instanceof NotebookParseError) return undefined;
    throw error;
  }
}

/** A name that nobody has. */
function nameBeside(path: string): string {
  const stem = join(dirname(path), basename(path).replace(/\.dinnb$/, ''));
  for (let number = 1; ; number++) {
    const name = `${stem}.run${number}.dinnb`;
    if (!existsSync(name)) return name;
  }
}
