import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createRandom } from '../../../src/base/random';
import { from, impressions, read, split, sql, type Table } from '../../../src/din/data';
import { disk } from '../../../src/din/data/storage/file-array';
import { removeLeftovers, spillFolder } from '../../../src/din/data/storage/folder';
import { DISPLAY } from '../../../src/outputs/display';
import { temporaryFolder } from './temporary-folder';

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

const ROWS = 10_000;

/** A log with every kind of column, things missing, and lists of texts and numbers. */
function log(rows = ROWS) {
  const random = createRandom(3);
  const pick = <T>(values: readonly T[]) => values[random.integer(values.length)];
  const column = <T>(make: (row: number) => T) => Array.from({ length: rows }, (_, row) => make(row));
  return {
    user: column(() => `u${random.integer(300)}`),
    item: column(() => random.integer(500) + 1),
    time: column((row) => 1_600_000_000 + row * 7 - (row % 5)),
    price: column((row) => (row % 11 === 0 ? null : random.next() * 10)),
    category: column(() => pick(['a', 'b', 'ä', '', 'a category with a long name'])),
    click: column(() => (random.next() < 0.3 ? 1 : 0)),
    hist: column(() => Array.from({ length: random.integer(6) }, () => `i${random.integer(50)}`)),
    when: column(() => Array.from({ length: random.integer(4) }, () => random.next())),
  };
}

/** What a table holds, whatever lies where. */
function contents(table: Table) {
  return Object.fromEntries(table.names.map((name) => [name, table.column(name).values]));
}

const memory = from(log());
const onDisk = from(log(), { storage: 'disk' });

describe('a table on disk', () => {
  it('is the same table', () => {
    expect([memory.storage, onDisk.storage]).toEqual(['memory', 'disk']);
    expect(contents(onDisk)).toEqual(contents(memory));
    expect(onDisk[DISPLAY]()).toEqual(memory[DISPLAY]());
    expect(onDisk.describe({ label: 'click' })[DISPLAY]()).toEqual(memory.describe({ label: 'click' })[DISPLAY]());
    for (const name of memory.names) {
      const [a, b] = [memory.column(name), onDisk.column(name)];
      expect([0, 5000, ROWS - 1, 7].map((row) => b.at(row))).toEqual([0, 5000, ROWS - 1, 7].map((row) => a.at(row)));
      if (a.type === 'number' && b.type === 'number') expect(b.kind).toBe(a.kind);
    }
  });

  const methods: [string, (table: Table) => Table | Promise<Table>][] = [
    ['slice', (table) => table.slice(4000, 9001)],
    ['slice from the end', (table) => table.slice(-5)],
    ['slice of a slice', (table) => table.slice(100, 9000).slice(50, 60)],
    ['read', (table) => table.read(5000, 3000)],
    ['fetch', (table) => table.fetch(ROWS - 10, 10)],
    ['take, in any order, also twice', (table) => table.take([ROWS - 1, 3, 3, 5000, 0])],
    ['take all backwards', (table) => table.take(Array.from({ length: ROWS }, (_, i) => ROWS - 1 - i))],
    ['select and rename', (table) => table.select(['hist', 'user']).rename({ user: 'who' })],
    ['filter', (table) => table.filter('category', (value) => value === 'ä')],
    ['filter by lists', (table) => table.filter<string[]>('hist', (value) => value.includes('i7'))],
    ['sample', (table) => table.sample(500, 9)],
    ['sql', (table) => table.sql('SELECT user, len(hist) AS n, list_sum("when") AS s FROM this WHERE click = 1')],
    ['withColumn', (table) => table.withColumn('more', 'price * 2 + avg(click) OVER ()')],
    ['withColumn of a function', (table) => table.withColumn('both', (row) => `${row.user}-${row.item}`)],
    ['sort', (table) => table.sort(['category', 'price'], { descending: true })],
    ['groupBy', (table) => table.groupBy(['category'], { n: 'count(*)', s: 'sum(price)' })],
    [
      'join',
      (table) => table.join(memory.select(['item', 'when']).slice(0, 50).rename({ when: 'other' }), { on: 'item' }),
    ],
    ['split by time', (table) => split(table, { by: 'time', column: 'time', test: 0.3 }).test],
    ['split by user', (table) => split(table, { by: 'user', column: 'user' }).train],
    [
      'impressions',
      (table) =>
        impressions(table, {
          user: 'user',
          item: 'item',
          time: 'time',
          label: 'click',
          history: { length: 5, fields: ['category'], name: 'past' },
          features: ['userCount', 'itemMean'],
          negatives: { perPositive: 1, itemColumns: ['price', 'hist'] },
        }),
    ],
  ];
  it.each(methods)('gives the same by %s', async (_, method) => {
    vi.spyOn(console, 'warn').mockImplementation(() => {});
    expect(contents(await method(onDisk))).toEqual(contents(await method(memory)));
  });

  it.each([
    ['csv', "(FORMAT csv, DELIMITER ',')"],
    ['parquet', '(FORMAT parquet)'],
    ['json', '(FORMAT json)'],
  ])('is read as in memory: %s', async (extension, format) => {
    const file = path.join(await temporaryFolder(), `log.${extension}`);
    await writeFile(
      `${file}.source.json`,
      Array.from({ length: 5000 }, (__, i) =>
        JSON.stringify({
          id: `0${i % 900}`,
          big: i % 7 === 0 ? '9007199254740993' : String(i),
          small: i % 100,
          gap: i % 3 === 0 ? null : i,
          real: i / 7,
          day: `2024-05-0${1 + (i % 9)}`,
        }),
      ).join('\n'),
    );
    await sql(`COPY (SELECT * FROM '${file}.source.json') TO '${file}' ${format}`).catch(() => undefined);
    const [a, b] = [await read(file), await read(file, { storage: 'disk' })];
    expect(b.storage).toBe('disk');
    expect(a.rows).toBe(5000);
    expect(contents(b)).toEqual(contents(a));
    for (const name of a.names) {
      const [x, y] = [a.column(name), b.column(name)];
      expect([name, y.type, y.type === 'number' && y.kind]).toEqual([name, x.type, x.type === 'number' && x.kind]);
    }
  });

  it('comes about by itself where it is larger than its share of memory, and says so', async () => {
    vi.stubEnv('DINNB_TABLE_MB', '0.5');
    const said = vi.spyOn(console, 'log').mockImplementation(() => {});
    const query = "SELECT i AS a, 'u' || (i % 1000) AS b, [i, i + 1] AS c FROM range(200000) t(i)";
    const table = await sql(query);
    expect(table.storage).toBe('disk');
    expect(said.mock.calls.flat().join()).toMatch(/data\.sql: more than 0\.0 GB, so the table goes to the disk/);
    expect((await sql('SELECT 1 AS one')).storage).toBe('memory');
    const kept = await sql(query, { storage: 'memory' });
    expect(kept.storage).toBe('memory');
    expect(contents(table)).toEqual(contents(kept));
  });

  it('gives large parts of itself on disk again', () => {
    vi.stubEnv('DINNB_TABLE_MB', '0.001');
    const rows = Array.from({ length: ROWS }, (__, i) => (i * 7919) % ROWS);
    const part = onDisk.take(rows);
    expect(part.names.filter((name) => !part.column(name).onDisk)).toEqual([]);
    expect(contents(part)).toEqual(contents(memory.take(rows)));
    expect(contents(part.take([5, 1]))).toEqual(contents(memory.take([rows[5], rows[1]])));
  });

  it('refuses another storage', async () => {
    await expect(sql('SELECT 1', { storage: 'cloud' as never })).rejects.toThrow(
      /'storage' is 'cloud'; choose 'auto' or/,
    );
    expect(() => from({ a: [1] }, { storage: 'tape' as never })).toThrow(/storage/);
    await expect(read('x.csv', { storage: 'x' as never })).rejects.toThrow(/storage/);
  });

  it('ends with dispose, and says so', () => {
    const table = from(log(100), { storage: 'disk' });
    const part = table.slice(0, 10);
    table.dispose();
    table.dispose();
    expect(() => part.numbers('item')).toThrow(/has been disposed.*Read it anew/);
  });
});

describe('a disk that fills', () => {
  it('ends the reading with a remedy, and leaves nothing behind', async () => {
    const before = await readdir(spillFolder());
    let left = 100_000;
    vi.spyOn(disk, 'write').mockImplementation(((...args: Parameters<typeof disk.write>) => {
      left -= Number(args[3]);
      if (left < 0) throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
      return Number(args[3]);
    }) as never);
    const query = 'SELECT i AS a, i * 2 AS b FROM range(1000000) t(i)';
    await expect(sql(query, { storage: 'disk' })).rejects.toThrow(
      /The disk is full \(ENOSPC\): no room for a table in .*Make room, or set DINNB_CACHE/,
    );
    expect(() => from(log(), { storage: 'disk' })).toThrow(/The disk is full/);
    vi.restoreAllMocks();
    expect(await readdir(spillFolder())).toEqual(before);
    expect((await sql(query, { storage: 'disk' })).rows).toBe(1_000_000);
  });
});

describe('the folder of temporary files', () => {
  it('lies beside the system’s where the cache cannot be written', async () => {
    const file = path.join(await temporaryFolder(), 'file');
    await writeFile(file, '');
    vi.stubEnv('DINNB_CACHE', file);
    vi.resetModules();
    const fresh = await import('../../../src/din/data/storage/folder');
    expect(path.relative(os.tmpdir(), fresh.spillFolder())).toMatch(/^dinnb-spill-\w+[\\/]\d+-\d+$/);
    await rm(fresh.spillFolder(), { recursive: true });
    vi.stubEnv('TMPDIR', file);
    vi.resetModules();
    const none = await import('../../../src/din/data/storage/folder');
    expect(() => none.spillFolder()).toThrow(/no place for temporary files .*Set DINNB_CACHE/);
  });
});

describe('what a killed process left', () => {
  it('goes when the next one starts; what belongs to a running one stays', async () => {
    const root = path.dirname(spillFolder());
    const dead = await temporaryFolder();
    await mkdir(path.join(dead, 'spill', '999999999-1'), { recursive: true });
    await writeFile(path.join(dead, 'spill', '999999999-1', 'column-1'), 'left');
    await writeFile(path.join(dead, 'spill', 'other'), 'not ours');
    vi.stubEnv('DINNB_CACHE', dead);
    const mine = path.join(dead, 'spill', path.basename(spillFolder()));
    await writeFile(mine, '');
    removeLeftovers();
    expect((await readdir(path.join(dead, 'spill'))).sort()).toEqual([path.basename(mine), 'other'].sort());
    expect((await readdir(root)).length).toBeGreaterThan(0);
  });
});
