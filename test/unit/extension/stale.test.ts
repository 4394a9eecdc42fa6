import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { Dependencies } from '../../../src/extension/stale/dependencies';
import { usesOf } from '../../../src/language/uses';
import { until, workbench } from './workbench';

const usesOfSource = (source: string) => usesOf(ts, ts.createSourceFile('c.ts', source, ts.ScriptTarget.ES2022, true));

/** A notebook of cells `a`, `b`, ... and its kernel. */
function notebook(...sources: string[]) {
  let dependencies = new Dependencies();
  const cells = sources.map((source, index) => ({ id: String.fromCharCode(97 + index), source }));
  const cell = (id: string) => cells.find((each) => each.id === id)!;
  const read = () => {
    for (const source of dependencies.unknown(cells)) dependencies.know(source, usesOfSource(source));
  };
  return {
    cells,
    restart: () => {
      dependencies = new Dependencies(dependencies.shown);
    },
    run: (ids: string, ok = true) => {
      for (const id of ids) dependencies.ended(cell(id), ok);
    },
    edit: (id: string, source: string) => {
      cell(id).source = source;
    },
    stale: () => {
      read();
      return [...dependencies.stale(cells).keys()].sort().join('');
    },
    why: (id: string) => {
      read();
      return dependencies.stale(cells).get(id);
    },
    toRun: () => {
      read();
      return dependencies.toRun(cells, undefined).join('');
    },
    needed: (id: string) => {
      read();
      return dependencies.needed(cells, id).join('');
    },
  };
}

describe('out of date', () => {
  it('is no function that uses what a cell below declares', () => {
    const { run, stale } = notebook('const f = () => g() + 1', 'const g = () => 1', 'f()');
    run('abc');
    run('a');
    expect(stale()).toBe('c');
    run('c');
    expect(stale()).toBe('');
  });

  it('is what an earlier kernel showed, once something that it follows from was edited, or has run again', () => {
    const { run, edit, stale, why, restart, toRun } = notebook(
      'const x = 1',
      'const y = x + 1',
      'y',
      'const free = 0',
      'free',
    );
    run('abcde');
    restart();
    expect(stale()).toBe('');
    edit('a', 'const x = 2');
    expect(stale()).toBe('abc');
    expect(why('b')).toBe('`x` comes from code cell 1, which is out of date.');
    expect(toRun()).toBe('abc');
    run('a');
    expect(why('b')).toBe('`x` was changed by code cell 1 after it ran.');
    expect(stale()).toBe('bc');
    run('bc');
    expect(stale()).toBe('');
    restart();
    run('d');
    expect(stale()).toBe('e');
    restart();
    expect(stale()).toBe('');
    edit('a', 'const z = 1');
    // Nobody gives `x` now: that is seen when it runs.
    expect(stale()).toBe('a');
  });

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
    const { run, cells, stale, why, restart } = notebook('let n = 1', 'n += 1', 'n', 'const n = 9', 'n * 2');
    run('abcde');
    expect(stale()).toBe(''); // the fourth cell made `n` another, for those below
    run('a');
    expect(stale()).toBe('bc');
    run('bce');
    expect(stale()).toBe('e');
    expect(why('e')).toBe('`n` had the value of code cell 2 when it ran, not that of code cell 4 above it.');
    run('b');
    expect(why('b')).toBe('`n` had the value of its own run before when it ran, not that of code cell 1 above it.');
    run('abc');
    cells.splice(1, 1);
    expect(why('c')).toBe('`n` had the value of a cell that is gone when it ran, not that of code cell 1 above it.');
    run('d');
    expect(why('e')).toBe('`n` was changed by code cell 3 after it ran.');
    restart();
    expect(stale()).toBe('');
    const circle = notebook('let p = typeof q; p', 'var q = p');
    circle.run('abab');
    circle.edit('a', 'let p = 1');
    expect(circle.stale()).toBe('ab');
    expect(circle.toRun()).toBe('ab');
  });

  it('looks at a thousand cells in no time', () => {
    const chain = notebook('const v0 = 0', ...Array.from({ length: 25 }, (_, i) => `const v${i + 1} = v${i}`));
    chain.run(chain.cells.map(({ id }) => id).join(''));
    chain.edit('a', 'const v0 = 1');
    expect(chain.stale().length).toBe(26);
    const many = new Dependencies();
    const cells = Array.from({ length: 1000 }, (_, i) => ({ id: `c${i}`, source: `${i}` }));
    for (const [i, { id, source }] of cells.entries()) {
      many.ended({ id, source }, true);
      many.know(source, { declared: [`v${i}`], reads: i ? [`v${i - 1}`] : [], later: [], writes: [] });
    }
    cells[0]!.source = 'other';
    many.know('other', { declared: ['v0'], reads: [], later: [], writes: [] });
    expect(many.stale(cells).size).toBe(1000);
    expect(many.toRun(cells, undefined).length).toBe(1000);
    expect(new Set(many.needed(cells, 'c999')).size).toBe(1000);
  });

  it('is what adds to a name whose first value was edited: all run in one go, as they do all together', () => {
    for (const add of ['acc = acc + 10', 'acc += 10', 'acc++', 'if (acc) acc = 10']) {
      const { run, edit, stale, toRun, needed } = notebook('let acc = 1', add, 'acc', 'const free = 0');
      run('abcd');
      expect(stale()).toBe('');
      edit('a', 'let acc = 2');
      expect([stale(), toRun(), needed('c')]).toEqual(['abc', 'abc', 'abc']);
      run('abc');
      expect(stale()).toBe('');
      edit('b', `${add};`);
      expect(stale()).toBe('bc');
      expect([toRun(), needed('c')]).toEqual(['abc', 'abc']); // otherwise it would be added to what it gave before
    }
    const anew = notebook('let model', 'model = 1', 'model');
    anew.run('abcb');
    expect(anew.stale()).toBe('c');
    expect(anew.toRun()).toBe('c'); // a new value does not follow from the one before
    const between = notebook('const x = 1', 'x');
    between.run('ab');
    between.cells.splice(1, 0, { id: 'new', source: 'const x = 2' });
    expect(between.why('b')).toBe('`x` comes from code cell 2, which has not run.');
    expect(between.toRun()).toBe('newb');
  });

  it('is nothing that reads a name before it is declared again below, and is given it anew first', () => {
    const { run, edit, stale, toRun, needed, why } = notebook('const z = 1', 'z', 'const z = 2', 'z * 2');
    run('abcd');
    expect(stale()).toBe('');
    expect(needed('b')).toBe('ab');
    edit('a', 'const z = 10');
    expect([stale(), toRun()]).toEqual(['ab', 'ab']);
    run('ab');
    expect(stale()).toBe(''); // the last cell shows what the third gave it
    expect(needed('d')).toBe('cd');
    run('d');
    expect(why('d')).toBe('`z` had the value of code cell 1 when it ran, not that of code cell 3 above it.');
    expect(toRun()).toBe('cd');
    const below = notebook('y', 'const y = 1');
    below.run('aba');
    expect(below.why('a')).toBe('`y` comes from code cell 2, and no cell above gives it.');
  });

  it('is whatever running all would show otherwise: random notebooks, edits and runs', () => {
    const random = seeded(7);
    const pick = <T>(from: readonly T[]) => from[Math.floor(random() * from.length)]!;
    const name = () => pick(['x', 'y', 'z']);
    const source = () =>
      pick([
        () => `let ${name()} = ${Math.floor(random() * 9)}`,
        () =>
          `const ${pick(['x=y', 'x=z', 'y=x', 'y=z', 'z=x', 'z=y']).replace('=', ' = ')} + ${Math.floor(random() * 9)}`,
        () => ((to) => `${to} = ${to} + ${Math.floor(random() * 9)}`)(name()),
        () => `${name()} = ${Math.floor(random() * 9)}`,
        () => `${name()} + ${name()}`,
      ])();
    for (let round = 0; round < 1000; round++) {
      const book = notebook(...Array.from({ length: 6 }, source));
      const kernel = new Map<string, number>();
      const shown = new Map<string, string>();
      const run = (ids: Iterable<string>) => {
        for (const id of ids) {
          shown.set(id, evaluate(book.cells.find((cell) => cell.id === id)!.source, kernel));
          book.run(id, shown.get(id) !== 'fails');
        }
      };
      const steps: string[] = book.cells.map(({ id, source: text }) => `${id}: ${text}`);
      const check = () => {
        const fresh = new Map<string, number>();
        const stale = book.stale();
        for (const cell of book.cells) {
          const wanted = evaluate(cell.source, fresh);
          const seen = shown.get(cell.id);
          if (seen !== undefined && !stale.includes(cell.id))
            expect([seen, cell.id, ...steps]).toEqual([wanted, cell.id, ...steps]);
          if (wanted === 'fails') return { stale, fails: true }; // running all ends here
        }
        return { stale, fails: false };
      };
      for (let step = 0; step < 8; step++) {
        const { id } = pick(book.cells);
        const action = pick(['edit', 'run', 'run', 'all', 'stale', 'needs']);
        const text = source();
        steps.push(`${action} ${id} ${action === 'edit' ? text : ''}`);
        if (action === 'edit') book.edit(id, text);
        if (action === 'run') run(id);
        if (action === 'all') run('abcdef');
        if (action === 'stale') run(book.toRun());
        if (action === 'needs') run(book.needed(id));
        const { stale, fails } = check();
        // Only a name that no cell above gives can stay wrong.
        if (fails) continue;
        if (action === 'stale' || action === 'all') expect([stale, ...steps]).toEqual(['', ...steps]);
        if (action === 'needs') expect([stale.includes(id), ...steps]).toEqual([false, ...steps]);
      }
    }
  });
});

/** What a cell of the random notebooks does to a kernel's variables, and shows. */
function evaluate(source: string, kernel: Map<string, number>): string {
  const [, to, expression] = /^(?:(?:let |const )?(\w) = )?(.*)$/.exec(source)!;
  const values = expression!.split(' + ').map((term) => (/\d/.test(term) ? Number(term) : kernel.get(term)));
  if (values.includes(undefined)) return 'fails';
  const value = values.reduce<number>((sum, each) => sum + each!, 0);
  if (to && /^\w =/.test(source) && !kernel.has(to)) return 'fails';
  if (to) kernel.set(to, value);
  return to ? '' : String(value);
}

function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

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

  it('a cell is out of date, and what reads from it, when a file that it imports has changed', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'dinnb-stale-'));
    const write = (name: string, text: string) => writeFileSync(join(folder, name), text);
    try {
      write('lib.ts', "export { v } from './deep'");
      write('deep.ts', 'export const v = 1;');
      write('other.ts', '1');
      const { vs, host, parts } = workbench();
      const sources = ["import { v } from './lib'", 'v', '2'];
      for (const source of sources) host.uses[source] = usesOfSource(source);
      const open = vs.open(join(folder, 'x.dinnb'), sources);
      const marks = () =>
        open.cells.map((cell) =>
          (vs.statusItems!(cell) as { tooltip?: string }[]).map(({ tooltip }) => tooltip).join(),
        );
      await vs.run(open);
      write('other.ts', '2');
      parts.filesChanged();
      write('deep.ts', 'export const v = 2;');
      expect(marks()).toEqual(['', '', '']);
      parts.filesChanged();
      await until(() => marks()[0] !== '');
      expect(marks()[0]).toContain('deep.ts, which it imports, was changed after it ran.');
      expect(marks()[1]).toContain('`v` comes from code cell 1, which is out of date.');
      expect(marks()[2]).toBe('');
      await vs.run(open, open.cells[0]!);
      await vs.run(open, open.cells[1]!);
      await until(() => marks().join('') === '', marks);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
