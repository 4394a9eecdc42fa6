import type { Machine } from './machine';

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
