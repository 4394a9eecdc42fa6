import { existsSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { notebookOf, writeNotebook } from './harness/documents';
import { startVsCode, type VsCode } from './harness/vscode';

describe('an untrusted folder', () => {
  let code: VsCode;
  beforeAll(async () => {
    code = await startVsCode({
      trust: true,
      settings: { 'security.workspace.trust.startupPrompt': 'never', 'security.workspace.trust.banner': 'never' },
    });
  });
  afterEach((test) => code?.keepFailure(test));
  afterAll(() => code?.stop());

  it('can be read and never runs, until it is trusted', async () => {
    const trace = code.path('trace');
    writeNotebook(
      code.path('stranger.dinnb'),
      notebookOf(`(await import('node:fs')).writeFileSync(${JSON.stringify(trace)}, 'ran'); 'has ' + 'run'`),
    );
    const notebook = await code.open('stranger.dinnb');
    await code.workbench.statusItem('Restricted Mode').waitFor();
    await code.page.getByText('writeFileSync').first().waitFor();
    await notebook.run(0);
    await code.workbench.dialog.waitFor();
    await code.screenshot('untrusted');
    await code.workbench.dialog.getByRole('button', { name: 'Cancel' }).click();
    await code.workbench.dialog.waitFor({ state: 'hidden' });
    expect(await notebook.state(0)).toBe('idle');
    expect(existsSync(trace)).toBe(false);

    // The same click after the answer that the user owns: it runs.
    await notebook.run(0);
    await code.workbench.dialog.getByRole('button', { name: /^Trust/ }).click();
    expect(await notebook.waitForEnd(0)).toBe('succeeded');
    await notebook.waitForText('has run');
    expect(existsSync(trace)).toBe(true);
  });
});
