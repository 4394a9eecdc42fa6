import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { notebookOf, readNotebook, writeNotebook } from './harness/documents';
import { NotebookEditor } from './harness/notebook';
import { startVsCode, type VsCode } from './harness/vscode';

describe('a notebook in VS Code', () => {
  let code: VsCode;
  beforeAll(async () => {
    code = await startVsCode();
  });
  afterAll(() => code?.stop());

  it('runs its cells in order and shows what they evaluate to', async () => {
    writeNotebook(
      code.path('run.dinnb'),
      notebookOf(
        "import { sep } from 'node:path';\nconst parts = ['a', 'b'];\nparts.join(sep)",
        'for (const part of parts) console.log(`part ${part}`);',
        'const total: number = await Promise.resolve(6 * 7);\ntotal',
        'display({ "text/html": "<b class=shown>drawn as HTML</b>", "text/plain": "not this" });',
      ),
    );
    const notebook = await code.open('run.dinnb');
    await notebook.runAll();
    expect(await notebook.waitForEnd(3, 60_000)).toBe('succeeded');
    const text = await notebook.outputText();
    expect(text).toContain('a/b');
    expect(text).toContain('part a\npart b');
    expect(text).toMatch(/^42$/m);
    expect(await (await notebook.output('b.shown')).textContent()).toBe('drawn as HTML');
    expect(text).not.toContain('not this');
    const counts = await Promise.all([0, 1, 2, 3].map((index) => notebook.executionCount(index)));
    expect(counts).toEqual(['[1]', '[2]', '[3]', '[4]']);
    await code.screenshot('run-all');
  });

  it('shows an error at its cell, line and column, and keeps the kernel', async () => {
    writeNotebook(
      code.path('error.dinnb'),
      notebookOf(
        "const before = 'kept';",
        "function fail() {\n  throw new RangeError('no such row');\n}\nfail();",
        '`${before} after the error`',
      ),
    );
    const notebook = await code.open('error.dinnb');
    await notebook.runAll();
    expect(await notebook.waitForEnd(1, 60_000)).toBe('failed');
    await notebook.waitForText('RangeError: no such row');
    expect(await notebook.outputText()).toMatch(/cell 2:2:\d+/);
    expect(await notebook.state(2)).not.toBe('succeeded');
    expect(await notebook.runToEnd(2)).toBe('succeeded');
    await notebook.waitForText('kept after the error');
    await code.screenshot('error');
  });

  it('interrupts an endless loop and keeps the variables', async () => {
    writeNotebook(
      code.path('interrupt.dinnb'),
      notebookOf('let turns = 0;\nconst kept = 20;', 'while (true) { turns++; }', 'kept + (turns > 1000 ? 3 : 0)'),
    );
    const notebook = await code.open('interrupt.dinnb');
    expect(await notebook.runToEnd(0)).toBe('succeeded');
    await notebook.run(1);
    await notebook.waitForState(1, 'running');
    const interrupted = Date.now();
    await notebook.interrupt();
    expect(await notebook.waitForEnd(1, 15_000)).toBe('failed');
    expect(Date.now() - interrupted).toBeLessThan(10_000);
    await notebook.waitForText(/interrupted/i);
    expect(await notebook.runToEnd(2)).toBe('succeeded');
    await notebook.waitForText('23');
    await code.screenshot('interrupted');
  });

  it('says why a kernel died, ends the running cell, and runs again', async () => {
    writeNotebook(
      code.path('death.dinnb'),
      notebookOf('let alive = process.pid;\nalive', 'await new Promise(() => {})', 'typeof alive', '6 * 7'),
    );
    const notebook = await code.open('death.dinnb');
    expect(await notebook.runToEnd(0)).toBe('succeeded');
    const pid = Number(await notebook.outputText());
    expect(pid).toBeGreaterThan(1);
    await notebook.run(1);
    await notebook.waitForState(1, 'running');
    process.kill(pid, 'SIGKILL');
    expect(await notebook.waitForEnd(1, 15_000)).toBe('failed');
    await notebook.waitForText(/SIGKILL/);
    await code.screenshot('kernel-died');
    // A new kernel knows nothing of the old one's names.
    expect(await notebook.runToEnd(2)).toBe('succeeded');
    await notebook.waitForText('undefined');
    expect(await notebook.runToEnd(3)).toBe('succeeded');
    await notebook.waitForText('42');
  });

  it('restarts the kernel on command', async () => {
    writeNotebook(code.path('restart.dinnb'), notebookOf('let known = 1;', 'typeof known'));
    const notebook = await code.open('restart.dinnb');
    await notebook.runAll();
    expect(await notebook.waitForEnd(1, 60_000)).toBe('succeeded');
    await notebook.waitForText('number');
    await code.workbench.command('DIN: Restart Kernel');
    expect(await notebook.runToEnd(1)).toBe('succeeded');
    await notebook.waitForText('undefined');
  });

  it('saves, and shows the outputs again when it is reopened', async () => {
    writeNotebook(code.path('save.dinnb'), notebookOf("'first ' + 'output'", "console.log('a line')"));
    const notebook = await code.open('save.dinnb');
    await notebook.type(0, "'edited ' + 'output'");
    await notebook.runAll();
    expect(await notebook.waitForEnd(1, 60_000)).toBe('succeeded');
    await code.workbench.save();
    const saved = readNotebook(code.path('save.dinnb'));
    expect(saved.cells[0]?.source).toBe("'edited ' + 'output'");
    expect(saved.cells.map(({ outputs }) => outputs[0]?.type)).toEqual(['result', 'stream']);
    const bytes = readFileSync(code.path('save.dinnb'), 'utf8');

    const again = await code.open('save.dinnb');
    await again.waitForText('edited output');
    await again.waitForText('a line');
    await code.screenshot('reopened');
    // Reading is not changing: nothing to save, and saving changes nothing.
    expect(await code.page.locator('.tab.active.dirty').count()).toBe(0);
    await code.workbench.save();
    expect(readFileSync(code.path('save.dinnb'), 'utf8')).toBe(bytes);
  });

  it('shows a broken file as an error and leaves its bytes alone', async () => {
    const broken = '{\n  "format": "dinnb",\n  "version": 1,\n  "cells": [\n    { "id": "a", "kind": }\n  ]\n}\n';
    writeFileSync(code.path('broken.dinnb'), broken);
    await code.load('broken.dinnb');
    await code.page
      .getByText(/line 5/)
      .first()
      .waitFor();
    await code.screenshot('broken-file');
    await code.page.keyboard.press('Control+S');
    await code.workbench.command('File: Save All').catch(() => undefined); // not offered where nothing can be saved
    expect(readFileSync(code.path('broken.dinnb'), 'utf8')).toBe(broken);
  });

  it('makes a new notebook that runs', async () => {
    await code.load();
    await code.workbench.command('DIN: New Notebook');
    await code.page.locator('.notebook-editor .monaco-list-row.code-cell-row').first().waitFor();
    const notebook = new NotebookEditor(code.page, code.workbench);
    expect(await notebook.runToEnd(0, 60_000)).toBe('succeeded');
    await notebook.waitForText('14');
    await code.screenshot('new-notebook');
  });

  it('exports what is shown as one HTML file', async () => {
    writeNotebook(code.path('report.dinnb'), notebookOf("console.log('in the ' + 'report')"));
    const notebook = await code.open('report.dinnb');
    await notebook.runAll();
    expect(await notebook.waitForEnd(0, 60_000)).toBe('succeeded');
    await code.workbench.command('DIN: Export as HTML');
    await vi.waitFor(() => expect(existsSync(code.path('report.html'))).toBe(true), { timeout: 15_000 });
    expect(readFileSync(code.path('report.html'), 'utf8')).toContain('in the report');
  });

  it('names backend and TensorFlow version in the status bar', async () => {
    writeNotebook(code.path('status.dinnb'), notebookOf('tf.version.tfjs'));
    const notebook = await code.open('status.dinnb');
    expect(await notebook.runToEnd(0)).toBe('succeeded');
    await code.workbench.statusItem(/TensorFlow \d+\.\d+/).waitFor();
  });
});
