import { describe, expect, it } from 'vitest';
import type { Script } from './fake-host';
import type { FakeNotebook, FakeVs } from './fake-vscode';
import { until, workbench } from './workbench';

const print =
  (text: string): Script =>
  ({ emit }) =>
    emit({ type: 'stream', name: 'stdout', text });

const wait: Script = ({ interrupted }) =>
  interrupted.then(() => {
    throw new Error('Interrupted');
  });

type Bench = ReturnType<typeof workbench>;

/** Two notebooks of a folder, of which the second uses the kernel of the first. */
async function sharing(
  scripts: Parameters<typeof workbench>[0] = {},
  first: string[] = ['a'],
  second: string[] = ['b'],
  memory?: Map<string, unknown>,
) {
  const bench = workbench(scripts, memory);
  const one = bench.vs.open('/p/one.dinnb', first);
  const two = bench.vs.open('/p/two.dinnb', second);
  await share(bench, two, 'Share with one.dinnb');
  return { ...bench, one, two };
}

async function share({ vs, command }: Pick<Bench, 'vs' | 'command'>, notebook: FakeNotebook, pick: string) {
  vs.active = notebook;
  vs.pick = pick;
  await command('dinnb.shareKernel');
}

async function statusOf(vs: FakeVs, notebook: FakeNotebook): Promise<string> {
  vs.active = notebook;
  await vs.activeChanged.fire(undefined);
  return `${vs.statusItem.text} | ${vs.statusItem.tooltip}`;
}

describe('notebooks that share a kernel', () => {
  it('run in one process through one queue, in the order asked, each with its own outputs', async () => {
    const { vs, host, one, two } = await sharing({ a: print('one\n'), b: print('two\n'), c: print('three\n') }, [
      'a',
      'c',
    ]);
    const [a, c] = one.cells;
    await Promise.all([vs.run(one, a!), vs.run(two), vs.run(one, c!)]);
    expect(host.started.map(({ notebook }) => notebook)).toEqual(['/p/one.dinnb']);
    expect(host.executed.map(({ source }) => source)).toEqual(['a', 'b', 'c']);
    expect(one.cells.map((cell) => cell.executionSummary?.executionOrder)).toEqual([1, 3]);
    expect(two.cells.map((cell) => cell.executionSummary?.executionOrder)).toEqual([2]);
    // Both call their first cell `cell1`, as where a cell was copied.
    expect(one.cells.map((cell) => cell.shown())).toEqual([['stdout: one\n'], ['stdout: three\n']]);
    expect(two.cells.map((cell) => cell.shown())).toEqual([['stdout: two\n']]);
  });

  it('late output goes to its cell while the other notebook runs', async () => {
    let say!: (text: string) => void;
    const { vs, host, one, two } = await sharing({
      a: ({ emit }) => {
        say = (text) => emit({ type: 'stream', name: 'stdout', text });
      },
      b: wait,
    });
    await vs.run(one);
    const run = vs.run(two);
    await until(() => host.executed.length === 2);
    say('late\n');
    await until(() => one.cells[0]!.shown().length === 1);
    expect(one.cells[0]!.shown()).toEqual(['stdout: late\n']);
    await vs.controller.interruptHandler(two);
    await run;
    expect(two.cells[0]!.shown().join()).not.toContain('late');
  });

  it('a cell updates a display of the other notebook', async () => {
    const { vs, one, two } = await sharing({
      a: ({ emit }) => emit({ type: 'display', displayId: 'd', data: { 'text/plain': 'first' } }),
      b: ({ emit }) => emit({ type: 'update', displayId: 'd', data: { 'text/plain': 'second' } }),
    });
    await vs.run(one);
    await vs.run(two);
    await until(() => one.cells[0]!.shown().join() !== 'text/plain: first');
    expect(one.cells[0]!.shown()).toEqual(['text/plain: second']);
    expect(two.cells[0]!.shown()).toEqual([]);
  });

  it('say so in the status bar, by name, before and after one has run', async () => {
    const { vs, one, two } = await sharing();
    expect(await statusOf(vs, one)).toMatch(/not started · shared \|.*Shared with two\.dinnb/);
    await vs.run(one);
    expect(await statusOf(vs, two)).toMatch(
      /TensorFlow 2\.21\.0 · idle · shared \|.*process 1\. Shared with one\.dinnb/,
    );
  });

  it('a failure cancels what waits of its notebook, and nothing of the other', async () => {
    const failing: Script = () => {
      throw new Error('no');
    };
    const { vs, host, one, two } = await sharing({ bad: failing }, ['bad', 'after'], ['b']);
    await Promise.all([vs.run(one), vs.run(two)]);
    expect(host.executed.map(({ source }) => source)).toEqual(['bad', 'b']);
    expect(vs.events).toContain('end after undefined');
    expect(vs.events).toContain('end b true');
    expect(vs.executing.size).toBe(0);
  });

  it('an interrupt stops both, says so of the other, and keeps the kernel', async () => {
    const { vs, host, one, two } = await sharing({ wait }, ['wait', 'a'], ['b']);
    const runs = [vs.run(one), vs.run(two)];
    await until(() => host.executed.length === 1);
    await vs.controller.interruptHandler(two);
    await Promise.all(runs);
    expect(vs.events).toContain('end wait false');
    expect(vs.events).toContain('end a undefined');
    expect(vs.events).toContain('end b undefined');
    expect(vs.messages).toEqual([
      'one.dinnb: what ran or waited was stopped, because the kernel shared with two.dinnb was interrupted there.',
    ]);
    await vs.run(two);
    expect(host.started).toHaveLength(1);
  });

  it('a restart asks by name, takes the variables of both, and says so of the other', async () => {
    const { vs, host, command, one, two } = await sharing();
    await vs.run(one);
    vs.active = two;
    vs.answers['Restart the kernel? It is shared with one.dinnb'] = 'Restart';
    await command('dinnb.restartKernel');
    expect(host.started).toHaveLength(2);
    expect(host.disposed).toBe(1);
    expect(vs.messages.at(-1)).toBe(
      'one.dinnb: variables are gone, because the kernel shared with two.dinnb was restarted there.',
    );
    await vs.run(one);
    await vs.run(two);
    expect(host.started).toHaveLength(2);
  });

  it('a death is told once with both names, ends the cells of both, and the next run has a new kernel for both', async () => {
    const crash: Script = ({ die }) => {
      die('killed by SIGKILL');
      return new Promise(() => {});
    };
    const { vs, host, one, two } = await sharing({ crash }, ['crash'], ['b']);
    await Promise.all([vs.run(one), vs.run(two)]);
    expect(vs.messages.filter((message) => message.includes('SIGKILL'))).toEqual([
      'The kernel of one.dinnb, two.dinnb is gone, and its variables with it: killed by SIGKILL',
    ]);
    expect(vs.events).toContain('end b undefined');
    expect(await statusOf(vs, two)).toContain('dead');
    await vs.run(two);
    await vs.run(one, one.cells[0]!).catch(() => {});
    expect(host.started).toHaveLength(2);
  });

  it('closing one leaves the kernel to the other, closing the last ends it', async () => {
    const { vs, host, one, two } = await sharing();
    await vs.run(one);
    await vs.close(one);
    expect(host.disposed).toBe(0);
    await vs.run(two);
    expect(two.cells[0]!.executionSummary?.executionOrder).toBe(2);
    await vs.close(two);
    expect(host.disposed).toBe(1);
    expect(host.started).toHaveLength(1);
  });

  it('closing one whose cell runs stops that cell, and the cells of the other run', async () => {
    const { vs, host, one, two } = await sharing({ wait }, ['wait', 'a'], ['b']);
    const runs = [vs.run(one), vs.run(two)];
    await until(() => host.executed.length === 1);
    await vs.close(one);
    await Promise.all(runs);
    expect(host.executed.map(({ source }) => source)).toEqual(['wait', 'b']);
    expect(vs.events).toContain('end b true');
    expect(host.disposed).toBe(0);
    expect(vs.executing.size).toBe(0);
  });

  it('the choice is kept over a reload of the window, also for a notebook that is opened later', async () => {
    const memory = new Map<string, unknown>();
    const before = await sharing({}, ['a'], ['b'], memory);
    before.end();
    const { vs, host } = workbench({}, memory);
    const two = vs.open('/p/two.dinnb', ['b']);
    await vs.opened.fire(two);
    expect(await statusOf(vs, two)).toContain('Shared with one.dinnb');
    await vs.run(two);
    const one = vs.open('/p/one.dinnb', ['a']);
    await vs.opened.fire(one);
    expect(await statusOf(vs, one)).toMatch(/idle · shared/);
    await vs.run(one);
    expect(one.cells[0]!.executionSummary?.executionOrder).toBe(2);
    expect(host.started).toHaveLength(1);
    await vs.close(one);
    const again = vs.open('/p/one.dinnb', ['a']);
    await vs.opened.fire(again);
    await vs.run(again);
    expect(again.cells[0]!.executionSummary?.executionOrder).toBe(3);
  });

  it('is nothing of the notebooks: neither becomes an unsaved one', async () => {
    const { one, two } = await sharing();
    expect([one.metadata, two.metadata]).toEqual([{}, {}]);
    expect([one.isDirty, two.isDirty]).toEqual([false, false]);
  });

  it('follows a renaming, of one and of their folder', async () => {
    const memory = new Map<string, unknown>();
    const { vs, host, one } = await sharing({}, ['a'], ['b'], memory);
    await vs.run(one);
    const [renamed] = await vs.rename('/p/two.dinnb', '/p/zwei.dinnb');
    await vs.run(renamed!);
    expect(renamed!.cells[0]!.executionSummary?.executionOrder).toBe(2);
    expect(await statusOf(vs, one)).toContain('Shared with zwei.dinnb');
    const moved = await vs.rename('/p', '/q');
    for (const notebook of moved) await vs.run(notebook);
    expect(host.started).toHaveLength(1);
    expect(memory.get('dinnb.sharedKernels')).toEqual([
      ['/q/one.dinnb', '/q/zwei.dinnb'].map((path) => `file:${path}`),
    ]);
  });

  it('one that is moved to another folder goes on, is told, and has its own kernel when it is opened again', async () => {
    const { vs, host, one, two } = await sharing();
    await vs.run(one);
    await vs.run(two);
    const [moved] = await vs.rename('/p/one.dinnb', '/q/one.dinnb');
    await vs.run(moved!);
    expect(moved!.cells[0]!.executionSummary?.executionOrder).toBe(3);
    expect(vs.messages.at(-1)).toMatch(/^one\.dinnb is in another folder now than the notebooks that it shares/);
    await vs.close(moved!);
    const again = vs.open('/q/one.dinnb', ['a']);
    await vs.opened.fire(again);
    await vs.run(again);
    expect(again.cells[0]!.executionSummary?.executionOrder).toBe(1);
    expect(host.started.map(({ notebook }) => notebook)).toEqual(['/p/one.dinnb', '/q/one.dinnb']);
  });

  it('can have their own again: the list says which is chosen, and asks before variables are lost', async () => {
    const { vs, host, command, one, two } = await sharing();
    await vs.run(one);
    vs.active = two;
    vs.pick = 'nothing';
    await command('dinnb.shareKernel');
    expect(vs.lists.at(-1)).toEqual({
      placeHolder: 'Which kernel runs the cells of two.dinnb?',
      items: [
        { label: 'A kernel of its own' },
        {
          label: 'Share with one.dinnb',
          description: 'idle',
          detail: 'chosen',
          sharers: expect.anything(),
        },
      ],
    });
    await share({ vs, command }, two, 'A kernel of its own');
    expect(vs.messages).toEqual([]); // the kernel is left to the other
    await vs.run(two);
    expect(two.cells[0]!.executionSummary?.executionOrder).toBe(1);
    expect(host.started).toHaveLength(2);
    await share({ vs, command }, two, 'Share with one.dinnb');
    expect(vs.messages).toEqual([
      'The kernel of two.dinnb ends, and its variables are lost, trained models among them.',
    ]);
    expect(host.disposed).toBe(0);
    vs.answers['The kernel of two.dinnb ends'] = 'End Its Kernel';
    await share({ vs, command }, two, 'Share with one.dinnb');
    expect(host.disposed).toBe(1);
    await vs.run(two);
    expect(two.cells[0]!.executionSummary?.executionOrder).toBe(2);
  });

  it('can be three; a list names those together that share; other folders are not offered', async () => {
    const { vs, host, command, one, two } = await sharing();
    const three = vs.open('/p/three.dinnb', ['c']);
    vs.open('/elsewhere/four.dinnb', ['d']);
    await share({ vs, command }, three, 'Share with one.dinnb, two.dinnb');
    expect(vs.lists.at(-1)!.items.map(({ label }) => label)).toEqual([
      'A kernel of its own',
      'Share with one.dinnb, two.dinnb',
    ]);
    for (const notebook of [three, two, one]) await vs.run(notebook);
    expect(host.started).toHaveLength(1);
    expect(await statusOf(vs, two)).toContain('Shared with one.dinnb, three.dinnb');
  });

  it('nothing is exchanged under a cell that runs', async () => {
    const { vs, host, command, two } = await sharing({ b: wait });
    const run = vs.run(two);
    await until(() => host.executed.length === 1);
    await share({ vs, command }, two, 'A kernel of its own');
    expect(vs.messages).toEqual([
      'Cells of two.dinnb run or wait: it can go over to another kernel when they have ended.',
    ]);
    await vs.controller.interruptHandler(two);
    await run;
    expect(host.disposed).toBe(0);
  });

  it('a cell is out of date when the other notebook has changed what it reads, and says so by name', async () => {
    const { vs, host, one, two } = await sharing({}, ['first', 'const x = 1'], ['x + 1']);
    host.uses['const x = 1'] = { declared: ['x'], reads: [], later: [], writes: [] };
    host.uses['x + 1'] = { declared: [], reads: ['x'], later: [], writes: [] };
    const marks = (notebook: FakeNotebook) =>
      notebook.cells
        .flatMap((cell) => vs.statusItems!(cell) as { text: string; tooltip?: string }[])
        .map(({ tooltip }) => tooltip);
    await vs.run(one);
    await vs.run(two);
    expect([...marks(one), ...marks(two)]).toEqual([]);
    await vs.run(one, one.cells[1]!);
    await until(() => marks(two).length > 0);
    expect(marks(two)[0]).toContain('`x` was changed by code cell 2 of one.dinnb after it ran.');
    expect(marks(one)).toEqual([]);
    await vs.run(two);
    await until(() => marks(two).length === 0);
  });

  it('the file says of a cell which others had run before it in its kernel, also one that is closed', async () => {
    const { vs, one, two } = await sharing({}, ['a'], ['b', 'c']);
    const recorded = async (notebook: FakeNotebook) => {
      const saved = JSON.parse(new TextDecoder().decode(await vs.save(notebook)));
      const { cells } = saved.environment as { cells: { [id: string]: { others?: string[] } } };
      return Object.fromEntries(Object.entries(cells).map(([id, { others }]) => [id, others]));
    };
    await vs.run(two, two.cells[0]!);
    expect(await recorded(two)).toEqual({ cell1: undefined });
    await vs.run(one);
    await vs.close(one);
    await vs.run(two, two.cells[1]!);
    expect(await recorded(two)).toEqual({ cell1: undefined, cell2: ['one.dinnb'] });
  });

  it('what a save records is that of the notebook, not of one from which a cell was copied', async () => {
    const { vs, one, two } = await sharing({}, ['a', 'copied'], ['b', 'c', 'd']);
    two.cells[0]!.metadata.id = 'own';
    await vs.run(one);
    await vs.run(two);
    const cells = async (notebook: FakeNotebook) =>
      Object.keys(JSON.parse(new TextDecoder().decode(await vs.save(notebook))).environment.cells);
    expect(await cells(two)).toEqual(['own', 'cell2', 'cell3']);
    expect(await cells(one)).toEqual(['cell1', 'cell2']);
  });

  it('the end of the window ends the kernel once', async () => {
    const { vs, host, end, one, two } = await sharing();
    await vs.run(one);
    await vs.run(two);
    end();
    await until(() => host.disposed === 1);
    expect(host.started).toHaveLength(1);
  });
});
