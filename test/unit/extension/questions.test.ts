import { describe, expect, it } from 'vitest';
import type { Script } from './fake-host';
import { until, workbench } from './workbench';

const asks: Script = async ({ ask, emit }) => {
  emit({ type: 'stream', name: 'stdout', text: 'Name? ' });
  const { text } = await ask('Name?', 'Ada');
  emit({ type: 'stream', name: 'stdout', text: `hello ${text}\n` });
};

describe('cells that ask', () => {
  it('get what is typed into a box, and show question and answer', async () => {
    const { vs } = workbench({ asks });
    const notebook = vs.open('/project/x.dinnb', ['asks']);
    const run = vs.run(notebook);
    await until(() => vs.boxes.length === 1);
    expect(vs.boxes[0]).toMatchObject({ title: 'A cell of x.dinnb asks', prompt: 'Name?', value: 'Ada' });
    vs.boxes[0]!.answer('Grace');
    await run;
    expect(notebook.cells[0]!.shown()).toEqual(['stdout: Name? Grace\nhello Grace\n']);
  });

  it('get no answer from a box that is dismissed', async () => {
    const { vs } = workbench({ asks });
    const notebook = vs.open('/project/x.dinnb', ['asks']);
    const run = vs.run(notebook);
    await until(() => vs.boxes.length === 1);
    vs.boxes[0]!.answer(undefined);
    await run;
    expect(notebook.cells[0]!.shown()).toEqual(['stdout: Name? \nhello null\n']);
  });

  it('wait for each other, of whichever notebook', async () => {
    const { vs } = workbench({ asks });
    const [first, second] = ['/project/x.dinnb', '/project/y.dinnb'].map((path) => vs.open(path, ['asks']));
    const runs = [vs.run(first!), vs.run(second!)];
    await until(() => vs.boxes.length === 1);
    vs.boxes[0]!.answer('one');
    await until(() => vs.boxes.length === 2);
    vs.boxes[1]!.answer('two');
    await Promise.all(runs);
    const shown = [first, second].map((notebook) => notebook!.cells[0]!.shown().join());
    expect(shown.sort()).toEqual(['stdout: Name? one\nhello one\n', 'stdout: Name? two\nhello two\n']);
  });

  it('take their question back when they are interrupted, also while it waits', async () => {
    const { vs } = workbench({ asks });
    const [first, second] = ['/project/x.dinnb', '/project/y.dinnb'].map((path) => vs.open(path, ['asks']));
    const runs = [vs.run(first!), vs.run(second!)];
    await until(() => vs.boxes.length === 1);
    const isFirst = vs.boxes[0]!.title.includes('x.dinnb');
    await vs.controller.interruptHandler(isFirst ? second! : first!);
    await vs.controller.interruptHandler(isFirst ? first! : second!);
    await Promise.all(runs);
    expect(vs.boxes).toHaveLength(1);
    expect(vs.boxes[0]!.isOpen).toBe(false);
  });
});
