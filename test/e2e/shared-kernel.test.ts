import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { notebookOf, readNotebook, writeNotebook } from './harness/documents';
import { eventually } from './harness/eventually';
import { waitForDeath } from './harness/notebook';
import { startVsCode, type VsCode } from './harness/vscode';

describe('two notebooks of a folder', () => {
  let code: VsCode;
  beforeAll(async () => {
    code = await startVsCode();
  });
  afterEach((test) => code?.keepFailure(test));
  afterAll(() => code?.stop());

  /** What the second notebook shows of its process: no frame of outputs tells whether its notebook is in front. */
  const pidShown = async () => {
    const texts = code.page.frames().map((frame) =>
      frame
        .locator('#container')
        .allInnerTexts()
        .catch(() => []),
    );
    const found = /pid (\d+) has 42/.exec((await Promise.all(texts)).flat().join('\n'));
    return found ? Number(found[1]) : undefined;
  };
  const pidOtherThan = async (before: number | undefined): Promise<number> => {
    let pid: number | undefined;
    await eventually(async () => {
      pid = await pidShown();
      expect(pid).toBeDefined();
      expect(pid).not.toBe(before);
    });
    return pid!;
  };

  it('share a kernel: its variables, its end, an interrupt, a restart; the choice is there after a reload, and in no file', async () => {
    writeNotebook(code.path('one.dinnb'), notebookOf('const answer = 41', 'for (;;);'));
    writeNotebook(code.path('two.dinnb'), notebookOf("'pid ' + process.pid + ' has ' + (answer + 1)", 'nowhere'));
    let one = await code.open('one.dinnb');
    expect(await one.runToEnd(0)).toBe('succeeded');
    let two = await code.show('two.dinnb');
    const underlined = code.page.locator('.notebookOverlay:visible .squiggly-error');
    await eventually(async () => expect(await underlined.count()).toBe(2));
    await code.workbench.start('dinnb: Share Kernel...');
    await code.screenshot('share-kernel');
    await code.workbench.pick('Share with one.dinnb');
    await code.workbench.statusItem(/idle · shared/).waitFor();
    // What the other notebook declares is known, and nothing else.
    await eventually(async () => expect(await underlined.count()).toBe(1));
    expect(await two.runToEnd(0)).toBe('succeeded');
    expect(await two.executionCount(0)).toBe('[2]');
    const pid = await pidOtherThan(undefined);
    await code.screenshot('shared-kernel');

    one = await code.show('one.dinnb');
    await one.run(1);
    await one.waitForState(1, 'running');
    two = await code.show('two.dinnb');
    const stopped = code.workbench.notification('one.dinnb: what ran or waited was stopped').waitFor();
    await code.workbench.command('dinnb: Interrupt Kernel');
    await stopped;
    const lost = code.workbench.notification('one.dinnb: variables are gone').waitFor();
    await two.restartKernel(pid);
    await lost;
    expect(await two.runToEnd(0)).toBe('failed');
    one = await code.show('one.dinnb');
    expect(await one.waitForEnd(1)).toBe('failed');
    expect(await one.runToEnd(0)).toBe('succeeded');
    two = await code.show('two.dinnb');
    expect(await two.runToEnd(0)).toBe('succeeded');
    const restarted = await pidOtherThan(pid);

    // Closing one leaves the other what it declared.
    one = await code.show('one.dinnb');
    await code.workbench.save();
    await code.workbench.command('View: Close Editor');
    await code.workbench.tab('two.dinnb').waitFor();
    expect(await two.runToEnd(0)).toBe('succeeded');
    await eventually(async () => expect(await pidShown()).toBe(restarted));
    expect(await underlined.count()).toBe(1);
    await code.workbench.save();
    const saved = readNotebook(code.path('two.dinnb'));
    const [cell] = Object.values((saved.environment as { cells: object }).cells);
    expect(cell).toMatchObject({ others: ['one.dinnb'] });

    await code.reopen('two.dinnb');
    await waitForDeath(restarted);
    expect(await code.workbench.unsaved.count()).toBe(0);
    await code.workbench.statusItem(/not started · shared/).waitFor();
    one = await code.show('one.dinnb');
    await one.run(0);
    await code.workbench.statusItem(/idle · shared/).waitFor();
    two = await code.show('two.dinnb');
    expect(await two.runToEnd(0)).toBe('succeeded');
    expect(await two.executionCount(0)).toBe('[2]');
    const last = await pidOtherThan(restarted);
    await code.workbench.closeWithoutSaving();
    await waitForDeath(last);
  });
});
