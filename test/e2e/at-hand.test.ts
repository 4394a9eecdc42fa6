import { readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { axeViolations } from '../axe';
import { notebookOf, writeNotebook } from './harness/documents';
import { eventually } from './harness/eventually';
import { variablesFrame } from './harness/variables';
import { startVsCode, type VsCode } from './harness/vscode';

describe('what is at hand while one works', () => {
  let code: VsCode;
  beforeAll(async () => {
    code = await startVsCode();
  });
  afterEach((test) => code?.keepFailure(test));
  afterAll(() => code?.stop());

  it('lists variables after each cell, opens one, pages a table in the kernel, and disposes of tensors', async () => {
    writeNotebook(
      code.path('variables.dinnb'),
      notebookOf(
        "const users = din.data.from({ n: Float64Array.from({ length: 100_000 }, (_, i) => (i * 7919) % 100_000) });\nconst weights = tf.randomNormal([100, 16]);\nconst name = 'base';\nundefined",
        'const late = [1, 2, 3];\nundefined',
      ),
    );
    await code.page.setViewportSize({ width: 1400, height: 1_000 });
    const notebook = await code.open('variables.dinnb');
    await code.workbench.command('dinnb: Show Variables');
    const view = await variablesFrame(code);
    await view.getByText('Run a cell').waitFor();
    expect(await notebook.runToEnd(0)).toBe('succeeded');
    const names = () => view.locator('.dinnb-variables-list tbody td:nth-of-type(1)').allTextContents();
    await eventually(async () => expect(await names()).toEqual(['users', 'weights', 'name']));
    expect((await view.locator('.dinnb-variables-list').allInnerTexts()).join()).toMatch(
      /Tensor float32\s+\[100, 16\]\s+6.40 kB/,
    );
    await view.getByRole('button', { name: 'users', exact: true }).click();
    const detail = view.getByRole('region', { name: 'Variable users' });
    await detail.getByText('1 to 25 of 100,000').waitFor();
    await detail.getByRole('button', { name: /^n/ }).click();
    await eventually(async () => expect(await detail.locator('tbody td').first().textContent()).toBe('0'));
    await detail.getByRole('searchbox').fill('n > 99996');
    await detail.getByText('1 to 3 of 3').waitFor();
    expect(await notebook.runToEnd(1)).toBe('succeeded');
    await eventually(async () => expect(await names()).toEqual(['users', 'weights', 'name', 'late']));
    await detail.getByText('1 to 3 of 3').waitFor(); // as it was left
    await code.screenshot('variables');
    await view.getByRole('button', { name: 'weights', exact: true }).click();
    await view.locator('.dinnb-variables-detail .bars path, .dinnb-variables-detail .point path').first().waitFor();
    await view.getByText(/standard deviation/).waitFor();
    await view.getByText('1 tensor alive, 6.40 kB (cell 1 left 1)').waitFor();
    await code.screenshot('variables-tensor');
    await view.getByRole('button', { name: 'Dispose' }).click();
    await view.getByText('0 tensors alive, 0 B').waitFor();
    await view.getByText('disposed', { exact: true }).waitFor();
  });

  it('says how far a loop has come, marks what is out of date and runs exactly that; keys are those of Jupyter', async () => {
    const loop =
      "for await (const _ of display.progress(Array.from({ length: 100_000 }), { title: 'rows' }))\n  await new Promise((resolve) => setTimeout(resolve, 50));\nconst done = start;";
    writeNotebook(code.path('stale.dinnb'), notebookOf('let start = 1;', 'start += 1;\nstart', "'free'", loop));
    const notebook = await code.open('stale.dinnb');
    for (const cell of [0, 1, 2]) expect(await notebook.runToEnd(cell)).toBe('succeeded');
    const status = async (cell: number) =>
      (await (await notebook.reveal(cell)).locator('.cell-statusbar-container').allInnerTexts()).join(' ');
    expect(await status(1)).not.toContain('out of date');
    await notebook.type(0, 'let start = 5;');
    await eventually(async () => expect(await status(0)).toContain('out of date'));
    await eventually(async () => expect(await status(1)).toContain('out of date'));
    expect(await status(2)).not.toContain('out of date');
    await code.screenshot('stale');
    await code.workbench.command('dinnb: Run Stale Cells');
    await notebook.waitForText(/^6$/m);
    await eventually(async () => expect(await status(0)).not.toContain('out of date'));
    await eventually(async () => expect(await status(1)).not.toContain('out of date'));
    expect(await notebook.executionCount(2)).toBe('[3]');
    await notebook.run(3);
    await eventually(async () => expect(await status(3)).toMatch(/rows \d+ of 100000, \d+ %, .+ left/));
    await code.workbench.statusItem(/stale.dinnb, code cell 4/).waitFor({ timeout: 120_000 });
    await code.screenshot('running');
    await notebook.interrupt();
    expect(await notebook.waitForEnd(3)).toBe('failed');
    const rows = () => code.page.locator('.notebookOverlay:visible .cell-list-container .monaco-list-row').count();
    const before = await rows();
    await notebook.command(2, 'b');
    await eventually(async () => expect(await rows()).toBe(before + 1));
    await notebook.selected(3);
    await code.page.keyboard.press('d');
    await code.page.keyboard.press('d');
    await eventually(async () => expect(await rows()).toBe(before));
  });

  it('fills in the form of a parameters cell and runs all with it', async () => {
    const [first, second] = notebookOf(
      "/** Passes over the data.\n * @minimum 1\n * @maximum 20 */\nconst epochs = 5;\n/** How features are pooled. */\nconst mode: 'mean' | 'attention' = 'mean';\nconst shuffle = true;\nconst title = 'first run';",
      "`${title}: ${epochs} epochs, ${mode}, ${shuffle ? 'shuffled' : 'in order'}`",
    ).cells;
    writeNotebook(code.path('form.dinnb'), {
      ...notebookOf(),
      cells: [{ ...first!, tags: ['parameters'] }, second!],
    });
    await code.page.setViewportSize({ width: 1400, height: 1_000 });
    const notebook = await code.open('form.dinnb');
    const form = await notebook.output('form.dinnb-parameters');
    await form.getByLabel('epochs', { exact: true }).waitFor();
    // Looking changes nothing.
    expect(await code.workbench.unsaved.count()).toBe(0);
    await code.screenshot('parameters-form');
    const epochs = form.getByLabel('epochs', { exact: true });
    await epochs.fill('200');
    await form.getByText('At most 20.').waitFor();
    // Typed, with letters that are commands where no field has the focus.
    await epochs.fill('');
    await code.page.keyboard.type('12');
    await form.getByLabel('mode').selectOption('attention');
    await form.getByLabel('shuffle').uncheck();
    await form.getByLabel('title').fill('');
    await code.page.keyboard.type('bad dads mix');
    expect(
      await axeViolations(await notebook.outputFrame(), '.dinnb-parameters', '--vscode-editor-background'),
    ).toEqual([]);
    await code.page.keyboard.press('Enter');
    await notebook.waitForText('bad dads mix: 12 epochs, attention, in order');
    await eventually(async () => expect(await epochs.inputValue()).toBe('12'));
    await notebook.cell(0).getByText('parameters: epochs = 12').waitFor();
    // Commands are asked for from a cell: the form would take the keys.
    await notebook.focus(1);
    await code.screenshotInThemes('parameters-form');
    await code.page.setViewportSize({ width: 400, height: 1_000 });
    await code.screenshot('parameters-form-400');
    await code.page.setViewportSize({ width: 1400, height: 1_000 });
    await code.workbench.save();
    expect(readFileSync(code.path('form.dinnb'), 'utf8')).not.toContain('parameters+json');
  });
});
