import { stat } from 'node:fs/promises';
import path from 'node:path';
import { checkFraction, checkSettings, checkWhole } from '../../checks';
import { describeSource } from '../checksum';
import { impressions } from '../impressions';
import { runQuery } from '../query';
import { read } from '../read';
import { split } from '../splits';
import { checkOnce, Dataset, readTyped } from './dataset';
import { locate } from './locate';
import type { PublishedSet } from './published';

export interface KuaiRecOptions {
  /** The folder that holds `big_matrix.csv`, or its parent `KuaiRec 2.0` with the folder `data`. */
  folder?: string;
}

export interface KuaiRecSamples {
  /** A video is liked that is watched longer than this many times its length; default 2, as its authors suggest. */
  watchRatio?: number;
  /** The latest so many liked videos; default 50. */
  historyLength?: number;
  /** Share of the rows, the latest, that is for testing; default 0.2. */
  test?: number;
}

const KUAIREC: PublishedSet = {
  name: 'KuaiRec',
  folders: ['KuaiRec 2.0', 'KuaiRec/data', 'KuaiRec 2.0/data'],
  title: 'KuaiRec',
  files: [['big_matrix.csv'], ['small_matrix.csv'], ['item_categories.csv'], ['social_network.csv']],
  source: {
    manual: 'see https://kuairec.com; download KuaiRec.zip and unpack it.',
  },
  licence: 'Licence: CC BY-SA 4.0.',
};

/**
 * KuaiRec (C. Gao et al., CIKM 2022; kuairec.com): 12.5 million views of 10,728 short videos by 7,176 users of Kuaishou, and a small matrix of 1,411
 * users and 3,327 videos in which nearly every user has seen every video.
 *
 * The tables: `big` and `small` (user_id, video_id, play_duration, video_duration (milliseconds), time, date, timestamp (seconds),
 * watch_ratio), `categories` (video_id, feat: a list of tags) and `friends` (user_id, friend_list).
 *
 * `prepare()`: the views of the big matrix in the order of time; liked is what was watched more than twice; the liked videos and their first
 * tag before as history. The latest fifth is for testing. The small matrix was observed on purpose: it is for evaluating, and is no log.
 *
 * It is not downloaded. Looks in `folder`, `$DINNB_DATA/KuaiRec` and the cache. Throws a DataError that says where to get it, and for
 * bad lines, naming file and line.
 */
export async function kuairec(
  options: KuaiRecOptions = {},
): Promise<Dataset<'big' | 'small' | 'categories' | 'friends', KuaiRecSamples>> {
  checkSettings('data.kuairec', options, ['folder']);
  const inside = options.folder === undefined ? undefined : path.join(options.folder, 'data');
  const nested =
    inside !== undefined && (await stat(path.join(inside, 'big_matrix.csv')).catch(() => undefined)) !== undefined;
  const { files } = await locate(KUAIREC, nested ? inside : options.folder);
  const [bigFile, smallFile, categoriesFile, friendsFile] = files;
  const columns = {
    user_id: 'INTEGER',
    video_id: 'INTEGER',
    play_duration: 'BIGINT',
    video_duration: 'BIGINT',
    time: 'VARCHAR',
    date: 'DOUBLE',
    timestamp: 'DOUBLE',
    watch_ratio: 'DOUBLE',
  } as const;
  const big = await readTyped({ file: bigFile, columns, header: true });
  const small = await readTyped({ file: smallFile, columns, header: true });
  const categories = await read(categoriesFile, { lists: { feat: 'json' } });
  const friends = await read(friendsFile, { lists: { friend_list: 'json' } });
  return new Dataset({
    title: KUAIREC.title,
    description:
      'views of short videos. prepare() makes samples of the big matrix, liked is what was watched more than twice.',
    licence: KUAIREC.licence,
    tables: { big, small, categories, friends },
    source: await describeSource(
      files,
      [big, small, categories, friends].map(({ rows }) => rows),
    ),
    async prepare(given) {
      const where = 'kuairec.prepare';
      checkSettings(where, given, ['watchRatio', 'historyLength', 'test']);
      const { watchRatio = 2, historyLength = 50, test = 0.2 } = given;
      checkWhole(where, 'historyLength', historyLength, { from: 1, to: 100_000 });
      checkFraction(where, 'test', test);
      checkOnce(categories, 'video_id', categoriesFile);
      // Where they stand in the order is not known.
      const untimed = big.numbers('timestamp').filter(Number.isNaN).length;
      if (untimed > 0)
        console.warn(`${where}: ${untimed} of ${big.rows} views of ${bigFile} have no timestamp and are left out.`);
      const events = await runQuery(
        `SELECT big.*, feat, CAST(feat[1] AS VARCHAR) AS category FROM big LEFT JOIN categories USING (video_id) WHERE timestamp IS NOT NULL`,
        bigFile,
        { big, categories },
      );
      const samples = await impressions(events, {
        user: 'user_id',
        item: 'video_id',
        time: 'timestamp',
        positive: `watch_ratio > ${Number(watchRatio)}`,
        history: { length: historyLength, fields: ['category'] },
      });
      return split(samples, { by: 'time', column: 'timestamp', test });
    },
  });
}
