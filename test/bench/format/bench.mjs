// `npm run bench -- format`: a notebook of 10,000 cells and 100 MB opens, is saved, is compared and is merged; what a check
// costs beyond the run. Each in a process of its own.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';

const here = dirname(fileURLToPath(import.meta.url));
const dinnb = join(resolve(here, '..', '..', '..'), 'dist', 'dinnb.js');
const { values: flags } = parseArgs({ options: { json: { type: 'boolean' }, help: { type: 'boolean' } } });
if (flags.help) {
  console.log('npm run bench -- format [--json]');
  process.exit(0);
}
const folder = mkdtempSync(join(tmpdir(), 'dinnb-bench-'));
try {
  const measure = join(folder, 'measure.cjs');
  await build({
    entryPoints: [join(here, 'measure.ts')],
    outfile: measure,
    bundle: true,
    platform: 'node',
    logLevel: 'error',
  });
  const run = (operation) =>
    JSON.parse(execFileSync(process.execPath, [measure, operation, folder], { encoding: 'utf8' }));
  run('make');
  const size = statSync(join(folder, 'base.dinnb')).size / 1e6;
  const results = Object.fromEntries(
    ['open', 'save', 'diff', 'merge'].map((operation) => {
      const best = [run(operation), run(operation), run(operation)].sort((a, b) => a.seconds - b.seconds)[0];
      return [operation, best];
    }),
  );
  results.check = await checkCost();
  if (flags.json) console.log(JSON.stringify({ megabytes: size, ...results }));
  else {
    console.log(`10,000 cells, ${size.toFixed(0)} MB; the best of three, each in a process of its own`);
    for (const [name, { seconds, cpuSeconds, megabytes }] of Object.entries(results)) {
      const more =
        megabytes === undefined ? '' : `, processors ${cpuSeconds.toFixed(1)} s, at most ${megabytes.toFixed(0)} MB`;
      console.log(`${name.padEnd(6)} ${seconds.toFixed(2)} s${more}`);
    }
    console.log(
      'open: read and parse; diff: what git compares, of one version; merge: read three, write one; check: beyond the run.',
    );
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** Seconds that `dinnb check` takes beyond `dinnb run`, of a notebook that prints a thousand lines; best of three each. */
async function checkCost() {
  const notebook = join(folder, 'small.dinnb');
  const source = [
    'for (let line = 0; line < 1000; line++) console.log(line, Math.sqrt(line));',
    'tf.ones([2, 2]).dataSync()',
  ];
  const cells = source.map((text, index) => ({ id: `cell${index}`, kind: 'code', source: [text] }));
  writeFileSync(notebook, JSON.stringify({ format: 'dinnb', version: 1, language: 'typescript', cells }));
  const seconds = (...args) => {
    const start = performance.now();
    const { status, stderr } = spawnSync(process.execPath, [dinnb, ...args], { encoding: 'utf8' });
    if (status !== 0) throw new Error(`dinnb ${args.join(' ')} ended with ${status}: ${stderr}`);
    return (performance.now() - start) / 1000;
  };
  const best = (...args) => Math.min(seconds(...args), seconds(...args), seconds(...args));
  const run = best('run', notebook, '--out', notebook);
  return { seconds: best('check', notebook) - run };
}
