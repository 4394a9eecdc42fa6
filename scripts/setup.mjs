// Set-up for `npm start` and `npm test`, quick when nothing is to do. Usage: node scripts/setup.mjs start|test
// Uses nothing but Node itself: on a fresh clone there is nothing else.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const purpose = process.argv[2] ?? 'start';

const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 12))
  fail(
    `Node ${process.versions.node} is too old: install Node 20.12 or newer (https://nodejs.org), then run the command again.`,
  );

step('packages', installPackages);
step('build', () => run(process.execPath, ['scripts/build.mjs', '--if-changed']));
step('TensorFlow', setUpTensorFlow);
if (purpose === 'test') {
  step('VS Code for the end-to-end tests', () => run(process.execPath, ['scripts/vscode/install.mjs']));
  step('Jupyter', () => run(process.execPath, ['scripts/jupyter.mjs']));
}

/** `npm ci` when the lock file is not the one that node_modules was made from. */
function installPackages() {
  const stamp = join(root, 'node_modules', '.dinnb-lock');
  const lock = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === lock) return console.log('packages: up to date');
  // .npmrc says ignore-scripts: a package's failing download can never break this
  npm(['ci', '--no-audit', '--no-fund', '--loglevel=error']);
  writeFileSync(stamp, lock);
}

/**
 * Installs where something is to be installed, without comparing checksums; says in one line which TensorFlow will run, and where it is not the
 * native one, why.
 */
function setUpTensorFlow() {
  const { status, stdout } = spawnSync(
    process.execPath,
    ['dist/dinnb.js', 'doctor', '--install', '--if-needed', '--json'],
    {
      cwd: root,
      stdio: ['ignore', 'pipe', 'inherit'],
      encoding: 'utf8',
      maxBuffer: 64 * 1024 * 1024,
    },
  );
  const report = stdout.startsWith('{') ? JSON.parse(stdout) : undefined;
  if (!report || status !== 0) fail(`Set-up failed: ${report?.problem ?? 'TensorFlow could not be examined'}`);
  const { chosen } = report;
  if (chosen.backend === 'native') {
    const folder = resolve(dirname(chosen.addon), '..', '..');
    return console.log(`TensorFlow ${chosen.tensorflow} (native), from ${folder}`);
  }
  console.log([chosen.notice, ...report.remedies.map((remedy) => `> ${remedy}`)].join('\n'));
}

function step(name, action) {
  const start = performance.now();
  action();
  const seconds = (performance.now() - start) / 1000;
  if (seconds > 2) console.log(`${name}: ${seconds.toFixed(0)} s`);
}

/**
 * npm is a script: this Node runs it by its path. No shell takes part, which would have its own idea of a space in
 * `C:\\Program Files` (and Windows starts `npm.cmd` through a shell only).
 */
function npm(args) {
  const beside = dirname(process.execPath);
  const scripts = [
    /npm-cli\.c?js$/.test(process.env.npm_execpath ?? '') ? process.env.npm_execpath : undefined,
    join(beside, 'node_modules', 'npm', 'bin', 'npm-cli.js'),
    join(beside, '..', 'lib', 'node_modules', 'npm', 'bin', 'npm-cli.js'),
  ];
  const script = scripts.find((file) => file !== undefined && existsSync(file));
  if (script) run(process.execPath, [script, ...args]);
  else if (process.platform === 'win32') fail(`There is no npm beside ${process.execPath}: run this with "npm start".`);
  else run('npm', args);
}

function run(command, args) {
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: 'inherit' });
  if (error) fail(`${command} could not be started: ${error.message}`);
  if (status !== 0) fail(`Set-up failed: ${command} ${args.join(' ')} ended with exit code ${status}.`);
}

function fail(message) {
  console.error(message);
  process.exit(1);
}
