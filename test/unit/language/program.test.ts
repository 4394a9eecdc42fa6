import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import ts from 'typescript';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { diagnose } from '../../../src/language/diagnostics';
import { ModuleMaker, type NotebookModule } from '../../../src/language/module';
import { readCorpus } from '../../corpus';
import { cellsOf, hover, problemsOf, programOf } from './notebook';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'dinnb-language-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const write = (name: string, text: string) => {
  mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
  writeFileSync(path.join(folder, name), text);
};
const here = (...sources: string[]) => programOf(sources, path.join(folder, 'deep', 'x.dinnb'));
const found = (...sources: string[]) => problemsOf(here(...sources), sources);

describe('positions', () => {
  it('go to the module and back, at every place of every cell', () => {
    const sources = [
      'const a = 1;\n\nvar b = 2;',
      '',
      'const a = 2; var b = 3',
      '`half',
      "import { sep } from 'node:path';",
      'b',
    ];
    const module = new ModuleMaker(ts).make(cellsOf(sources));
    sources.forEach((source, cell) => {
      for (let offset = 0; offset <= source.length; offset++) {
        expect(module.toCell(module.toModule({ cell, offset }))).toEqual({ cell, offset });
      }
      const { start, end } = module.range(cell);
      // Only the word `var` may have become `let`.
      expect(module.text.slice(start, end).replaceAll('let', 'var')).toBe(source);
    });
    expect(module.toCell(module.range(0).start - 1)).toBeUndefined();
    expect(module.toCell(module.text.length)).toBeUndefined();
    expect(module.toCellSpan(module.range(0).end - 1, 1000)).toEqual({
      cell: 0,
      start: sources[0]!.length - 1,
      end: sources[0]!.length,
    });
  });
});

describe('a notebook among the files of its folder', () => {
  it('knows workspace files, packages and what they are missing', () => {
    write('deep/util.ts', 'export const half = (x: number) => x / 2;');
    write('node_modules/typed/package.json', '{ "name": "typed", "types": "main.d.ts", "main": "main.js" }');
    write('node_modules/typed/main.d.ts', 'export declare const one: 1;');
    write('node_modules/untyped/package.json', '{ "name": "untyped", "main": "main.js" }');
    write('node_modules/untyped/main.js', 'exports.any = 1;');
    const cells = [
      "import { half } from './util';",
      "import { one } from 'typed'; import { any } from 'untyped';",
      'half(one); any',
    ];
    expect(found(...cells)).toEqual([]);
    expect(hover(cells, 2, 'one', here(...cells))).toContain('one: 1');
    expect(found("import { halt } from './util';", "import x from 'no-such-package';", "half('a')")).toEqual([
      "1 'halt' error 2305: Module '\"./util\"' has no exported member 'halt'.",
      "2 ''no-such-package'' error 2307: Cannot find module 'no-such-package' or its corresponding type declarations.",
      "3 'half' error 2304: Cannot find name 'half'.",
    ]);
  });

  it('an edit of a workspace file counts', () => {
    write('deep/util.ts', 'export const value = 1;');
    const cells = ["import { value } from './util';", 'value.toUpperCase()'];
    const program = here(...cells);
    expect(problemsOf(program, cells)).toHaveLength(1);
    write('deep/util.ts', "export const value = 'longer';");
    program.refresh();
    expect(problemsOf(program, cells)).toEqual([]);
    rmSync(path.join(folder, 'deep', 'util.ts'));
    program.refresh();
    expect(problemsOf(program, cells)[0]).toContain('Cannot find module');
  });

  it('circular imports end', () => {
    write('deep/a.ts', "import { b } from './b'; export const a: number = b;");
    write('deep/b.ts', "import { a } from './a'; export const b: number = a;");
    expect(found("import { a } from './a';", 'a.toFixed()')).toEqual([]);
  });

  it('the nearest tsconfig.json counts; options that make no sense in cells do not', () => {
    write(
      'tsconfig.json',
      '{ "compilerOptions": { "strict": false, "noUnusedLocals": true, "composite": true, "rootDir": "src", "paths": { "@/*": ["./lib/*"] } } }',
    );
    write('lib/own.ts', 'export const own = 1;');
    const cells = ["import { own } from '@/own';", 'const n: number = null; own.toFixed()'];
    expect(found(...cells)).toEqual([]);
    write('deep/tsconfig.json', '{ "extends": "../tsconfig.json", "compilerOptions": { "strict": true } }');
    expect(found(...cells)).toEqual(["2 'n' error 2322: Type 'null' is not assignable to type 'number'."]);
  });

  it('knows what the workspace declares for all files, as tsc does', () => {
    const cells = ['const g: GlobalThing = { g: 1 }; BUILD.toUpperCase(); g.h'];
    const seen = ["1 'h' error 2339: Property 'h' does not exist on type 'GlobalThing'."];
    write('deep/globals.d.ts', 'interface GlobalThing { g: 1 }\ndeclare var BUILD: string;');
    expect(found(...cells)).toEqual(seen);
    write('tsconfig.json', '{ "include": ["types"] }');
    expect(found(...cells)[0]).toContain("Cannot find name 'GlobalThing'");
    write('types/all.d.ts', 'export {};\ndeclare global { interface GlobalThing { g: 1 } var BUILD: string }');
    expect(found(...cells)).toEqual(seen);
    write('tsconfig.json', '{ "include": ["**/*"], "exclude": ["types"] }');
    expect(found(...cells)).toEqual(seen);
    write('tsconfig.json', '{ "files": ["types/all.d.ts"] }');
    expect(found(...cells)).toEqual(seen);
  });

  it('follows a reference to declarations in whichever cell it stands', () => {
    write('deep/lib/amb.d.ts', 'declare const AMBIENT: { one: 1 };');
    const cells = ['AMBIENT.one.toFixed()', '/// <reference path="./lib/amb.d.ts" />\nAMBIENT.one + 1', 'AMBIENT.two'];
    expect(found(...cells)).toEqual(["3 'two' error 2339: Property 'two' does not exist on type '{ one: 1; }'."]);
    expect(found('1', cells[2]!)).toEqual(["2 'AMBIENT' error 2304: Cannot find name 'AMBIENT'."]);
  });

  it('what a project is built into is no matter to cells: they await, import and know `import.meta` as the kernel does', () => {
    write('node_modules/common/package.json', '{"name":"common","main":"index.js","types":"index.d.ts"}');
    write('node_modules/common/index.d.ts', 'declare const value: { one: 1 }; export = value;');
    write('node_modules/modern/package.json', '{"name":"modern","exports":{"./part":{"types":"./part.d.ts"}}}');
    write('node_modules/modern/part.d.ts', 'export const two: 2;');
    const cells = [
      'const one = await Promise.resolve(1);\nfor await (const x of [one]) x.toFixed();\nimport.meta.url.length',
      "import common from 'common';\nimport { two } from 'modern/part';\n(common.one + two).toFixed()",
      "import data from './data.json';\ndata.rows.toFixed()",
    ];
    write('deep/data.json', '{"rows":3}');
    for (const options of [
      { module: 'commonjs', moduleResolution: 'node', ignoreDeprecations: '6.0' },
      { module: 'commonjs', esModuleInterop: false, allowSyntheticDefaultImports: false },
      { module: 'nodenext', resolveJsonModule: false, allowJs: false },
      { module: 'es2015', target: 'es5' },
    ]) {
      write('tsconfig.json', JSON.stringify({ compilerOptions: options }));
      expect(found(...cells), JSON.stringify(options)).toEqual([]);
    }
  });

  it('a broken tsconfig.json is told of, and the cells are understood without', () => {
    for (const broken of [
      '{ "compilerOptions": { "strict": ',
      'no json at all',
      '{ "compilerOptions": { "target": "es1815" } }',
      '{ "extends": "./nowhere.json" }',
      '[]',
      '',
    ]) {
      write('tsconfig.json', broken);
      const program = here('const a: string = 1;');
      expect(problemsOf(program, ['const a: string = 1;']), broken).toHaveLength(1);
      if (broken !== '' && broken !== '[]')
        expect(program.problems.join('\n'), broken).toContain(path.join(folder, 'tsconfig.json'));
    }
  });
});

describe('a cell that TypeScript throws at', () => {
  // As TypeScript's own failures come: somewhere deep in an answer.
  const failing = (program: ReturnType<typeof here>, at: string) => () => {
    if (program.current.text.includes(at)) throw new Error('Debug Failure. Did not expect this.\nat somewhere');
    return diagnose(program);
  };

  it('is left out and says so; the others are answered, and it is taken in again when it changes', () => {
    const cells = ['const a = 1;', 'const made = "boom";', 'a.nothing; made.whatever'];
    const program = here(...cells);
    const found = program.ask(failing(program, 'boom'));
    expect(found.map(({ cell, message }) => `${cell + 1}: ${message}`)).toEqual([
      '2: TypeScript failed on this cell, which is left out until it changes: Debug Failure. Did not expect this.',
      "3: Property 'nothing' does not exist on type '1'.",
    ]);
    program.update(cellsOf([cells[0]!, 'const made = "calm";', cells[2]!]));
    expect(program.ask(failing(program, 'boom')).map(({ cell }) => cell + 1)).toEqual([3, 3]);
  });

  it('the one that changed last is tried first; where no one cell is the reason, the failure is told', () => {
    const cells = Array.from({ length: 100 }, (_, i) => `const name${i} = ${i};`);
    const program = here(...cells);
    expect(program.ask(failing(program, 'boom'))).toEqual([]);
    cells[70] = 'const name70 = "boom";';
    program.update(cellsOf(cells));
    expect(program.ask(failing(program, 'boom')).map(({ cell }) => cell)).toEqual([70]);
    expect(() => program.ask(failing(program, 'const'))).toThrow('Debug Failure');
    expect(() => program.ask(failing(program, 'const'))).toThrow('Debug Failure');
  });
});

describe('half-typed everything', () => {
  /** Not every letter: this is thousands of modules. */
  const STEP = 5;

  it('beginnings of all cells of the corpora keep to themselves', () => {
    const maker = new ModuleMaker(ts);
    const whole = 'class Whole { own = 1 }';
    const reaching: string[] = [];
    for (const { cells } of [...readCorpus('valid'), ...readCorpus('errors')]) {
      for (const { source } of cells) {
        for (let end = 1 + (source.length % STEP); end <= source.length; end += STEP) {
          const module = maker.make(cellsOf([whole, source.slice(0, end), whole]));
          if (!isStatement(module, 0) || !isStatement(module, 2)) reaching.push(source.slice(0, end));
        }
      }
    }
    expect(reaching).toEqual([]);
  });

  /** Whether a whole class stands at a place, as a statement of the module or of its blocks. */
  function isStatement(module: NotebookModule, cell: number): boolean {
    const { text, markup } = module;
    const at = module.range(cell).start;
    const file = ts.createSourceFile(markup ? 'x.tsx' : 'x.ts', text, ts.ScriptTarget.ESNext);
    const find = (statements: readonly ts.Statement[]): boolean =>
      statements.some((statement) => {
        if (ts.isBlock(statement)) return find(statement.statements);
        return ts.isClassDeclaration(statement) && statement.getStart(file) === at && statement.members.length === 1;
      });
    return find(file.statements);
  }
});

describe('what is much', () => {
  it('a thousand cells, each with names of its own or all with the same', () => {
    const own = Array.from({ length: 1000 }, (_, i) => `const name${i} = ${i};`);
    expect(found(...own, 'name999.toFixed(); name0.nothing')).toHaveLength(1);
    const same = Array.from({ length: 1000 }, (_, i) => `const name = ${i};\nname.toFixed()`);
    expect(found(...same, 'name.nothing')).toHaveLength(1);
    const imports = Array.from({ length: 1000 }, () => "import { sep } from 'node:path';\nsep.length");
    expect(found(...imports, 'sep.nothing')).toHaveLength(1);
  });

  it('ten megabytes in a cell', () => {
    const rows = `const rows = [${'1234567, '.repeat(1_150_000)}];`;
    expect(rows.length).toBeGreaterThan(10_000_000);
    expect(found(rows, 'rows.nothing')).toHaveLength(1);
  });

  it('nesting that TypeScript cannot follow costs that cell alone', () => {
    const deep = `const deep = ${'['.repeat(50_000)}${']'.repeat(50_000)};`;
    const problems = found('const a = 1;', deep, 'a.nothing');
    expect(problems.some((text) => text.startsWith('2 ') && text.includes('nested too deeply'))).toBe(true);
    expect(problems.filter((text) => text.startsWith('3 '))).toHaveLength(1);
    // What can be parsed can be checked.
    for (const depth of [100, 300, 1000]) {
      const nested = `const nested = ${'['.repeat(depth)}${']'.repeat(depth)};`;
      expect(
        found('const a = 1;', nested, 'a.nothing').filter((text) => text.startsWith('3 ')),
        `${depth}`,
      ).toHaveLength(1);
    }
  }, 300_000);
});
