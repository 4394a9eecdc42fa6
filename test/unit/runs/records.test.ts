import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';
import { textHash } from '../../../src/base/hash';
import { randomFromText } from '../../../src/notebook/cell-id';
import type { NotebookDocument } from '../../../src/notebook/document';
import { certificateOf, certified, describeCertificate } from '../../../src/runs/certificate';
import {
  compareFits,
  findChangedFiles,
  findOtherMachine,
  findProblems,
  findReasons,
} from '../../../src/runs/differences';
import { fileHash } from '../../../src/runs/file-hash';
import { type Provenance, ProvenanceRecorder, withPartialProvenance } from '../../../src/runs/provenance';
import { readProvenance } from '../../../src/runs/read-provenance';

const WHOLE: Provenance = {
  dinnb: '0.1.0',
  node: 'v22.1.0',
  backend: 'native',
  tensorflow: '2.21.0',
  locale: 'en-US',
  timeZone: 'UTC',
  platform: 'linux-x64',
  processors: 2,
  cpu: ['avx2'],
  parameters: { rate: '0.5' },
  parametersHash: textHash('x'),
  packages: {
    tiny: { version: '1.0.0', integrity: 'sha512-x' },
    own: { version: '0.0.1', link: 'packages/own' },
  },
  files: { 'util.ts': textHash('util') },
  lock: { 'node_modules/tiny': { version: '1.0.0' } },
  overrides: { deep: '2.0.0' },
  data: { 'a.csv': { sha256: textHash('a'), bytes: 1, rows: 1 }, 'gone.csv': {} },
  git: { commit: 'abc', dirty: true },
  cells: { a: { source: textHash('1'), order: 1 } },
  fits: [{ cell: 'a', title: 'din', seed: 1 } as NonNullable<Provenance['fits']>[number]],
};
const document = (environment: object): NotebookDocument => ({
  version: 1,
  unknown: {},
  environment: environment as { [name: string]: unknown },
  cells: [{ id: 'a', kind: 'code', source: '1', tags: [], outputs: [], unknown: {} }],
});

it('what a run writes is read as it is', () => {
  expect(readProvenance(WHOLE as never)).toEqual({ provenance: WHOLE, wrong: [] });
  expect(readProvenance(undefined)).toEqual({ provenance: {}, wrong: [] });
  // Fields of later versions are nobody's mistake.
  expect(readProvenance({ ...WHOLE, later: [1] }).wrong).toEqual([]);
});

it('whatever a file holds in its environment block, everything that reads it goes on, and it is told', async () => {
  const random = randomFromText('records');
  const values = [
    null,
    5,
    'text',
    true,
    [],
    [null],
    ['a'],
    {},
    { a: null },
    { a: 5 },
    { a: {} },
    { a: { version: 5 } },
  ];
  const fields = Object.keys(WHOLE);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!;
  for (let time = 0; time < 800; time++) {
    const environment: { [name: string]: unknown } = { ...WHOLE };
    const name = pick(fields);
    environment[name] = pick(values);
    const second = pick(fields);
    if (time % 2 === 0)
      environment[second] = { ...(WHOLE as unknown as { [name: string]: object })[second], a: pick(values) };
    const file = document(environment);
    const { wrong } = readProvenance(environment);
    const problems = findProblems(file);
    expect(problems.filter(({ kind }) => kind === 'record')).toHaveLength(wrong.length);
    await findChangedFiles(file, '/nowhere');
    findReasons(environment, WHOLE as never);
    findReasons(WHOLE as never, environment);
    findOtherMachine(environment, { backend: 'wasm', tensorflow: '1', processors: 1 });
    compareFits(environment, WHOLE as never);
    // What a save in the editor does: it must never keep somebody's work from being written.
    expect(withPartialProvenance(environment, WHOLE)).toMatchObject({ cells: WHOLE.cells, fits: WHOLE.fits });
    expect(describeCertificate(certificateOf(certified(file, environment, new Date())))).toMatch(/^reproduced/);
  }
  expect(readProvenance({ data: { x: null, y: {} }, fits: 'x', backend: 5 })).toEqual({
    provenance: { data: { y: {} }, fits: [] },
    wrong: ['data["x"]', 'fits', 'backend'],
  });
});

it('cells that ran where another notebook had run are a problem of the notebook', () => {
  const cell = (id: string): NotebookDocument['cells'][number] => ({
    ...{ id, kind: 'code', source: id, tags: [], outputs: [], unknown: {} },
    execution: { count: 1, ok: true, startedAt: 1, endedAt: 2 },
  });
  const ran = (source: string, order: number, others?: string[]) => ({
    ...{ source: textHash(source), order, seconds: 0 },
    ...(others && { others }),
  });
  const problems = (cells: Provenance['cells']) =>
    findProblems({ version: 1, unknown: {}, cells: ['a', 'b', 'c'].map(cell), environment: { cells } });
  expect(problems({ a: ran('a', 1), b: ran('b', 2), c: ran('c', 3) })).toEqual([]);
  expect(problems({ a: ran('a', 1), b: ran('b', 3, ['x.dinnb']), c: ran('c', 5, ['x.dinnb', 'y.dinnb']) })).toEqual([
    {
      kind: 'shared',
      message:
        'cells 2 and 3 ran in a kernel shared with x.dinnb and y.dinnb: what was run there may be part of the results',
    },
  ]);
});

it('a certificate of any shape is an altered one', () => {
  const seal = (content: unknown, reproduced: unknown) => ({
    content,
    reproduced,
    seal: textHash(JSON.stringify([content, reproduced])),
  });
  for (const certificate of [null, 5, [], seal('x', [null]), seal('x', [5]), seal(5, []), seal('x', [{ date: 5 }])]) {
    const state = certificateOf({ ...document(WHOLE), unknown: { certificate } });
    expect(state.state).toBe('changed');
    expect(describeCertificate(state)).toMatch(/^changed/);
  }
});

it.skipIf(process.platform !== 'linux')(
  'what may never end is not read: devices, pipes, the system, links to them',
  async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'records-'));
    try {
      writeFileSync(path.join(folder, 'file'), 'x');
      execFileSync('mkfifo', [path.join(folder, 'pipe')]);
      symlinkSync('/proc/kmsg', path.join(folder, 'link'));
      for (const name of ['pipe', 'link', '.', 'none', '/dev/zero', '/proc/kmsg', '/dev/stdin', 'nul\0'])
        expect(await fileHash(path.resolve(folder, name)), name).toBeUndefined();
      expect(await fileHash(path.join(folder, 'file'))).toBe(textHash('x'));
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
);

it('what nothing was recorded of is no field', () => {
  const { fits: _, cells: _cells, ...rest } = WHOLE;
  expect(withPartialProvenance({}, { ...rest, cells: {}, fits: [] })).toEqual(rest);
});

it('packages that packages need are a reason, where the lock file has them at another version', () => {
  const lock = (version: string) => ({ 'node_modules/tiny': { version: '1.0.0' }, 'node_modules/deep': { version } });
  const reasons = findReasons({ ...WHOLE, lock: lock('2.0.3') } as never, { ...WHOLE, lock: lock('1.0.1') } as never);
  expect(reasons).toEqual(['another package that packages need, deep: 1.0.1 instead of 2.0.3']);
  expect(findReasons({ ...WHOLE, lock: lock('1.0.1') } as never, WHOLE as never)).toEqual([]);
});

it('data are what the notebook reads, not what XLA keeps of this machine', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'records-'));
  const before = process.env.DINNB_XLA_CACHE;
  process.env.DINNB_XLA_CACHE = path.join(folder, 'xla');
  try {
    const recorder = new ProvenanceRecorder(
      () => path.join(folder, 'x.dinnb'),
      {},
      async () => ({ packages: {}, files: {} }),
    );
    for (const name of ['xla/1/compiled.pb', 'clicks.csv']) {
      const file = path.join(folder, name);
      mkdirSync(path.dirname(file), { recursive: true });
      writeFileSync(file, 'x');
      recorder.record({ cellId: 'a', record: { type: 'read', path: file } });
    }
    await recorder.look();
    const info = { backend: 'native', tensorflow: '2.21.0', dinnb: '1', node: 'v22' } as never;
    expect(Object.keys(recorder.provenance(info).data!)).toEqual(['clicks.csv']);
  } finally {
    if (before === undefined) delete process.env.DINNB_XLA_CACHE;
    else process.env.DINNB_XLA_CACHE = before;
    rmSync(folder, { recursive: true });
  }
});
