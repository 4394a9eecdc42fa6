import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { bundleScript } from '../bundle';

let script: string;

beforeAll(() => {
  script = bundleScript(path.join(__dirname, 'determinism-run.ts'));
});

interface Result {
  hash: string;
  runtime: string;
  /** Steps after which calls ended. */
  calls: string;
}

function run(...args: string[]): Result {
  const printed = execFileSync(process.execPath, [script, ...args], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  return JSON.parse(
    printed
      .split('\n')
      .find((line) => line.startsWith('@'))!
      .slice(1),
  );
}

describe.each([
  ['native', 'off', /^eager, native/],
  ['native', 'auto', /^graph, .* native/],
  ['native', 'xla', /^graph \+ XLA, .* native/],
  ['wasm', 'auto', /^eager, WebAssembly/],
])('%s, graph: %s', (backend, graph, runtime) => {
  it('gives the same history, weights and optimizer in each process, to the bit, whatever the clock says', () => {
    const first = run(backend, graph, '1');
    expect(first.runtime).toMatch(runtime);
    expect(run(backend, graph, '1').hash).toBe(first.hash);
    const erratic = run(backend, graph, '1', 'erratic');
    expect(erratic.calls).not.toBe(first.calls);
    expect(erratic.hash).toBe(first.hash);
    expect(run(backend, graph, '2').hash).not.toBe(first.hash);
  }, 600_000);
});
