import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { bundleScript } from '../bundle';

let script: string;
const folder = mkdtempSync(path.join(tmpdir(), 'dinnb-xla-'));

beforeAll(() => {
  script = bundleScript(path.join(__dirname, 'determinism-run.ts'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A training by XLA in a process of its own. @returns a hash of all that it gives. */
function trained(cache: string): string {
  const printed = execFileSync(process.execPath, [script, 'native', 'xla', '1'], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
    env: { ...process.env, DINNB_XLA_CACHE: cache },
  });
  const { hash, runtime } = JSON.parse(/^@(.*)$/m.exec(printed)![1]);
  expect(runtime).toMatch(/^graph \+ XLA, /);
  return hash;
}

/** What is kept: files of compiled code. */
function kept(): string[] {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return names.filter((name) => name.endsWith('.pb')).map((name) => path.join(folder, name));
}

const times = () => kept().map((file) => `${file} ${statSync(file).mtimeMs}`);

it('what XLA compiles is kept for the next process, and gives the same bits, with it, without it, and where it is damaged', () => {
  const without = trained('off');
  expect(kept()).toEqual([]);
  expect(trained(folder)).toBe(without);
  const [file, ...more] = kept();
  expect(more).toEqual([]);
  const written = times();
  expect(trained(folder)).toBe(without);
  // TensorFlow writes what it compiles: it has not compiled.
  expect(times()).toEqual(written);

  const whole = readFileSync(file);
  const flipped = Buffer.from(whole);
  for (let i = whole.length >> 1; i < (whole.length >> 1) + 5000; i++) flipped[i] ^= 0xff;
  for (const damage of [
    () => truncateSync(file, whole.length >> 1),
    () => writeFileSync(file, flipped),
    () => rmSync(`${file}.sha256`),
  ]) {
    damage();
    const before = times();
    expect(trained(folder)).toBe(without);
    expect(times()).not.toEqual(before);
    expect(readFileSync(file).length).toBe(whole.length);
  }
  const notAFolder = path.join(folder, 'file');
  writeFileSync(notAFolder, '');
  expect(trained(notAFolder)).toBe(without);
}, 900_000);

it('killed with SIGKILL while XLA keeps what it compiled, a kernel leaves the next one nothing to fall over', async () => {
  const cache = mkdtempSync(path.join(folder, 'killed-'));
  const written = () =>
    readdirSync(cache, { recursive: true, encoding: 'utf8' }).filter(
      (name) => /[\\/]/.test(name) && !name.endsWith('used'),
    );
  const child = spawn(process.execPath, [script, 'native', 'xla', '1'], {
    stdio: 'ignore',
    env: { ...process.env, DINNB_XLA_CACHE: cache },
  });
  const ended = once(child, 'exit');
  // The first trace of an entry, whatever it is called while it is being written.
  while (written().length === 0 && child.exitCode === null) await wait(1);
  child.kill('SIGKILL');
  expect(await ended).toEqual([null, 'SIGKILL']);
  // What may be on its way from another process is left alone for an hour. It has passed.
  const before = new Date(Date.now() - 2 * 3_600_000);
  for (const name of written()) utimesSync(path.join(cache, name), before, before);
  expect(trained(cache)).toBe(trained('off'));
  // What was begun is gone: one entry with its sum.
  expect(
    written()
      .map((name) => path.extname(name))
      .sort(),
  ).toEqual(['.pb', '.sha256']);
}, 900_000);
