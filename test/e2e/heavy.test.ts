import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { notebookOf, readNotebook, writeNotebook } from './harness/documents';
import { startVsCode, type VsCode } from './harness/vscode';

describe('a heavy notebook in VS Code', () => {
  let code: VsCode;
  beforeAll(async () => {
    code = await startVsCode();
  });
  afterEach((test) => code?.keepFailure(test));
  afterAll(() => code?.stop());

  it('prints a hundred thousand lines and stays usable', async () => {
    writeNotebook(
      code.path('lines.dinnb'),
      notebookOf("for (let line = 0; line < 100_000; line++) console.log('line', line);", "'after ' + 'them'"),
    );
    const notebook = await code.open('lines.dinnb');
    await notebook.runAll();
    expect(await notebook.waitForEnd(0)).toBe('succeeded');
    expect(await notebook.waitForEnd(1)).toBe('succeeded');
    await notebook.waitForText('after them');
    await code.workbench.save();
    const [output] = readNotebook(code.path('lines.dinnb')).cells[0]!.outputs;
    const text = output?.type === 'stream' ? output.text : '';
    expect(text.split('\n').length).toBe(100_001);
    expect(text.endsWith('line 99999\n')).toBe(true);
    await code.screenshot('many-lines');
  });

  it('cuts an output without end, says so, and can be interrupted', async () => {
    writeNotebook(
      code.path('flood.dinnb'),
      notebookOf("for (;;) console.log('x'.repeat(1_000));", "'after the ' + 'flood'"),
    );
    const notebook = await code.open('flood.dinnb');
    await notebook.run(0);
    await notebook.waitForState(0, 'running');
    const note = '[more than 2,000,000 characters: the rest is not shown]';
    await notebook.waitForText(note);
    await notebook.interrupt();
    expect(await notebook.waitForEnd(0)).toBe('failed');
    await code.workbench.save();
    const [output] = readNotebook(code.path('flood.dinnb')).cells[0]!.outputs;
    const text = output?.type === 'stream' ? output.text : '';
    expect(text.split(note).length).toBe(2);
    expect(await notebook.runToEnd(1)).toBe('succeeded');
    await notebook.waitForText('after the flood');
  });

  it('runs five hundred cells', async () => {
    const sources = Array.from({ length: 500 }, (_, index) => (index === 0 ? 'let sum = 0;' : `sum += ${index};`));
    writeNotebook(code.path('many.dinnb'), notebookOf(...sources, "'sum ' + sum"));
    const notebook = await code.open('many.dinnb');
    await notebook.runAll();
    await notebook.toLastCell();
    expect(await notebook.waitForEnd(500, 400_000)).toBe('succeeded');
    expect(await notebook.executionCount(500)).toBe('[501]');
    await notebook.waitForText(`sum ${(499 * 500) / 2}`);
    await code.screenshot('many-cells');
  });
});
