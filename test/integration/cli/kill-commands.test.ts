import { existsSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { isLeftover } from '../../../src/base/atomic-file';
import { parseNotebook } from '../../../src/notebook/parse';
import { printNotebook } from '../../../src/notebook/print';
import { certificateOf, withoutCertificate } from '../../../src/runs/certificate';
import { Workspace } from './command';
import { faultsIn } from './faults';

/** `run`, `check` and `restore` are killed at any moment of their lives: nobody's work is lost, and nothing goes on. */
let space: Workspace;
/** Of each command; a release is tried with 200 (docs/testing.md). */
const TIMES = Number(process.env.DINNB_KILLS ?? 2);
let outside: string;
beforeAll(() => {
  space = new Workspace();
  outside = mkdtempSync(path.join(tmpdir(), 'dinnb-faults-'));
});
afterAll(() => {
  space.remove();
  rmSync(outside, { recursive: true, force: true });
});

/** Processes that work in the test's folder: kernels too. */
function running(): string[] {
  return readdirSync('/proc').filter((pid) => {
    if (!/^\d+$/.test(pid)) return false;
    try {
      return readlinkSync(`/proc/${pid}/cwd`).startsWith(space.folder);
    } catch {
      return false; // gone meanwhile
    }
  });
}

/** What lies in the new folder is whole or not there, and the old one is not touched. */
async function restoreAtEachStep(file: string): Promise<void> {
  const faults = faultsIn(space.path('again'), outside);
  const restore = ['restore', file, space.path('again'), '--no-check'];
  rmSync(space.path('again'), { recursive: true, force: true });
  expect((await space.start(restore, { env: faults.listing }).ended).code).toBe(0);
  const before = ['study.dinnb', 'rows.csv', 'lib/two.ts'].map((name) => [name, space.read(name)]);
  const steps = faults.listed();
  expect(steps.length).toBeGreaterThan(6);
  for (let at = 0; at < steps.length; at++) {
    for (const half of steps[at]!.startsWith('writeFileSync') ? [false, true] : [false]) {
      rmSync(space.path('again'), { recursive: true, force: true });
      expect((await space.start(restore, { env: faults.killing(at, half) }).ended).code, steps[at]).toBeNull();
      for (const [name, text] of before as [string, string][]) {
        expect(space.read(name)).toBe(text);
        const copy = space.path(`again/${name}`);
        if (existsSync(copy)) expect(readFileSync(copy, 'utf8'), `${name}, killed at ${steps[at]}`).toBe(text);
      }
    }
  }
  // What was begun is never taken for what is whole.
  const again = await space.dinnb(...restore);
  expect(again.code).toBe(2);
  expect(again.stderr).toMatch(/not empty: choose another folder, or empty it/);
}

const outputsOf = (text: string) => parseNotebook(text, 'study').cells.map(({ outputs }) => outputs);

it.skipIf(process.platform !== 'linux')(
  'the notebook is whole, old or new, and no kernel outlives its command',
  async () => {
    const file = 'study.dinnb';
    space.write('rows.csv', 'a,b\n1,2\n');
    space.write('lib/two.ts', 'export const two: number = 2;\n');
    space.notebook(
      file,
      "import { two } from './lib/two';\nconsole.log(two, (await din.data.read('rows.csv')).rows)",
      "console.log('long '.repeat(200_000))",
    );
    const first = Date.now();
    const ran = await space.dinnb('run', file, '--out', file, '--backend', 'wasm');
    const usual = Date.now() - first;
    expect(ran.code, ran.stderr).toBe(0);
    const outputs = outputsOf(space.read(file));
    const commands = [
      ['run', file, '--out', file, '--backend', 'wasm'],
      ['check', file, '--backend', 'wasm'],
      ['restore', file, 'again'],
    ];
    for (const command of commands) {
      for (let time = 0; time < TIMES; time++) {
        rmSync(space.path('again'), { recursive: true, force: true });
        const started = space.start(command);
        // Any moment of it: what is tried here.
        const timer = setTimeout(() => started.process.kill('SIGKILL'), Math.random() * usual * 1.1);
        await started.ended;
        clearTimeout(timer);
        const text = space.read(file);
        expect(outputsOf(text), `${command[0]}, kill ${time}`).toEqual(outputs);
        expect(certificateOf(parseNotebook(text, file)).state).not.toBe('changed');
        const copy = space.path('again/study.dinnb');
        if (existsSync(copy)) expect(outputsOf(readFileSync(copy, 'utf8'))).toEqual(outputs);
      }
    }
    // At the moments that count: when the new file is ready, and when it has just come into its place.
    const faults = faultsIn(space.folder, outside);
    const begin = (text: string) => {
      for (const name of readdirSync(space.folder).filter(isLeftover)) rmSync(space.path(name));
      space.write(file, text);
    };
    // Where a check above had come to its end, another has nothing to write.
    begin(printNotebook(withoutCertificate(parseNotebook(space.read(file), file))));
    expect((await space.start(commands[0]!, { env: faults.listing }).ended).code).toBe(0);
    const steps = faults.listed();
    const rename = steps.findIndex((step) => step.startsWith('renameSync'));
    const before = space.read(file);
    for (const command of [commands[0]!, commands[1]!, [...commands[1]!, '--update']]) {
      for (const at of [rename, rename + 1]) {
        begin(before);
        expect((await space.start(command, { env: faults.killing(at) }).ended).code, steps[at]).toBeNull();
        const text = space.read(file);
        expect(text === before, `${command.join(' ')}, killed at ${steps[at]}`).toBe(at === rename);
        expect(outputsOf(text)).toEqual(outputs);
        expect(certificateOf(parseNotebook(text, file)).state).not.toBe('changed');
      }
    }
    await expect.poll(running, { timeout: 120_000 }).toEqual([]);
    const known = ['study.dinnb', 'rows.csv', 'lib', 'again'];
    const others = readdirSync(space.folder).filter((name) => !known.includes(name));
    expect(others.filter((name) => !isLeftover(name))).toEqual([]);
    await restoreAtEachStep(file);
    // The next command goes on as if nothing had been.
    rmSync(space.path('again'), { recursive: true, force: true });
    expect((await space.dinnb('restore', file, 'again')).code).toBe(0);
  },
  180_000 + TIMES * 3 * 20_000,
);
