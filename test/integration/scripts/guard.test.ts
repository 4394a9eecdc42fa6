import { type ChildProcess, spawn } from 'node:child_process';
import path from 'node:path';
import { expect, it, vi } from 'vitest';
import { isAlive } from '../../../src/base/processes';

const guard = path.resolve(__dirname, '../../../scripts/guard.mjs');

/** A command that starts another process, prints both ids, and would run for ever. */
const family = `
  const child = require('node:child_process').spawn(process.execPath, ['-e', 'setInterval(() => {}, 1e6)']);
  console.log('ids', process.pid, child.pid);
  setInterval(() => {}, 1e6);
`;

/** Ids of both, once they run. */
async function idsOf(asker: ChildProcess): Promise<number[]> {
  let printed = '';
  asker.stdout!.on('data', (chunk) => {
    printed += chunk;
  });
  return vi.waitFor(
    () => {
      const found = /ids (\d+) (\d+)/.exec(printed);
      if (!found) throw new Error(`Not started yet: ${printed}`);
      return [Number(found[1]), Number(found[2])];
    },
    { timeout: 120_000 },
  );
}

const gone = (ids: number[]) =>
  vi.waitFor(() => expect(ids.filter(isAlive)).toEqual([]), { timeout: 120_000, interval: 50 });

it.skipIf(process.platform === 'win32').each(['SIGTERM', 'SIGKILL', 'SIGINT'] as const)(
  'leaves nothing behind when the one who asked ends by %s',
  async (signal) => {
    const asker = spawn(
      process.execPath,
      [
        '-e',
        `require('node:child_process').spawn(process.execPath, ${JSON.stringify([guard, process.execPath, '-e', family])},
          { detached: true, stdio: ['pipe', 'inherit', 'inherit'] });
         setInterval(() => {}, 1e6);`,
      ],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    const ids = await idsOf(asker);
    expect(ids.every(isAlive)).toBe(true);
    asker.kill(signal);
    await gone(ids);
  },
);

it('ends with the exit code of the command', async () => {
  const guarded = spawn(process.execPath, [guard, process.execPath, '-e', 'process.exit(7)'], {
    stdio: ['pipe', 'ignore', 'inherit'],
  });
  const code = await new Promise((done) => guarded.on('close', done));
  expect(code).toBe(7);
});
