import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, mkdirSync, openSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { NotebookDocument } from '../../../src/notebook/document';
import { parseNotebook } from '../../../src/notebook/parse';
import { printNotebook } from '../../../src/notebook/print';
import { type Ended, Workspace } from './command';

/** What `dinnb run --out` leaves on the disk. WebAssembly: it starts everywhere. */
let space: Workspace;
beforeAll(() => {
  space = new Workspace();
});
afterAll(() => space.remove());

const read = (name: string) => parseNotebook(space.read(name), name);
const texts = (document: NotebookDocument) =>
  document.cells.map(({ outputs }) =>
    outputs.map((output) => (output.type === 'stream' ? output.text : output.type)).join(),
  );

it('outputs that the format cannot hold cost neither the notebook nor the other outputs', async () => {
  const deep =
    '{ let v: unknown = 1; for (let i = 0; i < 600; i++) v = [v]; display({ "application/json": v, "text/plain": "deep" }); }';
  const file = space.notebook(
    'deep.dinnb',
    deep,
    'display({ "application/json": { $payload: "x" } });',
    'console.log("last")',
  );
  const ended = await space.dinnb('run', file, '--out', file, '--backend', 'wasm');
  expect(ended.code, ended.stderr).toBe(0);
  const [first, second, third] = read(file).cells;
  expect(first!.outputs).toMatchObject([
    { data: { 'text/plain': expect.stringMatching(/^deep\n\[not saved: application\/json/) } },
  ]);
  expect(second!.outputs).toMatchObject([{ data: { 'application/json': { $payload: 'x' } } }]);
  expect(third!.outputs).toMatchObject([{ text: 'last\n' }]);
});

describe('a notebook that is edited while it runs', () => {
  /** Runs over itself and changes the file when the first cell has begun; the second waits for that. */
  async function runEditing(name: string, edit: (document: NotebookDocument) => string): Promise<Ended> {
    const go = space.path(`${name}.go`);
    const wait = `console.log("begun"); { const fs = await import("node:fs"); while (!fs.existsSync(${JSON.stringify(go)})) await new Promise((r) => setTimeout(r, 20)); }`;
    space.notebook(name, wait, 'console.log("two")', 'console.log("three")');
    const running = space.start(['run', name, '--out', name, '--backend', 'wasm']);
    while (!running.stdout().includes('begun')) {
      expect(running.process.exitCode, running.stderr()).toBeNull();
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    space.write(name, edit(read(name)));
    space.write(`${name}.go`, '');
    return running.ended;
  }

  it('keeps the edit; results go into the cells that are still what ran', async () => {
    const ended = await runEditing('edited.dinnb', (document) => {
      document.cells[1]!.source = 'console.log("edited")';
      document.cells.push({ ...document.cells[2]!, id: 'added', source: '// new' });
      document.title = 'mine';
      return printNotebook(document);
    });
    expect(ended.code, ended.stderr).toBe(0);
    const document = read('edited.dinnb');
    expect(document.title).toBe('mine');
    expect(document.cells.map(({ id }) => id)).toEqual(['c1', 'c2', 'c3', 'added']);
    expect(document.cells[1]!.source).toBe('console.log("edited")');
    expect(texts(document)).toEqual(['begun\n', '', 'three\n', '']);
    expect(ended.stderr).toMatch(/changed while the notebook ran.*Edited since.*c2/);
  });

  it.each([
    ['text with a conflict', '<<<<<<< ours\n{}\n'],
    ['another notebook', printNotebook({ version: 1, unknown: {}, cells: [] })],
  ])('%s: it is kept, and the results stand beside it', async (kind, text) => {
    const name = `beside-${kind.length}.dinnb`;
    const ended = await runEditing(name, () => text);
    expect(ended.code, ended.stderr).toBe(0);
    expect(space.read(name)).toBe(text);
    const beside = name.replace('.dinnb', '.run1.dinnb');
    expect(ended.stderr).toContain(beside);
    expect(texts(read(beside))).toEqual(['begun\n', 'two\n', 'three\n']);
  });
});

it('results whose place is gone when all has run are kept beside it, or where temporary files are, and that is an error', async () => {
  const fs = 'const fs = require("node:fs");';
  const folder = space.notebook('taken.dinnb', `${fs} fs.mkdirSync("taken.out.dinnb"); console.log("an hour of work")`);
  const beside = await space.dinnb('run', folder, '--backend', 'wasm', '--out', 'taken.out.dinnb');
  expect(beside.code).toBe(2);
  expect(beside.stderr).toMatch(
    /taken\.out\.dinnb cannot be written: it is a folder\. The results are in taken\.out\.run1\.dinnb/,
  );
  expect(texts(read('taken.out.run1.dinnb'))).toEqual(['an hour of work\n']);

  mkdirSync(space.path('gone'));
  const gone = space.notebook('gone.dinnb', `${fs} fs.rmdirSync("gone"); console.log("an hour of work")`);
  const running = space.start(['run', gone, '--backend', 'wasm', '--out', 'gone/out.dinnb'], {
    env: { TMPDIR: space.folder, TEMP: space.folder, TMP: space.folder },
  });
  const { code, stderr } = await running.ended;
  expect(code).toBe(2);
  expect(stderr).toContain(`The results are in ${space.path('out.run1.dinnb')}`);
  expect(texts(read('out.run1.dinnb'))).toEqual(['an hour of work\n']);
});

it.skipIf(!existsSync('/dev/full')).each([['--json'], ['--keep-going']])(
  'a full stdout (%s) does not keep files from being written, and is an error',
  async (flag) => {
    const file = space.notebook('full.dinnb', 'for (let i = 0; i < 20; i++) console.log("x".repeat(1000), i)', '1 + 1');
    const full = openSync('/dev/full', 'w');
    const program = path.resolve(__dirname, '../../../dist/dinnb.js');
    const args = [program, 'run', file, '--backend', 'wasm', flag, '--out', 'full.out.dinnb', '--html', 'full.html'];
    const child = spawn(process.execPath, args, { cwd: space.folder, stdio: ['ignore', full, 'pipe'] });
    let stderr = '';
    child.stderr!.on('data', (text) => {
      stderr += text;
    });
    const [code] = await once(child, 'close');
    closeSync(full);
    expect(code).toBe(2);
    expect(stderr).toMatch(/could not be written.*ENOSPC/);
    expect(read('full.out.dinnb').cells[1]!.outputs).toHaveLength(1);
    expect(space.read('full.html')).toContain('</html>');
    expect(readdirSync(space.folder).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  },
);
