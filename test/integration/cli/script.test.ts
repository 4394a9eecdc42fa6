import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parseNotebook } from '../../../src/notebook/parse';
import { Workspace } from './command';

let space: Workspace;
beforeAll(() => {
  space = new Workspace();
  mkdirSync(space.path('node_modules'));
  symlinkSync(path.resolve(__dirname, '../../..'), space.path('node_modules/dinnb'), 'dir');
});
afterAll(() => space.remove());

const CELLS: (string | [string])[] = [
  '# A study\n\nof scripts',
  ['const rate: number = 0.5, name = "a";\nlet open: string'],
  'const { a, b: [c] } = { a: 1, b: [2] };\n[rate, params.rate, name, a, c]',
  'const a = 10, d = 3; let { c } = { c: 20 }\na + c + d',
  'twice(4);\nfunction twice(x: number): number { return 2 * x }',
  'export function twice(x: number) { return x === 0 ? 0 : 3 * x }\ntwice(4)',
  "import { basename } from 'node:path';\nimport * as os from 'node:os';\nbasename('/x/y.z')",
  "import { basename, join as os } from 'node:path'\nbasename(os('p', 'q'))",
  'enum Color { Red = 3 }\nclass P { constructor(readonly x: number) {} }\nnew P(Color.Red).x',
  'class P { y = 7 }\nnew P().y',
  'type T = { n: number };\nconst t: T = { n: 1 };\nconsole.log("said", t.n);\ndisplay("shown");\ndisplay(t)',
  'tf.tensor([1, 2, 3]).square().sum() // trailing',
  'if (a > 1) void 0\nconst params2 = await Promise.resolve(5)\n"text"',
  'din.metrics.auc([0.1, 0.9, 0.8, 0.3], [0, 1, 1, 0]);\nconst after = 1',
  'var display2 = display; var a = a + 1; a',
  'let tf = 5; tf',
  '{ a: 1, b: [2] }',
  '5; for (const i of [1, 2]) i',
  'twice(4)\nfunction twice(n: number) { return 2 * n }',
  'const last = 3;\nexport default last as number',
];

it('prints what the notebook shows, with parameters too', async () => {
  space.notebook('study.dinnb', ...CELLS);
  const made = await space.dinnb('export', 'study.dinnb', '--to', 'ts', '--out', 'study.mjs');
  expect(made).toEqual({ code: 0, stdout: 'study.mjs\n', stderr: '' });
  for (const flags of [[], ['--param', 'rate=4']]) {
    const ran = await space.dinnb('run', 'study.dinnb', '--backend', 'wasm', '--json', ...flags);
    const report = JSON.parse(ran.stdout);
    expect(report.ok, ran.stderr).toBe(true);
    type Output = { [mime: string]: string };
    const shown = report.cells.flatMap(({ outputs }: { outputs: Output[] }) =>
      outputs.map((output) => Object.entries(output).find(([mime]) => mime !== 'x')![1]),
    );
    const printed = execFileSync(process.execPath, ['study.mjs', '--backend', 'wasm', ...flags], {
      cwd: space.folder,
      encoding: 'utf8',
    });
    expect(printed.trim().split('\n')).toEqual(shown.join('\n').replace(/\n\n/g, '\n').trim().split('\n'));
  }
});

it('trains to the bit as the notebook does, on every backend, and prints curves in their last form', async () => {
  const study = `const samples = await din.data.simulated({ rows: 1_500, seed: 3 });
const f = din.features;
const movie = f.identity('movieId', { buckets: samples.items.size });
const model = din.models.din({ candidate: movie, history: f.history(samples.historyColumns, { of: movie }), seed: 3 });
await model.fit(samples.train, { epochs: 2, batchSize: 64, verbose: false });
(await model.predict(samples.test)).reduce((sum, probability) => sum + probability, 0)`;
  space.notebook('training.dinnb', study);
  expect((await space.dinnb('export', 'training.dinnb', '--to', 'ts', '--out', 'training.mjs')).code).toBe(0);
  for (const backend of ['native', 'wasm']) {
    const ran = await space.dinnb('run', 'training.dinnb', '--backend', backend, '--json');
    const [cell] = JSON.parse(ran.stdout).cells;
    expect(cell.ok, ran.stderr).toBe(true);
    const printed = execFileSync(process.execPath, ['training.mjs', '--backend', backend], {
      cwd: space.folder,
      encoding: 'utf8',
    });
    const sum = cell.outputs.map((output: { [mime: string]: string }) => output['text/plain']).at(-1);
    expect(printed.trim().split('\n').at(-1), backend).toBe(sum);
    expect(printed.match(/^DIN: .*/gm)).toEqual([expect.stringContaining('done, 2 epochs')]);
  }
});

it('as .ts keeps the types and the cells: it imports again, and runs where Node skips types', async () => {
  const made = await space.dinnb('export', 'study.dinnb', '--to', 'ts');
  expect(made).toMatchObject({ code: 0, stdout: 'study.ts\n', stderr: expect.stringContaining('Node 22.18') });
  const text = space.read('study.ts');
  expect(text).toContain('function twice');
  expect(text).toContain('const t: T = { n: 1 };');
  expect((await space.dinnb('import', 'study.ts', '--out', 'again.dinnb')).code).toBe(0);
  const [head, ...cells] = parseNotebook(space.read('again.dinnb'), 'x').cells;
  expect(head!.source).toContain("from 'dinnb/script'");
  expect(cells.map(({ kind, tags }) => [kind, tags])).toEqual(
    CELLS.map((cell) => [
      String(cell).startsWith('#') ? 'markdown' : 'code',
      typeof cell === 'string' ? [] : ['parameters'],
    ]),
  );
  const node = process.env.DINNB_TEST_NODE ?? process.execPath;
  if (execFileSync(node, ['-p', 'process.features.typescript'], { encoding: 'utf8' }).trim() !== 'strip') {
    console.warn('SKIPPED: running an exported .ts, which needs Node 22.18; set DINNB_TEST_NODE to one.');
    return;
  }
  const run = (file: string) =>
    execFileSync(node, [file, '--backend', 'wasm'], { cwd: space.folder, encoding: 'utf8' });
  expect(run('study.ts')).toBe(run('study.mjs'));
});
