import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { notebookToIpynb } from '../../../src/notebook/convert/ipynb-export';
import { ipynbToNotebook } from '../../../src/notebook/convert/ipynb-import';
import { parseNotebook } from '../../../src/notebook/parse';
import { JUPYTER } from '../../unit/notebook/jupyter-sample';
import { DocumentMaker } from '../../unit/notebook/random-document';
import { Workspace } from './command';

let space: Workspace;
beforeAll(() => {
  space = new Workspace();
});
afterAll(() => space.remove());

const python = [process.env.DINNB_TEST_PYTHON, 'python3', 'python'].find((program) => {
  if (!program) return false;
  try {
    execFileSync(program, ['-c', 'import nbformat'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
});
if (!python) {
  console.warn("SKIPPED: Jupyter's own validator. No Python with nbformat was found; set DINNB_TEST_PYTHON to one.");
}

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

describe.skipIf(!python)("Jupyter's own library", () => {
  /** Validates notebooks strictly and gives them back as Jupyter writes them. */
  function throughJupyter(texts: string[]): string[] {
    const program = `import json, sys, nbformat
out = []
for text in json.load(sys.stdin):
    raw = json.loads(text)
    nbformat.validate(raw, relax_add_props=False)
    out.append(nbformat.writes(nbformat.reads(text, as_version=4)))
json.dump(out, sys.stdout)`;
    const input = JSON.stringify(texts);
    return JSON.parse(
      execFileSync(python!, ['-W', 'error', '-c', program], { input, encoding: 'utf8', maxBuffer: 2 ** 29 }),
    );
  }

  it('finds what is exported valid, and what it writes of it imports as the same document', {
    timeout: 120_000,
  }, () => {
    const documents = Array.from({ length: 150 }, (_, seed) => new DocumentMaker(seed).document());
    documents.push(ipynbToNotebook(JSON.stringify(JUPYTER), 'x').document);
    const back = throughJupyter(documents.map((document) => notebookToIpynb(document)));
    back.forEach((text, index) => {
      expect(ipynbToNotebook(text, `seed ${index}`).document, `seed ${index}`).toEqual(documents[index]);
    });
  });
});
