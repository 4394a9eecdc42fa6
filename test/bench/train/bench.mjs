// `npm run bench -- train`: training steps of the reference case, dinnb against Keras, PyTorch and eager tfjs-node.
// Peers take turns round by round on the same machine; medians, CPU seconds beside wall, ratios to dinnb. Last, the whole
// reference run: five epochs at batch 12, set-up included.
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { CASES, ROWS, referenceShape, writeForPeers } from './data.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const root = resolve(here, '..', '..', '..');
const { values: flags } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    case: { type: 'string', default: 'reference' },
    batch: { type: 'string', default: '12,128,1024' },
    rounds: { type: 'string', default: '5' },
    python: { type: 'string', default: process.env.PYTHON ?? 'python3' },
    only: { type: 'string' },
    'no-whole': { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
if (flags.help) {
  console.log(
    'npm run bench -- train [--case reference|long] [--batch 12,128,1024] [--rounds 5] [--only NAME,...] [--no-whole] [--python PYTHON] [--json]',
  );
  console.log(
    'PYTHON: an interpreter that has tensorflow (Keras 3), torch, jax and optax; peers that are missing are named.',
  );
  process.exit(0);
}
if (!Object.hasOwn(CASES, flags.case)) {
  console.error(`--case is one of ${Object.keys(CASES).join(', ')}, not '${flags.case}'.`);
  process.exit(1);
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
const missing = ['keras', 'torch', 'optax'].filter((module) => !has(module));
for (const module of missing)
  note(`peer missing: ${module} (no such module in ${flags.python}; --python chooses another)`);

/** Steps a round: long enough to time, short enough to take turns; an epoch's whole rows for dinnb. */
function contestants(batch, data) {
  const whole = Math.floor(ROWS / batch);
  const some = (steps) => Math.min(steps, whole);
  const peer = (file) => join(here, 'peers', file);
  const own = (mode, steps) => ({
    command: process.execPath,
    args: [peer('dinnb.mjs'), addon, batch, steps, mode, flags.case],
  });
  const few = some(batch < 1000 ? 100 : 40);
  return [
    { name: 'dinnb', ...own('xla', whole) },
    { name: 'dinnb, eager', ...own('off', few) },
    { name: 'tfjs-node', command: process.execPath, args: [peer('tfjs.mjs'), addon, batch, few, flags.case] },
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
    ...(missing.includes('optax')
      ? []
      : [{ name: 'jax', command: flags.python, args: [peer('jax_din.py'), data, batch, some(1000)] }]),
  ];
}

/** A running peer: `ready()` once it has warmed up, then `round()` as often as wanted. */
function start({ name, command, args }) {
  const child = spawn(command, args.map(String), {
    env: { ...process.env, TF_CPP_MIN_LOG_LEVEL: '3' },
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
  const others = rows.filter(({ name }) => !/^(dinnb|tfjs)/.test(name)).sort((a, b) => a.wallMs - b.wallMs);
  return {
    batch,
    best: own && others.length ? { name: others[0].name, times: others[0].wallMs / own.wallMs } : null,
    rows: rows.map((row) => ({ ...row, ratio: own ? row.wallMs / own.wallMs : null })),
    failed: peers.filter((p) => p.failed).map((p) => ({ name: p.description.name, reason: p.failed })),
  };
}

/** The whole reference run of each, one after the other: one message each. */
async function measureWhole(data) {
  const runs = [
    { name: 'dinnb', command: process.execPath, args: [join(here, 'peers', 'whole.mjs'), addon] },
    ...(missing.includes('keras')
      ? []
      : [{ name: 'keras', command: flags.python, args: [join(here, 'peers', 'keras_din.py'), data, 12, 0] }]),
  ];
  const results = [];
  for (const run of runs) {
    const peer = start(run);
    results.push({ name: run.name, ...(await peer.ready()) });
    peer.stop();
    note(`whole run: ${run.name} ${results.at(-1).wall.toFixed(1)} s`);
  }
  return results;
}

const folder = mkdtempSync(join(tmpdir(), 'dinnb-bench-'));
try {
  writeForPeers(folder, referenceShape(ROWS, CASES[flags.case]));
  const results = [];
  for (const batch of flags.batch.split(',').map(Number)) results.push(await measure(batch, folder));
  const machine = { node: process.version, cpu: cpus()[0].model, cores: cpus().length, date: new Date().toISOString() };
  const whole = flags['no-whole'] || flags.case !== 'reference' ? [] : await measureWhole(folder);
  if (flags.json) console.log(JSON.stringify({ machine, case: flags.case, missing, results, whole }));
  else {
    console.log(`\n${machine.cpu}, ${machine.cores} cores, Node ${machine.node}`);
    for (const { batch, rows, best } of results) {
      console.log(
        `\n| ${flags.case === 'reference' ? '' : `${flags.case}, `}batch ${batch} | ms a step (min to max) | CPU ms | times dinnb's | set-up s |\n|---|---|---|---|---|`,
      );
      for (const r of rows) {
        console.log(
          `| ${r.name}${r.engine ? ` (${r.engine})` : ''} | ${r.wallMs.toFixed(3)} (${r.minWallMs.toFixed(3)} to ${r.maxWallMs.toFixed(3)}) | ${r.cpuMs.toFixed(3)} | ${r.ratio?.toFixed(1) ?? '-'} | ${r.setupSeconds.toFixed(1)} |`,
        );
      }
      if (best) console.log(`\nbest peer: ${best.name}, ${best.times.toFixed(1)} times dinnb's time a step`);
    }
    for (const { name, wall, cpu, firstStepSeconds, memory } of whole) {
      console.log(`\nwhole reference run, ${name}: ${wall.toFixed(1)} s, ${cpu.toFixed(1)} CPU s`);
      if (memory) {
        const megabytes = Object.entries(memory).map(([key, value]) => `${key} ${value.toFixed(0)}`);
        console.log(`first step after ${firstStepSeconds.toFixed(2)} s; ${megabytes.join(', ')}`);
      }
    }
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
