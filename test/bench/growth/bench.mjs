// `npm run bench -- growth`: how the cost of a step grows with rows, embedding rows, history length and batch size, one
// axis at a time around the reference case. Each point runs in a process of its own.
import { execFileSync } from 'node:child_process';
import { cpus } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const here = dirname(fileURLToPath(import.meta.url));
const root = resolve(here, '..', '..', '..');
const { values: flags } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    axis: { type: 'string' },
    largest: { type: 'string', default: '1e7' },
    help: { type: 'boolean', default: false },
  },
});
if (flags.help) {
  console.log('npm run bench -- growth [--axis rows|users|history|batch] [--largest 1e7] [--json]');
  process.exit(0);
}

const AXES = {
  rows: { label: 'rows (batch 128)', values: [1e4, 1e5, 1e6, 1e7], point: (rows) => [rows, 128, 30_000, 5] },
  users: {
    label: 'embedding rows (batch 12)',
    values: [1e3, 1e4, 1e5, 1e6, 1e7],
    point: (users) => [1e5, 12, users, 5],
  },
  history: { label: 'history length (batch 12)', values: [5, 50, 500], point: (length) => [2e4, 12, 30_000, length] },
  batch: {
    label: 'batch size',
    values: [1, 12, 128, 1024, 8192],
    point: (batch) => [Math.max(1e5, 4 * batch), batch, 30_000, 5],
  },
};

const doctor = JSON.parse(
  execFileSync(process.execPath, [join(root, 'dist', 'dinnb.js'), 'doctor', '--json'], { encoding: 'utf8' }),
);
if (!doctor.chosen?.addon) {
  console.error('No native TensorFlow: run `node dist/dinnb.js doctor --install` first.');
  process.exit(1);
}

function measure(point) {
  const printed = execFileSync(
    process.execPath,
    ['--max-old-space-size=8192', join(here, 'measure.mjs'), doctor.chosen.addon, ...point.map(String)],
    { encoding: 'utf8', env: { ...process.env, TF_CPP_MIN_LOG_LEVEL: '3' }, stdio: ['ignore', 'pipe', 'ignore'] },
  );
  return JSON.parse(
    printed
      .split('\n')
      .find((line) => line.startsWith('@'))
      .slice(1),
  );
}

const results = [];
for (const [axis, { label, values, point }] of Object.entries(AXES)) {
  if (flags.axis && flags.axis !== axis) continue;
  for (const value of values.filter((v) => v <= Number(flags.largest))) {
    const result = { axis, value, ...measure(point(value)) };
    results.push(result);
    process.stderr.write(`${label} ${value}: ${result.wallMs.toFixed(3)} ms a step\n`);
  }
}
const machine = { node: process.version, cpu: cpus()[0].model, cores: cpus().length, date: new Date().toISOString() };
if (flags.json) console.log(JSON.stringify({ machine, results }));
else {
  for (const [axis, { label }] of Object.entries(AXES)) {
    const rows = results.filter((result) => result.axis === axis);
    if (rows.length === 0) continue;
    console.log(`\n| ${label} | ms a step | CPU ms | first step s | memory MB |\n|---|---|---|---|---|`);
    for (const { value, wallMs, cpuMs, firstStepSeconds, rssMB } of rows)
      console.log(
        `| ${value.toLocaleString('en')} | ${wallMs.toFixed(3)} | ${cpuMs.toFixed(3)} | ${firstStepSeconds.toFixed(2)} | ${rssMB.toFixed(0)} |`,
      );
  }
}
