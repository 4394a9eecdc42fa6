import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { printNotebook } from '../../src/notebook/print';
import { notebookOf, readNotebook, writeNotebook } from './harness/documents';
import { waitForDeath } from './harness/notebook';
import { eventually, startVsCode, type VsCode } from './harness/vscode';

describe('a notebook file in VS Code', () => {
  let code: VsCode;
  beforeAll(async () => {
    code = await startVsCode();
  });
  afterEach((test) => code?.keepFailure(test));
  afterAll(() => code?.stop());

  it('saves, and shows the outputs again when it is reopened', async () => {
    writeNotebook(code.path('save.dinnb'), notebookOf("'first ' + 'output'", "console.log('a line')"));
    const notebook = await code.open('save.dinnb');
    await notebook.type(0, "'edited ' + 'output'");
    await notebook.runAll();
    expect(await notebook.waitForEnd(1)).toBe('succeeded');
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
    expect(await code.workbench.unsaved.count()).toBe(0);
    await code.page.keyboard.press('Control+S');
    await code.workbench.statusItem('not started').waitFor();
    expect(readFileSync(code.path('save.dinnb'), 'utf8')).toBe(bytes);
  });

  it('shows a broken file as an error and leaves its bytes alone', async () => {
    const broken = '{\n  "format": "dinnb",\n  "version": 1,\n  "cells": [\n    { "id": "a", "kind": }\n  ]\n}\n';
    writeFileSync(code.path('broken.dinnb'), broken);
    await code.load('broken.dinnb');
    const notice = code.workbench.notification('broken.dinnb:5:26: not valid JSON');
    await notice.waitFor();
    await code.screenshot('broken-file');
    await code.page.keyboard.press('Control+S');
    expect(readFileSync(code.path('broken.dinnb'), 'utf8')).toBe(broken);
    await notice.getByRole('button', { name: 'Open as Text' }).click();
    await code.workbench.statusItem('Ln 5, Col 26').waitFor();
    expect(readFileSync(code.path('broken.dinnb'), 'utf8')).toBe(broken);
  });

  it('makes a new notebook that runs', async () => {
    await code.load();
    await code.workbench.command('DIN: New Notebook');
    const notebook = code.notebook();
    await notebook.ready();
    expect(await notebook.runToEnd(1)).toBe('succeeded');
    await notebook.waitForText('14');
    await code.screenshot('new-notebook');
    await code.workbench.command('View: Revert and Close Editor');
  });

  it('exports what is shown as one HTML file', async () => {
    writeNotebook(code.path('report.dinnb'), notebookOf("console.log('in the ' + 'report')"));
    const notebook = await code.open('report.dinnb');
    await notebook.runAll();
    expect(await notebook.waitForEnd(0)).toBe('succeeded');
    await code.workbench.start('DIN: Export as HTML');
    await code.workbench.acceptFile('Export Notebook as HTML');
    await code.workbench.notification('Exported to report.html.').waitFor();
    await eventually(async () => expect(existsSync(code.path('report.html'))).toBe(true));
    expect(readFileSync(code.path('report.html'), 'utf8')).toContain('in the report');
  });

  it('saves what a later version wrote into the file', async () => {
    const file = code.path('later.dinnb');
    const text = printNotebook(notebookOf("'in the ' + 'file'"));
    writeFileSync(
      file,
      text
        .replace('"format": "dinnb",', '"format": "dinnb",\n  "mood": ["bright", 1],')
        .replace('"kind": "code"', '"kind": "code", "folded": true'),
    );
    const notebook = await code.open('later.dinnb');
    expect(await notebook.runToEnd(0)).toBe('succeeded');
    await code.workbench.save();
    const saved = JSON.parse(readFileSync(file, 'utf8'));
    expect(saved.mood).toEqual(['bright', 1]);
    expect(saved.cells[0].folded).toBe(true);
    expect(readNotebook(file).cells[0]?.outputs).toHaveLength(1);
  });

  it('saves while a cell runs, and ends the kernel of a notebook that is closed', async () => {
    writeNotebook(code.path('closing.dinnb'), notebookOf('console.log(process.pid); while (true) {}'));
    const notebook = await code.open('closing.dinnb');
    await notebook.type(0, 'console.log(process.pid);\nwhile (true) {}');
    await notebook.run(0);
    await notebook.waitForState(0, 'running');
    const pid = Number(await notebook.read(/\d+/));
    await code.workbench.save();
    const { cells } = readNotebook(code.path('closing.dinnb'));
    expect(cells[0]?.source).toBe('console.log(process.pid);\nwhile (true) {}');
    expect(cells[0]?.outputs).toEqual([{ type: 'stream', name: 'stdout', text: `${pid}\n` }]);
    expect(await notebook.state(0)).toBe('running');
    process.kill(pid, 0);
    await code.workbench.command('View: Close All Editors');
    await waitForDeath(pid);
  });
});
