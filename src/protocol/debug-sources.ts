import { realpathSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

/**
 * Where a debugger looks for the cells that a kernel ran: source maps of cells name these files, and who debugs writes them. Debuggers
 * bind breakpoints to files only, not to the cells of an editor.
 */
export function debugSources(pid: number): string {
  return path.join(realpathSync(os.tmpdir()), `dinnb-cells-${pid}`);
}

/** A cell's file there. */
export function debugSource(pid: number, cellId: string): string {
  return path.join(debugSources(pid), `${encodeURIComponent(cellId)}.ts`);
}
