import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import type { Machine } from './machine';

/** Folders that are being filled or thrown away; their names start so that nobody takes them for installations. */
const STAGING = '.staging-';
const DISCARDED = '.discarded-';

/** A new empty folder beside the installations, on the same volume, so that `publish` is one rename. */
export function createStaging(machine: Machine, installations: string): Promise<string> {
  return mkdtemp(path.join(installations, `${STAGING}${machine.pid}-`));
}

/** Removes what killed installations left behind; folders of living processes stay. Call while holding the lock. */
export async function removeLeftovers(machine: Machine, installations: string): Promise<string[]> {
  const removed: string[] = [];
  for (const name of await readdir(installations)) {
    const pid = /^\.(?:staging|discarded)-(\d+)-/.exec(name)?.[1];
    if (pid === undefined || (Number(pid) !== machine.pid && machine.isAlive(Number(pid)))) continue;
    await rm(path.join(installations, name), { recursive: true, force: true });
    removed.push(name);
  }
  return removed;
}

/** Puts a finished staging folder in its place at once; what was there (a damaged installation) goes. */
export async function publish(machine: Machine, staging: string, destination: string): Promise<void> {
  const discarded = path.join(path.dirname(destination), `${DISCARDED}${machine.pid}-${machine.now()}`);
  if (existsSync(destination)) await rename(destination, discarded);
  await rename(staging, destination);
  await rm(discarded, { recursive: true, force: true });
}
