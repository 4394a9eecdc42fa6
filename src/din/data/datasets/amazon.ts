import path from 'node:path';
import { createInterface } from 'node:readline';
import { checkChoice, checkSeed, checkSettings, checkWhole } from '../../checks';
import { DataError } from '../../errors';
import { InterruptedError, isInterrupted } from '../../interrupt';
import { describeSource } from '../checksum';
import { Dictionary, Numbers, type StoredColumn, Texts } from '../columns';
import { queryTable, sqlString, withDatabase } from '../duckdb';
import { sortedRows } from '../events';
import { impressions } from '../impressions';
import { asDataError } from '../query';
import { openText, readWhole } from '../read/errors';
import { SplitTables, split } from '../splits';
import { Table } from '../table';
import { Dataset } from './dataset';
import { locate } from './locate';
import type { PublishedSet } from './published';
import { pythonLiteral } from './python-literal';

export interface AmazonOptions {
  /** As the files name it: `Electronics` (default), `Books`, `Movies_and_TV`, ... */
  category?: string;
  /** A folder with `reviews_<category>_5.json(.gz)` and `meta_<category>.json(.gz)`. */
  folder?: string;
}

export interface AmazonSamples {
  /** Whose preparation: `din` (default) or `dien`. */
  like?: 'din' | 'dien';
  /** The latest so many reviews; default 100. */
  historyLength?: number;
  /** Of the drawn negatives and, for `dien`, of the test users; default 42. */
  seed?: number;
}

const PUBLISHER = 'https://snap.stanford.edu/data/amazon/productGraph/categoryFiles';

function published(category: string): PublishedSet {
  const reviews = `reviews_${category}_5.json`;
  const meta = `meta_${category}.json`;
  return {
    name: `amazon-${category}`,
    title: `Amazon Reviews, ${category}`,
    files: [
      [`${reviews}.gz`, reviews],
      [`${meta}.gz`, meta],
    ],
    source: { files: [`${PUBLISHER}/${reviews}.gz`, `${PUBLISHER}/${meta}.gz`] },
    licence:
      'Licence: none is stated; for research, to be cited as J. McAuley et al. (SIGIR 2015; WWW 2016). No checksums are published.',
  };
}

/**
 * Amazon product reviews of 1996 to 2014 (J. McAuley), the 5-core of a category: every user and item has five reviews or more.
 *
 * The tables: `events`, a row a review by user and time: reviewerID, asin, overall (1 to 5 stars), unixReviewTime (seconds of
 * a day), `position` (0, 1, ... of each user; reviews of one day in the order of the file), category, title; and `items` of the
 * reviewed products: asin, title, brand, price, category (the last of the last path of categories, as DIN takes it) and
 * firstCategory (the last of the first, as DIEN does). Reviews are JSON, a line each; the products' lines are Python's print of a dict.
 *
 * `prepare()` follows DIN's code (zhougr1993/DeepInterestNetwork, utils): for each review of a user but the first, a positive with all
 * reviews before it as history and a negative that the user has never reviewed, each item as likely; the last review of each user is for
 * testing. `prepare({ like: 'dien' })` follows DIEN's (mouna99/dien, script/process_data.py and split_by_user.py): only the last review
 * of each user, the negative as likely as its reviews are many, and a tenth of the users for testing. Unlike theirs, DIEN's histories
 * are in the order of time, and its negatives are never among the user's own.
 *
 * Looks in `folder`, `$DINNB_DATA/amazon-<category>`, the cache, and downloads at last. Throws a DataError for files that are nowhere,
 * and for lines that are not what they should be, naming file and line.
 */
export async function amazon(options: AmazonOptions = {}): Promise<Dataset<'events' | 'items', AmazonSamples>> {
  const where = 'data.amazon';
  checkSettings(where, options, ['category', 'folder']);
  const { category = 'Electronics', folder } = options;
  if (typeof category !== 'string' || !/^\w+$/.test(category)) {
    throw new DataError(
      `${where}: 'category' is as the files name it: 'Electronics', 'Books', 'Movies_and_TV', not '${String(category)}'.`,
    );
  }
  const set = published(category);
  const { files } = await locate(set, folder);
  const [reviews, meta] = files;
  const reviewed = await readReviews(reviews);
  const items = await readItems(meta, new Set(reviewed.texts('asin').dictionary));
  const events = withItems(reviewed, items, meta);
  return new Dataset({
    title: set.title,
    description: `reviews of users and items with five or more. prepare() makes the samples of DIN, prepare({ like: 'dien' }) those of DIEN.`,
    licence: set.licence,
    tables: { events, items },
    source: await describeSource(files, [reviewed.rows]),
    prepare: (given) => prepare(events, items, given),
  });
}

async function readReviews(file: string): Promise<Table> {
  const columns = "{reviewerID: 'VARCHAR', asin: 'VARCHAR', overall: 'DOUBLE', unixReviewTime: 'BIGINT'}";
  const sql = `SELECT * FROM read_json(${sqlString(file)}, format = 'newline_delimited', columns = ${columns})`;
  const table = await withDatabase(`${path.basename(file)}: reading`, async (connection, progress) => {
    try {
      return await readWhole([file], () => queryTable(connection, sql, file, { progress }));
    } catch (error) {
      throw asDataError(error, file, sql);
    }
  });
  if (table.rows === 0) throw new DataError(`${file} has no reviews.`);
  for (const name of ['reviewerID', 'asin', 'unixReviewTime']) {
    const { values } = table.cells(name);
    const bad = Array.prototype.findIndex.call(values, (value) => value === '' || Number.isNaN(value));
    if (bad >= 0) throw new DataError(`${file}, line ${bad + 1}: the review has no ${name}.`);
  }
  return byUserAndTime(table);
}

/** A user's reviews together, in the order of time and then of the file; with the position of each. */
function byUserAndTime(table: Table): Table {
  const users = table.texts('reviewerID');
  const order = sortedRows(Float64Array.from(users.codes), sortedRows(table.numbers('unixReviewTime')));
  const sorted = table.take(order);
  const position = new Int32Array(order.length);
  const { codes } = sorted.texts('reviewerID');
  for (let row = 1; row < order.length; row++)
    position[row] = codes[row] === codes[row - 1] ? position[row - 1] + 1 : 0;
  return new Table(
    new Map<string, StoredColumn>([...sorted.columns, ['position', new Numbers(position)]]),
    table.source,
  );
}

/** What is known of the reviewed products. */
async function readItems(file: string, wanted: ReadonlySet<string>): Promise<Table> {
  const input = openText(file)!;
  const asins: string[] = [];
  const texts = {
    asin: new Dictionary(),
    title: new Dictionary(),
    brand: new Dictionary(),
    category: new Dictionary(),
    firstCategory: new Dictionary(),
  };
  const codes: Record<keyof typeof texts, number[]> = {
    asin: [],
    title: [],
    brand: [],
    category: [],
    firstCategory: [],
  };
  const prices: number[] = [];
  const seen = new Set<string>();
  let line = 0;
  try {
    for await (const text of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
      line++;
      if (line % 10_000 === 0 && isInterrupted()) throw new InterruptedError(`Reading ${file} was interrupted.`);
      if (text.trim() === '') continue;
      const product = productOf(text, file, line);
      if (!wanted.has(product.asin) || seen.has(product.asin)) continue;
      seen.add(product.asin);
      asins.push(product.asin);
      for (const name of Object.keys(texts) as (keyof typeof texts)[])
        codes[name].push(texts[name].code(product[name]));
      prices.push(product.price);
    }
  } catch (error) {
    if (error instanceof DataError || error instanceof InterruptedError) throw error;
    throw new DataError(`${file}, after line ${line}: ${(error as Error).message}. Is the file whole?`, {
      cause: error,
    });
  }
  const columns = (Object.keys(texts) as (keyof typeof texts)[]).map((name): [string, StoredColumn] => [
    name,
    new Texts(Int32Array.from(codes[name]), texts[name].texts),
  ]);
  return new Table(new Map([...columns, ['price', new Numbers(Float64Array.from(prices))]]), file);
}

interface Product {
  asin: string;
  title: string;
  brand: string;
  price: number;
  category: string;
  firstCategory: string;
}

function productOf(text: string, file: string, line: number): Product {
  let value: unknown;
  try {
    value = pythonLiteral(text);
  } catch (error) {
    throw new DataError(`${file}, line ${line}: no dict as Python prints it, ${(error as Error).message}`, {
      cause: error,
    });
  }
  const { asin, title, brand, price, categories } = value as Record<string, unknown>;
  if (typeof asin !== 'string' || asin === '') throw new DataError(`${file}, line ${line}: the product has no 'asin'.`);
  const paths = Array.isArray(categories) ? categories.filter((path) => Array.isArray(path) && path.length > 0) : [];
  const last = (path: unknown[] | undefined) => (path === undefined ? '' : String(path[path.length - 1]));
  const textOf = (given: unknown) => (typeof given === 'string' ? given : '');
  return {
    asin,
    title: textOf(title),
    brand: textOf(brand),
    price: typeof price === 'number' ? price : Number.NaN,
    category: last(paths[paths.length - 1]),
    firstCategory: last(paths[0]),
  };
}

/** The reviews with their products' columns. A product without a line has no category: DIEN's code calls it so, too. */
function withItems(events: Table, items: Table, file: string): Table {
  const rowOf = new Map<string, number>();
  items.strings('asin').forEach((asin, row) => {
    rowOf.set(asin, row);
  });
  const { codes, dictionary } = events.texts('asin');
  const rows = dictionary.map((asin) => rowOf.get(asin) ?? -1);
  const missing = rows.filter((row) => row < 0).length;
  if (missing > 0)
    console.warn(
      `${file} has no line for ${missing} of ${rows.length} reviewed products: their category is '${NO_CATEGORY}'.`,
    );
  const columns = new Map(events.columns);
  for (const name of ['category', 'title'] as const) {
    const known = items.texts(name);
    const dictionaryOf = new Dictionary();
    const codeOf = rows.map((row) =>
      dictionaryOf.code((row < 0 ? '' : known.at(row)) || (name === 'category' ? NO_CATEGORY : '')),
    );
    columns.set(
      name,
      new Texts(
        Int32Array.from(codes, (code) => codeOf[code]),
        dictionaryOf.texts,
      ),
    );
  }
  return new Table(columns, events.source);
}

const NO_CATEGORY = 'default_cat';

async function prepare(events: Table, items: Table, options: AmazonSamples): Promise<SplitTables> {
  const where = 'amazon.prepare';
  checkSettings(where, options, ['like', 'historyLength', 'seed']);
  const { like = 'din', historyLength = 100, seed = 42 } = options;
  checkChoice(where, 'like', like, ['din', 'dien']);
  checkWhole(where, 'historyLength', historyLength, { from: 1, to: 100_000 });
  checkSeed(where, seed);
  const samples = await impressions(like === 'din' ? events : withFirstCategory(events, items), {
    user: 'reviewerID',
    item: 'asin',
    time: 'position',
    history: { length: historyLength, fields: ['category'] },
    negatives: { perPositive: 1, from: like === 'din' ? 'uniform' : 'popularity', itemColumns: ['title'], seed },
  });
  const { train, test, leaks } = split(samples, { by: 'last', column: 'reviewerID', time: 'position' });
  if (like === 'dien') return split(test, { by: 'user', column: 'reviewerID', test: 0.1, seed });
  // The first review of a user has no history: it is none of the samples.
  const known = train.filter<number>('position', (position) => position > 0);
  return new SplitTables(known, test, 'last', leaks);
}

function withFirstCategory(events: Table, items: Table): Table {
  const first = items.strings('firstCategory');
  const byAsin = new Map(items.strings('asin').map((asin, row) => [asin, first[row]]));
  const { codes, dictionary } = events.texts('asin');
  const texts = new Dictionary();
  const codeOf = dictionary.map((asin) => texts.code(byAsin.get(asin) || NO_CATEGORY));
  const columns = new Map(events.columns);
  columns.set(
    'category',
    new Texts(
      Int32Array.from(codes, (code) => codeOf[code]),
      texts.texts,
    ),
  );
  return new Table(columns, events.source);
}
