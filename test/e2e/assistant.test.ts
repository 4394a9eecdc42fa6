import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { notebookOf, writeNotebook } from './harness/documents';
import { eventually } from './harness/eventually';
import { projectRoot, startVsCode, type VsCode } from './harness/vscode';

describe('an assistant', () => {
  let code: VsCode;
  beforeAll(async () => {
    code = await startVsCode({ beside: [path.join(projectRoot, 'test', 'e2e', 'assistant')] });
  });
  afterEach((test) => code?.keepFailure(test));
  afterAll(() => code?.stop());

  it('lists, reads, adds, edits and runs cells, and sees variables: each time after the user said yes', async () => {
    writeNotebook(code.path('helped.dinnb'), notebookOf('const rate = 0.5;\nrate'));
    const notebook = await code.open('helped.dinnb');
    let asked = 0;
    const ask = async (tool: string, input: object, words: string, consent = true) => {
      // A file for each answer, which stays: VS Code looks at what it has renamed a moment after that is there.
      asked += 1;
      const to = `answer-${asked}.txt`;
      writeFileSync(code.path('ask.json'), JSON.stringify({ tool, input, to }));
      await notebook.focus(0);
      await code.workbench.command('Assistant: Ask');
      const { dialog } = code.workbench;
      await dialog.getByText(words).first().waitFor();
      await code.screenshot(`assistant-${tool}`);
      await dialog.getByRole('button', { name: consent ? 'Yes' : 'Cancel', exact: true }).click();
      await eventually(async () => expect(existsSync(code.path(to))).toBe(true));
      return readFileSync(code.path(to), 'utf8');
    };
    expect(await ask('dinnb_list_cells', {}, 'List the cells of helped.dinnb', false)).toMatch(/^refused: /);
    const listed = JSON.parse(await ask('dinnb_list_cells', {}, 'List the cells of helped.dinnb'));
    expect(listed.cells).toEqual([expect.objectContaining({ kind: 'code' })]);
    const [{ id }] = listed.cells;
    expect(await ask('dinnb_run_cells', { cells: [id] }, 'Runs on this machine')).toContain('0.5');
    expect(await ask('dinnb_variables', {}, 'Read variables')).toContain('rate');
    await ask('dinnb_edit_cell', { cell: id, source: 'const rate = 0.25;\nrate' }, 'Change cell 1');
    expect(await notebook.text(0)).toContain('0.25');
    const added = JSON.parse(await ask('dinnb_add_cell', { source: 'rate * 4', after: id }, 'Add a code cell'));
    expect(await ask('dinnb_run_cells', {}, 'Run cells of helped.dinnb')).toContain('"1"');
    expect(await ask('dinnb_read_cells', { cells: [added.id] }, 'Read cells')).toContain('rate * 4');
  });
});
