import { StepError } from './errors';
import type { Machine } from './machine';

/**
 * @param folder an existing folder on the volume that will be written
 * @throws StepError naming the folder, the bytes needed and the bytes free
 */
export async function requireSpace(machine: Machine, folder: string, needed: number): Promise<void> {
  const free = await machine.freeBytes(folder);
  if (free >= needed) return;
  throw new StepError(
    `not enough disk space in ${folder}: ${formatBytes(needed)} (${needed} bytes) are needed, ${formatBytes(free)} (${free} bytes) are free; make room, or set DINNB_CACHE to a folder on another disk`,
  );
}

/** `853 MB`, in decimal units as disks are sold. */
export function formatBytes(bytes: number): string {
  const units = ['bytes', 'kB', 'MB', 'GB', 'TB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}
