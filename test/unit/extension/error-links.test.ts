import { describe, expect, it } from 'vitest';
import { shownStack, urlByCount } from '../../../src/extension/documents/error-links';
import { parseNotebook } from '../../../src/notebook/parse';
import { until, workbench } from './workbench';

const stack = [
  'RangeError: no such row (cell 3:1:9)',
  '    at find (/home/a b/rows.ts:12:5)',
  '    at async /srv/x%20&y.ts:1:2',
  '    at C:\\work\\rows.ts:3:4',
  '    at cell 12:4:1',
  '',
  '4 | find(7)',
  '    ^',
].join('\n');

describe('an error in the editor', () => {
  it('links its places, and marks its name and column', () => {
    expect(shownStack({ name: 'RangeError', stack }, urlByCount).split('\n')).toEqual([
      "\u001b[1;91mRangeError\u001b[0m: no such row (<a href='vscode-notebook-cell:?execution_count=3&line=1'>cell 3:1:9</a>)",
      "    at find (<a href='/home/a%20b/rows.ts#L12,5'>/home/a b/rows.ts:12:5</a>)",
      "    at async <a href='/srv/x%2520&y.ts#L1,2'>/srv/x%20&amp;y.ts:1:2</a>",
      "    at <a href='/C:/work/rows.ts#L3,4'>C:\\work\\rows.ts:3:4</a>",
      "    at <a href='vscode-notebook-cell:?execution_count=12&line=4'>cell 12:4:1</a>",
      '',
      '4 | find(7)',
      '    \u001b[1;91m^\u001b[0m',
    ]);
  });

  it('has no links where they would be shown as text', () => {
    const shown = shownStack({ name: 'RangeError', stack }, undefined);
    expect(shown).not.toContain('<a');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the colours are what is taken away
    expect(shown.replace(/\u001b\[[\d;]*m/g, '')).toBe(stack);
  });

  it('shows HTML of its message as text', () => {
    const hostile = 'Error: <a href="x"><img src=x onerror=alert(1)></a> <A\\thref=y>z</A>'.replace('\\t', '\t');
    const shown = shownStack({ name: 'Error', stack: hostile }, urlByCount);
    expect(shown).not.toMatch(/<a\s/i);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the colours are what is taken away
    expect(shown.replace(/\u001b\[[\d;]*m/g, '')).toBe(hostile);
  });

  it('never leads to a cell that bore the number in an earlier kernel; the file has it plain', async () => {
    const error = { name: 'Error', message: 'no', stack: 'Error: no\n    at cell 1:2:3\n    at cell 2:1:1', code: 'E' };
    const { vs, command } = workbench({
      throws: ({ emit }) => emit({ type: 'error', error }),
    });
    vs.settings.confirmRestart = false;
    const notebook = vs.open('/x.dinnb', ['throws', 'b', 'c']);
    const [throws, , last] = notebook.cells;
    await vs.run(notebook);
    await command('dinnb.restartKernel');
    await vs.run(notebook, last!);
    await vs.run(notebook, throws!); // as number 2, which the cell below it still bears
    await until(() => throws!.outputs.length > 0);
    const shown = throws!.shown()[0]!;
    expect(shown).toContain("<a href='vscode-notebook-cell:?execution_count=1&line=2'>cell 1:2:3</a>");
    expect(shown).toContain('    at cell 2:1:1"');
    const saved = parseNotebook(new TextDecoder().decode(await vs.save(notebook)), 'x.dinnb');
    expect(saved.cells[0]!.outputs).toEqual([{ type: 'error', error }]);
  });
});
