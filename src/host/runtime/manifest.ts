import { existsSync, readFileSync, statSync } from 'node:fs';
import { lstat, readdir } from 'node:fs/promises';
import path from 'node:path';
import { writeFileAtomically } from '../../base/atomic-file';
import { sha256 } from './checksum';
import { ADDON_IN_INSTALLATION, HEADERS_IN_INSTALLATION, MANIFEST_IN_INSTALLATION } from './layout';

/** What an installation consists of; written last, so its presence says that the rest is complete. */
export interface Manifest {
  format: 1;
  /** Version of libtensorflow, as it says itself. */
  tensorflow: string;
  /** `linux-x64`, ... */
  target: string;
  source: 'official' | 'wheel';
  /** The downloads it was made from, with their checksums. `pinned`: the checksum was known beforehand. */
  downloads: { name: string; sha256: string; pinned: boolean }[];
  addon: 'prebuilt' | 'downloaded' | 'built';
  /** ISO 8601 */
  installedAt: string;
  xla: boolean;
  /** Every file that is loaded, by its path inside the installation, with `/`. */
  files: { [path: string]: { size: number; mtimeMs: number; sha256: string } };
}

/** @returns the checksums of the files that are loaded at run time: the addon and the libraries, not links or headers. */
export async function recordFiles(installation: string, signal?: AbortSignal): Promise<Manifest['files']> {
  const files: Manifest['files'] = {};
  for (const entry of await readdir(installation, { recursive: true, withFileTypes: true })) {
    const file = path.join(entry.parentPath ?? entry.path, entry.name);
    const relative = path.relative(installation, file);
    if (!entry.isFile() || relative.startsWith(HEADERS_IN_INSTALLATION)) continue;
    const { size, mtimeMs } = await lstat(file);
    files[relative.split(path.sep).join('/')] = { size, mtimeMs, sha256: await sha256(file, signal) };
  }
  return files;
}

export async function writeManifest(installation: string, manifest: Manifest): Promise<void> {
  await writeFileAtomically(
    path.join(installation, MANIFEST_IN_INSTALLATION),
    `${JSON.stringify(manifest, null, 2)}\n`,
  );
}

/**
 * What is wrong with an installation, in words; undefined when nothing is.
 *
 * @param depth `quick`: presence, size and time of each file; `full`: the checksums too (seconds)
 */
export async function findDamage(
  installation: string,
  depth: 'quick' | 'full',
  signal?: AbortSignal,
): Promise<string | undefined> {
  const manifest = readManifest(installation);
  if (typeof manifest === 'string') return manifest;
  if (!(ADDON_IN_INSTALLATION.split(path.sep).join('/') in manifest.files)) return 'its manifest names no addon';
  for (const [name, expected] of Object.entries(manifest.files)) {
    const file = path.join(installation, name);
    const stat = statSync(file, { throwIfNoEntry: false });
    if (!stat) return `${name} is missing`;
    if (stat.size !== expected.size) return `${name} has ${stat.size} bytes instead of ${expected.size}`;
    const touched = Math.abs(stat.mtimeMs - expected.mtimeMs) > 1;
    if ((touched || depth === 'full') && (await sha256(file, signal)) !== expected.sha256) {
      return `${name} has another checksum than when it was installed`;
    }
  }
  return undefined;
}

/** @returns the manifest, or what is wrong with it */
export function readManifest(installation: string): Manifest | string {
  const file = path.join(installation, MANIFEST_IN_INSTALLATION);
  if (!existsSync(file)) return 'it has no manifest: the installation never finished';
  try {
    const manifest = JSON.parse(readFileSync(file, 'utf8')) as Manifest;
    if (manifest.format !== 1 || typeof manifest.files !== 'object') return 'its manifest is of another format';
    return manifest;
  } catch (error) {
    return `its manifest cannot be read: ${(error as Error).message}`;
  }
}
