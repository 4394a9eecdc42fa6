import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parseNotebook } from '../../../src/notebook/parse';
import { printNotebook } from '../../../src/notebook/print';
import { Workspace } from './command';

/** `dinnb restore`: a project with a package, a workspace file and data, made again elsewhere. */
let space: Workspace;
let server: Server;
let gone = false;
beforeAll(async () => {
  space = new Workspace();
  space.write('made/package/package.json', '{"name":"tiny-sum","version":"1.2.3","main":"index.js"}');
  space.write('made/package/index.js', 'exports.sum = (a, b) => a + b;\n');
  execFileSync('tar', ['-czf', space.path('tiny-sum-1.2.3.tgz'), '-C', space.path('made'), 'package']);
  const archive = readFileSync(space.path('tiny-sum-1.2.3.tgz'));
  const integrity = `sha512-${createHash('sha512').update(archive).digest('base64')}`;
  server = createServer(({ url, headers: { host } }, response) => {
    if (gone) response.writeHead(404).end('{}');
    else if (url!.endsWith('.tgz')) response.end(archive);
    else {
      const dist = { tarball: `http://${host}/tiny-sum/-/tiny-sum-1.2.3.tgz`, integrity };
      const only = { name: 'tiny-sum', version: '1.2.3', dist };
      response.end(JSON.stringify({ name: 'tiny-sum', 'dist-tags': { latest: '1.2.3' }, versions: { '1.2.3': only } }));
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const resolved = `http://127.0.0.1:${(server.address() as AddressInfo).port}/tiny-sum/-/tiny-sum-1.2.3.tgz`;
  cpSync(space.path('made/package'), space.path('project/node_modules/tiny-sum'), { recursive: true });
  const packages = {
    '': { dependencies: { 'tiny-sum': '^1.0.0' } },
    'node_modules/tiny-sum': { version: '1.2.3', resolved, integrity },
  };
  space.write('project/package-lock.json', JSON.stringify({ lockfileVersion: 3, packages }));
  space.write('project/package.json', '{"dependencies":{"tiny-sum":"^1.0.0"},"overrides":{"deep":"2.0.0"}}');
  space.write('project/data/clicks.csv', 'user,item\n1,2\n3,4\n');
  space.write(
    'project/lib/util.ts',
    "import { sum } from 'tiny-sum';\nexport const next = (x: number): number => sum(x, 1);\n",
  );
  space.notebook(
    'project/study.dinnb',
    "import { next } from './lib/util';\nconsole.log('next', next(41))",
    "const clicks = await din.data.read('data/clicks.csv');\nconsole.log('rows', clicks.rows)",
  );
  const file = 'project/study.dinnb';
  const ran = await space.dinnb('run', file, '--out', file, '--backend', 'wasm');
  expect(ran.code, ran.stdout).toBe(0);
});
afterAll(() => {
  server.close();
  space.remove();
});

const environment = () => parseNotebook(space.read('project/study.dinnb'), 'study').environment!;

it('the notebook carries versions, integrity, the lock, files and data with rows', () => {
  expect(environment()).toMatchObject({
    packages: {
      'tiny-sum': { version: '1.2.3', integrity: expect.stringMatching(/^sha512-/), code: expect.any(String) },
    },
    lock: { 'node_modules/tiny-sum': { version: '1.2.3' } },
    files: { 'lib/util.ts': expect.any(String) },
    data: { 'data/clicks.csv': { rows: 2, bytes: 18, sha256: expect.any(String) } },
  });
});

it('is restored in a clean folder and comes out the same there', async () => {
  const ended = await space.dinnb('restore', 'project/study.dinnb', 'again');
  expect(ended.code, ended.stderr).toBe(0);
  expect(ended.stdout).toMatch(/^same: 2 code cells/m);
  for (const file of ['study.dinnb', 'lib/util.ts', 'data/clicks.csv', 'node_modules/tiny-sum/index.js'])
    expect(existsSync(space.path(path.join('again', file))), file).toBe(true);
  expect(JSON.parse(space.read('again/package.json'))).toMatchObject({ overrides: { deep: '2.0.0' } });
  // Nothing of the first folder is looked at any more, and nothing there is written over.
  expect((await space.dinnb('restore', 'project/study.dinnb', 'again')).code).toBe(2);
});

it('warns where the TensorFlow that it ran on is not here', async () => {
  const document = parseNotebook(space.read('project/study.dinnb'), 'study');
  document.environment = { ...document.environment, backend: 'native', tensorflow: '2.3.4' };
  space.write('project/older.dinnb', printNotebook(document));
  const ended = await space.dinnb('restore', 'project/older.dinnb', 'older');
  expect(ended.stderr).toMatch(
    /ran on native TensorFlow 2\.3\.4, which is not installed here: (?:the nearest, \d+\.\d+\.\d+,|WebAssembly) runs instead/,
  );
});

it('data that is gone or has another checksum is named, with its checksum, and makes a difference', async () => {
  const before = space.read('project/data/clicks.csv');
  space.write('project/data/clicks.csv', 'user,item\n9,9\n');
  const other = await space.dinnb('restore', 'project/study.dinnb', 'other');
  expect(other.stderr).toMatch(/the data data\/clicks\.csv is not what it was \(SHA-256 [0-9a-f]{64} instead of/);
  expect(other.code).toBe(1);
  rmSync(space.path('project/data/clicks.csv'));
  const none = await space.dinnb('restore', 'project/study.dinnb', 'none', '--no-check');
  expect(none.stderr).toMatch(/the data data\/clicks\.csv is gone: put it back \(SHA-256/);
  expect(none.code).toBe(0);
  space.write('project/data/clicks.csv', before);
});

it('a package that no longer exists is named, and ends with 2; what was made goes, so that it can be tried again', async () => {
  gone = true;
  const cache = { npm_config_cache: space.path('npm-cache'), npm_config_fetch_retries: '0' };
  const restore = (folder: string) =>
    space.start(['restore', 'project/study.dinnb', folder, '--no-check'], { env: cache }).ended;
  mkdirSync(space.path('there'));
  for (const folder of ['no/package', 'there']) {
    const ended = await restore(folder);
    expect(ended.code).toBe(2);
    expect(ended.stderr).toMatch(/npm could not install[\s\S]*404/);
  }
  gone = false;
  expect(existsSync(space.path('no'))).toBe(false);
  expect(readdirSync(space.path('there'))).toEqual([]);
  const again = await restore('there');
  expect(again.code, again.stderr).toBe(0);
  // What lies in a folder that is not empty stays, also where the restoring fails.
  expect((await restore('there')).stderr).toMatch(/there is not empty/);
  expect(existsSync(space.path('there/study.dinnb'))).toBe(true);
});

it('a notebook that was tampered with brings neither settings of npm, nor other packages, nor links, and does not keep it waiting', async () => {
  space.write('project/.npmrc', 'script-shell=/bin/false\n');
  space.write('project/lib/node_modules/x/index.js', '1');
  symlinkSync(space.path('project/data/clicks.csv'), space.path('project/linked.csv'));
  const hashOf = (name: string) => createHash('sha256').update(space.read(name)).digest('hex');
  const document = parseNotebook(space.read('project/study.dinnb'), 'study');
  const before = document.environment!;
  const named = ['.npmrc', 'lib/node_modules/x/index.js', 'linked.csv'];
  document.environment = {
    ...before,
    files: Object.fromEntries(named.map((name) => [name, hashOf(`project/${name}`)])),
    data: { '/dev/zero': { sha256: 'x' }, nothing: null },
    packages: {},
  };
  space.write('project/tampered.dinnb', printNotebook(document));
  const ended = await space.dinnb('restore', 'project/tampered.dinnb', 'tampered', '--no-check');
  expect(ended.code, ended.stderr).toBe(0);
  expect(ended.stderr).toMatch(/\.npmrc would be npm's own.*\n.*node_modules\/x\/index\.js would be npm's own/);
  expect(ended.stderr).toMatch(/data\["nothing"\] is not what a run writes[\s\S]*data \/dev\/zero is gone/);
  expect(existsSync(space.path('tampered/.npmrc'))).toBe(false);
  expect(lstatSync(space.path('tampered/linked.csv')).isFile()).toBe(true);
  // A check goes on too, and tells.
  const checked = await space.dinnb('check', 'project/tampered.dinnb', '--backend', 'wasm');
  expect(checked.code, checked.stderr).toBe(1);
  expect(checked.stderr).toMatch(/environment block's data\["nothing"\] is not what a run writes/);

  const lock = (before.lock as { [place: string]: object })['node_modules/tiny-sum']!;
  const restoreWith = async (name: string, changed: object) => {
    document.environment = { ...before, lock: { 'node_modules/tiny-sum': { ...lock, ...changed } } };
    space.write('project/tampered.dinnb', printNotebook(document));
    const cache = {
      npm_config_cache: space.path('npm-cache'),
      npm_config_fetch_retries: '0',
      npm_config_offline: 'true',
    };
    return space.start(['restore', 'project/tampered.dinnb', name, '--no-check'], { env: cache }).ended;
  };
  const other = await restoreWith('other-content', { integrity: `sha512-${'A'.repeat(86)}==` });
  expect(other.code).toBe(2);
  expect(other.stderr).toMatch(
    /ran with a tiny-sum of integrity sha512-\S+, and its lock file asks for sha512-A+==: one of the two/,
  );
  // Not of a registry: none is asked for the name, which may be anybody's there.
  for (const resolved of ['git+ssh://git@example.org/x.git', 'file:../../evil', '../evil.tgz']) {
    const ended = await restoreWith(`from-${resolved.length}`, { resolved });
    expect(ended.code).toBe(2);
    expect(ended.stderr).toMatch(/tiny-sum came from \S+, not from a registry/);
    expect(ended.stderr).not.toMatch(/npm could not install/);
    // To be installed there by hand.
    expect(existsSync(space.path(`from-${resolved.length}/tampered.dinnb`))).toBe(true);
  }
});

it('a package that the registry has otherwise now is not the recorded one: without a lock file it is compared all the same', async () => {
  const document = parseNotebook(space.read('project/study.dinnb'), 'study');
  const { lock: _lock, ...rest } = document.environment!;
  const { port } = server.address() as AddressInfo;
  const env = {
    npm_config_cache: space.path('npm-cache-2'),
    npm_config_registry: `http://127.0.0.1:${port}`,
    npm_config_fetch_retries: '0',
  };
  const restoreWith = async (name: string, integrity: string) => {
    const packages = { 'tiny-sum': { version: '1.2.3', integrity } };
    space.write('project/unlocked.dinnb', printNotebook({ ...document, environment: { ...rest, packages } }));
    return space.start(['restore', 'project/unlocked.dinnb', name, '--no-check'], { env }).ended;
  };
  const { integrity } = (rest.packages as { [name: string]: { integrity: string } })['tiny-sum']!;
  const same = await restoreWith('unlocked-same', integrity);
  expect(same.code, same.stderr).toBe(0);
  const other = await restoreWith('unlocked-other', `sha512-${'A'.repeat(86)}==`);
  expect(other.code).toBe(2);
  expect(other.stderr).toMatch(/The registry has another tiny-sum 1\.2\.3 than the notebook ran with/);
  expect(existsSync(space.path('unlocked-other'))).toBe(false);
});

it('names that lead out of the folder write nothing there', async () => {
  space.write('project/outside.ts', '');
  const document = parseNotebook(space.read('project/study.dinnb'), 'study');
  const sha256 = createHash('sha256').update('').digest('hex');
  const tricks = ['../escaped.ts', `${space.folder}/escaped.ts`, '..\\escaped.ts', 'lib/../../escaped.ts'];
  space.write('escaped.ts', '');
  document.environment = {
    ...document.environment,
    files: Object.fromEntries(tricks.map((name) => [name, sha256])),
    packages: {},
    lock: { '../../node_modules/x': { version: '1.0.0', integrity: 'sha512-x' } },
  };
  space.write('project/tricks.dinnb', printNotebook(document));
  const ended = await space.dinnb('restore', 'project/tricks.dinnb', 'deep/er', '--no-check');
  expect(ended.code, ended.stderr).toBe(0);
  expect(existsSync(space.path('deep/escaped.ts'))).toBe(false);
  document.environment = { ...document.environment, packages: { '--global': { version: '1.0.0' } } };
  space.write('project/tricks.dinnb', printNotebook(document));
  expect((await space.dinnb('restore', 'project/tricks.dinnb', 'flags', '--no-check')).stderr).toMatch(
    /names a package that is none/,
  );
});

it('a package that is a folder of the workspace is linked to again, edits of it are found, and no registry is asked for it', async () => {
  space.write('mono/packages/own/package.json', '{"name":"own","version":"1.0.0","type":"module","main":"own.js"}');
  space.write('mono/packages/own/own.js', "export { value } from './value.js';\n");
  space.write('mono/packages/own/value.js', 'export const value = 1;\n');
  space.write('mono/node_modules/.keep', '');
  symlinkSync('../packages/own', space.path('mono/node_modules/own'));
  const packages = {
    'node_modules/own': { resolved: 'packages/own', link: true },
    'packages/own': { version: '1.0.0' },
  };
  space.write('mono/package-lock.json', JSON.stringify({ lockfileVersion: 3, packages }));
  space.write('mono/tsconfig.json', '{"compilerOptions":{"paths":{"@lib/*":["./lib/*"]}}}');
  space.write('mono/lib/two.ts', 'export const two: number = 2;\n');
  const file = 'mono/linked.dinnb';
  space.notebook(file, "import { value } from 'own';\nimport { two } from '@lib/two';\nconsole.log(value, two)");
  const ran = await space.dinnb('run', file, '--out', file, '--backend', 'wasm');
  expect(ran.code, ran.stdout + ran.stderr).toBe(0);
  const restored = await space.dinnb('restore', file, 'mono-again');
  expect(restored.code, restored.stdout + restored.stderr).toBe(0);
  expect(restored.stderr).not.toContain('Installing');
  space.write('mono/packages/own/value.js', 'export const value = 3;\n');
  const checked = await space.dinnb('check', file, '--backend', 'wasm');
  expect(checked.code).toBe(1);
  expect(checked.stderr).toMatch(/the file packages\/own\/value\.js has changed/);
  expect(checked.stdout).toMatch(/another workspace file packages\/own\/value\.js/);
});

it('a notebook whose data and code lie beside its own folder comes out the same in a clone, and restored', async () => {
  space.write('whole/package.json', '{"name":"whole","private":true}');
  space.write('whole/data/clicks.csv', 'user,item\n1,2\n3,4\n');
  space.write('whole/lib/half.ts', 'export const half = (x: number) => x / 2;\n');
  const file = 'whole/notebooks/beside.dinnb';
  space.notebook(
    file,
    "import { half } from '../lib/half';\nconst clicks = await din.data.read('../data/clicks.csv');\nconsole.log(half(clicks.rows))",
  );
  const ran = await space.dinnb('run', file, '--out', file, '--backend', 'wasm');
  expect(ran.code, ran.stdout + ran.stderr).toBe(0);
  const { data } = parseNotebook(space.read(file), 'beside').environment as { data: object };
  expect(Object.keys(data)).toEqual(['../data/clicks.csv']);
  cpSync(space.path('whole'), space.path('clone'), { recursive: true });
  rmSync(space.path('whole/data'), { recursive: true });
  const checked = await space.dinnb('check', 'clone/notebooks/beside.dinnb', '--backend', 'wasm');
  expect(checked.code, checked.stdout + checked.stderr).toBe(0);
  const restored = await space.dinnb('restore', 'clone/notebooks/beside.dinnb', 'beside-again');
  expect(restored.code, restored.stdout + restored.stderr).toBe(0);
  expect(restored.stdout).not.toContain('another');
  for (const name of ['notebooks/beside.dinnb', 'data/clicks.csv', 'lib/half.ts'])
    expect(existsSync(space.path(path.join('beside-again', name))), name).toBe(true);
  // Data whose content nobody recorded are not fetched from above.
  const document = parseNotebook(space.read('clone/notebooks/beside.dinnb'), 'beside');
  document.environment = { ...document.environment, files: {}, data: { '../data/clicks.csv': {} } };
  space.write('clone/notebooks/unknown.dinnb', printNotebook(document));
  await space.dinnb('restore', 'clone/notebooks/unknown.dinnb', 'unknown-again', '--no-check');
  expect(readdirSync(space.path('unknown-again'))).toEqual(['unknown.dinnb']);
});
