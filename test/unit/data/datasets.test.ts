import { mkdir, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { amazon, kuairec, type Table, taobao, taobaoAds } from '../../../src/din/data';
import { pythonLiteral } from '../../../src/din/data/datasets/python-literal';
import { temporaryFolder } from './temporary-folder';

const rowsOf = (table: Table): Record<string, unknown>[] =>
  Array.from({ length: table.rows }, (_, row) =>
    Object.fromEntries(table.names.map((name) => [name, table.column(name).at(row)])),
  );

beforeEach(async () => {
  vi.stubEnv('DINNB_DATA', '');
  vi.stubEnv('DINNB_CACHE', await temporaryFolder());
  vi.spyOn(console, 'warn').mockImplementation(() => undefined);
});
afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

describe('a Python literal', () => {
  it.each<[string, unknown]>([
    [
      `{'asin': '0528881469', 'price': 299.99, 'categories': [['Electronics', u'GPS']]}`,
      { asin: '0528881469', price: 299.99, categories: [['Electronics', 'GPS']] },
    ],
    [
      `{"title": "Rand McNally's \\"best\\"", 'x': 'it\\'s\\n\\x41\\u00e9\\\\'}`,
      { title: `Rand McNally's "best"`, x: "it's\nAé\\" },
    ],
    ['(1, -2.5, 3e2, .5, 7L,)', [1, -2.5, 300, 0.5, 7]],
    ['[True, False, None, [], {}, ()]', [true, false, null, [], {}, []]],
    ['{"strict": [true, false, null]}', { strict: [true, false, null] }],
    [
      `{'__proto__': 1, 'a': 2}`,
      Object.fromEntries([
        ['__proto__', 1],
        ['a', 2],
      ]),
    ],
  ])('is read: %s', (text, value) => expect(pythonLiteral(text)).toEqual(value));

  it.each([`{'a': }`, `{'a' 1}`, `['a`, '[1 2]', '1 2', '', 'foo', `__import__('os')`])('is refused: %s', (text) =>
    expect(() => pythonLiteral(text)).toThrow(SyntaxError),
  );
});

/** By user, in the order of time: what was reviewed. Days, so that several reviews of a user share a time. */
const REVIEWS = [
  ['A1', 'B03', 20],
  ['A1', 'B01', 10],
  ['A1', 'B02', 10],
  ['A1', 'B05', 40],
  ['A2', 'B05', 10],
  ['A2', 'B01', 30],
  ['A2', 'B04', 20],
  ['A3', 'B02', 50],
  ['A3', 'B06', 60],
] as const;
const HISTORIES = { A1: ['B01', 'B02', 'B03', 'B05'], A2: ['B05', 'B04', 'B01'], A3: ['B02', 'B06'] };
const CATEGORY: Record<string, [string, string]> = {
  B01: ['GPS', 'Maps'],
  B02: ['GPS', 'GPS'],
  B03: ['TV', 'Screens'],
  B04: ["Kid's", "Kid's"],
  B05: ['Audio', 'Radio'],
};

async function amazonFolder(
  change: (files: Record<string, string | Buffer>) => void = () => undefined,
): Promise<string> {
  const reviews = REVIEWS.map(([reviewerID, asin, day]) =>
    JSON.stringify({
      reviewerID,
      asin,
      reviewerName: 'J. "Doe"',
      helpful: [0, 0],
      reviewText: 'Fine,\nthanks',
      overall: 5.0,
      summary: '',
      unixReviewTime: 86_400 * day,
      reviewTime: '06 2, 2013',
    }),
  );
  const quoted = (text: string) => (text.includes("'") ? `"${text}"` : `'${text}'`);
  const meta = [...Object.entries(CATEGORY), ['X99', ['Unreviewed', 'Unreviewed']] as const].map(
    ([asin, [last, first]]) =>
      `{'asin': '${asin}', 'categories': [['Electronics', ${quoted(first)}], ['Electronics', 'All', ${quoted(last)}]], 'title': "The '${asin}'", 'price': 9.5, 'salesRank': {'Electronics': 4}, 'related': {'also_viewed': ['X99']}}`,
  );
  const files: Record<string, string | Buffer> = {
    'reviews_Electronics_5.json.gz': gzipSync(reviews.join('\n')),
    'meta_Electronics.json.gz': gzipSync(`${meta.join('\n')}\n`),
  };
  change(files);
  const folder = await temporaryFolder();
  for (const [name, content] of Object.entries(files)) await writeFile(path.join(folder, name), content);
  return folder;
}

describe('Amazon Reviews', () => {
  it('have each user’s reviews in the order of time, with the categories of both papers', async () => {
    const { tables } = await amazon({ folder: await amazonFolder() });
    const events = rowsOf(tables.events);
    for (const [user, asins] of Object.entries(HISTORIES)) {
      const own = events.filter(({ reviewerID }) => reviewerID === user);
      expect(own.map(({ asin }) => asin)).toEqual(asins);
      expect(own.map(({ position }) => position)).toEqual(asins.map((_, i) => i));
    }
    for (const { asin, category, title } of events) {
      expect(category).toBe(CATEGORY[asin as string]?.[0] ?? 'default_cat');
      expect(title).toBe(asin === 'B06' ? '' : `The '${asin}'`);
    }
    const items = rowsOf(tables.items);
    expect(items.map(({ asin }) => asin)).toEqual(['B01', 'B02', 'B03', 'B04', 'B05']);
    expect(items.map(({ firstCategory }) => firstCategory)).toEqual(Object.values(CATEGORY).map(([, first]) => first));
    expect(items[0]).toMatchObject({ price: 9.5, brand: '' });
    expect(vi.mocked(console.warn).mock.calls.flat().join()).toContain('no line for 1 of 6 reviewed products');
  });

  it("are prepared as DIN's code does: all before as history, a negative never reviewed, the last of each user for testing", async () => {
    const set = await amazon({ folder: await amazonFolder() });
    const { train, test } = await set.prepare();
    const check = (table: Table, wanted: (asins: string[]) => number[]) => {
      const rows = rowsOf(table);
      for (const [user, asins] of Object.entries(HISTORIES)) {
        const own = rows.filter(({ reviewerID }) => reviewerID === user);
        expect(own.length).toBe(2 * wanted(asins).length);
        wanted(asins).forEach((k, i) => {
          const pair = own.slice(2 * i, 2 * i + 2);
          expect(pair.map(({ label }) => label)).toEqual([1, 0]);
          expect(pair[0].asin).toBe(asins[k]);
          expect(asins).not.toContain(pair[1].asin);
          for (const row of pair) {
            expect(row.hist_asin).toEqual(asins.slice(0, k));
            expect(row.hist_category).toEqual(asins.slice(0, k).map((asin) => CATEGORY[asin]?.[0] ?? 'default_cat'));
            expect(row.category).toBe(CATEGORY[row.asin as string]?.[0] ?? 'default_cat');
          }
        });
      }
    };
    check(train, (asins) => asins.slice(1, -1).map((_, i) => i + 1));
    check(test, (asins) => [asins.length - 1]);
    const again = await set.prepare({ seed: 42 });
    expect(rowsOf(again.train)).toEqual(rowsOf(train));
  });

  it("are prepared as DIEN's code does: the last review of each user, users split, categories of the first path", async () => {
    const { train, test } = await (await amazon({ folder: await amazonFolder() })).prepare({
      like: 'dien',
      historyLength: 2,
    });
    const rows = [...rowsOf(train), ...rowsOf(test)];
    expect(rows.length).toBe(6);
    expect(rowsOf(test).length).toBe(2);
    for (const row of rows) {
      const asins = HISTORIES[row.reviewerID as keyof typeof HISTORIES];
      expect(row.hist_asin).toEqual(asins.slice(0, -1).slice(-2));
      expect(row.category).toBe(CATEGORY[row.asin as string]?.[1] ?? 'default_cat');
      if (row.label === 0) expect(asins).not.toContain(row.asin);
    }
  });

  it('are found under DINNB_DATA by category, unpacked too', async () => {
    const data = await temporaryFolder();
    vi.stubEnv('DINNB_DATA', data);
    const folder = await amazonFolder((files) => {
      files['reviews_Books_5.json'] = '{"reviewerID": "A1", "asin": "B01", "overall": 5.0, "unixReviewTime": 1}\n';
      files['meta_Books.json'] = "{'asin': 'B01', 'categories': [['Books']]}\n";
    });
    await rename(folder, path.join(data, 'amazon-Books'));
    const { tables } = await amazon({ category: 'Books' });
    expect(rowsOf(tables.events)).toMatchObject([{ reviewerID: 'A1', asin: 'B01', category: 'Books' }]);
  });

  it.each<[string, (files: Record<string, string | Buffer>) => void, RegExp]>([
    [
      'a line that is no dict',
      (f) => (f['meta_Electronics.json.gz'] = gzipSync("{'asin': 'B01'}\n{'asin' 'B02'}\n")),
      /meta_Electronics\.json\.gz, line 2: no dict as Python prints it, at character 9/,
    ],
    [
      'a product without asin',
      (f) => (f['meta_Electronics.json.gz'] = gzipSync('{}\n')),
      /line 1: the product has no 'asin'/,
    ],
    [
      'a file cut off',
      (f) => (f['meta_Electronics.json.gz'] = (f['meta_Electronics.json.gz'] as Buffer).subarray(0, 120)),
      /meta_Electronics\.json\.gz, after line \d+: .*Is the file whole\?/,
    ],
    [
      'a review that is no JSON',
      (f) => (f['reviews_Electronics_5.json.gz'] = gzipSync('{"reviewerID": "A1"\n')),
      /reviews_Electronics_5\.json\.gz.*JSON/s,
    ],
    [
      'a review without a time',
      (f) => (f['reviews_Electronics_5.json.gz'] = gzipSync('{"reviewerID": "A1", "asin": "B01", "overall": 1.0}\n')),
      /line 1: the review has no unixReviewTime/,
    ],
  ])('refuse %s', async (_, change, message) => {
    await expect(amazonFolder(change).then((folder) => amazon({ folder }))).rejects.toThrow(message);
  });

  it('refuse what is no category, and say where to look', async () => {
    await expect(amazon({ category: '../x' })).rejects.toThrow(/'category' is as the files name it/);
    await expect(amazon({ folder: await temporaryFolder() })).rejects.toThrow(
      /reviews_Electronics_5\.json\.gz is not there, meta_Electronics\.json\.gz is not there\. Give the folder/,
    );
  });
});

describe('Taobao UserBehavior', () => {
  const LINES = [
    '1,2268318,2520377,pv,1511544070',
    '1,2333346,2520771,pv,1511561733',
    '1,2576651,149192,cart,1511572885',
    '1,3830808,4181361,pv,1511593493',
    '2,2268318,2520377,pv,1511544071',
    '2,4365585,2520377,buy,1511596146',
    '2,4606018,2735466,pv,1511616481',
    '100,230380,411153,fav,1511644942',
  ];

  it('has its columns by name, and samples of the clicks', async () => {
    const folder = await temporaryFolder({ 'UserBehavior.csv': `${LINES.join('\n')}\n` });
    const set = await taobao({ folder });
    expect(set.tables.events.names).toEqual(['user', 'item', 'category', 'behavior', 'time']);
    expect(rowsOf(set.tables.events)[2]).toEqual({
      user: 1,
      item: 2576651,
      category: 149192,
      behavior: 'cart',
      time: 1511572885,
    });
    const { train, test } = await set.prepare();
    const positives = (table: Table) => rowsOf(table).filter(({ label }) => label === 1);
    expect(positives(test).map(({ item, hist_item, hist_category }) => ({ item, hist_item, hist_category }))).toEqual([
      { item: 3830808, hist_item: [2268318, 2333346], hist_category: [2520377, 2520771] },
      { item: 4606018, hist_item: [2268318], hist_category: [2520377] },
    ]);
    expect(positives(train).length).toBe(3);
    expect(test.rows).toBe(4);
  });

  it('is read packed too, and refused where it is cut off: not a row is missing in silence', async () => {
    const lines = Array.from({ length: 6000 }, (_, i) => `${1 + i},${(i * 7919) % 9973},${i % 3},pv,${1511544070 + i}`);
    const whole = gzipSync(`${lines.join('\n')}\n`);
    const read = async (bytes: Buffer) => {
      const folder = await temporaryFolder({ 'UserBehavior.csv.gz': bytes });
      return (await taobao({ folder })).tables.events.rows;
    };
    expect(await read(whole)).toBe(6000);
    for (const length of [whole.length - 1, whole.length - 9, whole.length >> 1, 30])
      await expect(read(whole.subarray(0, length)), String(length)).rejects.toThrow(
        /UserBehavior\.csv\.gz(?: is damaged or cut off|[\s\S]*(?:gzip|GZIP))/,
      );
    const damaged = Buffer.from(whole);
    damaged[whole.length - 6]! ^= 1; // its checksum
    await expect(read(damaged)).rejects.toThrow(/UserBehavior\.csv\.gz is damaged or cut off/);
  });

  it('takes a share of the users, whole and the same each time', async () => {
    const lines = Array.from({ length: 6000 }, (_, i) => `${1 + (i % 2000)},${i % 7},${i % 3},pv,${1511544070 + i}`);
    const folder = await temporaryFolder({ 'UserBehavior.csv': `${lines.join('\n')}\n` });
    const some = (await taobao({ folder, users: 0.25 })).tables.events;
    const users = new Set(some.numbers('user'));
    expect(users.size / 2000).toBeCloseTo(0.25, 1);
    expect(some.rows).toBe(3 * users.size);
    expect(rowsOf((await taobao({ folder, users: 0.25 })).tables.events)).toEqual(rowsOf(some));
    await expect(taobao({ folder, users: 0 })).rejects.toThrow(/users/);
  });

  it('says where to get it, and where to put it', async () => {
    await expect(taobao()).rejects.toThrow(
      /Taobao UserBehavior was not found.*cannot be downloaded without accepting its terms: log in at https:\/\/tianchi\.aliyun\.com\/dataset\/649.*Put UserBehavior\.csv into one folder, and pass \{ folder: .*DINNB_DATA/,
    );
    const folder = await temporaryFolder({ 'UserBehavior.csv': '1,2,3,pv,4\n1,x,3,pv,5\n' });
    for (const [line, told] of [
      ['1,x,3,pv,5', "column 'item': 'x' is not a whole number of 64 bits"],
      ['1.5,2,3,pv,5', "column 'user': '1.5' is not a whole number"],
      ['1,1e1,3,pv,5', "column 'item': '1e1' is not a whole number"],
      ['1,2,3,pv,5.5', "column 'time': '5.5' is not a whole number"],
      ['1,99999999999999999999,3,pv,5', "column 'item': '99999999999999999999' is not a whole number of 64 bits"],
      ['1,2,3,PV,5', "column 'behavior': 'PV' is none of pv, buy, cart, fav"],
    ]) {
      await writeFile(path.join(folder, 'UserBehavior.csv'), `1,2,3,pv,4\n${line}\n1,2,3,click,4\n`);
      await expect(taobao({ folder }), line).rejects.toThrow(`UserBehavior.csv, line 2, ${told}`);
    }
    await writeFile(path.join(folder, 'UserBehavior.csv'), '1,2,3,pv,4\n1,2,3\n');
    await expect(taobao({ folder })).rejects.toThrow(
      /UserBehavior\.csv, line 2: the row has 3 cells, but there are 5 columns/,
    );
  });
});

describe('Taobao display advertising', () => {
  const FILES = {
    'raw_sample.csv':
      'user,time_stamp,adgroup_id,pid,nonclk,clk\n581738,1494137644,1,430548_1007,1,0\n581738,1494604801,2,430539_1007,0,1\n449818,1494638778,1,430548_1007,1,0\n',
    'ad_feature.csv':
      'adgroup_id,cate_id,campaign_id,customer,brand,price\n1,6406,83237,1,95471,170.0\n2,392,83237,1,NULL,68.0\n',
    'user_profile.csv':
      'userid,cms_segid,cms_group_id,final_gender_code,age_level,pvalue_level,shopping_level,occupation,new_user_class_level \n581738,0,5,2,5,,3,0,3\n',
    'behavior_log.csv':
      'user,time_stamp,btag,cate,brand\n581738,1494100000,pv,6406,95471\n581738,1494137644,pv,1,2\n581738,1494200000,cart,5,5\n581738,1494300000,pv,392,77\n',
  };

  it('has the four tables, and samples with what was browsed strictly before', async () => {
    const folder = await temporaryFolder(FILES);
    const set = await taobaoAds({ folder });
    expect(set.tables.users.names.at(-1)).toBe('new_user_class_level');
    const { train, test } = await set.prepare({ historyLength: 2 });
    expect(rowsOf(train)).toMatchObject([
      {
        user: 581738,
        adgroup_id: 1,
        cate_id: 6406,
        brand: '95471',
        label: 0,
        hist_cate_id: [6406],
        hist_brand: ['95471'],
        age_level: 5,
      },
    ]);
    expect(rowsOf(test)).toMatchObject([
      { user: 581738, adgroup_id: 2, brand: '', price: 68, label: 1, hist_cate_id: [1, 392], hist_brand: ['2', '77'] },
      { user: 449818, adgroup_id: 1, label: 0, hist_cate_id: [], hist_brand: [] },
    ]);
    expect(rowsOf(test)[1].age_level).toBeNaN();
    expect(rowsOf(test)[0].pvalue_level).toBeNaN();
    expect(train.names).not.toContain('btag');
  });

  it('doubles no sample, and loses none, where a file tells twice of an ad or a user, or not at all', async () => {
    const more = async (name: keyof typeof FILES, text: string) => {
      const set = await taobaoAds({ folder: await temporaryFolder({ ...FILES, [name]: FILES[name] + text }) });
      return set.prepare();
    };
    const [ad, user] = ['1,6407,83237,1,95471,170.0\n', '581738,0,5,2,5,,3,0,3\n'];
    await expect(more('ad_feature.csv', ad)).rejects.toThrow(/ad_feature\.csv, column 'adgroup_id': 1 is there twice/);
    await expect(more('user_profile.csv', user)).rejects.toThrow(/column 'userid': 581738 is there twice/);
    await expect(more('raw_sample.csv', '581738,1494137645,7,430548_1007,1,0\n')).rejects.toThrow(
      /raw_sample\.csv, column 'adgroup_id': 7 is not in .*ad_feature\.csv/,
    );
    await expect(more('behavior_log.csv', '581738,1494100000,see,6406,95471\n')).rejects.toThrow(
      /behavior_log\.csv, line 6, column 'btag': 'see' is none of pv/,
    );
  });

  it('says what is missing, and where to get it', async () => {
    const { 'behavior_log.csv': _, ...others } = FILES;
    await expect(taobaoAds({ folder: await temporaryFolder(others) })).rejects.toThrow(
      /behavior_log\.csv is not there/,
    );
    await expect(taobaoAds()).rejects.toThrow(/https:\/\/tianchi\.aliyun\.com\/dataset\/56/);
  });
});

describe('KuaiRec', () => {
  const header = 'user_id,video_id,play_duration,video_duration,time,date,timestamp,watch_ratio\n';
  const FILES = {
    'big_matrix.csv': `${header}0,3649,13838,10867,2020-07-05 00:08:23.438,20200705,1593878903.438,1.273397\n0,9598,30000,10984,2020-07-05 00:13:41.297,20200705,1593879221.297,2.73124\n0,5262,7908,7908,2020-07-05 00:16:06.687,20200705,1593879366.687,1.0\n0,3649,1,10867,,,,0.0001\n1,9598,1,2,2020-07-05 00:16:07.0,20200705,1593879367.0,0.5\n`,
    'small_matrix.csv': `${header}14,148,4381,6067,2020-07-05 05:27:48.378,20200705.0,1593898068.378,0.722103\n`,
    'item_categories.csv': 'video_id,feat\n3649,[8]\n9598,"[27, 9]"\n5262,[26]\n',
    'social_network.csv': 'user_id,friend_list\n3371,[2975]\n24,"[2665, 1]"\n',
  };

  it('has the four tables, and samples of the big matrix', async () => {
    const folder = await temporaryFolder();
    await mkdir(path.join(folder, 'data'));
    for (const [name, text] of Object.entries(FILES)) await writeFile(path.join(folder, 'data', name), text);
    const set = await kuairec({ folder });
    expect(set.tables.categories.column('feat').at(1)).toEqual([27, 9]);
    expect(set.tables.friends.column('friend_list').at(1)).toEqual([2665, 1]);
    expect(set.tables.small.numbers('timestamp')[0]).toBe(1593898068.378);
    const { train, test } = await set.prepare({ test: 0.25 });
    expect([...rowsOf(train), ...rowsOf(test)]).toMatchObject([
      { video_id: 3649, label: 0, hist_video_id: [] },
      { video_id: 9598, label: 1, hist_video_id: [], feat: [27, 9] },
      { video_id: 5262, label: 0, hist_video_id: [9598], hist_category: ['27'] },
      { video_id: 9598, label: 0, hist_video_id: [] },
    ]);
    expect(test.rows).toBe(1);
  });

  it('tells of views that have no place in time, and refuses a video that is told of twice', async () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
    await (await kuairec({ folder: await temporaryFolder(FILES) })).prepare();
    expect(warn.mock.calls.flat().join()).toMatch(
      /1 of 5 views of .*big_matrix\.csv have no timestamp and are left out/,
    );
    const twice = { ...FILES, 'item_categories.csv': `${FILES['item_categories.csv']}3649,[9]\n` };
    const set = await kuairec({ folder: await temporaryFolder(twice) });
    await expect(set.prepare()).rejects.toThrow(/item_categories\.csv, column 'video_id': 3649 is there twice/);
    const half = {
      ...FILES,
      'big_matrix.csv': `${header}0.5,3649,1,2,2020-07-05 00:08:23.438,20200705,1593878903.438,1\n`,
    };
    await expect(kuairec({ folder: await temporaryFolder(half) })).rejects.toThrow(
      /big_matrix\.csv, line 2, column 'user_id': '0\.5' is not a whole number/,
    );
  });

  it('says where to get it', async () => {
    await expect(kuairec()).rejects.toThrow(/KuaiRec was not found.*see https:\/\/kuairec\.com/);
  });
});
