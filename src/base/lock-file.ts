import { randomUUID } from 'node:crypto';
import { closeSync, openSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';

/** Who holds a lock: what its file says. */
export interface LockHolder {
  pid: number;
  /** Tells this lock from any other of the same process number. */
  token: string;
}

/** What decides that a lock belongs to nobody any more. */
export interface LockRules {
  isAlive(pid: number): boolean;
  now(): number;
  /** One that was not touched for so long is nobody's: its process number may have passed on to another process. */
  staleMs: number;
}

export const lockHolder = (pid: number): LockHolder => ({ pid, token: randomUUID() });

/**
 * Takes a lock that holds between the processes of this machine. One that was left by a process that was killed is taken
 * over, by exactly one of those who try.
 *
 * @returns who holds it; `mine` where it was taken
 * @throws a system error when the folder cannot be written
 */
export function tryLock(file: string, mine: LockHolder, rules: LockRules): LockHolder {
  for (;;) {
    if (create(file, mine)) return mine;
    const other = read(file);
    if (!other) continue;
    if (!isStale(file, other, rules)) return other;
    if (!takeAway(file, other, rules)) return other;
  }
}

/** Gives a lock back; one that was taken over meanwhile stays with its new holder. */
export function unlock(file: string, mine: LockHolder): void {
  if (read(file)?.token === mine.token) rmSync(file, { force: true });
}

function create(file: string, content: LockHolder): boolean {
  let handle: number;
  try {
    handle = openSync(file, 'wx');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
  let isWritten = false;
  try {
    writeFileSync(handle, JSON.stringify(content));
    isWritten = true;
  } finally {
    closeSync(handle);
    // A full disk has room for a name and for nothing in it.
    if (!isWritten) rmSync(file, { force: true });
  }
  return true;
}

/** @returns undefined when there is no lock; a `pid` of 0 when its holder has only just made it, or died over it */
function read(file: string): LockHolder | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as LockHolder;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    if (error instanceof SyntaxError) return { pid: 0, token: '' };
    throw error;
  }
}

function isStale(file: string, { pid }: LockHolder, { isAlive, now, staleMs }: LockRules): boolean {
  return (pid > 0 && !isAlive(pid)) || now() - touched(file, now) > staleMs;
}

const touched = (file: string, now: () => number): number =>
  statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? now();

/** Far longer than looking at a file and removing it takes. */
const GUARD_STALE_MS = 10_000;

/**
 * Removes exactly the lock that was found stale: another process may have done so and locked anew meanwhile. Whoever
 * removes holds a second lock for that moment; between looking and removing nobody else can.
 *
 * @returns false where another process is about it
 */
function takeAway(file: string, stale: LockHolder, { now }: LockRules): boolean {
  const guard = `${file}.takeover`;
  if (!create(guard, stale)) {
    if (now() - touched(guard, now) > GUARD_STALE_MS) rmSync(guard, { force: true });
    return false;
  }
  try {
    if (read(file)?.token === stale.token) rmSync(file, { force: true });
  } finally {
    rmSync(guard, { force: true });
  }
  return true;
}
