// A Chromium to drive VS Code with in tests: one that the machine has, else the distribution's package, else Playwright's.
import { existsSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { run, succeeds } from './run.mjs';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome', 'microsoft-edge'];
const MAC = ['Google Chrome', 'Chromium', 'Microsoft Edge'].map(
  (name) => `/Applications/${name}.app/Contents/MacOS/${name}`,
);

function onPath(env) {
  const folders = ['/usr/bin', '/usr/local/bin', '/snap/bin', ...(env.PATH ?? '').split(path.delimiter)];
  return folders.flatMap((folder) => NAMES.map((name) => path.join(folder, name)));
}

function onWindows(env) {
  const roots = [env.PROGRAMFILES, env['PROGRAMFILES(X86)'], env.LOCALAPPDATA].filter(Boolean);
  const tails = ['Google\\Chrome\\Application\\chrome.exe', 'Microsoft\\Edge\\Application\\msedge.exe'];
  return roots.flatMap((root) => tails.map((tail) => path.join(root, tail)));
}

/** What `playwright-core install chromium` has put into its cache. */
function playwrightChromium(env) {
  const cache =
    env.PLAYWRIGHT_BROWSERS_PATH || path.join(env.XDG_CACHE_HOME || path.join(os.homedir(), '.cache'), 'ms-playwright');
  if (!existsSync(cache)) return [];
  const builds = readdirSync(cache).filter((name) => /^chromium-\d+$/.test(name));
  return builds.flatMap((name) =>
    ['chrome-linux', 'chrome-linux64'].map((folder) => path.join(cache, name, folder, 'chrome')),
  );
}

/** An installed Chromium, Chrome or Edge; `DINNB_CHROMIUM` (a path) decides where it is set. */
export function findChromium(env = process.env) {
  if (env.DINNB_CHROMIUM) {
    if (!existsSync(env.DINNB_CHROMIUM))
      throw new Error(`DINNB_CHROMIUM names ${env.DINNB_CHROMIUM}, which does not exist.`);
    return env.DINNB_CHROMIUM;
  }
  const byPlatform = { darwin: () => MAC, win32: () => onWindows(env) };
  const candidates = (byPlatform[process.platform] ?? (() => [...onPath(env), ...playwrightChromium(env)]))();
  return candidates.find((file) => existsSync(file));
}

/** How to become root here without asking for a password: a command prefix, or undefined where that is not possible. */
async function rootPrefix() {
  if (process.getuid?.() === 0) return [];
  return (await succeeds('sudo', ['-n', 'true'])) ? ['sudo', '-n'] : undefined;
}

async function installWithApt(log) {
  const prefix = await rootPrefix();
  if (!prefix || !existsSync('/usr/bin/apt-get')) return;
  log('Installing Chromium (the distribution package, about 300 MB) to test in a real VS Code ...');
  const apt = (...args) => {
    const [command, ...rest] = [...prefix, 'env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get', ...args];
    return run(command, rest);
  };
  await apt('update', '-qq');
  await apt('install', '-y', '-qq', 'chromium').catch(() => apt('install', '-y', '-qq', 'chromium-browser'));
}

async function installWithPlaywright(log) {
  log("Installing Playwright's Chromium (about 350 MB) to test in a real VS Code ...");
  const cli = createRequire(import.meta.url).resolve('playwright-core/cli.js');
  await run(process.execPath, [cli, 'install', 'chromium']);
}

/**
 * Installs a Chromium where the machine lets us.
 * @returns {Promise<string>} its executable.
 * @throws Error with what was tried and what the user can do.
 */
export async function installChromium(log) {
  const failures = [];
  for (const install of [installWithApt, installWithPlaywright]) {
    await install(log).catch((error) => failures.push(error.message));
    const found = findChromium();
    if (found) return found;
  }
  throw new Error(
    `No Chromium, Chrome or Edge was found, and none could be installed.\n${failures.join('\n')}\n` +
      'Install one (on Debian and Ubuntu, as root: apt-get install chromium), or set DINNB_CHROMIUM to the path of its executable.',
  );
}
