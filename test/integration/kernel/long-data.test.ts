import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { MIME_PROGRESS } from '../../../src/outputs/mime';
import type { ProgressOutput } from '../../../src/outputs/progress';
import { TestKernel, until } from './kernel';

let kernel: TestKernel;
beforeAll(async () => {
  kernel = await TestKernel.start();
  // Made by DuckDB: a log that takes long whatever the machine.
  await kernel.run(`
    const long = 'SELECT count(*) AS n FROM range(300000000) a, range(300) b WHERE hash(a.range + b.range) % 7 = 3';
    const events = await din.data.sql(\`SELECT 'u' || (hash(range) % 50000) AS user, 'i' || (hash(range + 1) % 9000) AS item,
      range AS time, hash(range + 2) % 2 AS label FROM range(2000000)\`);
    const block = await din.data.sql(\`SELECT 'u' || (hash(range) % 50) AS user, 'i' || (hash(range + 1) % 90) AS item,
      hash(range + 2) % 2 AS label FROM range(400000)\`, { storage: 'disk' });
    await din.data.sql("COPY (SELECT range AS a, hash(range) AS b, 'text ' || range AS c FROM range(6000000)) TO 'long.csv'").catch(() => {});
  `);
});
afterAll(() => kernel.stop());

/** How far a cell has said to have come. */
function worksOf(cellId: string): ProgressOutput[] {
  return kernel
    .eventsOf(cellId)
    .flatMap((event) =>
      event.type === 'append' && event.mime === MIME_PROGRESS ? [event.patch as ProgressOutput] : [],
    );
}

describe('long work on data says how far it is, stops when interrupted, and the kernel goes on', () => {
  test.each([
    ['a query', 'await din.data.sql(long)', /data\.sql/],
    ['a file', "await din.data.read('long.csv')", /long\.csv/],
    [
      'samples of a log',
      `for (;;) await din.data.impressions(events, { user: 'user', item: 'item', time: 'time', label: 'label',
         history: { length: 50 }, features: ['userCount', 'itemMean', 'userSince'], negatives: { perPositive: 1 } })`,
      /data\.impressions/,
    ],
    [
      'an epoch from disk',
      `const item = din.features.id('item');
       const model = din.models.din({ candidate: item, profile: [din.features.embedding(din.features.id('user'), { dimension: 4 })],
         history: din.features.history(['item'], { of: item }), hidden: [4], label: 'label' });
       await model.fit(block, { epochs: 1000, batchSize: 256 })`,
      undefined,
    ],
  ])('%s', async (_, source, title) => {
    const { cellId, seen } = kernel.begin(source);
    if (title) {
      await until(() => worksOf(cellId).some((work) => title.test(String(work.title))), 'it says how far it is');
    } else {
      const begun = () => kernel.eventsOf(cellId).some(({ type }) => type === 'append');
      await Promise.race([until(begun, 'the epoch has begun'), seen]);
    }
    await kernel.session.interrupt();
    const { result, outputs } = await seen;
    expect(result.error).toMatchObject({ name: 'Interrupted' });
    expect(JSON.stringify(outputs)).not.toContain(MIME_PROGRESS);
    expect(await kernel.value("(await din.data.sql('SELECT 41 + 1 AS n')).typed('n')[0]")).toBe('42');
  });
});

test('what a killed kernel has spilt is removed by the next one', async () => {
  const cache = path.join(kernel.folder, 'cache');
  const env = { ...process.env, DINNB_CACHE: cache };
  const spill = path.join(cache, 'spill');
  const first = await TestKernel.start({ env });
  try {
    void first.begin(
      "const kept = await din.data.sql('SELECT range AS a FROM range(3000000000)', { storage: 'disk' })",
    );
    const folders = () => (existsSync(spill) ? readdirSync(spill) : []);
    await until(() => folders().length > 0, 'it spills');
    // Columns lie in files without a name; DuckDB's own have one, and come with larger queries than a test should ask.
    const duckdb = path.join(spill, folders()[0]!, 'duckdb');
    mkdirSync(duckdb, { recursive: true });
    writeFileSync(path.join(duckdb, 'duckdb_temp_storage-0.tmp'), 'spilt');
    process.kill(first.session.info.pid, 'SIGKILL');
    await until(() => first.deaths.length > 0, 'the kernel is dead');
    expect(readdirSync(spill)).toHaveLength(1);
    const next = await TestKernel.start({ env });
    await next.stop();
    expect(readdirSync(spill)).toEqual([]);
  } finally {
    await first.stop();
  }
});
