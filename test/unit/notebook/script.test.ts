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

const inCode = (sources: string[], erase = false) =>
  notebookToScript(notebook(...sources.map((source, index) => cell(`c${index}`, { source }))), erase);

it('cells that are no TypeScript stand in the script as comments, and are named', () => {
  const { text, notes } = inCode(['const a = 1;', '%%bash\nls  \n\nexit', '!pip install x', '{ a: 1, b: 2 }', 'a']);
  expect(text).toContain('// %%\n//  %%bash\n// ls  \n// \n// exit\n\n// %%\n// !pip install x\n\n');
  expect(text.match(/__script\.show\(.*/gs)?.[0].match(/__script/g)).toHaveLength(2);
  expect(notes).toEqual(['cells 2 and 3 are no TypeScript: they stand in the script as comments, and do not run']);
  expect(inCode(['a', '!ls a\u2028x']).text).toMatch(/\/\/ !ls a\u2028\/\/ x\n$/);
});

it('what Node before 22.18 cannot load is told of a script without types', () => {
  const sources = [
    "import { a } from './a.ts';\nimport type { B } from './b.ts';",
    "const c = await import('../c.mts');",
    "import './d';",
  ];
  const missing = 'cell 3 imports a file without its extension, which Node wants';
  expect(inCode(sources).notes).toEqual([missing]);
  expect(inCode(sources, true).notes).toEqual([
    'cell 1 imports ./a.ts, which Node before 22.18 cannot load',
    'cell 2 imports ../c.mts, which Node before 22.18 cannot load',
    missing,
  ]);
});

it('what a cell exports by default is shown where it is the last, as the notebook does', () => {
  const { text } = inCode([
    'const a = 1;\nexport default a as number;',
    'export default 5;\na',
    'export default class { b = 1 }',
  ]);
  const cells = text
    .split('// %%\n')
    .slice(1)
    .map((part) => part.trim());
  expect(cells).toEqual([
    'const a = 1;\n__script.show((a as number));',
    '(5);\n__script.show((a));',
    '(class { b = 1 });',
  ]);
});
