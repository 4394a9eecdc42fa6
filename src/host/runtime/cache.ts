import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { cacheFolder } from '../../base/cache-folder';
import type { Machine } from './machine';

type Surroundings = Pick<Machine, 'platform' | 'arch' | 'env' | 'home'>;

/** The folder that holds installations of libtensorflow, one a version and platform. */
export function installationsFolder(machine: Surroundings): string {
  return path.join(cacheFolder(machine), 'tensorflow');
}

export function installationFolder(machine: Surroundings, tensorflow: string): string {
  return path.join(installationsFolder(machine), `${tensorflow}-${target(machine)}`);
}

/** `linux-x64`, `darwin-arm64`, ...: which binaries fit. */
export function target({ platform, arch }: Pick<Machine, 'platform' | 'arch'>): string {
  return `${platform}-${arch}`;
}

/** Folders of finished installations for this platform, the newest version of libtensorflow first. */
export function listInstallations(machine: Surroundings): string[] {
  const parent = installationsFolder(machine);
  if (!existsSync(parent)) return [];
  const suffix = `-${target(machine)}`;
  return readdirSync(parent)
    .filter((name) => name.endsWith(suffix) && !name.startsWith('.'))
    .sort((a, b) => b.localeCompare(a, 'en', { numeric: true }))
    .map((name) => path.join(parent, name));
}
