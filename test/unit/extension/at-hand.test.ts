import { describe, expect, it } from 'vitest';
import type * as vscode from 'vscode';
import { CellProgress } from '../../../src/extension/running/cell-progress';
import { RunningCells } from '../../../src/extension/running/running-cells';
import { VariablesView } from '../../../src/extension/variables/view';
import type { InspectParams, InspectResult, ToPage } from '../../../src/outputs/inspect';
import { MIME_PROGRESS, MIME_TRAINING } from '../../../src/outputs/mime';
import type { TrainingOutput } from '../../../src/outputs/training';
import { FakeVs, Uri } from './fake-vscode';
import { until, workbench } from './workbench';

const training = (changes: Partial<TrainingOutput> = {}): TrainingOutput => ({
  version: 1,
  title: 'din',
  state: 'running',
  epochs: 4,
  stepsPerEpoch: 50,
  batchSize: 32,
  runtime: 'eager',
  steps: { step: [], values: {} },
  epochLog: { epoch: [], seconds: [], training: {}, validation: {} },
  ...changes,
});

describe('how far a cell has come', () => {
  it('is told of trainings: epoch, part and time left, until they end', () => {
    let time = 0;
    const progress = new CellProgress(() => time);
    expect(progress.text()).toBeUndefined();
    const show = (output: TrainingOutput) =>
      progress.observe({ type: 'update', displayId: 'd', data: { [MIME_TRAINING]: output } });
    expect(show(training())).toBe(true);
    expect(progress.text()).toBe('epoch 1 of 4, 0 %');
    time = 10_000;
    const steps = (step: number[]) => ({ steps: { step, values: { loss: step.map(() => 1) } } });
    progress.observe({ type: 'append', displayId: 'd', mime: MIME_TRAINING, patch: steps([49, 50]) });
    expect(progress.text()).toBe('epoch 1 of 4, 25 %, 30 s left');
    progress.observe({ type: 'append', displayId: 'd', mime: MIME_TRAINING, patch: steps([51]) });
    expect(progress.text()).toMatch(/^epoch 2 of 4, 25 %/);
    progress.observe({ type: 'append', displayId: 'd', mime: MIME_TRAINING, patch: steps([200]) });
    expect(progress.text()).toBe('epoch 4 of 4, 100 %');
    show(training({ state: 'done' }));
    expect(progress.text()).toBeUndefined();
  });

  it('is told of loops, and nothing of what is none or not what its type promises', () => {
    let time = 0;
    const progress = new CellProgress(() => time);
    const bar = (state: object) =>
      progress.observe({
        type: 'display',
        displayId: 'b',
        data: { [MIME_PROGRESS]: { version: 1, seconds: 1, ...state } },
      });
    bar({ title: 'rows', done: 0, total: 10, state: 'running' });
    time = 4_000;
    bar({ title: 'rows', done: 4, total: 10, state: 'running' });
    expect(progress.text()).toBe('rows 4 of 10, 40 %, 6.0 s left');
    bar({ done: 4, state: 'running' });
    expect(progress.text()).toBe('item 4');
    expect(bar({ done: 'many', state: 'running' })).toBe(false);
    expect(progress.observe({ type: 'stream', name: 'stdout', text: 'x' })).toBe(false);
    expect(progress.observe({ type: 'append', displayId: 'other', mime: MIME_TRAINING, patch: {} })).toBe(false);
    bar({ done: 10, state: 'done' });
    expect(progress.text()).toBeUndefined();
  });
});

describe('the end of a long cell', () => {
  function watched(seconds: number, { after = 60, focused = false } = {}) {
    const vs = new FakeVs();
    const notebook = vs.open('/x.dinnb', ['a', 'b']);
    const api = vs.asApi();
    Object.assign(api.window, { state: { focused }, visibleNotebookEditors: [{ notebook }] });
    let time = 0;
    const running = new RunningCells(
      api,
      () => after,
      () => time,
    );
    running.began(notebook as never, 'cell2');
    time = seconds * 1000;
    running.ended(notebook as never, 'cell2', true);
    running.dispose();
    return vs.messages;
  }

  it('is told when nobody saw it, and not otherwise', () => {
    expect(watched(90)).toEqual(['x.dinnb: code cell 2 has ended after 1 min 30 s.']);
    expect(watched(59)).toEqual([]);
    expect(watched(90, { focused: true })).toEqual([]);
    expect(watched(90, { after: 0 })).toEqual([]);
  });

  it('is not that of the cell with the same id in a copy of the notebook', () => {
    const vs = new FakeVs();
    const [original, copy] = [vs.open('/x.dinnb', ['a']), vs.open('/copy.dinnb', ['a'])];
    const running = new RunningCells(vs.asApi(), () => 60);
    const shown = () =>
      [original, copy].map(({ cells }) => vs.statusItems!(cells[0]!).map(({ text }) => text.replace(/,.*/, '')));
    const at = (notebook: object, step: number) =>
      running.saw(notebook as never, 'cell1', {
        type: 'display',
        displayId: 'd',
        data: { [MIME_TRAINING]: training({ steps: { step: [step], values: { loss: [1] } } }) },
      });
    running.began(original as never, 'cell1');
    at(original, 60);
    running.began(copy as never, 'cell1');
    expect(shown()).toEqual([['$(watch) epoch 2 of 4'], []]);
    at(copy, 110);
    expect(shown()).toEqual([['$(watch) epoch 2 of 4'], ['$(watch) epoch 3 of 4']]);
    const moved = vs.open('/moved.dinnb', ['a']);
    running.moved(original as never, moved as never);
    running.ended(copy as never, 'cell1', true);
    expect(shown()).toEqual([[], []]);
    expect(vs.statusItems!(moved.cells[0]!)).toHaveLength(1);
    running.ended(moved as never, 'cell1', true);
    expect(vs.statusItems!(moved.cells[0]!)).toEqual([]);
    running.dispose();
  });
});

describe('the Variables view', () => {
  function page(vs: FakeVs) {
    const posted: ToPage[] = [];
    let receive: (message: unknown) => void = () => {};
    const state = { visible: true, looks: 0 };
    const view = {
      get visible() {
        state.looks++;
        return state.visible;
      },
      onDidChangeVisibility: () => ({ dispose() {} }),
      onDidDispose: () => ({ dispose() {} }),
      webview: {
        html: '',
        cspSource: 'csp:',
        asWebviewUri: (uri: Uri) => uri,
        onDidReceiveMessage: (listener: (message: unknown) => void) => {
          receive = listener;
        },
        postMessage: async (message: ToPage) => posted.push(message),
      },
    };
    vs.viewProviders
      .get('dinnb.variables')!
      .resolveWebviewView(view as unknown as vscode.WebviewView, {} as never, {} as never);
    return { view, state, posted, send: (message: object) => receive(message) };
  }

  it('asks the kernel when a cell has ended, never starts one, and hands on what the page asks', async () => {
    const { vs, host } = workbench();
    const asked: InspectParams[] = [];
    host.inspect = (params): InspectResult => {
      asked.push(params);
      if (params.what === 'variables') {
        return { ok: 'variables', variables: [], tensors: { count: 0, bytes: 0, left: [] } };
      }
      return { ok: 'disposed' };
    };
    const notebook = vs.open('/x.dinnb', ['a']);
    vs.active = notebook;
    vs.activeChanged.fire({ notebook });
    const { view, state, posted, send } = page(vs);
    expect(view.webview.html).toContain("default-src 'none'");
    send({ type: 'ready' });
    await until(() => posted.length > 0);
    expect(posted).toEqual([{ type: 'none', message: 'Run a cell: what it declares is listed here.' }]);
    expect(host.started).toEqual([]);
    await vs.run(notebook);
    await until(() => posted.some(({ type }) => type === 'variables'));
    expect(posted.at(-1)).toMatchObject({ notebook: 'x.dinnb' });
    send({ type: 'ask', id: 7, params: { what: 'dispose', name: 'x' } });
    await until(() => posted.some(({ type }) => type === 'answer'));
    expect(posted.find(({ type }) => type === 'answer')).toEqual({ type: 'answer', id: 7, result: { ok: 'disposed' } });
    await until(() => asked.filter(({ what }) => what === 'variables').length === 2);
    const before = asked.length;
    state.visible = false;
    const { looks } = state;
    await vs.run(notebook);
    await until(() => state.looks > looks); // the cell's end has been noticed
    expect(asked.length).toBe(before);
  });

  it('is a page that loads its renderers alone', () => {
    const vs = new FakeVs();
    new VariablesView(vs.asApi(), Uri.file('/extension') as never, () => undefined);
    const { view } = page(vs);
    expect(view.webview.html.match(/https?:/g)).toBeNull();
    expect(view.webview.html).toContain('/extension/dist/renderers.js');
  });
});

describe('settings of kernels', () => {
  it('keep what XLA compiles from being kept', async () => {
    const { vs, host } = workbench();
    vs.settings.xlaCache = false;
    await vs.run(vs.open('/x.dinnb', ['a']));
    expect(host.started[0]!.env).toEqual({ DINNB_XLA_CACHE: 'off' });
  });

  it('give them a heap and an environment', async () => {
    const { vs, host } = workbench();
    vs.settings.kernelHeap = 8192;
    vs.settings.kernelEnvironment = { MODE: 'test', NODE_OPTIONS: '--trace-warnings', wrong: 5 };
    await vs.run(vs.open('/x.dinnb', ['a']));
    expect(host.started[0]!.env).toEqual({ MODE: 'test', NODE_OPTIONS: '--trace-warnings --max-old-space-size=8192' });
  });
});
