import { readFileSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { fileSha256 } from '../base/file-hash';
import { type AddonSource, bringAddon, builtAddon, prebuiltAddon } from './addon';
import { addonPath, aliasLibraries, librariesPath, StepError } from './installation';
import { lastLines, type Machine, requireSpace } from './machine';
import type { Prepared, PrepareOptions } from './select';

type Surroundings = Pick<Machine, 'platform' | 'arch' | 'env'>;

const VERSION = '2.9.1';
const STORAGE = 'https://storage.googleapis.com/';
const ADDON_HOST = `${STORAGE}tf-builds/pre-built-binary`;

/** Archives that have names of their own, outside the usual scheme. */
const PECULIAR: { [target: string]: string } = {
  'darwin-arm64': 'tf-builds/libtensorflow_r2_7_darwin_arm64_cpu.tar.gz',
  'linux-arm64': 'tf-builds/libtensorflow_r2_7_linux_arm64.tar.gz',
};
const USUAL: { [target: string]: string } = {
  'linux-x64': `cpu-linux-x86_64-${VERSION}.tar.gz`,
  'darwin-x64': `cpu-darwin-x86_64-${VERSION}.tar.gz`,
  'win32-x64': `cpu-windows-x86_64-${VERSION}.zip`,
};

/**
 * Where tfjs-node's installer gets libtensorflow: as in its scripts/install.js (4.22), variables for mirrors included
 * (TFJS_NODE_CDN_STORAGE, CDN_STORAGE, TFJS_NODE_BASE_URI, each also as npm configuration).
 */
export function officialLibraryUrl({ platform, arch, env }: Surroundings): string | undefined {
  const storage = env.TFJS_NODE_CDN_STORAGE || env.npm_config_TFJS_NODE_CDN_STORAGE || env.CDN_STORAGE || STORAGE;
  const base =
    env.TFJS_NODE_BASE_URI || env.npm_config_TFJS_NODE_BASE_URI || `${storage}tensorflow/libtensorflow/libtensorflow-`;
  const target = `${platform}-${arch}`;
  if (PECULIAR[target]) return storage + PECULIAR[target];
  return USUAL[target] && base + USUAL[target];
}

/** Where node-pre-gyp gets tfjs-node's addon; `npm_config_tfjs_binding_binary_host_mirror` names a mirror. */
export function officialAddonUrl({ platform, env }: Surroundings, tfjsNode: string): string {
  const host = env.npm_config_tfjs_binding_binary_host_mirror || env.npm_config_tfjs_binding_binary_host || ADDON_HOST;
  const [system, extension] = platform === 'win32' ? ['windows', 'zip'] : [platform, 'tar.gz'];
  return `${host.replace(/\/$/, '')}/napi-v8/${tfjsNode}/CPU-${system}-${tfjsNode}.${extension}`;
}

/** The archive, and what it unpacks to (libtensorflow 2.9.1 for the CPU: 110 MB and 400 MB). */
const NEEDED_BYTES = 600_000_000;
const ANSWER_TIMEOUT_MS = 8_000;

/**
 * (b) Fills a staging folder with what tfjs-node's own installer downloads, from the same addresses and honouring the
 * same variables for mirrors, but with time-outs, and refusing answers that are no archive. The publisher names no
 * checksums: completeness is checked by length, gzip's own checksum and by loading it; what came is recorded.
 *
 * @throws StepError saying why this way is closed
 */
export async function prepareFromOfficial(
  machine: Machine,
  staging: string,
  options: PrepareOptions,
): Promise<Prepared> {
  const { progress, signal } = options;
  const url = officialLibraryUrl(machine);
  if (!url) throw new StepError(`the publisher has no libtensorflow for ${machine.platform}-${machine.arch}`);
  await requireSpace(machine, staging, NEEDED_BYTES);
  const library = await fetchArchive(machine, url, path.join(staging, 'deps'), 'Downloading libtensorflow', options);
  await aliasLibraries(machine, librariesPath(staging));

  let addonArchive: Prepared['downloads'] = [];
  const downloaded: AddonSource = {
    kind: 'downloaded',
    bring: async () => {
      const from = officialAddonUrl(machine, tfjsNodeVersion(machine));
      const into = path.dirname(addonPath(staging));
      addonArchive = [
        await fetchArchive(machine, from, into, 'Downloading the addon', options, ['--strip-components=1']),
      ];
      return true;
    },
  };
  const prepare = async () => progress({ message: 'Building the addon of TensorFlow.js' });
  const sources = [prebuiltAddon(machine, staging), downloaded, builtAddon(machine, staging, { signal, prepare })];
  const { kind, tensorflow, xla } = await bringAddon(machine, staging, sources, signal);
  const downloads = [library, ...(kind === 'downloaded' ? addonArchive : [])];
  return { source: 'official', addon: kind, tensorflow, xla, downloads };
}

async function fetchArchive(
  machine: Machine,
  url: string,
  folder: string,
  message: string,
  { progress, signal }: PrepareOptions,
  tarOptions: string[] = [],
): Promise<Prepared['downloads'][number]> {
  await mkdir(folder, { recursive: true });
  const name = path.posix.basename(new URL(url).pathname);
  const file = path.join(folder, name);
  progress({ message });
  try {
    await machine.download(url, file, {
      signal,
      connectTimeoutMs: ANSWER_TIMEOUT_MS,
      onFraction: (fraction) => progress({ message, fraction }),
    });
  } catch (error) {
    signal?.throwIfAborted();
    throw new StepError((error as Error).message);
  }
  progress({ message: `Unpacking ${name}` });
  const digest = await fileSha256(file, signal);
  // The tar of Linux, macOS and Windows 10 finds out the compression by itself; Windows' reads zip too.
  const result = await machine.run('tar', ['-xf', file, '-C', folder, ...tarOptions], { env: machine.env, signal });
  if (result.code !== 0) throw new StepError(`${url} is no complete archive: ${lastLines(result, 2)}`);
  await rm(file);
  return { name, sha256: digest, pinned: false };
}

function tfjsNodeVersion(machine: Machine): string {
  const folder = machine.packageFolder('@tensorflow/tfjs-node');
  if (!folder) throw new StepError('@tensorflow/tfjs-node is not installed');
  return JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8')).version;
}
