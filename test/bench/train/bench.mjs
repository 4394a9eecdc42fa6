// `npm run bench -- train`: training steps of the reference case, dinnb against Keras, PyTorch and eager tfjs-node.
// Peers take turns round by round on the same machine; medians, CPU seconds beside wall, ratios first.
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { ROWS, referenceShape, writeForPeers } from './data.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const root = resolve(here, '..', '..', '..');
const { values: flags } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    batch: { type: 'string', default: '12,128,1024' },
    rounds: { type: 'string', default: '5' },
    python: { type: 'string', default: process.env.PYTHON ?? 'python3' },
    only: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});
if (flags.help) {
  console.log('npm run bench -- train [--batch 12,128,1024] [--rounds 5] [--python PYTHON] [--json]');
  console.log('PYTHON: an interpreter that has tensorflow (Keras 3) and torch; peers that are missing are named.');
  process.exit(0);
}
const note = (text) => process.stderr.write(`${text}\n`);

const doctor = JSON.parse(
  execFileSync(process.execPath, [join(root, 'dist', 'dinnb.js'), 'doctor', '--json'], { encoding: 'utf8' }),
);
const addon = doctor.chosen?.addon;
if (!addon) {
  note('No native TensorFlow: run `node dist/dinnb.js doctor --install` first.');
  process.exit(1);
}
const has = (module) => spawnSync(flags.python, ['-c', `import ${module}`], { stdio: 'ignore' }).status === 0;
const missing = ['keras', 'torch'].filter((module) => !has(module));
for (const module of missing)
  note(`peer missing: ${module} (no such module in ${flags.python}; --python chooses another)`);

/** Steps a round: long enough to time, short enough to take turns; an epoch's whole rows for dinnb. */
function contestants(batch, data) {
  const whole = Math.floor(ROWS / batch);
  const some = (steps) => Math.min(steps, whole);
  const peer = (file) => join(here, 'peers', file);
  const env = { TF_NUM_INTRAOP_THREADS: '1', TF_NUM_INTEROP_THREADS: '1' };
  const own = (mode, steps) => ({
    command: process.execPath,
    args: [peer('dinnb.mjs'), addon, batch, steps, mode],
    env,
  });
  return [
    { name: 'dinnb', ...own('xla', whole) },
    { name: 'dinnb, plain graph', ...own('graph', some(3000)) },
    { name: 'tfjs-node eager', ...own('off', some(batch < 1000 ? 100 : 40)) },
    ...(missing.includes('keras')
      ? []
      : [{ name: 'keras', command: flags.python, args: [peer('keras_din.py'), data, batch, some(1000)] }]),
    ...(missing.includes('torch')
      ? []
      : ['eager', 'compiled'].map((mode) => ({
          name: `torch ${mode}`,
          command: flags.python,
          args: [peer('torch_din.py'), data, batch, some(1000), mode],
        }))),
  ];
}

/** A running peer: `ready()` once it has warmed up, then `round()` as often as wanted. */
function start({ name, command, args, env }) {
  const child = spawn(command, args.map(String), {
    env: { ...process.env, TF_CPP_MIN_LOG_LEVEL: '3', ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let errors = '';
  child.stderr.on('data', (chunk) => {
    errors = (errors + chunk).slice(-4000);
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async () => {
    for (;;) {
      const { value, done } = await lines.next();
      if (done) throw new Error(`${name} ended early:\n${errors}`);
      const text = value.replace(/^@/, '');
      if (text.startsWith('{')) return JSON.parse(text);
    }
  };
  return {
    name,
    ready: next,
    round() {
      child.stdin.write('go\n');
      return next();
    },
    stop() {
      child.stdin.end();
      child.kill();
    },
  };
}

const median = (values) => [...values].sort((a, b) => a - b)[values.length >> 1];

async function measure(batch, data) {
  const wanted = flags.only?.split(',');
  const chosen = contestants(batch, data).filter(({ name }) => !wanted || wanted.includes(name));
  const peers = chosen.map((description) => ({ description, rounds: [] }));
  for (const peer of peers) {
    peer.process = start(peer.description);
    try {
      peer.ready = await peer.process.ready();
      note(`batch ${batch}: ${peer.description.name} ready after ${peer.ready.setup.wall.toFixed(1)} s`);
    } catch (error) {
      peer.failed = error.message;
      note(`batch ${batch}: ${error.message}`);
    }
  }
  const running = peers.filter((peer) => !peer.failed);
  for (let k = 0; k < Number(flags.rounds); k++)
    for (const peer of running) peer.rounds.push(await peer.process.round());
  for (const peer of peers) peer.process.stop();
  const rows = running.map(({ description, ready, rounds }) => ({
    name: description.name,
    version: ready.version,
    engine: rounds.at(-1).engine,
    setupSeconds: ready.setup.wall,
    wallMs: 1e3 * median(rounds.map(({ wall, steps }) => wall / steps)),
    minWallMs: 1e3 * Math.min(...rounds.map(({ wall, steps }) => wall / steps)),
    maxWallMs: 1e3 * Math.max(...rounds.map(({ wall, steps }) => wall / steps)),
    cpuMs: 1e3 * median(rounds.map(({ cpu, steps }) => cpu / steps)),
  }));
  const own = rows.find(({ name }) => name === 'dinnb');
  return {
    batch,
    rows: rows.map((row) => ({ ...row, ratio: own ? row.wallMs / own.wallMs : null })),
    failed: peers.filter((p) => p.failed).map((p) => ({ name: p.description.name, reason: p.failed })),
  };
}

const folder = mkdtempSync(join(tmpdir(), 'dinnb-bench-'));
try {
  writeForPeers(folder, referenceShape());
  const results = [];
  for (const batch of flags.batch.split(',').map(Number)) results.push(await measure(batch, folder));
  const machine = { node: process.version, cpu: cpus()[0].model, cores: cpus().length, date: new Date().toISOString() };
  if (flags.json) console.log(JSON.stringify({ machine, missing, results }));
  else {
    console.log(`\n${machine.cpu}, ${machine.cores} cores, Node ${machine.node}`);
    for (const { batch, rows } of results) {
      console.log(
        `\n| batch ${batch} | ms a step (min to max) | CPU ms | times dinnb's | set-up s |\n|---|---|---|---|---|`,
      );
      for (const r of rows) {
        console.log(
          `| ${r.name}${r.engine ? ` (${r.engine})` : ''} | ${r.wallMs.toFixed(3)} (${r.minWallMs.toFixed(3)} to ${r.maxWallMs.toFixed(3)}) | ${r.cpuMs.toFixed(3)} | ${r.ratio?.toFixed(1) ?? '-'} | ${r.setupSeconds.toFixed(1)} |`,
        );
      }
    }
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
