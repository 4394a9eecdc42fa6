import { existsSync, realpathSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

/**
 * Where a debugger looks for the cells that a kernel ran: source maps of cells name these files, and who debugs writes them. Debuggers
 * bind breakpoints to files only, not to the cells of an editor.
 */
export function debugSources(pid: number): string {
  return path.join(temporary(), `dinnb-cells-${pid}`);
}

/** Cells run where this folder is missing (a TMPDIR that is gone) all the same: only who debugs writes there. */
function temporary(): string {
  const folder = os.tmpdir();
  return existsSync(folder) ? realpathSync(folder) : folder;
}

/** A cell's file there. */
export function debugSource(pid: number, cellId: string): string {
  return path.join(debugSources(pid), `${encodeURIComponent(cellId)}.ts`);
}
