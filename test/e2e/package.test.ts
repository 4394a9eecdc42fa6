import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { notebookOf, readNotebook, writeNotebook } from './harness/documents';
import { eventually } from './harness/eventually';
import { readAttention, readTraining, titled } from './harness/renderers';
import { projectRoot, startVsCode, type VsCode } from './harness/vscode';

/** The file that `npm run package` makes. */
function packed(...flags: string[]): string {
  const printed = execFileSync(process.execPath, ['scripts/package.mjs', ...flags], {
    cwd: projectRoot,
    encoding: 'utf8',
  });
  const vsix = /[\w.-]+\.vsix(?=: [\d.]+ MB)/.exec(printed)?.[0];
  if (!vsix) throw new Error(`npm run package printed no file:\n${printed}`);
  return path.join(projectRoot, vsix);
}

describe('the packaged extension', () => {
  let code: VsCode;
  let file: string;
  beforeAll(() => {
    file = packed();
  });
  afterEach(async (test) => {
    await code?.keepFailure(test);
    await code?.stop();
  });

  it('runs the sample in a VS Code that has no source tree', async () => {
    code = await startVsCode({ extension: { vsix: file } });
    copyFileSync(path.join(projectRoot, 'notebooks', 'din-movielens.dinnb'), code.path('din.dinnb'));
    const { cells } = readNotebook(code.path('din.dinnb'));
    const codeCells = cells.flatMap(({ kind }, index) => (kind === 'code' ? [index] : []));
    expect(existsSync(code.path('node_modules'))).toBe(false);
    await code.showWhole();
    const notebook = await code.open('din.dinnb');
    await notebook.runAll();
    await notebook.waitForEnd(codeCells.at(-1)!);
    for (const index of codeCells) expect([index, await notebook.state(index)]).toEqual([index, 'succeeded']);
    const output = titled(await notebook.output('.dinnb-training'), 'DIN');
    // The editor draws in its own time what has ended.
    await eventually(async () => {
      const training = await readTraining(output);
      expect(training).toMatchObject({ heading: 'DIN', state: 'done' });
      expect(training.shapes).toBeGreaterThan(0);
    });
    const attention = await readAttention((await notebook.output('.dinnb-attention')).first());
    expect(attention.weights.flat().filter((weight) => weight !== null).length).toBeGreaterThan(30);
    await code.workbench.statusItem(/TensorFlow \d+\.\d+/).waitFor();
    await code.screenshot('packaged');
  });

  it('asks at first use before it downloads TensorFlow, and goes on without when that is declined', async () => {
    const cache = mkdtempSync(path.join(os.tmpdir(), 'dinnb-empty-cache-'));
    try {
      code = await startVsCode({ extension: { vsix: file }, env: { DINNB_CACHE: cache } });
      writeNotebook(code.path('first.dinnb'), notebookOf('tf.getBackend()', "console.error('second ' + 'cell')"));
      const notebook = await code.open('first.dinnb');
      const offered = code.workbench.notification('WebAssembly').waitFor();
      await notebook.runAll();
      await offered;
      await code.screenshot('first-use');
      expect(await notebook.waitForEnd(1)).toBe('succeeded');
      // One line says what runs and what would be faster; once, not in every cell.
      await notebook.waitForText('second cell');
      const text = await notebook.outputText();
      expect(text.match(/WebAssembly/g)).toHaveLength(1);
      expect(text).toContain('"dinnb: Set Up TensorFlow"');
      expect(text).toMatch(/^'?wasm'?$/m);
      await code.workbench.statusItem(/dinnb: TensorFlow wasm/).waitFor();
      await code.workbench.answer('WebAssembly', 'Set Up TensorFlow');
      const { dialog } = code.workbench;
      await dialog.waitFor();
      // What the download costs, and where it goes.
      const asked = (await dialog.textContent()) ?? '';
      expect(asked).toMatch(/[\d.]+ MB are downloaded and [\d.]+ (MB|GB) of disk/);
      expect(asked).toContain(cache);
      await code.screenshot('consent');
      await dialog.getByRole('button', { name: 'Cancel' }).click();
      await dialog.waitFor({ state: 'hidden' });
      expect(existsSync(path.join(cache, 'tensorflow'))).toBe(false);
      expect(await notebook.runToEnd(0)).toBe('succeeded');
    } finally {
      rmSync(cache, { recursive: true, force: true });
    }
  });

  it('for web pages shows, edits and saves notebooks there, and says that cells do not run', async () => {
    code = await startVsCode({ extension: { vsix: packed('--web') } });
    const [first, second] = notebookOf("'before'", '1 + 1').cells;
    const output = { type: 'display' as const, data: { 'text/plain': "'shown'" } };
    writeNotebook(code.path('web.dinnb'), { ...notebookOf(), cells: [{ ...first!, outputs: [output] }, second!] });
    const notebook = await code.open('web.dinnb');
    await notebook.waitForText(/shown/);
    await notebook.run(1);
    await code.workbench.notification('Cells do not run in a browser').waitFor();
    await eventually(async () => expect(await notebook.state(1)).toBe('idle'));
    expect(await notebook.executionCount(1)).toBe('[ ]');
    await notebook.type(1, '2 + 2');
    await code.workbench.save();
    await code.screenshot('web');
    const { cells } = readNotebook(code.path('web.dinnb'));
    expect(cells.map(({ source, outputs }) => [source, outputs.length])).toEqual([
      ["'before'", 1],
      ['2 + 2', 0],
    ]);
  });
});
