import { execFileSync, spawnSync } from 'node:child_process';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseNotebook } from '../../../src/notebook/parse';
import { printNotebook } from '../../../src/notebook/print';
import { Workspace } from './command';

const program = path.resolve(__dirname, '../../../dist/dinnb.js');

let space: Workspace;
beforeAll(() => {
  space = new Workspace();
});
afterAll(() => space.remove());

/** A notebook with results, as a run leaves it. */
function ran(name: string): string {
  const document = parseNotebook(space.read(space.notebook(name, '# Title', 'a\nb\nc', '1 + 1')), name);
  Object.assign(document, { environment: { node: 'v20' }, unknown: { certificate: { seal: 'x' }, note: 1 } });
  Object.assign(document.cells[2]!, {
    outputs: [{ type: 'result', data: { 'text/plain': '2', 'image/png': Uint8Array.of(1, 2, 3) } }],
    execution: { count: 7, ok: true, startedAt: 1, endedAt: 2 },
  });
  return space.write(name, printNotebook(document));
}

const filter = (args: string[], input: string) =>
  spawnSync(process.execPath, [program, ...args], { input, encoding: 'utf8', cwd: space.folder });

describe('fmt and strip', () => {
  it('strip: what people wrote stays, what runs made goes; as a filter too', async () => {
    ran('full.dinnb');
    const full = space.read('full.dinnb');
    expect(await space.dinnb('strip', '--check', 'full.dinnb')).toMatchObject({ code: 1, stdout: 'full.dinnb\n' });
    expect(space.read('full.dinnb')).toBe(full);
    const filtered = filter(['strip', '-'], full);
    expect(await space.dinnb('strip', 'full.dinnb')).toEqual({ code: 0, stdout: 'full.dinnb\n', stderr: '' });
    const stripped = JSON.parse(space.read('full.dinnb'));
    expect(Object.keys(stripped)).toEqual(['format', 'version', 'language', 'note', 'cells']);
    expect(stripped.cells).toEqual(JSON.parse(full).cells);
    expect([filtered.status, filtered.stdout]).toEqual([0, space.read('full.dinnb')]);
    expect(await space.dinnb('strip', '--check', 'full.dinnb')).toEqual({ code: 0, stdout: '', stderr: '' });
  });

  it('strip: takes counts and times of a Jupyter notebook that was imported, and nothing else of it', async () => {
    const cell = {
      cell_type: 'code',
      metadata: { execution: { 'iopub.status.busy': '2024' }, tags: ['a'], mine: 1 },
      outputs: [],
    };
    const jupyter = {
      cells: [{ ...cell, execution_count: 42, source: ['1'] }],
      metadata: {},
      nbformat: 4,
      nbformat_minor: 4,
    };
    space.write('k.ipynb', JSON.stringify(jupyter));
    expect(await space.dinnb('import', 'k.ipynb', '--out', 'k.dinnb')).toMatchObject({ code: 0 });
    expect(space.read('k.dinnb')).toMatch(/iopub.*42/s);
    expect(await space.dinnb('strip', 'k.dinnb')).toMatchObject({ code: 0, stdout: 'k.dinnb\n' });
    expect(space.read('k.dinnb')).not.toMatch(/42|iopub|"execution/);
    expect(space.read('k.dinnb')).toMatch(/"mine": 1/);
    expect(await space.dinnb('strip', '--check', 'k.dinnb')).toMatchObject({ code: 0 });
  });

  it('fmt: lays out, and is content with what it made; unreadable files are named and left', async () => {
    ran('one.dinnb');
    const laidOut = space.read('one.dinnb');
    space.write('one.dinnb', JSON.stringify(JSON.parse(laidOut)));
    space.write('broken.dinnb', '{"format":');
    const made = await space.dinnb('fmt', 'broken.dinnb', 'one.dinnb', 'gone.dinnb');
    expect(made).toMatchObject({ code: 2, stdout: 'one.dinnb\n' });
    expect(made.stderr).toMatch(/broken\.dinnb:1:11: not valid JSON.*\ngone\.dinnb cannot be read/);
    expect([space.read('one.dinnb'), space.read('broken.dinnb')]).toEqual([laidOut, '{"format":']);
    expect(await space.dinnb('fmt', '--check', 'one.dinnb')).toEqual({ code: 0, stdout: '', stderr: '' });
    const bad = filter(['fmt', '-'], '{"format":');
    expect(bad).toMatchObject({ status: 2, stdout: '', stderr: expect.stringContaining('standard input:1:11') });
  });
});

describe('git', () => {
  const git = (...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=A', '-c', 'user.email=a@b.c', ...args], {
      cwd: space.path('repo 1'),
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  const setUp = (...flags: string[]) =>
    execFileSync(process.execPath, [program, 'git-setup', ...flags], { cwd: space.path('repo 1'), encoding: 'utf8' });
  const file = 'repo 1/my study.dinnb';
  const edit = (change: (text: string) => string) => space.write(file, change(space.read(file)));

  it('outside of a repository: said', async () => {
    const { code, stderr } = await space.start(['git-setup'], {
      env: { GIT_CEILING_DIRECTORIES: path.dirname(space.folder) },
    }).ended;
    expect(code).toBe(2);
    expect(stderr).toMatch(/not a git repository/);
  });

  it('diffs show cells, merges keep both sides, conflicts become cells', () => {
    ran(file);
    git('init', '-q', '-b', 'main');
    expect(setUp()).toContain('merge=dinnb');
    const attributes = space.read('repo 1/.gitattributes');
    expect(setUp()).toContain('says so already');
    expect(space.read('repo 1/.gitattributes')).toBe(attributes);
    git('add', '.');
    git('commit', '-qm', 'base');

    edit((text) =>
      text.replace('"b"', '"bee"').replace('"count": 7', '"count": 8').replace('"startedAt": 1', '"startedAt": 5'),
    );
    const diff = git('diff');
    expect(diff).toMatch(/^@@.*──── code c2|^ ──── code c2/m);
    expect(diff.split('\n').filter((line) => /^[-+](?![-+])/.test(line))).toEqual(['-b', '+bee']);
    git('commit', '-qam', 'bee');

    git('checkout', '-qb', 'side', 'HEAD~1');
    edit((text) => text.replace('"# Title"', '"# Other"').replace('"b"', '"B"'));
    const document = parseNotebook(space.read(file), 'x');
    document.cells.push({ id: 'added', kind: 'code', source: 'more', tags: [], outputs: [], unknown: {} });
    space.write(file, printNotebook(document));
    git('commit', '-qam', 'side');
    git('checkout', '-q', 'main');

    expect(() => git('merge', 'side')).toThrow();
    const merged = parseNotebook(space.read(file), 'merged');
    expect(merged.cells.map(({ source }) => source.replace(/^(\*\*.*?\*\*).*/s, '$1'))).toEqual([
      '# Other',
      '**Merge conflict.**',
      'a\nbee\nc',
      'a\nB\nc',
      '1 + 1',
      'more',
    ]);
    git('reset', '-q', '--hard');

    edit((text) => text.replace('"bee"', '"B"'));
    git('commit', '-qam', 'agree');
    git('merge', '-q', 'side', '-m', 'merge');
    expect(parseNotebook(space.read(file), 'x').cells.map(({ source }) => source)).toEqual([
      '# Other',
      'a\nB\nc',
      '1 + 1',
      'more',
    ]);
  });

  it('resolve makes cells of the conflict markers of a clone that was not set up, and decides them', async () => {
    git('checkout', '-q', 'main');
    git('reset', '-q', '--hard', 'HEAD~2');
    for (const name of ['merge.dinnb', 'diff.dinnb']) git('config', '--remove-section', name);
    expect(() => git('merge', 'side')).toThrow();
    const conflicted = space.read(file);
    expect(conflicted).toContain('<<<<<<< ');
    expect((await space.start(['run', file]).ended).stderr).toContain('dinnb resolve');

    const first = await space.start(['resolve', file]).ended;
    expect(first).toMatchObject({ code: 1, stderr: expect.stringContaining('1 to decide') });
    const sources = () => parseNotebook(space.read(file), 'x').cells.map(({ source }) => source);
    expect(sources()).toEqual(expect.arrayContaining(['a\nbee\nc', 'a\nB\nc', 'more']));
    expect((await space.start(['resolve', file, '--theirs']).ended).code).toBe(0);
    expect(sources()).toEqual(['# Other', 'a\nB\nc', '1 + 1', 'more']);
    space.write(file, conflicted);
    expect((await space.start(['resolve', file, '--ours']).ended).code).toBe(0);
    expect(sources()).toEqual(['# Other', 'a\nbee\nc', '1 + 1', 'more']);
    expect((await space.start(['resolve', file, '--ours', '--both']).ended).code).toBe(2);

    const broken =
      '{\n<<<<<<< HEAD\n"format": "dinnb",\n=======\n"format": [\n>>>>>>> side\n"version": 1, "cells": []\n}\n';
    space.write(file, broken);
    const told = await space.start(['resolve', file, '--theirs']).ended;
    expect(told).toMatchObject({ code: 2, stderr: expect.stringContaining('one side is no notebook') });
    expect(told.stderr).toMatch(/git checkout --ours -- .* or --theirs/);
    expect(space.read(file)).toBe(broken);
    space.write(file, '<<<<<<< HEAD\n');
    expect((await space.start(['resolve', file]).ended).code).toBe(2);
    expect(space.read(file)).toBe('<<<<<<< HEAD\n');
    git('reset', '-q', '--hard');
    setUp();
  });

  it('--strip commits without outputs and leaves them in the folder', () => {
    expect(setUp('--strip')).toMatch(/filter=dinnb.*gone once git writes|gone once git writes.*filter=dinnb/s);
    expect(space.read('repo 1/.gitattributes').match(/\*\.dinnb/g)).toHaveLength(1);
    ran('repo 1/clean.dinnb');
    git('add', '.');
    git('commit', '-qm', 'clean');
    expect(git('show', 'HEAD:clean.dinnb')).not.toContain('"outputs"');
    expect(space.read('repo 1/clean.dinnb')).toContain('"outputs"');
    expect(git('status', '--porcelain')).toBe('');
    setUp();
    expect(git('config', '--local', '--list')).not.toContain('filter.dinnb');
  });
});
