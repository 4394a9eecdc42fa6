import { readFileSync } from 'node:fs';
import path from 'node:path';

/** A cell of a corpus (`test/fixtures/cells`). */
export interface CorpusCell {
  source: string;
  parameters: boolean;
  /** What a kernel does with it. */
  kernel: 'runs' | 'fails' | 'refused';
  /** The errors that are to be underlined, in order. */
  errors: { start: number; end: number; code: number }[];
}

export interface CorpusNotebook {
  title: string;
  cells: CorpusCell[];
}

/**
 * Notebooks begin with `=== title`, each further cell with `---`. `--- refused 1005` names what a kernel does with the cell and the codes
 * of its errors; each error stands between « and ». `--- parameters` is a cell with that tag.
 */
export function readCorpus(name: string): CorpusNotebook[] {
  const text = readFileSync(path.join(__dirname, 'fixtures', 'cells', `${name}.txt`), 'utf8');
  return text
    .trimEnd()
    .split(/^=== /m)
    .slice(1)
    .map((notebook) => {
      const [title, ...lines] = notebook.trimEnd().split('\n');
      const cells: { head: string; lines: string[] }[] = [];
      if (!lines[0]?.startsWith('---')) cells.push({ head: '', lines: [] });
      for (const line of lines) {
        if (/^---( |$)/.test(line)) cells.push({ head: line.slice(4), lines: [] });
        else cells.at(-1)!.lines.push(line);
      }
      return { title: title!, cells: cells.map(({ head, lines: own }) => toCell(head, own.join('\n'))) };
    });
}

function toCell(head: string, marked: string): CorpusCell {
  const words = head.split(' ').filter(Boolean);
  const codes = words.filter((word) => /^\d+$/.test(word)).map(Number);
  const kernel = words.find((word) => word === 'fails' || word === 'refused') as 'fails' | 'refused' | undefined;
  const errors: CorpusCell['errors'] = [];
  let source = '';
  for (const [index, piece] of marked.split(/[«»]/).entries()) {
    if (index % 2 === 1) errors.push({ start: source.length, end: source.length + piece.length, code: 0 });
    source += piece;
  }
  for (const [index, error] of errors.entries()) error.code = codes[index] ?? codes[0] ?? 0;
  return { source, parameters: words.includes('parameters'), kernel: kernel ?? 'runs', errors };
}

/** A cell's problems as the corpus writes them, for people to compare. */
export function withMarks(source: string, problems: readonly { start: number; end: number; code: number }[]): string {
  let marked = source;
  const last = [...problems].sort((a, b) => b.start - a.start);
  for (const { start, end } of last) {
    marked = `${marked.slice(0, start)}«${marked.slice(start, end)}»${marked.slice(end)}`;
  }
  return marked;
}

/** The files that the cells of the corpora import. */
export const CORPUS_FILES = {
  'lib/names.ts':
    'export interface Named { name: string }\nexport const double = (n: number): number => 2 * n;\nexport const x = 1;\n',
  'lib/plain.js': 'exports.value = 1;\n',
  'lib/config.json': '{ "rate": 0.5 }\n',
  'node_modules/untyped-package/package.json': '{ "name": "untyped-package", "main": "main.js" }',
  'node_modules/untyped-package/main.js': 'module.exports = { whatever: { it: { is: 1 } } };',
  'node_modules/typed-package/package.json':
    '{ "name": "typed-package", "type": "module", "main": "main.js", "types": "main.d.ts" }',
  'node_modules/typed-package/main.js': 'export const typed = 1;',
  'node_modules/typed-package/main.d.ts': 'export declare const typed: number;',
};
