import { describe, expect, it } from 'vitest';
import { parseNotebook } from '../../../src/notebook/parse';
import { printNotebook } from '../../../src/notebook/print';
import { certificateBadge, certificateOf, certified } from '../../../src/runs/certificate';
import type { CheckReport } from '../../../src/runs/check';
import { thisMachine } from '../../../src/runs/provenance';
import type { FakeNotebook } from './fake-vscode';
import { until, workbench } from './workbench';

const ENVIRONMENT = {
  dinnb: '0.1.0',
  node: 'v22.0.0',
  backend: 'native',
  tensorflow: '2.21.0',
  ...thisMachine(),
};
const text = printNotebook({
  version: 1,
  cells: [
    {
      id: 'cell1',
      kind: 'code',
      source: 'auc()',
      tags: [],
      outputs: [{ type: 'result', data: { 'text/plain': '0.925' } }],
      execution: { count: 1, ok: true, startedAt: 1, endedAt: 2 },
      unknown: {},
    },
  ],
  environment: ENVIRONMENT,
  unknown: {},
});
const saved = parseNotebook(text, 'study');
const rerunOf = (auc: string) => ({
  ...saved,
  cells: [{ ...saved.cells[0]!, outputs: [{ type: 'result' as const, data: { 'text/plain': auc } }] }],
});
const report = (more: Partial<CheckReport>): CheckReport => ({
  same: true,
  certificate: 'never checked',
  problems: [],
  cells: [],
  reasons: [],
  seconds: 1,
  backend: 'native',
  tensorflow: '2.21.0',
  compared: 1,
  leftOut: [],
  ...more,
});
const different = report({
  same: false,
  cells: [
    {
      id: 'cell1',
      number: 1,
      heading: 'auc()',
      differences: [{ where: 'output 1, text/plain, line 1', old: '0.925', new: '0.929' }],
    },
  ],
  reasons: ['another backend: wasm instead of native'],
});

/** The notebook open in an editor, as it is on disk. */
async function opened(environment: object = ENVIRONMENT) {
  const bench = workbench({ 'auc()': () => {} });
  const { vs } = bench;
  vs.files.set('/study.dinnb', new TextEncoder().encode(text));
  const data = await vs.serializer!.deserializeNotebook(new TextEncoder().encode(text), undefined as never);
  const notebook = vs.open('/study.dinnb', ['auc()']);
  Object.assign(notebook.cells[0]!, {
    outputs: data.cells[0]!.outputs,
    executionSummary: data.cells[0]!.executionSummary,
  });
  notebook.metadata = { ...data.metadata, environment };
  notebook.save = async () => {
    vs.files.set('/study.dinnb', await vs.save(notebook));
    await vs.changedNotebook.fire({ notebook, cellChanges: [], contentChanges: [] });
    return true;
  };
  await vs.activeChanged.fire(undefined);
  return { ...bench, notebook, badge: () => vs.statusBar.get('dinnb.certificate')! };
}

function runFinds(found: CheckReport, auc: string) {
  return async () => ({
    report: found,
    run: { ok: true, info: {} as never, seconds: 1, cells: [], document: rerunOf(auc) },
  });
}

describe('dinnb: Check Notebook', () => {
  it('certifies what came out the same, and the badge says so until something changes', async () => {
    const { vs, host, command, notebook, badge } = await opened();
    expect(badge()).toMatchObject({ text: '$(circle-slash) never checked', visible: true });
    host.checkNotebook = runFinds(report({}), '0.925');
    await command('dinnb.checkNotebook');
    expect(vs.messages).toEqual([expect.stringMatching(/^study\.dinnb: the same\. Certified: reproduced \d{4}-/)]);
    const file = parseNotebook(new TextDecoder().decode(vs.files.get('/study.dinnb')), 'study');
    expect(certificateOf(file).state).toBe('reproduced');
    await until(() => /^\$\(verified\) reproduced on \d{4}-\d\d-\d\d \(here\)$/.test(badge().text), badge);
    notebook.cells[0]!.source = 'auc() + 0.001';
    await vs.changedNotebook.fire({ notebook, cellChanges: [], contentChanges: [] });
    await until(() => badge().text === '$(unverified) changed since it was checked', badge);
    vs.active = undefined;
    await vs.activeChanged.fire(undefined);
    expect(badge().visible).toBe(false);
  });

  it('shows what differs as two notebooks side by side, with why it may', async () => {
    const { vs, host, command } = await opened();
    host.checkNotebook = runFinds(different, '0.929');
    await command('dinnb.checkNotebook');
    expect(vs.messages).toEqual([
      'study.dinnb: 1 of 1 code cell differs. It may differ because of: another backend: wasm instead of native.',
    ]);
    const [, left, right, title] = vs.executed.find(([id]) => id === 'vscode.diff')! as never[];
    expect(title).toBe('study.dinnb (saved ↔ run again)');
    const files = vs.fileSystems.get('dinnb-check')!;
    const read = async (uri: never) =>
      parseNotebook(new TextDecoder().decode(await files.readFile(uri)), 'compared').cells;
    expect((await read(left)).map(({ outputs }) => outputs[0])).toEqual([
      { type: 'result', data: { 'text/plain': '0.925' } },
    ]);
    const [told, cell] = await read(right);
    expect(told!.source).toContain('another backend: wasm instead of native');
    expect(cell!.outputs[0]).toEqual({ type: 'result', data: { 'text/plain': '0.929' } });
    expect(() => files.writeFile(right, new Uint8Array(), { create: true, overwrite: true })).toThrow('no permissions');
    expect(vs.files.get('/study.dinnb')).toEqual(new TextEncoder().encode(text));
  });

  it('takes the new outputs when it is told to, and what they were made on; the next check certifies them', async () => {
    const { vs, host, command, notebook, badge } = await opened();
    host.checkNotebook = runFinds(report({}), '0.925');
    await command('dinnb.checkNotebook');
    host.checkNotebook = async () => {
      const { run } = await runFinds(different, '0.929')();
      const document = { ...run.document, environment: { ...ENVIRONMENT, backend: 'wasm' } };
      return { report: different, run: { ...run, document } };
    };
    vs.answers['study.dinnb: 1 of 1 code cell differs'] = 'Accept New Outputs';
    await command('dinnb.checkNotebook');
    const file = () => parseNotebook(new TextDecoder().decode(vs.files.get('/study.dinnb')), 'study');
    expect(file().cells).toMatchObject([
      { id: 'cell1', source: 'auc()', outputs: [{ data: { 'text/plain': '0.929' } }] },
    ]);
    expect(file().environment).toMatchObject({ backend: 'wasm' });
    expect(certificateOf(file()).state).toBe('never checked');
    expect(vs.messages.at(-1)).toMatch(/^study\.dinnb holds the new outputs now/);
    await until(() => badge().text === '$(circle-slash) never checked', badge);
    host.checkNotebook = runFinds(report({}), '0.929');
    await command('dinnb.checkNotebook');
    expect(certificateOf(file()).state).toBe('reproduced');
    expect(notebook.cells).toHaveLength(1);
  });

  it('takes no outputs into a notebook that was changed since', async () => {
    const { vs, host, command } = await opened();
    const other = new TextEncoder().encode(text.replace('auc()', 'other()'));
    host.checkNotebook = async () => {
      vs.files.set('/study.dinnb', other);
      return runFinds(different, '0.929')();
    };
    vs.answers['study.dinnb: 1 of 1 code cell differs'] = 'Accept New Outputs';
    await command('dinnb.checkNotebook');
    expect(vs.messages.at(-1)).toMatch(/was changed since it was checked: nothing is taken/);
    expect(vs.files.get('/study.dinnb')).toEqual(other);
  });

  it('gives no certificate to a notebook that changed during the check', async () => {
    const { vs, host, command, notebook } = await opened();
    host.checkNotebook = async () => {
      notebook.isDirty = true;
      return runFinds(report({}), '0.925')();
    };
    await command('dinnb.checkNotebook');
    expect(vs.messages).toEqual([expect.stringContaining('changed during the check: it gets no certificate')]);
    expect(vs.files.get('/study.dinnb')).toEqual(new TextEncoder().encode(text));
  });

  it('runs nothing in a workspace that is not trusted', async () => {
    const { vs, command } = await opened();
    vs.trusted = false;
    await command('dinnb.checkNotebook');
    expect(vs.messages).toEqual(['This workspace is not trusted: a check would run the cells.']);
  });

  it('says what fails in the check', async () => {
    const { vs, command } = await opened();
    await command('dinnb.checkNotebook');
    expect(vs.messages).toEqual(['no check was prepared']);
  });
});

describe('a notebook saved elsewhere', () => {
  const told = async (environment: object, act: (vs: Awaited<ReturnType<typeof opened>>) => Promise<unknown>) => {
    const bench = await opened({ ...ENVIRONMENT, ...environment });
    await act(bench);
    await new Promise((resolve) => setTimeout(resolve, 20));
    return bench.vs.messages;
  };
  const open = ({
    vs,
    notebook,
  }: {
    vs: { opened: { fire(notebook: FakeNotebook): Promise<void> } };
    notebook: FakeNotebook;
  }) => vs.opened.fire(notebook);

  it.each([
    [
      { backend: 'wasm', tensorflow: '4.22.0' },
      'another backend: native instead of wasm; another TensorFlow: 2.21.0 instead of 4.22.0',
    ],
    [{ tensorflow: '2.9.1' }, 'another TensorFlow: 2.21.0 instead of 2.9.1'],
    [{ processors: 128 }, `another number of processors: ${ENVIRONMENT.processors} instead of 128`],
  ])('says so when it opens, and when it runs: %o', async (environment, reason) => {
    const message = `study.dinnb: The saved outputs were made elsewhere (${reason}): numbers may differ.`;
    expect(await told(environment, open)).toEqual([message]);
    expect(await told(environment, ({ vs, notebook }) => vs.run(notebook))).toEqual([message]);
  });

  it('says nothing where all is the same, or nothing was saved', async () => {
    expect(await told({}, open)).toEqual([]);
    const emptied = ({ vs, notebook }: Awaited<ReturnType<typeof opened>>) => {
      notebook.cells[0]!.outputs = [];
      return vs.opened.fire(notebook);
    };
    expect(await told({ processors: 128 }, emptied)).toEqual([]);
  });
});

describe('the badge', () => {
  it('counts the places', () => {
    const date = new Date('2026-01-31');
    const on = (more: object) => ({ ...ENVIRONMENT, ...more });
    const here = certified(saved, on({}), date);
    const elsewhere = certified(here, on({ platform: 'darwin-arm64' }), new Date('2026-02-03'));
    const again = certified(elsewhere, on({ backend: 'wasm', tensorflow: '4.22.0' }), date);
    const { platform, processors, cpu } = thisMachine();
    const badge = (document: typeof saved) =>
      certificateBadge(certificateOf(document), { platform, processors, ...(cpu && { cpu: cpu.join(' ') }) });
    expect(badge(saved)).toBe('never checked');
    expect(badge(here)).toBe('reproduced on 2026-01-31 (here)');
    expect(badge(certified(here, on({}), date))).toBe('reproduced on 2026-01-31 (here)');
    expect(badge(elsewhere)).toBe('reproduced on 2026-02-03 (twice, here and on darwin-arm64)');
    expect(badge(again)).toBe('reproduced on 2026-02-03 (3 times, here, here with WebAssembly and on darwin-arm64)');
  });
});
