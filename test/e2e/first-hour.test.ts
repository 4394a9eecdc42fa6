import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { axeViolations } from '../axe';
import { eventually } from './harness/eventually';
import { variablesFrame } from './harness/variables';
import { startVsCode, type VsCode } from './harness/vscode';

/** What the editor draws behind outputs. */
const BEHIND = '--vscode-editor-background';

describe('the first hour of a newcomer', () => {
  let code: VsCode;
  beforeAll(async () => {
    code = await startVsCode();
  });
  afterEach((test) => code?.keepFailure(test));
  afterAll(() => code?.stop());

  it('goes from an empty window to a report: write, err, fix, look, page, plot, change, rerun, export', async () => {
    const { page, workbench } = code;
    await page.setViewportSize({ width: 1400, height: 1_100 });
    await code.load();
    await workbench.command('dinnb: New Notebook');
    const notebook = code.notebook();
    await notebook.ready();
    await code.screenshot('hour-1-new');

    // Cell 0 is the heading. The first try names a column that is not there.
    const start =
      'const clicks = din.data.from({ user: Float64Array.from({ length: 90 }, (_, i) => (i * 7) % 90) });\n';
    await notebook.type(1, `${start}clicks.column('usr')`);
    await notebook.run(1);
    expect(await notebook.waitForEnd(1)).toBe('failed');
    await notebook.waitForText(/usr[\s\S]*user/); // what there is instead
    await code.screenshot('hour-2-error');
    await notebook.type(1, `${start}clicks`);
    expect(await notebook.runToEnd(1)).toBe('succeeded');
    const table = (await notebook.output('.dinnb-table')).first();
    await table.getByText('1 to 25 of 90').waitFor();
    await table.getByRole('button', { name: 'Next' }).click();
    await table.getByText('26 to 50 of 90').waitFor();
    await code.screenshot('hour-3-table');

    // A second cell plots; it reads what the first one declares.
    await notebook.focus(1);
    await workbench.command('Notebook: Insert Code Cell Below');
    await workbench.statusItem(/Cell \d of 3/).waitFor();
    await notebook.type(
      2,
      "display.plotly({ data: [{ type: 'bar', y: Array.from({ length: 9 }, (_, row) => clicks.column('user').at(row)) }], layout: { title: { text: `Clicks of ${clicks.rows} users` } } })",
    );
    expect(await notebook.runToEnd(2)).toBe('succeeded');
    const figure = (await notebook.output('.dinnb-plotly')).first();
    await eventually(async () => expect(await figure.textContent()).toContain('Clicks of 90 users'));

    await workbench.command('dinnb: Show Variables');
    const view = await variablesFrame(code);
    await view.getByRole('button', { name: 'clicks', exact: true }).click();
    await view.getByRole('region', { name: 'Variable clicks' }).getByText('1 to 25 of 90').waitFor();
    await code.screenshot('hour-4-variables');
    expect(await axeViolations(view, 'main', '--vscode-panel-background')).toEqual([]);
    const outputs = await notebook.outputFrame();
    for (const shown of ['.dinnb-plotly', '.dinnb-table'])
      expect(await axeViolations(outputs, shown, BEHIND)).toEqual([]);
    // Commands are asked for from a cell: the view would take the keys.
    await notebook.focus(2);
    await workbench.command('View: Toggle Panel Visibility');
    await page.locator('.part.panel').waitFor({ state: 'hidden' });

    // What the plot reads changes: it says so, and one command brings it up to date.
    await notebook.type(1, `${start.replace('90 }', '40 }')}clicks`);
    const status = async (cell: number) =>
      (await (await notebook.reveal(cell)).locator('.cell-statusbar-container').allInnerTexts()).join(' ');
    await eventually(async () => expect(await status(2)).toContain('out of date'));
    await code.screenshot('hour-5-stale');
    await workbench.command('dinnb: Run Stale Cells');
    await eventually(async () => expect(await figure.textContent()).toContain('Clicks of 40 users'));
    await eventually(async () => expect(await status(2)).not.toContain('out of date'));

    await workbench.start('dinnb: Export as HTML');
    await workbench.choose('With code');
    await workbench.acceptFile('Export Notebook as HTML');
    await eventually(async () => expect(readdirSync(code.workspace).join()).toMatch(/\.html/));
    const report = readdirSync(code.workspace).find((name) => name.endsWith('.html'))!;
    expect(readFileSync(code.path(report), 'utf8')).toContain('Clicks of 40 users');

    for (const [theme, kind] of [
      ['Light Modern', 'vs'],
      ['Dark High Contrast', 'hc-black'],
      ['Dark Modern', 'vs-dark'],
    ] as const) {
      await workbench.theme(theme, kind);
      const drawn = await notebook.outputFrame();
      await eventually(async () => expect(await axeViolations(drawn, '.dinnb-plotly', BEHIND)).toEqual([]));
      expect(await axeViolations(drawn, '.dinnb-table', BEHIND)).toEqual([]);
      for (const width of [400, 1400]) {
        await page.setViewportSize({ width, height: 1_100 });
        await code.screenshot(`hour-6-${kind}-${width}`);
      }
    }
  });
});
