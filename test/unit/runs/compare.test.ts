import { describe, expect, it } from 'vitest';
import type { NotebookCell, NotebookDocument, SavedOutput } from '../../../src/notebook/document';
import { parseNotebook } from '../../../src/notebook/parse';
import { printNotebook } from '../../../src/notebook/print';
import { progressLine } from '../../../src/outputs/progress';
import { certificateOf, certified, describeCertificate } from '../../../src/runs/certificate';
import { compareOutputs } from '../../../src/runs/compare';
import { compareFits, findProblems, findReasons } from '../../../src/runs/differences';
import { checkToHtml, printCheck } from '../../../src/runs/report';
import { withoutVolatile } from '../../../src/runs/volatile';

function document(outputs: SavedOutput[], more: Partial<NotebookCell> = {}): NotebookDocument {
  const cell: NotebookCell = { id: 'c1', kind: 'code', source: 'f()', tags: [], outputs, unknown: {}, ...more };
  return { version: 1, unknown: {}, cells: [cell] };
}
const text = (value: string): SavedOutput => ({ type: 'stream', name: 'stdout', text: value });
const json = (value: unknown, mime = 'application/json'): SavedOutput => ({ type: 'display', data: { [mime]: value } });
const differences = (a: SavedOutput[], b: SavedOutput[], tolerance = 0, more: Partial<NotebookCell> = {}) =>
  compareOutputs(document(a, more), document(b, more), { tolerance }).cells.flatMap((cell) => cell.differences);

it('that a cell failed or succeeded is compared, also where it shows the same', () => {
  const ended = (ok: boolean, more: Partial<NotebookCell> = {}) =>
    document([text('a\n')], { execution: { count: 1, ok, startedAt: 1, endedAt: 2 }, ...more });
  const places = (a: NotebookDocument, b: NotebookDocument) =>
    compareOutputs(a, b, { tolerance: 0 }).cells.flatMap(({ differences }) => differences);
  expect(places(ended(true), ended(true))).toEqual([]);
  expect(places(ended(false), ended(true))).toEqual([{ where: 'how it ended', old: 'it failed', new: 'it succeeded' }]);
  expect(places(ended(true), ended(false))).toHaveLength(1);
  expect(places(ended(true, { tags: ['volatile'] }), ended(false))).toEqual([]);
  expect(places(ended(true), document([text('a\n')]))).toEqual([]);
});

describe('outputs are compared', () => {
  it.each<[string, SavedOutput, SavedOutput, string]>([
    ['a number in a text', text('auc 0.925\n'), text('auc 0.926\n'), 'stdout, line 1'],
    ['a line more', text('a\n'), text('a\nb\n'), 'stdout, line 2'],
    [
      'an entry of a list',
      json({
        rows: [
          [1, 2],
          [3, 4],
        ],
      }),
      json({
        rows: [
          [1, 2],
          [3, 5],
        ],
      }),
      'output 1, application/json.rows[1][1]',
    ],
    ['a column less', json([{ a: 1, b: 2 }]), json([{ a: 1 }]), 'output 1, application/json[0].b'],
    ['a picture', json(Uint8Array.of(1), 'image/png'), json(Uint8Array.of(2), 'image/png'), 'output 1, image/png'],
    ['another kind of output', text('1'), json(1), 'stdout'],
    ['null for a number', json([1, null]), json([1, 2]), 'output 1, application/json[1]'],
    [
      'an error of other words',
      { type: 'error', error: { name: 'E', message: 'a', stack: '' } },
      { type: 'error', error: { name: 'E', message: 'b', stack: '' } },
      'output 1, error, line 1',
    ],
  ])('%s', (_name, a, b, where) => {
    expect(differences([a], [a])).toEqual([]);
    expect(differences([a], [b]).map((difference) => difference.where)).toEqual([where]);
    expect(differences([a], [b], 0, { tags: ['volatile'] })).toEqual([]);
  });

  it('numbers within a tolerance, of the flag or of the cell, in texts and in values', () => {
    const [a, b] = [
      [text('loss 0.5000 of 12\n'), json([1000])],
      [text('loss 0.5004 of 12\n'), json([1000.4])],
    ];
    expect(differences(a, b)).toHaveLength(2);
    expect(differences(a, b, 0.001)).toEqual([]);
    expect(differences(a, b, 0, { tags: ['tolerance=0.001'] })).toEqual([]);
    expect(differences(a, b, 1, { tags: ['tolerance=0'] })).toHaveLength(2);
    // Digits of a name, a date, a time or a version are no numbers; nor is a text in a table that is nothing else: it is an id.
    for (const [old, now] of [
      ['user u10001', 'user u10002'],
      ['on 2024-01-05', 'on 2025-01-05'],
      ['at 10:20 or 3/4', 'at 10:21 or 3/4'],
      ['v1.2.3', 'v1.2.4'],
      ['tf 1.2.3', 'tf 1.3.3'],
      ['9f3c', '9f4c'],
    ] as const)
      expect(differences([text(old)], [text(now)], 0.5), old).toHaveLength(1);
    for (const [old, now] of [
      ['auc=0.9251, (-3.5e-2) 10k 1.5x', 'auc=0.9252, (-3.6e-2) 11k 1.6x'],
      ['loss: .5;7', 'loss: .6;7.1'],
    ] as const)
      expect(differences([text(old)], [text(now)], 0.2), old).toEqual([]);
    const cell = (value: string): SavedOutput[] => [{ type: 'result', data: { 'application/json': { id: value } } }];
    expect(differences(cell('10001'), cell('10002'), 0.5)).toHaveLength(1);
    expect(differences(cell('auc 0.9251'), cell('auc 0.9252'), 0.5)).toEqual([]);
    expect(differences([text('loss 0.5')], [text('lost 0.5')], 1)).toHaveLength(1);
  });

  it('times and places of a machine are no difference; other numbers beside them are', () => {
    expect(differences([text('epoch 1/4  1.6 s  loss 0.5')], [text('epoch 1/4  12.0 s  loss 0.5')])).toEqual([]);
    expect(differences([text('epoch 1/4  1.6 s  loss 0.5')], [text('epoch 1/4  1.6 s  loss 0.6')])).toHaveLength(1);
    expect(withoutVolatile('at 2026-01-31T10:20:30Z in /tmp/x-1/y')).toBe(
      withoutVolatile('at 2025-02-01T00:00:00Z in /tmp/z'),
    );
    expect(withoutVolatile('12 samples of 5 users')).toBe('12 samples of 5 users');
  });

  it.each([
    ['42 rows/s', '57 rows/s', 0],
    ['1,200 samples/s', '998.5 samples / sec', 0],
    ['read 3.5 MB/s', 'read 4 MB/s', 0],
    ['12it/s', '11it/s', 0],
    ['7 batches a second', '8 batches per second', 0],
    ['42 clicks/s', '43 clicks/s', 1],
    ['0.93 auc/s', '0.94 auc/s', 1],
    ['12 m/s', '13 m/s', 1],
    ['5 per second', '6 per second', 1],
    ['wrote /tmp/a-1/x.csv', 'wrote /tmp/b-2/x.csv', 0],
    ["open('/tmp/a')", "open('/tmp/b')", 0],
    ['at file:///tmp/a/x.js:3', 'at file:///tmp/b/x.js:3', 0],
    ['in=/private/var/folders/a/b', 'in=/private/var/folders/c/d', 0],
    ['C:\\Users\\a\\Temp\\x', 'C:\\Users\\b\\Temp\\y', 0],
    ['/tmp/m:0.9251', '/tmp/n:0.9251', 0],
    ['/tmp/m:0.9251', '/tmp/m:0.93', 1],
    ['|/tmp/m|0.9251|', '|/tmp/m|0.93|', 1],
    ['/tmp/m(0.9251)', '/tmp/m(0.93)', 1],
    ['/tmp/m&auc=0.9251', '/tmp/m&auc=0.93', 1],
    ['score/tmp/0.5', 'score/tmp/0.6', 1],
    ['./tmp/0.5', './tmp/0.6', 1],
  ])('how fast a program was and where its temporary folder lies are of the machine: %s, %s', (a, b, count) => {
    expect(differences([text(a)], [text(b)])).toHaveLength(count);
    expect(differences([text(a)], [text(a)])).toEqual([]);
  });

  const at = (startedAt: number, endedAt: number): Partial<NotebookCell> => ({
    execution: { count: 1, ok: true, startedAt, endedAt },
  });
  const [then, now] = [Date.UTC(2026, 0, 31, 10, 20, 30), Date.UTC(2026, 10, 26, 5, 37, 19)];
  const [before, after] = [at(then, then + 2000), at(now, now + 3000)];

  it('what differs and does not count is told, cell by cell', () => {
    const leftOut = (a: SavedOutput, b: SavedOutput, tolerance = 0) =>
      compareOutputs(document([a], before), document([b], after), { tolerance, folders: ['/home/b'] }).leftOut;
    expect(leftOut(text('took 120 ms'), text('took 120 ms'))).toEqual([]);
    expect(leftOut(text('took 120 ms\nloss 0.5\n'), text('took 121 ms\nloss 0.5\n'))).toEqual([
      { number: 1, count: 1, old: '120 ms', new: '121 ms' },
    ]);
    expect(leftOut(text('7 rows/s in /tmp/a, 1 s\n2 s'), text('8 rows/s in /tmp/b, 1 s\n3 s'))).toEqual([
      { number: 1, count: 3, old: '7 rows/s', new: '8 rows/s' },
    ]);
    expect(leftOut(json([then]), json([now]))).toMatchObject([{ count: 1, old: String(then) }]);
    expect(leftOut(text('in /Users/a/x'), text('in /home/b/x'))).toMatchObject([{ old: 'in /Users/a/x' }]);
    expect(leftOut(text('2 s, loss 0.5'), text('3 s, loss 0.501'), 0.01)).toMatchObject([{ count: 1, old: '2 s' }]);
    expect(leftOut(text('2 s, loss 0.5'), text('3 s, loss 0.6'))).toEqual([]);
  });

  const rerun = (a: SavedOutput, b: SavedOutput, more: Partial<NotebookCell> = {}) =>
    compareOutputs(document([a], { ...before, ...more }), document([b], after), {
      tolerance: 0,
      folders: ['/home/b/study', '/home/b'],
    }).cells.length;
  const spellings: ((time: number) => string)[] = [
    (time) => `made ${new Date(time).toISOString()}`,
    (time) => `made ${new Date(time)}`,
    (time) => `made ${new Date(time).toUTCString()}, ${new Date(time).toDateString()}`,
    (time) => `made ${new Date(time).toLocaleString('en-US')} or ${new Date(time).toLocaleString('en-GB')}`,
    (time) => `on ${new Date(time).toISOString().slice(0, 10)} at ${new Date(time).toLocaleTimeString('en-US')}`,
    (time) => `at ${new Date(time).toISOString().slice(11, 19)}`,
    (time) => `epoch ${time} and ${Math.floor(time / 1000)}.`,
    (time) => `${(time + 404) / 1000} s or ${time + 0.123} ms since 1970`,
  ];

  it.each(spellings)('a time of the run is no difference, in any spelling; another is a result: %s', (spelled) => {
    expect(rerun(text(spelled(then + 1000)), text(spelled(now + 1000)))).toBe(0);
    expect(rerun(json({ when: spelled(then) }), json({ when: spelled(now) }))).toBe(0);
    const [event, other] = [Date.UTC(1996, 2, 29, 18, 36, 55), Date.UTC(1996, 2, 29, 18, 36, 56)];
    if (spelled(event) !== spelled(other)) expect(rerun(text(spelled(event)), text(spelled(other)))).toBe(1);
    expect(rerun(text(spelled(event)), text(spelled(now)))).toBe(1);
  });

  it('a number that is the time of the run is no difference; another is', () => {
    expect(rerun(json({ at: then, seconds: then / 1000 }), json({ at: now, seconds: now / 1000 }))).toBe(0);
    expect(rerun(json({ at: 1_000_000_000_000 }), json({ at: now }))).toBe(1);
    expect(rerun(json({ user: 1_800_000_001 }), json({ user: 1_800_000_002 }))).toBe(1);
  });

  it.each(spellings)('a clock that was wrong by decades when it ran makes no difference: %s', (spelled) => {
    const wrong = then + (Date.UTC(2100, 0) - Date.UTC(2026, 0));
    expect(rerun(text(spelled(wrong + 1000)), text(spelled(now + 1000)), at(wrong, wrong + 2000))).toBe(0);
  });

  it('a time that lasted longer than the run is a result, and a statistic is no duration', () => {
    expect(rerun(text('took 1.8 s'), text('took 2.9 s'))).toBe(0);
    expect(rerun(text('took 10 ms (5 ms/step)'), text('took 12 ms (6 ms/step)'))).toBe(0);
    expect(rerun(text('mean dwell time 35 s'), text('mean dwell time 36 s'))).toBe(1);
    expect(rerun(text('sessions of 12 min'), text('sessions of 13 min'))).toBe(1);
    expect(differences([text('n 10 min 0.5 max 0.9')], [text('n 11 min 0.5 max 0.9')])).toHaveLength(1);
    expect(differences([text('k=5 min=0.2')], [text('k=6 min=0.2')])).toHaveLength(1);
    expect(differences([text('3 min 20 s')], [text('4 min 1 s')])).toEqual([]);
  });

  it('a clock that was set back during the run leaves all times out', () => {
    const back = at(then, then - 5000);
    expect(rerun(text('took 900 s at 2026-01-31 10:20'), text('took 2 s at 2026-11-26 05:37'), back)).toBe(0);
    expect(
      compareOutputs(document([text('took 900 s')], back), document([text('took 800 s')], back), { tolerance: 0 })
        .cells,
    ).toEqual([]);
  });

  it('where a folder lies is of the machine, what is in it is not', () => {
    expect(
      rerun(text('wrote /Users/a/projects/study/out/x.csv, 3 rows'), text('wrote /home/b/study/out/x.csv, 3 rows')),
    ).toBe(0);
    expect(rerun(text('in C:\\work\\study'), text('in /home/b/study'))).toBe(0);
    expect(rerun(text('wrote /Users/a/study/out/x.csv, 3 rows'), text('wrote /home/b/study/out/y.csv, 3 rows'))).toBe(
      1,
    );
    expect(rerun(text('wrote /Users/a/study/out/x.csv, 3 rows'), text('wrote /home/b/study/out/x.csv, 4 rows'))).toBe(
      1,
    );
  });

  it('infinity is near nothing else, whatever the tolerance', () => {
    expect(differences([json([Number.POSITIVE_INFINITY])], [json([5])], 0.5)).toHaveLength(1);
    expect(differences([text('loss 1e999')], [text('loss 5')], 0.5)).toHaveLength(1);
    expect(differences([json([5])], [json([6])], 0, { tags: ['tolerance='] })).toHaveLength(1);
    expect(differences([json([5])], [json([6])], 0, { tags: ['tolerance=Infinity'] })).toHaveLength(1);
  });

  it('streams in other pieces are the same text; stdout and stderr are apart', () => {
    const error: SavedOutput = { type: 'stream', name: 'stderr', text: 'e' };
    expect(differences([text('a'), error, text('b')], [text('ab'), error])).toEqual([]);
    expect(differences([text('a')], [error])).toHaveLength(1);
  });

  it('progress of a loop by its counts, whatever time it took; its line must be the one of its values', () => {
    const progress = (done: number, seconds: number, more: object = {}): SavedOutput & { type: 'display' } => {
      const value = { version: 1 as const, title: 'rows', done, total: 10, seconds, state: 'done' as const, ...more };
      const data = { 'application/vnd.dinnb.progress+json': value, 'text/plain': progressLine(value) };
      return { type: 'display', data };
    };
    expect(differences([progress(10, 0.376)], [progress(10, 0.00004)])).toEqual([]);
    expect(differences([progress(10, 0.3, { title: undefined })], [progress(10, 12, { title: undefined })])).toEqual(
      [],
    );
    const places = (a: SavedOutput, b: SavedOutput) => differences([a], [b]).map(({ where }) => where);
    const [values, line] = ['output 1, application/vnd.dinnb.progress+json', 'output 1, text/plain, line 1'];
    expect(places(progress(10, 1), progress(9, 1))).toEqual([`${values}.done`, line]);
    expect(places(progress(10, 1), progress(10, 1, { state: 'stopped' }))).toEqual([`${values}.state, line 1`, line]);
    const altered = progress(10, 1);
    altered.data['text/plain'] = String(altered.data['text/plain']).replace('10 of 10', '12 of 12');
    expect(places(altered, progress(10, 1))).toEqual([line]);
  });

  it('training curves by their values, where both have a point, whatever time they took', () => {
    const training = (step: number[], loss: number[], seconds: number, validation = 0.5): SavedOutput =>
      json(
        {
          version: 1,
          runtime: `took ${seconds}`,
          steps: { step, values: { loss } },
          epochLog: { epoch: [1], seconds: [seconds], training: { loss: [0.1] }, validation: { loss: [validation] } },
        },
        'application/vnd.dinnb.training+json',
      );
    expect(differences([training([1, 5, 9], [3, 2, 1], 1)], [training([1, 7, 9], [3, 8, 1], 2)])).toEqual([]);
    // The place is that of the file, also where a stream stands beside it, and the step that of the training.
    const altered = differences(
      [training([1, 5, 9], [3, 2, 1], 1), text('a')],
      [text('a'), training([1, 9], [3, 1.5], 1)],
    );
    expect(altered.map(({ where }) => where)).toEqual([
      'output 1, application/vnd.dinnb.training+json.steps.values.loss.step 9',
    ]);
    expect(differences([training([1], [3], 1)], [training([1], [3], 1, 0.6)])[0]).toMatchObject({
      old: '0.5',
      new: '0.6',
    });
  });
});

it('a report tells what was left out, in a terminal and on a page', () => {
  const leftOut = [
    { number: 3, count: 1, old: '120 ms', new: '121 ms' },
    { number: 5, count: 4, old: '<1 s', new: '2 s' },
  ];
  const none = { problems: [], cells: [], reasons: [] };
  const report = { same: true, certificate: 'never checked', ...none, leftOut, seconds: 1, compared: 5 };
  const made = { ...report, backend: 'wasm', tensorflow: '4.22.0' };
  expect(printCheck(made)).toBe(
    [
      'Left out as times, rates and places of the machine:',
      "  cell 3: '120 ms' is '121 ms' now",
      "  cell 5: '<1 s' is '2 s' now, and 3 more",
      '',
      'same: 5 code cells gave what the notebook holds (1.0 s, wasm TensorFlow 4.22.0)',
      '',
    ].join('\n'),
  );
  const page = checkToHtml('a.dinnb', made);
  expect(page).toContain('<h2>Left out as times, rates and places of the machine</h2>');
  expect(page).toContain('&lt;1 s');
});

describe('trainings are compared', () => {
  const fit = (cell: string, more: object = {}) => ({
    cell,
    ...{ title: 'DIN', seed: 7, rows: 100, batchSize: 10, epochs: 2, state: 'done' as const },
    ...{ initialWeights: 'a', dataOrder: 'b', finalWeights: 'c', metrics: { auc: 0.9 } },
    ...more,
  });
  const places = (a: object[], b: object[]) =>
    compareFits({ fits: a }, { fits: b }).map(({ cell, where }) => [cell, where]);

  it('cell by cell, whatever other cells do', () => {
    expect(places([fit('a'), fit('b')], [fit('b'), fit('a')])).toEqual([]);
    expect(places([fit('a'), fit('b')], [fit('a'), fit('b'), fit('b')])).toEqual([['b', 'number of trainings']]);
    expect(places([fit('a')], [fit('b')])).toEqual([
      ['a', 'number of trainings'],
      ['b', 'number of trainings'],
    ]);
  });

  it.each<[object, string]>([
    [{ metrics: { auc: 0.91 } }, 'final metrics'],
    [{ epochs: 3, finalWeights: 'x' }, 'epochs'],
    [{ batchSize: 11 }, 'batch size'],
    [{ state: 'failed' }, 'how it ended'],
    [{ initialWeights: 'x', finalWeights: 'y' }, 'initial weights'],
  ])('%o is found: %s', (change, words) => {
    expect(places([fit('a', change)], [fit('a')])).toEqual([['a', `training "DIN", ${words}`]]);
  });

  it.each<[object, string[]]>([
    [{ rows: 1 }, ['rows']],
    [{ epochs: 77 }, ['epochs']],
    [{ seed: 8 }, ['seed']],
    [{ metrics: { auc: 0.99 } }, ['final metrics']],
    [{ metrics: { auc: 0.9, loss: 0.1 } }, ['final metrics']],
    [{ metrics: { auc: 0.901 }, initialWeights: 'x', finalWeights: 'y' }, []],
  ])('%o between machines that compute otherwise: %j', (change, words) => {
    const found = compareFits({ processors: 3, fits: [fit('a', change)] }, { processors: 2, fits: [fit('a')] });
    expect(found.map(({ where }) => where)).toEqual(words.map((word) => `training "DIN", ${word}`));
  });

  it('records of packages and data that were altered are told', () => {
    const record = (rows: number, integrity: string) => ({
      dinnb: '0.1.0',
      data: { 'a.csv': { sha256: 'x', bytes: 3, rows } },
      packages: { ms: { version: '2.1.3', integrity } },
    });
    // Of a package that is edited in place only the code differs; of an earlier dinnb's notebook nothing is known of it.
    const coded = (code?: string) => ({
      dinnb: '0.1.0',
      packages: { ms: { version: '2.1.3', ...(code && { code }) } },
    });
    expect(findReasons(coded('a'), coded('b'))).toEqual([
      'another package ms: 2.1.3 (code b) instead of 2.1.3 (code a)',
    ]);
    expect(findReasons(coded(), coded('b'))).toEqual([]);
    const zone = (timeZone: string) => ({ dinnb: '0.1.0', timeZone });
    expect(findReasons(zone('UTC'), zone('Asia/Tokyo'))).toEqual(['another time zone: Asia/Tokyo instead of UTC']);
    expect(findReasons(record(5, 'sha512-a'), record(6, 'sha512-b'))).toEqual([
      'another package ms: 2.1.3 (sha512-b) instead of 2.1.3 (sha512-a)',
      'another data a.csv: x, 3 bytes, 6 rows instead of x, 3 bytes, 5 rows',
    ]);
  });
});

describe('a certificate', () => {
  const on = { platform: 'linux-x64', backend: 'wasm', tensorflow: '4.22.0', node: '20.1.0', dinnb: '0.1.0' };
  const plain = (): NotebookDocument => ({
    ...document([text('auc 0.925\n')]),
    environment: { ...on, parameters: { lr: '1' }, data: { 'a.csv': { sha256: 'x' } } },
  });
  const saved = () => parseNotebook(printNotebook(certified(plain(), on, new Date('2026-01-31'))), 'x');

  it('survives the file, says where, and is the same when the same is seen twice', () => {
    expect(certificateOf(plain())).toEqual({ state: 'never checked' });
    expect(describeCertificate(certificateOf(saved()))).toBe(
      'reproduced 2026-01-31 on linux-x64, wasm TensorFlow 4.22.0',
    );
    expect(certified(saved(), on, new Date('2026-01-31'))).toEqual(saved());
    const elsewhere = certified(saved(), { ...on, platform: 'darwin-arm64' }, new Date('2026-02-01'));
    expect(describeCertificate(certificateOf(elsewhere))).toMatch(/linux-x64.*; 2026-02-01 on darwin-arm64/);
  });

  it('outlives another run that gave the same: only when it ran has changed', () => {
    const ran = (startedAt: number) => {
      const { cells, ...rest } = plain();
      const execution = { count: 1, ok: true, startedAt, endedAt: startedAt + 10 };
      return { ...rest, cells: cells.map((cell) => ({ ...cell, execution })) };
    };
    const { unknown } = certified(ran(1000), on, new Date('2026-01-31'));
    expect(certificateOf({ ...ran(5000), unknown }).state).toBe('reproduced');
    const failed = ran(5000);
    failed.cells[0]!.execution.ok = false;
    expect(certificateOf({ ...failed, unknown }).state).toBe('changed');
  });

  it.each<[string, (text: string) => string]>([
    ['a number of an output', (file) => file.replace('0.925', '0.926')],
    ['a source', (file) => file.replace('f()', 'g()')],
    ['a parameter', (file) => file.replace('"lr": "1"', '"lr": "2"')],
    ['what the data were', (file) => file.replace('"sha256": "x"', '"sha256": "y"')],
    ['the backend of the certificate', (file) => file.replace('"backend": "wasm"', '"backend": "native"')],
    ['its date', (file) => file.replace('2026-01-31', '2026-01-30')],
    ['its hash', (file) => file.replace(/"content": "./, '"content": "!')],
  ])('%s altered by hand breaks it', (_name, alter) => {
    const file = printNotebook(certified(plain(), on, new Date('2026-01-31')));
    const altered = alter(file);
    expect(altered).not.toBe(file);
    expect(certificateOf(parseNotebook(altered, 'x')).state).toBe('changed');
  });

  it('another certificate value is no crash', () => {
    for (const value of [null, 1, [], {}, { content: 'x' }, { content: 1, reproduced: {}, seal: '' }])
      expect(certificateOf({ ...plain(), unknown: { certificate: value } }).state).toBe('changed');
  });
});

describe('cells are called what errors and the editor call them', () => {
  const cell = (id: string, kind: NotebookCell['kind'], outputs: SavedOutput[] = []): NotebookCell => ({
    id,
    kind,
    source: `f('${id}')`,
    tags: [],
    outputs,
    unknown: {},
  });
  const saved = (value: string): NotebookDocument => ({
    version: 1,
    unknown: {},
    cells: [
      cell('intro', 'markdown'),
      cell('first', 'code'),
      cell('between', 'markdown'),
      cell('second', 'code', [text(value)]),
    ],
  });

  it('Markdown is not counted', () => {
    expect(findProblems(saved('1')).map(({ message }) => message)).toEqual([
      'cell 1 (first) has never run, or its outputs were cleared',
    ]);
    const { cells } = compareOutputs(saved('1'), saved('2'), { tolerance: 0 });
    expect(cells).toMatchObject([{ id: 'second', number: 2 }]);
  });
});
