import ts from 'typescript';
import { expect, test } from 'vitest';
import { emitWithChecker, emitWithoutChecker } from '../../../src/kernel/compile/emit';
import { readCorpus } from '../../corpus';

const cells = [...readCorpus('valid'), ...readCorpus('errors')].flatMap((notebook) => notebook.cells);
const OPTIONS: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.ESNext,
  verbatimModuleSyntax: true,
  sourceMap: true,
  jsx: ts.JsxEmit.React,
};
const CONFIGURATIONS: ts.CompilerOptions[] = [
  {},
  { experimentalDecorators: true, emitDecoratorMetadata: true },
  { useDefineForClassFields: false },
];
const MORE: string[] = [
  '',
  '// a comment only',
  '1+1',
  'class A { #p = 1; static s = A; constructor(private x: number, readonly y = x) {} static { A.s; } get z() { return this.#p; } }',
  'class B extends A { declare d: string; x = 1; override y!: number; accessor z = 2; }',
  'function f(this: Window, a?: number, ...r: string[]): asserts a {}; let [x = 1, { y, ...z }] = f<number>(a! as any satisfies unknown);',
  'import a, { type B, c as d } from "x"; import type E from "y"; import * as n from "z"; export { c, type D } from "w"; export * from "v"; export default a;',
  'label: for await (const x of y) { if (x?.z ?? 1) continue label; else break; }',
  'const t = `a${1 + `b${2}`}`; const r = /a\\/b/gu; const big = 10n ** 2n; x ||= y; `tag`;',
  'declare const q: number; interface I { a: string } type T<K> = { [P in keyof K]: K[P] }; abstract class C<T> { abstract m(): T; }',
  '@decorated class D { @field a = 1; @method() m(@parameter p: number) {} }',
  'using handle = open(); await using other = open();',
  'const { a, b } = await import("./x"); (async () => { for (const i of a) await i; })();',
];

test('what is emitted without a type checker is what transpileModule emits, map and complaints included', () => {
  let unasked = 0;
  const sources = [...cells.map(({ source }) => source), ...MORE];
  for (const [index, source] of sources.entries()) {
    const request = {
      fileName: 'cell.ts',
      compilerOptions: { ...OPTIONS, ...CONFIGURATIONS[index % CONFIGURATIONS.length] },
    };
    const without = emitWithoutChecker(source, request);
    if (!without) continue;
    unasked += 1;
    const whole = emitWithChecker(source, request);
    expect([source, without.code, without.map]).toEqual([source, whole.code, whole.map]);
    expect(without.diagnostics.map(place)).toEqual(whole.diagnostics.map(place));
  }
  // It would be of no use if it were rare.
  expect(unasked / sources.length).toBeGreaterThan(0.9);
});

test('where the checker is asked, it decides: the values of enumerations, the types of decorators', () => {
  const decorated = { ...OPTIONS, experimentalDecorators: true, emitDecoratorMetadata: true };
  for (const [source, compilerOptions] of [
    ['enum A { x = 1, y = x << 2, z }', OPTIONS],
    ['namespace N { export const a = 1; export const b = a; }', OPTIONS],
    ['class D { @field a: Map<string, number> }', decorated],
  ] as const) {
    expect(emitWithoutChecker(source, { fileName: 'cell.ts', compilerOptions })).toBeUndefined();
  }
});

const place = ({ code, start, messageText }: ts.Diagnostic) => [
  code,
  start,
  ts.flattenDiagnosticMessageText(messageText, '\n'),
];
