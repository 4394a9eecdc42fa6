import { existsSync, mkdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { lockHolder, tryLock } from '../../../src/base/lock-file';
import { acquireLock } from '../../../src/tensorflow/install';
import { fakeMachine, temporaryFolder } from './fake-machine';

const lockFile = () => path.join(temporaryFolder(), 'new folder', '.lock');

it('is held by one at a time, in turn', async () => {
  const file = lockFile();
  const machine = fakeMachine();
  let inside = 0;
  let most = 0;
  await Promise.all(
    Array.from({ length: 8 }, async () => {
      const lock = await acquireLock(machine, file);
      most = Math.max(most, ++inside);
      await machine.sleep(5);
      inside--;
      await lock.release();
    }),
  );
  expect(most).toBe(1);
  expect(existsSync(file)).toBe(false);
});

it('leaves nothing where it could not be written, on a full disk say', () => {
  const file = path.join(temporaryFolder(), '.lock');
  const full = {
    ...lockHolder(process.pid),
    toJSON() {
      throw new Error('no space left on device');
    },
  };
  expect(() => tryLock(file, full, { isAlive: () => true, now: Date.now, staleMs: 1000 })).toThrow('no space left');
  expect(existsSync(file)).toBe(false);
});

it('says whom it waits for, once, and that it has waited', async () => {
  const file = lockFile();
  const machine = fakeMachine();
  const first = await acquireLock(machine, file);
  expect(first.waited).toBe(false);
  const waitedFor: number[] = [];
  let release = () => {};
  const isWaiting = new Promise<void>((resolve) => {
    release = resolve;
  });
  const onWait = (pid: number) => {
    waitedFor.push(pid);
    release();
  };
  const second = acquireLock(machine, file, { onWait });
  await isWaiting;
  await first.release();
  expect((await second).waited).toBe(true);
  expect(waitedFor).toEqual([process.pid]);
  await (await second).release();
});

it.each(Array.from({ length: 30 }, (_, round) => round))(
  'is taken over from a process that is gone, by exactly one of many: round %i',
  async () => {
    const file = lockFile();
    mkdirSync(path.dirname(file));
    writeFileSync(file, JSON.stringify({ pid: 999_999, token: 'gone' }));
    const machine = fakeMachine();
    let inside = 0;
    let most = 0;
    await Promise.all(
      Array.from({ length: 12 }, async () => {
        const lock = await acquireLock(machine, file);
        most = Math.max(most, ++inside);
        await machine.sleep(3);
        inside--;
        await lock.release();
      }),
    );
    expect(most).toBe(1);
  },
);

it('is taken over when nobody touched it for a minute: the process number belongs to another now', async () => {
  const file = lockFile();
  mkdirSync(path.dirname(file));
  writeFileSync(file, JSON.stringify({ pid: process.pid, token: 'old' }));
  const before = new Date(Date.now() - 61_000);
  utimesSync(file, before, before);
  const lock = await acquireLock(fakeMachine(), file);
  expect(JSON.parse(readFileSync(file, 'utf8')).token).not.toBe('old');
  await lock.release();
});

it('is waited for while it is still being written', async () => {
  const file = lockFile();
  mkdirSync(path.dirname(file));
  writeFileSync(file, '');
  const controller = new AbortController();
  const waiting = acquireLock(fakeMachine(), file, { signal: controller.signal });
  setTimeout(() => controller.abort(new Error('enough')), 40);
  await expect(waiting).rejects.toThrow('enough');
  expect(readFileSync(file, 'utf8')).toBe('');
});

it('leaves the lock of another alone on release', async () => {
  const file = lockFile();
  const lock = await acquireLock(fakeMachine(), file);
  writeFileSync(file, JSON.stringify({ pid: 1, token: 'another' }));
  await lock.release();
  expect(existsSync(file)).toBe(true);
});
