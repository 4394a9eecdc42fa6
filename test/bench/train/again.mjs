// The reference case trained twice in a kernel, then in a new one: what tracing and compiling cost where something is kept.
// usage: node test/bench/train/again.mjs [--steps 3333] [--graph xla]
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const here = dirname(fileURLToPath(import.meta.url));
const root = resolve(here, '..', '..', '..');
const { values: flags } = parseArgs({
  options: { steps: { type: 'string', default: '3333' }, graph: { type: 'string', default: 'xla' } },
});
const text = (args, env = {}) =>
  execFileSync(process.execPath, args, {
    encoding: 'utf8',
    env: { ...process.env, TF_CPP_MIN_LOG_LEVEL: '3', ...env },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
const { addon } = JSON.parse(text([join(root, 'dist', 'dinnb.js'), 'doctor', '--json'])).chosen;
const cache = mkdtempSync(join(tmpdir(), 'dinnb-xla-'));
try {
  console.log(
    '| kernel | fit | first step ms | CPU ms | all ms | CPU ms | steps ran as |\n|---|---|---|---|---|---|---|',
  );
  for (const [kernel, where] of [
    ['nothing kept', 'off'],
    ['the first', cache],
    ['a new one', cache],
  ]) {
    const args = [join(here, 'peers', 'again.mjs'), addon, flags.steps, flags.graph];
    for (const line of text(args, { DINNB_XLA_CACHE: where }).split('\n')) {
      if (!line.startsWith('@')) continue;
      const { fit, first, all, engine } = JSON.parse(line.slice(1));
      const numbers = [first.wall, first.cpu, all.wall, all.cpu].map((seconds) => (1e3 * seconds).toFixed(0));
      console.log(`| ${kernel} | ${fit} | ${numbers.join(' | ')} | ${engine} |`);
    }
  }
} finally {
  rmSync(cache, { recursive: true, force: true });
}
