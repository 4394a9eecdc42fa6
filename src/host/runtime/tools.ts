import { existsSync } from 'node:fs';
import path from 'node:path';
import type { Machine } from './machine';
import { nodeEnvironment } from './processes';

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
