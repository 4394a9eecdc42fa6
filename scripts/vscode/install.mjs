// Installs a real VS Code for the browser (code-server) and the Node it needs, from the npm registry, into the cache.
//
// No install script runs by itself: what VS Code cannot do without comes prebuilt in its packages. Two small native modules
// are built where the machine can; Kerberos (for proxies) and the like are left out. So neither root rights nor headers of
// other libraries are needed, and the whole takes under a minute instead of four.
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { findChromium } from '../../src/cli/find-chromium.mjs';
import { installChromium } from './chromium.mjs';
import { vscodeCache } from './paths.mjs';
import { run } from './run.mjs';

const CODE_SERVER = '4.139.1';
const NODE = '24'; // code-server refuses every other major

const npmFlags = ['--ignore-scripts', '--no-audit', '--no-fund', '--no-progress'];

/** Runs npm, the one that runs this script where there is one, with `nodeBin` (a folder) first on PATH. */
function npm(args, cwd, nodeBin, settings = {}) {
  const env = { ...process.env, ...settings };
  delete env.npm_config_local_prefix; // set where npm itself runs this script: the folder of this project
  if (nodeBin) env.PATH = `${nodeBin}${path.delimiter}${process.env.PATH ?? ''}`; // Windows calls it Path, which a copy does not know
  const script = process.env.npm_execpath;
  if (script && existsSync(script) && /npm/.test(path.basename(script)))
    return run(process.execPath, [script, ...args], { cwd, env });
  return run('npm', args, { cwd, env, shell: process.platform === 'win32' });
}

/** Removes what interrupted installs left behind; the folder of a process that still runs is kept. */
function removeLeftovers(cache) {
  for (const name of existsSync(cache) ? readdirSync(cache) : []) {
    const pid = Number(/\.partial-(\d+)$/.exec(name)?.[1] ?? Number.NaN);
    if (Number.isNaN(pid) || pid === process.pid || isAlive(pid)) continue;
    rmSync(path.join(cache, name), { recursive: true, force: true });
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

/** Fills `target` through a folder beside it that takes its name only when complete, so an interrupted install is never found. */
async function atomically(target, isReady, fill) {
  const partial = `${target}.partial-${process.pid}`;
  rmSync(partial, { recursive: true, force: true });
  mkdirSync(partial, { recursive: true });
  writeFileSync(path.join(partial, 'package.json'), '{ "private": true }\n');
  try {
    await fill(partial);
    if (isReady()) return; // another process was faster
    rmSync(target, { recursive: true, force: true });
    renameSync(partial, target);
  } finally {
    rmSync(partial, { recursive: true, force: true });
  }
}

const executable = process.platform === 'win32' ? 'node.exe' : 'bin/node';
const nodePackage = `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`;

/** A Node of the major that code-server asks for: this process' own, or the cache's. */
function findNode(cache) {
  if (process.versions.node.startsWith(`${NODE}.`)) return process.execPath;
  const candidates = [
    path.join('node', 'node_modules', nodePackage, executable),
    path.join('node', 'node_modules', 'node', executable),
  ];
  return candidates.map((file) => path.join(cache, file)).find((file) => existsSync(file));
}

const codeServerFolder = (cache) => path.join(cache, 'code-server', 'node_modules', 'code-server');

/** The folder of VS Code's own server, in a complete code-server of the right version. */
function findVsCode(cache) {
  const folder = codeServerFolder(cache);
  const vscode = path.join(folder, 'lib', 'vscode');
  if (!existsSync(path.join(vscode, '.installed'))) return undefined;
  const { version } = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8'));
  return version === CODE_SERVER ? vscode : undefined;
}

/** The module that writes output channels and logs, and the one that ends a stuck extension host. VS Code runs without them. */
const NATIVE_MODULES = ['@vscode/spdlog', '@vscode/native-watchdog'];

async function buildNativeModules(vscode, nodeBin, log) {
  const headers = path.dirname(nodeBin); // the npm packages of Node carry their headers: nothing else is downloaded
  const env = existsSync(path.join(headers, 'include', 'node', 'node.h')) ? { npm_config_nodedir: headers } : {};
  await npm(['rebuild', '--ignore-scripts=false', ...NATIVE_MODULES], vscode, nodeBin, env).catch((error) => {
    log(
      `VS Code's output channels will stay empty: ${NATIVE_MODULES.join(' and ')} could not be built (a C++ compiler and Python 3 are needed).`,
    );
    log(error.message.split('\n').slice(-8).join('\n'));
  });
}

async function installCodeServer(cache, nodeBin, log) {
  await atomically(
    path.join(cache, 'code-server'),
    () => findVsCode(cache) !== undefined,
    async (partial) => {
      await npm(['install', ...npmFlags, `code-server@${CODE_SERVER}`], partial, nodeBin);
      const vscode = path.join(partial, 'node_modules', 'code-server', 'lib', 'vscode');
      await npm(['install', '--omit=dev', ...npmFlags], vscode, nodeBin);
      await npm(['install', '--omit=dev', ...npmFlags], path.join(vscode, 'extensions'), nodeBin);
      await buildNativeModules(vscode, nodeBin, log);
      writeFileSync(path.join(vscode, '.installed'), `${CODE_SERVER}\n`);
    },
  );
}

/**
 * Makes sure that a VS Code for the browser is installed; does nothing, quickly, when it is.
 * @param {{ cache?: string, log?: (line: string) => void }} [options]
 * @returns {Promise<{ node: string, entry: string, webviews: string }>} how to start it: Node's executable and the server's script; and the
 * folder of what webviews load.
 */
export async function ensureVsCode({ cache = vscodeCache(), log = console.error } = {}) {
  mkdirSync(cache, { recursive: true });
  removeLeftovers(cache);
  if (!findNode(cache)) {
    log(`Installing Node ${NODE} for VS Code (190 MB on disk) into ${cache} ...`);
    await atomically(
      path.join(cache, 'node'),
      () => findNode(cache) !== undefined,
      (partial) => npm(['install', ...npmFlags, `${nodePackage}@${NODE}`], partial),
    );
  }
  const node = findNode(cache);
  if (!node)
    throw new Error(
      `The npm package ${nodePackage}@${NODE} brought no ${executable}: install Node ${NODE} and run this with it.`,
    );
  if (!findVsCode(cache)) {
    log(
      `Installing VS Code ${CODE_SERVER} for the browser (620 MB on disk) into ${cache}: half a minute to a few minutes ...`,
    );
    const start = Date.now();
    await installCodeServer(cache, path.dirname(node), log);
    log(`VS Code is installed (${Math.round((Date.now() - start) / 1000)} s).`);
  }
  const vscode = findVsCode(cache);
  if (!vscode)
    throw new Error(
      `The install of code-server ${CODE_SERVER} in ${codeServerFolder(cache)} is incomplete: delete ${cache} and run this again.`,
    );
  const webviews = path.join(vscode, 'out', 'vs', 'workbench', 'contrib', 'webview', 'browser', 'pre');
  return { node, entry: path.join(vscode, 'out', 'server-main.js'), webviews };
}

/**
 * Makes sure that a Chromium is on this machine, to drive VS Code with.
 * @returns {Promise<string>} its executable.
 */
export async function ensureChromium({ log = console.error } = {}) {
  return findChromium() ?? (await installChromium(log));
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const { entry } = await ensureVsCode();
  console.error(`VS Code: ${entry}\nBrowser: ${await ensureChromium()}`);
}
