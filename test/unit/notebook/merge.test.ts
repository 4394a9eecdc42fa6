import { describe, expect, it } from 'vitest';
import { randomFromText } from '../../../src/notebook/cell-id';
import type { NotebookCell, NotebookDocument } from '../../../src/notebook/document';
import { CONFLICT_TAG, mergeNotebooks } from '../../../src/notebook/merge';
import { mergeRun } from '../../../src/notebook/merge-run';
import { parseNotebook } from '../../../src/notebook/parse';
import { printNotebook } from '../../../src/notebook/print';
import { DocumentMaker, edited } from './random-document';

const cell = (id: string, source: string, more: Partial<NotebookCell> = {}): NotebookCell => ({
  id,
  kind: 'code',
  source,
  tags: [],
  outputs: [],
  unknown: {},
  ...more,
});
const notebook = (...cells: NotebookCell[]): NotebookDocument => ({ version: 1, cells, unknown: {} });
const ids = ({ cells }: NotebookDocument) => cells.map(({ id }) => id);

describe('a run of a notebook that was changed meanwhile', () => {
  const execution = { count: 1, ok: true, startedAt: 1, endedAt: 2 };
  const shows = (text: string) => ({ outputs: [{ type: 'stream', name: 'stdout', text } as const], execution });

  it('brings results to the cells that ran and are what ran; all others keep what they show', () => {
    const now = notebook(
      cell('ran', '1', shows('old')),
      cell('edited', 'other', shows('old')),
      cell('notReached', '3', shows('old')),
      cell('added', '4', shows('old')),
    );
    const ran = notebook(
      cell('ran', '1', shows('new')),
      cell('edited', '2', shows('new')),
      cell('notReached', '3'),
      cell('gone', '5', shows('new')),
    );
    const merged = mergeRun(now, ran)!;
    expect(merged).toMatchObject({ taken: ['ran'], edited: ['edited'], removed: ['gone'] });
    expect(merged.document.cells.map(({ id, outputs }) => [id, outputs[0]])).toMatchObject([
      ['ran', { text: 'new' }],
      ['edited', { text: 'old' }],
      ['notReached', { text: 'old' }],
      ['added', { text: 'old' }],
    ]);
    expect(mergeRun(notebook(cell('another', '1')), ran)).toBeUndefined();
  });
});

describe('a merge', () => {
  const base = notebook(cell('a', '1\n2\n3\n4\n5'), cell('b', 'b'), cell('c', 'c'));

  it('takes additions, changes, moves and removals of either side', () => {
    const ours = notebook(cell('a', 'one\n2\n3\n4\n5'), cell('x', 'x'), cell('b', 'b'), cell('c', 'c'));
    const theirs = notebook(cell('c', 'c'), cell('y', 'y'), cell('a', '1\n2\n3\n4\nfive'));
    const { document, conflicts } = mergeNotebooks(base, ours, theirs);
    expect(conflicts).toEqual([]);
    expect(document.cells.map(({ source }) => source)).toEqual(['c', 'y', 'one\n2\n3\n4\nfive', 'x']);
  });

  it('shows both versions of what both changed, and keeps what one changed and the other removed', () => {
    const ours = notebook(cell('a', 'ours'), cell('b', 'B'), cell('c', 'c'));
    const theirs = notebook(cell('a', 'theirs'), cell('c', 'c'));
    const { document, conflicts } = mergeNotebooks(base, ours, theirs);
    expect(conflicts).toHaveLength(2);
    expect(document.cells.map(({ kind, source }) => (kind === 'code' ? source : source.slice(0, 19)))).toEqual([
      '**Merge conflict.**',
      'ours',
      'theirs',
      '**Merge conflict.**',
      'B',
      'c',
    ]);
    expect(document.cells.filter(({ tags }) => tags.includes(CONFLICT_TAG))).toHaveLength(4);
    expect(document.cells[1]!.id).toBe('a');
  });

  it('gives results to the source that they were made of', () => {
    const ran = (text: string) => ({ outputs: [{ type: 'stream' as const, name: 'stdout' as const, text }] });
    const edited = notebook(cell('a', 'new', ran('of new')), cell('b', 'b'), cell('c', 'c'));
    const rerun = notebook(cell('a', '1\n2\n3\n4\n5', ran('of old')), cell('b', 'b', ran('b')), cell('c', 'c'));
    for (const [ours, theirs] of [
      [edited, rerun],
      [rerun, edited],
    ] as const) {
      const { document, conflicts } = mergeNotebooks(base, ours, theirs);
      expect(conflicts).toEqual([]);
      expect(document.cells.map(({ outputs }) => outputs)).toEqual([ran('of new').outputs, ran('b').outputs, []]);
    }
  });

  it('of titles, tags and fields', () => {
    const before: NotebookDocument = {
      ...notebook(cell('a', 'a', { tags: ['p', 'q'] })),
      title: 'T',
      unknown: { f: 1, g: 1 },
    };
    const ours = {
      ...notebook(cell('a', 'a', { tags: ['p', 'r'] })),
      title: 'O',
      unknown: { f: 2, g: 2, certificate: 1 },
    };
    const theirs = {
      ...notebook(cell('a', 'a', { tags: ['p', 'q', 's'] })),
      title: 'N',
      unknown: { f: 1, g: 3, certificate: 2 },
    };
    const { document, conflicts } = mergeNotebooks(before, ours, theirs);
    expect(conflicts).toHaveLength(2);
    expect(document).toMatchObject({ title: 'O', unknown: { f: 2, g: 2, certificate: 1 } });
    expect(document.cells[0]!.source).toMatch(/"O" here and "N" there/);
    expect(document.cells[1]!.source).toMatch(/field "g".*\n\n```json\n3\n```/);
    expect(document.cells[2]!.tags).toEqual(['p', 'r', 's']);
  });
});

const content = ({ kind, source, tags, unknown }: NotebookCell) => JSON.stringify([kind, source, tags, unknown]);

describe('three-way merges of random edits', () => {
  it('agree with a naive model, always open, and lose nothing that anybody wrote', () => {
    let conflicted = 0;
    for (let seed = 0; seed < 3000; seed++) {
      const random = randomFromText(`merge ${seed}`);
      const base = new DocumentMaker(seed).document();
      const [ours, theirs] = [edited(base, random, 'o'), edited(base, random, 't')];
      const { document, conflicts } = mergeNotebooks(base, ours, theirs);
      if (conflicts.length > 0) conflicted++;
      const where = `seed ${seed}`;
      expect(parseNotebook(printNotebook(document), where), where).toEqual(document);
      expect(mergeNotebooks(base, ours, theirs), where).toEqual({ document, conflicts });

      const find = (from: NotebookDocument, id: string) => from.cells.find((each) => each.id === id);
      for (const id of new Set([...ids(base), ...ids(ours), ...ids(theirs)])) {
        const [b, o, t, merged] = [base, ours, theirs, document].map((from) => find(from, id));
        const changed = (side: NotebookCell | undefined) => side && (!b || content(side) !== content(b));
        const stays = (o && t) || changed(o) || changed(t);
        expect(Boolean(merged), `${where} ${id}`).toBe(Boolean(stays));
        if (!merged) continue;
        if (!o || !t) expect(content(merged), `${where} ${id}`).toBe(content((o ?? t)!));
        else if (o.source === t.source || t.source === b?.source) expect(merged.source, where).toBe(o.source);
        else if (o.source === b?.source) expect(merged.source, where).toBe(t.source);
        else {
          // Both changed it: every line that either wrote stands in the cell or in the one that holds the other's version.
          const shown = document.cells.filter(({ source }) => source === merged.source || source === t.source);
          const lines = new Set(shown.flatMap(({ source }) => source.split('\n')));
          for (const side of [o, t])
            for (const line of side.source.split('\n').filter((each) => /^[ot] \d/.test(each)))
              expect(lines, where).toContain(line);
        }
      }
      // Where only one side moved cells, its order holds.
      const common = ids(base).filter((id) => find(ours, id) && find(theirs, id));
      const orderIn = (from: NotebookDocument) => ids(from).filter((id) => common.includes(id));
      const expected = String(orderIn(ours)) === String(orderIn(base)) ? orderIn(theirs) : orderIn(ours);
      expect(orderIn(document), where).toEqual(expected);
      expect(conflicts.length > 0, where).toBe(document.cells.some(({ tags }) => tags.includes(CONFLICT_TAG)));
    }
    expect(conflicted).toBeGreaterThan(300);
  });

  it('with a side that changed nothing, or the same, is the other side', () => {
    for (let seed = 0; seed < 1000; seed++) {
      const base = new DocumentMaker(seed).document();
      const changed = edited(base, randomFromText(`same ${seed}`), 'o');
      for (const [ours, theirs] of [
        [changed, base],
        [base, changed],
        [changed, changed],
      ] as const) {
        expect(mergeNotebooks(base, ours, theirs), `seed ${seed}`).toEqual({ document: changed, conflicts: [] });
      }
    }
  });

  it('of unrelated notebooks hold all cells of both', () => {
    const empty = notebook();
    for (let seed = 0; seed < 300; seed++) {
      const [ours, theirs] = [new DocumentMaker(seed).document(), new DocumentMaker(seed + 1000).document()];
      const { document } = mergeNotebooks(empty, ours, theirs);
      for (const each of [...ours.cells, ...theirs.cells]) expect(document.cells).toContainEqual(each);
    }
  });
});
