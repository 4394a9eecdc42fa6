import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { TestKernel, until } from './kernel';

let kernel: TestKernel;
beforeAll(async () => {
  kernel = await TestKernel.start();
});
afterAll(() => kernel.stop());

test('the last expression is the value of a cell; undefined is not shown', async () => {
  expect(await kernel.value('1 + 1')).toBe('2');
  expect(await kernel.value('await Promise.resolve("after await")')).toBe("'after await'");
  expect(await kernel.value('{ a: 1, b: 2 }')).toBe('{ a: 1, b: 2 }');
  for (const end of [';', ' ; ;', '\n; // a comment; with { braces }', ' as const;'])
    expect(await kernel.value(`{ a: 1, b: 2 }${end}`), end).toBe('{ a: 1, b: 2 }');
  expect(await kernel.value('{ a: 1 };')).toBe('{ a: 1 }');
  // Blocks, and statements behind one.
  for (const block of ['{ let a = 1; a };', '{ a: 1 };\n[1].at(0); undefined', '{ a: 1 }\n;(() => {})()'])
    expect(await kernel.value(block), block).toBeUndefined();
  expect(await kernel.value('({ a: 1 }) // a comment')).toBe('{ a: 1 }');
  expect(await kernel.value("'hello'")).toBe("'hello'");
  expect(await kernel.value('[10n, -0, NaN, null, Symbol("s")]')).toBe('[ 10n, -0, NaN, null, Symbol(s) ]');
  expect(await kernel.value('null')).toBe('null');
  for (const nothing of [
    '',
    '// only a comment',
    'const quiet = 1',
    'undefined',
    'interface A { a: 1 }',
    '"use strict"',
    '5; const x3 = 3;',
    'let n = 0; for (const i of [1, 2, 3]) n += i',
    'if (true) { "in a block" }',
  ]) {
    const { result, outputs } = await kernel.run(nothing);
    expect(result.ok, nothing).toBe(true);
    expect(outputs, nothing).toEqual([]);
  }
});

test('a very long string as the value is shown shortened', async () => {
  expect(await kernel.value("'x'.repeat(100_000_000)")).toMatch(/^'x{10000}'\.\.\. 99990000 more characters$/);
});

test('names can be declared again, in any form, by later cells', async () => {
  const forms = [
    ['const x: number = 1', 'x', '1'],
    ['let x = 2', 'x', '2'],
    ['var x = 3', 'x', '3'],
    ['function x() { return 4 }', 'x()', '4'],
    ['class x { static n = 5 }', 'x.n', '5'],
    ['enum x { A = 6 }', 'x.A', '6'],
    ['namespace x { export const n = 7 }', 'x.n', '7'],
    ['const [x, { y }] = [8, { y: 0 }]', 'x', '8'],
    ['for (var x = 0; x < 9; x++) {}', 'x', '9'],
    ['import { sep as x } from "node:path"', 'x', "'/'"],
    ['export const x = 10', 'x', '10'],
    ['import x = require("node:os")', 'typeof x.cpus', "'function'"],
  ] as const;
  for (const [before] of forms) {
    for (const [after, expression, value] of forms) {
      expect((await kernel.run(before)).result.error, before).toBeUndefined();
      expect((await kernel.run(after)).result.error, `${before}; then ${after}`).toBeUndefined();
      expect(await kernel.value(expression), `${before}; then ${after}`).toBe(value);
    }
  }
});

test('a failed declaration can be repaired by running the cell again', async () => {
  const { result } = await kernel.run('const broken: number = (() => { throw new Error("first") })()');
  expect(result.error?.message).toBe('first');
  expect(await kernel.value('const broken = 2; broken')).toBe('2');
});

test('a const of the same cell is constant; a var keeps its value when its cell runs again', async () => {
  const { result } = await kernel.run('const fixed = 1;\nfixed = 2');
  expect(result.error).toMatchObject({ message: expect.stringMatching(/'fixed' because it is a constant/) });
  expect(result.error!.stack).toMatch(/at cell \d+:2:1\n\n2 \| fixed = 2\n {4}\^/);
  for (const expected of ['1', '2']) expect(await kernel.value('var c = (c ?? 0) + 1; c')).toBe(expected);
  expect(await kernel.value('for (var c = 0; c < 4; c++);\nc')).toBe('4');
  const inFirstLine = await kernel.run('{ a: 1, b: nowhere }');
  expect(inFirstLine.result.error!.stack).toMatch(/at cell \d+:1:12/);
});

test('cells are TypeScript: decorators, using, enums, type-only code, functions before their declaration', async () => {
  expect(await kernel.value('const eight = twice(4); function twice(n: number) { return 2 * n }\neight')).toBe('8');
  expect((await kernel.run('twice(4); function twice(n: number) { return 2 * n }')).outputs).toEqual([]);
  expect((await kernel.run('type Pair = [number, string]; declare const nowhere: Pair')).result.ok).toBe(true);
  const decorated = `
    const log: string[] = [];
    function seen(_value: unknown, context: ClassMethodDecoratorContext) { log.push(String(context.name)) }
    class Model { @seen fit() {} accessor rate = 0.1 }
    [log, new Model().rate]`;
  expect(await kernel.value(decorated)).toBe("[ [ 'fit' ], 0.1 ]");
  const using = `
    const order: string[] = [];
    { using a = { [Symbol.dispose]() { order.push('disposed') } }; order.push('used'); }
    order`;
  expect(await kernel.value(using)).toBe("[ 'used', 'disposed' ]");
  expect(
    await kernel.value('using top = { [Symbol.dispose]() { order.push("top") } }; const inside = 41; inside + 1'),
  ).toBe('42');
  expect(await kernel.value('[order.at(-1), inside]')).toBe("[ 'top', 41 ]");
  expect(await kernel.value('export default 5')).toBe('5');
  expect(await kernel.value('#!/usr/bin/env dinnb\n2 + 2')).toBe('4');
});

test('cells are strict, as modules are', async () => {
  const { result } = await kernel.run('undeclaredName = 1');
  expect(result.error?.message).toBe('undeclaredName is not defined');
});

test('stdout, stderr and display() keep their order', async () => {
  const { outputs } = await kernel.run(`
    console.log('one'); display({ 'text/plain': 'two' }); console.error('three');
    process.stdout.write('four\\n'); process.stdout.write(new TextEncoder().encode('fünf\\n')); 'six'`);
  expect(
    outputs.map((o) => (o.type === 'stream' ? `${o.name}: ${o.text}` : o.type !== 'error' && o.data['text/plain'])),
  ).toEqual(['stdout: one\n', 'two', 'stderr: three\n', 'stdout: four\nfünf\n', "'six'"]);
});

test('output arrives while the main thread is blocked', async () => {
  // Blocked until the test has seen what came before.
  const flag = path.join(kernel.folder, 'seen');
  const { cellId, seen } = kernel.begin(`
    console.log('before');
    const seen = ${JSON.stringify(flag)}; while (!require('node:fs').existsSync(seen));
    console.log('after')`);
  await until(() => kernel.seen(cellId).printed === 'before\n', 'the first line arrived');
  writeFileSync(flag, '');
  expect((await seen).printed).toBe('before\nafter\n');
});

test('cells run one after another, in the order they were started', async () => {
  const first = kernel.begin('const trail = ["a"]; await new Promise((r) => setTimeout(r, 100)); trail.push("b")');
  const second = kernel.begin('trail.push("c"); trail');
  const [one, two] = await Promise.all([first.seen, second.seen]);
  expect(two.value).toBe("[ 'a', 'b', 'c' ]");
  expect(two.result.executionCount).toBe(one.result.executionCount + 1);
  expect(two.result.startedAt).toBeGreaterThanOrEqual(one.result.endedAt);
});

test('globals of a notebook', async () => {
  expect(await kernel.value('[typeof tf.tensor, typeof din.models, typeof display, typeof params, typeof fetch]')).toBe(
    "[ 'function', 'object', 'function', 'object', 'function' ]",
  );
  expect(await kernel.value('__dirname === process.cwd()')).toBe('true');
  expect(await kernel.value('import.meta.filename === __filename && __filename.endsWith("test.dinnb")')).toBe('true');
  expect(await kernel.value('require("node:path").basename(__filename)')).toBe("'test.dinnb'");
});

test('what the host says to Electron is not said to what cells start', async () => {
  const ask =
    'require("node:child_process").execFileSync(process.execPath, ["-p", "process.env.ELECTRON_RUN_AS_NODE"])';
  expect(await kernel.value(`[process.env.ELECTRON_RUN_AS_NODE, String(${ask}).trim()]`)).toBe(
    "[ undefined, 'undefined' ]",
  );
});

test('the whole console works', async () => {
  const { printed, result } = await kernel.run(`
    console.group('outer'); console.log('%s is %d', 'answer', 42); console.groupEnd(); console.table([{ a: 1 }]);
    console.count('n'); console.timeStamp('mark'); new console.Console(process.stdout).log('another'); console.assert(true)`);
  expect(result.error).toBeUndefined();
  expect(printed).toMatch(/^outer\n {2}answer is 42\n┌[\s\S]*│\s*0\s*│\s*1\s*│[\s\S]*n: 1\nanother\n$/);
});
