// `npm test`: style, types, then the three rings of tests; ends with one line, `N passed, N failed, N skipped`.
// Usage: node scripts/test.mjs [unit] [integration] [e2e]
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const rings = process.argv.length > 2 ? process.argv.slice(2) : ['unit', 'integration', 'e2e'];
const results = join(root, 'test-results');
mkdirSync(results, { recursive: true });

const total = { passed: 0, failed: 0, skipped: 0 };
for (const [name, args] of [
  ['style', ['node_modules/@biomejs/biome/bin/biome', 'check', '.']],
  ['types', ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.json']],
  ['types of the renderers', ['node_modules/typescript/bin/tsc', '-p', 'renderers/tsconfig.json']],
]) {
  const ok = run(args);
  console.log(`${name}: ${ok ? 'passed' : 'FAILED'}`);
  total[ok ? 'passed' : 'failed'] += 1;
}

for (const ring of rings) {
  console.log(`\n${ring}`);
  const file = join(results, `${ring}.json`);
  rmSync(file, { force: true });
  const ok = run([
    'node_modules/vitest/vitest.mjs',
    'run',
    '--project',
    ring,
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${file}`,
  ]);
  const counts = read(file);
  total.passed += counts.numPassedTests;
  total.skipped += counts.numPendingTests + counts.numTodoTests;
  // a suite that cannot even load has no failed test in it, but it has failed
  total.failed += Math.max(counts.numFailedTests, ok ? 0 : 1);
}

const skipped = total.skipped > 0 ? `, ${total.skipped} skipped` : '';
console.log(`\n${total.passed} passed, ${total.failed} failed${skipped}`);
process.exit(total.failed > 0 || total.passed === 0 ? 1 : 0);

function run(args) {
  return spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit' }).status === 0;
}

function read(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    console.error(`${file} was not written: the test runner did not finish.`);
    return { numPassedTests: 0, numFailedTests: 1, numPendingTests: 0, numTodoTests: 0 };
  }
}
