// `npm run bench -- NAME [options]`: benchmarks, each a folder of test/bench. They print ratios against peers in the same run.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const folder = join(root, 'test', 'bench');
const [name, ...args] = process.argv.slice(2);
const names = readdirSync(folder).filter((entry) => existsSync(join(folder, entry, 'bench.mjs')));
if (!name || !names.includes(name)) {
  console.error(`usage: npm run bench -- ${names.join(' | ')} [--json] [--help]`);
  process.exit(2);
}
const { status } = spawnSync(process.execPath, [join(folder, name, 'bench.mjs'), ...args], {
  cwd: root,
  stdio: 'inherit',
});
process.exit(status ?? 1);
