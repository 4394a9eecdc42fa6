import { existsSync, writeFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { notebookOf, writeNotebook } from './harness/documents';
import { startVsCode, type VsCode } from './harness/vscode';

describe('an untrusted folder', () => {
  let code: VsCode;
  beforeAll(async () => {
    code = await startVsCode({ trusted: false });
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

describe('a notebook of a stranger that is only opened', () => {
  let code: VsCode;
  beforeAll(async () => {
    code = await startVsCode();
  });
  afterEach((test) => code?.keepFailure(test));
  afterAll(() => code?.stop());

  it('holds scripts that reach neither the window, nor its storage, nor the server, in a trusted folder too', async () => {
    const secret = code.path('secret.js');
    writeFileSync(secret, 'globalThis.stolen = "a secret";');
    const resource = `${code.origin}/vscode-remote-resource?path=${encodeURIComponent(secret)}`;
    // Each attempt tells what it got hold of; one that is refused throws, or gets nothing.
    const attempts = {
      'own origin': '() => origin',
      window: '() => workbench().document.title',
      cookies: '() => document.cookie || refused()',
      storage: '() => Object.keys(localStorage).join() || refused()',
      databases: 'async () => (await indexedDB.databases()).map(({ name }) => name).join() || refused()',
      page: `() => text(${JSON.stringify(code.origin)})`,
      file: `() => text(${JSON.stringify(resource)})`,
      script: `() => new Promise((got, reject) => {
        const script = Object.assign(document.createElement('script'), { src: ${JSON.stringify(resource)}, onerror: reject });
        script.onload = () => got(globalThis.stolen);
        document.body.append(script);
      })`,
    };
    const script = `
      const refused = () => { throw new Error('refused'); };
      const text = async (url) => {
        const answer = await fetch(url, { credentials: 'include' });
        return answer.ok ? answer.text() : refused();
      };
      // The page hides its parents; a frame of one's own has what they are found by: page, webview, workbench.
      const workbench = () => {
        const frame = document.body.appendChild(document.createElement('iframe')).contentWindow;
        const parent = Object.getOwnPropertyDescriptor(frame, 'parent').get;
        return parent.call(parent.call(parent.call(frame)));
      };
      (async () => {
        const got = {};
        for (const [name, attempt] of Object.entries({ ${Object.entries(attempts).map(([name, source]) => `${JSON.stringify(name)}: ${source}`)} })) {
          try { got[name] = String(await attempt()); } catch (error) { got[name] = 'refused'; }
        }
        document.body.append(Object.assign(document.createElement('pre'), { id: 'got', textContent: JSON.stringify(got) }));
      })();`;
    const document = notebookOf("'drawn ' + 'all the same'");
    document.cells[0]!.outputs = [
      { type: 'display', data: { 'text/html': `<p>stranger</p><script>${script}</script>` } },
    ];
    writeNotebook(code.path('stranger.dinnb'), document);
    const notebook = await code.open('stranger.dinnb');
    const got = JSON.parse((await (await notebook.output('#got')).textContent())!);
    await code.screenshot('stranger-output');
    expect(got).toEqual({
      ...Object.fromEntries(Object.keys(attempts).map((name) => [name, 'refused'])),
      'own origin': expect.stringMatching(/^http:\/\/\w{52}\.dinnb\.localhost:\d+$/),
    });
    expect(await notebook.runToEnd(0)).toBe('succeeded');
    await notebook.waitForText('drawn all the same');
  });

  it('can be asked for by nobody without the password of the address', async () => {
    const ask = (place: string) => fetch(`http://127.0.0.1:${code.port}${place}`, { redirect: 'manual' });
    for (const place of ['/', '/?folder=/', '/vscode-remote-resource?path=/etc/hostname', '/?tkn=', '/?tkn=a-guess'])
      expect([place, (await ask(place)).status]).toEqual([place, 403]);
    const { status, headers } = await ask(`/?tkn=${code.password}`);
    expect([status, headers.get('cross-origin-resource-policy')]).toEqual([302, 'same-origin']);
  });
});
