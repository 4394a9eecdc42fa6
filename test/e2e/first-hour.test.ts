import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { axeViolations } from '../axe';
import { variablesFrame } from './harness/variables';
import { eventually, startVsCode, type VsCode } from './harness/vscode';

/** What the editor draws behind outputs. */
const BEHIND = '--vscode-editor-background';

describe('the first hour of a newcomer', () => {
  let code: VsCode;
  beforeAll(async () => {
    code = await startVsCode();
  });
  afterEach((test) => code?.keepFailure(test));
  afterAll(() => code?.stop());

  it('begins in an empty window: write, err, fix, page, plot, look at variables', async () => {
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

    // A second cell, made with a key, plots; it reads what the first one declares.
    await notebook.command(1, 'b');
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
  });
});
