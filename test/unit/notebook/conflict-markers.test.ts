import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { randomFromText } from '../../../src/notebook/cell-id';
import { mergeMarkedFile } from '../../../src/notebook/conflict-markers';
import { decide, findConflicts } from '../../../src/notebook/conflicts';
import type { NotebookCell, NotebookDocument } from '../../../src/notebook/document';
import { CONFLICT_TAG, mergeNotebooks } from '../../../src/notebook/merge';
import { parseNotebook } from '../../../src/notebook/parse';
import { printNotebook } from '../../../src/notebook/print';
import { DocumentMaker, edited } from './random-document';

const folder = mkdtempSync(join(tmpdir(), 'dinnb-conflict-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const notebook = (...sources: string[]): NotebookDocument => ({
  version: 1,
  cells: sources.map((source, index) => ({
    id: `cell${index}`,
    kind: 'code',
    source,
    tags: [],
    outputs: [{ type: 'result', data: { 'text/plain': `of ${source}` } }],
    unknown: {},
  })),
  unknown: {},
});

/** What git itself leaves of three versions. */
function gitMerge(
  base: NotebookDocument,
  ours: NotebookDocument,
  theirs: NotebookDocument,
  ...flags: string[]
): string {
  const files = [ours, base, theirs].map((document, index) => {
    const file = join(folder, `${index}.dinnb`);
    writeFileSync(file, printNotebook(document));
    return file;
  });
  spawnSync('git', ['merge-file', ...flags, ...files]);
  return readFileSync(files[0]!, 'utf8');
}

describe('a file with conflict markers', () => {
  const base = notebook('a', 'b', 'c');
  const [ours, theirs] = [notebook('a', 'ours', 'c'), notebook('a', 'theirs', 'C')];

  it.each([[[]], [['--diff3']], [['--zdiff3']]])(
    'as git merge-file %j writes it shows the cells of both sides',
    (flags) => {
      const text = gitMerge(base, ours, theirs, ...flags);
      expect(text).toContain('<<<<<<< ');
      expect(() => parseNotebook(text, 'x')).toThrow('unresolved merge conflict');
      const { document } = mergeMarkedFile(text, 'x')!;
      const sources = document.cells.map(({ source }) => source);
      expect(sources).toEqual(expect.arrayContaining(['a', 'ours', 'theirs', 'C']));
      expect(parseNotebook(printNotebook(document), 'x')).toEqual(document);
      // With and without Windows' line breaks.
      expect(mergeMarkedFile(text.replaceAll('\n', '\r\n'), 'x')!.document).toEqual(document);
    },
  );

  it('is decided by keeping either side or both', () => {
    const { document } = mergeMarkedFile(gitMerge(base, ours, theirs, '--diff3'), 'x')!;
    expect(findConflicts(document.cells)).toEqual([{ note: 1, versions: { ours: 2, theirs: 3 } }]);
    const decided = (choice: 'ours' | 'theirs' | 'both') => decide(document, choice).cells;
    expect(decided('ours').map(({ source }) => source)).toEqual(['a', 'ours', 'C']);
    expect(decided('theirs').map(({ source }) => source)).toEqual(['a', 'theirs', 'C']);
    expect(decided('both').map(({ source }) => source)).toEqual(['a', 'ours', 'theirs', 'C']);
    // It stays the cell that it was: what either side makes of it next is merged into it.
    for (const choice of ['ours', 'theirs'] as const)
      expect(decided(choice).map(({ id }) => id)).toEqual(ours.cells.map(({ id }) => id));
    expect(decided('both').flatMap(({ tags }) => tags)).toEqual([]);
    expect(decided('theirs')[1]!.outputs).toEqual([{ type: 'result', data: { 'text/plain': 'of theirs' } }]);
  });

  it('of a title, of fields and of a removed cell is decided for the side that is asked for', () => {
    const cell = (id: string, source: string, unknown = {}) => ({ ...notebook(source).cells[0]!, id, unknown });
    const version = (title: string | undefined, cells: NotebookCell[], unknown = {}): NotebookDocument => ({
      ...notebook(),
      ...(title === undefined ? {} : { title }),
      cells,
      unknown,
    });
    const before = version('old', [cell('a', '1', { x: 0 }), cell('b', '2'), cell('c', '3')], { k: 0, gone: 0 });
    const here = version('here', [cell('a', '1', { x: 1 }), cell('c', 'here')], { k: 1, gone: 1 });
    const there = version('there', [cell('a', '1', { x: 2, y: 3 }), cell('b', 'there')], { k: 2 });
    const { document, conflicts } = mergeNotebooks(before, here, there);
    expect(conflicts).toHaveLength(6);
    // As a file, which somebody may have made since.
    const read = parseNotebook(printNotebook(document), 'x');
    const decided = (choice: 'ours' | 'theirs' | 'both') => decide(read, choice);
    const contents = ({ title, cells, unknown }: NotebookDocument) => ({ title, cells, unknown });
    const ours = decided('ours');
    expect(contents(ours)).toEqual({
      title: 'here',
      cells: [cell('a', '1', { x: 1, y: 3 }), cell('c', 'here')],
      unknown: { k: 1, gone: 1 },
    });
    expect(contents(decided('theirs'))).toEqual({
      title: 'there',
      cells: [cell('a', '1', { x: 2, y: 3 }), cell('b', 'there')],
      unknown: { k: 2 },
    });
    // Of two values one can stand there: the other stays to be read.
    const both = decided('both');
    expect(findConflicts(both.cells)).toEqual([]);
    expect(both.cells.flatMap(({ kind, id }) => (kind === 'code' ? [id] : [])).sort()).toEqual(['a', 'b', 'c']);
    expect(both.cells.map(({ source }) => source).join()).toMatch(/"there".*k.*2.*gone.*removed.*x.*2/s);
    expect(both.cells.flatMap(({ tags }) => tags)).toEqual([]);
    expect(both.cells.some(({ unknown }) => 'conflict' in unknown)).toBe(false);
  });

  it.each([
    ['no markers', printNotebook(base)],
    ['a marker that is not closed', '<<<<<<< ours\n{}\n'],
    ['sides that are no notebooks', '<<<<<<< ours\n{}\n=======\n[]\n>>>>>>> theirs\n'],
    ['markers in disorder', '=======\n{}\n<<<<<<< ours\n>>>>>>> theirs\n'],
    ['markers within markers', '<<<<<<< a\n<<<<<<< b\n{}\n=======\n{}\n>>>>>>> c\n'],
    ['a text that looks like one', printNotebook(notebook('<<<<<<< ours', '=======', '>>>>>>> theirs'))],
  ])('is not one with %s', (_name, text) => {
    expect(mergeMarkedFile(text, 'x')).toBeUndefined();
  });

  it('of random edits always opens, and is decided without a trace', () => {
    let marked = 0;
    for (let seed = 1; seed <= 40; seed++) {
      const random = randomFromText(`conflict ${seed}`);
      const before = new DocumentMaker(seed).document();
      const merged = mergeMarkedFile(gitMerge(before, edited(before, random, 'o'), edited(before, random, 't')), 'x');
      if (!merged) continue;
      marked++;
      expect(parseNotebook(printNotebook(merged.document), 'x'), `seed ${seed}`).toEqual(merged.document);
      for (const choice of ['ours', 'theirs', 'both'] as const)
        expect(decide(merged.document, choice).cells.some(({ tags }) => tags.includes(CONFLICT_TAG))).toBe(false);
    }
    expect(marked).toBeGreaterThan(5);
  });
});
