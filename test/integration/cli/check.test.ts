import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { NotebookDocument } from '../../../src/notebook/document';
import { parseNotebook } from '../../../src/notebook/parse';
import { printNotebook } from '../../../src/notebook/print';
import { Workspace } from './command';

/** `dinnb check`, as a colleague uses it. */
let space: Workspace;
beforeAll(() => {
  space = new Workspace();
});
afterAll(() => space.remove());

const read = (name: string) => parseNotebook(space.read(name), name);
const edit = (name: string, change: (document: NotebookDocument) => void) => {
  const document = read(name);
  change(document);
  space.write(name, printNotebook(document));
};
const environment = (name: string) =>
  read(name).environment as { [name: string]: { [key: string]: Record<string, unknown> } };

async function check(name: string, ...flags: string[]) {
  const ended = await space.dinnb('check', name, '--json', '--backend', 'wasm', ...flags);
  const report = JSON.parse(ended.stdout) as {
    ran: boolean;
    same: boolean;
    certificate: string;
    problems: { kind: string; message: string; cell?: string }[];
    cells: { id: string; number: number; differences: { where: string; old: string; new: string }[] }[];
    leftOut: { number: number; count: number; old: string; new: string }[];
    reasons: string[];
  };
  return { ...ended, report };
}

describe('what a run was made of', () => {
  const NAME = 'study.dinnb';
  beforeAll(async () => {
    space.write('ratings.csv', 'user,rating\n1,4\n2,5\n');
    space.write(
      'helper.ts',
      "import { EOL } from 'node:os';\nexport const twice = (x: number): number => 2 * x + (EOL === '?' ? 1 : 0);\n",
    );
    space.notebook(
      NAME,
      ['const factor = 3;'],
      "import { readFileSync } from 'node:fs';\nconst rows = readFileSync('ratings.csv', 'utf8').trim().split('\\n').length - 1; console.log('rows', rows)",
      "import { twice } from './helper';\nconsole.log('value', twice(factor) + 0.125)",
      'console.log("took", performance.now().toFixed(1), "ms", new Date().toISOString())',
    );
    const ran = await space.dinnb('run', NAME, '--out', NAME, '--backend', 'wasm', '--param', 'factor=5');
    expect(ran.code, ran.stdout).toBe(0);
    const first = await check(NAME);
    expect(first.code, first.stdout + first.stderr).toBe(0);
    const nothing = { ran: true, same: true, problems: [], cells: [], certificate: 'never checked' };
    expect(first.report).toMatchObject(nothing);
    // The clock and how long the kernel had run.
    expect(first.report.leftOut).toMatchObject([{ number: 4, count: 2 }]);
  });
  const original = () => space.read(NAME);

  it('is recorded: parameters, data, files, sources, order', () => {
    const found = environment(NAME);
    expect(found).toMatchObject({ backend: 'wasm', parameters: { factor: '5' }, processors: expect.any(Number) });
    expect(found.data!['ratings.csv']).toMatchObject({ bytes: 20, sha256: expect.stringMatching(/^[0-9a-f]{64}$/) });
    expect(Object.keys(found.files!)).toEqual(['helper.ts']);
    expect(Object.values(found.cells!).map(({ order }) => order)).toEqual([1, 2, 3, 4]);
  });

  it('the same: exit 0, and a certificate that --json tells the next time', async () => {
    expect((await check(NAME)).report.certificate).toMatch(/^reproduced \d{4}-\d\d-\d\d on \S+, wasm TensorFlow/);
  });

  it('a rerun that came out the same leaves all as it was but the times of the cells', async () => {
    const again = await space.dinnb('run', NAME, '--out', 'again.dinnb', '--backend', 'wasm', '--param', 'factor=5');
    expect(again.code, again.stdout).toBe(0);
    const withoutTimes = (name: string) =>
      space
        .read(name)
        .split('\n')
        .filter((line) => !/"startedAt"|"took/.test(line))
        .join('\n');
    expect(withoutTimes('again.dinnb')).toBe(withoutTimes(NAME));
  });

  it.each<[string, (name: string) => void, RegExp, RegExp]>([
    [
      'a number in an output',
      (name) => space.write(name, space.read(name).replace('10.125', '10.126')),
      /^$/,
      /10\.126.*10\.125/,
    ],
    [
      'a source',
      (name) => edit(name, (document) => (document.cells[2]!.source += ' ')),
      /cell 3 \(c3\) was changed after it ran/,
      /^\[\]$/,
    ],
    [
      'a source that counts',
      (name) =>
        edit(name, (document) => {
          document.cells[2]!.source = "console.log('value', 1)";
        }),
      /cell 3 \(c3\) was changed/,
      /10\.125.*value 1/,
    ],
    [
      'a parameter',
      (name) =>
        edit(name, (document) => {
          (document.environment!.parameters as { factor: string }).factor = '6';
        }),
      /the parameters were changed after the run/,
      /10\.125.*12\.125/,
    ],
    [
      'the order',
      (name) => edit(name, (document) => document.cells.push(document.cells.splice(1, 1)[0]!)),
      /cell 4 \(c2\) ran before/,
      /^\[\]$/,
    ],
    [
      'outputs that were cleared',
      (name) =>
        edit(name, (document) => {
          document.cells[1] = { ...document.cells[1]!, outputs: [], execution: undefined };
        }),
      /cell 2 \(c2\) has never run/,
      /rows 2/,
    ],
  ])(
    '%s that was altered is found, with the reason, and breaks the certificate',
    async (_what, alter, problems, differences) => {
      const before = original();
      try {
        alter(NAME);
        const { code, report, stderr } = await check(NAME);
        expect(code, stderr).toBe(1);
        expect(report.same).toBe(false);
        expect(report.certificate).toMatch(/^changed since/);
        expect(report.reasons.join()).toMatch(/an edit after it was checked: a source, an output/);
        expect(report.problems.map(({ message }) => message).join()).toMatch(problems);
        expect(JSON.stringify(report.cells.flatMap((cell) => cell.differences))).toMatch(differences);
        // Told before anything runs.
        if (report.problems.length > 0)
          expect(stderr.indexOf(report.problems[0]!.message)).toBeLessThan(stderr.indexOf('[1]'));
      } finally {
        space.write(NAME, before);
      }
    },
  );

  it.each([
    ['ratings.csv', 'user,rating\n1,4\n2,5\n3,1\n', /the data ratings\.csv has changed/, /another data ratings\.csv/],
    ['ratings.csv', 'user,rating\n1,4\n2,1\n', /the data ratings\.csv has changed/, /another data ratings\.csv/],
    [
      'helper.ts',
      'export const twice = (x: number): number => 2 * x;\n',
      /the file helper\.ts has changed/,
      /another workspace file helper\.ts/,
    ],
  ])('%s that was changed is found and named', async (file, content, problem, reason) => {
    const before = space.read(file);
    try {
      space.write(file, content);
      const { code, report } = await check(NAME);
      expect(code).toBe(1);
      expect(report.problems.map(({ message }) => message).join()).toMatch(problem);
      expect(report.reasons.join()).toMatch(reason);
    } finally {
      space.write(file, before);
    }
  });

  it('a tolerance that was given is told by the certificate, an altered record in spite of the same outputs', async () => {
    const before = original();
    try {
      edit(NAME, (document) => {
        document.environment = { ...document.environment, tensorflow: '1.0.0', git: { commit: 'f'.repeat(40) } };
      });
      const ended = await space.dinnb('check', NAME, '--backend', 'wasm', '--tolerance', '0.5');
      expect(ended.code).toBe(0);
      expect(ended.stdout).toMatch(
        /in spite of:\n.*an edit after it was checked.*\n {2}another TensorFlow: \S+ instead of 1\.0\.0/,
      );
      // Nobody stands behind what was written there: the block is that of the rerun.
      expect(environment(NAME)).toEqual(JSON.parse(before).environment);
      expect((await check(NAME)).report.certificate).toMatch(/^reproduced .*, within 0\.5$/);
      expect((await check(NAME)).report.certificate).not.toMatch(/within/);
      expect((await space.dinnb('check', NAME, '--tolerance', 'Infinity')).code).toBe(2);
    } finally {
      space.write(NAME, before);
    }
  });

  it('shows old and new in the terminal, for build servers and in a page; --update takes the new', async () => {
    const before = original();
    try {
      edit(NAME, (document) => {
        document.cells[2]!.outputs = [{ type: 'stream', name: 'stdout', text: 'value <script>alert(1)</script>\n' }];
      });
      const ended = await space.dinnb('check', NAME, '--backend', 'wasm', '--junit', 'r.xml', '--html', 'r.html');
      expect(ended.code).toBe(1);
      expect(ended.stdout).toMatch(
        /cell 3 \(c3\) differs.*\n.*line 1\n.*saved: value <script>.*\n.*now: {3}value 10\.125/,
      );
      expect(space.read('r.xml')).toMatch(/tests="5" failures="1"[\s\S]*<failure[\s\S]*now: value 10\.125/);
      expect(space.read('r.html')).toContain('value 10.125');
      for (const file of ['r.xml', 'r.html']) expect(space.read(file)).not.toContain('<script>');
      const updated = await space.dinnb('check', NAME, '--backend', 'wasm', '--update');
      expect(updated.code).toBe(0);
      expect(read(NAME).unknown.certificate).toBeUndefined();
      expect((await check(NAME)).code).toBe(0);
    } finally {
      space.write(NAME, before);
    }
  });

  it('2 where it could not run, and nothing is written', async () => {
    const before = original();
    expect((await space.dinnb('check', 'nothing.dinnb')).code).toBe(2);
    expect((await space.dinnb('check', space.write('bad.dinnb', '{'))).code).toBe(2);
    expect((await space.dinnb('check', NAME, '--html', 'no/such/x.html')).code).toBe(2);
    expect(original()).toBe(before);
  });

  it('run says that the saved outputs were made elsewhere', async () => {
    edit(NAME, (document) => {
      document.environment = { ...document.environment, backend: 'native', tensorflow: '2.21.0' };
    });
    const { stdout } = await space.dinnb('run', NAME, '--backend', 'wasm');
    expect(stdout).toMatch(/made elsewhere \(another backend: wasm instead of native; another TensorFlow/);
  });
});

it('what a notebook writes itself is none of its data, times are none of its results: it is the same again and again', async () => {
  const NAME = 'writes.dinnb';
  space.write('input.csv', 'user,rating\n1,4\n');
  space.notebook(
    NAME,
    `import fs from 'node:fs';
import os from 'node:os';
const folder = fs.mkdtempSync(os.tmpdir() + '/own-');
fs.writeFileSync(folder + '/a.csv', 'a,b\\n1,2\\n');
const own = await din.data.read(folder + '/a.csv');
fs.rmSync(folder, { recursive: true });
own.rows`,
    `await fs.promises.writeFile('out.json', JSON.stringify({ at: Date.now() }));
JSON.parse(fs.readFileSync('out.json', 'utf8'))`,
    "const input = await din.data.read('input.csv'); console.log(input.rows, new Date().toString(), process.cwd())",
    'display({ at: Date.now(), text: new Date().toLocaleString() })',
    "for (const _row of display.progress([1, 2, 3], { title: 'rows' })) await new Promise((resolve) => setTimeout(resolve, 20)); Date.now() / 1000",
  );
  const ran = await space.dinnb('run', NAME, '--out', NAME, '--backend', 'wasm');
  expect(ran.code, ran.stdout).toBe(0);
  expect(Object.keys(environment(NAME).data!)).toEqual(['input.csv']);
  for (const time of [1, 2]) {
    const { code, stdout, stderr } = await check(NAME);
    expect(code, `check ${time}: ${stdout}${stderr}`).toBe(0);
  }
});

it('what queries read, what is copied first and what is imported by a computed name is recorded, and told when it changed', async () => {
  const NAME = 'ways.dinnb';
  const folder = (name: string, text: string) => {
    mkdirSync(path.dirname(space.path(name)), { recursive: true });
    space.write(name, text);
  };
  for (const name of ['sql.csv', 'parts/a.csv', 'parts/b.csv', 'second.csv', 'pivot.csv', 'raw.csv'])
    folder(name, 'kind,clicked\na,1\nb,0\n');
  folder('models/wide.ts', "import { base } from './base';\nexport const width = base + 1;\n");
  folder('models/base.ts', 'export const base = 1;\n');
  folder('models/old.cjs', 'exports.age = 9;\n');
  folder('models/own.cjs', "module.exports = require('./inner.cjs') + require('sized').size;\n");
  folder('models/inner.cjs', 'module.exports = 2;\n');
  folder('node_modules/sized/package.json', '{"name":"sized","version":"3.1.4","main":"index.js"}');
  folder('node_modules/sized/index.js', 'exports.size = 7;\n');
  space.notebook(
    NAME,
    `import fs from 'node:fs';
const joined = await din.data.sql("SELECT count(*) n FROM 'sql.csv' s JOIN read_csv(['parts/*.csv']) p USING (kind) WHERE kind IN ('a', 'raw.csv')");
const more = await joined.sql("SELECT n, (SELECT count(*) FROM 'second.csv') m FROM this");
const pivot = await din.data.sql("PIVOT 'pivot.csv' ON kind USING sum(clicked)");
console.log(more.rows, pivot.rows)`,
    `fs.copyFileSync('raw.csv', 'work.csv');
const raw = await din.data.read('work.csv');
raw.rows`,
    `const [name, old] = ['wide', './models/old.cjs'];
const { width } = await import(\`./models/\${name}.ts\`);
width + require(old).age`,
    `import { createRequire } from 'node:module';
const load = createRequire(new URL('./models/', import.meta.url));
load('./own.cjs') + load('sized').size`,
  );
  const ran = await space.dinnb('run', NAME, '--out', NAME, '--backend', 'wasm');
  expect(ran.code, ran.stdout).toBe(0);
  const data = ['parts/a.csv', 'parts/b.csv', 'pivot.csv', 'raw.csv', 'second.csv', 'sql.csv'];
  expect(Object.keys(environment(NAME).data!)).toEqual(data);
  expect(Object.keys(environment(NAME).files!)).toEqual(
    ['base.ts', 'inner.cjs', 'old.cjs', 'own.cjs', 'wide.ts'].map((name) => `models/${name}`),
  );
  expect(environment(NAME).packages).toMatchObject({ sized: { version: '3.1.4' } });
  for (const name of ['parts/b.csv', 'raw.csv']) space.write(name, 'kind,clicked\nz,1\nb,0\n');
  space.write('models/base.ts', 'export const base = 5;\n');
  const { code, report } = await check(NAME);
  expect(code).toBe(1);
  expect(report.problems.map(({ message }) => message.split(':')[0])).toEqual([
    'the data parts/b.csv has changed',
    'the data raw.csv has changed',
    'the file models/base.ts has changed',
  ]);
});

it('what dinnb loads of its own is none of the notebook’s files and packages', async () => {
  const NAME = 'own.dinnb';
  const spec = "{ data: { values: [{ a: 1 }] }, mark: 'point', encoding: { x: { field: 'a', type: 'quantitative' } } }";
  space.notebook(
    NAME,
    `display.vegaLite(${spec})`,
    "const few = await din.data.sql('SELECT 1 AS a');\nfew.rows",
    'tf.scalar(1).dataSync()[0]',
  );
  const ran = await space.dinnb('run', NAME, '--out', NAME, '--backend', 'wasm');
  expect(ran.code, ran.stdout).toBe(0);
  expect(environment(NAME)).not.toHaveProperty('files');
  expect(environment(NAME)).not.toHaveProperty('packages');
});

it('figures that were altered by hand are each found in their place: table, curve, heatmap, picture, and the certificate breaks', async () => {
  const NAME = 'figures.dinnb';
  space.notebook(
    NAME,
    "display.table([{ user: 'a', auc: 0.625 }, { user: 'b', auc: 0.75 }])",
    `const samples = await din.data.simulated({ rows: 1_500, seed: 7 });
const movie = din.features.identity('movieId', { buckets: samples.items.size });
const columns = { candidate: movie, history: din.features.history(samples.historyColumns, { of: movie }) };
const model = din.models.din({ ...columns, hidden: [8], seed: 7 });
await model.fit(samples.train, { epochs: 1, batchSize: 256, seed: 7 });`,
    'await din.insight.attentionMap(model, samples.test.slice(0, 4), { items: samples.items })',
    'display.image(\'<svg xmlns="http://www.w3.org/2000/svg" width="10" height="10"/>\')',
    "display.image(Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNkYAAAAAYAAjCB0C8AAAAASUVORK5CYII=', 'base64'))",
  );
  const ran = await space.dinnb('run', NAME, '--out', NAME, '--backend', 'wasm');
  expect(ran.code, ran.stdout).toBe(0);
  expect((await check(NAME)).code).toBe(0);
  edit(NAME, ({ cells }) => {
    const data = (cell: number) => {
      const found = cells[cell]!.outputs.find((output) => 'data' in output);
      if (!found || !('data' in found)) throw new Error(`cell ${cell} shows nothing`);
      return found.data as { [mime: string]: unknown };
    };
    const alter = (cell: number, mime: RegExp, change: (text: string) => string) => {
      const bundle = data(cell);
      const name = Object.keys(bundle).find((key) => mime.test(key))!;
      const before = bundle[name];
      const text = change(typeof before === 'string' ? before : JSON.stringify(before));
      expect(text, name).not.toBe(typeof before === 'string' ? before : JSON.stringify(before));
      bundle[name] = typeof before === 'string' ? text : JSON.parse(text);
    };
    alter(0, /table/, (text) => text.replace('0.75', '0.76'));
    alter(1, /training/, (text) => text.replace(/("training":\{"loss":\[)0\.\d/, '$10.9'));
    alter(1, /svg/, (text) => text.replace(/>0\.(\d)/, '>1.$1'));
    alter(2, /attention/, (text) => text.replace(/0\.\d(\d+)/, '0.9$1'));
    alter(3, /svg/, (text) => text.replace('10', '11'));
    const picture = data(4)['image/png'] as Uint8Array;
    picture[picture.length - 1]! ^= 1;
  });
  const { code, report } = await check(NAME);
  expect(code).toBe(1);
  expect(report.certificate).toMatch(/^changed since/);
  const places = Object.fromEntries(
    report.cells.map(({ id, differences }) => [id, differences.map(({ where }) => where)]),
  );
  expect(places).toEqual({
    c1: [expect.stringMatching(/table.*auc|table.*\[1\]/)],
    c2: [expect.stringMatching(/epochLog\.training\.loss\[0\]/), expect.stringMatching(/image\/svg\+xml/)],
    c3: [expect.stringMatching(/attention/)],
    c4: [expect.stringMatching(/image\/svg\+xml/)],
    c5: [expect.stringMatching(/image\/png/)],
  });
});

it('outputs that a file holds in other words, or cannot hold, are the same when they come again', async () => {
  const show = (value: string) => `display({ 'application/json': ${value}, 'text/plain': 'x' });`;
  space.notebook(
    'words.dinnb',
    `let deep: any = 1;\nfor (let i = 0; i < 700; i++) deep = [deep];\n${show('deep')}`,
    show(
      `{ date: new Date(0), nothing: undefined, odd: [NaN, -0, Infinity, undefined], $payload: 'p', typed: Float32Array.of(0.1, -0) }`,
    ),
    show(`JSON.parse('{ "__proto__": { "a": 1 }, "$payload": { "$payload": "x" } }')`),
    "display({ 'image/png': Uint8Array.of(0, 255), 'text/html': 'a\\r\\nb\\rc\\ud800\\u2028' }); console.log('a\\r\\nb\\r50%\\ud800')",
    '[Float64Array.of(-0, NaN), new Date(0), undefined, 12n, NaN, -0, { a: [undefined] }]',
  );
  const ran = await space.dinnb('run', 'words.dinnb', '--out', 'words.dinnb', '--backend', 'wasm');
  expect(ran.code, ran.stdout).toBe(0);
  expect(space.read('words.dinnb')).toContain('not saved: application/json');
  const { code, report } = await check('words.dinnb');
  expect({ code, cells: report.cells }).toEqual({ code: 0, cells: [] });
  edit('words.dinnb', ({ cells }) => {
    cells[0]!.outputs[0] = { type: 'display', data: { 'text/plain': 'x\n[not saved: something else]' } };
  });
  expect((await check('words.dinnb')).report.cells).toMatchObject([
    { number: 1, differences: [{ old: expect.stringContaining('something else') }] },
  ]);
});
