// A Chromium to drive VS Code with in tests: one that the machine has, else the distribution's package, else Playwright's.
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { findChromium } from '../../src/cli/find-chromium.mjs';
import { run, succeeds } from './run.mjs';

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
