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
  const starts = new Int32Array(order.length + 1);
  let count = 0;
  for (let i = 0; i < order.length; i++) {
    if (i === 0 || times[order[i]] !== times[order[i - 1]]) starts[count++] = i;
  }
  starts[count] = order.length;
  return { order, instants: starts.slice(0, count + 1) };
}

/**
 * Rows by ascending value, ties in order: a radix sort of the numbers' bits, 16 at a time.
 * @param given the order to begin with, which ties keep: sorting by the second key first sorts by both.
 */
export function sortedRows(values: Float64Array, given?: Int32Array): Int32Array {
  const rows = values.length;
  const start = given ?? allRows(rows);
  if (inOrder(values, start)) return start;
  const copy = values.slice();
  for (let i = 0; i < rows; i++) if (copy[i] === 0) copy[i] = 0;
  const bits = new Uint32Array(copy.buffer);
  // Negative numbers order backwards as bits: flip all of theirs, of others the sign alone.
  for (let i = 0; i < rows; i++) {
    const negative = bits[2 * i + 1] >>> 31 === 1;
    if (negative) bits[2 * i] = ~bits[2 * i];
    bits[2 * i + 1] = negative ? ~bits[2 * i + 1] : bits[2 * i + 1] | 0x80000000;
  }
  let from = start.slice();
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

export function allRows(rows: number): Int32Array {
  const all = new Int32Array(rows);
  for (let row = 0; row < rows; row++) all[row] = row;
  return all;
}

function inOrder(values: Float64Array, order: Int32Array): boolean {
  for (let i = 1; i < order.length; i++) if (!(values[order[i - 1]] <= values[order[i]])) return false;
  return true;
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

/** Whose value is asked: rows that hang on events (the event itself, negatives drawn for it), in the order of time. */
export interface Asked {
  /** Rows of the position `i` of the timeline are `offsets[i]` up to `offsets[i + 1]`. */
  offsets: Int32Array;
  entity: Int32Array;
}

export interface Summary {
  count: Int32Array | undefined;
  mean: Float64Array | undefined;
  stddev: Float64Array | undefined;
}

/** Of which events, what value, and what of it is wanted. */
export interface Summarized {
  value: ArrayLike<number>;
  /** 1 for the events that count; undefined: all do. */
  wanted: ArrayLike<number> | undefined;
  /** The mean of nothing is the mean of all earlier events, and before the first of them this. */
  first: number;
  wants: { count?: boolean; mean?: boolean; stddev?: boolean };
}

/**
 * Of an entity's strictly earlier events: their number, and mean and sample standard deviation of their values,
 * sqrt((sum d^2 - (sum d)^2 / n) / (n - 1)), 0 of fewer than two; d is the difference from the entity's first value: squares of
 * large values (times, ids) would leave nothing of their differences. A missing value (NaN) has no part in the latter two. Sums
 * run in the order of time, so they are the same on every machine.
 */
export function summariesBefore(
  { order, instants }: Timeline,
  entity: Int32Array,
  size: number,
  asked: Asked,
  { value, wanted, first, wants }: Summarized,
): Summary {
  const rows = asked.entity.length;
  const counts = new Int32Array(size);
  const known = new Int32Array(size);
  const sums = new Float64Array(size);
  const firsts = new Float64Array(wants.stddev ? size : 0);
  const differences = new Float64Array(wants.stddev ? size : 0);
  const squares = new Float64Array(wants.stddev ? size : 0);
  const count = wants.count ? new Int32Array(rows) : undefined;
  const mean = wants.mean ? new Float64Array(rows) : undefined;
  const stddev = wants.stddev ? new Float64Array(rows) : undefined;
  const { offsets, entity: who } = asked;
  let [n, sum] = [0, 0];
  for (let instant = 0; instant + 1 < instants.length; instant++) {
    const from = instants[instant];
    const to = instants[instant + 1];
    for (let row = offsets[from]; row < offsets[to]; row++) {
      const e = who[row];
      if (count) count[row] = counts[e];
      if (mean) mean[row] = known[e] > 0 ? sums[e] / known[e] : n > 0 ? sum / n : first;
      if (stddev && known[e] > 1)
        stddev[row] = Math.sqrt(
          Math.max(0, (squares[e] - (differences[e] * differences[e]) / known[e]) / (known[e] - 1)),
        );
    }
    for (let i = from; i < to; i++) {
      const row = order[i];
      if (wanted !== undefined && wanted[row] !== 1) continue;
      const e = entity[row];
      const v = value[row];
      counts[e]++;
      if (Number.isNaN(v)) continue;
      if (stddev) {
        if (known[e] === 0) firsts[e] = v;
        const difference = v - firsts[e];
        differences[e] += difference;
        squares[e] += difference * difference;
      }
      known[e]++;
      sums[e] += v;
      n++;
      sum += v;
    }
  }
  return { count, mean, stddev };
}

/** Seconds since the entity's latest strictly earlier event that is wanted; missing (NaN) where there is none. */
export function sinceLatest(
  { order, instants }: Timeline,
  times: Float64Array,
  entity: Int32Array,
  size: number,
  asked: Asked,
  wanted: ArrayLike<number> | undefined,
): Float64Array {
  const last = new Float64Array(size).fill(Number.NaN);
  const out = new Float64Array(asked.entity.length);
  for (let instant = 0; instant + 1 < instants.length; instant++) {
    const [from, to] = [instants[instant], instants[instant + 1]];
    const now = times[order[from]];
    for (let row = asked.offsets[from]; row < asked.offsets[to]; row++) out[row] = now - last[asked.entity[row]];
    for (let i = from; i < to; i++) if (wanted === undefined || wanted[order[i]] === 1) last[entity[order[i]]] = now;
  }
  return out;
}

/** One value or several of each event, as codes 0..size-1; -1 = missing. */
export interface Values {
  codes: Int32Array;
  size: number;
  /** Event r has `codes` from `offsets[r]` up to `offsets[r + 1]`; undefined: one each. */
  offsets?: Int32Array;
  /** By code: its place among the values in their own order, for ties. */
  rank: Int32Array;
}

/**
 * The values most frequent among each entity's strictly earlier wanted events, the most frequent first, ties by the values'
 * own order. Counts only grow, so a value that is counted can only rise: the top is kept, never sorted.
 */
export function topBefore(
  { order, instants }: Timeline,
  entity: Int32Array,
  size: number,
  asked: Asked,
  values: Values,
  wanted: ArrayLike<number> | undefined,
  length: number,
): Lists {
  const { rank } = values;
  const offsets = values.offsets ?? allRows(order.length + 1);
  const { pairs, count } = pairsOf(entity, values, offsets);
  const counts = new Int32Array(count);
  // Of each entity: the codes at the top, and their counts.
  const best = new Int32Array(size * length).fill(-1);
  const bestCounts = new Int32Array(size * length);
  const lists = new Int32Array(asked.entity.length + 1);
  const items = new Int32Array(asked.entity.length * length);
  /** Whether a code that is counted `n` times stands above what is at a place. */
  const above = (place: number, n: number, code: number) =>
    bestCounts[place] < n || (bestCounts[place] === n && rank[best[place]] > rank[code]);
  let end = 0;
  for (let instant = 0; instant + 1 < instants.length; instant++) {
    const [from, to] = [instants[instant], instants[instant + 1]];
    for (let row = asked.offsets[from]; row < asked.offsets[to]; row++) {
      const start = asked.entity[row] * length;
      for (let k = 0; k < length && best[start + k] >= 0; k++) items[end++] = best[start + k];
      lists[row + 1] = end;
    }
    for (let i = from; i < to; i++) {
      const row = order[i];
      if (wanted !== undefined && wanted[row] !== 1) continue;
      const start = entity[row] * length;
      for (let at = offsets[row]; at < offsets[row + 1]; at++) {
        const code = values.codes[at];
        if (code < 0) continue;
        const n = ++counts[pairs(row, at)];
        let k = 0;
        while (k < length - 1 && best[start + k] !== code && best[start + k] >= 0) k++;
        if (best[start + k] !== code && best[start + k] >= 0 && !above(start + k, n, code)) continue;
        while (k > 0 && above(start + k - 1, n, code)) {
          best[start + k] = best[start + k - 1];
          bestCounts[start + k] = bestCounts[start + k - 1];
          k--;
        }
        best[start + k] = code;
        bestCounts[start + k] = n;
      }
    }
  }
  return new Lists(lists, new Numbers(items.slice(0, end)));
}

/** A number for each pair of entity and value: their product where that is small, else by sorting the pairs that there are. */
function pairsOf(entity: Int32Array, { codes, size }: Values, offsets: Int32Array) {
  let entities = 0;
  for (let row = 0; row < entity.length; row++) entities = Math.max(entities, entity[row] + 1);
  if (entities * size <= 4 * codes.length + 1_000_000) {
    return { pairs: (row: number, at: number) => entity[row] * size + codes[at], count: entities * size };
  }
  const keys = new Float64Array(codes.length);
  for (let row = 0; row < entity.length; row++) {
    for (let at = offsets[row]; at < offsets[row + 1]; at++) keys[at] = entity[row] * size + codes[at];
  }
  const known = new Int32Array(codes.length);
  let count = 0;
  let before = Number.NaN;
  for (const at of sortedRows(keys)) {
    if (keys[at] !== before) count++;
    before = keys[at];
    known[at] = count - 1;
  }
  return { pairs: (_: number, at: number) => known[at], count };
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
      let from = end[i] - (lists[row + 1] - lists[row]);
      for (let at = lists[row]; at < lists[row + 1]; at++) items[at] = events[from++];
    }
  }
  return new Lists(lists, new Numbers(items));
}

/** The rows of `lists` (of event rows) with a column's values in their place. */
export function valuesOf(lists: Lists, column: Exclude<StoredColumn, Lists>): Lists {
  return new Lists(lists.offsets, column.take((lists.items as Numbers).values) as Numbers | Texts);
}
