import { afterAll, beforeAll, expect, test } from 'vitest';
import { sleep, TestKernel, until } from './kernel';

let kernel: TestKernel;
beforeAll(async () => {
  kernel = await TestKernel.start();
  await kernel.run(
    'let state = { n: 0 }; const busy = (ms: number) => { const t = Date.now(); while (Date.now() - t < ms); }',
  );
});
afterAll(() => kernel.stop());

/** Runs a cell, and interrupts it some time after it has begun: what it would do for ever ends, and the kernel is the same. How soon is the bench's. */
async function interrupted(source: string) {
  const { cellId, seen } = kernel.begin(`console.log("begun");${source}`);
  await kernel.shows(cellId);
  await sleep(300);
  await kernel.session.interrupt();
  const { result } = await seen;
  expect(result.ok, source).toBe(false);
  expect(result.error).toMatchObject({ name: 'Interrupted', message: 'Execution interrupted.' });
  expect(await kernel.value('1 + 1'), `after ${source}`).toBe('2');
  return kernel.seen(cellId).printed;
}

test('an endless loop stops and variables are kept', async () => {
  await interrupted('while (true) { state.n++ }');
  expect(await kernel.value('state.n > 1000')).toBe('true');
  expect(await kernel.value('await new Promise((r) => setTimeout(r, 10)); "timers work"')).toBe("'timers work'");
});

test('finally runs, and a catch of the user sees the interrupt', async () => {
  const printed = await interrupted('try { for (;;) state.n++ } finally { console.log("cleaned up") }');
  expect(printed).toBe('begun\ncleaned up\n');
});

test('a loop that catches everything stops as well', async () => {
  await interrupted('(() => { for (;;) { try { for (;;) state.n++ } catch {} } })()');
});

test('a loop of awaits stops, and nothing of it goes on', async () => {
  await interrupted('var steps = 0; for (;;) { busy(20); steps++; await new Promise((r) => setImmediate(r)) }');
  const before = await kernel.value('steps');
  await sleep(200);
  expect(await kernel.value('steps')).toBe(before);
});

test('a loop of microtasks stops', async () => {
  await interrupted('var turns = 0; for (;;) { turns++; await null }');
  const before = await kernel.value('turns');
  expect(await kernel.value('turns')).toBe(before);
});

test('a catastrophic regular expression stops', async () => {
  await interrupted('/^(a+)+$/.test("a".repeat(60) + "b")');
});

test('a wait for a promise that never settles is abandoned, and does not come back', async () => {
  await interrupted(
    'var woken = false; let wake: () => void; await new Promise<void>((r) => { wake = r }); woken = true',
  );
  await kernel.run('wake(); await new Promise((r) => setTimeout(r, 50))');
  expect(await kernel.value('woken')).toBe('false');
});

test('an endless loop in a timer, an immediate, a file callback or after an await stops', async () => {
  await interrupted('await new Promise(() => setTimeout(() => { for (;;); }, 20))');
  await interrupted('await new Promise(() => setImmediate(() => { for (;;); }))');
  await interrupted('await new Promise(() => require("node:fs").readFile(__dirname, () => { for (;;); }))');
  await interrupted('await 0; for (;;);');
  await interrupted('await new Promise(() => setTimeout(() => /^(a+)+$/.test("a".repeat(40) + "b"), 20))');
  expect(await kernel.value('await new Promise((r) => setTimeout(r, 10)); "timers work"')).toBe("'timers work'");
  expect(await kernel.value('(await require("node:fs").promises.readdir(__dirname)).length >= 0')).toBe('true');
});

test('a timer that blocks after its cell has ended is stopped by an interrupt, and the next cell runs', async () => {
  const { cellId } = kernel.begin('setTimeout(() => { console.log("blocked"); for (;;); }, 50); 0');
  await until(() => kernel.events.some(({ event }) => JSON.stringify(event).includes('blocked')), `${cellId} blocks`);
  await kernel.session.interrupt();
  expect(await kernel.value('"free again"')).toBe("'free again'");
});

test('fifty interrupts in a row', async () => {
  for (let i = 0; i < 50; i++) {
    const { seen } = kernel.begin(i % 2 ? 'for (;;);' : 'for (;;) await null;');
    await sleep(5 + (i % 7) * 10);
    await kernel.session.interrupt();
    expect((await seen).result.error?.name).toBe('Interrupted');
    expect(await kernel.value('40 + 2')).toBe('42');
  }
  expect(await kernel.value('state.n > 1000')).toBe('true');
  expect(kernel.deaths).toEqual([]);
});

test('an interrupt when nothing runs changes nothing', async () => {
  await kernel.session.interrupt();
  expect(await kernel.value('state.n > 1000')).toBe('true');
});

test('an interrupted fit stops within a chunk, says how far it came, and keeps weights and history', async () => {
  await kernel.run(`
    const samples = await din.data.load('simulated', { seed: 1 });
    const f = din.features;
    const movie = f.identity('movieId', { buckets: samples.items.size });
    const columns = { candidate: movie, history: f.history([1, 2, 3, 4, 5].map((i) => 'userRatedMovie' + i), { of: movie }) };
    const model = din.models.din({ ...columns, profile: [], context: [], embeddingDimension: 8, hidden: [16], seed: 1 });
    const before = await model.predict(samples.test.slice(0, 4));`);
  const { cellId, seen } = kernel.begin(
    'await model.fit(samples.train, { epochs: 100_000, batchSize: 64, live: false, seed: 1, callbacks: [{ onEpochEnd: () => console.log("epoch") }] })',
  );
  await kernel.shows(cellId);
  await kernel.session.interrupt();
  const { result } = await seen;
  expect(result.error).toMatchObject({
    name: 'Interrupted',
    message: expect.stringContaining('Weights and history are kept'),
  });
  const changed = 'const now = await model.predict(samples.test.slice(0, 4)); now.some((p, i) => p !== before[i])';
  expect(await kernel.value(changed)).toBe('true');
  await sleep(300);
  expect(
    await kernel.value(
      'const later = await model.predict(samples.test.slice(0, 4)); later.every((p, i) => p === now[i])',
    ),
  ).toBe('true');
});

test('an interrupt at any moment of its first use leaves DuckDB whole, which ends in its own order', async () => {
  const query =
    'await din.data.sql("SELECT count(*) AS n FROM range(300000000) a, range(300) b WHERE hash(a.range + b.range) % 7 = 3")';
  for (const after of [0, 60, 150, 400]) {
    const fresh = await TestKernel.start();
    const { seen } = fresh.begin(query);
    await sleep(after);
    await fresh.session.interrupt();
    expect((await seen).result.error?.name, `after ${after} ms`).toBe('Interrupted');
    expect(await fresh.value("(await din.data.sql('SELECT 41 + 1 AS n')).typed('n')[0]"), `after ${after} ms`).toBe(
      '42',
    );
    const again = fresh.begin(query);
    await fresh.shows(again.cellId); // how far the query has come
    await fresh.session.interrupt();
    // The library's own words: the cell was not given up.
    expect((await again.seen).result.error?.message).toBe('Interrupted while DuckDB was at work.');
    await fresh.stop();
  }
});
