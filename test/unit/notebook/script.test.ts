import { expect, it } from 'vitest';
import { notebookToScript } from '../../../src/cli/script-export';
import { scriptToNotebook } from '../../../src/notebook/convert/script-import';
import type { NotebookCell, NotebookDocument } from '../../../src/notebook/document';

const cell = (id: string, more: Partial<NotebookCell>): NotebookCell => ({
  ...{ id, kind: 'code' as const, source: '', tags: [], outputs: [], unknown: {} },
  ...more,
});
const notebook = (...cells: NotebookCell[]): NotebookDocument => ({ version: 1, cells, unknown: {} });
const there = (document: NotebookDocument) => scriptToNotebook(notebookToScript(document, false).text).document.cells;

it('tags come back from a script as they were, whatever stands in them', () => {
  const tags = [
    'parameters',
    'a]b',
    'say "x"',
    'C:\\temp',
    'one, two',
    'tolerance=0.001',
    'tags=["y"]',
    'line\u2028end',
    ' spaced ',
  ];
  const cells = there(notebook(cell('a', { source: 'f();', tags }), cell('b', { source: 'g();' })));
  expect(cells.slice(-2).map((each) => each.tags)).toEqual([tags, []]);
});

it('Markdown comes back with its lines; what would begin a cell of its own is told', () => {
  const source = '# A\n\n- b\n  c\n\n```ts\nx\n```';
  expect(there(notebook(cell('a', { kind: 'markdown', source }))).at(-1)).toMatchObject({ kind: 'markdown', source });
  const { notes } = notebookToScript(notebook(cell('a', { kind: 'markdown', source: 'a\n%% b' })), false);
  expect(notes).toEqual([
    'the cell at place 1 holds a line "// %%", which begins another cell where the script is imported',
  ]);
  expect(notebookToScript(notebook(cell('a', { source: '`\n// %% b`;' })), false).notes).toHaveLength(1);
});

it('tags of other makers are read as they meant them', () => {
  const tagsOf = (marker: string) => scriptToNotebook(`// %% ${marker}\nx`).document.cells[0]!.tags;
  expect(tagsOf('tags="a, b"')).toEqual(['a', 'b']);
  expect(tagsOf('Title tags=["a", "b\\q"]')).toEqual(['a', 'b\\q']);
  expect(tagsOf('tags=[]')).toEqual([]);
});
