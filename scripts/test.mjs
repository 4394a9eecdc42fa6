// `npm test`: style, types, then the rings of tests; ends with one line, `N passed, N failed, N skipped`.
// Usage: node scripts/test.mjs [unit] [integration] [package] [e2e]
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const rings = process.argv.length > 2 ? process.argv.slice(2) : ['unit', 'integration', 'package', 'e2e'];
const results = join(root, 'test-results');
mkdirSync(results, { recursive: true });

const total = { passed: 0, failed: 0, skipped: 0 };
const retried = [];
const running = new Set();
endWithWhoeverAsked();
const checks = [
  ['style', ['node_modules/@biomejs/biome/bin/biome', 'check', '.']],
  ['types', ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.json']],
  ['types of the renderers', ['node_modules/typescript/bin/tsc', '-p', 'renderers/tsconfig.json']],
];
await Promise.all(
  checks.map(async ([name, args]) => {
    const ok = await run(args);
    console.log(`${name}: ${ok ? 'passed' : 'FAILED'}`);
    total[ok ? 'passed' : 'failed'] += 1;
  }),
);

for (const ring of rings) {
  console.log(`\n${ring}`);
  const file = join(results, `${ring}.json`);
  const again = join(results, `${ring}.retried.json`);
  for (const old of [file, again]) rmSync(old, { force: true });
  const ok = await run(
    [
      'node_modules/vitest/vitest.mjs',
      'run',
      '--project',
      ring,
      '--reporter=default',
      '--reporter=json',
      '--reporter=./scripts/retried.mjs',
      `--outputFile.json=${file}`,
    ],
    { DINNB_RETRIED: again },
  );
  const counts = read(file);
  if (existsSync(again)) retried.push(...JSON.parse(readFileSync(again, 'utf8')));
  total.passed += counts.numPassedTests;
  total.skipped += counts.numPendingTests + counts.numTodoTests;
  // a suite that cannot even load has no failed test in it, but it has failed
  total.failed += Math.max(counts.numFailedTests, ok ? 0 : 1);
}

if (retried.length > 0)
  console.log(`\nPassed only when tried once more:\n${retried.map((name) => `- ${name}`).join('\n')}`);
const skipped = total.skipped > 0 ? `, ${total.skipped} skipped` : '';
console.log(`\n${total.passed} passed, ${total.failed} failed${skipped}`);
process.exit(total.failed > 0 || total.passed === 0 ? 1 : 0);

/** Runs a part to its end. Its process group is guarded: nothing of it outlives this process, killed or not. */
function run(args, env = {}) {
  return new Promise((done) => {
    const part = spawn(process.execPath, ['scripts/guard.mjs', process.execPath, ...args], {
      cwd: root,
      env: { ...process.env, ...env },
      detached: process.platform !== 'win32',
      stdio: ['pipe', 'inherit', 'inherit'],
    });
    running.add(part);
    part.on('close', (code) => {
      running.delete(part);
      done(code === 0);
    });
  });
}

/** Ctrl+C, a signal, or the end of npm's shell, which passes no signal on: what runs ends too. */
function endWithWhoeverAsked() {
  const end = (why, code) => {
    console.error(`\nThe tests were ended: ${why}.`);
    for (const part of running) part.stdin.end();
    process.exit(code);
  };
  process.on('SIGINT', () => end('SIGINT', 130));
  process.on('SIGTERM', () => end('SIGTERM', 143));
  process.on('SIGHUP', () => end('SIGHUP', 129));
  const parent = process.ppid;
  setInterval(() => process.ppid === parent || end('the process that started them is gone', 143), 500).unref();
}

function read(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    console.error(`${file} was not written: the test runner did not finish.`);
    return { numPassedTests: 0, numFailedTests: 1, numPendingTests: 0, numTodoTests: 0 };
  }
}
