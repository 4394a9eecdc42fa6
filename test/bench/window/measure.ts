import { writeFileSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, it } from 'vitest';
import { notebookOf, writeNotebook } from '../../e2e/harness/documents';
import { startVsCode, type VsCode } from '../../e2e/harness/vscode';

/** Milliseconds. */
interface Measured {
  /** Of the extension, as VS Code tells; one a window. */
  activation: number[];
  /** From the keys that run a cell to a figure of 1e5 points drawn, less the same for one of ten points. */
  figures: { [mode: string]: number };
  /** The longest frame of the window while a cell does it. */
  frames: { [what: string]: number };
}

const { WINDOWS = '5', MEASURED } = process.env;
const measured: Measured = { activation: [], figures: {}, frames: {} };

let code: VsCode;
beforeAll(async () => {
  code = await startVsCode();
});
afterAll(async () => {
  await code?.stop();
  writeFileSync(MEASURED!, JSON.stringify(measured));
});

it('activation', async () => {
  writeNotebook(code.path('activation.dinnb'), notebookOf('1'));
  for (let window = 0; window < Number(WINDOWS); window++) {
    await code.reopen('activation.dinnb');
    await code.workbench.command('Developer: Show Running Extensions');
    const row = code.page.locator('.runtime-extensions-editor .extension', { hasText: 'dinnb' }).first();
    const text = (await row.locator('.activation-time').textContent()) ?? '';
    measured.activation.push(Number(/(\d+)\s*ms/.exec(text)![1]));
  }
});

it('figures', async () => {
  const figure = (mode: string, points: number) =>
    `const y${points} = Array.from({ length: ${points} }, (_, i) => Math.sin(i / 1000) + (i % 7) / 10);\n` +
    `display.plotly({ data: [{ type: 'scatter', mode: '${mode}', y: y${points} }] })`;
  for (const mode of ['lines', 'markers']) {
    const seconds: number[] = [];
    for (const points of [10, 100_000]) {
      const file = `${mode}-${points}.dinnb`;
      writeNotebook(code.path(file), notebookOf('1', figure(mode, points)));
      const notebook = await code.open(file);
      await notebook.runToEnd(0);
      await notebook.focus(1);
      const start = performance.now();
      await code.page.keyboard.press('Control+Enter');
      await (await notebook.output('.js-plotly-plot .scatterlayer .trace')).first().waitFor();
      seconds.push(performance.now() - start);
    }
    measured.figures[mode] = seconds[1]! - seconds[0]!;
  }
});

it('frames', async () => {
  const cells = {
    '1e5 updates of a display':
      "const shown = display({ 'text/plain': '0' });\nfor (let i = 1; i <= 1e5; i++) {\n  shown.update({ 'text/plain': String(i) });\n  if (i % 100 === 0) await new Promise((later) => setImmediate(later));\n}",
    '1e6 printed lines': "for (let line = 0; line < 1e6; line++) console.log('line', line);",
  };
  for (const [what, source] of Object.entries(cells)) {
    writeNotebook(code.path('frames.dinnb'), notebookOf('1', source));
    const notebook = await code.open('frames.dinnb');
    await notebook.runToEnd(0);
    await watchFrames(code.page);
    await notebook.run(1);
    await notebook.waitForEnd(1, 600_000);
    measured.frames[what] = await longestFrame(code.page);
  }
});

/** The longest time between two frames, from now on. */
async function watchFrames(page: Page): Promise<void> {
  await page.evaluate(`
    cancelAnimationFrame(globalThis.watching);
    globalThis.longest = 0;
    let before = performance.now();
    const look = (now) => {
      globalThis.longest = Math.max(globalThis.longest, now - before);
      before = now;
      globalThis.watching = requestAnimationFrame(look);
    };
    globalThis.watching = requestAnimationFrame(look);
  `);
}

const longestFrame = (page: Page) => page.evaluate('globalThis.longest') as Promise<number>;
