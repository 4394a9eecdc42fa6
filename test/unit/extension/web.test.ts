import { createHash } from 'node:crypto';
import { createContext, runInContext } from 'node:vm';
import { buildSync } from 'esbuild';
import { expect, it } from 'vitest';
import manifest from '../../../package.json';
import { bundles } from '../../../scripts/build.mjs';
import { composeForWeb } from '../../../src/extension/web/compose';
import { printNotebook } from '../../../src/notebook/print';
import { DocumentMaker } from '../notebook/random-document';
import { FakeVs, Uri } from './fake-vscode';

function page() {
  const vs = new FakeVs();
  const subscriptions: { dispose(): void }[] = [];
  const context = { subscriptions, extensionUri: Uri.file('/extension'), extension: { packageJSON: manifest } };
  composeForWeb(vs.asApi(), context as never);
  return vs;
}

it('reads and writes without Node what Node reads and writes', () => {
  const { outfile: _outfile, ...options } = bundles.find(({ outfile }) => outfile === 'dist/web.js')!;
  const [built] = buildSync({
    ...options,
    entryPoints: undefined,
    stdin: {
      contents:
        "export { parseNotebookBytes } from './src/notebook/bytes'; export { printNotebookBytes } from './src/notebook/print'; export { mergeNotebooks } from './src/notebook/merge'; export { textHash } from './src/base/hash';",
      resolveDir: '.',
    },
    sourcemap: false,
    write: false,
  }).outputFiles!;
  // Nothing of Node is there: not `require`, `process` or `Buffer`.
  const scope = createContext({ TextEncoder, TextDecoder, module: {}, btoa, atob });
  runInContext(built!.text, scope);
  const { parseNotebookBytes, printNotebookBytes, mergeNotebooks, textHash } = scope.module.exports;
  for (let seed = 0; seed < 200; seed++) {
    const text = printNotebook(new DocumentMaker(seed).document());
    const read = parseNotebookBytes(new TextEncoder().encode(text), 'notebook');
    expect(new TextDecoder().decode(printNotebookBytes(read))).toBe(text);
    expect(textHash(text)).toBe(createHash('sha256').update(text).digest('hex'));
    expect(mergeNotebooks(read, read, read).conflicts).toHaveLength(0);
  }
});

it('says why cells do not run, at run and at every command that needs a process; what needs none works', async () => {
  const vs = page();
  const notebook = vs.open('/x.dinnb', [{ source: '1 + 1' }]);
  await vs.run(notebook);
  expect(vs.messages).toEqual([
    expect.stringMatching(/^Cells do not run in a browser: .*Open this notebook in VS Code/),
  ]);
  const works = ['newNotebook', 'openSample', 'exportHtml', 'exportJupyter', 'decideConflict', 'toggleParameters'];
  for (const { command } of manifest.contributes.commands) {
    if (works.includes(command.slice('dinnb.'.length))) continue;
    vs.messages.length = 0;
    await vs.commands.get(command)!();
    expect([command, ...vs.messages]).toEqual([command, expect.stringMatching(/^Cells do not run in a browser/)]);
  }
  vs.active = notebook;
  vs.saveTarget = Uri.file('/x.ipynb');
  await vs.commands.get('dinnb.exportJupyter')!();
  expect(new TextDecoder().decode(vs.files.get('/x.ipynb'))).toContain('"1 + 1"');
});

it('keeps what ran elsewhere, and writes over no file that cannot be read', async () => {
  const vs = page();
  const outputs = [{ type: 'display' as const, data: { 'text/plain': '4' } }];
  const cell = { id: 'aaaa', kind: 'code' as const, source: '2 + 2', tags: [], outputs, unknown: {}, unknownRun: {} };
  const text = printNotebook({ version: 1, cells: [cell], environment: { dinnb: '0.1.0' }, unknown: {} });
  const data = await vs.serializer!.deserializeNotebook(new TextEncoder().encode(text), undefined as never);
  expect(new TextDecoder().decode(await vs.serializer!.serializeNotebook(data, undefined as never))).toBe(text);
  const notebook = vs.open('/y.dinnb', [{ source: 'a' }]);
  vs.files.set('/y.dinnb', new TextEncoder().encode('{ half'));
  await expect(vs.save(notebook)).rejects.toThrow(/not a readable notebook any more/);
});
