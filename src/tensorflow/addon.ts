import { existsSync } from 'node:fs';
import { copyFile, cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { ZipArchive } from '../base/zip';
import { ADDON_IN_INSTALLATION, addonPath, type Manifest, StepError, target } from './installation';
import { lastLines, type Machine, nodeEnvironment } from './machine';
import { probe } from './select';

/** A way to bring the addon into an installation; returns false when it is not available at all. */
export interface AddonSource {
  kind: Manifest['addon'];
  bring(): Promise<boolean>;
}

/** Where an addon that comes with this package would lie. */
function shippedAddon(machine: Machine): string {
  return path.join(machine.packageRoot, 'prebuilt', target(machine), path.basename(ADDON_IN_INSTALLATION));
}

/**
 * Called before anything large is downloaded, which would be in vain.
 *
 * @throws StepError when no addon came with this package and none can be built here
 */
export async function requireSomeAddon(machine: Machine): Promise<void> {
  if (!existsSync(shippedAddon(machine))) await requireBuildTools(machine);
}

/** The addon that came with this package, built against the same C API: no compiler is needed then. */
export function prebuiltAddon(machine: Machine, installation: string): AddonSource {
  return {
    kind: 'prebuilt',
    bring: async () => {
      const shipped = shippedAddon(machine);
      if (!existsSync(shipped)) return false;
      await mkdir(path.dirname(addonPath(installation)), { recursive: true });
      await copyFile(shipped, addonPath(installation));
      return true;
    },
  };
}

/** The addon, compiled here. `prepare` fetches what only a build needs. */
export function builtAddon(
  machine: Machine,
  installation: string,
  options: { signal?: AbortSignal; onLine?(line: string): void; prepare(): Promise<void> },
): AddonSource {
  return {
    kind: 'built',
    bring: async () => {
      await options.prepare();
      await buildAddon(machine, installation, options);
      return true;
    },
  };
}

/**
 * Tries the sources in turn until the addon loads together with the libraries of the installation.
 *
 * @throws StepError with the reason of the last source that was available
 */
export async function bringAddon(
  machine: Machine,
  installation: string,
  sources: AddonSource[],
  signal?: AbortSignal,
): Promise<{ kind: Manifest['addon']; tensorflow: string; xla: boolean }> {
  let reason = 'there is no addon for this platform';
  for (const { kind, bring } of sources) {
    try {
      if (!(await bring())) continue;
    } catch (error) {
      signal?.throwIfAborted();
      reason = error instanceof Error ? error.message : String(error);
      continue;
    }
    const result = await probe(machine, addonPath(installation), signal);
    if (result.ok) return { kind, tensorflow: result.tensorflow, xla: result.xla };
    reason = `the ${kind} addon: ${result.reason}`;
    await rm(addonPath(installation), { force: true });
  }
  throw new StepError(reason);
}

/** The folder of all headers in a wheel; parts of TensorFlow that live in repositories of their own lie under `external/`. */
const ROOT = 'tensorflow/include/';
const EXTERNAL = `${ROOT}external/`;

const INCLUDE = /^\s*#\s*include\s+"([^"]+)"/gm;

/** TensorFlow's headers that the addon's sources name. */
export async function includedHeaders(sources: string): Promise<string[]> {
  const texts = await Promise.all((await readdir(sources)).map((name) => readFile(path.join(sources, name), 'utf8')));
  const included = texts.flatMap((text) => [...text.matchAll(INCLUDE)].map(([, header]) => header!));
  return [...new Set(included)].filter((header) => header.startsWith('tensorflow/'));
}

/**
 * The headers that the addon needs, found by following `#include "..."` from those that it names: a few dozen of the
 * wheel's thousands.
 *
 * @param starts as by `includedHeaders`
 * @returns the path under which each is included -> its name in the archive
 */
export async function collectHeaders(archive: ZipArchive, starts: string[]): Promise<Map<string, string>> {
  const roots = [ROOT, ...externalRoots(archive)];
  const find = (included: string): string | undefined => roots.map((root) => root + included).find(archive.has);
  const found = new Map<string, string>();
  const waiting = [...starts];
  for (let included = waiting.pop(); included !== undefined; included = waiting.pop()) {
    const entry = found.has(included) ? undefined : find(included);
    if (!entry) continue;
    found.set(included, entry);
    for (const [, next] of (await archive.text(entry)).matchAll(INCLUDE)) {
      // Relative to the including file, or from a root.
      waiting.push(next!, path.posix.join(path.posix.dirname(included), next!));
    }
  }
  const missing = starts.filter((start) => !found.has(start));
  if (missing.length > 0) throw new StepError(`the wheel has no header ${missing.join(', ')}`);
  return found;
}

function externalRoots(archive: ZipArchive): string[] {
  const roots = new Set<string>();
  for (const name of archive.names()) {
    if (name.startsWith(EXTERNAL)) roots.add(name.slice(0, name.indexOf('/', EXTERNAL.length) + 1));
  }
  return [...roots];
}

export interface Tool {
  /** The command and its leading arguments. */
  command: string[];
  version: string;
}

const TOOL_TIMEOUT_MS = 20_000;

/** The first pip that answers; undefined when there is none. */
export function findPip(machine: Machine): Promise<Tool | undefined> {
  const windows = [['py', '-3', '-m', 'pip']];
  const everywhere = [['python3', '-m', 'pip'], ['pip3'], ['pip'], ['python', '-m', 'pip']];
  return firstThatAnswers(machine, [...(machine.platform === 'win32' ? windows : []), ...everywhere], /^pip \S+/m);
}

/** The first Python 3 that answers: node-gyp is written in it. */
export function findPython(machine: Machine): Promise<Tool | undefined> {
  const windows = [['py', '-3']];
  return firstThatAnswers(
    machine,
    [...(machine.platform === 'win32' ? windows : []), ['python3'], ['python']],
    /^Python 3\S*/m,
  );
}

/** The first C++ compiler that answers; `CXX` goes first. On Windows node-gyp looks for Visual Studio itself. */
export function findCompiler(machine: Machine): Promise<Tool | undefined> {
  const named = machine.env.CXX ? [machine.env.CXX.split(' ')] : [];
  return firstThatAnswers(machine, [...named, ['g++'], ['clang++'], ['c++']], /\S.*/);
}

export function findMake(machine: Machine): Promise<Tool | undefined> {
  return firstThatAnswers(machine, [['make'], ['gmake']], /\S.*/);
}

/** Python 3.11 and later: no modules from the folder that it starts in; earlier ones rely on that folder being the cache. */
export function pythonEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return { ...env, PYTHONSAFEPATH: '1' };
}

async function firstThatAnswers(machine: Machine, commands: string[][], version: RegExp): Promise<Tool | undefined> {
  for (const command of commands) {
    const [name, ...rest] = command;
    const result = await machine.run(name!, [...rest, '--version'], {
      env: pythonEnvironment(machine.env),
      timeoutMs: TOOL_TIMEOUT_MS,
    });
    const said = version.exec(result.stdout) ?? version.exec(result.stderr);
    if (result.code === 0 && said) return { command, version: said[0] };
  }
  return undefined;
}

/**
 * A folder with Node's headers at `include/node`, so that node-gyp need not download them: what the user configured,
 * else what lies beside the Node that runs. Undefined when there is none.
 */
export function findNodeHeaders(machine: Machine): string | undefined {
  const beside = path.resolve(path.dirname(machine.nodePath), '..');
  const configured = machine.env.npm_config_nodedir;
  return [configured, beside].find(
    (folder) => folder && existsSync(path.join(folder, 'include', 'node', 'node_api.h')),
  );
}

/** The environment in which npm's tools run under the Node of this machine. */
export function buildEnvironment(machine: Machine): NodeJS.ProcessEnv {
  return nodeEnvironment(machine.env);
}

const BUILD_TIMEOUT_MS = 10 * 60_000;

/** Node-API version of the addon: binaries for 8 load in every Node from 16 on. */
const NAPI_VERSION = 8;

/**
 * Builds tfjs-node's addon against the headers and libraries of an installation, into its place there.
 *
 * @param installation a folder with `deps/include` and `deps/lib`
 * @throws StepError naming what is missing (compiler, Python for node-gyp, tfjs-node's sources) and the remedy, or the
 *   compiler's last lines
 */
export async function buildAddon(
  machine: Machine,
  installation: string,
  options: { signal?: AbortSignal; onLine?(line: string): void } = {},
): Promise<void> {
  const sources = addonSources(machine);
  const gyp = machine.packageFolder('node-gyp');
  if (!gyp) throw new StepError('node-gyp is not installed');

  // make cannot cope with spaces in paths.
  const parent = /\s/.test(installation) ? tmpdir() : installation;
  const folder = await mkdtemp(path.join(parent, 'build-'));
  try {
    await cp(sources, path.join(folder, 'binding'), { recursive: true });
    await symlink(path.join(installation, 'deps'), path.join(folder, 'deps'), 'junction');
    await writeFile(path.join(folder, 'binding.gyp'), JSON.stringify(bindingGyp(machine.platform)));
    await writeFile(path.join(folder, 'package.json'), '{"name":"tfjs_binding","version":"0.0.0"}');
    const headers = findNodeHeaders(machine);
    const args = [
      path.join(gyp, 'bin', 'node-gyp.js'),
      'rebuild',
      '--jobs',
      '2',
      ...(headers ? ['--nodedir', headers] : []),
    ];
    const result = await machine.run(machine.nodePath, args, {
      cwd: folder,
      env: buildEnvironment(machine),
      timeoutMs: BUILD_TIMEOUT_MS,
      ...options,
    });
    const built = path.join(folder, 'build', 'Release', path.basename(ADDON_IN_INSTALLATION));
    if (result.code !== 0 || !existsSync(built)) {
      throw new StepError(
        `the addon could not be built: ${compilerError(result.stderr + result.stdout) ?? lastLines(result, 6)}`,
      );
    }
    await mkdir(path.dirname(addonPath(installation)), { recursive: true });
    await copyFile(built, addonPath(installation));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** @throws StepError when they are not installed: an installation from a package carries a prebuilt addon instead */
export function addonSources(machine: Machine): string {
  const folder = machine.packageFolder('@tensorflow/tfjs-node');
  const sources = folder && path.join(folder, 'binding');
  if (!sources || !existsSync(sources)) {
    throw new StepError('the sources of the addon (@tensorflow/tfjs-node) are not installed');
  }
  return sources;
}

/** @throws StepError naming the first thing that a build of the addon lacks here, and how to get it */
export async function requireBuildTools(machine: Machine): Promise<void> {
  addonSources(machine);
  if (!(await findPython(machine)))
    throw new StepError(`no Python 3, which node-gyp needs to build the addon (${remedy(machine.platform)})`);
  if (machine.platform === 'win32') return;
  if (!(await findCompiler(machine)))
    throw new StepError(`no C++ compiler to build the addon (${remedy(machine.platform)})`);
  if (!(await findMake(machine))) throw new StepError(`no make to build the addon (${remedy(machine.platform)})`);
}

/** How to get compiler, make and Python. */
export function remedy(platform: NodeJS.Platform): string {
  if (platform === 'darwin') return 'xcode-select --install';
  if (platform === 'win32') return 'install Visual Studio Build Tools with C++, and Python 3';
  return 'Debian, Ubuntu: sudo apt install g++ make python3-pip; Fedora: sudo dnf install gcc-c++ make python3-pip';
}

function compilerError(output: string): string | undefined {
  return /^.*(?:fatal error|error): .*$/m.exec(output)?.[0];
}

/** tfjs-node's own binding.gyp, without its download machinery and with names that fit any libtensorflow. */
function bindingGyp(platform: NodeJS.Platform): object {
  const library = (name: string) => `<(module_root_dir)/deps/lib/${name}`;
  const link = {
    linux: { libraries: ['-Wl,-rpath,\\$$ORIGIN/../../deps/lib', '-ltensorflow', '-ltensorflow_framework'] },
    darwin: {
      libraries: [library('libtensorflow.dylib'), library('libtensorflow_framework.dylib')],
      xcode_settings: { OTHER_LDFLAGS: ['-Wl,-rpath,@loader_path/../../deps/lib'] },
    },
    win32: { defines: ['COMPILER_MSVC'], libraries: ['tensorflow'], msvs_disabled_warnings: [4190] },
  }[platform as 'linux' | 'darwin' | 'win32'];
  const target = {
    target_name: 'tfjs_binding',
    sources: ['binding/tfjs_backend.cc', 'binding/tfjs_binding.cc'],
    include_dirs: ['<(module_root_dir)', '<(module_root_dir)/deps/include'],
    library_dirs: ['<(module_root_dir)/deps/lib'],
    ...link,
  };
  return { targets: [target], defines: [`NAPI_VERSION=${NAPI_VERSION}`] };
}
