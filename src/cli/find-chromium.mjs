// Which Chromium a machine has. Plain JavaScript: the scripts that set tests up look for the same one before anything is built.
import { existsSync, readdirSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

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
