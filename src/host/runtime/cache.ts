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

/**
 * Folders of finished installations for this platform, the newest version of libtensorflow first.
 *
 * @param wanted a version: it and those nearest to it go first
 */
export function listInstallations(machine: Surroundings, wanted?: string): string[] {
  const parent = installationsFolder(machine);
  if (!existsSync(parent)) return [];
  const suffix = `-${target(machine)}`;
  const away = (name: string) => (wanted === undefined ? 0 : distance(name.slice(0, -suffix.length), wanted));
  return readdirSync(parent)
    .filter((name) => name.endsWith(suffix) && !name.startsWith('.'))
    .sort((a, b) => away(a) - away(b) || b.localeCompare(a, 'en', { numeric: true }))
    .map((name) => path.join(parent, name));
}

/** How far two versions lie apart: a major version more than any minor one, that more than any patch. */
function distance(a: string, b: string): number {
  const [x, y] = [a, b].map((version) => version.split('.').map((part) => Number.parseInt(part, 10) || 0));
  return [1e6, 1e3, 1].reduce((sum, weight, place) => sum + weight * Math.abs((x![place] ?? 0) - (y![place] ?? 0)), 0);
}
