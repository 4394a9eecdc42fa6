import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { usesOf } from '../../../src/language/uses';

const read = (source: string) => usesOf(ts, ts.createSourceFile('cell.ts', source, ts.ScriptTarget.ES2022, true));

function uses(source: string) {
  const { declared, reads, writes } = read(source);
  const line = (names: string[]) => names.sort().join(' ');
  return [line(declared), line(reads), line(writes)];
}

it('tells what only functions read', () => {
  expect(read('const f = () => a + b; b; class C { m() { return c; } } d').later.sort()).toEqual(['a', 'c']);
});

describe('usesOf', () => {
  it.each([
    ['const a = b + 1', 'a', 'b', ''],
    ['a.b.c(d.e)', '', 'a d', ''],
    ['x += y; z = 1; count++', '', 'count x y', 'count x z'],
    ['({ a, b: c, ...rest } = source); [p, q = r] = list', '', 'list r source', 'a c p q rest'],
    ['for (const row of rows) use(row)', '', 'rows use', ''],
    ['for (item of items) {}', '', 'item items', 'item'], // there may be none: then it is what it was
    ['if (a) x = b; c ? (y = 1) : 0; d ??= e', '', 'a b c d e x y', 'd x y'],
    ['x = 1; x += y; () => x; z = z + 1; [w] = w', '', 'w y z', 'w x z'],
    ['for (var i = 0; i < n; i++) {}', 'i', 'n', ''],
    ['function f(a, { b = c }) { const d = a + b; return d + e; } f()', 'f', 'c e', ''],
    ['const f = (x) => { { let y = x; } return y; }', 'f', 'y', ''],
    ['class A extends B { c = d; m(e) { return this.f + e + g; } get h() { return i; } }', 'A', 'B d g i', ''],
    ['const o = { a: b, c, [d]: e, f() { return g; } }', 'o', 'b c d e g', ''],
    ['let t: Table<Row> = load() as Typed; interface Row { a: Other }', 'Row t', 'load', ''],
    ['import { a as b } from "m"; import * as c from "n"; b(c, d)', 'b c', 'd', ''],
    ['try { a() } catch (error) { b(error) }', '', 'a b', ''],
    ['switch (a) { case b: { const c = 1; c; } default: let d = e; d; }', '', 'a b e', ''],
    ['outer: for (;;) { break outer; }', '', '', ''],
    [['`', '{a} ', '{b.c}`; tag`x ', '{d}`'].join('$'), '', 'a b d tag', ''],
    ['const { a: { b }, c = d } = e; const [f, ...g] = h', 'b c f g', 'd e h', ''],
    ['(function inner() { inner(); arguments; })(); new.target', '', '', ''],
    ['if (a) { var late = b; } late', 'late', 'a b', ''],
    ['enum E { A = b } namespace N { export const c = d; c; }', 'E N', 'b d', ''],
    ['a?.b?.[c]; delete d.e; typeof f; await g; void h', '', 'a c d f g h', ''],
    ['const x = x1 satisfies T; y!; <U>z', 'x', 'x1 y z', ''],
    ['let a = 1; { let a = 2; a = 3; } a = 4', 'a', '', ''],
    ['function f() { total += 1; }', 'f', 'total', 'total'],
  ])('%s', (source, declared, reads, writes) => {
    expect(uses(source)).toEqual([declared, reads, writes]);
  });
});
