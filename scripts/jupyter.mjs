// Jupyter for the tests (`nbformat` and JupyterLab), in an environment of its own in the cache. What needs it is skipped aloud where there is
// no Python 3 or no package index in reach. Usage: node scripts/jupyter.mjs
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { cacheFolder } from './vscode/paths.mjs';

const PACKAGES = ['nbformat==5.11.1', 'jupyterlab==4.6.4'];
const MINUTES = 5;

const folder = path.join(cacheFolder(), 'jupyter');
const pythonOf = (environment) =>
  path.join(environment, ...(process.platform === 'win32' ? ['Scripts', 'python.exe'] : ['bin', 'python']));

/** A Python that has Jupyter: `DINNB_TEST_PYTHON`, or the one in the cache. */
export function findJupyter() {
  const own = process.env.DINNB_TEST_PYTHON;
  if (own) return own;
  const stamp = path.join(folder, '.installed');
  return existsSync(stamp) && readFileSync(stamp, 'utf8') === PACKAGES.join() ? pythonOf(folder) : undefined;
}

function install() {
  const partial = `${folder}.partial-${process.pid}`;
  try {
    mkdirSync(path.dirname(folder), { recursive: true });
    const python = ['python3', 'python'].find(
      (name) => run(name, ['-c', 'import sys; sys.exit(sys.version_info < (3, 10))']).ok,
    );
    if (!python) return 'there is no Python 3.10 or newer';
    console.log(
      `Installing ${PACKAGES.join(' and ')} for the tests (240 MB on disk) into ${folder}: about a minute ...`,
    );
    const flags = ['--quiet', '--disable-pip-version-check', '--retries', '1', '--no-compile'];
    const made = run(python, ['-m', 'venv', partial]);
    const installed = made.ok ? run(pythonOf(partial), ['-m', 'pip', 'install', ...flags, ...PACKAGES]) : made;
    if (!installed.ok) return installed.said;
    writeFileSync(path.join(partial, '.installed'), PACKAGES.join());
    rmSync(folder, { recursive: true, force: true });
    renameSync(partial, folder); // programs find their packages from where they lie
    return undefined;
  } finally {
    rmSync(partial, { recursive: true, force: true });
  }
}

function run(command, args) {
  const { status, error, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8', timeout: MINUTES * 60_000 });
  return { ok: status === 0, said: error?.message ?? `${stdout}${stderr}`.trim().split('\n').at(-1) };
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href && !findJupyter()) {
  const problem = install();
  if (problem) console.log(`Jupyter could not be installed, tests with it are skipped: ${problem}`);
}
