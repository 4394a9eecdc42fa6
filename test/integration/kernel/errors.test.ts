import { afterAll, beforeAll, expect, test } from 'vitest';
import { TestKernel, until } from './kernel';

let kernel: TestKernel;
beforeAll(async () => {
  kernel = await TestKernel.start(
    {},
    {
      'fails.ts': `interface Options { n: number }\n\nexport function fail({ n }: Options): never {\n  throw new RangeError(\`bad \${n}\`);\n}\n`,
      'broken.ts': 'export const a = 1;\nexport const = 2;\n',
    },
  );
});
afterAll(() => kernel.stop());

async function failure(source: string) {
  const { result, outputs } = await kernel.run(source);
  expect(result.ok, source).toBe(false);
  const last = outputs.at(-1);
  expect(last).toEqual({ type: 'error', error: result.error });
  return result.error!;
}

test('an error names cell, line and column of the source; frames of the kernel are gone', async () => {
  const { result } = await kernel.run(
    'interface P { a: number }\nconst thrower = (p: P) => {\n  throw new RangeError("bad " + p.a);\n};',
  );
  // cells are named by their execution number, as beside the cell
  const first = result.executionCount;
  const error = await failure('// a comment\n\ntype X = {\n  a: number }\nthrower({ a: 3 });');
  expect(error).toMatchObject({ name: 'RangeError', message: 'bad 3' });
  expect(error.stack.split('\n')).toEqual([
    'RangeError: bad 3',
    `    at thrower (cell ${first}:3:9)`,
    `    at cell ${first + 1}:5:1`,
    '',
    '3 |   throw new RangeError("bad " + p.a);',
    '            ^',
  ]);
});

test('errors after an await and in async functions', async () => {
  const error = await failure('async function deep() {\n  await 0;\n  thrower({ a: 4 });\n}\nawait deep();');
  expect(error.stack).toMatch(
    /at thrower \(cell \d+:3:9\)\n {4}at (async )?deep \(cell \d+:3:3\)\n {4}at async cell \d+:5:/,
  );
});

test('a cell that is not TypeScript: place, line and mark', async () => {
  const error = await failure('const fine = 1;\nconst a: number = ;\n');
  const place = error.message.match(/cell (\d+):2:19/);
  expect(error.name).toBe('SyntaxError');
  expect(place).not.toBeNull();
  expect(error.stack).toContain('2 | const a: number = ;\n                      ^');
});

test.each([
  ['brackets', `const fine = 1;\nlet q = ${'['.repeat(5000)}1${']'.repeat(5000)};`, 2],
  ['calls in a chain', `let q: any = { f() { return q; } }; q${'.f()'.repeat(5000)};`, 1],
  ['blocks', `const fine = 1;\n${'{'.repeat(8000)}${'}'.repeat(8000)}`, 2],
  ['statements without brackets', `const fine = 1;\n${'if (1) '.repeat(8000)};`, 2],
  ['namespaces', `const fine = 1;\n${'namespace A {'.repeat(5000)}${'}'.repeat(5000)}`, 2],
  ['markup', `const fine = 1;\n${'<a>'.repeat(5000)}${'</a>'.repeat(5000)}`, 2],
  ['what the compiler’s stack is not enough for', `const a = ${'('.repeat(200_000)}1${')'.repeat(200_000)};`, 1],
])('too deep a nesting of %s is said to be one, at its place', async (_, source, line) => {
  const error = await failure(source);
  expect(error).toMatchObject({ name: 'SyntaxError', message: expect.stringMatching(/nested too deeply/) });
  expect(error.message).toMatch(new RegExp(`cell \\d+:${line}:`));
});

test('what people and generators write is not nested too deeply', async () => {
  const nested = (open: string, close: string) => `${open.repeat(200)};${close.repeat(200)}`;
  for (const source of [
    nested('if (1) {', '}'),
    nested('for (const turn of [1]) {', '}'),
    nested('function f() {', '}'),
    nested('(() => {', '})()'),
    nested('namespace A {', '}'),
    'if (0); else '.repeat(1200),
    `const sum = ${'1 + '.repeat(1200)}1`,
    `const last = ${'0 ? 0 : '.repeat(400)}1`,
  ])
    expect((await kernel.run(`${source};`)).result, source.slice(0, 40)).toMatchObject({ ok: true });
});

test('a function that calls itself for ever is no matter of nesting', async () => {
  const error = await failure('function again(n: number): number {\n  return again(n + 1) + 1;\n}\nagain(0);');
  expect(error).toMatchObject({ name: 'RangeError', message: 'Maximum call stack size exceeded' });
  expect(error.stack).toMatch(/at again \(cell \d+:/);
});

test('what only V8 finds wrong has a place too', async () => {
  const twice = await failure('let x1 = 1;\nlet x1 = 2;');
  expect(twice).toMatchObject({ name: 'SyntaxError' });
  expect(twice.stack).toMatch(/at cell \d+:2:5/);
  expect((await failure('return 5')).stack).toMatch(/at cell \d+:1:1/);
});

test('a runtime SyntaxError is not taken for one of the cell', async () => {
  const error = await failure('\nJSON.parse("{")');
  expect(error.name).toBe('SyntaxError');
  expect(error.stack).toMatch(/at JSON.parse \(<anonymous>\)\n {4}at cell \d+:2:6/);
});

test('causes and aggregated errors are told', async () => {
  const cause = await failure('throw new Error("outer", { cause: new TypeError("inner") })');
  expect(cause.stack).toMatch(/^Error: outer\n {4}at cell \d+:1:7\nCaused by: TypeError: inner\n {4}at cell \d+:1:/);
  const all = await failure('throw new AggregateError([new Error("a"), new Error("b")], "both")');
  expect(all.stack).toMatch(/AggregateError: both[\s\S]*Error 1 of 2: Error: a\n[\s\S]*Error 2 of 2: Error: b/);
  const circular = await failure('const loop = new Error("loop"); loop.cause = loop; throw loop');
  expect(circular.stack).toContain('(the same error again)');
});

test('whatever is thrown is told', async () => {
  expect((await failure('throw "text"')).message).toContain("'text'");
  expect((await failure('\nthrow { a: 1 }')).stack).toMatch(/\{ a: 1 \}\n {4}at cell \d+/);
  expect((await failure('throw undefined')).message).toContain('undefined');
  expect((await failure('await Promise.reject(null)')).message).toContain('null');
  const hostile = `
    const e = new Error('hidden');
    for (const key of ['message', 'stack', 'name', 'cause']) Object.defineProperty(e, key, { get() { throw new Error('no ' + key) } });
    throw e`;
  expect((await failure(hostile)).message).toMatch(/cannot be read|no message/);
  expect((await failure('throw new Proxy({}, { get() { throw 1 }, getPrototypeOf() { throw 2 } })')).name).toBe(
    'Error',
  );
});

test('places in workspace files are those of the TypeScript file', async () => {
  const error = await failure('import { fail } from "./fails";\nfail({ n: 7 })');
  expect(error.message).toBe('bad 7');
  expect(error.stack).toMatch(/at fail \(\/.*\/fails\.ts:4:9\)\n {4}at cell \d+:2:1/);
  const broken = await failure('await import("./broken")');
  expect(broken.name).toBe('SyntaxError');
  expect(broken.message).toMatch(/broken\.ts:2:14/);
});

test('a module that is not there: the error names it and the line that imports', async () => {
  const error = await failure('\nimport nope from "nope-not-installed"');
  expect(error.message).toContain("'nope-not-installed'");
  expect(error.stack).toMatch(/cell \d+:2:/);
});

test('a printed stack is mapped as well', async () => {
  const { outputs } = await kernel.run('\nconsole.error(new Error("printed"))');
  expect(outputs).toMatchObject([
    { type: 'stream', name: 'stderr', text: expect.stringMatching(/^Error: printed\n {4}at cell \d+:2:15\n$/) },
  ]);
});

test('a rejection that nobody handles fails the cell it comes from', async () => {
  const error = await failure('Promise.reject(new Error("lost")); 0');
  expect(error).toMatchObject({ message: 'lost' });
  expect(error.stack).toMatch(/cell \d+:1:/);
});

test('an error in a timer comes to its cell, also after its end, and the kernel lives on', async () => {
  const { cellId, seen } = kernel.begin(
    'setTimeout(() => {\n  console.log("late");\n  throw new Error("late throw");\n}, 100); "started"',
  );
  expect((await seen).result.ok).toBe(true);
  await until(() => kernel.eventsOf(cellId).some((e) => e.type === 'error'), 'the error arrived');
  const error = kernel.seen(cellId).outputs.at(-1);
  expect(error).toMatchObject({
    type: 'error',
    error: { message: 'late throw', stack: expect.stringMatching(/cell \d+:3:9/) },
  });
  expect(kernel.seen(cellId).printed).toBe('late\n');
  expect(await kernel.value('"alive"')).toBe("'alive'");
});

test('late output goes to the cell that started it, where Node can follow it', async () => {
  const [major] = kernel.session.info.node.split('.').map(Number);
  const first = kernel.begin('setTimeout(() => console.log("from the first"), 150)');
  await first.seen;
  const second = kernel.begin('await new Promise((r) => setTimeout(r, 300))');
  await second.seen;
  const expected = major! >= 22 ? first : second;
  await until(() => kernel.seen(expected.cellId).printed === 'from the first\n', 'the late line is in its cell');
});

test('an unending recursion is an error like others', async () => {
  expect((await failure('(function deeper(): void { deeper() })()')).message).toMatch(/call stack/);
});

test('what an error carries is told: code, status, of causes too', async () => {
  const missing = await failure('require("node:fs").readFileSync("/nowhere/at/all")');
  expect(missing.stack).toMatch(
    /at cell \d+:1:\d+\n\{[^}]*code: 'ENOENT'[^}]*path: '\/nowhere\/at\/all'[^}]*\}\n\n1 \| require/,
  );
  const outer = await failure(
    'const inner = Object.assign(new Error("inner"), { status: 404, body: "x".repeat(5000) }); throw new Error("outer", { cause: inner })',
  );
  expect(outer.stack).toMatch(/Caused by: Error: inner\n {4}at cell [\d:]+\n\{\s+status: 404,\s+body: /);
  expect(outer.stack.length).toBeLessThan(2000);
  expect((await failure('throw new Error("nothing more")')).stack).not.toContain('{');
  const resists = await failure(
    'throw Object.defineProperty(new Error("e"), "x", { enumerable: true, get() { throw 1 } })',
  );
  expect(resists.message).toBe('e');
});

test('a printed error with a cause is printed whole, with matching braces', async () => {
  for (const source of [
    'console.error(new Error("outer", { cause: new Error("inner", { cause: new Error("innermost") }) }))',
    'console.error(new AggregateError([new Error("a", { cause: new Error("b") }), new Error("c")], "all"))',
    'console.error(Object.assign(new Error("with code"), { code: "E1" }))',
    'await new Promise((done) => setTimeout(() => { console.error(new Error("outer", { cause: new Error("inner") })); done(0) }, 1))',
  ]) {
    const { outputs } = await kernel.run(source);
    const text = outputs.map((output) => (output.type === 'stream' ? output.text : '')).join('');
    expect(text.match(/\{/g)?.length, text).toBe(text.match(/\}/g)?.length);
    expect(text).toContain('{');
    expect(text).not.toMatch(/node:internal|lines matching/);
  }
});

test('packages that need `domain` work, and errors are still reported', async () => {
  const caught = await kernel.run(`
    const domain = require('node:domain').create();
    const caught = await new Promise((resolve) => {
      domain.on('error', resolve);
      domain.run(() => setTimeout(() => { throw new Error('in the domain') }, 1));
    });
    (caught as Error).message`);
  expect(caught.value).toBe("'in the domain'");
  const { cellId, seen } = kernel.begin('setTimeout(() => { throw new Error("outside") }, 1)');
  await seen;
  await until(() => kernel.eventsOf(cellId).some((e) => e.type === 'error'), 'the error arrived');
  expect(await kernel.value('"alive"')).toBe("'alive'");
});
