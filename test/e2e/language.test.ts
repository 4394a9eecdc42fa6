import { readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { notebookOf, readNotebook, writeNotebook } from './harness/documents';
import { eventually } from './harness/eventually';
import { startVsCode, type VsCode } from './harness/vscode';

describe('the language of cells in VS Code', () => {
  let code: VsCode;
  beforeAll(async () => {
    code = await startVsCode();
  });
  afterEach((test) => code?.keepFailure(test));
  afterAll(() => code?.stop());

  it('is TypeScript to the eye, in new cells too', async () => {
    writeNotebook(code.path('words.dinnb'), notebookOf("const model: string = 'own';\n// said once\nmodel", 'model'));
    const notebook = await code.open('words.dinnb');
    const cell = await notebook.reveal(0);
    // Keyword, name, type, string and comment have colours of their own.
    await eventually(async () => {
      const spans = cell.locator('.view-line span[class*="mtk"]');
      const colours = await spans.evaluateAll((all) =>
        all.map((span) => (span as unknown as { className: string }).className),
      );
      expect(new Set(colours).size).toBeGreaterThanOrEqual(4);
    });
    await eventually(async () =>
      expect(await cell.locator('.cell-statusbar-container').textContent()).toContain('TypeScript'),
    );

    // Comments are toggled as TypeScript's.
    await notebook.focus(1);
    await code.page.keyboard.press('Control+/');
    await eventually(async () => expect(await (await notebook.reveal(1)).textContent()).toMatch(/\/\/\s*model/));
    await code.page.keyboard.press('Control+/');

    // A cell that is added runs like the others.
    await code.workbench.command('Notebook: Insert Code Cell Below');
    await notebook.type(2, "model + ' cell'");
    await notebook.runAll();
    expect(await notebook.waitForEnd(2)).toBe('succeeded');
    await notebook.waitForText('own cell');
    await code.screenshot('language');

    expect(await (await notebook.reveal(2)).locator('.cell-statusbar-container').textContent()).toContain('TypeScript');

    // The file does not know what the editor calls it.
    await code.workbench.save();
    expect(readNotebook(code.path('words.dinnb')).cells).toHaveLength(3);
    expect(readFileSync(code.path('words.dinnb'), 'utf8')).toContain('"language": "typescript"');
  });

  it('knows what is in the cells: completes names of other cells, imports, underlines what is wrong once', async () => {
    const { page } = code;
    writeNotebook(
      code.path('types.dinnb'),
      notebookOf('const rates = { slow: 0.01, fast: 0.1 };', 'rates.', "const words: number = 'one';", 'readFileSyn'),
    );
    const notebook = await code.open('types.dinnb');
    const suggestion = (name: string) =>
      page.locator('.suggest-widget .monaco-list-row', {
        has: page.locator('.label-name', { hasText: new RegExp(`^${name}$`) }),
      });
    const suggest = async (cell: number, name: string) => {
      await eventually(async () => {
        // Escape would leave the cell: what is open closes with a click.
        await notebook.focus(cell);
        await page.keyboard.press('Control+End');
        await page.keyboard.press('Control+Space');
        await suggestion(name).first().waitFor({ timeout: 10_000 });
      });
    };

    // Names of other cells.
    await suggest(1, 'fast');
    await page.keyboard.press('Tab');
    await eventually(async () => expect(await notebook.text(1)).toBe('rates.fast'));
    // Taken at once, before the editor can know what else is to be written: the import comes all the same.
    await suggest(3, 'readFileSync');
    await page.keyboard.press('Tab');
    await eventually(async () =>
      expect(await notebook.text(3)).toMatch(/^import { readFileSync } from '(node:)?fs';\nreadFileSync$/),
    );
    // One error, at its place.
    const wrong = (await notebook.reveal(2)).locator('.squiggly-error');
    await eventually(async () => expect(await wrong.count()).toBe(1));
    await eventually(async () =>
      expect(await page.locator('.notebookOverlay:visible .squiggly-error').count()).toBe(1),
    );
    await code.screenshot('language-types');
  });

  it('renames, goes to definitions and mends in its own notebook, with another open that has the same names', async () => {
    const { page } = code;
    const other = notebookOf('const model = 1;', 'model + 1');
    writeNotebook(code.path('other.dinnb'), other);
    writeNotebook(
      code.path('own.dinnb'),
      notebookOf("const model = 'own';", 'model.length;', "const path = join('a', 'b');"),
    );
    await code.open('other.dinnb');
    const notebook = await code.show('own.dinnb');

    // From the use in the second cell to the definition in the first: the name stands there, the cell has the focus.
    await eventually(async () => {
      await notebook.focus(1);
      await page.keyboard.press('Control+Home');
      await page.keyboard.press('F12');
      await notebook.cell(0).locator('.monaco-editor.focused').waitFor({ timeout: 10_000 });
    });
    await code.workbench.tab('own.dinnb').waitFor();

    const input = page.locator('.rename-box input');
    await eventually(async () => {
      await notebook.focus(1);
      await page.keyboard.press('Control+Home');
      await page.keyboard.press('F2');
      await input.waitFor({ timeout: 10_000 });
    });
    await input.fill('network');
    await input.press('Enter');
    await eventually(async () => expect(await notebook.text(0)).toBe("const network = 'own';"));
    expect(await notebook.text(1)).toBe('network.length;');

    // A quick fix: the import that a name lacks.
    await (await notebook.reveal(2)).locator('.squiggly-error').first().waitFor();
    const fix = page.locator('.action-widget .monaco-list-row', { hasText: /import from "(node:)?path"/ });
    await eventually(async () => {
      await notebook.focus(2);
      await page.keyboard.press('Control+Home');
      for (let column = 0; column < 'const path = '.length; column++) await page.keyboard.press('ArrowRight');
      await page.keyboard.press('Control+.');
      await fix.first().waitFor({ timeout: 10_000 });
    });
    await code.screenshot('language-fix');
    await fix.first().click();
    await eventually(async () => expect(await notebook.text(2)).toMatch(/import { join } from '(node:)?path';/));
    await code.workbench.save();
    const sources = readNotebook(code.path('own.dinnb')).cells.map(({ source }) => source);
    expect(sources.slice(0, 2)).toEqual(["const network = 'own';", 'network.length;']);

    // The other notebook is as it was, and no change waits to be saved.
    const untouched = await code.show('other.dinnb');
    expect(await untouched.text(0)).toBe('const model = 1;');
    expect(await untouched.text(1)).toBe('model + 1');
    expect(readNotebook(code.path('other.dinnb'))).toEqual(other);
    expect(await code.workbench.unsaved.count()).toBe(0);
  });
});
