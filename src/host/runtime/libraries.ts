import { existsSync } from 'node:fs';
import { copyFile, symlink } from 'node:fs/promises';
import path from 'node:path';
import { StepError } from './errors';
import { libraryNames } from './layout';
import type { Machine } from './machine';

/**
 * Gives each library in a folder every name under which an addon may ask for it: by links, on Windows by copies.
 *
 * @throws StepError when a library is there under none of its names
 */
export async function aliasLibraries(machine: Pick<Machine, 'platform'>, folder: string): Promise<void> {
  for (const names of Object.values(libraryNames(machine.platform)) as string[][]) {
    if (names.length === 0) continue;
    const present = names.find((name) => existsSync(path.join(folder, name)));
    if (!present) throw new StepError(`no ${names.join(' or ')} came with the download`);
    for (const name of names) {
      const alias = path.join(folder, name);
      if (existsSync(alias)) continue;
      if (machine.platform === 'win32') await copyFile(path.join(folder, present), alias);
      else await symlink(present, alias);
    }
  }
}
