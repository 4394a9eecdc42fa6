import { writeFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { notebookOf, writeNotebook } from './harness/documents';
import { eventually } from './harness/eventually';
import { startVsCode, type VsCode } from './harness/vscode';

describe('debugging in VS Code', () => {
  let code: VsCode;
  beforeAll(async () => {
    code = await startVsCode();
  });
  afterEach((test) => code?.keepFailure(test));
  afterAll(() => code?.stop());

  it('stops in the cell where the breakpoint is, steps, lets go when it is stopped or interrupted, and keeps the kernel', async () => {
    const { page } = code;
    writeNotebook(
      code.path('debug.dinnb'),
      notebookOf(
        'function half(x: number): number {\n  const result = x / 2;\n  return result;\n}\nprocess.pid',
        'const twelve = half(24);\ntwelve + 1',
        '`kept ${twelve} in ${process.pid}`',
        'for (let n = 0; ; n++) half(n);',
      ),
    );
    const notebook = await code.open('debug.dinnb');
    expect(await notebook.runToEnd(0)).toBe('succeeded');
    const pid = await notebook.read(/\d{2,}/);

    // In a function of a cell that has run before the debugger came.
    await notebook.focus(0);
    await page.keyboard.press('Control+Home');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('F9');
    await eventually(async () =>
      expect(
        await (await notebook.reveal(0))
          .locator('.codicon-debug-breakpoint, .codicon-debug-breakpoint-unverified')
          .count(),
      ).toBe(1),
    );
    await notebook.focus(1);
    await code.workbench.command('dinnb: Debug Cell');

    const stack = page.locator('.debug-call-stack');
    await eventually(async () => {
      const frames = await stack.innerText();
      expect(frames).toContain('half');
      expect(frames).toContain('Cell 1');
      expect(frames).toContain('Cell 2');
    });
    await eventually(async () =>
      expect(await (await notebook.reveal(0)).locator('.debug-top-stack-frame-line').count()).toBe(1),
    );
    const variables = page.locator('.debug-variables');
    // Scopes come closed.
    await variables.getByText('Local: half').click();
    await eventually(async () => expect(await variables.innerText()).toMatch(/result\s*=\s*12[\s\S]*x\s*=\s*24/));
    await code.screenshot('debug-paused');
    // Out of the function, and to the end of the cell.
    await page.keyboard.press('Shift+F11');
    await eventually(async () =>
      expect(
        await (await notebook.reveal(1)).locator('.debug-top-stack-frame-line, .debug-top-stack-frame-column').count(),
      ).toBeGreaterThan(0),
    );
    await page.keyboard.press('F5');
    await notebook.waitForState(1, 'succeeded');
    await notebook.waitForText('13');

    // Interrupted where it stands.
    await notebook.focus(3);
    await code.workbench.command('dinnb: Debug Cell');
    await eventually(async () => expect(await stack.innerText()).toContain('Cell 4'));
    await notebook.interrupt();
    await notebook.waitForState(3, 'failed');
    await notebook.waitForText('Execution interrupted');

    // Stopped where it stands: the cell runs on, the kernel and its variables are what they were.
    await notebook.focus(1);
    await code.workbench.command('dinnb: Debug Cell');
    await eventually(async () => expect(await stack.innerText()).toContain('half'));
    await code.workbench.command('Debug: Stop');
    await page.locator('.debug-toolbar').waitFor({ state: 'hidden' });
    await notebook.waitForState(1, 'succeeded');
    expect(await notebook.runToEnd(2)).toBe('succeeded');
    await notebook.waitForText(`kept 12 in ${pid}`);
    await code.screenshot('debug-stopped');
  });

  it('stops at a breakpoint of a workspace file, whatever types stand above it, and shows the file', async () => {
    const { page } = code;
    const lib =
      'export interface Rates {\n  low: number;\n  high: number;\n}\n\nexport type Names = keyof Rates;\n\nexport function double(n: number): number {\n  const twice = n * 2;\n  return twice;\n}\n';
    writeFileSync(code.path('lib.ts'), lib);
    writeNotebook(code.path('file.dinnb'), notebookOf("import { double } from './lib';\nconst d = double(21);\nd + 1"));
    // Debugged as the first thing that its kernel runs: the debugger sees all that the kernel loads.
    await code.open('file.dinnb');
    await code.workbench.openFile(code.path('lib.ts'));
    await code.workbench.tab('lib.ts').waitFor();
    await page.locator('.editor-instance .view-line').first().click();
    await page.keyboard.press('Control+Home');
    const lines = lib.split('\n');
    for (let line = 0; line < lines.indexOf('  return twice;'); line++) await page.keyboard.press('ArrowDown');
    await page.keyboard.press('F9');
    await page.locator('.codicon-debug-breakpoint, .codicon-debug-breakpoint-unverified').first().waitFor();
    const notebook = await code.show('file.dinnb');
    await notebook.focus(0);
    await code.workbench.command('dinnb: Debug Cell');
    const variables = page.locator('.debug-variables');
    await page.locator('.debug-top-stack-frame-line').first().waitFor();
    // The scope is open already where an earlier session opened one.
    await variables.getByText('Local: double').waitFor();
    await eventually(async () => {
      if (!(await variables.innerText()).includes('twice')) await variables.getByText('Local: double').click();
      await variables.getByText('twice').first().waitFor({ timeout: 10_000 });
    });
    expect(await variables.innerText()).toMatch(/n\s*=\s*21[\s\S]*twice\s*=\s*42/);
    // The file itself, at its line; not what was made of it.
    const stopped = page.locator('.editor-instance .monaco-editor', {
      has: page.locator('.debug-top-stack-frame-line'),
    });
    expect((await stopped.innerText()).replaceAll('\u00a0', ' ')).toContain('interface Rates');
    expect(await page.locator(".tab[data-resource-name^='lib.ts?']").count()).toBe(0);
    await code.screenshot('debug-file');
    await page.keyboard.press('F5');
    await code.show('file.dinnb');
    await notebook.waitForState(0, 'succeeded');
    await notebook.waitForText('43');
  });
});
