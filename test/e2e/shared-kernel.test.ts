import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { notebookOf, writeNotebook } from './harness/documents';
import type { NotebookEditor } from './harness/notebook';
import { eventually, startVsCode, type VsCode } from './harness/vscode';

describe('two notebooks of a folder', () => {
  let code: VsCode;
  beforeAll(async () => {
    code = await startVsCode();
  });
  afterEach((test) => code?.keepFailure(test));
  afterAll(() => code?.stop());

  const show = async (name: string): Promise<NotebookEditor> => {
    await code.workbench.openFile(name);
    await code.workbench.tab(name).waitFor();
    const notebook = code.notebook();
    await notebook.ready();
    return notebook;
  };
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
  const pidNow = async (): Promise<number> => {
    let pid: number | undefined;
    await eventually(async () => {
      pid = await pidShown();
      expect(pid).toBeDefined();
    });
    return pid!;
  };

  it('share a kernel: its variables, an interrupt, a restart', async () => {
    writeNotebook(code.path('one.dinnb'), notebookOf('const answer = 41', 'for (;;);'));
    writeNotebook(code.path('two.dinnb'), notebookOf("'pid ' + process.pid + ' has ' + (answer + 1)", 'nowhere'));
    let one = await code.open('one.dinnb');
    expect(await one.runToEnd(0)).toBe('succeeded');
    let two = await show('two.dinnb');
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
    const pid = await pidNow();
    await code.screenshot('shared-kernel');

    one = await show('one.dinnb');
    await one.run(1);
    await one.waitForState(1, 'running');
    two = await show('two.dinnb');
    const stopped = code.workbench.notification('one.dinnb: what ran or waited was stopped').waitFor();
    await code.workbench.command('dinnb: Interrupt Kernel');
    await stopped;
    const lost = code.workbench.notification('one.dinnb: variables are gone').waitFor();
    await two.restartKernel(pid);
    await lost;
    expect(await two.runToEnd(0)).toBe('failed');
    one = await show('one.dinnb');
    expect(await one.waitForEnd(1)).toBe('failed');
  });
});
