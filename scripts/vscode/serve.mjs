// Serves VS Code to the browser, from a user-data folder of its own, and tells when it is ready.
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { ensureVsCode } from './install.mjs';
import { projectRoot } from './paths.mjs';
import { run } from './run.mjs';

const guard = path.join(projectRoot, 'scripts', 'guard.mjs');
const origins = path.join(projectRoot, 'scripts', 'vscode', 'origins.mjs');

/**
 * Names below localhost are this machine. Workbench and webviews are of one site, without which browsers would refuse webviews their
 * service worker as a third party's, and of different origins.
 */
const SITE = 'dinnb.localhost';

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
  const args = ['--user-data-dir', userDataDir, '--extensions-dir', extensionsDir, '--accept-server-license-terms'];
  return run(node, [entry, ...args, '--install-extension', file], { env: cleanEnvironment({}) });
}

/** The user's settings, in place of what they were. */
export function writeSettings(userDataDir, settings) {
  mkdirSync(path.join(userDataDir, 'User'), { recursive: true });
  writeFileSync(
    path.join(userDataDir, 'User', 'settings.json'),
    JSON.stringify({ ...QUIET_SETTINGS, ...settings }, null, 2),
  );
}

/**
 * The address that opens a folder, and in it a file. It holds the password, without which the server shows nothing to anybody.
 * @param {{ origin: string, password: string }} server
 */
export function workbenchUrl({ origin, password }, folder, file) {
  const url = new URL(origin);
  url.searchParams.set('tkn', password);
  url.searchParams.set('folder', folder);
  if (file)
    url.searchParams.set('payload', JSON.stringify([['openFile', `vscode-remote://${url.host}${encodeURI(file)}`]]));
  return url.href;
}

const TYPES = { '.html': 'text/html', '.js': 'text/javascript' };

/** Serves the few files that webviews load; each webview's origin is a name of its own. */
async function serveWebviews(folder) {
  const files = new Map(readdirSync(folder).map((name) => [`/${name}`, path.join(folder, name)]));
  const server = createServer((request, response) => {
    const file = files.get(request.url.replace(/[?#].*/, ''));
    if (!file) return response.writeHead(404).end();
    response
      .writeHead(200, { 'Content-Type': TYPES[path.extname(file)] ?? 'application/octet-stream' })
      .end(readFileSync(file));
  });
  await new Promise((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
  return {
    endpoint: `http://{{uuid}}.${SITE}:${server.address().port}`,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

/**
 * Starts VS Code on 127.0.0.1 and waits until it answers. Workspace Trust is on: a new folder is untrusted.
 * @param {object} options
 * @param {string} options.userDataDir  a folder of its own; settings are written there.
 * @param {string} options.extensionsDir  holds the extensions (links will do).
 * @param {number} [options.port]  0 (the default) takes a free one.
 * @param {object} [options.settings]  user settings on top of quiet ones.
 * @param {object} [options.env]  environment on top of this process' own.
 * @returns {Promise<{ origin: string, port: number, password: string, log(): string, ended: Promise<void>, stop(): Promise<void> }>}
 * @throws Error with the server's log, if it ends or says nothing for a minute.
 */
export async function serveVsCode({ userDataDir, extensionsDir, port = 0, settings = {}, env = {}, ...install }) {
  const { node, entry, webviews: folder } = await ensureVsCode(install);
  writeSettings(userDataDir, settings);
  mkdirSync(extensionsDir, { recursive: true });
  const webviews = await serveWebviews(folder);
  const password = randomBytes(16).toString('hex');
  // In a file: everybody on this machine can read the command line.
  const passwordFile = path.join(userDataDir, 'password');
  writeFileSync(passwordFile, password, { mode: 0o600 });
  const args = [
    ...['--host', '127.0.0.1', '--port', String(port), '--connection-token-file', passwordFile],
    ...['--user-data-dir', userDataDir, '--server-data-dir', userDataDir, '--extensions-dir', extensionsDir],
    ...['--accept-server-license-terms', '--telemetry-level', 'off'],
    ...['--disable-update-check', '--disable-getting-started-override'],
  ];
  // A process group of its own, where there are such, so that stop() reaches extension hosts and kernels too; and the pipe that
  // the guard reads, so that the group goes when this process does, even one that was killed.
  const detached = process.platform !== 'win32';
  const child = spawn(process.execPath, [guard, node, '--import', pathToFileURL(origins).href, entry, ...args], {
    env: cleanEnvironment({ ...env, DINNB_WEBVIEWS: webviews.endpoint }),
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
    webviews.close();
    signal('SIGTERM');
    const patience = setTimeout(() => signal('SIGKILL'), 5_000);
    await ended;
    clearTimeout(patience);
    signal('SIGKILL'); // what of the group outlived its leader
  };
  const served = await new Promise((resolve, reject) => {
    const fail = (reason) => reject(new Error(`VS Code did not start: ${reason}\n${output}`));
    const patience = setTimeout(() => fail('it said nothing for a minute'), 60_000);
    const listen = (chunk) => {
      output += chunk;
      const match = /agent listening on (\d+)/.exec(output);
      if (!match) return;
      clearTimeout(patience);
      resolve(Number(match[1]));
    };
    child.stdout.on('data', listen);
    child.stderr.on('data', listen);
    child.on('error', (error) => fail(error.message));
    child.on('close', (code) => fail(`exit code ${code}`));
  }).catch(async (error) => {
    await stop();
    throw error;
  });
  // A name of its own: cookies do not tell servers of one name apart by their ports.
  const origin = `http://${randomBytes(4).toString('hex')}.${SITE}:${served}`;
  return { origin, port: served, password, log: () => output, ended: ended.then(() => undefined), stop };
}
