import { randomStream } from '../../../src/base/random';
import { Dictionary, Lists, Numbers, type StoredColumn, Texts } from '../../../src/din/data/columns';
import { Table } from '../../../src/din/data/table';

export interface ClickLogOptions {
  impressions: number;
  users: number;
  items: number;
  categories: number;
  length: number;
  seed?: number;
}

/**
 * A made-up click log as people have one: text ids, histories as lists (the most recent last), items with a category. A
 * user is interested in a few categories, which change now and then; the log-odds of a click are
 * -2.6 + 2.2 x (how many of the last five behaviours are of the candidate's category, at most 2) + a little noise.
 */
export function clickLog(options: ClickLogOptions): Table {
  const { impressions, users, items, categories, length, seed = 1 } = options;
  const random = randomStream(seed);
  const pick = (n: number) => Math.floor(random() * n);
  const categoryOf = Int32Array.from({ length: items }, () => pick(categories));
  const itemsIn = Array.from({ length: categories }, (_, c) =>
    [...categoryOf.keys()].filter((i) => categoryOf[i] === c),
  );
  const interests = Array.from({ length: users }, () => [pick(categories), pick(categories), pick(categories)]);
  const some = (c: number) => (itemsIn[c].length ? itemsIn[c][pick(itemsIn[c].length)] : pick(items));
  const histories: number[][] = Array.from({ length: users }, (_, user) =>
    Array.from({ length: pick(length + 1) }, () => some(interests[user][pick(3)])),
  );
  const user = new Int32Array(impressions);
  const item = new Int32Array(impressions);
  const click = new Int32Array(impressions);
  const truth = new Float64Array(impressions);
  const offsets = new Int32Array(impressions + 1);
  const behaviours: number[] = [];
  for (let row = 0; row < impressions; row++) {
    const who = pick(users);
    if (random() < 0.05) interests[who][pick(3)] = pick(categories);
    const candidate = random() < 0.5 ? some(interests[who][pick(3)]) : pick(items);
    const past = histories[who];
    const matches = past.slice(-5).filter((i) => categoryOf[i] === categoryOf[candidate]).length;
    const odds = -2.6 + 2.2 * Math.min(matches, 2) + 0.2 * (random() - 0.5);
    user[row] = who;
    item[row] = candidate;
    behaviours.push(...past);
    offsets[row + 1] = behaviours.length;
    truth[row] = odds;
    click[row] = random() < 1 / (1 + Math.exp(-odds)) ? 1 : 0;
    if (click[row]) histories[who] = [...past, candidate].slice(-length);
  }
  const text = (ids: ArrayLike<number>, prefix: string): Texts => {
    const dictionary = new Dictionary();
    return new Texts(
      Int32Array.from(ids, (id) => dictionary.code(`${prefix}${id}`)),
      dictionary.texts,
    );
  };
  const category = (ids: ArrayLike<number>) => Int32Array.from(ids, (id) => categoryOf[id]);
  return new Table(
    new Map<string, StoredColumn>([
      ['user', text(user, 'u')],
      ['item', text(item, 'item ')],
      ['category', text(category(item), 'category ')],
      ['hist_items', new Lists(offsets, text(behaviours, 'item '))],
      ['hist_cats', new Lists(offsets, text(category(behaviours), 'category '))],
      ['item_number', new Numbers(item.map((id) => id + 1))],
      ['hist_item_numbers', new Lists(offsets, new Numbers(Int32Array.from(behaviours, (id) => id + 1)))],
      ['click', new Numbers(click)],
      ['true_odds', new Numbers(truth)],
      ['time', new Numbers(Int32Array.from({ length: impressions }, (_, row) => 1_600_000_000 + 60 * row))],
    ]),
    'click log',
  );
}
