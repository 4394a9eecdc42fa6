import { createRandom } from '../../../base/random';
import { DataError } from '../../errors';
import { Numbers } from '../columns';
import { type Asked, allRows, type Codes, type Timeline } from '../events';
import type { Table } from '../table';

export interface NegativeOptions {
  /** Rows with other items for each positive event. */
  perPositive: number;
  /** Every item as likely (default), or as likely as it is among the events. */
  from?: 'uniform' | 'popularity';
  /** Columns that belong to the item, beside the histories' fields: taken from the drawn item. */
  itemColumns?: readonly string[];
  /** Default 42. */
  seed?: number;
}

/** The rows of the samples. */
export interface Rows extends Pick<Asked, 'offsets'> {
  /** By row: the event that it is or was drawn for. */
  events: Int32Array;
  /** By row: an event with its item. */
  itemEvents: Int32Array;
  /** By row: code of its item. */
  item: Int32Array;
  user: Int32Array;
  /** By row: 1 where it was drawn; undefined: none was. */
  negative: Uint8Array | undefined;
}

/** The events in the order of time, each followed by its negatives. */
export function drawRows(
  events: Table,
  { order }: Timeline,
  users: Codes,
  items: Codes,
  labels: ArrayLike<number>,
  negatives: NegativeOptions | undefined,
): Rows {
  if (!negatives) {
    const gather = (codes: Int32Array) => new Numbers(codes).take(order).values as Int32Array;
    const [item, user] = [gather(items.codes), gather(users.codes)];
    return { offsets: allRows(order.length + 1), events: order, itemEvents: order, item, user, negative: undefined };
  }
  const per = negatives.perPositive;
  const offsets = new Int32Array(order.length + 1);
  for (let i = 0; i < order.length; i++) offsets[i + 1] = offsets[i] + 1 + (labels[order[i]] === 1 ? per : 0);
  const total = offsets[order.length];
  const drawn = new Uint8Array(total);
  const rows: Rows = {
    offsets,
    events: new Int32Array(total),
    itemEvents: new Int32Array(total),
    item: new Int32Array(total),
    user: new Int32Array(total),
    negative: drawn,
  };
  const draw = drawer(events, users, items, negatives);
  const earliest = new Int32Array(items.size);
  for (let i = order.length - 1; i >= 0; i--) earliest[items.codes[order[i]]] = order[i];
  for (let i = 0; i < order.length; i++) {
    for (let row = offsets[i]; row < offsets[i + 1]; row++) {
      const event = order[i];
      const negative = row > offsets[i];
      rows.events[row] = event;
      rows.user[row] = users.codes[event];
      rows.item[row] = negative ? draw(users.codes[event], row - offsets[i] === 1) : items.codes[event];
      rows.itemEvents[row] = negative ? earliest[rows.item[row]] : event;
      drawn[row] = negative ? 1 : 0;
    }
  }
  return rows;
}

/** Draws for a user an item that the log never has with them, different ones for one event while there are enough. */
function drawer(events: Table, users: Codes, items: Codes, { from = 'uniform', seed = 42 }: NegativeOptions) {
  const seen = Array.from({ length: users.size }, () => new Set<number>());
  for (let row = 0; row < events.rows; row++) seen[users.codes[row]].add(items.codes[row]);
  const random = createRandom(seed);
  // An item drawn from the events themselves is as likely as it is among them.
  const next = () => (from === 'uniform' ? random.integer(items.size) : items.codes[random.integer(events.rows)]);
  let drawn = new Set<number>();
  let counts: Int32Array | undefined;
  return (user: number, first: boolean): number => {
    if (first) drawn = new Set();
    const left = items.size - seen[user].size;
    if (left === 0) {
      const name = users.firstRow[user];
      throw new DataError(
        `data.impressions: the user of row ${name + 1} of ${events.source} has every one of the ${items.size} items in the log, so there is ` +
          'no negative to draw. Leave such users out, or draw no negatives.',
      );
    }
    if (drawn.size >= left) drawn = new Set();
    for (let attempt = 0; attempt < 200; attempt++) {
      const item = next();
      if (seen[user].has(item) || drawn.has(item)) continue;
      drawn.add(item);
      return item;
    }
    // Of few that are left, one is drawn among them: as likely as drawing on would find it.
    counts ??= from === 'uniform' ? new Int32Array(items.size).fill(1) : countsOf(items);
    const item = drawOne(counts, (each) => !seen[user].has(each) && !drawn.has(each), random.next());
    drawn.add(item);
    return item;
  };
}

function countsOf({ codes, size }: Codes): Int32Array {
  const counts = new Int32Array(size);
  for (const code of codes) counts[code]++;
  return counts;
}

/** One of those that may be drawn, each as likely as it counts. @param chance in [0, 1) */
function drawOne(counts: Int32Array, isLeft: (item: number) => boolean, chance: number): number {
  let total = 0;
  for (let item = 0; item < counts.length; item++) if (isLeft(item)) total += counts[item];
  let rest = Math.floor(chance * total);
  for (let item = 0; item < counts.length; item++) {
    if (!isLeft(item)) continue;
    rest -= counts[item];
    if (rest < 0) return item;
  }
  throw new RangeError('No item is left to draw.');
}
