import { existsSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { isLeftover } from '../../../src/base/atomic-file';
import { parseNotebook } from '../../../src/notebook/parse';
import { certificateOf } from '../../../src/runs/certificate';
import { Workspace } from './command';

/** `run`, `check` and `restore` are killed at any moment of their lives: nobody's work is lost, and nothing goes on. */
let space: Workspace;
const TIMES = 5;
beforeAll(() => {
  space = new Workspace();
});
afterAll(() => space.remove());

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

const outputsOf = (text: string) => parseNotebook(text, 'study').cells.map(({ outputs }) => outputs);

it.skipIf(process.platform !== 'linux')(
  'the notebook is whole, old or new, and no kernel outlives its command',
  async () => {
    const file = 'study.dinnb';
    space.write('rows.csv', 'a,b\n1,2\n');
    space.notebook(file, "console.log((await din.data.read('rows.csv')).rows)", "console.log('long '.repeat(200_000))");
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
    await expect.poll(running, { timeout: 20_000 }).toEqual([]);
    const others = readdirSync(space.folder).filter((name) => !['study.dinnb', 'rows.csv', 'again'].includes(name));
    expect(others.filter((name) => !isLeftover(name))).toEqual([]);
    // The next command goes on as if nothing had been.
    rmSync(space.path('again'), { recursive: true, force: true });
    expect((await space.dinnb('restore', file, 'again')).code).toBe(0);
  },
);
