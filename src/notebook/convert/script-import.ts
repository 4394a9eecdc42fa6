import { newCellId, randomFromText } from '../cell-id';
import type { NotebookCell } from '../document';
import { normalizeLineBreaks } from '../lines';
import type { Imported } from './ipynb-import';

const MARKER = /^\/\/ ?%%(.*)$/;
const TAGS = /\btags=(\[(?:\s*"(?:\\.|[^"\\])*"\s*,?)*\s*\]|"[^"]*")/;

/** Whether a line begins a cell where a script is read. */
export const beginsCell = (line: string): boolean => MARKER.test(line);

/**
 * Reads a script whose cells begin with lines `// %%`, as editors know them from other languages:
 * `// %% [markdown]` begins text in comments, `// %% tags=["parameters"]` gives tags, anything else on the line is the
 * cell's title and stays as a comment. What stands before the first marker is a cell; a script without one is one cell.
 */
export function scriptToNotebook(text: string): Imported {
  const lines = normalizeLineBreaks(text.replace(/^\uFEFF/, '')).split('\n');
  const parts: { marker?: string; lines: string[] }[] = [{ lines: [] }];
  for (const line of lines) {
    const marker = MARKER.exec(line);
    if (marker) parts.push({ marker: marker[1]!.trim(), lines: [] });
    else parts.at(-1)!.lines.push(line);
  }
  const taken = new Set<string>();
  const cells = parts
    .filter(({ marker, lines }) => marker !== undefined || lines.some((line) => line.trim() !== ''))
    .map(({ marker = '', lines }, index) => {
      const cell = toCell(marker, lines);
      const id = newCellId(randomFromText(`${index}:${cell.source}`), taken);
      taken.add(id);
      return { ...cell, id };
    });
  const notes = parts.length === 1 ? ['it holds no line "// %%": all of it is one cell'] : [];
  return { document: { version: 1, cells, unknown: {} }, notes };
}

function toCell(marker: string, lines: readonly string[]): NotebookCell {
  const kind = /\[(?:markdown|md)\]/i.test(marker) ? 'markdown' : 'code';
  const tags = TAGS.exec(marker);
  const title = marker
    .replace(/\[(?:markdown|md)\]/i, '')
    .replace(tags?.[0] ?? '', '')
    .trim();
  const body = trimBlankLines(lines);
  const source = kind === 'markdown' ? uncommented(body) : body;
  const heading = title === '' ? [] : [kind === 'markdown' ? `## ${title}` : `// ${title}`];
  return {
    id: '',
    kind,
    source: [...heading, ...source].join('\n'),
    tags: tags ? tagsOf(tags[1]!) : [],
    outputs: [],
    unknown: {},
  };
}

/** `["a", "b"]`, or one text with commas. */
function tagsOf(text: string): string[] {
  if (!text.startsWith('['))
    return text
      .slice(1, -1)
      .split(',')
      .map((name) => name.trim())
      .filter(Boolean);
  return [...text.matchAll(/"(?:\\.|[^"\\])*"/g)].map(([name]) => textOf(name)).filter((name) => name.trim() !== '');
}

/** JSON as dinnb writes it, or what stands between the quotes where it is none. */
function textOf(quoted: string): string {
  try {
    return String(JSON.parse(quoted));
  } catch {
    return quoted.slice(1, -1); // an escape of another language: letter for letter
  }
}

/** Text out of line comments or one block comment; lines that are no comment stay. */
function uncommented(lines: readonly string[]): string[] {
  const text = lines.join('\n');
  const block = /^\/\*\*?[ \t]*\n?([\s\S]*?)\n?[ \t]*\*\/$/.exec(text);
  if (block && !block[1]!.includes('*/')) return block[1]!.split('\n').map((line) => line.replace(/^ \* ?/, ''));
  return lines.map((line) => line.replace(/^\/\/ ?/, ''));
}

function trimBlankLines(lines: readonly string[]): string[] {
  const full = lines.map((line) => line.trim() !== '');
  return lines.slice(full.indexOf(true) < 0 ? lines.length : full.indexOf(true), full.lastIndexOf(true) + 1);
}
