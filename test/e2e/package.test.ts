import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readNotebook } from './harness/documents';
import { readAttention, readTraining } from './harness/renderers';
import { projectRoot, startVsCode, type VsCode } from './harness/vscode';

describe('the packaged extension', () => {
  let code: VsCode;
  beforeAll(async () => {
    const printed = execFileSync(process.execPath, ['scripts/package.mjs'], { cwd: projectRoot, encoding: 'utf8' });
    const vsix = /[\w.-]+\.vsix(?=: [\d.]+ MB)/.exec(printed)?.[0];
    if (!vsix) throw new Error(`npm run package printed no file:\n${printed}`);
    code = await startVsCode({ extension: { vsix: path.join(projectRoot, vsix) } });
  });
  afterAll(() => code?.stop());

  it('runs the sample in a VS Code that has no source tree', async () => {
    copyFileSync(path.join(projectRoot, 'notebooks', 'din-movielens.dinnb'), code.path('din.dinnb'));
    const { cells } = readNotebook(code.path('din.dinnb'));
    const count = cells.filter(({ kind }) => kind === 'code').length;
    expect(existsSync(code.path('node_modules'))).toBe(false);
    await code.page.setViewportSize({ width: 1400, height: 9_000 });
    const notebook = await code.open('din.dinnb');
    await notebook.runAll();
    await notebook.waitForEnd(count - 1);
    const states = await Promise.all(Array.from({ length: count }, (_, index) => notebook.state(index)));
    expect(states).toEqual(Array.from({ length: count }, () => 'succeeded'));
    const training = await readTraining((await notebook.output('.dinnb-training')).nth(1));
    expect(training).toMatchObject({ heading: 'DIN', state: 'done' });
    expect(training.shapes).toBeGreaterThan(0);
    const attention = await readAttention((await notebook.output('.dinnb-attention')).first());
    expect(attention.weights.flat().filter((weight) => weight !== null).length).toBeGreaterThan(30);
    await code.workbench.statusItem(/TensorFlow \d+\.\d+/).waitFor();
    await code.screenshot('packaged');
  });
});
