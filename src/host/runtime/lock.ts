import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Machine } from './machine';

/** The holder touches its lock this often; one that was not touched for `STALE_MS` belongs to nobody any more. */
const HEARTBEAT_MS = 5_000;
const STALE_MS = 60_000;
const POLL_MS = 500;
const GUARD_POLL_MS = 20;

export interface Lock {
  /** Whether another process held it before: what it was wanted for may be done by now. */
  waited: boolean;
  release(): Promise<void>;
}

interface LockContent {
  pid: number;
  /** Tells this lock from any other of the same process number. */
  token: string;
}

/**
 * Takes a lock that holds between processes of this machine; waits as long as a living process holds it. A lock left
 * by a process that was killed is taken over.
 *
 * @param file path of the lock; its folder is made
 * @param onWait called once when there is somebody to wait for
 * @throws the signal's reason on abort; a system error when the folder cannot be written
 */
export async function acquireLock(
  machine: Machine,
  file: string,
  { onWait, signal }: { onWait?(pid: number): void; signal?: AbortSignal } = {},
): Promise<Lock> {
  await mkdir(path.dirname(file), { recursive: true });
  const mine: LockContent = { pid: machine.pid, token: randomUUID() };
  for (let waited = false; ; ) {
    signal?.throwIfAborted();
    if (await create(file, mine)) return held(file, mine, waited);
    const other = await read(file);
    if (!other) continue;
    if (await isStale(machine, file, other)) {
      await takeAway(machine, file, other);
      continue;
    }
    if (!waited) onWait?.(other.pid);
    waited = true;
    await machine.sleep(POLL_MS);
  }
}

async function create(file: string, content: LockContent): Promise<boolean> {
  try {
    await writeFile(file, JSON.stringify(content), { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** @returns undefined when there is no lock; a `pid` of 0 when its holder has only just made it, or died over it */
async function read(file: string): Promise<LockContent | undefined> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as LockContent;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    if (error instanceof SyntaxError) return { pid: 0, token: '' };
    throw error;
  }
}

async function isStale(machine: Machine, file: string, { pid }: LockContent): Promise<boolean> {
  if (pid > 0 && !machine.isAlive(pid)) return true;
  // The number may have passed on to another process: a living holder keeps touching its lock.
  const touched = await stat(file).catch(() => undefined);
  return touched !== undefined && machine.now() - touched.mtimeMs > STALE_MS;
}

/** Far longer than looking at a file and removing it takes. */
const GUARD_STALE_MS = 10_000;

/**
 * Removes exactly the lock that was found stale: another process may have done so and locked anew meanwhile. Whoever
 * removes holds a second lock for that moment; between looking and removing nobody else can.
 */
async function takeAway(machine: Machine, file: string, stale: LockContent): Promise<void> {
  const guard = `${file}.takeover`;
  if (!(await create(guard, stale))) {
    const made = await stat(guard).catch(() => undefined);
    if (made && machine.now() - made.mtimeMs > GUARD_STALE_MS) await rm(guard, { force: true });
    await machine.sleep(GUARD_POLL_MS);
    return;
  }
  try {
    if ((await read(file))?.token === stale.token) await rm(file, { force: true });
  } finally {
    await rm(guard, { force: true });
  }
}

function held(file: string, mine: LockContent, waited: boolean): Lock {
  const heartbeat = setInterval(() => {
    const now = new Date();
    // Gone only when another process took it for stale; the installation stays correct, as its folder is its own.
    utimes(file, now, now).catch(() => clearInterval(heartbeat));
  }, HEARTBEAT_MS);
  heartbeat.unref();
  return {
    waited,
    release: async () => {
      clearInterval(heartbeat);
      if ((await read(file))?.token === mine.token) await rm(file, { force: true });
    },
  };
}
