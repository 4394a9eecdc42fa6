import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { serveVsCode } from '../../scripts/vscode/serve.mjs';
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

describe('VS Code as npm run vscode serves it', () => {
  it('shows nothing to anybody without the password', async () => {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'dinnb-e2e-'));
    const places = { userDataDir: path.join(folder, 'data'), extensionsDir: path.join(folder, 'extensions') };
    const server = await serveVsCode({ ...places, password: 'a secret of this test', trust: true });
    try {
      const ask = (place: string, init: RequestInit = {}) =>
        fetch(server.origin + place, { redirect: 'manual', ...init });
      for (const place of ['/', '/?folder=/', '/vscode-remote-resource?path=/etc/hostname']) {
        const { status, headers } = await ask(place);
        expect([place, status, headers.get('location') ?? ''], place).toEqual([
          place,
          expect.toSatisfy((code) => code === 302 || code === 401),
          expect.toSatisfy((to) => to === '' || to.includes('login')),
        ]);
      }
      const form = (password: string) => ({
        method: 'POST',
        body: new URLSearchParams({ password, base: '/', href: `${server.origin}/login` }),
      });
      expect((await ask('/login', form('a guess'))).headers.get('set-cookie')).toBeNull();
      expect((await ask('/login', form('a secret of this test'))).headers.get('set-cookie')).toContain('session');
    } finally {
      await server.stop();
      rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
    }
  });
});
