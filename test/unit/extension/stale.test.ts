import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { Dependencies } from '../../../src/extension/stale/dependencies';
import { usesOf } from '../../../src/language/uses';
import { until, workbench } from './workbench';

const usesOfSource = (source: string) => usesOf(ts, ts.createSourceFile('c.ts', source, ts.ScriptTarget.ES2022, true));

/** A notebook of cells `a`, `b`, ... and its kernel. */
function notebook(...sources: string[]) {
  const dependencies = new Dependencies();
  const cells = sources.map((source, index) => ({ id: String.fromCharCode(97 + index), source }));
  const cell = (id: string) => cells.find((each) => each.id === id)!;
  return {
    cells,
    dependencies,
    run: (ids: string) => {
      for (const id of ids) {
        const { source } = cell(id);
        dependencies.know(id, dependencies.ended(id, source), usesOfSource(source));
      }
    },
    edit: (id: string, source: string) => {
      cell(id).source = source;
    },
    stale: () => [...dependencies.stale(cells).keys()].sort().join(''),
    why: (id: string) => dependencies.stale(cells).get(id),
    needed: (id: string) =>
      dependencies
        .needed(
          cells,
          cells.map((each) => usesOfSource(each.source)),
          cells.indexOf(cell(id)),
        )
        .map((at) => cells[at]!.id)
        .join(''),
  };
}

describe('out of date', () => {
  it('is a cell that was edited, and what reads from it, until they run again', () => {
    const { run, edit, stale, why } = notebook('const x = 1', 'const y = x + 1', 'const z = y', 'const free = 0');
    expect(stale()).toBe('');
    run('abcd');
    expect(stale()).toBe('');
    edit('a', 'const x = 2');
    expect(stale()).toBe('abc');
    expect(why('a')).toBe('It was edited after it ran.');
    expect(why('b')).toBe('`x` comes from code cell 1, which is out of date.');
    expect(why('c')).toBe('`y` comes from code cell 2, which is out of date.');
    run('a');
    expect(why('b')).toBe('`x` was changed by code cell 1 after it ran.');
    expect(stale()).toBe('bc');
    run('b');
    expect(stale()).toBe('c');
    run('c');
    expect(stale()).toBe('');
    edit('b', 'const y = x + 1 ');
    edit('b', 'const y = x + 1');
    expect(stale()).toBe('');
  });

  it('knows assignments, names that are declared twice, cells that are gone, and cycles', () => {
    const { run, cells, stale, why, dependencies } = notebook('let n = 1', 'n += 1', 'n', 'const n = 9', 'n * 2');
    run('abcde');
    expect(stale()).toBe('bc'); // the fourth cell made `n` another
    run('a');
    expect(stale()).toBe('bce');
    run('bce');
    expect(stale()).toBe('');
    cells.splice(1, 1);
    expect(stale()).toBe('');
    run('d');
    expect(why('e')).toBe('`n` was changed by code cell 3 after it ran.');
    dependencies.reset();
    expect(stale()).toBe('');
    const circle = notebook('let p = typeof q; p', 'var q = p');
    circle.run('abab');
    circle.edit('a', 'let p = 1');
    expect(circle.stale()).toBe('ab');
  });

  it('looks at a thousand cells in no time', () => {
    const chain = notebook('const v0 = 0', ...Array.from({ length: 25 }, (_, i) => `const v${i + 1} = v${i}`));
    chain.run(chain.cells.map(({ id }) => id).join(''));
    chain.edit('a', 'const v0 = 1');
    expect(chain.stale().length).toBe(26);
    const many = new Dependencies();
    const cells = Array.from({ length: 1000 }, (_, i) => ({ id: `c${i}`, source: `${i}` }));
    for (const [i, { id, source }] of cells.entries()) {
      many.know(id, many.ended(id, source), { declared: [`v${i}`], reads: i ? [`v${i - 1}`] : [], writes: [] });
    }
    cells[0]!.source = 'other';
    expect(many.stale(cells).size).toBe(1000);
  });
});

describe('what a cell needs', () => {
  it('are the cells above that give it its names, and theirs, unless they have run', () => {
    const { needed, run, edit } = notebook('const a = 1', 'const other = 2', 'let b = a', 'b += a', 'b', 'const a = 5');
    expect(needed('e')).toBe('acde');
    run('ac');
    expect(needed('e')).toBe('de');
    run('de');
    expect(needed('e')).toBe('e');
    edit('a', 'const a = 3');
    expect(needed('e')).toBe('acde');
    expect(needed('b')).toBe('b');
  });
});

describe('in the editor', () => {
  it('cells are marked with the reason, and Run Stale Cells runs exactly those, in order', async () => {
    const { vs, host, command } = workbench();
    const sources = ['const x = 1', 'x + 1', 'const y = 2'];
    for (const source of [...sources, 'const x = 3']) host.uses[source] = usesOfSource(source);
    const open = vs.open('/x.dinnb', sources);
    vs.active = open;
    await vs.run(open);
    const marks = (cell: number) => vs.statusItems!(open.cells[cell]!).map(({ text }) => text);
    expect([0, 1, 2].flatMap(marks)).toEqual([]);
    open.cells[0]!.source = 'const x = 3';
    vs.changedNotebook.fire({
      notebook: open,
      cellChanges: [{ cell: open.cells[0], document: {} }],
      contentChanges: [],
    });
    await until(() => marks(0).length > 0);
    expect([0, 1, 2].map((cell) => marks(cell).length)).toEqual([1, 1, 0]);
    await command('dinnb.runStale');
    expect(vs.executed.at(-1)).toEqual([
      'notebook.cell.execute',
      {
        ranges: [
          { start: 0, end: 1 },
          { start: 1, end: 2 },
        ],
        document: open.uri,
      },
    ]);
    vs.settings.markStale = false;
    expect(marks(0)).toEqual([]);
    vs.settings.markStale = true;
    await command('dinnb.runWithNeeds', open.cells[1]);
    expect(vs.executed.at(-1)).toMatchObject(['notebook.cell.execute', { ranges: [{ start: 0 }, { start: 1 }] }]);
  });
});
