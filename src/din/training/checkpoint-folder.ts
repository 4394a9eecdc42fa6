import path from 'node:path';
import { foreignFiles, makeFolder } from '../../base/atomic-file';
import { type LockHolder, lockHolder, tryLock, unlock } from '../../base/lock-file';
import { isAlive } from '../../base/processes';
import { DataError } from '../errors';

/** Where a checkpoint stands in its folder: the file that names all else, and the tensors. */
export const FILE = 'checkpoint.json';
export const isTensorsFile = (name: string): boolean => /^tensors-[0-9a-f]{12}\.bin$/.test(name);

/** Says that a training writes its checkpoints to the folder. */
const LOCK = 'training.lock';
/** Folders whose lock is this process' own: another process may have had its number. */
const claimed = new Set<string>();

/**
 * Makes a folder for the checkpoints of one training, before it trains: two would replace what the other goes on from.
 * @returns gives it back
 * @throws DataError where they cannot be written, or another training writes its own there
 */
export async function claimFolder(folder: string): Promise<() => void> {
  const target = path.resolve(folder);
  await checkReplaceable(target);
  const lock = path.join(target, LOCK);
  const mine = lockHolder(process.pid);
  let holder: LockHolder;
  try {
    makeFolder(target);
    const lives = (pid: number) => (pid === process.pid ? claimed.has(target) : isAlive(pid));
    holder = tryLock(lock, mine, { isAlive: lives, now: Date.now, staleMs: Number.POSITIVE_INFINITY });
  } catch (error) {
    throw unwritable(target, error);
  }
  if (holder !== mine) {
    throw new DataError(
      `fit: another training (process ${holder.pid}) writes its checkpoints to ${target}. Give each training a checkpoint.path of its own; ` +
        `if that process trains no more, remove ${lock}.`,
    );
  }
  claimed.add(target);
  return () => {
    claimed.delete(target);
    unlock(lock, mine);
  };
}

const unwritable = (target: string, error: unknown): DataError =>
  new DataError(
    `fit: no checkpoint can be written to ${target}: ${(error as Error).message}. Give checkpoint.path a folder that can be written.`,
  );

/** @throws DataError for a folder with files that are no checkpoint's: it is someone's. */
export async function checkReplaceable(target: string): Promise<void> {
  const isOwn = (name: string) => name === FILE || name.startsWith(LOCK) || isTensorsFile(name);
  const foreign = await foreignFiles(target, isOwn).catch((error) => {
    throw unwritable(target, error);
  });
  if (foreign.length === 0) return;
  throw new DataError(
    `fit: the checkpoint cannot be written to ${target}: it holds other files (${foreign.slice(0, 3).join(', ')}). Choose another folder.`,
  );
}
