import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import ts from 'typescript';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Edit, Location, Question, Questions } from '../../../src/language/messages';
import { answersWith, failure } from '../../../src/language/server/answers';
import { CellService } from '../../../src/language/server/cell-service';
import { ServedNotebook } from '../../../src/language/server/notebooks';
import { declarations } from './notebook';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'dinnb-answers-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const write = (name: string, text: string) => {
  mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
  writeFileSync(path.join(folder, name), text);
};

const registry = ts.createDocumentRegistry();
const answers = answersWith(new CellService(ts));

/** How a cell of another notebook begins, which shares the kernel. */
const OTHER = /^\/\/ (?:parameters, )?other\n/;

/** Cells as the server has them, asked at `|` in one of them. */
class Asked {
  readonly served: ServedNotebook;
  readonly place: { cell: string; offset: number };
  readonly texts: string[];

  constructor(...cells: string[]) {
    const at = cells.findIndex((cell) => cell.includes('|'));
    this.place = { cell: `c${at}`, offset: at < 0 ? 0 : cells[at]!.indexOf('|') };
    this.texts = cells.map((cell) => cell.replace('|', ''));
    this.served = new ServedNotebook(ts, path.join(folder, 'x.dinnb'), declarations, registry);
    this.served.sync({
      notebook: 'x',
      path: '',
      order: cells.map((_, index) => `c${index}`),
      beside: cells.filter((source) => OTHER.test(source)).length,
      changed: this.texts.map((source, index) => ({
        id: `c${index}`,
        source,
        parameters: source.startsWith('// parameters'),
      })),
    });
  }

  ask<Q extends Question>(question: Q, params: object = {}): Questions[Q]['answer'] {
    const all = { ...this.place, ...params } as unknown as Questions[Q]['params'];
    return this.served.program.ask(() => answers[question](this.served, all) as Questions[Q]['answer']);
  }

  /** The cells after edits. */
  after(edits: readonly Edit[]): string[] {
    const texts = [...this.texts];
    // Those at one place in the order in which they come.
    for (const { cell, start, end, text } of [...edits].reverse().sort((a, b) => b.start - a.start)) {
      const index = Number(cell.slice(1));
      texts[index] = texts[index]!.slice(0, start) + text + texts[index]!.slice(end);
    }
    return texts;
  }

  /** Locations as `c0:text`, or a file's name with a line. */
  shown(locations: readonly Location[]): string[] {
    return locations.map((one) => {
      if ('file' in one) return `${path.basename(one.file)}:${one.start.line + 1}`;
      return `${one.cell}:${this.texts[Number(one.cell.slice(1))]!.slice(one.start, one.end)}`;
    });
  }
}

const names = (asked: Asked) => asked.ask('completions')?.items.map(({ name }) => name) ?? [];

describe('completion', () => {
  it('knows members, names of other cells, globals and parameters; what the module is made of shows nowhere', () => {
    expect(names(new Asked('const table = { users: 1, items: [2] };', 'table.|'))).toEqual(['items', 'users']);
    expect(names(new Asked('// parameters\nconst rate = 0.1;', 'params.|'))).toEqual(['rate']);
    const all = names(new Asked('// parameters\nconst rate = 0.1;', 'function half(x: number) { return x / 2 }', '|'));
    for (const name of ['rate', 'half', 'tf', 'din', 'display', 'params', 'process', 'await'])
      expect(all, name).toContain(name);
    expect(all.filter((name) => /dinnb/i.test(name))).toEqual([]);
  });

  it('has documentation', () => {
    const asked = new Asked(
      '/** Half of it.\n * @param x what to halve */\nfunction half(x: number) { return x / 2 }',
      'hal|',
    );
    expect(asked.ask('completionDetails', { name: 'half' })).toMatchObject({
      signature: 'function half(x: number): number',
      documentation: 'Half of it.\n\n*@param* `x` — what to halve',
    });
  });

  it('adds imports to the cell that needs them, and to an import that is there', () => {
    const accept = (...cells: string[]) => {
      const asked = new Asked(...cells);
      const entry = asked.ask('completions')?.items.find(({ name, source }) => name === 'readFileSync' && source);
      return asked.after(asked.ask('completionDetails', { ...entry })?.edits ?? []);
    };
    expect(accept("import { existsSync } from 'node:fs';", 'readFileSyn|')).toEqual([
      "import { existsSync } from 'node:fs';",
      "import { readFileSync } from 'node:fs';\nreadFileSyn",
    ]);
    expect(accept("import { existsSync } from 'node:fs';\nreadFileSyn|")).toEqual([
      "import { existsSync, readFileSync } from 'node:fs';\nreadFileSyn",
    ]);
    expect(accept("import { sep } from 'node:path';\nreadFileSyn|")[0]).toMatch(
      /^import { sep } from 'node:path';\nimport { readFileSync } from '(node:)?fs';\nreadFileSyn$/,
    );
  });

  it('adds imports below what belongs at the top of a cell', () => {
    const accept = (head: string) => {
      const asked = new Asked("import { existsSync } from 'node:fs';", `${head}readFileSyn|`);
      const entry = asked.ask('completions')?.items.find(({ name, source }) => name === 'readFileSync' && source);
      return asked.after(asked.ask('completionDetails', { ...entry })?.edits ?? [])[1];
    };
    const line = "import { readFileSync } from 'node:fs';\n";
    for (const head of [
      '#!/usr/bin/env node\n',
      "'use strict';\n",
      "#!/usr/bin/env node\n/* Of whom. */\n\n'use strict'\n",
      '// @ts-nocheck\n',
      '/** @jsx h */\n',
    ])
      expect(accept(head), head).toBe(`${head}${line}readFileSyn`);
    expect(accept('// What this is about.\n\n')).toBe(`// What this is about.\n${line}\nreadFileSyn`);
    // A comment of the code below it.
    expect(accept('// Reads.\n')).toBe(`${line}// Reads.\nreadFileSyn`);
  });

  it('in half-typed and empty cells, between others', () => {
    expect(names(new Asked('const a = { own: 1 };', 'f(a.|', 'const b = (1'))).toContain('own');
    expect(names(new Asked('', '|', 'const later = 1;'))).toContain('later');
    expect(names(new Asked('const a = { own: 1 };', '`${a.|'))).toContain('own');
  });
});

describe('hover and signatures', () => {
  it('say what a name is, with its documentation', () => {
    const asked = new Asked('/** Shape `[batch, units]`. */\nconst weights = tf.ones([2, 3]);', 'wei|ghts');
    expect(asked.ask('hover')).toMatchObject({ documentation: 'Shape `[batch, units]`.', span: { start: 0, end: 7 } });
    expect(asked.ask('hover')?.signature).toBe('const weights: Tensor<Rank>');
  });

  it('say what a call takes, and which argument is being written', () => {
    const asked = new Asked('/** Adds.\n * @param b the other */\nfunction add(a: number, b: string) {}', 'add(1, |');
    const help = asked.ask('signatures')!;
    expect(help).toMatchObject({ active: 0, parameter: 1 });
    const [signature] = help.signatures;
    expect(signature).toMatchObject({ signature: 'add(a: number, b: string): void', documentation: 'Adds.' });
    const { start, end, documentation } = signature!.parameters[1]!;
    expect(signature!.signature.slice(start, end)).toBe('b: string');
    expect(documentation).toBe('the other');
  });
});

describe('navigation', () => {
  it('goes to cells, and into files of the workspace', () => {
    writeFileSync(path.join(folder, 'util.ts'), '\nexport const half = (x: number) => x / 2;\n');
    expect(shown(new Asked('const model = 1;', 'mo|del'), 'definition')).toEqual(['c0:model']);
    expect(shown(new Asked("import { half } from './util';", 'ha|lf(1)'), 'definition')).toEqual(['util.ts:2']);
    expect(shown(new Asked('const model = 1;', 'mo|del; model'), 'references')).toEqual([
      'c0:model',
      'c1:model',
      'c1:model',
    ]);
  });

  it('a name that is made of its earlier self is the earlier one there, to hovers, members, errors and definitions', () => {
    const rows = 'let rows = [[1]].find(() => true);';
    const early = new Asked(rows, 'const rows = ro|ws.map(String)', 'rows');
    expect(early.ask('hover')?.signature).toBe('let rows: number[] | undefined');
    expect(early.shown(early.ask('definition'))).toEqual(['c0:rows']);
    expect(early.ask('definition')).toMatchObject([{ cell: 'c0', start: 4 }]);
    expect(early.ask('references')).toHaveLength(4);
    expect(early.ask('problems').cells[1]!.problems.map(({ message }) => message)).toEqual([
      "'rows' is possibly 'undefined'.",
    ]);
    const asked = new Asked('const rows = [1]', 'const rows = rows.|');
    expect(names(asked)).toContain('filter');
    const all = names(new Asked('const rows = [1]', 'const rows = rows.map(String); |'));
    expect(all.filter((name) => /^.ows$/.test(name))).toEqual(['rows']);
    expect(new Asked('const half = (n: number) => n', 'const half = half(|)').ask('signatures')).toMatchObject({
      signatures: [{ signature: 'half(n: number): number' }],
    });
  });

  it('a name declared again is another from there on', () => {
    const cells = ['const model = 1;', 'model', "const model = 'a';", 'mo|del'];
    expect(shown(new Asked(...cells), 'references')).toEqual(['c2:model', 'c3:model']);
    expect(renamedTo('text', ...cells)).toEqual(['const model = 1;', 'model', "const text = 'a';", 'text']);
  });
});

const shown = (asked: Asked, question: 'definition' | 'references') => asked.shown(asked.ask(question));

const renamedTo = (name: string, ...cells: string[]) => {
  const asked = new Asked(...cells);
  const answer = asked.ask('rename', { name });
  return 'refusal' in answer ? answer.refusal : asked.after(answer);
};

describe('what stands for TypeScript only', () => {
  const found = (question: 'definition' | 'references', ...cells: string[]) => shown(new Asked(...cells), question);

  it('leads on: a parameter as a member of `params` to its cell, and from there', () => {
    const parameters = '// parameters\nconst rate = 0.1; const size = 1;';
    expect(found('definition', parameters, 'params.ra|te')).toEqual(['c0:rate']);
    const places = ['c0:rate', 'c1:rate', 'c1:rate'];
    expect(found('references', parameters, 'rate + params.ra|te').sort()).toEqual(places);
    expect(found('references', parameters, 'ra|te + params.rate + params.size').sort()).toEqual(places);
  });

  it('leads on: `tf` and `din` to what they are', () => {
    expect(found('definition', 't|f.ones([1])')).toEqual([expect.stringMatching(/^index\.d\.ts:/)]);
    expect(found('definition', 'di|n.metrics')).toEqual([expect.stringMatching(/^index\.ts:/)]);
  });
});

describe('rename', () => {
  const renamed = (...cells: string[]) => renamedTo('fresh', ...cells);
  const refusal = (...cells: string[]) => {
    const answer = new Asked(...cells).ask('renameable');
    return 'refusal' in answer ? answer.refusal : answer.name;
  };

  it('reaches all cells, short-hands included', () => {
    expect(renamed('const mo|del = 1;', '({ model })', 'const { a: b } = { a: model }')).toEqual([
      'const fresh = 1;',
      '({ model: fresh })',
      'const { a: b } = { a: fresh }',
    ]);
  });

  it('of a parameter reaches `params`, from either side', () => {
    const after = ['// parameters\nconst fresh = 0.1;', 'fresh * params.fresh', 'const { fresh: rate } = params; rate'];
    expect(
      renamed('// parameters\nconst ra|te = 0.1;', 'rate * params.rate', 'const { rate: rate } = params; rate'),
    ).toEqual(after);
    expect(
      renamed('// parameters\nconst rate = 0.1;', 'rate * params.ra|te', 'const { rate: rate } = params; rate'),
    ).toEqual(after);
  });

  it('of a `var` reaches the cells that declare it again: it is one variable', () => {
    const after = ['var fresh = 0', 'fresh += 1', 'for (var fresh = fresh + 1; fresh < 3; fresh++);', 'fresh'];
    const cells = ['var total = 0', 'total += 1', 'for (var total = total + 1; total < 3; total++);', 'total'];
    cells.forEach((cell, index) => {
      const asked = cells.map((other) => (other === cell ? cell.replace('total', 'to|tal') : other));
      expect(renamed(...asked), cells[index]).toEqual(after);
    });
    expect(renamed('const total = [1]', 'const to|tal = total.map(() => total.length)', 'total')).toEqual([
      'const fresh = [1]',
      'const fresh = fresh.map(() => fresh.length)',
      'fresh',
    ]);
    expect(renamed('let to|tal = 0', 'var total = total + 1', 'const total = 1', 'var [total] = [total]')).toEqual([
      'let fresh = 0',
      'var fresh = fresh + 1',
      'const total = 1',
      'var [total] = [total]',
    ]);
  });

  it('refuses a name that would make another program of the notebook, and says why', () => {
    const declared = 'b is declared in the notebook already: choose another name.';
    expect(renamedTo('b', 'const |a = 1', 'const b = 2', 'a + b')).toBe(declared);
    // Functions find what was declared last.
    expect(renamedTo('b', 'const |a = 1; const f = () => a', 'const b = 2')).toBe(declared);
    const taken = 'b means something else already where a is used: choose another name.';
    expect(renamedTo('b', 'const |a = 1', '(b: number) => a + b')).toBe(taken);
    expect(renamedTo('b', 'const b = 1', '(|a: number) => a + b')).toBe(taken);
    expect(renamedTo('b', 'const o = { |a: 1, b: 2 }')).toBe(taken);
    expect(renamedTo('tf', 'const |a = 1', 'tf.ones([1])')).toContain('tf means something else');
    expect(renamedTo('b', '{ let |a = 1; let b = 2; a }')).toContain("Cannot redeclare block-scoped variable 'b'");
    for (const name of ['class', 'await', 'eval', 'let'])
      expect(renamedTo(name, 'const |a = 1')).toBe(`'${name}' is a word of the language, and can be no name here.`);
    for (const name of ['', '1x', 'b c', 'b, c', 'b\n'])
      expect(renamedTo(name, 'const |a = 1')).toContain('is no name: one is written in letters');
    expect(renamedTo('undefined', 'const |a = 1')).toContain('conflicts with built-in global');
  });

  it('takes what is a name there, or is taken where it does not matter', () => {
    expect(renamedTo('class', 'const o = { |a: 1 }; o.a')).toEqual(['const o = { class: 1 }; o.class']);
    expect(renamedTo('b', 'const b = 1', '(|a: number) => a')).toEqual(['const b = 1', '(b: number) => b']);
    expect(renamedTo('b', 'const |a = 1; ({ a })', '{ const b = 2; }', 'const wrong: string = a')).toEqual([
      'const b = 1; ({ a: b })',
      '{ const b = 2; }',
      'const wrong: string = b',
    ]);
    expect(renamedTo('#b', 'class A { #|a = 1; get() { return this.#a } }')).toEqual([
      'class A { #b = 1; get() { return this.#b } }',
    ]);
    // Nothing of a refused rename is left behind.
    const asked = new Asked('const |a = 1', 'const b = 2; a + b');
    asked.ask('rename', { name: 'class' });
    expect(asked.ask('references')).toHaveLength(2);
  });

  it('refuses what others call by this name as well', () => {
    writeFileSync(path.join(folder, 'util.ts'), 'export const half = { size: 1 };');
    expect(refusal("import { half } from './util';", 'half.si|ze')).toContain('declared outside this notebook');
    // The name of an import is the notebook's own.
    expect(renamed("import { half } from './util';", 'ha|lf')).toEqual([
      "import { half as fresh } from './util';",
      'fresh',
    ]);
    expect(refusal('t|f.ones([1])')).toContain('every cell');
    expect(refusal('dis|play(1)')).toContain('every cell');
    expect(refusal('tf.on|es([1])')).not.toBe('ones');
    expect(refusal('const a| = 1;')).toBe('a');
  });
});

describe('cells of other notebooks that share the kernel', () => {
  const problems = (...cells: string[]) =>
    new Asked(...cells)
      .ask('problems')
      .cells.flatMap((of) => of.problems.map(({ message }) => `${of.cell}: ${message}`));

  it('give their names, and what is wrong in them is said in their own notebook', () => {
    expect(problems('// other\nconst answer = 41; wrong', 'answer + 1', 'nowhere')).toEqual([
      "c2: Cannot find name 'nowhere'.",
    ]);
    expect(problems('// other\nconst model = 1; (', "const model = 'x'; model.length")).toEqual([]);
    expect(names(new Asked('// other\nconst answer = 41;', 'ans|'))).toContain('answer');
  });

  it('may have parameters of their own, of which not all are known', () => {
    const [theirs, ours] = ['// parameters, other\nconst rate = 0.1;', '// parameters\nconst epochs = 5;'];
    expect(problems(theirs, ours, 'params.rate + params.epochs + params.more')).toEqual([]);
    expect(problems(theirs, `${ours} const rate = 1;`, 'params.epochs')).toEqual([]);
    expect(problems(theirs, ours, 'params.epochs.length')).toEqual([
      "c2: Property 'length' does not exist on type 'number'.",
    ]);
  });

  it('are gone to, and renamed along', () => {
    const asked = new Asked('// other\nconst answer = 41;', 'ans|wer + 1');
    expect(asked.shown(asked.ask('definition'))).toEqual(['c0:answer']);
    expect(renamedTo('n', '// other\nconst answer = 41;', 'ans|wer + 1')).toEqual(['// other\nconst n = 41;', 'n + 1']);
    expect(renamedTo('n', '// other\nanswer + 1', 'const ans|wer = 41;')).toEqual(['// other\nn + 1', 'const n = 41;']);
  });

  it('keep a name from being renamed that they use and a rename would not reach', () => {
    const refusal = (...cells: string[]) => new Asked(...cells).ask('renameable');
    expect(refusal('// other\nconst a = 1; b', 'const a = 2;', 'const |b = 3;')).toEqual({
      refusal: 'b is used in a notebook that shares the kernel, where it would keep its name: rename it there first.',
    });
    // Theirs is another, and so is one of a function's own.
    expect(refusal('// other\nconst b = 1; b', 'const b = 2;', '|b + 1')).toMatchObject({ name: 'b' });
    expect(refusal('// other\nconst a = 1; i', 'const a = 2; for (let |i = 0; i < 2; i++);')).toMatchObject({
      name: 'i',
    });
  });
});

describe('quick fixes', () => {
  it('spell names, and add missing imports to the cell', () => {
    const fix = (...cells: string[]) => {
      const asked = new Asked(...cells);
      const [first] = asked
        .ask('problems')
        .cells.flatMap(({ cell, problems }) => problems.map((one) => ({ ...one, cell })));
      const { cell, start, end, code } = first!;
      return asked
        .ask('fixes', { cell, start, end, codes: [code] })
        .map(({ title, edits }) => [title, ...asked.after(edits)]);
    };
    expect(fix('const history = 1;', 'histroy')).toContainEqual([
      "Change spelling to 'history'",
      'const history = 1;',
      'history',
    ]);
    expect(fix("import { statSync } from 'node:fs';", "readFileSync('a')")).toContainEqual([
      'Add import from "node:fs"',
      "import { statSync } from 'node:fs';",
      "import { readFileSync } from 'node:fs';\nreadFileSync('a')",
    ]);
  });
});

describe('what a cell looks like', () => {
  it('colours, hints, format, folds and outline are the cell’s own, in a block as well', () => {
    const cell = 'const model = {a:1,\n  b:2};\nclass Net { size = 1\nrun(x: number) { return x } }\nnew Net().run(1)';
    for (const cells of [[cell], ['const model = 1;', cell]]) {
      const asked = new Asked(...cells);
      const id = `c${cells.length - 1}`;
      const { length } = cell;
      const whole = { cell: id, start: 0, end: length };
      const tokens = asked.ask('tokens', { cell: id });
      expect(cell.slice(tokens[0], tokens[0]! + tokens[1]!)).toBe('model');
      expect(asked.ask('inlayHints', { ...whole, which: 'arguments' })).toContainEqual({
        offset: cell.indexOf('1)'),
        text: 'x:',
        kind: 'parameter',
      });
      expect(asked.after(asked.ask('format', { ...whole, options: { tabSize: 2, insertSpaces: true } })).at(-1)).toBe(
        'const model = {\n  a: 1,\n  b: 2\n};\nclass Net {\n  size = 1\n  run(x: number) { return x }\n}\nnew Net().run(1)',
      );
      expect(asked.ask('folding', { cell: id }).length).toBeGreaterThan(0);
      expect(
        asked.ask('outline', { cell: id }).map(({ name, children }) => [name, ...children.map((one) => one.name)]),
      ).toEqual([
        ['model', 'a', 'b'],
        ['Net', 'run', 'size'],
      ]);
    }
  });
});

describe('the format of a cell that is one object', () => {
  const formatted = (source: string, start = 0, end = source.length) => {
    const asked = new Asked(source);
    return asked.after(asked.ask('format', { cell: 'c0', start, end, options: { tabSize: 2, insertSpaces: true } }))[0];
  };

  it('is that of an object, however often', () => {
    const objects = [
      '{\n  a: 1,\n  b: 2,\n  c: { d: 3 }\n}',
      '{\n  a: 1,\n  b() { }\n};',
      '// first\n{ a: 1, b: 2 } // last',
    ];
    for (const object of objects) expect(formatted(object)).toBe(object);
    const tidy = formatted('{ a:1,\n  b: 2,\n      c:3 } ;')!;
    expect(tidy).toMatch(/^\{\s+a: 1,\n( +)b: 2,\n\1c: 3\s+\} ?;$/);
    expect(formatted(tidy)).toBe(tidy);
    expect(formatted('{ a:1,\n  b:2 }', 9)).toContain('{ a:1');
  });
});

it('a folder of its own: what is asked of one notebook is not of another', () => {
  mkdirSync(path.join(folder, 'other'));
  const one = new Asked('const mo|del = 1;', 'model');
  const other = new Asked('const model = 2;', 'mo|del');
  expect(one.ask('rename', { name: 'x' })).toHaveLength(2);
  expect(other.ask('references')).toHaveLength(2);
});

it('a failure of TypeScript that no cell is the reason of is told at the first cell, and underlines nothing else', () => {
  const { served } = new Asked('const a = 1;', 'a.nothing');
  const { cells } = failure(served, new Error('Debug Failure.\nat somewhere'));
  expect(cells.map(({ problems }) => problems.map(({ message }) => message))).toEqual([
    ['TypeScript failed on this notebook, whose cells are not checked until one changes: Debug Failure.'],
    [],
  ]);
});

describe('what no cell imports yet', () => {
  const offered = (cell: string, name: string) => {
    const asked = new Asked(cell);
    const entry = asked.ask('completions')?.items.find((item) => item.name === name && item.source);
    if (!entry) return undefined;
    const details = asked.ask('completionDetails', { name, source: entry.source, data: entry.data });
    return asked.after(details!.edits)[0]!.split('\n')[0];
  };

  it('of files beside the notebook and below is offered with its import, and as a fix', () => {
    write('lib5.ts', 'export const triple = (x: number) => x * 3;');
    write(
      'sub/deep/other.ts',
      'export default function quadruple(x: number) { return x * 4 }\nexport class Quintuple {}',
    );
    expect(offered('tripl|', 'triple')).toBe("import { triple } from './lib5';");
    expect(offered('quadr|', 'quadruple')).toBe("import quadruple from './sub/deep/other';");
    expect(offered('Quint|', 'Quintuple')).toBe("import { Quintuple } from './sub/deep/other';");
    const asked = new Asked('triple(2)');
    const [fix] = asked.ask('fixes', { cell: 'c0', start: 0, end: 6, codes: [2304] });
    expect(asked.after(fix!.edits)).toEqual(["import { triple } from './lib5';\ntriple(2)"]);
  });

  it('of a project is what its tsconfig.json includes', () => {
    write('tsconfig.json', '{ "include": ["src"], "compilerOptions": { "paths": { "@/*": ["./src/*"] } } }');
    write('src/inside.ts', 'export const insideOne = 1;');
    write('outside.ts', 'export const outsideOne = 1;');
    expect(offered('inside|', 'insideOne')).toMatch(/^import \{ insideOne \} from '(\.\/src|@)\/inside';$/);
    expect(offered('outside|', 'outsideOne')).toBeUndefined();
  });

  it('of packages is what the nearest package.json asks for', () => {
    write('package.json', '{ "dependencies": { "typed": "1", "bare": "1" }, "devDependencies": { "ats": "1" } }');
    write('node_modules/typed/package.json', '{ "name": "typed", "types": "main.d.ts" }');
    write('node_modules/typed/main.d.ts', "export * from './part';\nexport declare const typedOne: 1;");
    write('node_modules/typed/part.d.ts', 'export declare const typedPart: 1;');
    write('node_modules/bare/package.json', '{ "name": "bare", "main": "main.js" }');
    write('node_modules/bare/main.js', 'exports.bareOne = 1;');
    write('node_modules/@types/ats/package.json', '{ "name": "@types/ats", "types": "index.d.ts" }');
    write('node_modules/@types/ats/index.d.ts', 'declare function atsOne(): 1;\nexport = atsOne;');
    write('node_modules/unasked/package.json', '{ "name": "unasked", "types": "main.d.ts" }');
    write('node_modules/unasked/main.d.ts', 'export declare const unaskedOne: 1;');
    expect(offered('typedO|', 'typedOne')).toBe("import { typedOne } from 'typed';");
    expect(offered('typedP|', 'typedPart')).toBe("import { typedPart } from 'typed';");
    expect(offered('atsO|', 'atsOne')).toBe("import atsOne from 'ats';");
    expect(offered('unasked|', 'unaskedOne')).toBeUndefined();
  });

  it('counts for nothing: neither its globals nor what is wrong in it', () => {
    write('script.ts', 'const scriptOnly = 1;\nvar scriptVar = 2;\ninterface ScriptType { a: 1 }');
    write('broken.ts', 'export const broken: string = 1;\nexport const = ;');
    write('node_modules/x/script.ts', 'export const packageInside = 1;');
    write('.hidden/script.ts', 'export const hiddenInside = 1;');
    const cell = 'scriptOnly; scriptVar; let a: ScriptType';
    const asked = new Asked(cell);
    asked.ask('completions', { cell: 'c0', offset: 3 });
    const { problems } = asked.ask('problems').cells[0]!;
    expect(problems.map(({ start, end, code }) => `${code} ${cell.slice(start, end)}`)).toEqual([
      '2304 scriptOnly',
      '2304 scriptVar',
      '2304 ScriptType',
    ]);
    expect(offered('packageIns|', 'packageInside')).toBeUndefined();
    expect(offered('hiddenIns|', 'hiddenInside')).toBeUndefined();
  });

  it('is there once the file is, and gone with it', () => {
    const asked = new Asked('later|');
    const has = () => names(asked).includes('laterOne');
    expect(has()).toBe(false);
    write('later.ts', 'export const laterOne = 1;');
    asked.served.program.refresh();
    expect(has()).toBe(true);
    rmSync(path.join(folder, 'later.ts'));
    asked.served.program.refresh();
    expect(has()).toBe(false);
  });

  it('is left out, and the cells are answered, where TypeScript cannot follow a file', () => {
    write('deep.ts', `export const deepOne = ${'('.repeat(60_000)}1${')'.repeat(60_000)};`);
    const asked = new Asked('const known = 1;', 'kno|');
    asked.served.program.readAhead();
    expect(names(asked)).toContain('known');
    rmSync(path.join(folder, 'deep.ts'));
    write('flat.ts', 'export const knownFlat = 1;');
    asked.served.program.refresh();
    expect(names(asked)).toContain('knownFlat');
  });

  it('is not looked for without end', () => {
    for (let at = 0; at < 400; at++) write(`many${at}/deep/file.ts`, `export const many${at} = 1;`);
    write('near.ts', 'export const nearOne = 1;');
    expect(offered('near|', 'nearOne')).toBe("import { nearOne } from './near';");
    const all = names(new Asked('many|')).filter((name) => /^many\d/.test(name));
    expect(all.length).toBeLessThan(300);
  });
});
