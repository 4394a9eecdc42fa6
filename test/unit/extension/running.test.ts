import { describe, expect, it, vi } from 'vitest';
import { MIME_PARAMETERS, MIME_TRAINING } from '../../../src/outputs/mime';
import type { TrainingOutput } from '../../../src/outputs/training';
import type { Script } from './fake-host';
import { FakeNotebook, TabInputNotebook, Uri } from './fake-vscode';
import { until, workbench } from './workbench';

const print =
  (text: string): Script =>
  ({ emit }) =>
    emit({ type: 'stream', name: 'stdout', text });

const fail: Script = () => {
  throw new Error('no such column "rating"');
};

const wait: Script = ({ interrupted }) =>
  interrupted.then(() => {
    throw new Error('Interrupted');
  });

describe('running cells', () => {
  it('runs one after another in order, with numbers, times and tags', async () => {
    const { vs, host } = workbench({ a: print('one\n'), b: print('two\n') });
    const notebook = vs.open('/project/x.dinnb', [{ source: 'a', tags: ['parameters'] }, 'b']);
    await vs.run(notebook);
    expect(vs.events.filter((event) => /^(start|end)/.test(event))).toEqual([
      'start a',
      'end a true',
      'start b',
      'end b true',
    ]);
    expect(host.started).toHaveLength(1);
    expect(host.started[0]).toMatchObject({ notebook: '/project/x.dinnb', runtime: { backend: 'native' } });
    expect(host.executed).toEqual([
      { cellId: 'cell1', source: 'a', tags: ['parameters'] },
      { cellId: 'cell2', source: 'b', tags: [] },
    ]);
    expect(notebook.cells.map((cell) => cell.executionSummary?.executionOrder)).toEqual([1, 2]);
    expect(notebook.cells[0]!.executionSummary!.timing!.endTime).toBeGreaterThan(1.7e12);
    const form = `${MIME_PARAMETERS}: {"cell":"cell1"}`;
    expect(notebook.cells.map((cell) => cell.shown())).toEqual([[form, 'stdout: one\n'], ['stdout: two\n']]);
  });

  it('leaves markdown and other languages alone', async () => {
    const { vs, host } = workbench();
    const notebook = vs.open('/x.dinnb', [
      { source: '# A', language: 'markdown' },
      { source: 'select', language: 'sql' },
      'a',
    ]);
    await vs.run(notebook);
    expect(host.executed.map(({ source }) => source)).toEqual(['a']);
  });

  it('a failure shows its error and cancels the cells that wait; later runs work in the same kernel', async () => {
    const { vs, host } = workbench({ bad: fail });
    const notebook = vs.open('/x.dinnb', ['bad', 'after', 'later']);
    await vs.run(notebook);
    expect(host.executed.map(({ source }) => source)).toEqual(['bad']);
    expect(notebook.cells[0]!.shown()).toHaveLength(1);
    expect(notebook.cells[0]!.shown()[0]).toContain('no such column');
    expect(vs.events).toContain('end bad false');
    expect(vs.events).toContain('end after undefined');
    expect(vs.executing.size).toBe(0);
    await vs.run(notebook, notebook.cells[1]!);
    expect(host.executed.map(({ source }) => source)).toEqual(['bad', 'after']);
    expect(host.started).toHaveLength(1);
  });

  it('cells queued while others run keep their order', async () => {
    const { vs, host } = workbench();
    const notebook = vs.open('/x.dinnb', ['a', 'b', 'c']);
    const runs = notebook.cells.map((cell) => vs.run(notebook, cell));
    await Promise.all(runs);
    expect(host.executed.map(({ source }) => source)).toEqual(['a', 'b', 'c']);
  });

  it('a cell that the editor refuses to run twice at once leaves none of the others pending', async () => {
    const { vs, host } = workbench({ wait });
    const notebook = vs.open('/x.dinnb', ['wait', 'b']);
    const [first, second] = notebook.cells;
    const run = vs.run(notebook, first!);
    await until(() => host.executed.length === 1);
    await expect(vs.run(notebook, second!, first!)).rejects.toThrow(/duplicate/);
    await vs.controller.interruptHandler(notebook);
    await run;
    expect(vs.executing.size).toBe(0);
    await vs.run(notebook, second!);
    expect(vs.events).toContain('end b true');
  });

  it('an interrupt ends the running cell, cancels those that wait, and keeps the kernel', async () => {
    const { vs, host } = workbench({ wait });
    const notebook = vs.open('/x.dinnb', ['wait', 'after']);
    const run = vs.run(notebook);
    await until(() => host.executed.length === 1);
    await vs.controller.interruptHandler(notebook);
    await run;
    expect(vs.events).toContain('end wait false');
    expect(vs.events).toContain('end after undefined');
    await vs.run(notebook, notebook.cells[1]!);
    expect(vs.events).toContain('end after true');
    expect(host.started).toHaveLength(1);
  });

  it('a cell that is run while the one before is still being stopped runs when that has ended', async () => {
    let stopped!: () => void;
    const { vs, host } = workbench({
      stubborn: async ({ interrupted }) => {
        await interrupted;
        await new Promise<void>((resolve) => {
          stopped = resolve;
        });
        throw new Error('interrupted');
      },
    });
    const notebook = vs.open('/x.dinnb', ['stubborn', 'waiting', 'after']);
    const [first, second, third] = notebook.cells;
    const runs = [vs.run(notebook, first!, second!)];
    await until(() => host.executed.length === 1);
    runs.push(vs.controller.interruptHandler(notebook));
    await until(() => stopped !== undefined);
    runs.push(vs.run(notebook, third!));
    stopped();
    await Promise.all(runs);
    expect(host.executed.map(({ source }) => source)).toEqual(['stubborn', 'after']);
    expect(vs.events).toContain('end stubborn false');
    expect(vs.events).toContain('end waiting undefined');
    expect(vs.events).toContain('end after true');
  });

  it('a kernel that dies ends its cell with the cause, offers a restart, and the next run gets a new one', async () => {
    const { vs, host } = workbench({
      crash: ({ die }) => {
        die('killed by SIGKILL (out of memory?)');
        return new Promise(() => {});
      },
    });
    vs.answers['The kernel of x.dinnb'] = 'Show Log';
    const notebook = vs.open('/x.dinnb', ['crash', 'after']);
    await vs.run(notebook);
    expect(notebook.cells[0]!.shown()[0]).toContain('SIGKILL');
    expect(vs.events).toContain('end crash false');
    expect(vs.events).toContain('end after undefined');
    expect(vs.messages.join()).toContain('is gone, and its variables with it: killed by SIGKILL');
    expect(vs.events).toContain('log shown');
    expect(vs.statusItem.text).toContain('dead');
    await vs.run(notebook, notebook.cells[1]!);
    expect(host.started).toHaveLength(2);
    expect(vs.events).toContain('end after true');
    expect(vs.statusItem.text).toContain('idle');
  });

  it('a kernel that cannot start says so in the cell', async () => {
    const { vs, host } = workbench();
    host.startFailure = new Error('/opt/node does not exist; correct the setting dinnb.nodePath');
    const notebook = vs.open('/x.dinnb', ['a', 'b']);
    await vs.run(notebook);
    expect(notebook.cells[0]!.shown()[0]).toContain('dinnb.nodePath');
    expect(host.started).toHaveLength(1);
    expect(vs.executing.size).toBe(0);
    host.startFailure = undefined;
    await vs.run(notebook);
    expect(notebook.cells[0]!.outputs).toEqual([]);
    expect(vs.events).toContain('end b true');
  });

  it('restarting ends what runs, and starts a kernel without the old one', async () => {
    const { vs, host, command } = workbench({ wait: () => new Promise(() => {}) });
    const notebook = vs.open('/x.dinnb', ['wait', 'after']);
    const run = vs.run(notebook);
    await until(() => host.executed.length === 1);
    vs.answers['Restart the kernel?'] = 'Restart';
    await command('dinnb.restartKernel');
    await run;
    expect(notebook.cells[0]!.shown()[0]).toContain('restarted');
    expect(host.started).toHaveLength(2);
    expect(host.disposed).toBe(1);
    await vs.run(notebook, notebook.cells[1]!);
    expect(vs.events).toContain('end after true');
  });

  it('closing the notebook ends its kernel, and leaves no cell running', async () => {
    const { vs, host } = workbench({ wait: () => new Promise(() => {}) });
    const notebook = vs.open('/x.dinnb', ['wait', 'after']);
    const run = vs.run(notebook);
    await until(() => host.executed.length === 1);
    await vs.close(notebook);
    await run;
    expect(host.disposed).toBe(1);
    expect(vs.executing.size).toBe(0);
  });

  it('saving an unsaved notebook, or another copy, keeps its kernel', async () => {
    const { vs, host, command } = workbench();
    await command('dinnb.newNotebook');
    await vs.run(vs.notebooks[0]!);
    const saved = await vs.saveAs(vs.notebooks[0]!, '/project/saved.dinnb');
    await vs.run(saved);
    const copy = await vs.saveAs(saved, '/project/copy.dinnb');
    await vs.run(copy);
    expect(host.started).toHaveLength(1);
    expect(host.disposed).toBe(0);
    expect(copy.cells[1]!.executionSummary).toMatchObject({ executionOrder: 3, success: true });
    await vs.close(copy);
    expect(host.disposed).toBe(1);
  });

  for (const order of ['tab', 'document'] as const) {
    it(`closing an unsaved notebook without saving ends its kernel (the ${order} goes first)`, async () => {
      const { vs, host, command } = workbench();
      await command('dinnb.newNotebook');
      await vs.run(vs.notebooks[0]!);
      await vs.close(vs.notebooks[0]!, order);
      expect(host.disposed).toBe(1);
    });
  }

  it('closing a notebook beside a copy of it leaves the copy alone', async () => {
    const { vs, host } = workbench();
    const notebook = vs.open('/x.dinnb', ['a']);
    const copy = vs.open('/copy.dinnb', ['a']);
    await vs.opened.fire(copy);
    await vs.run(notebook);
    await vs.close(notebook);
    expect(host.disposed).toBe(1);
    await vs.run(copy);
    expect(host.started).toHaveLength(2);
  });

  it('an interrupt while the kernel starts runs nothing, and leaves no process', async () => {
    const { vs, host } = workbench();
    host.startDelay = 50;
    const notebook = vs.open('/x.dinnb', ['a']);
    const run = vs.run(notebook);
    await until(() => host.started.length === 1);
    await vs.controller.interruptHandler(notebook);
    await run;
    expect(vs.events).toContain('end a undefined');
    expect(host.executed).toEqual([]);
    await until(() => host.disposed === 1);
  });

  it('in a workspace that is not trusted nothing runs, and the user learns why', async () => {
    const { vs, host, command } = workbench();
    vs.trusted = false;
    vs.answers['This workspace is not trusted'] = 'Manage Workspace Trust';
    const notebook = vs.open('/x.dinnb', ['a']);
    await vs.run(notebook);
    vs.answers['Restart the kernel?'] = 'Restart';
    await command('dinnb.restartKernel');
    expect(host.started).toEqual([]);
    expect(vs.events.filter((event) => event.startsWith('start'))).toEqual([]);
    expect(vs.executed).toContainEqual(['workbench.trust.manage']);
  });

  it('without a native TensorFlow the first cell says so in one line, and setting it up is offered once', async () => {
    const { vs, host, command } = workbench({ a: print('hello\n') });
    host.runtime = {
      backend: 'wasm',
      notice: 'TensorFlow runs on WebAssembly. For the native one: dinnb doctor --install',
    };
    const notebook = vs.open('/x.dinnb', ['a', 'b']);
    await vs.run(notebook);
    const notice = 'TensorFlow runs on WebAssembly. For the native one: command "dinnb: Set Up TensorFlow"';
    expect(notebook.cells[0]!.shown()).toEqual([`stderr: ${notice}\n`, 'stdout: hello\n']);
    expect(notebook.cells[1]!.shown()).toEqual([]);
    vs.answers['Restart the kernel?'] = 'Restart';
    await command('dinnb.restartKernel');
    await vs.run(notebook);
    expect(vs.messages.filter((message) => message === notice)).toHaveLength(1);
  });

  it('native TensorFlow asked for and missing: the error names the command of the editor', async () => {
    const { vs, host } = workbench();
    host.selectRuntime = () =>
      Promise.reject(new Error('The native backend was asked for. Install it: dinnb doctor --install'));
    const notebook = vs.open('/x.dinnb', ['a']);
    await vs.run(notebook);
    const shown = notebook.cells[0]!.shown().join();
    expect(shown).toContain('dinnb: Set Up TensorFlow');
    expect(shown).not.toContain('dinnb doctor');
  });
});

describe('outputs', () => {
  it('streams that follow each other grow in place; displays are replaced where they stand', async () => {
    const png = Uint8Array.of(1, 2);
    const { vs } = workbench({
      a: async ({ emit }) => {
        emit({ type: 'stream', name: 'stdout', text: 'one ' });
        emit({ type: 'stream', name: 'stdout', text: 'two\n' });
        emit({ type: 'display', displayId: 'd', data: { 'text/plain': 'first', 'image/png': png } });
        emit({ type: 'stream', name: 'stdout', text: 'three\n' });
        await new Promise((resolve) => setTimeout(resolve, 80));
        emit({ type: 'stream', name: 'stdout', text: 'four\n' });
        emit({ type: 'stream', name: 'stderr', text: 'oh\n' });
        emit({ type: 'update', displayId: 'd', data: { 'text/plain': 'second' } });
        emit({ type: 'result', displayId: 'r', data: { 'application/json': { a: 1 }, 'text/plain': '{ a: 1 }' } });
      },
    });
    const notebook = vs.open('/x.dinnb', ['a']);
    await vs.run(notebook);
    const [cell] = notebook.cells;
    expect(cell!.shown()).toEqual([
      'stdout: one two\n',
      'text/plain: second',
      'stdout: three\nfour\n',
      'stderr: oh\n',
      'application/json: {"a":1}',
    ]);
    expect(cell!.outputs[1]!.metadata).toEqual({ type: 'display', displayId: 'd' });
    expect(cell!.outputs[4]!.items.map(({ mime }) => mime)).toEqual(['application/json', 'text/plain']);
  });

  it('plain text stands last, whatever the bundle says: the editor shows the first it can', async () => {
    const { vs } = workbench({
      a: ({ emit }) =>
        emit({
          type: 'display',
          displayId: 'd',
          data: { 'text/plain': 't', [MIME_TRAINING]: {}, 'image/svg+xml': '<svg/>' },
        }),
    });
    const notebook = vs.open('/x.dinnb', ['a']);
    await vs.run(notebook);
    const mimes = notebook.cells[0]!.outputs[0]!.items.map(({ mime }) => mime);
    expect(mimes).toEqual([MIME_TRAINING, 'image/svg+xml', 'text/plain']);
  });

  it('live changes go to the renderer of their type and not into the notebook', async () => {
    const { vs } = workbench({
      a: ({ emit }) => {
        emit({ type: 'display', displayId: 'd', data: { [MIME_TRAINING]: { version: 1 } } });
        emit({ type: 'append', displayId: 'd', mime: MIME_TRAINING, patch: { state: 'done' } });
      },
    });
    const notebook = vs.open('/x.dinnb', ['a']);
    await vs.run(notebook);
    expect(vs.posted).toEqual([
      { renderer: 'dinnb-outputs', displayId: 'd', mime: MIME_TRAINING, patch: { state: 'done' } },
    ]);
    expect(notebook.cells[0]!.shown()).toEqual([`${MIME_TRAINING}: {"version":1}`]);
  });

  it('a training whose kernel dies is shown as failed, with all that was sent live', async () => {
    const training: TrainingOutput = {
      version: 1,
      title: 'DIN',
      state: 'running',
      epochs: 2,
      stepsPerEpoch: 10,
      batchSize: 4,
      runtime: 'eager',
      steps: { step: [1], values: { loss: [0.9] } },
      epochLog: { epoch: [], seconds: [], training: {}, validation: {} },
    };
    const { vs } = workbench({
      a: ({ emit, die }) => {
        emit({ type: 'display', displayId: 'd', data: { [MIME_TRAINING]: training } });
        const patch = { steps: { step: [2], values: { loss: [0.8] } } };
        emit({ type: 'append', displayId: 'd', mime: MIME_TRAINING, patch });
        die('exit code 134');
        return new Promise(() => {});
      },
    });
    const notebook = vs.open('/x.dinnb', ['a']);
    await vs.run(notebook);
    const [item] = notebook.cells[0]!.outputs[0]!.items;
    const shown = JSON.parse(new TextDecoder().decode(item!.data)) as TrainingOutput;
    expect(shown).toMatchObject({ state: 'failed', steps: { step: [1, 2], values: { loss: [0.9, 0.8] } } });
    expect(notebook.cells[0]!.outputs[0]!.items.map(({ mime }) => mime).at(-1)).toBe('text/plain');
    expect(notebook.cells[0]!.shown()[1]).toContain('exit code 134');
  });

  it('another cell updates a display of an earlier one', async () => {
    const { vs } = workbench({
      a: ({ emit }) => emit({ type: 'display', displayId: 'd', data: { 'text/plain': 'first' } }),
      b: ({ emit }) => emit({ type: 'update', displayId: 'd', data: { 'text/plain': 'second' } }),
    });
    const notebook = vs.open('/x.dinnb', ['a', 'b']);
    await vs.run(notebook);
    expect(notebook.cells.map((cell) => cell.shown())).toEqual([['text/plain: second'], []]);
  });

  it('output after the end of its cell still arrives there, and leaves its number and time', async () => {
    const { vs } = workbench({
      a: ({ emit }) => {
        setTimeout(() => emit({ type: 'stream', name: 'stdout', text: 'late\n' }), 30);
      },
    });
    vs.summaryDelay = 200;
    const notebook = vs.open('/x.dinnb', ['a']);
    await vs.run(notebook);
    expect(notebook.cells[0]!.shown()).toEqual([]);
    await until(() => notebook.cells[0]!.shown().length === 1);
    expect(notebook.cells[0]!.shown()).toEqual(['stdout: late\n']);
    await until(() => vs.events.filter((event) => event === 'end a true').length === 2);
    await new Promise((resolve) => setTimeout(resolve, 250));
    expect(notebook.cells[0]!.executionSummary).toMatchObject({ executionOrder: 1, success: true });
    expect(notebook.cells[0]!.executionSummary!.timing!.endTime).toBeLessThan(Date.now() - 250);
    expect(vs.executing.size).toBe(0);
  });

  it('running again replaces the old outputs', async () => {
    const { vs } = workbench({ a: print('x\n') });
    const notebook = vs.open('/x.dinnb', ['a']);
    await vs.run(notebook);
    await vs.run(notebook);
    expect(notebook.cells[0]!.shown()).toEqual(['stdout: x\n']);
  });

  it('what is printed after the user cleared the outputs shows up anew', async () => {
    const { vs, host } = workbench({
      a: async ({ emit, interrupted }) => {
        emit({ type: 'stream', name: 'stdout', text: 'before\n' });
        await interrupted;
        emit({ type: 'stream', name: 'stdout', text: 'after\n' });
      },
    });
    const notebook = vs.open('/x.dinnb', ['a']);
    const [cell] = notebook.cells;
    const run = vs.run(notebook);
    await until(() => cell!.shown().length === 1);
    expect(host.executed).toHaveLength(1);
    cell!.outputs = [];
    await vs.changed(cell!);
    await vs.controller.interruptHandler(notebook);
    await run;
    expect(cell!.shown()).toEqual(['stdout: after\n']);
  });

  it('an editor that is slow is given no more than it takes: text is gathered, of a display only the newest state is shown', async () => {
    const { vs } = workbench({
      a: async ({ emit }) => {
        emit({ type: 'display', displayId: 'd', data: { 'text/plain': 'first' } });
        for (let i = 0; i < 40; i++) {
          emit({ type: 'stream', name: 'stdout', text: `${i}\n` });
          emit({ type: 'update', displayId: 'd', data: { 'text/plain': `${i}` } });
          await new Promise((resolve) => setTimeout(resolve, 25));
        }
      },
    });
    vs.changeTime = 2 ** 30; // so that no machine is slow enough for the editor to ask for more
    const notebook = vs.open('/x.dinnb', ['a']);
    await vs.run(notebook);
    const lines = Array.from({ length: 40 }, (_, i) => `${i}\n`).join('');
    expect(notebook.cells[0]!.shown()).toEqual(['text/plain: 39', `stdout: ${lines}`]);
    // A second of printing is 20 gatherings of both.
    expect(vs.changes).toBeLessThan(15);
  });

  it('an editor that never says that it has taken a change is shown the next ones all the same', async () => {
    const { vs } = workbench({
      a: async ({ emit }) => {
        for (const text of ['one ', 'two ', 'three ']) {
          emit({ type: 'stream', name: 'stdout', text });
          const isShown = () => expect(notebook.cells[0]!.shown().join()).toMatch(new RegExp(`${text}$`));
          await vi.waitFor(isShown, { timeout: 60_000, interval: 20 });
        }
        expect(notebook.cells[0]!.shown()).toEqual(['stdout: one two three ']);
        emit({ type: 'stream', name: 'stdout', text: 'end' });
      },
    });
    vs.changeTime = 2 ** 30;
    const notebook = vs.open('/x.dinnb', ['a']);
    await vs.run(notebook);
    expect(notebook.cells[0]!.shown()).toEqual(['stdout: one two three end']);
  });

  it('a cell that prints without end is cut, and says so', async () => {
    const { vs } = workbench({
      a: ({ emit }) => {
        for (let i = 0; i < 300; i++) emit({ type: 'stream', name: 'stdout', text: `${'x'.repeat(9_999)}\n` });
      },
    });
    const notebook = vs.open('/x.dinnb', ['a']);
    await vs.run(notebook);
    const text = notebook.cells[0]!.shown()[0]!;
    expect(text.length).toBeLessThan(2_100_000);
    expect(text).toMatch(/more than 2,000,000 characters: the rest is not shown\]\n$/);
  });
});

describe('a notebook that is renamed', () => {
  it('keeps its kernel and what was shown, alone or with its folder', async () => {
    const { vs, host } = workbench({ a: print('one\n'), b: print('two\n') });
    const notebook = vs.open('/p/x.dinnb', ['a', 'b']);
    await vs.run(notebook, notebook.cells[0]!);
    const [renamed] = await vs.rename('/p/x.dinnb', '/p/y.dinnb');
    await vs.run(renamed!, renamed!.cells[1]!);
    const [moved] = await vs.rename('/p', '/q');
    await vs.run(moved!, moved!.cells[1]!);
    expect(moved!.uri.path).toBe('/q/y.dinnb');
    expect(vs.messages).toEqual([
      expect.stringMatching(/^y\.dinnb is in another folder now.*until the kernel is restarted/),
    ]);
    expect(host.started).toHaveLength(1);
    expect(host.disposed).toBe(0);
    expect(moved!.cells.map((cell) => cell.shown())).toEqual([['stdout: one\n'], ['stdout: two\n']]);
    expect(moved!.cells[1]!.executionSummary?.executionOrder).toBe(3);
  });

  it('goes on running: output before, during and after lands in the new document, in place', async () => {
    let release!: () => void;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    let say!: (text: string) => void;
    const { vs, host } = workbench({
      long: async ({ emit }) => {
        say = (text) => emit({ type: 'stream', name: 'stdout', text });
        say('before\n');
        emit({ type: 'display', displayId: 'd', data: { 'text/plain': 'half' } });
        await held;
        emit({ type: 'update', displayId: 'd', data: { 'text/plain': 'whole' } });
        say('after\n');
      },
      next: print('next\n'),
    });
    const notebook = vs.open('/x.dinnb', ['long', 'next']);
    const run = vs.run(notebook);
    await until(() => say !== undefined);
    const renaming = vs.rename('/x.dinnb', '/y.dinnb');
    say('during\n');
    const [renamed] = await renaming;
    release();
    await run;
    await until(
      () => renamed!.cells[1]!.outputs.length > 0,
      () => renamed!.cells.map((cell) => cell.shown()),
    );
    expect(renamed!.cells.map((cell) => cell.shown())).toEqual([
      ['stdout: before\n', 'text/plain: whole', 'stdout: during\nafter\n'],
      ['stdout: next\n'],
    ]);
    expect(renamed!.cells.map((cell) => cell.executionSummary?.success)).toEqual([true, true]);
    expect(host.started).toHaveLength(1);
    expect(vs.executing.size).toBe(0);
  });

  it('shows what came while it had no document: ends, numbers, errors, cells that began', async () => {
    let release!: () => void;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const { vs, host } = workbench({
      first: async ({ emit }) => {
        emit({ type: 'stream', name: 'stdout', text: 'first\n' });
        await held;
        emit({ type: 'stream', name: 'stdout', text: 'last\n' });
      },
      second: print('second\n'),
      third: async () => {
        throw new RangeError('no such row');
      },
    });
    const notebook = vs.open('/x.dinnb', ['first', 'second', 'third', 'fourth']);
    const run = vs.run(notebook);
    await until(() => host.executed.length === 1);
    vs.select = async () => {}; // the editor takes its time
    const [renamed] = await vs.rename('/x.dinnb', '/y.dinnb');
    release();
    await run;
    expect(renamed!.cells.map((cell) => cell.shown()[0])).toEqual(['stdout: first\n', undefined, undefined, undefined]);
    vs.selected.add('/y.dinnb');
    await vs.selection.fire({ notebook: renamed!, selected: true });
    await until(() => renamed!.cells[2]!.outputs.length > 0);
    expect(renamed!.cells.map((cell) => cell.shown())).toEqual([
      ['stdout: first\nlast\n'],
      ['stdout: second\n'],
      [expect.stringContaining('no such row')],
      [],
    ]);
    expect(renamed!.cells.map((cell) => cell.executionSummary?.executionOrder)).toEqual([1, 2, 3, undefined]);
    expect(renamed!.cells.map((cell) => cell.executionSummary?.success)).toEqual([true, true, false, undefined]);
    expect(vs.executing.size).toBe(0);
  });

  it('goes on in the old document when the renaming fails', async () => {
    let say!: (text: string) => void;
    const { vs, host } = workbench({
      a: print('one\n'),
      long: async ({ emit, interrupted }) => {
        say = (text) => emit({ type: 'stream', name: 'stdout', text });
        await interrupted;
        throw new Error('interrupted');
      },
    });
    const notebook = vs.open('/x.dinnb', ['a', 'long']);
    await vs.run(notebook, notebook.cells[0]!);
    const run = vs.run(notebook, notebook.cells[1]!);
    await until(() => say !== undefined);
    await vs.setDirty(notebook, false); // saved: nothing but the renaming itself makes it an unsaved one
    say('before\n');
    const renaming = vs.rename('/x.dinnb', '/y.dinnb', true);
    say('during\n');
    await renaming;
    expect(vs.executing.size).toBe(1);
    say('after\n');
    await vs.controller.interruptHandler(notebook);
    await run;
    expect(notebook.cells[1]!.shown()[0]).toBe('stdout: before\nduring\nafter\n');
    expect(notebook.cells[1]!.executionSummary?.success).toBe(false);
    expect(vs.executing.size).toBe(0);
    expect(host.started).toHaveLength(1);
  });

  it('keeps its kernel while only a tab stands for it, and ends it with the tab', async () => {
    const { vs, host } = workbench();
    const notebook = vs.open('/x.dinnb', ['a']);
    await vs.run(notebook);
    vs.notebooks.splice(0, 1);
    await vs.closed.fire(notebook);
    expect(host.disposed).toBe(0);
    await vs.rename('/x.dinnb', '/y.dinnb');
    vs.tabs[0]!.input = new TabInputNotebook(Uri.file('/y.dinnb'), 'dinnb');
    await vs.tabsChanged.fire({ opened: [], closed: [], changed: [] });
    const renamed = new FakeNotebook(Uri.file('/y.dinnb'), ['a']);
    vs.notebooks.push(renamed);
    await vs.opened.fire(renamed);
    await vs.select(renamed);
    await vs.run(renamed);
    expect(renamed.cells[0]!.executionSummary?.executionOrder).toBe(2);
    vs.notebooks.splice(0, 1);
    await vs.closed.fire(renamed);
    expect(host.disposed).toBe(0);
    vs.tabs.splice(0, 1);
    await vs.tabsChanged.fire({ opened: [], closed: [], changed: [] });
    expect(host.disposed).toBe(1);
    expect(host.started).toHaveLength(1);
  });

  it('leaves its kernel when its tab was closed and the editor keeps the document; a tab that comes back in time keeps it', async () => {
    const { vs, host } = workbench();
    const notebook = vs.open('/x.dinnb', ['a']);
    await vs.run(notebook);
    vi.useFakeTimers();
    try {
      const [tab] = vs.tabs.splice(0, 1);
      await vs.tabsChanged.fire({ opened: [], closed: [tab], changed: [] });
      vs.tabs.push(tab!); // dragged to another group
      await vi.advanceTimersByTimeAsync(20_000);
      expect(host.disposed).toBe(0);
      vs.tabs.splice(0, 1);
      await vs.tabsChanged.fire({ opened: [], closed: [tab], changed: [] });
      await vi.advanceTimersByTimeAsync(20_000);
      expect(host.disposed).toBe(1);
    } finally {
      vi.useRealTimers();
    }
    // It comes to the front once more: with another kernel.
    await vs.run(notebook);
    expect(host.started).toHaveLength(2);
  });

  it('by another program: its kernel goes with it when it is opened under the new name', async () => {
    const { vs, host } = workbench();
    const notebook = vs.open('/x.dinnb', ['a', 'b']);
    await vs.run(notebook, notebook.cells[0]!);
    vs.gone.add('/x.dinnb');
    const renamed = vs.open('/y.dinnb', ['a', 'b']);
    await vs.opened.fire(renamed);
    await vs.run(renamed, renamed.cells[1]!);
    expect(renamed.cells[1]!.executionSummary?.executionOrder).toBe(2);
    expect(host.started).toHaveLength(1);
  });
});
