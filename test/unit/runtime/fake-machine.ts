import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { zipSync } from 'fflate';
import { onTestFinished } from 'vitest';
import type { Machine, RunOptions, RunResult } from '../../../src/tensorflow/machine';

/** Answers a command; undefined leaves it to the next one. */
export type Command = (
  command: string,
  args: string[],
  options?: RunOptions,
) => Partial<RunResult> | undefined | Promise<Partial<RunResult>>;

export interface FakeMachine extends Machine {
  /** Every command that was run, in order. */
  commands: string[];
  /** Every address that was downloaded from, in order. */
  addresses: string[];
}

export function temporaryFolder(): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'dinnb-runtime-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/**
 * A machine of 64-bit ARM (whose wheel has no pinned checksum) with pip, Python, compiler and make, on which everything
 * succeeds except the official download (403); `commands` are asked first.
 */
export function fakeMachine(overrides: Partial<Machine> = {}, ...commands: Command[]): FakeMachine {
  const home = overrides.home ?? temporaryFolder();
  const packages = path.join(home, 'packages');
  const log: string[] = [];
  const addresses: string[] = [];
  const answers = [...commands, tools, fetchWheel(makeWheel()), compile, probeAnswer];
  makePackages(packages);
  return {
    platform: 'linux',
    arch: 'arm64',
    env: { DINNB_CACHE: path.join(home, 'cache') },
    home,
    nodePath: '/usr/bin/node',
    packageRoot: path.join(home, 'package'),
    installCommand: 'dinnb doctor --install',
    pid: process.pid,
    now: Date.now,
    sleep: () => new Promise((resolve) => setTimeout(resolve, 5)),
    isAlive: (pid) => pid === process.pid,
    freeBytes: async () => 1e12,
    packageFolder: (name) => path.join(packages, name),
    download: async (url) => {
      addresses.push(url);
      throw new Error(`${url}: the server answered 403 Forbidden`);
    },
    run: async (command, args, options) => {
      options?.signal?.throwIfAborted();
      log.push([command, ...args].join(' '));
      for (const answer of answers) {
        const result = await answer(command, args, options);
        if (result) return { code: 0, stdout: '', stderr: '', ...result };
      }
      return { code: null, stdout: '', stderr: '', failure: `${command}: not found` };
    },
    ...overrides,
    commands: log,
    addresses,
  };
}

export const LIBRARY = 'the library '.repeat(20_000);

/** A wheel with the entries that matter; `tamper` changes an entry after its checksum was recorded. */
export function makeWheel(tamper?: string): Uint8Array {
  const files: { [name: string]: string } = {
    'tensorflow/libtensorflow_cc.so.2': LIBRARY,
    'tensorflow/libtensorflow_framework.so.2': 'framework',
    'tensorflow/include/tensorflow/c/c_api.h': '#include "tensorflow/c/tf_status.h"\n#include <stddef.h>\n',
    'tensorflow/include/tensorflow/c/tf_status.h': '#include "xla/tsl/c/tsl_status.h"\n',
    'tensorflow/include/external/local_xla/xla/tsl/c/tsl_status.h': '// the end\n',
    'tensorflow/include/tensorflow/unused.h': '// not wanted\n',
  };
  const record = Object.entries(files).map(
    ([name, text]) => `${name},sha256=${createHash('sha256').update(text).digest('base64url')},${text.length}`,
  );
  if (tamper) files[tamper] += '!';
  files['tensorflow-2.21.0.dist-info/RECORD'] = record.join('\n');
  return zipSync(Object.fromEntries(Object.entries(files).map(([name, text]) => [name, Buffer.from(text)])));
}

/** pip that puts this wheel where it is told to, named for the platform that is asked for. */
export function fetchWheel(bytes: Uint8Array, name = 'tensorflow-2.21.0-cp311-cp311-any.whl'): Command {
  return (_command, args) => {
    if (!args.includes('download')) return undefined;
    writeFileSync(path.join(args[args.indexOf('--dest') + 1]!, name), bytes);
    return {};
  };
}

const tools: Command = (command, args) => {
  const asked = [command, ...args].join(' ');
  const versions: { [command: string]: string } = {
    'python3 -m pip --version': 'pip 23.2.1 from somewhere',
    'python3 --version': 'Python 3.11.7',
    'g++ --version': 'g++ 12.2.0',
    'make --version': 'GNU Make 4.3',
  };
  return versions[asked] ? { stdout: versions[asked] } : undefined;
};

/** node-gyp: leaves an addon, when it finds the headers and libraries where binding.gyp says. */
const compile: Command = (_command, args, options) => {
  if (!args.some((arg) => arg.endsWith('node-gyp.js'))) return undefined;
  const inBuild = (...names: string[]) => path.join(options!.cwd!, ...names);
  for (const needed of [
    'deps/include/xla/tsl/c/tsl_status.h',
    'deps/lib/libtensorflow.so',
    'binding/tfjs_binding.cc',
  ]) {
    if (!existsSync(inBuild(needed))) return { code: 1, stderr: `fatal error: ${needed}: No such file` };
  }
  mkdirSync(inBuild('build', 'Release'), { recursive: true });
  writeFileSync(inBuild('build', 'Release', 'tfjs_binding.node'), 'built addon');
  return {};
};

export const probeOk = { stdout: '\n{"probe":"ok","tensorflow":"2.21.0","xla":true}\n' };

const probeAnswer: Command = (_command, args) => (args[0] === '-e' ? probeOk : undefined);

function makePackages(folder: string): void {
  const binding = path.join(folder, '@tensorflow/tfjs-node/binding');
  mkdirSync(binding, { recursive: true });
  writeFileSync(path.join(binding, 'tfjs_binding.cc'), '#include "tensorflow/c/c_api.h"\n#include "utils.h"\n');
  writeFileSync(path.join(binding, '..', 'package.json'), '{"version":"4.22.0"}');
  mkdirSync(path.join(folder, 'node-gyp'), { recursive: true });
}
