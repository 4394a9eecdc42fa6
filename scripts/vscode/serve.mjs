// Serves VS Code to the browser, from a user-data folder of its own, and tells when it is ready.
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { ensureVsCode } from './install.mjs';
import { projectRoot } from './paths.mjs';
import { run } from './run.mjs';

const guard = path.join(projectRoot, 'scripts', 'guard.mjs');

const QUIET_SETTINGS = {
  'workbench.startupEditor': 'none',
  'telemetry.telemetryLevel': 'off',
  'update.mode': 'none',
  'extensions.autoUpdate': false,
  'extensions.autoCheckUpdates': false,
  'chat.disableAIFeatures': true,
  // A file that the address names opens before the extensions are known: as a notebook all the same.
  'workbench.editorAssociations': { '*.dinnb': 'dinnb' },
};

/** A server must neither talk to the VS Code in whose terminal it was started nor take on this process' test settings. */
function cleanEnvironment(extra) {
  const env = { ...process.env };
  for (const key of Object.keys(env)) {
    if (
      /^(VSCODE_|ELECTRON_|VITEST|npm_(package|lifecycle)_)/.test(key) ||
      key === 'NODE_OPTIONS' ||
      key === 'NODE_ENV'
    )
      delete env[key];
  }
  return { ...env, ...extra };
}

/** The name of an unpacked extension's folder: `publisher.name-version`. */
export function extensionFolderName(folder) {
  const { publisher, name, version } = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8'));
  return `${publisher}.${name}-${version}`;
}

/** Puts a link to an unpacked extension into an extensions folder. */
export function linkExtension(extensionsDir, folder = projectRoot) {
  mkdirSync(extensionsDir, { recursive: true });
  symlinkSync(folder, path.join(extensionsDir, extensionFolderName(folder)), 'junction');
}

/** Installs a .vsix into an extensions folder, as a user would. */
export async function installVsix(file, { extensionsDir, userDataDir, ...install }) {
  mkdirSync(userDataDir, { recursive: true });
  const { node, entry } = await ensureVsCode(install);
  const args = [
    entry,
    '--config',
    configFile(userDataDir),
    '--user-data-dir',
    userDataDir,
    '--extensions-dir',
    extensionsDir,
  ];
  return run(node, [...args, '--install-extension', file], { env: cleanEnvironment({}) });
}

/** code-server writes a configuration with a password into the home folder unless it is given one. */
function configFile(userDataDir, password) {
  const file = path.join(userDataDir, 'code-server.yaml');
  writeFileSync(file, password ? `auth: password\npassword: ${password}\n` : 'auth: none\n', { mode: 0o600 });
  return file;
}

function writeSettings(userDataDir, settings) {
  mkdirSync(path.join(userDataDir, 'User'), { recursive: true });
  writeFileSync(
    path.join(userDataDir, 'User', 'settings.json'),
    JSON.stringify({ ...QUIET_SETTINGS, ...settings }, null, 2),
  );
}

/** The address that opens a folder, and in it a file. */
export function workbenchUrl(origin, folder, file) {
  const url = new URL(origin);
  url.searchParams.set('folder', folder);
  if (file)
    url.searchParams.set('payload', JSON.stringify([['openFile', `vscode-remote://${url.host}${encodeURI(file)}`]]));
  return url.href;
}

/**
 * Starts VS Code on 127.0.0.1 and waits until it answers.
 * @param {object} options
 * @param {string} options.userDataDir  a folder of its own; settings are written there.
 * @param {string} options.extensionsDir  holds the extensions (links will do).
 * @param {number} [options.port]  0 (the default) takes a free one.
 * @param {boolean} [options.trust]  false (the default): every folder is trusted without asking.
 * @param {string} [options.password]  asked for before anything is shown; without one everybody on this machine is let in, as tests are.
 * @param {object} [options.settings]  user settings on top of quiet ones.
 * @param {object} [options.env]  environment on top of this process' own.
 * @returns {Promise<{ origin: string, log(): string, ended: Promise<void>, stop(): Promise<void> }>}
 * @throws Error with the server's log, if it ends or says nothing for a minute.
 */
export async function serveVsCode({
  userDataDir,
  extensionsDir,
  port = 0,
  trust = false,
  password,
  settings = {},
  env = {},
  ...install
}) {
  const { node, entry } = await ensureVsCode(install);
  writeSettings(userDataDir, settings);
  mkdirSync(extensionsDir, { recursive: true });
  const args = [
    ...[
      '--config',
      configFile(userDataDir, password),
      '--auth',
      password ? 'password' : 'none',
      '--bind-addr',
      `127.0.0.1:${port}`,
    ],
    ...['--user-data-dir', userDataDir, '--extensions-dir', extensionsDir],
    ...['--disable-telemetry', '--disable-update-check', '--disable-getting-started-override', '--disable-proxy'],
    ...(trust ? [] : ['--disable-workspace-trust']),
  ];
  // A process group of its own, where there are such, so that stop() reaches extension hosts and kernels too; and the pipe that
  // the guard reads, so that the group goes when this process does, even one that was killed.
  const detached = process.platform !== 'win32';
  const child = spawn(process.execPath, [guard, node, entry, ...args], {
    env: cleanEnvironment(env),
    detached,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let output = '';
  const ended = new Promise((resolve) => child.on('close', resolve));
  const signal = (name) => {
    try {
      if (detached) process.kill(-child.pid, name);
      else child.kill(name);
    } catch (error) {
      if (error.code !== 'ESRCH') throw error;
    }
  };
  const stop = async () => {
    signal('SIGTERM');
    const patience = setTimeout(() => signal('SIGKILL'), 5_000);
    await ended;
    clearTimeout(patience);
    signal('SIGKILL'); // what of the group outlived its leader
  };
  const origin = await new Promise((resolve, reject) => {
    const fail = (reason) => reject(new Error(`VS Code did not start: ${reason}\n${output}`));
    const patience = setTimeout(() => fail('it said nothing for a minute'), 60_000);
    const listen = (chunk) => {
      output += chunk;
      const match = /listening on (http:\/\/[\d.:]+)/.exec(output);
      if (!match) return;
      clearTimeout(patience);
      resolve(match[1]);
    };
    child.stdout.on('data', listen);
    child.stderr.on('data', listen);
    child.on('error', (error) => fail(error.message));
    child.on('close', (code) => fail(`exit code ${code}`));
  }).catch(async (error) => {
    await stop();
    throw error;
  });
  return { origin, log: () => output, ended: ended.then(() => undefined), stop };
}
