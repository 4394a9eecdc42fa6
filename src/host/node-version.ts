import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** First releases that let evaluated code import modules through the default loader. */
const OLDEST = [
  [20, 12],
  [21, 7],
] as const;
const TIMEOUT_MS = 15_000;

/** A Node to run kernels with. */
export interface NodeBinary {
  path: string;
  /** `24.18.0` */
  version: string;
}

/**
 * The Node at `nodePath`, by default this process' own: under Electron, its Node.
 * @throws Error that says what is wrong with it and what to do
 */
export async function findNode(nodePath?: string): Promise<NodeBinary> {
  const node = nodePath
    ? { path: nodePath, version: await askVersion(nodePath) }
    : { path: process.execPath, version: process.versions.node };
  if (!isFit(node.version)) {
    throw new Error(
      `${node.path} is Node ${node.version}; kernels need Node ${OLDEST[0].join('.')} or newer. Install one and set dinnb.nodePath to it.`,
    );
  }
  return node;
}

/** The Node at a path; undefined where it is none that can run kernels. */
export async function versionOf(path: string): Promise<NodeBinary | undefined> {
  try {
    return await findNode(path);
  } catch {
    return undefined; // too old, or no Node: the list of those that can be chosen goes on without it
  }
}

function isFit(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const sameMajor = OLDEST.find(([oldest]) => oldest === major);
  return sameMajor ? minor >= sameMajor[1] : major > OLDEST[0][0];
}

/** Options without which V8 cannot stop running code safely, or async context would be built on async_hooks. */
export function nodeFlags(version: string): string[] {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const hasContextFlag = (major === 22 && minor >= 7) || major === 23;
  return ['--no-force-async-hooks-checks', ...(hasContextFlag ? ['--experimental-async-context-frame'] : [])];
}

async function askVersion(nodePath: string): Promise<string> {
  const env = { ...process.env, ELECTRON_RUN_AS_NODE: '1' };
  let output: string;
  try {
    ({ stdout: output } = await promisify(execFile)(nodePath, ['-p', 'process.versions.node'], {
      timeout: TIMEOUT_MS,
      env,
    }));
  } catch (error) {
    throw new Error(
      `${nodePath} does not run as Node: ${(error as Error).message.trim()}. Check the setting dinnb.nodePath.`,
    );
  }
  const version = output.trim();
  if (!/^\d+\.\d+\.\d+/.test(version)) {
    throw new Error(
      `${nodePath} is not Node: asked for its version it said '${version.slice(0, 80)}'. Check the setting dinnb.nodePath.`,
    );
  }
  return version;
}
