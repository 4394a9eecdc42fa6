// `npm run bench -- data`: from files to samples, dinnb against polars in the same run. Ratings to samples; reading and encoding a
// click log from Parquet; a vocabulary of a million ids; the reference case from raw files to a trained model; an epoch streamed from disk
// against the resident one; steps of a log of any size. Each task is a process of its own; both do the same work, which sums of every
// column show.
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const here = dirname(fileURLToPath(import.meta.url));
const root = resolve(here, '..', '..', '..');
const TASKS = ['samples', 'encode', 'vocabulary', 'reference', 'streamed', 'endless'];
const { values: flags } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    only: { type: 'string', default: TASKS.join(',') },
    ratings: { type: 'string', default: '2e6,2e7' },
    rows: { type: 'string', default: '1e7' },
    'epoch-rows': { type: 'string', default: '1e6' },
    'endless-rows': { type: 'string', default: '1e6,1e8' },
    rounds: { type: 'string', default: '1' },
    folder: { type: 'string' },
    python: { type: 'string', default: process.env.PYTHON ?? 'python3' },
    help: { type: 'boolean', default: false },
  },
});
const only = flags.only.split(',');
if (flags.help || only.some((task) => !TASKS.includes(task))) {
  console.log(
    `npm run bench -- data [--only ${TASKS.join(',')}] [--ratings 2e6,2e7] [--rows 1e7] [--epoch-rows 1e6] [--endless-rows 1e6,1e8] [--rounds 1] [--folder FOLDER] [--python PYTHON] [--json]`,
  );
  console.log('PYTHON: an interpreter that has polars; without it the peer is named as missing.');
  console.log(
    'FOLDER: where the generated files stay for the next run; else they are temporary. 20 million ratings need 3 GB, 100 million clicks 12 GB.',
  );
  process.exit(flags.help ? 0 : 2);
}
const note = (text) => process.stderr.write(`${text}\n`);

const doctor = JSON.parse(
  execFileSync(process.execPath, [join(root, 'dist', 'dinnb.js'), 'doctor', '--json'], { encoding: 'utf8' }),
);
const addon = doctor.chosen?.addon;
if (!addon && only.some((task) => task !== 'samples')) {
  note('No native TensorFlow: run `node dist/dinnb.js doctor --install` first, or choose --only samples.');
  process.exit(1);
}
const polars = spawnSync(flags.python, ['-c', 'import polars'], { stdio: 'ignore' }).status === 0;
if (!polars) note(`peer missing: polars (no such module in ${flags.python}; --python chooses another)`);

/** The line that a task prints. Its peak of memory is its own: nothing large ever runs in this process. */
function run(command, args) {
  return new Promise((done, fail) => {
    const child = spawn(command, args.map(String), {
      env: { ...process.env, TF_CPP_MIN_LOG_LEVEL: '3' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let printed = '';
    let errors = '';
    child.stdout.on('data', (chunk) => {
      printed += chunk;
    });
    child.stderr.on('data', (chunk) => {
      errors = (errors + chunk).slice(-4000);
    });
    child.on('close', (status, signal) => {
      const line = printed.split('\n').find((each) => each.startsWith('@'));
      if (status === 0 && line) done(JSON.parse(line.slice(1)));
      else fail(new Error(`${command} ${args.join(' ')} ended with ${signal ?? status}:\n${errors}`));
    });
  });
}
const dinnb = (task, argument) =>
  run(process.execPath, ['--max-old-space-size=8192', join(here, 'peers', 'dinnb.mjs'), task, argument, addon ?? '']);
const peer = (task, argument) => run(flags.python, [join(here, 'peers', 'peer.py'), task, argument]);

function generated(kind, rows) {
  const target = join(folder, `${kind}-${rows}`);
  if (existsSync(target)) return target;
  note(`writing ${rows.toLocaleString('en')} ${kind} ...`);
  const partial = `${target}.partial`;
  rmSync(partial, { recursive: true, force: true });
  mkdirSync(partial, { recursive: true });
  execFileSync(process.execPath, [join(here, 'generate.mjs'), kind, String(rows), partial], { stdio: 'inherit' });
  renameSync(partial, target);
  return target;
}

/** Turn by turn; of each the round with the median time. */
async function measure(name, target, contestants) {
  const rounds = contestants.map(() => []);
  for (let k = 0; k < Number(flags.rounds); k++) {
    for (const [i, contestant] of contestants.entries()) {
      rounds[i].push(await contestant.run());
      const { seconds, cpuSeconds, peakMB, msPerStep } = rounds[i].at(-1);
      const step = msPerStep === undefined ? '' : `, ${msPerStep.toFixed(2)} ms a step`;
      note(
        `${name}, ${contestant.name}: ${seconds.toFixed(1)} s, ${cpuSeconds.toFixed(1)} CPU s, ${(peakMB / 1024).toFixed(2)} GB${step}`,
      );
    }
  }
  const rows = rounds.map((each, i) => ({
    name: contestants[i].name,
    ...[...each].sort((a, b) => a.seconds - b.seconds)[each.length >> 1],
  }));
  for (const other of rows.slice(1)) if (other.sums) compare(name, rows[0].sums, other.sums);
  return { name, target, rows: rows.map(({ sums, ...row }) => row) };
}

function compare(name, own, theirs) {
  for (const column of Object.keys(own)) {
    if (!(Math.abs(own[column] - theirs[column]) <= 1e-7 * Math.abs(own[column]))) {
      throw new Error(
        `${name}: column ${column} is another in the peer: its weighted sum is ${theirs[column]}, ours ${own[column]}.`,
      );
    }
  }
}

const both = (task, argument) => [
  { name: 'dinnb', run: () => dinnb(task, argument) },
  ...(polars ? [{ name: 'polars', run: () => peer(task, argument) }] : []),
];

const temporary = flags.folder === undefined;
const folder = temporary ? mkdtempSync(join(tmpdir(), 'dinnb-bench-')) : resolve(flags.folder);
try {
  const results = [];
  if (only.includes('samples')) {
    const targets = { 2e6: { seconds: 12, peakGB: 1.5 }, 2e7: { seconds: 150, peakGB: 8 } };
    for (const rows of flags.ratings.split(',').map(Number)) {
      const files = generated('ratings', rows);
      results.push(
        await measure(`${rows.toLocaleString('en')} ratings to samples`, targets[rows], both('samples', files)),
      );
      if (temporary) rmSync(files, { recursive: true });
    }
  }
  if (only.includes('encode')) {
    const rows = Number(flags.rows);
    const files = generated('events', rows);
    const target = rows === 1e7 ? { seconds: 20 } : undefined;
    results.push(
      await measure(`${rows.toLocaleString('en')} rows of Parquet read and encoded`, target, both('encode', files)),
    );
  }
  if (only.includes('vocabulary')) {
    const run = () => dinnb('vocabulary', 1e6);
    results.push(await measure('a vocabulary of 1,000,000 text ids', { seconds: 2 }, [{ name: 'dinnb', run }]));
  }
  if (only.includes('reference')) {
    const published = join(process.env.DINNB_DATA ?? '', 'ml-latest-small');
    const found = process.env.DINNB_DATA && existsSync(join(published, 'ratings.csv'));
    if (!found) note('DINNB_DATA/ml-latest-small is not there: 100,836 generated ratings stand in.');
    const run = () => dinnb('reference', found ? published : generated('ratings', 100_836));
    results.push(await measure('the reference case, raw files to trained model', undefined, [{ name: 'dinnb', run }]));
  }
  if (only.includes('streamed')) {
    const rows = Number(flags['epoch-rows']);
    const files = generated('events', rows);
    const contestants = ['streamed', 'resident'].map((name) => ({ name, run: () => dinnb(name, files) }));
    results.push(
      await measure(`an epoch of ${rows.toLocaleString('en')} rows, batch 1024`, { ratio: 1.3 }, contestants),
    );
  }
  if (only.includes('endless')) {
    const contestants = flags['endless-rows'].split(',').map((rows) => ({
      name: `${Number(rows).toLocaleString('en')} rows`,
      run: () => dinnb('endless', generated('clicks', Number(rows))),
    }));
    results.push(await measure('700 steps from disk, batch 1024', { peakGB: 4 }, contestants));
  }
  const machine = { node: process.version, cpu: cpus()[0].model, cores: cpus().length, date: new Date().toISOString() };
  const missing = polars ? [] : ['polars'];
  if (flags.json) console.log(JSON.stringify({ machine, missing, results }));
  else {
    console.log(`\n${machine.cpu}, ${machine.cores} cores, Node ${machine.node}`);
    console.log('\n| | seconds | CPU s | peak GB | ms a step | target |\n|---|---|---|---|---|---|');
    for (const { name, target = {}, rows } of results) {
      const aims = [
        target.seconds && `${target.seconds} s`,
        target.peakGB && `${target.peakGB} GB`,
        target.ratio && `${target.ratio} times`,
      ];
      for (const [i, { name: who, seconds, cpuSeconds, peakMB, msPerStep }] of rows.entries()) {
        const cells = [
          seconds.toFixed(1),
          cpuSeconds.toFixed(1),
          (peakMB / 1024).toFixed(2),
          msPerStep?.toFixed(2) ?? '',
        ];
        console.log(`| ${name}, ${who} | ${cells.join(' | ')} | ${i === 0 ? aims.filter(Boolean).join(', ') : ''} |`);
      }
    }
  }
} finally {
  if (temporary) rmSync(folder, { recursive: true, force: true });
}
