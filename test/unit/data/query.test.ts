import { describe, expect, it } from 'vitest';
import type { Lists, Numbers, Table, Texts } from '../../../src/din/data';
import { queryTable, withDatabase } from '../../../src/din/data/duckdb';

const read = (sql: string): Promise<Table> => withDatabase('test', (connection) => queryTable(connection, sql, 'test'));
const kind = (table: Table, name: string) => (table.column(name) as Numbers).values.constructor.name;
describe('a query as typed columns', () => {
  it('keeps each number in the type that holds it', async () => {
    const t = await read(`SELECT i::TINYINT AS tiny, i::USMALLINT AS small, i::INTEGER AS int, i::BIGINT AS big,
      CASE WHEN i <> 1 THEN i END AS gap, i::FLOAT / 4 AS half, i::DOUBLE / 3 AS third, i > 0 AS yes, sum(i) OVER () AS total,
      (i / 4)::DECIMAL(9, 2) AS money, i::UINTEGER + 4294967290 AS wide FROM range(3) r(i)`);
    expect(t.names.slice(0, 4).map((name) => kind(t, name))).toEqual(Array(4).fill('Int32Array'));
    expect(t.numbers('gap')).toEqual(Float64Array.of(0, Number.NaN, 2));
    expect(kind(t, 'half')).toBe('Float32Array');
    expect(t.numbers('third')).toEqual(Float64Array.of(0, 1 / 3, 2 / 3));
    expect([...t.typed('yes')]).toEqual([0, 1, 1]);
    expect([...t.typed('total')]).toEqual([3, 3, 3]);
    expect([...t.typed('money')]).toEqual([0, 0.25, 0.5]);
    expect([...t.typed('wide')]).toEqual([4294967290, 4294967291, 4294967292]);
  });

  it('makes text of 64-bit ids that are not exact as numbers, and of nothing else', async () => {
    const t = await read(`SELECT 9007199254740991 - i AS safe, 9007199254740991 + i AS wide,
      -1234567890123456789 - i AS low, 18446744073709551615::UBIGINT - i::UBIGINT AS top,
      170141183460469231731687303715884105727::HUGEINT AS huge, (9007199254740991 + i)::DECIMAL(20, 0) AS numeric,
      [(9007199254740992 + i)::DECIMAL(38, 0)] AS listed, (12 + i)::DECIMAL(18, 0) AS few FROM range(3) r(i)`);
    expect(t.strings('numeric')).toEqual(['9007199254740991', '9007199254740992', '9007199254740993']);
    const { items } = t.column('listed') as Lists;
    expect((items as Texts).dictionary).toEqual(['9007199254740992', '9007199254740993', '9007199254740994']);
    expect(t.numbers('few')).toEqual(Float64Array.of(12, 13, 14));
    expect(t.numbers('safe')[1]).toBe(9007199254740990);
    expect(t.strings('wide')).toEqual(['9007199254740991', '9007199254740992', '9007199254740993']);
    expect(t.strings('low')).toEqual(['-1234567890123456789', '-1234567890123456790', '-1234567890123456791']);
    expect(t.strings('top')[2]).toBe('18446744073709551613');
    expect(t.strings('huge')[0]).toBe('170141183460469231731687303715884105727');
    expect((t.column('huge') as Texts).dictionary).toHaveLength(1);
  });

  it('makes text of decimals of which a number would merge two, and numbers of all others', async () => {
    const t = await read(`SELECT CAST('900719925474.9' || i AS DECIMAL(38, 2)) AS fine,
      CAST('9007199254740993.0' || (i + 1) AS DECIMAL(38, 2)) AS close, CAST('-12345678901234567.' || i AS DECIMAL(18, 1)) AS below,
      CASE WHEN i <> 1 THEN CAST(i || '.500000000000000000' AS DECIMAL(38, 18)) END AS gap, sum(i::DECIMAL(9, 2)) OVER () AS total,
      CAST('1234567890123.' || (10 + i) AS DECIMAL(15, 2)) AS fifteen FROM range(3) r(i)`);
    expect(t.strings('close')).toEqual(['9007199254740993.01', '9007199254740993.02', '9007199254740993.03']);
    expect(t.strings('below')).toEqual(['-12345678901234567', '-12345678901234567.1', '-12345678901234567.2']);
    expect(t.numbers('gap')).toEqual(Float64Array.of(0.5, Number.NaN, 2.5));
    expect([...t.typed('total')]).toEqual([3, 3, 3]);
    expect([...t.typed('fifteen')]).toEqual([1234567890123.1, 1234567890123.11, 1234567890123.12]);
    expect([...t.typed('fine')]).toEqual([900719925474.9, 900719925474.91, 900719925474.92]);
  });

  it('reads text of every length, also where a hundred thousand differ', async () => {
    const t =
      await read(`SELECT CASE WHEN i % 7 = 0 THEN NULL WHEN i % 7 = 1 THEN '' WHEN i % 7 = 2 THEN repeat('é', i::INT % 9)
      WHEN i % 7 = 3 THEN 'id_' || i ELSE 'a much longer identifier ' || (i % 1000) END AS t FROM range(200000) r(i)`);
    const texts = t.strings('t');
    for (let i = 0; i < 200_000; i++) {
      const expected =
        [undefined, '', 'é'.repeat(i % 9), `id_${i}`][i % 7] ??
        (i % 7 < 2 ? '' : `a much longer identifier ${i % 1000}`);
      if (texts[i] !== expected) expect(`${i}: ${texts[i]}`).toBe(`${i}: ${expected}`);
    }
    const { dictionary, codes } = t.texts('t');
    expect(new Set(dictionary).size).toBe(dictionary.length);
    expect(codes[0]).toBe(-1);
    expect(dictionary).not.toContain('');
  });

  it('reads lists, also where rows were filtered, missing or empty', async () => {
    const t = await read(`SELECT i::INT AS i, CASE i % 3 WHEN 0 THEN NULL WHEN 1 THEN [] ELSE range(i % 50) END AS n,
      list_transform(range(i % 4), lambda x: 'item ' || x) AS t, [i::FLOAT, NULL] AS f, array_value(i, i + 1) AS a
      FROM range(10000) r(i) WHERE i % 5 <> 1`);
    let row = 0;
    for (let i = 0; i < 10_000; i++) {
      if (i % 5 === 1) continue;
      const n = i % 3 === 2 ? Array.from({ length: i % 50 }, (_, k) => k) : [];
      const texts = Array.from({ length: i % 4 }, (_, k) => `item ${k}`);
      const got = ['i', 'n', 't', 'f', 'a'].map((name) => t.column(name).at(row));
      if (JSON.stringify(got) !== JSON.stringify([i, n, texts, [i, Number.NaN], [i, i + 1]])) {
        expect(got).toEqual([i, n, texts, [i, Number.NaN], [i, i + 1]]);
      }
      row++;
    }
    expect(t.rows).toBe(row);
    expect((t.column('n') as Lists).items.length).toBeGreaterThan(0);
  });

  it('makes seconds of dates, text of what has no column of its own', async () => {
    const t = await read(`SELECT DATE '2020-01-02' AS day, TIMESTAMP '2020-01-02 00:00:00.5' AS half,
      [DATE '1970-01-02', NULL] AS days, 'b'::ENUM('a', 'b') AS e, {'x': 1} AS s, [[1], [2]] AS nested, uuid() AS u,
      TIMESTAMPTZ '2020-01-02 00:00:00+00' AS z, NULL AS nothing`);
    expect([...t.typed('day')]).toEqual([1577923200]);
    expect(t.numbers('half')[0]).toBe(1577923200.5);
    expect(t.column('days').at(0)).toEqual([86400, Number.NaN]);
    expect(t.strings('e')).toEqual(['b']);
    expect(t.strings('s')).toEqual(['{"x":1}']);
    expect(t.strings('nested')).toEqual(['[[1],[2]]']);
    expect(t.strings('u')[0]).toHaveLength(36);
    expect(t.numbers('z')[0]).toBe(1577923200);
    expect(t.rows).toBe(1);
  });

  it('is a table without rows where nothing comes', async () => {
    const t = await read(`SELECT 1 AS a, 'x' AS b, [1] AS c WHERE false`);
    expect(t.rows).toBe(0);
    expect(t.names).toEqual(['a', 'b', 'c']);
  });
});
