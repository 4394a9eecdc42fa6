import { appendFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { from, read, sql, type Table } from '../../../src/din/data';
import { withDatabase } from '../../../src/din/data/duckdb';
import { spillFolder } from '../../../src/din/data/storage/folder';

const rows = (table: Table) =>
  Array.from({ length: table.rows }, (_, row) =>
    Object.fromEntries(table.names.map((name) => [name, table.column(name).at(row)])),
  );
const types = (table: Table) => Object.fromEntries(table.names.map((name) => [name, table.column(name).type]));

let folder: string;
const file = (name: string) => path.join(folder, name);
async function csv(text: string, options = {}, name = 'log.csv'): Promise<Table> {
  await writeFile(file(name), text);
  return read(file(name), options);
}
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'dinnb-test-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('data.read of text', () => {
  it('makes a number only of what can be written back', async () => {
    const t = await csv(
      'zip,exp,long,int,price,mixed,signed,spaced,under,day,when,empty\n' +
        '0123,1e3,1234567890123456789,1,1.50,1.5,-1, 1,1_000,2020-01-02,2020-01-02 00:00:01,\n' +
        '123,1000,1234567890123456788,2,2.25,1.50,+1,1,1000,2020-01-03,2020-01-02T00:00:02Z,\n',
    );
    expect(rows(t)[0]).toEqual({
      zip: '0123',
      exp: '1e3',
      long: '1234567890123456789',
      int: 1,
      price: 1.5,
      mixed: '1.5',
      signed: '-1',
      spaced: ' 1',
      under: '1_000',
      day: 1577923200,
      when: 1577923201,
      empty: '',
    });
    expect(rows(t)[1].when).toBe(1577923202);
    expect(t.typed('int')).toBeInstanceOf(Int32Array);
  });

  it('keeps a hundred 19-digit ids apart', async () => {
    const ids = Array.from({ length: 100 }, (_, i) => `12345678901234${String(56789 + i)}`);
    const t = await csv(`id\n${ids.join('\n')}\n`);
    expect(t.strings('id')).toEqual(ids);
    const many = Array.from({ length: 100 }, (_, i) => `98765432109876543210${i}`);
    expect((await csv(`id\n${many.join('\n')}\n`)).strings('id')).toEqual(many);
  });

  it('keeps the order of rows and what is missing', async () => {
    const text = Array.from({ length: 5000 }, (_, i) => `${i},${i % 3 ? i / 2 : ''},${i % 4 ? `n${i}` : ''}`).join(
      '\n',
    );
    const t = await csv(`i,half,name\n${text}\n`);
    expect(t.rows).toBe(5000);
    expect([...t.typed('i')]).toEqual(Array.from({ length: 5000 }, (_, i) => i));
    expect(t.numbers('half')[3]).toBeNaN();
    expect(t.strings('name').slice(0, 3)).toEqual(['', 'n1', 'n2']);
  });

  it('finds the delimiter, reads quotes, line breaks in them, and compressed files', async () => {
    const expected = [{ a: 1, b: 'x, "y"\nz' }];
    expect(rows(await csv('a,b\n1,"x, ""y""\nz"\n'))).toEqual(expected);
    expect(rows(await csv('a\tb\n1\t"x, ""y""\nz"\n', {}, 'log.tsv'))).toEqual(expected);
    expect(rows(await csv('a;b\n1;2,5\n'))).toEqual([{ a: 1, b: '2,5' }]);
    expect(rows(await csv('a^b\n1^2\n', { delimiter: '^' }))).toEqual([{ a: 1, b: 2 }]);
    await writeFile(file('log.csv.gz'), gzipSync('a,b\n1,q\n'));
    expect(rows(await read(file('log.csv.gz')))).toEqual([{ a: 1, b: 'q' }]);
    expect(rows(await csv('1,2\n3,4\n', { names: ['u', 'i'] }))).toEqual([
      { u: 1, i: 2 },
      { u: 3, i: 4 },
    ]);
  });

  it('reads lists: delimited, of text and of numbers, and JSON', async () => {
    const t = await csv('user,items,times,tags\nu1,a|b|c,1|2|3,"[""x"", ""y""]"\nu2,,,\nu3,a,10,[]\n', {
      lists: { items: '|', times: '|', tags: 'json' },
    });
    expect(rows(t)).toEqual([
      { user: 'u1', items: ['a', 'b', 'c'], times: [1, 2, 3], tags: ['x', 'y'] },
      { user: 'u2', items: [], times: [], tags: [] },
      { user: 'u3', items: ['a'], times: [10], tags: [] },
    ]);
    const ids = await csv('items\n01|1\n', { lists: { items: '|' } });
    expect(ids.column('items').at(0)).toEqual(['01', '1']);
  });

  it('takes types that are given', async () => {
    const t = await csv('id,n,f\n1,2,0.5\n,,\n', { types: { id: 'text', n: 'float32', f: 'number' } });
    expect(rows(t)[0]).toEqual({ id: '1', n: 2, f: 0.5 });
    expect(t.typed('n')).toBeInstanceOf(Float32Array);
    await expect(csv('id\n5\nx7\nx8\n', { types: { id: 'number' } })).rejects.toThrow(
      /log\.csv, line 3, column 'id': 'x7' is not a number, which \{ types: \{ 'id': 'number' \} \} asks for\. 2 values/,
    );
  });

  it.each<[string, string, object, RegExp]>([
    ['a row too long', 'a,b\n1,2\n1,2,3\n', {}, /log\.csv, line 3: the row has 3 cells, but there are 2 columns/],
    ['a row too short', 'a,b\n1,2\n1\n', {}, /log\.csv, line 3: the row has 1 cells, but there are 2 columns/],
    ['an open quote', 'a,b\n1,2\n1,"x\n', {}, /log\.csv, line 3: .*quote/],
    ['an empty file', '', {}, /log\.csv is empty/],
    ['no header', '1,2\n3,4\n', {}, /line 1: it holds values \(1, 2\).*names: \['user'/],
    ['a column twice', 'a,a\n3,4\n', {}, /line 1: column 'a' is there twice/],
    [
      'an open quote in a list',
      'a\n"x|""y"\n',
      { lists: { a: '|' } },
      /line 2, column 'a': 'x\|"y' has a quote that is not closed/,
    ],
    ['an open bracket', 'a\n"[""x"""\n', { lists: { a: 'json' } }, /line 2, column 'a': .* is not a list/],
    ['an unknown list column', 'items\nx\n', { lists: { itmes: '|' } }, /no column 'itmes'\. Did you mean 'items'\?/],
    ['an unknown option', 'a\n1\n', { list: {} }, /'list'/],
    ['an unknown type', 'a\n1\n', { types: { a: 'int64' } }, /'a' is 'int64'; choose 'text'/],
  ])('refuses %s', async (_, text, options, message) => {
    await expect(csv(text, options)).rejects.toThrow(message);
  });
});

it('reads truth values alike from CSV, JSON and Parquet', async () => {
  const values = '(true, [true, false]), (false, []), (NULL, [true])';
  for (const format of ['csv', 'json', 'parquet']) {
    const list = format === 'csv' ? "array_to_string(l, '|') AS l" : 'l';
    const target = file(`truth.${format}`);
    await withDatabase('test', (connection) =>
      connection.run(`COPY (SELECT t, ${list} FROM (VALUES ${values}) v(t, l)) TO '${target}' (FORMAT ${format})`),
    );
    const table = await read(target, format === 'csv' ? { lists: { l: '|' } } : {});
    expect(rows(table), format).toEqual([
      { t: 1, l: [1, 0] },
      { t: 0, l: [] },
      { t: Number.NaN, l: [1] },
    ]);
  }
  const text = await csv('a,b,c,d,e\ntrue,True,TRUE,t,true\nfalse,False,FALSE,f,False\n', { types: { a: 'text' } });
  expect(rows(text)).toEqual([
    { a: 'true', b: 1, c: 1, d: 't', e: 'true' },
    { a: 'false', b: 0, c: 0, d: 'f', e: 'False' },
  ]);
});

it('does not make one number of two texts, nor another one of an id', async () => {
  const text = await csv('a,b,c,d,e\n-0,-0.0,9007199254740993,-5,9007199254740991\n0,0,1.5,5,1.5\n');
  expect(types(text)).toEqual({ a: 'string', b: 'string', c: 'string', d: 'number', e: 'number' });
  expect(text.strings('c')).toEqual(['9007199254740993', '1.5']);
});

it('names the packed file that is cut off', async () => {
  const whole = gzipSync(`a,b\n${Array.from({ length: 20_000 }, (_, i) => `${i},x${i * 7919}`).join('\n')}\n`);
  for (const length of [6, whole.length >> 1]) {
    await writeFile(file('cut.csv.gz'), whole.subarray(0, length));
    const error: Error = await read(file('cut.csv.gz')).then(
      (table) => expect.fail(`read as ${table.rows} rows`),
      (each) => each,
    );
    expect(error.name).toBe('DataError');
    expect(error.message).toContain('cut.csv.gz');
  }
});

describe('numbers of JSON that float64 does not hold', () => {
  const json = async (values: readonly string[], options = {}) => {
    await writeFile(
      file('exact.ndjson'),
      values.map((value) => `{"a": ${value}, "n": 1.5, "d": "2024-05-01"}\n`).join(''),
    );
    const table = await read(file('exact.ndjson'), options);
    expect([table.column('n').at(0), table.column('d').at(0)]).toEqual([1.5, 1714521600]);
    return rows(table).map(({ a }) => a);
  };

  it.each<[string[], unknown[]]>([
    [
      ['9007199254740993', '1.5', 'null'],
      ['9007199254740993', '1.5', ''],
    ],
    [
      ['-12345678901234567890', '0.25'],
      ['-12345678901234567890', '0.25'],
    ],
    [
      ['123456789012345678901234567890', '3'],
      ['123456789012345678901234567890', '3'],
    ],
    [
      ['[9007199254740993, 1.5]', '[2]'],
      [['9007199254740993', '1.5'], ['2']],
    ],
    [
      ['{"x": 9007199254740993}', '{"x": 1.5}'],
      ['{"x":9007199254740993}', '{"x":1.5}'],
    ],
    [
      ['[[9007199254740993, 1.5]]', '[]'],
      ['[[9007199254740993,1.5]]', '[]'],
    ],
    [
      ['0.12345678901234567', '9007199254740991', '1e20'],
      [0.12345678901234566, 9007199254740991, 1e20],
    ],
    [['{"x": 1.5, "y": "9007199254740993"}'], ['{"x":1.5,"y":"9007199254740993"}']],
  ])('%j stay what they are', async (values, expected) => {
    expect(await json(values)).toEqual(expected);
  });

  it('are text as they are written where text is asked for, and an error where numbers are', async () => {
    const text = { types: { a: 'text' } };
    expect(await json(['5', '1.5'], text)).toEqual(['5', '1.5']);
    expect(await json(['[5, 1.5]'], text)).toEqual([['5', '1.5']]);
    expect(await json(['5', '"x"', '1.5'], text)).toEqual(['5', 'x', '1.5']);
    for (const values of [
      ['9007199254740993', '1.5'],
      ['9007199254740993', '1'],
    ]) {
      await expect(json(values, { types: { a: 'number' } })).rejects.toThrow(
        "exact.ndjson, line 1, column 'a': '9007199254740993' is beyond 2^53, where numbers lose digits",
      );
    }
  });

  it('of Parquet, an id that lies as float64 becomes text without a point', async () => {
    await withDatabase('test', (connection) =>
      connection.run(`COPY (SELECT * FROM (VALUES (12.0::DOUBLE), (NULL), (0.5)) AS t(id)) TO '${file('id.parquet')}'`),
    );
    expect((await read(file('id.parquet'), { types: { id: 'text' } })).strings('id')).toEqual(['12', '', '0.5']);
  });
});

it('of JSON whose values are of several types, text is what it says', async () => {
  await writeFile(file('several.ndjson'), '{"u": 5, "l": ["a", 1]}\n{"u": "u7", "l": [null]}\n{"u": {"x": "1"}}\n');
  expect(rows(await read(file('several.ndjson')))).toEqual([
    { u: '5', l: ['a', '1'] },
    { u: 'u7', l: [''] },
    { u: '{"x":"1"}', l: [] },
  ]);
});

it.each([
  ['empty.ndjson', ''],
  ['blank.ndjson', '\n\n'],
  ['empty.json', '[]'],
  ['empty.ndjson.gz', gzipSync('')],
  ['numbers.ndjson', '1\n2\n'],
  ['nulls.ndjson', 'null\n'],
  ['mixed.ndjson', '{"a": 1}\n2\n'],
])('says that JSON without records has no columns: %s', async (name, text) => {
  await writeFile(file(name), text);
  await expect(read(file(name))).rejects.toThrow(`${name} holds no records`);
  await writeFile(file('records.ndjson'), '{"a": 1}\n');
  await expect(read([file('records.ndjson'), file(name)])).rejects.toThrow(`${name} holds no records`);
});

describe('text that is not UTF-8', () => {
  const text = 'user,name\n1,café 🎬\nx2,日本\n';
  const western = Buffer.from('user,prénom\n1,"a\nb"\n2,caf\xe9\n', 'latin1');
  const wide = Buffer.from(`\uFEFF${text}`, 'utf16le');
  const swapped = Buffer.from(wide).swap16();

  it.each<[string, Uint8Array, string, object[]]>([
    [
      '16.csv',
      wide,
      'utf-16',
      [
        { user: '1', name: 'café 🎬' },
        { user: 'x2', name: '日本' },
      ],
    ],
    [
      '16.csv.gz',
      gzipSync(wide),
      'utf-16',
      [
        { user: '1', name: 'café 🎬' },
        { user: 'x2', name: '日本' },
      ],
    ],
    [
      '16be.csv',
      swapped,
      'UTF-16',
      [
        { user: '1', name: 'café 🎬' },
        { user: 'x2', name: '日本' },
      ],
    ],
    [
      '16bare.csv',
      wide.subarray(2),
      'utf-16le',
      [
        { user: '1', name: 'café 🎬' },
        { user: 'x2', name: '日本' },
      ],
    ],
    [
      'latin.csv',
      western,
      'latin-1',
      [
        { user: 1, prénom: 'a\nb' },
        { user: 2, prénom: 'café' },
      ],
    ],
    ['windows.csv', Buffer.from([0x61, 10, 0x80, 0x93]), 'latin-1', [{ a: '€“' }]],
    ['16.ndjson', Buffer.from('{"a": "é"}\n', 'utf16le'), 'utf-16', [{ a: 'é' }]],
    [
      'plain.csv',
      Buffer.from(text),
      'utf-8',
      [
        { user: '1', name: 'café 🎬' },
        { user: 'x2', name: '日本' },
      ],
    ],
  ])('is read with its encoding: %s', async (name, bytes, encoding, expected) => {
    await writeFile(file(name), bytes);
    expect(rows(await read(file(name), { encoding }))).toEqual(expected);
  });

  it('is read whole where it is longer than what is read at once', async () => {
    const long = `n,name\n${Array.from({ length: 50_000 }, (_, i) => `${i},${'é🎬'.repeat(i % 5)}x`).join('\n')}\n`;
    const expected = await csv(long, {}, 'long8.csv');
    for (const [name, bytes] of [
      ['long16.csv', Buffer.from(long, 'utf16le')],
      ['long16be.csv', Buffer.from(`\uFEFF${long}`, 'utf16le').swap16()],
    ] as const) {
      await writeFile(file(name), bytes);
      const table = await read(file(name), { encoding: 'utf-16' });
      expect(table.strings('name')).toEqual(expected.strings('name'));
      expect(table.numbers('n')).toEqual(expected.numbers('n'));
    }
  });

  it.each<[string, Uint8Array, object, RegExp]>([
    ['w16.csv', wide, {}, /w16\.csv is written in UTF-16.*encoding: 'utf-16'/],
    ['w16be.csv', swapped, {}, /w16be\.csv is written in UTF-16.*encoding: 'utf-16'/],
    ['bare.csv', Buffer.from('user,n\n1,2\n', 'utf16le'), {}, /bare\.csv has zero bytes.*encoding: 'utf-16le'/],
    ['barebe.csv', Buffer.from('user,n\n1,2\n', 'utf16le').swap16(), {}, /encoding: 'utf-16be'/],
    ['w16.ndjson', Buffer.from('{"a": 1}\n', 'utf16le'), {}, /w16\.ndjson has zero bytes/],
    ['wlatin.csv', western, {}, /wlatin\.csv, line 1: it is not UTF-8.*encoding: 'latin-1'/],
    [
      'wlatin2.csv.gz',
      gzipSync(Buffer.from('a\nx\n\xe9\n', 'latin1')),
      {},
      /wlatin2\.csv\.gz, line 3: it is not UTF-8/,
    ],
    [
      'wlatin.ndjson',
      Buffer.from('{"a": "x"}\n{"a": "\xe9"}\n', 'latin1'),
      {},
      /wlatin\.ndjson, line 2: it is not UTF-8/,
    ],
    ['unknown.csv', western, { encoding: 'klingon' }, /no encoding is called "klingon"/],
    ['other.csv', western, { encoding: 'shift_jis' }, /other\.csv is not written in shift_jis/],
    [
      'bad.csv',
      western,
      { encoding: 'latin-1', types: { prénom: 'number' } },
      /^[^ ]*dinnb-test-[^ ]*bad\.csv, line 2, column/,
    ],
    ['no.parquet', wide, { encoding: 'utf-16' }, /Parquet has no encoding/],
  ])('is told: %s %#', async (name, bytes, options, message) => {
    await writeFile(file(name), bytes);
    await expect(read(file(name), options)).rejects.toThrow(message);
  });

  it('leaves no decoded file behind', async () => {
    const decoded = async () => (await readdir(spillFolder())).filter((name) => name.startsWith('decoded'));
    expect(await decoded()).toEqual([]);
  });

  it('takes the names of its folders as columns', async () => {
    await mkdir(file('hive16/day=3'), { recursive: true });
    await writeFile(file('hive16/day=3/part.csv'), wide);
    expect((await read(file('hive16'), { encoding: 'utf-16' })).typed('day')).toEqual(Int32Array.of(3, 3));
  });
});

describe('where a bad value lies', () => {
  const asked = { types: { id: 'number' } } as const;
  it.each<[string, string, string | Uint8Array, object, RegExp]>([
    [
      'behind quoted line ends and blank lines',
      'where.csv',
      'id,t\n1,"a\nb"\n\n2,c\nx,d\n',
      asked,
      /where\.csv, line 6, column 'id': 'x'/,
    ],
    ['of a file without a header', 'bare.csv', '1\nx\n', { ...asked, names: ['id'] }, /bare\.csv, line 2, column 'id'/],
    ['packed by gzip', 'where.csv.gz', gzipSync('id\n1\nx\n'), asked, /where\.csv\.gz, line 3, column 'id'/],
    ['of NDJSON', 'where.ndjson', '{"id": "1"}\n{"id": "x"}\n', asked, /where\.ndjson, line 2, column 'id'/],
    ['of JSON', 'where.json', '[{"id": "1"}, {"id": "x"}]', asked, /where\.json, row 2, column 'id'/],
  ])('%s', async (_, name, text, options, message) => {
    await writeFile(file(name), text);
    await expect(read(file(name), options)).rejects.toThrow(message);
  });

  it('of several parts', async () => {
    await writeFile(file('part1.csv'), 'id\n1\n2\n');
    await writeFile(file('part2.csv'), 'id\n3\nx\n');
    const both = [file('part1.csv'), file('part2.csv')];
    await expect(read(both, asked)).rejects.toThrow(/part2\.csv, line 3, column 'id': 'x'/);
  });
});

describe('files packed by zstd', () => {
  it.each([
    ['csv', 'FORMAT csv, HEADER'],
    ['ndjson', 'FORMAT json'],
  ])('are read: %s', async (extension, format) => {
    const packed = file(`packed.${extension}.zst`);
    await withDatabase('test', (connection) =>
      connection.run(
        `COPY (SELECT 'u' || range AS user, range AS n FROM range(3)) TO '${packed}' (${format}, COMPRESSION zstd)`,
      ),
    );
    expect(rows(await read(packed))).toEqual([0, 1, 2].map((n) => ({ user: `u${n}`, n })));
    await expect(read(packed, { types: { user: 'number' } })).rejects.toThrow(
      /packed\.\w+\.zst, (line|row) \d, column 'user'/,
    );
  });
});

it('says so where a file changes or goes while it is read', async () => {
  const line = '1,22,333\n';
  await writeFile(file('grows.csv'), `a,b,c\n${line.repeat(400_000)}`);
  let lines = 400_000;
  let over = false;
  const reading = read(file('grows.csv')).then(
    () => 'read',
    (error: Error) => error.message,
  );
  void reading.finally(() => {
    over = true;
  });
  // Written to all the time, as a log is.
  for (; !over; lines++) await appendFile(file('grows.csv'), line);
  expect(await reading).toMatch(/grows\.csv changed while it was read.*Read it again/);
  expect((await read(file('grows.csv'))).rows).toBe(lines);
});

describe('data.read of other files', () => {
  it('reads Parquet with lists, 64-bit ids and dates, and a folder of parts', async () => {
    await mkdir(file('parts'));
    await withDatabase('test', async (connection) => {
      for (const part of [0, 1]) {
        await connection.run(
          `COPY (SELECT (i + 9007199254740990 + ${part * 10})::BIGINT AS id, i::INT AS n, ['a' || i, 'b'] AS tags, DATE '2020-01-02' AS day
            FROM range(3) r(i)) TO '${file(`parts/${part}.parquet`)}' (FORMAT parquet)`,
        );
      }
    });
    await writeFile(file('parts/_SUCCESS'), '');
    const t = await read(file('parts'));
    expect(types(t)).toEqual({ id: 'string', n: 'number', tags: 'list', day: 'number' });
    expect(t.strings('id').slice(2)).toEqual([
      '9007199254740992',
      '9007199254741000',
      '9007199254741001',
      '9007199254741002',
    ]);
    expect(t.column('tags').at(5)).toEqual(['a2', 'b']);
    expect(rows(await read(file('parts/*.parquet')))).toEqual(rows(t));
    expect((await read([file('parts/1.parquet')], { types: { n: 'text' } })).strings('n')).toEqual(['0', '1', '2']);
    expect((await sql(`SELECT sum(n) AS total FROM '${file('parts/*.parquet')}'`)).numbers('total')[0]).toBe(6);
  });

  it.each(['csv', 'parquet', 'json'])('takes the names of Hive folders as columns: %s', async (format) => {
    const days = ['2024-05-01', '2024-05-02'];
    const place = (day: string, shop: string) => file(`hive-${format}/day=${day}/shop=${shop}`);
    await withDatabase('test', async (connection) => {
      for (const [i, day] of days.entries()) {
        for (const shop of ['07', '12']) {
          await mkdir(place(day, shop), { recursive: true });
          await connection.run(`COPY (SELECT ${i} AS item) TO '${place(day, shop)}/part.${format}' (FORMAT ${format})`);
        }
      }
    });
    const expected = days.flatMap((day, item) => {
      const seconds = Date.parse(`${day}T00:00:00Z`) / 1000;
      return ['07', '12'].map((shop) => ({ item, day: seconds, shop }));
    });
    const all = await read(file(`hive-${format}`));
    expect(rows(all)).toEqual(expected);
    expect(rows(await read(file(`hive-${format}/*/*/*`)))).toEqual(expected);
    expect(rows(await read(file(`hive-${format}/day=2024-05-01`)))).toEqual(
      expected.slice(0, 2).map(({ item, shop }) => ({ item, shop })),
    );
    expect((await read(`${place('2024-05-01', '07')}/part.${format}`)).names).toEqual(['item']);
    await withDatabase('test', async (connection) => {
      const twice = file(`twice-${format}/item=3`);
      await mkdir(twice, { recursive: true });
      await connection.run(`COPY (SELECT 1 AS item) TO '${twice}/part.${format}' (FORMAT ${format})`);
    });
    await expect(read(file(`twice-${format}`))).rejects.toThrow(
      /'item' stands in the file and in the name of its folder/,
    );
    await writeFile(file(`hive-${format}/other.${format}`), '');
    await expect(read(file(`hive-${format}`))).rejects.toThrow(
      /its folders name the columns day, shop, those of .* no column|its folders name no column, those of .* the columns day, shop/,
    );
  });

  it('reads JSON and NDJSON', async () => {
    await writeFile(file('a.json'), '[{"u": "x", "l": [1, 2]}, {"u": "y", "l": []}]');
    await writeFile(file('b.ndjson'), '{"u": "x", "l": [1, 2]}\n{"u": "y", "l": []}\n');
    const expected = [
      { u: 'x', l: [1, 2] },
      { u: 'y', l: [] },
    ];
    expect(rows(await read(file('a.json')))).toEqual(expected);
    expect(rows(await read(file('b.ndjson')))).toEqual(expected);
  });

  it('says what is not there, and which part differs', async () => {
    await expect(read(file('none.csv'))).rejects.toThrow(/There is no file .*none\.csv/);
    await expect(read(file('none*.csv'))).rejects.toThrow(/none\*\.csv: no file has such a name/);
    await expect(read([])).rejects.toThrow('give a path');
    await writeFile(file('p1.csv'), 'a,b\n1,2\n');
    await writeFile(file('p2.csv'), 'a,c\n1,2\n');
    await expect(read([file('p1.csv'), file('p2.csv')])).rejects.toThrow(
      /p2\.csv: column 'b' missing, which .*p1\.csv has/,
    );
    await writeFile(file('p3.csv'), 'b,a\n4,3\n');
    expect(rows(await read([file('p1.csv'), file('p3.csv')]))).toEqual([
      { a: 1, b: 2 },
      { a: 3, b: 4 },
    ]);
    await writeFile(file('what.dat'), 'a\n1\n');
    await expect(read(file('what.dat'))).rejects.toThrow("its name does not tell what it is. Give { format: 'csv' }");
    expect(rows(await read(file('what.dat'), { format: 'csv' }))).toEqual([{ a: 1 }]);
    await writeFile(file('broken.parquet'), 'PAR1 no');
    await expect(read(file('broken.parquet'))).rejects.toThrow(/broken\.parquet is no Parquet file/);
    await expect(sql('SELECT * FORM x')).rejects.toThrow(
      /data\.sql: .*syntax error[\s\S]*The query was: SELECT \* FORM x/,
    );
  });
});

describe('data.from', () => {
  it('takes no column from what every object inherits', () => {
    expect(rows(from([{ toString: 't' }, { a: 1 }] as never))).toEqual([
      { toString: 't', a: Number.NaN },
      { toString: '', a: 1 },
    ]);
  });

  it('keeps 64-bit ids in lists, and refuses dates that are none', () => {
    const table = from({ past: [[2n ** 60n, 7n], [], [8n]] });
    expect(table.column('past').at(0)).toEqual(['1152921504606846976', '7']);
    expect(table.column('past').at(2)).toEqual(['8']);
    expect(() => from({ day: [new Date(0), new Date('soon')] })).toThrow("column 'day', row 2 is an invalid date");
  });

  it('refuses what would be a table without columns', () => {
    const wrong = [
      new Map([['a', [1]]]),
      new Set([{ a: 1 }]),
      (function* () {
        yield { a: 1 };
      })(),
    ];
    for (const data of wrong)
      expect(() => from(data as never)).toThrow('give an array of records, or an object of columns');
  });

  it('takes records and columns', () => {
    const t = from([
      { u: 'a', n: 1, l: [1, 2], b: true, d: new Date(1000) },
      { u: null, n: undefined, l: [], b: false },
    ]);
    expect(rows(t)).toEqual([
      { u: 'a', n: 1, l: [1, 2], b: 1, d: 1 },
      { u: '', n: Number.NaN, l: [], b: 0, d: Number.NaN },
    ]);
    const f = Float32Array.of(1, 2);
    const columns = from({ f, big: [2n ** 60n, 5n], small: BigInt64Array.of(1n, 2n), s: ['x', null] });
    expect(columns.typed('f')).toBe(f);
    expect(rows(columns)[0]).toEqual({ f: 1, big: '1152921504606846976', small: 1, s: 'x' });
  });

  it.each<[unknown, string]>([
    [[{ a: 1 }, { a: '1' }], "column 'a' holds numbers from row 1 on, but row 2 is '1'"],
    [{ a: [1], b: [1, 2] }, "column 'b' has 2 rows"],
    [{ a: 5 }, "column 'a' is 5; give an array"],
    [[5], "row 1: '5' is not a record"],
    [[{}, {}], 'the 2 records have no fields'],
    [{ '': [1] }, 'a column has the empty name'],
    [[{ '': 1 }], 'a column has the empty name'],
    [[{ a: { b: 1 } }], "column 'a', row 1"],
    [null, 'give an array of records'],
  ])('refuses %j', (data, message) => {
    expect(() => from(data as never)).toThrow(message);
  });
});

describe('data.read leaves nothing out and nothing wrong', () => {
  it('texts of JSON stay as they are written: ids, times, dates that are none to CSV either', async () => {
    const lines = [
      {
        user: '550E8400-E29B-41D4-A716-446655440000',
        slot: '12:30',
        day: '2024-1-2',
        when: '2024-05-01',
        slots: ['9:05'],
      },
      {
        user: '650E8400-E29B-41D4-A716-446655440000',
        slot: '12:30:00',
        day: '2024-01-02',
        when: '2024-05-02',
        slots: [],
      },
    ];
    await writeFile(file('texts.ndjson'), lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
    const t = await read(file('texts.ndjson'));
    const dates = { '2024-05-01': 1714521600, '2024-05-02': 1714608000 } as Record<string, number>;
    expect(rows(t)).toEqual(lines.map((line) => ({ ...line, when: dates[line.when] })));
    const asText = await read(file('texts.ndjson'), {
      types: { user: 'text', slot: 'text', when: 'text', slots: 'text' },
    });
    expect(rows(asText)).toEqual(lines);
    // One file's times beside another's other texts.
    await writeFile(file('texts-2.ndjson'), '{"slot":"noon"}\n');
    await writeFile(file('texts-1.ndjson'), '{"slot":"12:30"}\n');
    expect(rows(await read([file('texts-1.ndjson'), file('texts-2.ndjson')]))).toEqual([
      { slot: '12:30' },
      { slot: 'noon' },
    ]);
  });

  it('fractions are no whole numbers of 32 bits, in any format', async () => {
    await expect(csv('v\n1\n2.5\n', { types: { v: 'int32' } })).rejects.toThrow(
      /line 3, column 'v': '2.5' is not a whole number of 32 bits/,
    );
    expect(rows(await csv('v\n1.0\n-2\n\n', { types: { v: 'int32' } }))[0]).toEqual({ v: 1 });
    await writeFile(file('f.ndjson'), '{"v":1}\n{"v":1.5}\n');
    await expect(read(file('f.ndjson'), { types: { v: 'int32' } })).rejects.toThrow(/line 2, column 'v': '1.5' is not/);
    await writeFile(file('l.ndjson'), '{"v":[1]}\n{"v":[1, 2.5]}\n');
    await expect(read(file('l.ndjson'), { types: { v: 'int32' } })).rejects.toThrow(
      /line 2, column 'v': '\[1.0, 2.5\]'/,
    );
  });

  it('cells with line breaks of another kind than the lines, as Python writes them', async () => {
    expect(rows(await csv('id,v\r\n"line\nb",1\r\nx,2\r\n'))).toEqual([
      { id: 'line\nb', v: 1 },
      { id: 'x', v: 2 },
    ]);
    expect(rows(await csv('id,v\n"l\r\nb",1\n"a\rb",2\n')).map(({ id }) => id)).toEqual(['l\r\nb', 'a\rb']);
    await expect(csv('id,v\n1,2\r\n3,4\n')).rejects.toThrow(/log\.csv, line 2: it ends with CR LF, line 1 with LF/);
    await expect(csv('id,v\n1,2\n', { delimiter: '' })).rejects.toThrow(
      /'delimiter' is ""; give the sign between two cells/,
    );
  });

  it('files that are cut off, also of zstd, are errors at any length', async () => {
    const text = `id,v\n${Array.from({ length: 5000 }, (_, i) => `${i},${(i * 7919) % 10007}\n`).join('')}`;
    await writeFile(file('whole.csv'), text);
    await withDatabase('test', (connection) =>
      connection.run(
        `COPY (FROM read_csv('${file('whole.csv')}')) TO '${file('whole.csv.zst')}' (COMPRESSION zstd, HEADER)`,
      ),
    );
    const whole = await readFile(file('whole.csv.zst'));
    expect((await read(file('whole.csv.zst'))).rows).toBe(5000);
    for (const share of [0.1, 0.5, 0.9, 0.999]) {
      await writeFile(file('cut.csv.zst'), whole.subarray(0, Math.floor(whole.length * share)));
      await expect(read(file('cut.csv.zst'))).rejects.toThrow(/cut\.csv\.zst is damaged or cut off/);
    }
    // Frames side by side, as tools append them.
    await writeFile(file('twice.txt.zst'), Buffer.concat([whole, whole]));
    expect((await read(file('twice.txt.zst'), { types: { id: 'text', v: 'text' } })).rows).toBe(10001);
    const packed = gzipSync('{"a":1}\n'.repeat(9999) + '{"a":2}\n');
    await writeFile(file('cut.ndjson.gz'), packed.subarray(0, packed.length - 20));
    await expect(read(file('cut.ndjson.gz'))).rejects.toThrow(/cut\.ndjson\.gz is damaged or cut off/);
    await expect(read(file('cut.ndjson.gz'), { encoding: 'latin-1' })).rejects.toThrow(
      /cut\.ndjson\.gz is damaged or cut off/,
    );
  });

  it('columns that differ by case only are told, in every format; those that only look so are read', async () => {
    await writeFile(file('case.ndjson'), '{"Item":"x","n":1}\n{"item":"w","n":2}\n');
    await writeFile(file('case.json'), '[{"a":1},{"b":3,"A":10}]');
    await withDatabase('test', (connection) =>
      connection.run(`COPY (SELECT 1 AS "Item", 2 AS "Xtem") TO '${file('case.parquet')}' (FORMAT parquet)`),
    );
    const bytes = await readFile(file('case.parquet'), 'latin1');
    await writeFile(file('case.parquet'), bytes.replaceAll('Xtem', 'item'), 'latin1');
    await expect(read(file('case.ndjson'))).rejects.toThrow(
      /case\.ndjson: columns 'Item' and 'item' differ by case only/,
    );
    await expect(read(file('case.json'))).rejects.toThrow(/case\.json: columns 'a' and 'A' differ by case only/);
    await expect(read(file('case.parquet'))).rejects.toThrow(/case\.parquet: columns 'Item' and 'item' differ by case/);
    await expect(csv('Item,item\n1,2\n')).rejects.toThrow(/'item' is there twice \(case does not count\)/);
    await writeFile(file('like.ndjson'), '{"Item":"x","item_1":"y"}\n');
    expect(rows(await read(file('like.ndjson')))).toEqual([{ Item: 'x', item_1: 'y' }]);
  });

  it('what is no Parquet or JSON is told with place and remedy, and nothing of the query', async () => {
    await writeFile(file('fake.parquet'), 'PAR1 nothing of the kind');
    await writeFile(file('bad.ndjson'), '{"a":1}\n\nnot json\n{"a":2}\n');
    await writeFile(file('bad.json'), '[{"a":1},{"a":}]');
    await writeFile(file('twice.ndjson'), '{"a":1}\n{"a":1,"a":2}\n');
    const messages = await Promise.all(
      ['fake.parquet', 'bad.ndjson', 'bad.json', 'twice.ndjson'].map((name) =>
        read(file(name)).then(
          () => 'read',
          (error: Error) => error.message,
        ),
      ),
    );
    expect(messages[0]).toMatch(/fake\.parquet is no Parquet file, or is cut off: .*Write it again\.$/);
    expect(messages[1]).toMatch(/bad\.ndjson, line 3: it is no JSON \(.*\)\. The line is: not json$/);
    expect(messages[2]).toMatch(/bad\.json, record 2: unexpected character\.$/);
    expect(messages[3]).toMatch(/twice\.ndjson, line 2: .*duplicate key "a"\.$/);
  });
});
