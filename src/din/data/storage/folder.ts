import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { cacheFolder } from '../../../base/cache-folder';
import { isAlive } from '../../../base/processes';
import { DataError } from '../../errors';

/**
 * Temporary files of tables and of DuckDB lie in a folder of this process, `<cache>/spill/<pid>-<start>`, or, where the cache
 * cannot be written, beside the system's temporary files. It goes with the process; what a killed one has left goes when the
 * next one starts.
 */

let own: string | undefined;

const roots = () => [
  path.join(cacheFolder(), 'spill'),
  path.join(tmpdir(), `dinnb-spill-${process.getuid?.() ?? 'all'}`),
];

/** The folder of this process; made when first asked for. @throws DataError where none can be made, naming the places tried */
export function spillFolder(): string {
  if (own !== undefined) return own;
  removeLeftovers();
  const folder = makeFolder(`${process.pid}-${startOf(process.pid) ?? Date.now()}`);
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  own = folder;
  return folder;
}

function makeFolder(name: string): string {
  const reasons: string[] = [];
  for (const root of roots()) {
    const folder = path.join(root, name);
    try {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      writeFileSync(path.join(folder, 'README'), 'Temporary files of a running dinnb kernel. They go with it.\n');
      return folder;
    } catch (error) {
      reasons.push((error as Error).message);
    }
  }
  throw new DataError(
    `There is no place for temporary files (${reasons.join('; ')}). Set DINNB_CACHE to a folder that can be written.`,
  );
}

/** Removes the folders of processes that are no more. Never throws: nobody waits for this. */
export function removeLeftovers(): void {
  for (const root of roots()) {
    for (const name of namesIn(root)) {
      const [, pid, start] = /^(\d+)-(\d+)$/.exec(name) ?? [];
      if (pid === undefined || isRunning(Number(pid), start)) continue;
      // Another kernel that starts at the same time may remove it, too.
      rmSync(path.join(root, name), { recursive: true, force: true });
    }
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return []; // nothing was ever spilt there
  }
}

/** Whether the process that made a folder still runs: the same number and, where the system tells it, the same start. */
function isRunning(pid: number, start: string): boolean {
  if (pid === process.pid) return start === String(startOf(pid)) || own !== undefined;
  if (!isAlive(pid)) return false;
  const now = startOf(pid);
  return now === undefined || String(now) === start;
}

/** When a process began, in the system's ticks; undefined where it does not say (only Linux does). */
function startOf(pid: number): number | undefined {
  try {
    // The name of the program, in parentheses, may hold anything; the start is the 20th word after it.
    const words = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    return Number(words[19]);
  } catch {
    return undefined;
  }
}
