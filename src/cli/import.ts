import { existsSync } from 'node:fs';
import { decodeUtf8 } from '../notebook/bytes';
import { type Imported, ipynbToNotebook } from '../notebook/convert/ipynb-import';
import { scriptToNotebook } from '../notebook/convert/script-import';
import { NotebookParseError } from '../notebook/errors';
import { printNotebookBytes } from '../notebook/print';
import { UsageError } from './errors';
import { checkNotebookTarget, readBytes, replaceFile, SCRIPT, writeWhole } from './files';

/**
 * `dinnb import`: makes a notebook of a Jupyter notebook or of a script with `// %%` cells. Without `out` it stands beside
 * its source and replaces nothing; a named one may replace a notebook, as everywhere.
 *
 * @returns the path written, and what a person should know about it
 */
export function importNotebook(path: string, out?: string): { path: string; notes: string[] } {
  const jupyter = /\.ipynb$/i.test(path);
  if (!jupyter && !SCRIPT.test(path)) {
    throw new UsageError(
      `${path}: only Jupyter notebooks (.ipynb) and scripts (.ts, .js) whose cells begin with "// %%" can be imported.`,
    );
  }
  const target = out ?? path.replace(/\.[^./\\]+$/, '.dinnb');
  if (!target.endsWith('.dinnb')) throw new UsageError(`${target}: a notebook's name ends in .dinnb.`);
  if (out === undefined && existsSync(target)) throw exists(target);
  const bytes = readBytes(path);
  checkNotebookTarget(target);
  const { document, notes } = converted(bytes, path, jupyter);
  let text: Buffer;
  try {
    text = printNotebookBytes(document);
  } catch (error) {
    throw new UsageError(`${path} cannot be imported: ${(error as Error).message}`);
  }
  if (out !== undefined) writeWhole(target, text);
  else if (!replaceFile(target, undefined, text)) throw exists(target);
  return { path: target, notes };
}

const exists = (target: string) =>
  new UsageError(`${target} exists already; name another with --out, or the same to replace it.`);

function converted(bytes: Uint8Array, path: string, jupyter: boolean): Imported {
  try {
    const text = decodeUtf8(bytes, path);
    return jupyter ? ipynbToNotebook(text, path) : scriptToNotebook(text);
  } catch (error) {
    if (error instanceof NotebookParseError) throw new UsageError(error.message);
    throw error;
  }
}
