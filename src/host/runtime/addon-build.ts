import { existsSync } from 'node:fs';
import { copyFile, cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { StepError } from './errors';
import { ADDON_IN_INSTALLATION, addonPath } from './layout';
import type { Machine } from './machine';
import { lastLines } from './processes';
import { buildEnvironment, findCompiler, findMake, findNodeHeaders, findPython } from './tools';

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
