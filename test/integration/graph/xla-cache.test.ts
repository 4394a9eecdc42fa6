import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
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
