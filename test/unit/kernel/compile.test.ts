import { SourceMap } from 'node:module';
import { describe, expect, test } from 'vitest';
import { type CompiledCell, compileCell } from '../../../src/kernel/compile/compile';

/** The code of a cell without its fixed first and last lines, and without the call that hands its value over. */
function code(source: string, parameters = false): string {
  const lines = compiled(source, parameters).code.split('\n');
  expect(lines[0]).toBe('"use strict";');
  expect(lines.at(-1)).toBe('void 0;');
  return lines
    .slice(1, -1)
    .join('\n')
    .replace(/^__dinnb_value\(([\s\S]*), 7\);$/m, '$1;')
    .trim();
}

function compiled(source: string, parameters = false): CompiledCell {
  const result = compileCell(source, { run: 7, parameters });
  if (!result.ok) throw new Error(JSON.stringify(result.problems));
  return result.cell;
}

describe('declarations', () => {
  test('const, enums and namespaces become let', () => {
    expect(code('const a: number = 1; let c')).toBe('let a = 1;\nlet c;');
    expect(code('enum E { A }')).toMatch(/^let E;\n\(function \(E\)/);
    expect(code('namespace N { export const z = 1 }')).toMatch(/^let N;\n\(function \(N\)/);
    expect(code('const { a, b: [c] } = x')).toBe('let { a, b: [c] } = x;');
  });

  test('functions come first and stay assignable; the last of a name wins', () => {
    expect(code('f();\nfunction f() { return 1 }')).toBe('let f = function () { return 1; };\nf();');
    expect(code('async function* g(n: number) {}')).toBe('let g = async function* (n) { };');
    expect(code('function f() { return 1 } function f() { return 2 }')).toBe('let f = function () { return 2; };');
  });

  test('markup is made by what a comment names', () => {
    expect(code('/** @jsx h */\n<b>t</b>')).toContain('h("b", null, "t")');
    expect(code('/** @jsxImportSource mini */\n<b>t</b>')).toMatch(
      /"mini\/jsx-runtime"[^;]*, _jsx = [\s\S]*_jsx\("b", \{ children: "t" \}\)/,
    );
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

  test('every var is lifted: assigned where it stands, declared before the cell runs', () => {
    const lifted = (source: string, parameters = false) => [
      code(source, parameters),
      ...compiled(source, parameters).vars,
    ];
    expect(lifted('var a: number = 1; var b; a')).toEqual(['void (a = 1);\n;\na;', 'a', 'b']);
    expect(lifted('if (x) { var y = 1 }')).toEqual(['if (x) {\n    void (y = 1);\n}', 'y']);
    const [loop, ...names] = lifted('for (var i = 0, n = 3; i < n; i++) {}');
    expect(loop).toMatch(/^for \(i = 0, n = 3; i < n; i\+\+\) \{/);
    expect(names).toEqual(['i', 'n']);
    const [pattern, ...inPattern] = lifted('for (var [k, { v = 1, ...o }] of xs) {}');
    expect(pattern).toMatch(/^for \(\[k, \{ v: v = 1, \.\.\.o \}\] of xs\) \{/);
    expect(inPattern).toEqual(['k', 'v', 'o']);
    expect(code('for (var k in x) k')).toMatch(/^for \(k in x\) \{/);
    expect(lifted('var a = 1; var a = 2')).toEqual(['void (a = 1);\nvoid (a = 2);', 'a']);
    expect(lifted('function f() { var inside = 1 } var f')).toEqual(['let f = function () { var inside = 1; };\n;']);
    expect(lifted('var rate = 0.1 as number, { p } = q', true)).toEqual([
      'void (rate = __dinnb_parameter("rate", 0.1), { p: p } = q);',
      'rate',
      'p',
    ]);
  });

  test('a var of a name that is something else too stays, for V8 to refuse', () => {
    for (const other of ['let a', 'class a {}', 'import a from "x"', 'import { b as a } from "x"', 'enum a {}']) {
      expect(compiled(`${other}; var a = 2`).vars, other).toEqual([]);
    }
  });

  test('an assignment to a const of the same cell is an error at its place, whatever form it has', () => {
    const at = (source: string) => {
      const result = compileCell(source, { run: 1, parameters: false });
      return result.ok ? 'runs' : result.problems.map(({ line, column }) => `${line}:${column}`).join();
    };
    expect(compileCell('const k = 1;\n  k = 2', { run: 1, parameters: false })).toEqual({
      ok: false,
      problems: [{ message: "Cannot assign to 'k' because it is a constant.", line: 2, column: 3 }],
    });
    expect(at('const k = 1; k++')).toBe('1:14');
    expect(at('const k = 1; --k; k += 1')).toBe('1:16,1:19');
    expect(at('const { k } = o; [k] = [1]')).toBe('1:19');
    expect(at('const [k] = o; ({ a: k } = o); ({ k } = o); ({ k = 1 } = o)')).toBe('1:22,1:35,1:48');
    expect(at('const k = 1; for (k of []) {}; for (k in {}) {}')).toBe('1:19,1:37');
    expect(at('const k = 1; function f() { k = 2 }')).toBe('1:29');
    expect(at('const k = 1; k ??= 2')).toBe('1:14');
    expect(at('const k = 1, unset; declare const elsewhere: number')).toBe('1:14');
    for (const fine of [
      'const k = 1; { let k = 2; k = 3 }',
      'const k = 1; const f = (k) => { k = 2 }',
      'let k = 1; k = 2',
      'k = 2',
      'const k = {}; k.a = 1; k["b"]++',
      'const k = 1; var o = {}; ({ k: o.a } = { k })',
    ]) {
      expect(at(fine), fine).toBe('runs');
    }
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

describe('the value of a cell', () => {
  const handed = (source: string) => /__dinnb_value\(([\s\S]*), 7\);/.exec(compiled(source).code)?.[1];

  test('is that of its last statement, if that is an expression', () => {
    expect(handed('1; 2')).toBe('2');
    expect(handed('2;;')).toBe('2');
    expect(handed('2\ninterface Late { a: 1 } type T = 1; declare const d: T; export {}')).toBe('2');
    expect(handed('export default 5')).toBe('5');
    expect(handed("'hello'")).toBe("'hello'");
    for (const none of [
      '5; const x = 3',
      '5; { 6 }',
      'for (const a of b) a',
      'if (a) b',
      '5; class C {}',
      'f(); function f() {}',
      'try { 1 } finally { 2 }',
    ]) {
      expect(handed(none), none).toBeUndefined();
    }
  });

  test('a cell that is one object is that object, with its places', () => {
    expect(handed('{ a: 1, b: 2 }')).toBe('({ a: 1, b: 2 })');
    expect(handed('{ a: 1, b: 2 };')).toBe('({ a: 1, b: 2 })');
    expect(handed('// a comment\n{ a: 1 }\n// another')).toContain('{ a: 1 }');
    expect(handed('{}')).toBe('({})');
    expect(handed('{ ...a } as T')).toBe('{ ...a }');
    expect(compiled('{ a: 1 }').indent).toBe(1);
    for (const block of ['{ f() }', '{ x = 1 }', '{ let a = 1; a }', '{ a: 1 }\n[0]', '{ for (;;) break }']) {
      expect(compiled(block).indent, block).toBe(0);
    }
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
    const { code, map } = compiled('type X = {\n  a: number }\n\n  fail(1 as number)');
    const lines = code.split('\n');
    const line = lines.findIndex((text) => text.includes('fail('));
    const entry = new SourceMap(JSON.parse(map)).findEntry(line, lines[line]!.indexOf('fail('));
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
    const result = compileCell(source, { run: 1, parameters: false });
    return result.ok ? undefined : result.problems[0];
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
