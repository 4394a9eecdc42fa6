import { mkdirSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Workspace } from './command';

/** What a person reads who gives `dinnb run` data that are not right: one notebook, a cell a mistake. */
let space: Workspace;
beforeAll(() => {
  space = new Workspace();
});
afterAll(() => space.remove());

const model = `(din.models.din({ candidate: din.features.id('item'), history: din.features.history({ hist: din.features.id('item') }, { length: 5 }),
  hidden: [4], label: 'click' }))`;
const quiet = '{ verbose: false, live: false }';
const fit = (columns: string) => `await ${model}.fit(din.data.from(${columns}), ${quiet})`;
const log = (columns: string, options: string) =>
  `(await din.data.impressions(din.data.from(${columns}), { user: 'u', item: 'i', time: 't', history: {}, ${options} })).rows`;

const cases: [string, string, RegExp][] = [
  ['a file that is not there', "await din.data.read('gone.csv')", /There is no file .*gone\.csv/],
  ['a glob without a file', "await din.data.read('none/*.csv')", /none.\*\.csv: no file has such a name/],
  [
    'parts that differ',
    "await din.data.read('parts')",
    /b\.csv: column 'item' missing, which .*a\.csv has.*one by one/,
  ],
  [
    'a list with an open quote',
    "await din.data.read('lists.csv', { lists: { hist: '|' } })",
    /lists\.csv, line 3, column 'hist': 'a\|"b' has a quote that is not closed/,
  ],
  [
    'an id that is a fraction',
    fit('{ item: [1.5, 2], hist: [[1], [2]], click: [0, 1] }'),
    /column 'item', row 1: 1\.5 is no id.*numeric\('item'\)/,
  ],
  [
    'a label of three values',
    fit('{ item: [1, 2, 3], hist: [[1], [2], []], click: [0, 1, 2] }'),
    /column 'click', row 3: a label is 0 or 1, not 2/,
  ],
  [
    'lists of different lengths side by side',
    `const item = din.features.id('item'); const cat = din.features.id('cat');
     await din.models.din({ candidate: [item, cat], history: din.features.history({ hist: item, cats: cat }, { length: 5 }), hidden: [4], label: 'click' })
       .fit(din.data.from({ item: [1, 2], cat: [1, 2], hist: [[1, 2], [2]], cats: [[1], [2]], click: [0, 1] }), ${quiet})`,
    /row 1.*(cats|hist).*(cats|hist)/s,
  ],
  [
    'times in milliseconds',
    log('{ u: [1, 1], i: [1, 2], t: [1700000000000, 1700000001000], y: [0, 1] }', "label: 'y'"),
    /column 't', row 1: 1700000000000 looks like milliseconds\. Give \{ milliseconds: true \}/,
  ],
  ['a file that is text and not what its name says', "await din.data.read('text.parquet')", /text\.parquet/],
];

const shown: [string, string, RegExp][] = [
  [
    'events twice',
    log('{ u: [1, 1], i: [2, 2], t: [5, 5], y: [0, 1] }', "label: 'y'"),
    /1 of 2 events .* same user, item and time.*They are kept/,
  ],
  ['a user without history', log('{ u: [1, 2], i: [1, 2], t: [5, 6], y: [0, 1] }', "label: 'y'"), /^2$/m],
  [
    'a value that training did not have',
    `const known = ${model}; await known.fit(din.data.from({ item: ['a', 'b'], hist: [['a'], ['b']], click: [0, 1] }), ${quiet});
     (await known.predict(din.data.from({ item: ['new'], hist: [['newer']] }))).length`,
    /^1$/m,
  ],
];

it('names what is wrong, where, and what to do; what is no error is seen', async () => {
  for (const [name, text] of [
    ['parts/a.csv', 'user,item\nu,i\n'],
    ['parts/b.csv', 'user\nu\n'],
    ['lists.csv', 'hist,item\na|b,1\n"a|""b",2\n'],
    ['text.parquet', 'a,b\n1,2\n'],
  ] as const) {
    space.write(name, text);
  }
  mkdirSync(space.path('none'));
  const all = [...cases, ...shown];
  const file = space.notebook('bad.dinnb', ...all.map(([, source]) => source));
  const { stdout, code } = await space.dinnb('run', file, '--json', '--keep-going', '--backend', 'wasm');
  expect(code).toBe(1);
  const report = JSON.parse(stdout) as {
    cells: { ok: boolean; error?: { message: string }; outputs: Record<string, unknown>[] }[];
  };
  for (const [i, [name, , message]] of cases.entries()) {
    expect(report.cells[i]?.error?.message, name).toMatch(message);
  }
  for (const [i, [name, , message]] of shown.entries()) {
    const cell = report.cells[cases.length + i]!;
    expect(cell.error, name).toBeUndefined();
    expect(cell.outputs.flatMap((output) => Object.values(output)).join('\n'), name).toMatch(message);
  }
});
