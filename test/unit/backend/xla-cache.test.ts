import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { prepareXlaCache, withXlaCache } from '../../../src/din/backend/xla-cache';

let base: string;
let libraries: string;
beforeEach(() => {
  base = mkdtempSync(path.join(tmpdir(), 'dinnb-xla-'));
  libraries = path.join(base, 'lib');
  mkdirSync(libraries);
  writeFileSync(path.join(libraries, 'libtensorflow.so'), 'code');
});
afterEach(() => rmSync(base, { recursive: true, force: true }));

/** @returns the folder that TensorFlow is told, undefined for none. */
function folderOf(environment: NodeJS.ProcessEnv): string | undefined {
  const own = { DINNB_CACHE: path.join(base, 'cache'), ...environment };
  prepareXlaCache(libraries, own);
  return /--tf_xla_persistent_cache_directory=(\S+)/.exec((own as NodeJS.ProcessEnv).TF_XLA_FLAGS ?? '')?.[1];
}

it('is a folder of the cache, another one for another TensorFlow and other settings of XLA', () => {
  const first = folderOf({})!;
  expect(path.dirname(first)).toBe(path.join(base, 'cache', 'xla'));
  expect(folderOf({})).toBe(first);
  expect(folderOf({ XLA_FLAGS: '--xla_cpu_enable_fast_math=true' })).not.toBe(first);
  expect(folderOf({ TF_XLA_FLAGS: '--tf_xla_cpu_global_jit' })).not.toBe(first);
  writeFileSync(path.join(libraries, 'libtensorflow.so'), 'other code');
  expect(folderOf({})).not.toBe(first);
});

it('is off where somebody says so, has a cache of their own, or nothing can be written', () => {
  expect(folderOf({ DINNB_XLA_CACHE: 'off' })).toBeUndefined();
  const own = `--tf_xla_persistent_cache_directory=${base}/mine`;
  expect(folderOf({ TF_XLA_FLAGS: own })).toBe(`${base}/mine`);
  expect(existsSync(path.join(base, 'cache'))).toBe(false);
  writeFileSync(path.join(base, 'file'), '');
  expect(folderOf({ DINNB_XLA_CACHE: path.join(base, 'file') })).toBeUndefined();
  expect(withXlaCache(() => 7)).toBe(7);
});

it('forgets the folders of machines and versions long gone, and nothing else', () => {
  mkdirSync(path.join(base, 'cache', 'xla', 'mine'), { recursive: true });
  writeFileSync(path.join(base, 'cache', 'xla', 'mine', 'used'), '');
  for (let k = 0; k < 9; k++) {
    const folder = folderOf({ XLA_FLAGS: `--number=${k}` })!;
    utimesSync(path.join(folder, 'used'), k + 1, k + 1);
  }
  const names = readdirSync(path.join(base, 'cache', 'xla'));
  expect(names).toContain('mine');
  expect(names.length).toBeLessThanOrEqual(6);
});

it('gives XLA nothing that is not as it was written, and stays small', () => {
  const folder = folderOf({})!;
  const file = (name: string) => path.join(folder, `${name}.pb`);
  const names = () => readdirSync(folder).filter((name) => name.endsWith('.pb'));
  withXlaCache(() => writeFileSync(file('a'), 'compiled'));
  withXlaCache(() => expect(names()).toEqual(['a.pb']));
  writeFileSync(file('a'), 'compiler');
  withXlaCache(() => expect(names()).toEqual([]));
  // Without a sum: written by a process that was killed.
  writeFileSync(file('b'), 'comp');
  withXlaCache(() => expect(names()).toEqual([]));
  for (const [k, name] of ['c', 'd', 'e', 'f'].entries()) {
    withXlaCache(() => {
      writeFileSync(file(name), name);
      truncateSync(file(name), 30 * 2 ** 20);
      utimesSync(file(name), 1000 + k, 1000 + k);
    });
  }
  expect(names()).toEqual(['e.pb', 'f.pb']);
  expect(readdirSync(folder).sort()).toEqual(['e.pb', 'e.pb.sha256', 'f.pb', 'f.pb.sha256', 'used']);
});

it('asks XLA once more, with nothing kept, where it cannot live with what there is', () => {
  const folder = folderOf({})!;
  withXlaCache(() => writeFileSync(path.join(folder, 'a.pb'), 'of another kind'));
  let asked = 0;
  const compile = () => {
    asked++;
    if (existsSync(path.join(folder, 'a.pb'))) throw new Error('Serialized cache key does not match.');
    return 'compiled';
  };
  expect(withXlaCache(compile)).toBe('compiled');
  expect(asked).toBe(2);
  expect(() =>
    withXlaCache(() => {
      throw new Error('no such op');
    }),
  ).toThrow('no such op');
});
