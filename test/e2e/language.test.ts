import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { notebookOf, readNotebook, writeNotebook } from './harness/documents';
import { eventually, projectRoot, startVsCode, type VsCode } from './harness/vscode';

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

  it('knows what is in the cells: completes, explains, underlines, imports, and comes back when it is killed', async () => {
    const { page } = code;
    writeNotebook(
      code.path('types.dinnb'),
      notebookOf(
        'const rates = { slow: 0.01, fast: 0.1 };',
        'rates.',
        "const words: number = 'one';",
        'readFileSyn',
        'tf.sigmoi',
      ),
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
    // Documentation, the operation's own.
    await suggest(4, 'sigmoid');
    if (!(await page.locator('.suggest-details').isVisible())) await page.keyboard.press('Control+Space');
    await eventually(async () =>
      expect(await page.locator('.suggest-details').innerText()).toContain('Computes sigmoid element-wise'),
    );
    await code.screenshot('language-completion');
    await page.keyboard.press('Tab');
    await page.keyboard.type('(');
    await page.keyboard.press('Control+Shift+Space');
    await eventually(async () =>
      expect(await page.locator('.parameter-hints-widget').innerText()).toContain('TensorLike'),
    );
    await page.keyboard.press('Escape');
    await page.keyboard.type('[1])');
    // The import is written into the cell that needs it.
    await suggest(3, 'readFileSync');
    await page.keyboard.press('Tab');
    await eventually(async () =>
      expect(await notebook.text(3)).toMatch(/^import { readFileSync } from '(node:)?fs';\nreadFileSync$/),
    );

    // One error, at its place, with its reason on hover.
    const wrong = (await notebook.reveal(2)).locator('.squiggly-error');
    await eventually(async () => expect(await wrong.count()).toBe(1));
    await eventually(async () =>
      expect(await page.locator('.notebookOverlay:visible .squiggly-error').count()).toBe(1),
    );
    await notebook.hover(2, 'words');
    await eventually(async () => {
      const said = await page.locator('.monaco-hover:visible').first().innerText();
      expect(said).toContain('const words: number');
      expect(said).toContain("Type 'string' is not assignable to type 'number'.");
    });
    await code.screenshot('language-hover');

    // Killed, it is back, and says so.
    const pids = execFileSync('pgrep', ['-f', `${projectRoot}/dist/language.js`], { encoding: 'utf8' })
      .split('\n')
      .filter(Boolean);
    expect(pids).toHaveLength(1);
    process.kill(Number(pids[0]), 'SIGKILL');
    await code.workbench
      .notification(/language server of DIN notebooks ended \(ended by SIGKILL\) and was started again/)
      .waitFor();
    await notebook.type(2, "const words: string = 'one';");
    await eventually(async () =>
      expect(await page.locator('.notebookOverlay:visible .squiggly-error').count()).toBe(0),
    );
    await suggest(1, 'fast');
  });
});
