import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { printNotebook } from '../../src/notebook/print';
import { certificateOf } from '../../src/runs/certificate';
import { notebookOf, readNotebook, writeNotebook } from './harness/documents';
import { eventually } from './harness/eventually';
import { waitForDeath } from './harness/notebook';
import { startVsCode, type VsCode } from './harness/vscode';

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

    const again = await code.reopen('save.dinnb');
    await again.waitForText('edited output');
    await again.waitForText('a line');
    await code.screenshot('reopened');
    // Reading is not changing: nothing to save, and saving changes nothing.
    expect(await code.workbench.unsaved.count()).toBe(0);
    await code.page.keyboard.press('Control+S');
    await code.workbench.statusItem('not started').waitFor();
    expect(readFileSync(code.path('save.dinnb'), 'utf8')).toBe(bytes);
  });

  it('goes on with what runs when another program changes the file, and stops a cell that became another', async () => {
    const file = code.path('meanwhile.dinnb');
    const waiting = (name: string) =>
      `import { existsSync } from 'node:fs';\nwhile (!existsSync('${name}')) await new Promise((later) => setTimeout(later, 20));\n'came to its end'`;
    writeNotebook(file, notebookOf("'before'", waiting('go.txt')));
    const change = (index: number, source: string) => {
      const { cells, ...rest } = readNotebook(file);
      writeNotebook(file, { ...rest, cells: cells.map((cell, at) => (at === index ? { ...cell, source } : cell)) });
    };
    const notebook = await code.open('meanwhile.dinnb');
    await notebook.run(1);
    await notebook.waitForState(1, 'running');
    change(0, "'changed by another program'");
    await eventually(async () => expect(await notebook.text(0)).toContain('changed by another program'));
    await notebook.waitForState(1, 'running');
    writeFileSync(code.path('go.txt'), '');
    expect(await notebook.waitForEnd(1)).toBe('succeeded');
    await notebook.waitForText('came to its end');
    await code.workbench.save();
    await notebook.type(1, waiting('stop.txt'));
    await code.workbench.save();
    await code.workbench.command('Notebook: Clear All Outputs');
    await code.workbench.save();
    await notebook.run(1);
    await notebook.waitForState(1, 'running');
    change(1, "'another cell'");
    await code.workbench
      .notification('meanwhile.dinnb was changed by another program: the cell that ran is another')
      .waitFor();
    expect(await notebook.runToEnd(0)).toBe('succeeded');
  });

  it('shows a broken file as an error and leaves its bytes alone', async () => {
    const broken = '{\n  "format": "dinnb",\n  "version": "one",\n  "cells": [\n    { "id": "a", "kind": }\n  ]\n}\n';
    writeFileSync(code.path('broken.dinnb'), broken);
    await code.load('broken.dinnb');
    const notice = code.workbench.notification('broken.dinnb:5:26: not valid JSON');
    await notice.waitFor();
    await code.screenshot('broken-file');
    await code.page.keyboard.press('Control+S');
    expect(readFileSync(code.path('broken.dinnb'), 'utf8')).toBe(broken);
    await code.workbench.answer('broken.dinnb:5:26', 'Open as Text');
    await code.workbench.statusItem('Ln 5, Col 26').waitFor();
    expect(readFileSync(code.path('broken.dinnb'), 'utf8')).toBe(broken);
    // As text it is JSON: highlighted, validated by itself and by the schema, folded.
    const editor = code.page.locator('.editor-instance .monaco-editor', { hasText: '"format"' });
    await editor.locator('.squiggly-error').first().waitFor();
    await editor.locator('.squiggly-warning').first().waitFor(); // "version" is a whole number: only the schema knows
    const colours = () =>
      editor
        .locator('.view-line', { hasText: '"format"' })
        .locator('span > span')
        .evaluateAll((spans) => new Set(spans.map((span) => span.className)).size);
    await eventually(async () => expect(await colours()).toBeGreaterThan(1));
    await code.screenshot('broken-file-as-text');
    const lines = editor.locator('.view-line');
    const before = await lines.count();
    await code.workbench.command('Fold All');
    await eventually(async () => expect(await lines.count()).toBeLessThan(before));
    expect(readFileSync(code.path('broken.dinnb'), 'utf8')).toBe(broken);
  });

  it('opens a file with conflict markers as a choice by cell', async () => {
    const text = printNotebook(notebookOf("'in both'", "'theirs'"));
    const [line] = /^ *"'theirs'"$/m.exec(text)!;
    const conflicted = text.replace(line, `<<<<<<< HEAD\n        "'ours'"\n=======\n${line}\n>>>>>>> branch`);
    writeFileSync(code.path('conflict.dinnb'), conflicted);
    await code.open('conflict.dinnb', 'conflict.dinnb holds an unresolved merge conflict');
    const keep = code.page.locator('.cell-status-item', { hasText: 'Keep the Other Side' });
    await keep.waitFor();
    await code.screenshot('merge-conflict');
    expect(readFileSync(code.path('conflict.dinnb'), 'utf8')).toBe(conflicted);
    await keep.click();
    await keep.waitFor({ state: 'detached' });
    await code.workbench.save();
    expect(readNotebook(code.path('conflict.dinnb')).cells.map(({ source }) => source)).toEqual([
      "'in both'",
      "'theirs'",
    ]);
  });

  it('makes a new notebook that runs', async () => {
    await code.load();
    await code.workbench.command('dinnb: New Notebook');
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
    await code.workbench.start('dinnb: Export as HTML');
    await code.workbench.choose('Code folded');
    await code.workbench.acceptFile('Export Notebook as HTML');
    await code.workbench.notification('Exported to report.html.').waitFor();
    await eventually(async () => expect(existsSync(code.path('report.html'))).toBe(true));
    const report = readFileSync(code.path('report.html'), 'utf8');
    expect(report).toContain('in the report');
    expect(report).toContain('<summary>Code, 1 line</summary>');
  });

  it('checks a notebook: certifies what is the same, shows what differs cell by cell, says what was made elsewhere', async () => {
    const file = code.path('checked.dinnb');
    const document = notebookOf("console.log('scored')", 'const auc = 0.9 + 0.025;\nauc.toFixed(3)');
    document.cells[1]!.outputs = [{ type: 'result', data: { 'text/plain': "'0.925'" } }];
    writeNotebook(file, { ...document, environment: { backend: 'native', tensorflow: '2.9.1', processors: 999 } });
    const elsewhere = /checked\.dinnb: The saved outputs were made elsewhere.*instead of 999/;
    const notebook = await code.open('checked.dinnb', elsewhere);
    await code.workbench.statusItem('never checked').waitFor();
    await code.screenshot('checked-elsewhere');
    await code.workbench.command('Notifications: Clear All Notifications');
    await notebook.runAll();
    expect(await notebook.waitForEnd(1)).toBe('succeeded');
    await code.workbench.command('Notifications: Clear All Notifications');
    await code.workbench.save();

    await code.workbench.command('dinnb: Check Notebook');
    await code.workbench.notification('checked.dinnb: the same. Certified').waitFor();
    await code.workbench.statusItem(/reproduced on .* \(here\)/).waitFor();
    await code.screenshot('checked-same');
    expect(certificateOf(readNotebook(file)).state).toBe('reproduced');
    expect(await code.workbench.unsaved.count()).toBe(0);

    await code.workbench.command('Notifications: Clear All Notifications');
    const saved = readNotebook(file);
    saved.cells[1]!.outputs = [{ type: 'result', data: { 'text/plain': "'0.929'" } }];
    writeNotebook(file, saved);
    await code.reopen('checked.dinnb');
    await code.workbench.statusItem('changed since it was checked').waitFor();
    await code.workbench.command('dinnb: Check Notebook');
    await code.workbench.notification('checked.dinnb: 1 of 2 code cells differs').waitFor();
    const diff = code.page.locator('.notebook-text-diff-editor');
    await diff.waitFor();
    await eventually(async () => expect(await diff.textContent()).toMatch(/1.of.2.code.cells/));
    await code.screenshot('checked-different');
    expect(certificateOf(readNotebook(file)).state).toBe('changed');
    await code.workbench.answer('checked.dinnb: 1 of 2 code cells differs', 'Accept New Outputs');
    await code.workbench.notification('checked.dinnb holds the new outputs now').waitFor();
    expect(readNotebook(file).cells[1]!.outputs).toMatchObject([{ data: { 'text/plain': "'0.925'" } }]);
    await code.workbench.command('View: Close All Editors');
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

  it('takes its kernel along when it is renamed or moved, also while a cell runs', async () => {
    mkdirSync(code.path('first'));
    const ticks = "for (let i = 0; ; i++) { console.log('tick ' + i); await new Promise((go) => setTimeout(go, 50)); }";
    writeNotebook(
      code.path('first/a.dinnb'),
      notebookOf("let known = 5;\n'pid ' + process.pid", ticks, "'known ' + ++known"),
    );
    const notebook = await code.open('first/a.dinnb');
    expect(await notebook.runToEnd(0)).toBe('succeeded');
    const pid = Number((await notebook.read(/pid \d+/)).slice(4));
    const tabIs = (name: string) => code.workbench.tab(name).waitFor();

    await code.workbench.rename('a.dinnb', 'b.dinnb');
    await tabIs('b.dinnb');
    await notebook.ready();
    expect(await notebook.runToEnd(2)).toBe('succeeded');
    await notebook.waitForText('known 6');

    /** Waits until the cell shows more than it does now, as a cell that runs. */
    const goesOn = async () => {
      const last = async () =>
        Math.max(...[...(await notebook.outputText()).matchAll(/tick (\d+)/g)].map(([, n]) => Number(n)));
      const before = await last();
      await eventually(async () => expect(await last()).toBeGreaterThan(before + 10));
      expect(await notebook.state(1)).toBe('running');
    };
    await notebook.run(1);
    await notebook.waitForText('tick 5');
    await code.workbench.rename('b.dinnb', 'c.dinnb');
    await tabIs('c.dinnb');
    await goesOn();
    await code.screenshot('renamed-running');
    await code.workbench.rename('first', 'second');
    await eventually(async () => expect(existsSync(code.path('second/c.dinnb'))).toBe(true));
    await tabIs('c.dinnb');
    await goesOn();
    // Too long for the file system, which says so only when it is asked: nothing has moved.
    await code.workbench.rename('c.dinnb', `${'é'.repeat(140)}.dinnb`);
    await code.workbench.notification(/too long/i).waitFor();
    await goesOn();
    await code.screenshot('rename-failed');
    await tabIs('c.dinnb');
    await notebook.interrupt();
    expect(await notebook.waitForEnd(1)).toBe('failed');
    await code.workbench.save();
    // Every line, in order and once.
    const [stream] = readNotebook(code.path('second/c.dinnb')).cells[1]!.outputs;
    const lines = stream?.type === 'stream' ? stream.text.trim().split('\n') : [];
    expect(lines.length).toBeGreaterThan(30);
    expect(lines).toEqual(lines.map((_, index) => `tick ${index}`));

    // Another program renames the file: the kernel is there once it is opened.
    renameSync(code.path('second/c.dinnb'), code.path('second/d.dinnb'));
    await code.show('second/d.dinnb');
    await code.workbench.statusItem('idle').waitFor();
    expect(await notebook.runToEnd(2)).toBe('succeeded');
    await notebook.waitForText('known 7');
    process.kill(pid, 0);
    await code.workbench.command('File: Save');
    // Closed while it is being saved, the editor would ask.
    await eventually(async () => expect(await code.page.locator('.tab.dirty').count()).toBe(0));
    await code.workbench.command('View: Close All Editors');
    await waitForDeath(pid);
  });

  it('marks the cell that has the focus, asks before variables are lost, and says what went on without the user', async () => {
    const pid = "'pid ' + process.pid";
    writeNotebook(code.path('mishaps.dinnb'), notebookOf(pid, 'const rate = 0.1;', 'const epochs = 3;'));
    const notebook = await code.open('mishaps.dinnb');
    for (const index of [2, 1]) {
      await notebook.focus(index);
      await code.workbench.command('dinnb: Mark Cell as Parameters');
      await notebook.cell(index).getByText('parameters', { exact: true }).waitFor();
    }
    expect(await notebook.cell(0).getByText('parameters', { exact: true }).count()).toBe(0);
    await code.workbench.save();
    expect(readNotebook(code.path('mishaps.dinnb')).cells.map(({ tags }) => tags)).toEqual([
      [],
      ['parameters'],
      ['parameters'],
    ]);

    const runs = async () => {
      expect(await notebook.runToEnd(0)).toBe('succeeded');
      return Number((await notebook.read(/pid \d+/)).slice(4));
    };
    const first = await runs();
    await code.workbench.command('dinnb: Restart Kernel');
    await code.workbench.dialog.getByRole('button', { name: 'Cancel' }).click();
    process.kill(first, 0);
    await code.workbench.command('dinnb: Restart Kernel');
    await code.screenshot('restart-asks');
    await code.workbench.dialog.getByRole('button', { name: "Don't Ask Again" }).click();
    await waitForDeath(first);
    await notebook.run(0);
    await notebook.read(new RegExp(`pid (?!${first})\\d+`));
    const second = Number((await notebook.read(/pid \d+/)).slice(4));
    await code.workbench.command('dinnb: Restart Kernel');
    await waitForDeath(second);
    await notebook.run(0);
    await notebook.read(new RegExp(`pid (?!${second})\\d+`));
    await code.workbench.save();

    // A window that is loaded anew has no kernel, and says so.
    // Waited for from the start: VS Code takes such a message away after some seconds.
    const told = code.workbench.notification('The kernel of mishaps.dinnb ended with the window').waitFor();
    await Promise.all([told, code.reopen('mishaps.dinnb')]);
    await code.screenshot('reloaded');

    // A merge leaves its marks in the file while the notebook is open.
    const text = readFileSync(code.path('mishaps.dinnb'), 'utf8');
    const [conflict, line] = [text.replace(/^/, '<<<<<<< HEAD\n'), 'mishaps.dinnb:1:1'];
    const notice = code.workbench.notification(line);
    await eventually(async () => {
      // Again: what changes before the new window's watchers stand is seen by nobody.
      writeFileSync(code.path('mishaps.dinnb'), conflict);
      await notice.waitFor({ timeout: 5_000 });
    });
    await code.screenshot('conflict-noticed');
    await code.workbench.answer(line, 'Open as Text');
    await code.workbench.statusItem('Ln 1, Col 1').waitFor();
    expect(readFileSync(code.path('mishaps.dinnb'), 'utf8')).toBe(conflict);
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
    await code.workbench.closeWithoutSaving();
    await waitForDeath(pid);
  });
});
