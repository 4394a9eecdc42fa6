import { DataError } from '../errors';
import type { StoredColumn, Texts } from './columns';
import { Lists, Numbers } from './columns';

/**
 * What was known before an event, in one pass over the events in the order of time. Events of one instant do not see
 * each other: first the rows of an instant are told what came before, then its events are counted. Sums over typed
 * arrays by dense code cost a few nanoseconds an event, where a window query sorts once an entity.
 */

/** Events in the order of time. */
export interface Timeline {
  /** Rows in the order of time, ties in the order given. */
  order: Int32Array;
  /** Where each instant begins in `order`, and `order.length` at the end. */
  instants: Int32Array;
}

/** Throws a DataError for a time that is missing or infinite. */
export function timeline(times: Float64Array, where: string): Timeline {
  for (let row = 0; row < times.length; row++) {
    if (!Number.isFinite(times[row])) {
      throw new DataError(
        `${where}, row ${row + 1}: the time is ${Number.isNaN(times[row]) ? 'missing' : times[row]}. Remove such rows first, e.g. ` +
          'table.filter(column, Number.isFinite).',
      );
    }
  }
  const order = sortedRows(times);
  const starts: number[] = [];
  for (let i = 0; i < order.length; i++) if (i === 0 || times[order[i]] !== times[order[i - 1]]) starts.push(i);
  return { order, instants: Int32Array.from([...starts, order.length]) };
}

/** Rows by ascending value, ties in order: a radix sort of the numbers' bits, 16 at a time. */
export function sortedRows(values: Float64Array): Int32Array {
  const rows = values.length;
  const bits = new Uint32Array(Float64Array.from(values, (v) => (v === 0 ? 0 : v)).buffer);
  // Negative numbers order backwards as bits: flip all of theirs, of others the sign alone.
  for (let i = 0; i < rows; i++) {
    const negative = bits[2 * i + 1] >>> 31 === 1;
    if (negative) bits[2 * i] = ~bits[2 * i];
    bits[2 * i + 1] = negative ? ~bits[2 * i + 1] : bits[2 * i + 1] | 0x80000000;
  }
  let from = Int32Array.from({ length: rows }, (_, i) => i);
  let to = new Int32Array(rows);
  const counts = new Int32Array(65537);
  for (let digit = 0; digit < 4; digit++) {
    const word = digit >> 1;
    const shift = (digit & 1) * 16;
    counts.fill(0);
    for (let i = 0; i < rows; i++) counts[((bits[2 * i + word] >>> shift) & 0xffff) + 1]++;
    if (counts.includes(rows)) continue;
    for (let i = 0; i < 65536; i++) counts[i + 1] += counts[i];
    for (let i = 0; i < rows; i++) {
      const row = from[i];
      to[counts[(bits[2 * row + word] >>> shift) & 0xffff]++] = row;
    }
    [from, to] = [to, from];
  }
  return from;
}

/** The values of a column as numbers 0..size-1, in the order of first appearance; -1 = missing. */
export interface Codes {
  codes: Int32Array;
  size: number;
  /** A row that has each code. */
  firstRow: Int32Array;
}

export function denseCodes(column: StoredColumn, where: string): Codes {
  if (column.type === 'list') throw new DataError(`${where} holds lists, one id a row is needed.`);
  const raw: ArrayLike<number> = column.type === 'string' ? column.codes : column.values;
  const codes = new Int32Array(raw.length);
  const first: number[] = [];
  // Small whole numbers, which most ids are, are looked up in an array.
  let largest = 0;
  let whole = true;
  for (let row = 0; row < raw.length && whole; row++) {
    whole = raw[row] >= -1 && raw[row] <= 0x3ffffff && Number.isInteger(raw[row]);
    if (raw[row] > largest) largest = raw[row];
  }
  if (whole) {
    const known = new Int32Array(largest + 2).fill(-1);
    for (let row = 0; row < raw.length; row++) {
      const value = raw[row];
      if (value === -1 && column.type === 'string') {
        codes[row] = -1;
        continue;
      }
      if (known[value + 1] < 0) known[value + 1] = first.push(row) - 1;
      codes[row] = known[value + 1];
    }
  } else {
    const known = new Map<number, number>();
    for (let row = 0; row < raw.length; row++) {
      const value = raw[row];
      let code = Number.isNaN(value) || (column.type === 'string' && value < 0) ? -1 : known.get(value);
      if (code === undefined) {
        code = first.push(row) - 1;
        known.set(value, code);
      }
      codes[row] = code;
    }
  }
  return { codes, size: first.length, firstRow: Int32Array.from(first) };
}

/** Of the values of an entity (a user, an item, or all events) at strictly earlier times, a number for each asked row. */
export interface Known {
  count: Float64Array;
  sum: Float64Array;
  squares: Float64Array;
}

/** Whose value is asked: rows that hang on events (the event itself, negatives drawn for it), in the order of time. */
export interface Asked {
  /** Rows of the position `i` of the timeline are `offsets[i]` up to `offsets[i + 1]`. */
  offsets: Int32Array;
  entity: Int32Array;
}

/**
 * Count, sum and sum of squares of `value` over strictly earlier events of the same entity. A missing value (NaN) is not
 * counted. Sums run in the order of time, so they are the same on every machine.
 */
export function sumsBefore(
  { order, instants }: Timeline,
  entity: Int32Array,
  size: number,
  value: (row: number) => number,
  asked: Asked,
): Known {
  const rows = asked.entity.length;
  const count = new Float64Array(size);
  const sum = new Float64Array(size);
  const squares = new Float64Array(size);
  const out: Known = { count: new Float64Array(rows), sum: new Float64Array(rows), squares: new Float64Array(rows) };
  for (let instant = 0; instant + 1 < instants.length; instant++) {
    const from = instants[instant];
    const to = instants[instant + 1];
    for (let row = asked.offsets[from]; row < asked.offsets[to]; row++) {
      const e = asked.entity[row];
      if (e < 0) continue;
      out.count[row] = count[e];
      out.sum[row] = sum[e];
      out.squares[row] = squares[e];
    }
    for (let i = from; i < to; i++) {
      const e = entity[order[i]];
      const v = value(order[i]);
      if (e < 0 || Number.isNaN(v)) continue;
      count[e]++;
      sum[e] += v;
      squares[e] += v * v;
    }
  }
  return out;
}

/** The mean, or `none(row)` of nothing. */
export function means({ count, sum }: Known, none: (row: number) => number): Float64Array {
  return count.map((n, row) => (n === 0 ? none(row) : sum[row] / n));
}

/** Sample standard deviation, sqrt(sum (x - mean)^2 / (n - 1)) from exact sums; 0 of fewer than two values. */
export function deviations({ count, sum, squares }: Known): Float64Array {
  return count.map((n, row) => {
    if (n < 2) return 0;
    return Math.sqrt(Math.max(0, (squares[row] - (sum[row] * sum[row]) / n) / (n - 1)));
  });
}

/** Each user's wanted events in the order of time, and how many of them came before each position of the timeline. */
export interface Histories {
  /** Rows of events, user by user. */
  events: Int32Array;
  /** By position of the timeline: the end (exclusive) and the start of its user's earlier events in `events`. */
  start: Int32Array;
  end: Int32Array;
}

export function historiesBefore(
  { order, instants }: Timeline,
  user: Int32Array,
  users: number,
  wanted: (row: number) => boolean,
): Histories {
  const starts = new Int32Array(users + 1);
  for (const row of order) if (user[row] >= 0 && wanted(row)) starts[user[row] + 1]++;
  for (let u = 0; u < users; u++) starts[u + 1] += starts[u];
  const ends = starts.slice(0, users);
  const events = new Int32Array(starts[users]);
  const start = new Int32Array(order.length);
  const end = new Int32Array(order.length);
  for (let instant = 0; instant + 1 < instants.length; instant++) {
    for (let i = instants[instant]; i < instants[instant + 1]; i++) {
      const u = user[order[i]];
      if (u < 0) continue;
      start[i] = starts[u];
      end[i] = ends[u];
    }
    for (let i = instants[instant]; i < instants[instant + 1]; i++) {
      const u = user[order[i]];
      if (u >= 0 && wanted(order[i])) events[ends[u]++] = order[i];
    }
  }
  return { events, start, end };
}

/** The latest `length` events of each asked row's history, the oldest first: rows of events as lists. */
export function latest({ events, start, end }: Histories, length: number, { offsets }: Pick<Asked, 'offsets'>): Lists {
  const rows = offsets[offsets.length - 1];
  const lists = new Int32Array(rows + 1);
  let total = 0;
  for (let i = 0; i + 1 < offsets.length; i++) {
    const size = Math.min(length, end[i] - start[i]);
    for (let row = offsets[i]; row < offsets[i + 1]; row++) {
      total += size;
      if (total > 0x7fffffff) throw new DataError('The histories hold more than 2,147,483,647 items: shorten them.');
      lists[row + 1] = total;
    }
  }
  const items = new Int32Array(total);
  for (let i = 0; i + 1 < offsets.length; i++) {
    for (let row = offsets[i]; row < offsets[i + 1]; row++) {
      items.set(events.subarray(end[i] - (lists[row + 1] - lists[row]), end[i]), lists[row]);
    }
  }
  return new Lists(lists, new Numbers(items));
}

/** The rows of `lists` (of event rows) with a column's values in their place. */
export function valuesOf(lists: Lists, column: Exclude<StoredColumn, Lists>): Lists {
  return new Lists(lists.offsets, column.take((lists.items as Numbers).values) as Numbers | Texts);
}

/** One asked row a position of the timeline: the event itself. */
export function theEvents({ order }: Timeline, entity: Int32Array): Asked {
  return {
    offsets: Int32Array.from({ length: order.length + 1 }, (_, i) => i),
    entity: Int32Array.from(order, (row) => entity[row]),
  };
}
