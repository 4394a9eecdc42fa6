import { SourceMap } from 'node:module';
import { describe, expect, test } from 'vitest';
import { compileCell } from '../../../src/kernel/compile/compile';

/** The code of a cell without the fixed first line and without the packing of values, which evaluator.test.ts covers. */
function code(source: string, parameters = false): string {
  const compiled = compileCell(source, { run: 7, parameters });
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.problems));
  const [first, ...rest] = compiled.cell.code.split('\n');
  expect(first).toBe('"use strict"; void 0;');
  return rest
    .join('\n')
    .replace(/__dinnb_value\(([\s\S]*?)\);(?=\n|$)/g, '$1;')
    .trim();
}

describe('declarations', () => {
  test('const, var, enums and namespaces become let', () => {
    expect(code('const a: number = 1; var b = 2; let c')).toBe('let a = 1;\nlet b = 2;\nlet c;');
    expect(code('enum E { A }')).toMatch(/^let E;\n\(function \(E\)/);
    expect(code('namespace N { export const z = 1 }')).toMatch(/^let N;\n\(function \(N\)/);
    expect(code('const { a, b: [c] } = x')).toBe('let { a, b: [c] } = x;');
  });

  test('functions come first and stay assignable; the last of a name wins', () => {
    expect(code('f();\nfunction f() { return 1 }')).toBe('let f = function () { return 1; };\nf();');
    expect(code('async function* g(n: number) {}')).toBe('let g = async function* (n) { };');
    expect(code('function f() { return 1 } function f() { return 2 }')).toBe('let f = function () { return 2; };');
  });

  test('export goes', () => {
    expect(code('export const a = 1; export class C {} export { a }; export type T = 1')).toBe(
      'let a = 1;\nclass C {\n}',
    );
    expect(code('export default a')).toBe('a;');
    expect(code('export default function () {}')).toBe('(function () { });');
    expect(code('export default class {}')).toBe('(class {\n});');
    expect(code('export = 5')).toBe('5;');
  });

  test('a var in a block or a loop, or declared twice, is lifted', () => {
    expect(code('if (x) { var y = 1 }')).toBe('let y;\nif (x) {\n    void (y = 1);\n}');
    expect(code('for (var i = 0, n = 3; i < n; i++) {}')).toMatch(
      /^let i;\nlet n;\nfor \(i = 0, n = 3; i < n; i\+\+\) \{/,
    );
    expect(code('for (var [k, { v = 1, ...o }] of xs) {}')).toMatch(
      /^let k;\nlet v;\nlet o;\nfor \(\[k, \{ v: v = 1, \.\.\.o \}\] of xs\) \{/,
    );
    expect(code('for (var k in x) k')).toMatch(/^let k;\nfor \(k in x\) \{/);
    expect(code('var a = 1; var a = 2; var b = 3')).toBe('let a;\nvoid (a = 1);\nvoid (a = 2);\nlet b = 3;');
    expect(code('var a = 1, b = 2; { var a }')).toBe('let a;\nlet b;\nvoid (a = 1, b = 2);\n{\n    ;\n}');
    expect(code('function f() { var inside = 1 } var f')).toBe('let f = function () { var inside = 1; };\n;');
  });
});

describe('imports', () => {
  test('static imports become awaited ones that later cells may redeclare', () => {
    expect(code("import fs, { readFileSync as rf } from 'node:fs'")).toBe(
      'let __dinnb_module_1 = __dinnb_check(await __dinnb_hold(__dinnb_import(\'node:fs\'), 7), 7), fs = __dinnb_named(__dinnb_module_1, "default"), rf = __dinnb_named(__dinnb_module_1, "readFileSync");',
    );
    expect(code("import * as p from 'path'")).toBe(
      "let p = __dinnb_check(await __dinnb_hold(__dinnb_import('path'), 7), 7);",
    );
    expect(code("import 'side'")).toBe("void __dinnb_check(await __dinnb_hold(__dinnb_import('side'), 7), 7);");
    expect(code("import j from './a.json' with { type: 'json' }")).toContain(
      "__dinnb_import('./a.json', { with: { type: 'json' } })",
    );
    expect(code("import r = require('y')")).toBe("let r = require('y');");
    expect(code("export * from 'z'")).toContain("__dinnb_import('z')");
  });

  test('imports come first; those unused in the cell stay; those of types go', () => {
    expect(code("use();\nimport { use } from 'x'")).toMatch(/^let __dinnb_module_1 = .*\nuse\(\);$/);
    expect(code("import type { A } from 'a'; import { type B } from 'b'; import type C = require('c')")).toBe('');
  });

  test('import() and import.meta', () => {
    expect(code("const load = () => import('x')")).toBe("let load = () => __dinnb_import('x');");
    expect(code('import.meta.url')).toBe('__dinnb_meta.url;');
  });
});

describe('interrupts', () => {
  test('loops tick', () => {
    for (const loop of ['for (;;)', 'while (x)', 'for (const a of b)', 'for (const a in b)']) {
      expect(code(`${loop} f()`)).toBe(`${loop} {\n    __dinnb_tick();\n    f();\n}`);
    }
    expect(code('do { f() } while (x)')).toBe('do {\n    __dinnb_tick();\n    f();\n} while (x);');
    expect(code('const g = () => { while (x) f() }')).toContain('__dinnb_tick()');
  });

  test('awaits of the cell name their run, those of functions do not', () => {
    expect(code('await f()')).toBe('__dinnb_check(await __dinnb_hold(f(), 7), 7);');
    expect(code('async () => await f()')).toBe('async () => __dinnb_check(await f());');
    expect(code('for await (const a of b) {}')).toBe(
      'for await (const a of __dinnb_each(b, 7)) {\n    __dinnb_tick();\n}',
    );
  });
});

describe('the rest', () => {
  test('nothing of nothing', () => {
    for (const source of [
      '',
      '// a comment',
      'interface A {}',
      'type B = 1',
      'declare const y: number',
      '"use strict"',
    ]) {
      expect(code(source).replace(/^\/\/.*/, ''), source).toBe('');
    }
  });

  test('texts that look like directives stay values', () => expect(code("'hello'")).toBe("'hello';"));

  test('a shebang is a comment', () => expect(code('#!/usr/bin/env x\nlet a')).toBe('///usr/bin/env x\nlet a;'));

  test('parameters', () => {
    expect(code("const data = 'x', n = 2 as number; let m = f(); const { p } = q; let u", true)).toBe(
      'let data = __dinnb_parameter("data", \'x\'), n = __dinnb_parameter("n", 2);\nlet m = __dinnb_parameter("m", f());\nlet { p } = q;\nlet u;',
    );
  });

  test('the source map leads back to the cell', () => {
    const compiled = compileCell('type X = {\n  a: number }\n\n  fail(1 as number)', { run: 1, parameters: false });
    if (!compiled.ok) throw new Error('does not compile');
    const lines = compiled.cell.code.split('\n');
    const line = lines.findIndex((text) => text.includes('fail('));
    const entry = new SourceMap(JSON.parse(compiled.cell.map)).findEntry(line, lines[line]!.indexOf('fail('));
    expect(entry).toMatchObject({ originalLine: 3, originalColumn: 2 });
  });

  test('what is not TypeScript: every problem with its place', () => {
    expect(compileCell('const a = ;\n foo bar', { run: 1, parameters: false })).toEqual({
      ok: false,
      problems: [
        { message: 'Expression expected.', line: 1, column: 11 },
        { message: 'Unexpected keyword or identifier.', line: 2, column: 2 },
      ],
    });
  });
});

describe('what makes the compiler itself throw', () => {
  const fails = (source: string) => {
    const compiled = compileCell(source, { run: 1, parameters: false });
    return compiled.ok ? undefined : compiled.problems[0];
  };

  test('an import in the middle of a statement is a syntax error at its place', () => {
    expect(fails('let fine = 1;\nif (import type s')).toMatchObject({
      line: 2,
      message: expect.stringMatching(/expected/),
    });
    expect(fails('class A { import type s')).toMatchObject({ line: 1 });
  });

  test('nesting without end is told with its place, and so is a parser that gives up', () => {
    expect(fails(`\n${'['.repeat(200_000)}`)).toMatchObject({
      line: 2,
      message: expect.stringMatching(/nested too deeply/),
    });
    expect(fails(`${'('.repeat(200_000)}1${')'.repeat(200_000)}`)?.message).toMatch(/nested too deeply/);
  });
});
