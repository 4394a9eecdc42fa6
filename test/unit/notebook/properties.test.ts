import { isDeepStrictEqual } from 'node:util';
import { describe, expect, it } from 'vitest';
import { type Random, randomFromText } from '../../../src/notebook/cell-id';
import { notebookToIpynb } from '../../../src/notebook/convert/ipynb-export';
import { ipynbToNotebook } from '../../../src/notebook/convert/ipynb-import';
import { notebookToMarkdown } from '../../../src/notebook/convert/markdown';
import { neutralMarkdown } from '../../../src/notebook/convert/safe-markdown';
import { scriptToNotebook } from '../../../src/notebook/convert/script-import';
import { notebookToText } from '../../../src/notebook/convert/text';
import type { NotebookDocument } from '../../../src/notebook/document';
import { NotebookParseError } from '../../../src/notebook/errors';
import { mergeNotebooks } from '../../../src/notebook/merge';
import { parseNotebook } from '../../../src/notebook/parse';
import { printNotebook } from '../../../src/notebook/print';
import { mutate } from './mutations';
import { DocumentMaker, edited } from './random-document';

/**
 * A hundred thousand random cases: no crash, no loss. Compared without `expect`, which would cost more than what it looks at; what
 * each function does is tested in its own file.
 */
const VALUES = [
  null,
  -1,
  1.5,
  'x',
  'a b',
  '\ud800',
  [],
  {},
  true,
  [[null]],
  ['x'],
  undefined,
  { $json: 1 },
  { $payload: 'p' },
];

/** Of a pool: making a document costs more than reading one. */
const POOL = Array.from({ length: 500 }, (_, seed) => new DocumentMaker(seed).document());
const printed = POOL.map((document) => printNotebook(document));

/** Reads, or is refused with a place. */
function readOrRefused<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof NotebookParseError && error.line >= 1 && error.column >= 1) return undefined;
    throw error;
  }
}

const prints = (text: string) => printNotebook(parseNotebook(text, 'x')) === text;
const changed = (index: number, random: Random): NotebookDocument => edited(POOL[index % POOL.length]!, random, 'o');

const properties: [name: string, cases: number, holds: (index: number, random: Random) => boolean][] = [
  [
    'edited documents print, read and print alike',
    20_000,
    (index, random) => prints(printNotebook(changed(index, random))),
  ],
  [
    'files with another value somewhere are read and print alike, or are refused with a place',
    20_000,
    (index, random) => {
      const file = JSON.parse(printed[index % POOL.length]!);
      mutate(file, VALUES, random);
      const document = readOrRefused(() => parseNotebook(JSON.stringify(file), 'x'));
      return document === undefined || prints(printNotebook(document));
    },
  ],
  [
    'files cut anywhere are refused with a place, or hold all the same',
    20_000,
    (index, random) => {
      const text = printed[index % POOL.length]!;
      const cut = text.slice(0, Math.floor(random() * text.length));
      const document = readOrRefused(() => parseNotebook(cut, 'x'));
      return document === undefined || cut.trim() === '' || prints(text);
    },
  ],
  [
    'merges of edits read, and hold every cell that neither side removed',
    15_000,
    (index, random) => {
      const base = POOL[index % POOL.length]!;
      const [ours, theirs] = [edited(base, random, 'o'), edited(base, random, 't')];
      const { document } = mergeNotebooks(base, ours, theirs);
      const ids = new Set(document.cells.map(({ id }) => id));
      const stays = ours.cells.filter(({ id }) => theirs.cells.some((cell) => cell.id === id));
      return (
        prints(printNotebook(document)) && stays.every(({ id }) => ids.has(id)) && ids.size === document.cells.length
      );
    },
  ],
  [
    'documents come back from Jupyter as they were',
    10_000,
    (index, random) => {
      const document = parseNotebook(printNotebook(changed(index, random)), 'x');
      return isDeepStrictEqual(ipynbToNotebook(notebookToIpynb(document), 'x').document, document);
    },
  ],
  [
    'what git compares differs where a source does',
    10_000,
    (index, random) => {
      const [before, after] = [POOL[index % POOL.length]!, changed(index, random)];
      const sources = ({ cells }: NotebookDocument) => JSON.stringify(cells.map(({ source, tags }) => [source, tags]));
      return sources(before) === sources(after) || notebookToText(before) !== notebookToText(after);
    },
  ],
  [
    'documents are written as Markdown, and any text is read as a script',
    5_000,
    (index, random) => {
      const document = changed(index, random);
      const { text, notes } = notebookToMarkdown(document, 'x_files');
      // What was neutralised is told, and nothing else differs from what was written.
      const isChanged = notes.some((note) => !/outputs?|SVG/.test(note));
      const texts = document.cells.filter(({ kind }) => kind === 'markdown').map(({ source }) => source.trim());
      return (
        (isChanged || texts.every((source) => text.includes(source))) &&
        (index % 20 > 0 || neutralMarkdown(text).found.length === 0) &&
        prints(printNotebook(scriptToNotebook(text).document))
      );
    },
  ],
];

describe('of a hundred thousand random cases', () => {
  it.each(properties)('%s', { timeout: 300_000 }, (name, cases, holds) => {
    const random = randomFromText(name);
    const broken: number[] = [];
    for (let index = 0; index < cases && broken.length < 3; index++) if (!holds(index, random)) broken.push(index);
    expect(broken).toEqual([]);
  });

  it('are that many', () => {
    expect(properties.reduce((sum, [, cases]) => sum + cases, 0)).toBe(100_000);
  });
});
