// `npm start`: runs the sample notebook in a fresh kernel and writes the report. Arguments go to `dinnb run`.
import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const report = join(root, 'out', 'din-movielens.html');
const executed = join(root, 'out', 'din-movielens.dinnb');
mkdirSync(dirname(report), { recursive: true });

const notebook = join('notebooks', 'din-movielens.dinnb');
const { status } = spawnSync(
  process.execPath,
  [join('dist', 'dinnb.js'), 'run', notebook, '--html', report, '--out', executed, ...process.argv.slice(2)],
  { cwd: root, stdio: 'inherit' },
);
if (status === 0) {
  const more = process.argv.length > 2 ? '' : '\nReal data: npm start -- --param data=movielens';
  console.log(`
Report:    ${pathToFileURL(report)}   (one file, open it in a browser)
Notebook:  npm run vscode             (opens ${notebook} in VS Code)${more}`);
}
process.exit(status ?? 1);
