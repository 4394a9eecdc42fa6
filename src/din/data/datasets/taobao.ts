import { checkRange, checkSettings, checkWhole } from '../../checks';
import { describeSource } from '../checksum';
import { impressions } from '../impressions';
import { runQuery } from '../query';
import { split, splitAt } from '../splits';
import type { Table } from '../table';
import { checkKnown, checkOnce, Dataset, readTyped } from './dataset';
import { locate } from './locate';
import type { PublishedSet } from './published';

export interface TaobaoOptions {
  /** The folder that holds the files. */
  folder?: string;
  /** Only this share of the users, drawn by their ids, in (0, 1]; default 1. */
  users?: number;
}

export interface TaobaoSamples {
  /** The latest so many behaviours; default 50. */
  historyLength?: number;
  /** Of the drawn negatives; default 42. */
  seed?: number;
}

const LICENCE = 'Licence: for research and study, under the terms of Tianchi that are accepted when it is downloaded.';
const tianchi = (id: number) =>
  `log in at https://tianchi.aliyun.com/dataset/${id}, accept its terms, download and unpack it.`;

const USER_BEHAVIOR: PublishedSet = {
  name: 'taobao-user-behavior',
  folders: ['UserBehavior'],
  title: 'Taobao UserBehavior',
  files: [['UserBehavior.csv', 'UserBehavior.csv.gz']],
  source: { manual: tianchi(649) },
  licence: LICENCE,
};

/**
 * Taobao UserBehavior (H. Zhu et al., KDD 2018; tianchi.aliyun.com/dataset/649): 100 million behaviours of a million users from 25 November
 * to 3 December 2017. `UserBehavior.csv` names no columns; they are user, item, category, behavior (`pv`, `buy`, `cart`, `fav`) and time
 * (seconds), the table `events`. Some published times lie outside of those days; they are kept.
 *
 * `prepare()`: each `pv` (a click on an item's page) is a positive, with a negative that the user never clicked and the clicks before it as
 * history (items and categories); the last click of each user is for testing. All users at once need much memory: give `users: 0.1`.
 *
 * It cannot be downloaded without accepting its terms. Looks in `folder`, `$DINNB_DATA/taobao-user-behavior` and the cache. Throws a
 * DataError that says where to get it, and for bad lines, naming file and line.
 */
export async function taobao(options: TaobaoOptions = {}): Promise<Dataset<'events', TaobaoSamples>> {
  const { folder, users } = checkOptions('data.taobao', options);
  const { files } = await locate(USER_BEHAVIOR, folder);
  const columns = { user: 'BIGINT', item: 'BIGINT', category: 'BIGINT', behavior: 'VARCHAR', time: 'BIGINT' } as const;
  const sample = { column: 'user', share: users };
  const oneOf = { behavior: ['pv', 'buy', 'cart', 'fav'] };
  const events = await readTyped({ file: files[0], columns, header: false, sample, oneOf });
  return new Dataset({
    title: USER_BEHAVIOR.title,
    description: `${shareOf(users)}clicks, carts, favourites and purchases. prepare() makes samples of the clicks, the last of each user for testing.`,
    licence: LICENCE,
    tables: { events },
    source: await describeSource(files, rowsOf(users, events)),
    async prepare(given) {
      const { historyLength, seed } = checkSamples('taobao.prepare', given);
      const clicks = events.filter<string>('behavior', (behavior) => behavior === 'pv');
      const samples = await impressions(clicks, {
        user: 'user',
        item: 'item',
        time: 'time',
        history: { length: historyLength, fields: ['category'] },
        negatives: { perPositive: 1, seed },
      });
      return split(samples, { by: 'last', column: 'user', time: 'time' });
    },
  });
}

/** Of files that were read whole. */
const rowsOf = (share: number, ...tables: Table[]) => tables.map(({ rows }) => (share === 1 ? rows : undefined));

const DISPLAY_ADS: PublishedSet = {
  name: 'taobao-ads',
  folders: ['Ali_Display_Ad_Click', 'Ad_Display_Click'],
  title: 'Taobao display advertising',
  files: ['raw_sample', 'ad_feature', 'user_profile', 'behavior_log'].map((name) => [`${name}.csv`, `${name}.csv.gz`]),
  source: { manual: tianchi(56) },
  licence: LICENCE,
};

/** Midnight of 13 May 2017 in Hangzhou (UTC+8): the day that is for testing. */
const TEST_DAY = 1_494_604_800;

/**
 * Taobao display advertising (`Ali_Display_Ad_Click`, tianchi.aliyun.com/dataset/56; the public data nearest to the DIN paper's own):
 * 26 million impressions of advertisements to 1.14 million users from 6 to 13 May 2017, and their 700 million behaviours of 22 days.
 *
 * The tables have the files' columns: `impressions` (raw_sample: user, time_stamp, adgroup_id, pid, nonclk, clk), `ads` (ad_feature:
 * adgroup_id, cate_id, campaign_id, customer, brand, price), `users` (user_profile: userid, cms_segid, ..., new_user_class_level) and
 * `behaviors` (behavior_log: user, time_stamp, btag (`pv`, `cart`, `fav`, `buy`), cate, brand).
 *
 * `prepare()`: one row an impression with its ad's and its user's columns, the label `clk`, and the categories and brands that the user
 * browsed (`pv`) strictly before as lists, `hist_cate_id` and `hist_brand`; the first seven days are for training, the eighth for testing, as its
 * authors say. All users at once need much memory: give `users: 0.05`.
 *
 * It cannot be downloaded without accepting its terms. Looks in `folder`, `$DINNB_DATA/taobao-ads` and the cache. Throws a DataError that says
 * where to get it, and for bad lines, naming file and line.
 */
export async function taobaoAds(
  options: TaobaoOptions = {},
): Promise<Dataset<'impressions' | 'ads' | 'users' | 'behaviors', TaobaoSamples>> {
  const { folder, users: share } = checkOptions('data.taobaoAds', options);
  const { files } = await locate(DISPLAY_ADS, folder);
  const [samplesFile, adsFile, usersFile, behaviorsFile] = files;
  const shown = await readTyped({
    file: samplesFile,
    columns: {
      user: 'BIGINT',
      time_stamp: 'BIGINT',
      adgroup_id: 'BIGINT',
      pid: 'VARCHAR',
      nonclk: 'INTEGER',
      clk: 'INTEGER',
    },
    header: true,
    sample: { column: 'user', share },
  });
  const ads = await readTyped({
    file: adsFile,
    // `brand` says NULL where the ad has none.
    columns: {
      adgroup_id: 'BIGINT',
      cate_id: 'BIGINT',
      campaign_id: 'BIGINT',
      customer: 'BIGINT',
      brand: 'VARCHAR',
      price: 'DOUBLE',
    },
    header: true,
  });
  const users = await readTyped({
    file: usersFile,
    columns: {
      userid: 'BIGINT',
      cms_segid: 'INTEGER',
      cms_group_id: 'INTEGER',
      final_gender_code: 'INTEGER',
      age_level: 'INTEGER',
      pvalue_level: 'INTEGER',
      shopping_level: 'INTEGER',
      occupation: 'INTEGER',
      new_user_class_level: 'INTEGER',
    },
    header: true,
    sample: { column: 'userid', share },
  });
  const behaviors = await readTyped({
    file: behaviorsFile,
    columns: { user: 'BIGINT', time_stamp: 'BIGINT', btag: 'VARCHAR', cate: 'BIGINT', brand: 'BIGINT' },
    header: true,
    sample: { column: 'user', share },
    oneOf: { btag: ['pv', 'ipv', 'cart', 'fav', 'buy'] },
  });
  return new Dataset({
    title: DISPLAY_ADS.title,
    description: `${shareOf(share)}impressions with what was browsed before. prepare() trains on seven days and tests on the eighth.`,
    licence: LICENCE,
    tables: { impressions: shown, ads, users, behaviors },
    source: await describeSource(files, [...rowsOf(share, shown), ads.rows, ...rowsOf(share, users, behaviors)]),
    async prepare(given) {
      const { historyLength } = checkSamples('taobaoAds.prepare', given, ['historyLength']);
      checkOnce(ads, 'adgroup_id', adsFile);
      checkOnce(users, 'userid', usersFile);
      await checkKnown(shown, samplesFile, ads, adsFile, 'adgroup_id');
      const samples = await adSamples(shown, ads, users, behaviors, historyLength);
      return splitAt(samples, 'time_stamp', TEST_DAY);
    },
  });
}

/** Impressions and behaviours are one log, of which the former are samples and the latter are remembered. */
async function adSamples(shown: Table, ads: Table, users: Table, behaviors: Table, length: number): Promise<Table> {
  const brand = "nullif(CAST(brand AS VARCHAR), 'NULL') AS brand";
  const log = await runQuery(
    `SELECT user, time_stamp, adgroup_id, pid, clk, cate_id, campaign_id, customer, ${brand}, price, 'ad' AS btag
       FROM shown LEFT JOIN ads USING (adgroup_id)
     UNION ALL
     SELECT user, time_stamp, NULL, NULL, 0, cate, NULL, NULL, ${brand}, NULL, btag FROM behaviors WHERE btag IN ('pv', 'ipv')`,
    shown.source,
    { shown, ads, behaviors },
  );
  const history = { length, fields: ['brand'], where: "btag <> 'ad'" };
  const all = await impressions(log, { user: 'user', item: 'cate_id', time: 'time_stamp', label: 'clk', history });
  const samples = all.filter<string>('btag', (tag) => tag === 'ad');
  const kept = samples.select(samples.names.filter((name) => name !== 'btag'));
  return kept.join(users.rename({ userid: 'user' }), { on: 'user' });
}

function checkOptions(where: string, options: TaobaoOptions): { folder?: string; users: number } {
  checkSettings(where, options, ['folder', 'users']);
  const { folder, users = 1 } = options;
  if (users !== 1) checkRange(where, 'users', users, 1e-6, 1);
  return { folder, users };
}

function checkSamples(where: string, options: TaobaoSamples, known = ['historyLength', 'seed']) {
  checkSettings(where, options, known);
  const { historyLength = 50, seed = 42 } = options;
  checkWhole(where, 'historyLength', historyLength, { from: 1, to: 100_000 });
  return { historyLength, seed };
}

const shareOf = (share: number) => (share === 1 ? '' : `${(100 * share).toPrecision(2)} % of the users; `);
