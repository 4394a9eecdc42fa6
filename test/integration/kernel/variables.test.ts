import { afterAll, beforeAll, expect, test } from 'vitest';
import type { InspectParams, InspectResult, VariableInfo } from '../../../src/outputs/inspect';
import { MIME_PLOTLY } from '../../../src/outputs/mime';
import { TestKernel, until } from './kernel';

let kernel: TestKernel;
beforeAll(async () => {
  kernel = await TestKernel.start();
});
afterAll(() => kernel.stop());

async function ask<What extends InspectResult['ok']>(params: InspectParams, ok: What) {
  const result = await kernel.session.inspect(params);
  expect(result.ok, JSON.stringify(result)).toBe(ok);
  return result as Extract<InspectResult, { ok: What }>;
}

async function variables(): Promise<{ [name: string]: Omit<VariableInfo, 'name'> }> {
  const { variables: found } = await ask({ what: 'variables' }, 'variables');
  return Object.fromEntries(found.map(({ name, ...rest }) => [name, rest]));
}

test('every kind of declaration and value in a line, and none of their code is run', async () => {
  expect(await variables()).toEqual({});
  const { result } = await kernel.run(`
    import { sep } from 'node:path';
    const text = 'hello', count = 3, big = 12n, nothing = null;
    let later: unknown;
    var list = [1, 'two', { a: 1 }];
    class Pair { constructor(readonly a = 1, readonly b = 2) {} get sum() { throw new Error('looked'); } }
    function twice(n: number) { return 2 * n; }
    const pair = new Pair(), names = new Map([['a', 1]]), unique = new Set([1, 2]), bytes = new Float32Array(3);
    const circular: any = {}; circular.self = circular;
    let looked = 0;
    const proxy = new Proxy({}, { get() { looked++; for (;;); }, ownKeys() { for (;;); }, getPrototypeOf() { for (;;); } });
    const traps = { get forever() { for (;;); }, [Symbol.for('nodejs.util.inspect.custom')]() { for (;;); }, get [Symbol.toStringTag]() { for (;;); } };
    const onProxy = Object.create(proxy);
    const table = din.data.from({ user: [3, 1, 2], genre: ['b', '', 'a'] });
    const x = tf.zeros([2, 3]), gone = tf.zeros([4]); gone.dispose();
    globalThis.shared = 5;
    Object.defineProperty(globalThis, 'trap', { get() { for (;;); }, configurable: true });
    undefined`);
  expect(result.error).toBeUndefined();
  const found = await variables();
  const line = (name: string) => {
    const { type, shape, bytes, preview } = found[name]!;
    return [type, shape, bytes, preview];
  };
  expect(line('text')).toEqual(['string', '5', 10, '"hello"']);
  expect(line('count')).toEqual(['number', '', null, '3']);
  expect(line('big')).toEqual(['bigint', '', null, '12n']);
  expect(line('nothing')).toEqual(['null', '', null, 'null']);
  expect(line('later')).toEqual(['undefined', '', null, 'undefined']);
  expect(line('list')).toEqual(['Array', '3', null, '[1, "two", Object]']);
  expect(line('Pair')).toEqual(['class', '', null, 'class Pair']);
  expect(line('twice')).toEqual(['function', '', null, 'function twice']);
  expect(line('pair')).toEqual(['Pair', '', null, '{ a: 1, b: 2 }']);
  expect(line('names')).toEqual(['Map', '1', null, '{ "a" => 1 }']);
  expect(line('unique')).toEqual(['Set', '2', null, '{ 1, 2 }']);
  expect(line('bytes')).toEqual(['Float32Array', '3', 12, '[0, 0, 0]']);
  expect(line('circular')).toEqual(['Object', '', null, '{ self: Object }']);
  expect(line('proxy')[0]).toBe('Proxy');
  expect(line('onProxy')[0]).toBe('Object');
  expect(line('traps')[3]).toContain('forever: [getter]');
  expect(line('table')).toEqual(['Table', '3 × 2', 24, 'user, genre']);
  expect(line('x')).toEqual(['Tensor float32', '[2, 3]', 24, '']);
  expect(line('gone')).toEqual(['Tensor float32', '[4]', 0, 'disposed']);
  expect(found.x!.disposable).toBe(true);
  expect(found.gone!.disposable).toBeUndefined();
  expect(line('shared')).toEqual(['number', '', null, '5']);
  expect(found.trap).toBeUndefined();
  expect(line('sep')[0]).toBe('string');
  for (const name of ['proxy', 'onProxy', 'traps', 'circular', 'pair', 'names', 'twice', 'nothing']) {
    await ask({ what: 'detail', name }, 'detail');
  }
  expect((await kernel.run('looked')).value).toBe('0');
});

test('a name that several cells declare is one variable, the last', async () => {
  await kernel.run('const again = 1; undefined');
  await kernel.run('const again = 2; undefined');
  const { variables: found } = await ask({ what: 'variables' }, 'variables');
  expect(found.filter(({ name }) => name === 'again').map(({ preview }) => preview)).toEqual(['2']);
});

test('names come as they were declared, very many at once by name', async () => {
  await kernel.run('const v10 = 1, v2 = 1, B1 = 1; undefined');
  const names = async () => (await ask({ what: 'variables' }, 'variables')).variables.map(({ name }) => name);
  expect((await names()).slice(-3)).toEqual(['v10', 'v2', 'B1']);
  const many = Array.from({ length: 300 }, (_, i) => `many${i}`);
  await kernel.run(
    `const ${many
      .toReversed()
      .map((name) => `${name} = 0`)
      .join(', ')}; undefined`,
  );
  await names(); // as the view asks after each cell
  await kernel.run('const v2 = 2, last = 1; undefined');
  expect((await names()).slice(-304)).toEqual(['v10', 'v2', 'B1', ...many, 'last'].slice(-304));
});

test('a tensor in detail, and disposing of it', async () => {
  await kernel.run('const small = tf.tensor1d([1e-8, -0, 0.1]); undefined');
  const { bundle: ofSmall } = await ask({ what: 'detail', name: 'small' }, 'detail');
  expect(ofSmall['text/plain']).toContain('first values: 1e-8, -0, 0.1');
  await kernel.run("const large = tf.tensor1d([16777216, 16777217], 'int32'); undefined");
  const { bundle: ofLarge } = await ask({ what: 'detail', name: 'large' }, 'detail');
  expect(ofLarge['text/plain']).toContain('min 16777216, max 16777217, mean 16777216.5, standard deviation 0.5');
  await ask({ what: 'dispose', name: 'small' }, 'disposed');
  await kernel.run(
    'const w = tf.tensor1d([1, 2, 3, NaN, Infinity]); const model = tf.sequential({ layers: [tf.layers.dense({ units: 2, inputShape: [3] })] }); undefined',
  );
  const { bundle } = await ask({ what: 'detail', name: 'w' }, 'detail');
  expect(bundle['text/plain']).toContain('min 1, max 3, mean 2, standard deviation 0.816497, 2 NaN or infinite');
  expect(bundle[MIME_PLOTLY]).toBeDefined();
  expect((await ask({ what: 'detail', name: 'model' }, 'detail')).bundle['text/plain']).toContain('Total params: 8');
  expect((await variables()).model).toMatchObject({
    type: 'Sequential',
    shape: '1 layers',
    bytes: 32,
    disposable: true,
  });
  const before = await ask({ what: 'variables' }, 'variables');
  expect(before.tensors.left.at(-1)!.tensors).toBe(3);
  await ask({ what: 'dispose', name: 'w' }, 'disposed');
  const after = await ask({ what: 'variables' }, 'variables');
  expect(after.tensors.count).toBe(before.tensors.count - 1);
  expect((await ask({ what: 'detail', name: 'w' }, 'detail')).bundle['text/plain']).toContain('disposed');
  expect(await kernel.session.inspect({ what: 'dispose', name: 'text' })).toMatchObject({
    ok: false,
    message: expect.stringContaining('disposed'),
  });
  expect(await kernel.session.inspect({ what: 'detail', name: 'no; such()' })).toMatchObject({
    ok: false,
    message: expect.stringContaining('no variable'),
  });
});

test('a table of a million rows, sorted and filtered in the kernel, also while it changes', async () => {
  await kernel.run(`
    var rows = 1_000_000;
    var many = din.data.from({
      n: Float64Array.from({ length: rows }, (_, i) => (i * 7919) % rows),
      genre: Array.from({ length: rows }, (_, i) => 'genre ' + (i % 18)),
    });
    var records = Array.from({ length: 1000 }, (_, i) => ({ i, odd: i % 2 === 1 }));
    undefined`);
  const page = async (name: string, query: object) =>
    (await ask({ what: 'page', name, query: { start: 0, count: 3, ...query } }, 'page')).page;
  const { table } = await ask({ what: 'detail', name: 'many' }, 'detail');
  expect([table!.rows, table!.columns.map(({ name }) => name)]).toEqual([1_000_000, ['n', 'genre']]);
  expect(await page('many', {})).toEqual({
    found: 1e6,
    numbers: [0, 1, 2],
    rows: [
      [0, 'genre 0'],
      [7919, 'genre 1'],
      [15838, 'genre 2'],
    ],
  });
  const sorted = await page('many', { sort: { column: 0, descending: true }, start: 10 });
  expect(sorted.rows.map(([n]) => n)).toEqual([999_989, 999_988, 999_987]);
  expect((await page('many', { sort: { column: 1, descending: false } })).numbers).toEqual([0, 18, 36]);
  expect((await page('many', { filter: 'n < 2' })).found).toBe(2);
  expect((await page('records', { filter: 'odd = true', sort: { column: 0, descending: true } })).rows[0]).toEqual([
    999,
    true,
  ]);
  await kernel.run('records.push({ i: 5000, odd: true }); undefined');
  expect((await page('records', { sort: { column: 0, descending: true } })).rows[0]).toEqual([5000, true]);
  await kernel.run('records = 5; undefined');
  expect(await kernel.session.inspect({ what: 'page', name: 'records', query: { start: 0, count: 3 } })).toEqual({
    ok: false,
    message: "'records' is no table any more.",
  });
});

test('a cell that runs is not held up, and a thousand names are read in slices', async () => {
  await kernel.run(Array.from({ length: 1000 }, (_, i) => `const v${i} = { a: ${i}, list: [1, 2, 3] };`).join('\n'));
  const start = performance.now();
  expect(Object.keys(await variables()).length).toBeGreaterThan(1000);
  console.log(`1,000 names: ${Math.round(performance.now() - start)} ms`);
  const { cellId, seen } = kernel.begin(
    "console.log('waits'); await new Promise((resolve) => setTimeout(resolve, 3_000_000))",
  );
  await until(() => kernel.seen(cellId).printed.includes('waits'), 'the cell waits');
  expect(await kernel.session.inspect({ what: 'variables' })).toEqual({ ok: false, busy: true });
  await kernel.session.interrupt();
  await seen;
  expect(Object.keys(await variables()).length).toBeGreaterThan(1000);
});

test('what is made to be hard to look at is answered in place, quickly, and runs nothing', async () => {
  const { result } = await kernel.run(`
    var looked = [] as string[];
    const trap = (name: string) => ({ get() { looked.push(name); throw new Error('looked'); }, configurable: true });
    var hardTyped = Object.defineProperties(new Float32Array([1, 2, 3]), { length: trap('length'), byteLength: trap('byteLength') });
    var hardBuffer = Object.defineProperty(new ArrayBuffer(8), 'byteLength', trap('buffer'));
    var hardTensor = Object.defineProperties(tf.zeros([2, 2]), { shape: trap('shape'), dtype: trap('dtype'), isDisposed: trap('isDisposed'), size: trap('size') });
    var hardTable = Object.defineProperties(din.data.from({ a: [1, 2] }), { rows: trap('rows'), columns: trap('columns'), names: trap('names') });
    var hardModel = Object.defineProperties(tf.sequential({ layers: [tf.layers.dense({ units: 1, inputShape: [1] })] }), { weights: trap('weights'), layers: trap('layers'), name: trap('name') });
    var hardRecords = [{ a: 1, get b() { looked.push('b'); for (;;); } }, new Proxy({ a: 2 }, { get() { looked.push('proxy'); for (;;); }, ownKeys() { for (;;); }, getOwnPropertyDescriptor() { looked.push('descriptor'); for (;;); } })];
    var hardArray = Object.defineProperty([1, 2, 3], 1, trap('1'));
    var longArray = Array.from({ length: 1e7 }, (_, i) => i);
    var manyKeys = Object.fromEntries(Array.from({ length: 3e5 }, (_, i) => ['key' + i, i]));
    var bigMap = new Map(Array.from({ length: 1e6 }, (_, i) => [i, i]));
    var deep: any = {}; for (let at = deep, i = 0; i < 100_000; i++) at = at.next = {};
    var longText = 'x'.repeat(5e7);
    undefined`);
  expect(result.error).toBeUndefined();
  const hard = ['hardTyped', 'hardBuffer', 'hardTensor', 'hardTable', 'hardModel', 'hardRecords', 'hardArray'];
  const big = ['longArray', 'manyKeys', 'bigMap', 'deep', 'longText'];
  const found = await variables();
  for (const name of [...hard, ...big]) expect(found[name], name).toBeDefined();
  for (const name of [...hard, ...big]) {
    const answer = await kernel.session.inspect({ what: 'detail', name });
    // A description, or why there is none; as much as a page can show.
    if (answer.ok === 'detail') expect(JSON.stringify(answer).length, name).toBeLessThan(3e6);
    else expect(answer, name).toMatchObject({ ok: false, message: expect.stringMatching(/\w/) });
  }
  for (const name of ['hardTable', 'hardRecords', 'hardArray', 'longArray'])
    await kernel.session.inspect({ what: 'page', name, query: { start: 0, count: 5 } });
  expect((await kernel.run('looked.join()')).value).toBe("''");
});

test('holes are empty, a revoked proxy and what holds one are described, and a filter that can find nothing says why', async () => {
  const { result } = await kernel.run(`
    var holes = new Array(4e9);
    var proxies = Proxy.revocable([1], {});
    var { proxy: revoked } = proxies;
    proxies.revoke();
    var holder = { before: 1, revoked, after: 'seen' };
    var revokedRows = [{ n: 10n, of: revoked }, { n: 9, of: 1 }];
    undefined`);
  expect(result.error).toBeUndefined();
  const textOf = async (name: string) => (await ask({ what: 'detail', name }, 'detail')).bundle['text/plain'];
  expect((await variables()).holes!.preview).toContain('[empty, empty,');
  expect(await textOf('holes')).toContain('\n  0: empty\n');
  expect(await textOf('revoked')).toContain('Proxy');
  expect(await textOf('holder')).toBe(
    'Object { before: 1, revoked: Proxy, after: "seen" }\n  before: 1\n  revoked: Proxy: its traps are not run\n  after: "seen"',
  );
  const query = { sort: { column: 0, descending: false }, start: 0, count: 5 };
  const { page } = await ask({ what: 'page', name: 'revokedRows', query }, 'page');
  expect(page.rows.map(([n]) => n)).toEqual([9, '10']);
  const filter = 'n > few';
  const { page: none } = await ask({ what: 'page', name: 'revokedRows', query: { ...query, filter } }, 'page');
  expect(none).toMatchObject({ found: 0, problem: 'No row: n holds numbers, and “few” is none.' });
});

test('a table of ten million cells is paged, and one that is disposed of or shrinks meanwhile says what is left', async () => {
  await kernel.run(`
    var cells = din.data.from(Object.fromEntries(Array.from({ length: 10 }, (_, column) => ['c' + column, Float64Array.from({ length: 1_000_000 }, (_, row) => (row * 31 + column) % 1_000)])));
    var shrinking = Array.from({ length: 1000 }, (_, i) => ({ i }));
    undefined`);
  const page = async (name: string, query: object) =>
    (await ask({ what: 'page', name, query: { start: 0, count: 3, ...query } }, 'page')).page;
  expect((await page('cells', { sort: { column: 9, descending: true } })).rows[0]![9]).toBe(999);
  expect(await page('cells', { start: 2_000_000 })).toMatchObject({ found: 1e6, rows: [] });
  expect((await page('shrinking', { start: 900 })).rows[0]).toEqual([900]);
  await kernel.run('shrinking.length = 5; undefined');
  expect(await page('shrinking', { start: 900 })).toMatchObject({ found: 5, rows: [] });
  expect((await page('shrinking', { filter: 'i > 2' })).found).toBe(2);
  expect((await page('shrinking', { filter: 'nothing >' })).found).toBeTypeOf('number');
  expect(
    await kernel.session.inspect({
      what: 'page',
      name: 'shrinking',
      query: { start: -5, count: 1e9, sort: { column: 77, descending: true } },
    }),
  ).toBeDefined();
  expect((await kernel.run('1 + 1')).value).toBe('2');
});

test('a kernel that is gone says so', async () => {
  const own = await TestKernel.start();
  await own.run('setTimeout(() => process.exit(3), 1); undefined');
  await until(() => own.deaths.length === 1, 'it is gone');
  expect(await own.session.inspect({ what: 'variables' })).toMatchObject({
    ok: false,
    message: expect.stringContaining('exit'),
  });
  await own.stop();
});
