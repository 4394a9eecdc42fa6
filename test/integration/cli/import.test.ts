import { symlinkSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseNotebook } from '../../../src/notebook/parse';
import { JUPYTER } from '../../unit/notebook/jupyter-sample';
import { Workspace } from './command';

let space: Workspace;
beforeAll(() => {
  space = new Workspace();
});
afterAll(() => space.remove());

describe('import', () => {
  it('a Jupyter notebook and back: what differs is said, the pictures and the rest are there', async () => {
    space.write('study.ipynb', JSON.stringify(JUPYTER));
    const { code, stdout, stderr } = await space.dinnb('import', 'study.ipynb');
    expect(code, stderr).toBe(0);
    expect(stdout).toBe('study.dinnb\n');
    expect(stderr).toMatch(/study\.ipynb: its code is python: 2 code cells/);
    expect(stderr).toMatch(/1 raw cell/);
    const before = space.read('study.dinnb');
    const again = await space.dinnb('import', 'study.ipynb');
    expect(again).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('exists already') });
    expect(space.read('study.dinnb')).toBe(before);

    expect((await space.dinnb('export', 'study.dinnb', '--to', 'ipynb', '--out', 'back.ipynb')).code).toBe(0);
    expect((await space.dinnb('import', 'back.ipynb', '--out', 'back.dinnb')).code).toBe(0);
    expect(space.read('back.dinnb')).toBe(before);
    expect(space.read('back.ipynb')).toContain('(attachment:plot.png)');
  });

  it('a script with // %% cells: it runs', async () => {
    space.write(
      'script.ts',
      '// %% [markdown]\n// # Title\n//\n// text\n\n// %% tags=["parameters"]\nconst rate: number = 0.5;\n\n// %% Twice\nrate * 2;\n',
    );
    const made = await space.dinnb('import', 'script.ts');
    expect(made).toEqual({ code: 0, stdout: 'script.dinnb\n', stderr: '' });
    const { cells } = parseNotebook(space.read('script.dinnb'), 'x');
    expect(cells.map(({ kind, source, tags }) => [kind, source, tags])).toEqual([
      ['markdown', '# Title\n\ntext', []],
      ['code', 'const rate: number = 0.5;', ['parameters']],
      ['code', '// Twice\nrate * 2;', []],
    ]);
    const ran = await space.dinnb('run', 'script.dinnb', '--backend', 'wasm', '--param', 'rate=4', '--json');
    expect(JSON.parse(ran.stdout).cells[2].outputs[0]['text/plain']).toBe('8');
  });

  it('refuses what it cannot read and what would be lost', async () => {
    space.write('broken.ipynb', '{"nbformat":4,\n');
    space.write('old.ipynb', '{"nbformat":3}');
    space.write('bytes.ipynb', Uint8Array.of(0xff, 0xfe));
    space.write('mine.dinnb', 'not a notebook');
    space.write('ok.ts', '1');
    const cases: [string[], RegExp][] = [
      [['broken.ipynb'], /broken\.ipynb:2:1: not valid JSON/],
      [['old.ipynb'], /version 4.*nbconvert/],
      [['bytes.ipynb'], /not UTF-8/],
      [['gone.ipynb'], /no such file/],
      [['table.csv'], /table\.csv: only Jupyter notebooks/],
      [['ok.ts', '--out', 'x.txt'], /ends in \.dinnb/],
      [['ok.ts', '--out', 'mine.dinnb'], /not written over/],
    ];
    for (const [args, message] of cases) {
      const { code, stdout, stderr } = await space.dinnb('import', ...args);
      expect([code, stdout], args.join(' ')).toEqual([2, '']);
      expect(stderr).toMatch(message);
    }
    expect(space.read('mine.dinnb')).toBe('not a notebook');
  });
});

describe('what is somebody`s own', () => {
  it('is not replaced by an export that nobody named, nor by way of a link; an export is', async () => {
    space.notebook('own.dinnb', '1 + 1');
    space.write('own.ts', 'const byHand = 1;\n');
    const refused = await space.dinnb('export', 'own.dinnb', '--to', 'ts');
    expect(refused).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('own.ts is there, and is no export of dinnb'),
    });
    expect(space.read('own.ts')).toBe('const byHand = 1;\n');
    expect((await space.dinnb('export', 'own.dinnb', '--to', 'ts', '--out', 'own.ts')).code).toBe(0);
    for (const to of ['ts', 'html', 'html', 'ipynb', 'ipynb', 'md', 'md'])
      expect(await space.dinnb('export', 'own.dinnb', '--to', to), to).toMatchObject({ code: 0 });
    symlinkSync(space.path('own.dinnb'), space.path('link.html'));
    const linked = await space.dinnb('export', 'own.dinnb', '--to', 'html', '--out', 'link.html');
    expect(linked).toMatchObject({ code: 2, stderr: expect.stringContaining('link.html is the name of a notebook') });
  });

  it('as a script is no notebook: what to do is said', async () => {
    space.write('cells.ts', '// %%\n1 + 1\n');
    for (const command of ['run', 'check', 'restore'])
      expect(await space.dinnb(command, 'cells.ts')).toMatchObject({
        code: 2,
        stderr: expect.stringContaining('make one of it with "dinnb import cells.ts"'),
      });
  });
});
