// `npm run bench -- kernel`: what a cell costs from the host to the kernel and back, how soon after the start the first values are there,
// and how soon an interrupted cell has ended; Jupyter kernels of others in the same run.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';

const here = dirname(fileURLToPath(import.meta.url));
const root = resolve(here, '..', '..', '..');
const { values: flags } = parseArgs({
  options: {
    python: { type: 'string', default: process.env.DINNB_BENCH_PYTHON ?? 'python3' },
    deno: { type: 'string', default: 'deno' },
    tslab: { type: 'string', default: 'tslab' },
    runs: { type: 'string', default: '200' },
    rounds: { type: 'string', default: '3' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
if (flags.help) {
  console.log('npm run bench -- kernel [--python P] [--deno D] [--tslab T] [--runs 200] [--rounds 3] [--json]');
  console.log('P needs jupyter_client, and ipykernel to be measured itself. What is not there is named and left out.');
  process.exit(0);
}

// Python's TensorFlow up to the value of a tensor.
const TENSORFLOW = 'import tensorflow as tf; float(tf.reduce_sum(tf.ones([2])))';
const folder = mkdtempSync(join(tmpdir(), 'dinnb-bench-'));
try {
  // The bundle looks for the kernel in the folder dist two above its own.
  const measure = join(folder, 'bench', 'kernel', 'measure.cjs');
  mkdirSync(dirname(measure), { recursive: true });
  symlinkSync(join(root, 'dist'), join(folder, 'dist'), 'junction');
  const entryPoints = [join(here, 'measure.ts')];
  await build({ entryPoints, outfile: measure, bundle: true, platform: 'node', logLevel: 'error' });
  const doctor = JSON.parse(
    execFileSync(process.execPath, [join(root, 'dist', 'dinnb.js'), 'doctor', '--json'], { encoding: 'utf8' }),
  );
  const runtime = doctor.chosen?.addon
    ? { backend: 'native', addon: doctor.chosen.addon, tensorflow: '2' }
    : { backend: 'wasm' };

  const peers = {
    dinnb: [process.execPath, measure, join(folder, 'x.dinnb'), JSON.stringify(runtime), flags.runs],
    ...jupyter('ipykernel', '1+1', flags.python, '-m', 'ipykernel_launcher', '-f', '{connection_file}'),
    ...jupyter('deno', '1+1', flags.deno, 'jupyter', '--kernel', '--conn', '{connection_file}'),
    ...jupyter('tslab', '1+1', flags.tslab, 'kernel', '--config-path={connection_file}'),
    ...jupyter('import tensorflow', TENSORFLOW, flags.python, '-m', 'ipykernel_launcher', '-f', '{connection_file}'),
  };
  const results = {};
  // Turn by turn: what else the machine does falls on all alike.
  for (let round = 0; round < Number(flags.rounds); round++) {
    for (const [name, command] of Object.entries(peers)) {
      if (results[name]?.missing) continue;
      const { stdout, stderr, status } = spawnSync(command[0], command.slice(1), {
        encoding: 'utf8',
        timeout: 300_000,
      });
      const line = stdout?.split('\n').find((text) => text.startsWith('@'));
      if (status !== 0 || !line) results[name] = { missing: stderr?.trim().split('\n').at(-1) || 'no such command' };
      else add(name, JSON.parse(line.slice(1)));
    }
  }
  if (flags.json) console.log(JSON.stringify(results));
  else print(results, runtime.backend);

  function add(name, { first, tensor, trips, interrupts = {} }) {
    results[name] ??= { first: [], tensor: [], trips: [], interrupts: {} };
    results[name].first.push(first);
    if (tensor !== undefined) results[name].tensor.push(tensor);
    results[name].trips.push(...trips);
    for (const [tier, ms] of Object.entries(interrupts)) {
      results[name].interrupts[tier] ??= [];
      results[name].interrupts[tier].push(ms);
    }
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function jupyter(name, first, ...command) {
  return { [name]: [flags.python, join(here, 'peer.py'), flags.runs, first, ...command] };
}

function print(results, backend) {
  console.log(
    `dinnb on the ${backend} backend; ${flags.rounds} rounds of ${flags.runs} cells, turn by turn; milliseconds`,
  );
  console.log('                     1+1 median     p95   first value');
  for (const [name, { missing, trips, first, tensor }] of Object.entries(results)) {
    if (missing !== undefined) console.log(`${name.padEnd(20)} missing: ${missing}`);
    else {
      const more = tensor.length > 0 ? `, of a tensor ${at(tensor, 0.5).toFixed(0)}` : '';
      console.log(
        `${name.padEnd(20)} ${at(trips, 0.5).toFixed(2).padStart(10)} ${at(trips, 0.95).toFixed(2).padStart(7)} ${at(first, 0.5).toFixed(0).padStart(10)}${more}`,
      );
    }
  }
  for (const [tier, ms] of Object.entries(results.dinnb.interrupts ?? {}))
    console.log(`interrupted, ${tier}: idle after ${at(ms, 0.5).toFixed(0)} (at most ${Math.max(...ms).toFixed(0)})`);
}

function at(values, part) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))];
}
