import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { edit, notebookOf, readNotebook, writeNotebook } from './harness/documents';
import { eventually } from './harness/eventually';
import { type NotebookEditor, waitForDeath } from './harness/notebook';
import { startVsCode, type VsCode } from './harness/vscode';

const PID = "'pid ' + process.pid";

describe('one notebook in several places', () => {
  let code: VsCode;
  beforeAll(async () => {
    code = await startVsCode();
  });
  afterEach((test) => code?.keepFailure(test));
  afterAll(() => code?.stop());

  const pidOf = async (notebook: NotebookEditor) => Number((await notebook.read(/pid \d+/)).slice(4));

  it('has one kernel in two editors of a window, and keeps it while one is open; a file that is deleted or changed meanwhile loses nothing', async () => {
    writeNotebook(code.path('split.dinnb'), notebookOf(PID, "'second'"));
    const notebook = await code.open('split.dinnb');
    expect(await notebook.runToEnd(0)).toBe('succeeded');
    const pid = await pidOf(notebook);
    await code.workbench.command('View: Split Editor Right');
    await eventually(async () => expect(await code.page.locator('.notebookOverlay:visible').count()).toBe(2));
    await code.workbench.command('View: Close All Editors in Group');
    await eventually(async () => expect(await code.page.locator('.notebookOverlay:visible').count()).toBe(1));
    process.kill(pid, 0);
    await code.workbench.save();

    // Gone from the disk: what is shown stays, and saving writes it again.
    rmSync(code.path('split.dinnb'));
    await code.page
      .locator('.tab.active .monaco-icon-label.deleted, .tab.active [class*=strikethrough]')
      .first()
      .waitFor();
    await code.screenshot('deleted');
    expect(await notebook.runToEnd(1)).toBe('succeeded');
    process.kill(pid, 0);
    await code.workbench.command('File: Save');
    await eventually(async () => expect(existsSync(code.path('split.dinnb'))).toBe(true));
    const written = readNotebook(code.path('split.dinnb'));
    expect(written.cells.map(({ outputs }) => outputs.length)).toEqual([1, 1]);

    // Changed on disk while changed here: neither is lost.
    await notebook.type(1, "'mine..'");
    await code.workbench.unsaved.waitFor();
    writeNotebook(code.path('split.dinnb'), edit(written, { second: 'theirs' }));
    await code.page.keyboard.press('Control+S');
    // As long as what is here: the editor itself would not notice.
    const conflict = 'split.dinnb was changed on disk by another program';
    await code.workbench.notification(conflict).waitFor();
    await code.screenshot('changed-on-disk');
    expect(readFileSync(code.path('split.dinnb'), 'utf8')).toContain('theirs');
    expect(await notebook.text(1)).toBe("'mine..'");
    await code.workbench.answer(conflict, 'Overwrite');
    await eventually(async () => expect(readFileSync(code.path('split.dinnb'), 'utf8')).toContain('mine'));
    await code.workbench.command('View: Close All Editors');
    await waitForDeath(pid);
  });

  it('is in two windows with a kernel each; what is unsaved comes back with its outputs after a reload', async () => {
    mkdirSync(code.path('sub'));
    writeNotebook(code.path('sub/two.dinnb'), notebookOf(PID, "'two'"));
    const notebook = await code.open('sub/two.dinnb');
    expect(await notebook.runToEnd(0)).toBe('succeeded');
    const pid = await pidOf(notebook);
    const other = await code.secondWindow('sub', 'sub/two.dinnb');
    expect(await other.notebook.runToEnd(0)).toBe('succeeded');
    const otherPid = await pidOf(other.notebook);
    expect(otherPid).not.toBe(pid);
    await other.notebook.type(1, "'of the other window'");
    expect(await other.notebook.runToEnd(1)).toBe('succeeded');
    await other.workbench.save();
    await other.page.close();
    await waitForDeath(otherPid);
    process.kill(pid, 0);

    // This window has changes of its own (its output): it keeps them, and does not write over the other's without asking.
    await code.workbench.unsaved.waitFor();
    await code.page.keyboard.press('Control+S');
    await code.workbench.notification(/two\.dinnb/).waitFor();
    await code.screenshot('two-windows');
    expect(readFileSync(code.path('sub/two.dinnb'), 'utf8')).toContain('of the other window');
    await code.reopen('sub/two.dinnb');
    await notebook.waitForText(`pid ${pid}`);
    await code.workbench.unsaved.waitFor();
    await waitForDeath(pid);
    await code.screenshot('hot-exit');
  });
});
