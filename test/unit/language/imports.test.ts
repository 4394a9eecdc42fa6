import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import ts from 'typescript';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { findImports } from '../../../src/language/imports';

let folder: string;
beforeEach(() => (folder = mkdtempSync(path.join(tmpdir(), 'imports-'))));
afterEach(() => rmSync(folder, { recursive: true }));
const write = (name: string, text: string) => {
  mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
  writeFileSync(path.join(folder, name), text);
};
const project = () => path.join(folder, 'project');

it('a package that is only linked to is a part of the workspace: its files are hashed, it is none of the lock file', () => {
  write(
    'packages/own/package.json',
    '{"name":"own","version":"0.0.1","exports":{".":{"types":"./i.d.ts","import":"./src/i.js"},"./old":{"require":"./old.cjs"}}}',
  );
  write('packages/own/i.d.ts', 'export {}');
  write('packages/own/src/i.js', "export { x } from './x.js'; import 'needed';");
  write('packages/own/src/x.js', 'export const x = 1');
  write('packages/own/old.cjs', 'exports.y = 1');
  write('packages/own/node_modules/needed/package.json', '{"version":"2.0.0"}');
  write('project/package-lock.json', '{"packages":{"node_modules/own":{"resolved":"../packages/own","link":true}}}');
  mkdirSync(path.join(project(), 'node_modules'));
  symlinkSync(path.join(folder, 'packages/own'), path.join(project(), 'node_modules/own'));
  // As pnpm installs: linked to, but in a folder of packages.
  write('project/node_modules/.pnpm/far@1.0.0/node_modules/far/package.json', '{"version":"1.0.0"}');
  symlinkSync('.pnpm/far@1.0.0/node_modules/far', path.join(project(), 'node_modules/far'));
  const found = findImports(() => ts, ["import { x } from 'own'; import 'far'", "require('own/old')"], project());
  expect(found.packages).toEqual({
    far: { version: '1.0.0', code: expect.stringMatching(/^[0-9a-f]{64}$/) },
    needed: { version: '2.0.0', code: expect.any(String) },
    own: { version: '0.0.1', link: '../packages/own' },
  });
  const names = ['old.cjs', 'package.json', 'src/i.js', 'src/x.js'].map((name) => `../packages/own/${name}`);
  expect(Object.keys(found.files)).toEqual(names);
  expect(found.lock).toBeUndefined();
});

it('files that `paths` of a tsconfig.json name are found as a kernel finds them, with the tsconfig.json', () => {
  write('base.json', '{"compilerOptions":{"baseUrl":"."}}');
  write(
    'project/tsconfig.json',
    '{"extends":"../base.json","compilerOptions":{"paths":{"@lib/*":["./project/lib/*"]}}}',
  );
  write('project/lib/a.ts', "import { b } from '@lib/b'; export const a = b;");
  write('project/lib/b.tsx', 'export const b = 1;');
  const found = findImports(() => ts, ["import { a } from '@lib/a'"], project());
  expect(Object.keys(found.files)).toEqual(['../base.json', 'lib/a.ts', 'lib/b.tsx', 'tsconfig.json']);
  expect(Object.keys(findImports(() => ts, ["import 'none'"], project()).files)).toEqual([]);
});

it('a package has the code that is installed, whatever its version says', () => {
  const code = () => findImports(() => ts, ["import 'one'"], project()).packages.one!.code;
  write('project/node_modules/one/package.json', '{"version":"1.0.0"}');
  write('project/node_modules/one/lib/deep.js', 'exports.x = 1');
  const before = code();
  write('project/node_modules/one/README.md', 'words');
  write('project/node_modules/one/index.d.ts', 'export {}');
  write('project/node_modules/one/node_modules/two/index.js', 'of another package');
  expect(code()).toBe(before);
  write('project/node_modules/one/lib/deep.js', 'exports.x = 22');
  const edited = code();
  expect(edited).not.toBe(before);
  write('project/node_modules/one/lib/deep.js', 'exports.x = 1');
  expect(code()).toBe(before);
});

it('a package is the one that is found: a linked package has its own, the notebook`s goes first, and an alias is told', () => {
  const place = (name: string, version: string, own = path.basename(name)) =>
    write(`project/${name}/package.json`, JSON.stringify({ name: own, version }));
  place('node_modules/deep', '1.0.0');
  place('packages/own/node_modules/deep', '2.0.0');
  place('node_modules/short', '3.0.0', 'long-name');
  write('project/packages/own/package.json', '{"name":"own","version":"0.0.1","main":"i.js"}');
  write('project/packages/own/i.js', "require('deep')");
  symlinkSync('../packages/own', path.join(project(), 'node_modules/own'));
  const entry = (version: string) => ({ version, integrity: `sha512-${version}` });
  const packages = {
    'node_modules/deep': entry('1.0.0'),
    'packages/own/node_modules/deep': entry('2.0.0'),
    'node_modules/short': { ...entry('3.0.0'), name: 'long-name' },
  };
  write('project/package-lock.json', JSON.stringify({ packages }));
  const found = (...sources: string[]) => findImports(() => ts, sources, path.join(project(), 'notebooks'));
  const linked = found("import 'own'; import 'short'");
  expect(linked.packages.deep).toMatchObject(entry('2.0.0'));
  expect(linked.packages.short).toMatchObject({ alias: 'long-name', ...entry('3.0.0') });
  // A part of a lock file that would install another one than the notebook ran with is none.
  expect(Object.keys(linked.lock!)).toEqual(['node_modules/short']);
  for (const sources of [
    ["import 'own'", "import 'deep'"],
    ["import 'deep'", "import 'own'"],
  ]) {
    expect(found(...sources).packages.deep).toMatchObject(entry('1.0.0'));
    expect(Object.keys(found(...sources).lock!)).toEqual(['node_modules/deep']);
  }
});

it('what npm left unreadable loses no run', () => {
  write('project/node_modules/one/package.json', '<<<<<<< ours');
  write('project/node_modules/two/package.json', '{"version":"1.0.0"}');
  for (const lock of ['<<<<<<< ours', '', 'null', '{"packages":{"node_modules/two":null}}']) {
    write('project/package-lock.json', lock);
    const { packages } = findImports(() => ts, ["import 'one'; import 'two'"], project());
    expect(Object.keys(packages), lock).toEqual(['one', 'two']);
  }
});
