import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseNotebook } from '../../../src/notebook/parse';
import { hover, problems, root } from './notebook';

describe('the cells of a notebook as one module', () => {
  it('names go from cell to cell; real errors are underlined at their place', () => {
    expect(problems('const a = 1;', 'const b: string = a;', 'a.toFixed(2); b.nothing')).toEqual([
      "2 'b' error 2322: Type 'number' is not assignable to type 'string'.",
      "3 'nothing' error 2339: Property 'nothing' does not exist on type 'string'.",
    ]);
  });

  it('a name that is declared again has its new type from there on', () => {
    const cells = ['const rows = [1];', 'rows[0]!.toFixed()', "const rows = ['a'];", 'rows[0]!.toUpperCase()'];
    expect(problems(...cells)).toEqual([]);
    expect(hover(cells, 1, 'rows')).toContain('number[]');
    expect(hover(cells, 3, 'rows')).toContain('string[]');
  });

  for (const [what, ...cells] of [
    [
      'imports in any cell',
      "import { sep } from 'node:path';",
      'sep.length',
      "import { sep } from 'node:path';\nsep.length",
      'sep',
    ],
    [
      'imports of everything, again and again',
      "import * as fs from 'node:fs';",
      "import * as fs from 'node:fs';\nfs.readFileSync('a')",
    ],
    [
      'the preloaded names',
      'tf.ones([2]).sum()',
      'display({ "text/html": "<b>a</b>" });',
      'typeof din',
      'require("node:fs"); __dirname',
    ],
    ["one's own tf", "import * as tf from '@tensorflow/tfjs';\ntf.ones([1])", 'tf.ones([2])'],
    ['top-level await', 'const one = await Promise.resolve(1);', 'one.toFixed()', 'for await (const x of [one]) x;'],
    ['var again', 'var a = 1;', "var a = 'x';", 'a.toUpperCase()', 'var a = 1; var a = 2;'],
    ['loops with var', 'for (var i = 0; i < 2; i++) i;', "for (var i of ['a']) i;"],
    [
      'types again',
      'interface A { a: number }',
      'interface A { b: string }\nconst x: A = { b: "" };',
      'type A = 1; const y: A = 1;',
    ],
    ['functions, classes, enums again', 'function f() { return 1; }', 'class f {}', 'enum f { a }', 'f.a'],
    ['exports', 'export const a = 1;', 'export const a = 2;', 'export function g() {}', 'export default 3'],
    ['names of later cells inside functions', 'function late() { return later; }', 'const later = 1;', 'late()'],
    ['the same of a name declared again', 'const v = 1;', 'const late = () => later;', 'const v = 2; const later = 1;'],
    ['empty cells and comments', '', '// nothing', '/* nothing */', '   \n\n'],
    ['shebang', '#!/usr/bin/env node\nconst a = 1;', 'a'],
    ['a value at the end', '({ a: 1 })', '[1, 2]', '`text`', '(function () {})'],
    ['lines without semicolons', 'const a = 1', '[a].length', '(a)', '`a`'],
  ] as const) {
    it(`no false error: ${what}`, () => expect(problems(...cells)).toEqual([]));
  }

  it('parameters have the types of their defaults, and may get other values', () => {
    const cells = [
      "// parameters\nconst rate = 0.1;\nconst name = 'a';\nconst on = true;",
      'rate === 0.5 && name === "b" && !on',
      'params.rate.toFixed()',
    ];
    expect(problems(...cells)).toEqual([]);
    expect(problems(...cells, 'params.nam', 'params.rate.x')).toEqual([
      "4 'nam' error 2551: Property 'nam' does not exist on type '{ rate: number; name: string; on: boolean; }'. Did you mean 'name'?",
      "5 'x' error 2339: Property 'x' does not exist on type 'number'.",
    ]);
  });

  it('in a later cell a name is what it was declared as; only that it was given something is remembered', () => {
    const cells = [
      "let best: number | null = null; const mode: 'a' | 'b' = 'a'; let given: Date | null = null;",
      'best; mode;',
      'given = new Date();',
      'given; best',
    ];
    expect(problems(...cells)).toEqual([]);
    expect(hover(cells, 1, 'best')).toBe('let best: number | null');
    expect(hover(cells, 1, 'mode')).toBe('const mode: "a" | "b"');
    expect(hover(cells, 3, 'given')).toBe('let given: Date');
    expect(problems("const mode: 'a' | 'b' = 'a'; mode === 'b'")).toHaveLength(1);
    expect(problems("const mode: 'a' | 'b' = 'a';", "mode === 'c'")).toHaveLength(1);
    expect(problems('// parameters\nconst most: number | null = 5;', 'most.toFixed()')).toHaveLength(1);
  });

  it('a list that begins empty holds what is pushed to it; what may be anything is nothing to underline', () => {
    const cells = [
      'const losses = []; let best = null;',
      'losses.push(1); best = 2;',
      'losses[0].nothing; best.nothing',
    ];
    expect(problems(...cells).map((text) => text.slice(0, 20))).toEqual([
      "3 'nothing' error 23",
      "3 'nothing' error 23",
    ]);
    expect(problems("const counts = {}; counts['a'] = 1; const f = (x) => x[0];", 'counts[f("b")]')).toEqual([]);
  });

  it('a global that a later cell declares again is itself in the cells before', () => {
    const cells = [
      'setTimeout(() => 1, 1).unref(); new Map([[1, 2]]).get(1); console.table([]); display(1).id; [1].map(Number); tf.ones([1]);',
      "import { setTimeout } from 'node:timers/promises';\nawait setTimeout(1);",
      'class Map { z = 1 } const console = { log: (x: number) => x }; function display(x: number) { return x }',
      'new Map().z + console.log(4) + display(5); tf.ones([1])',
      'const Array = 5, Promise = 6, tf = 7;',
      'Array + Promise + tf; await 1; new Map().nothing',
    ];
    expect(problems(...cells)).toEqual(["6 'nothing' error 2339: Property 'nothing' does not exist on type 'Map'."]);
  });

  it('a name of a later cell is a warning where it is needed at once', () => {
    expect(problems('later + 1', 'const later = 1;')).toEqual([
      "1 'later' warning 2448: 'later' is declared in a later cell, which must run before this one.",
    ]);
    const early =
      'lf(); lv + LN.x; sep; { ({ lf }); const lv = 1; lv }; () => lf(); [1].map(() => lv); typeof lf; setTimeout;';
    const later = [
      'function lf() { return 1 }',
      'var lv = 1; namespace LN { export const x = 1 }',
      "import { sep } from 'node:path'; function setTimeout() {}",
    ];
    const warning = (name: string) =>
      `1 '${name}' warning 2448: '${name}' is declared in a later cell, which must run before this one.`;
    expect(problems(early, ...later)).toEqual(['lf', 'lf', 'lv', 'LN', 'sep'].map(warning));
    expect(problems(...later, early)).toEqual([]);
  });

  it('half-typed cells keep their errors to themselves', () => {
    for (const half of [
      'function f() {',
      'const x = {',
      'f(',
      '`text',
      '`a ${',
      'if (true) { [',
      '/* open',
      '}',
      '}}) ]',
      "'",
      'a.',
      'const',
      'import {',
      '<',
      'class A { b(',
      '@',
      '/regex',
      'tf.ones([',
    ]) {
      const cells = ['const a = 1;', half, 'const b: number = a;', 'b.toFixed(); a.nothing'];
      const found = problems(...cells);
      expect(
        found.filter((text) => !text.startsWith('2 ')),
        half,
      ).toEqual(["4 'nothing' error 2339: Property 'nothing' does not exist on type '1'."]);
      expect(found.filter((text) => text.startsWith('2 ')).length, half).toBeGreaterThan(0);
    }
  });

  it('a half-typed cell does not keep silent what the grammar of others forbids', () => {
    const found = problems('const half = {', 'return 1', 'const unset;', 'for (;;) { break nowhere }');
    expect(found.filter((text) => !text.startsWith('1 '))).toEqual([
      "2 'return' error 1108: A 'return' statement can only be used within a function body.",
      "3 'unset' error 1155: 'const' declarations must be initialized.",
      "4 'break nowhere' error 1116: A 'break' statement can only jump to a label of an enclosing statement.",
    ]);
  });

  it('a variable of a loop that takes the name of a constant may be anything; that of its own may not', () => {
    const cells = ['const x = 1;', "for (var x of ['a']) x;", 'x.nothing', "for (var y of ['a']) y;", 'y.nothing'];
    expect(problems(...cells)).toEqual(["5 'nothing' error 2339: Property 'nothing' does not exist on type 'string'."]);
    expect(problems('const x = 1;', 'for (var x = 0, n = 2; x < n; x++); var n = 3;', 'n + x')).toEqual([]);
  });

  it('reads markup where there is some, and in no other notebook', () => {
    const react = 'const React = { createElement: () => null };';
    expect(problems(react, '<b>{missing}</b>', 'const half = <b').filter((text) => !text.startsWith('3 '))).toEqual([
      "2 'missing' error 2304: Cannot find name 'missing'.",
    ]);
    // What only reads otherwise is left alone.
    expect(problems(react, '<b>text</b>', 'const n = <number>(1 as unknown);', 'n.anything')).toEqual([]);
    expect(problems('const n = <number>(1 as unknown);', 'n.nothing')).toHaveLength(1);
    expect(problems("display.html('<b>a</b>');", 'const f = <T>(x: T) => x; f(1).nothing')).toHaveLength(1);
  });

  for (const name of readdirSync(path.join(root, 'notebooks')).filter((file) => file.endsWith('.dinnb'))) {
    it(`${name} has no false error`, () => {
      const { cells } = parseNotebook(readFileSync(path.join(root, 'notebooks', name), 'utf8'), name);
      const code = cells.filter(({ kind }) => kind === 'code');
      const sources = code.map(({ source, tags }) => (tags.includes('parameters') ? '// parameters\n' : '') + source);
      expect(problems(...sources)).toEqual([]);
    });
  }
});
