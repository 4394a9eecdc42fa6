// `npm run bench -- kernel`: what a cell costs from the host to the kernel and back, how soon after the start the first values are there,
// and how soon an interrupted cell has ended; Jupyter kernels of others in the same run.
import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { chosenRuntime, percentile, withBundles } from '../shared.mjs';

const here = dirname(fileURLToPath(import.meta.url));
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
await withBundles(here, ['measure'], 2, (folder, bundle) => {
  const runtime = chosenRuntime();
  const peers = {
    dinnb: [process.execPath, bundle('measure'), join(folder, 'x.dinnb'), JSON.stringify(runtime), flags.runs],
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
});

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
      const more = tensor.length > 0 ? `, of a tensor ${percentile(tensor, 0.5).toFixed(0)}` : '';
      console.log(
        `${name.padEnd(20)} ${percentile(trips, 0.5).toFixed(2).padStart(10)} ${percentile(trips, 0.95).toFixed(2).padStart(7)} ${percentile(first, 0.5).toFixed(0).padStart(10)}${more}`,
      );
    }
  }
  for (const [tier, ms] of Object.entries(results.dinnb.interrupts ?? {}))
    console.log(
      `interrupted, ${tier}: idle after ${percentile(ms, 0.5).toFixed(0)} (at most ${Math.max(...ms).toFixed(0)})`,
    );
}
