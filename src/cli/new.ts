import { existsSync } from 'node:fs';
import { newNotebook } from '../notebook/new-notebook';
import { printNotebookBytes } from '../notebook/print';
import { UsageError } from './errors';
import { replaceFile } from './files';

/** `dinnb new`: a notebook to start from; never replaces a file. */
export function createNotebook(path: string): void {
  if (!path.endsWith('.dinnb')) throw new UsageError(`${path}: a notebook's name ends in .dinnb.`);
  if (existsSync(path) || !replaceFile(path, undefined, printNotebookBytes(newNotebook())))
    throw new UsageError(`${path} exists already; choose another name, or delete it first.`);
}
