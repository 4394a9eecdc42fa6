import type { Lists, Numbers, Texts } from '../../data/columns';
import { formatCount } from '../../data/preview';
import type { Table } from '../../data/table';
import { codesOf, isId, type Leak, LOOKED, Numbering } from './samples';

/** How much more often a positive's candidate stands in its history than a negative's, or than in the next place, before it is suspicious. */
const EXCESS = 0.3;

/** A column of lists, or columns of one position each, most recent first. */
interface Past {
  name: string;
  /** The values by row, in the numbering, from `offsets[row]` up to `offsets[row + 1]`; -1 = padding. */
  codes: Int32Array;
  offsets: Int32Array;
  numbering: Numbering;
  type: 'number' | 'string';
  isList: boolean;
}

function pastsOf(table: Table, label: string): { pasts: Past[]; single: string[] } {
  const grouped = new Set<string>();
  const pasts: Past[] = [];
  for (const name of table.names.filter((each) => each !== label)) {
    const column = table.column(name);
    if (column.type === 'list') {
      const numbering = new Numbering();
      const codes = numbering.of(column.items);
      pasts.push({ name, codes, offsets: column.offsets, numbering, type: column.items.type, isList: true });
    } else if (/\D1$/.test(name)) {
      const columns = positionsOf(table, name);
      for (const each of columns) grouped.add(each);
      pasts.push({ name, ...besideEachOther(columns.map((each) => table.cells(each))), isList: false });
    }
  }
  const single = table.names.filter(
    (name) => name !== label && !grouped.has(name) && table.column(name).type !== 'list',
  );
  return { pasts, single };
}

/** `movie1`, `movie2`, ... as far as there are such columns of one type. */
function positionsOf(table: Table, first: string): string[] {
  const { type } = table.column(first);
  const names = [first];
  for (let i = 2; ; i++) {
    const next = `${first.slice(0, -1)}${i}`;
    if (table.columns.get(next)?.type !== type) return names;
    names.push(next);
  }
}

function besideEachOther(
  columns: readonly (Numbers | Texts)[],
): Pick<Past, 'codes' | 'offsets' | 'numbering' | 'type'> {
  const numbering = new Numbering();
  const parts = columns.map((column) => numbering.of(column));
  const rows = parts[0].length;
  const codes = new Int32Array(rows * parts.length);
  parts.forEach((part, i) => {
    // Padding of numbers is 0.
    const column = columns[i];
    const isPadding = (row: number) => column.type === 'number' && column.values[row] === 0;
    for (let row = 0; row < rows; row++) codes[row * parts.length + i] = isPadding(row) ? -1 : part[row];
  });
  const offsets = Int32Array.from({ length: rows + 1 }, (_, row) => row * parts.length);
  return { codes, offsets, numbering, type: columns[0].type };
}

/** Histories that hold the value of another column, the candidate's: the event that is to be predicted. */
export function ownEvents(table: Table, label: string, labels: Float64Array): Leak[] {
  const { pasts, single } = pastsOf(table, label);
  const keys = single.filter((name) => isId(table.column(name)));
  return pasts.flatMap((past) => {
    const found = single
      .filter((name) => table.column(name).type === past.type && past.codes.length > 0)
      .map((candidate) => ({ candidate, ...ownShares(past, table.cells(candidate), labels) }))
      .sort((a, b) => b.found - a.found);
    const excess = found.find((each) => each.found > EXCESS);
    const percent = (share: number) => `${(100 * share).toFixed(0)} %`;
    if (excess) {
      const where = past.isList ? (excess.atEnd ? ' at an end of the list' : ' in the list') : '';
      return [
        {
          column: past.name,
          problem:
            `${percent(excess.positive)} of the positive rows have their own '${excess.candidate}'${where}, of the negative ones ` +
            `${percent(excess.negative)}: does the history hold the event that is to be predicted?`,
        },
      ];
    }
    const both = found.find((each) => each.always && !isTrait(table, past, each.candidate, keys));
    if (!both) return [];
    return [
      {
        column: past.name,
        problem:
          `${percent(both.all)} of the rows have their own '${both.candidate}' at the same end of it, positive and negative ones: ` +
          'does the history hold the event that is to be predicted?',
      },
    ];
  });
}

const NONE = { found: 0, atEnd: false, positive: 0, negative: 0, always: false, all: 0 };

/** How many rows have their own value in the history: of the positive ones, of the negative ones, and in the place next to that. */
function ownShares({ codes, offsets, numbering }: Past, column: Numbers | Texts, labels: Float64Array) {
  const own = numbering.of(column);
  if (new Set(own.subarray(0, 1000)).size <= 2) return NONE;
  const distinct = new Set(own).size;
  const rows = [0, 0];
  const hits = { last: [0, 0], first: [0, 0], beforeLast: [0, 0], afterFirst: [0, 0], anywhere: [0, 0] };
  let held = 0;
  for (let row = 0; row < labels.length; row++) {
    const label = labels[row];
    const [from, to] = [offsets[row], offsets[row + 1]];
    rows[label]++;
    if (own[row] < 0 || from === to) continue;
    let times = 0;
    for (let at = from; at < to; at++) if (codes[at] === own[row]) times++;
    if (times === 0) continue;
    held += times;
    hits.anywhere[label]++;
    if (codes[to - 1] === own[row]) hits.last[label]++;
    if (codes[from] === own[row]) hits.first[label]++;
    if (to - from > 1 && codes[to - 2] === own[row]) hits.beforeLast[label]++;
    if (to - from > 1 && codes[from + 1] === own[row]) hits.afterFirst[label]++;
  }
  const share = (of: readonly number[], label: 0 | 1) => of[label] / Math.max(1, rows[label]);
  const both = (of: readonly number[]) => (of[0] + of[1]) / Math.max(1, labels.length);
  const ends = [
    { end: hits.last, next: hits.beforeLast },
    { end: hits.first, next: hits.afterFirst },
  ].map(({ end, next }) => ({
    positive: share(end, 1),
    negative: share(end, 0),
    // Who always comes back to the same has it in the place next to the end nearly as often: that is no leak.
    found: Math.min(share(end, 1) - share(end, 0), share(end, 1) - share(next, 1)),
    all: both(end),
    always: both(end) >= 0.9 && both(next) <= 0.5,
  }));
  const [end] = ends.sort((a, b) => b.found - a.found);
  const always = ends.some((each) => each.always);
  const all = Math.max(...ends.map((each) => each.all));
  if (end.found > EXCESS) return { ...end, atEnd: true, always, all };
  // Sorted or without order: nearly every positive row has its own somewhere, once, of many that there are.
  const [positive, negative] = [share(hits.anywhere, 1), share(hits.anywhere, 0)];
  const once = held <= 1.5 * (hits.anywhere[0] + hits.anywhere[1]);
  const plain = positive >= 0.98 && once && distinct >= 50;
  return { found: plain ? positive - negative : 0, atEnd: false, positive, negative, always, all };
}

/** Whether list and value are both traits of one thing, as a film's genres and its first genre: the same in all its rows. */
function isTrait(table: Table, past: Past, candidate: string, keys: readonly string[]): boolean {
  const own = past.numbering.of(table.cells(candidate));
  const lists = Float64Array.from({ length: table.rows }, (_, row) => {
    let hash = 0;
    for (let at = past.offsets[row]; at < past.offsets[row + 1]; at++)
      hash = (Math.imul(hash, 31) + past.codes[at] + 2) | 0;
    return hash;
  });
  return keys.some((key) => {
    const { codes, size } = codesOf([table], key);
    const seen = new Int32Array(size).fill(-1);
    let [again, alike] = [0, 0];
    codes.forEach((code, row) => {
      if (code < 0) return;
      const before = seen[code];
      if (before < 0) seen[code] = row;
      else {
        again++;
        if (lists[before] === lists[row] && own[before] === own[row]) alike++;
      }
    });
    return again > 0 && alike >= 0.99 * again;
  });
}

/** Lists of times, by their name (`<history>_<time>`) or by lying where the rows' times lie, that are not before the row's. */
export function laterTimes(table: Table, time: string): Leak[] {
  const now = table.numbers(time);
  let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const each of now) {
    least = Math.min(least, each);
    most = Math.max(most, each);
  }
  return table.names.flatMap((name) => {
    const lists = table.column(name);
    if (lists.type !== 'list' || lists.items.type !== 'number') return [];
    if (!name.endsWith(`_${time}`) && !areTimes(lists.items, least, most)) return [];
    const late = lateRows(lists, lists.items, now);
    if (late === 0) return [];
    return [
      {
        column: name,
        problem: `${formatCount(late)} of ${formatCount(table.rows)} rows have events in their history that are not earlier than they are.`,
      },
    ];
  });
}

function lateRows({ offsets }: Lists, { values }: Numbers, now: Float64Array): number {
  let late = 0;
  for (let row = 0; row < now.length; row++) {
    let latest = Number.NEGATIVE_INFINITY;
    for (let at = offsets[row]; at < offsets[row + 1]; at++) if (values[at] > latest) latest = values[at];
    if (latest >= now[row]) late++;
  }
  return late;
}

/** Seconds since 1970, as the rows' own: nearly all of them within the rows' time, or as long before it or after it. */
function areTimes({ values }: Numbers, least: number, most: number): boolean {
  if (least < 1e8) return false;
  const span = Math.max(most - least, 86_400);
  let within = 0;
  for (const value of values) if (value >= least - span && value <= most + span) within++;
  return values.length > 0 && within >= 0.9 * values.length;
}

/**
 * Histories whose events the table has for the same user only at the row's time or later. The user's column is the one in whose
 * rows histories go on from one to the next, or the one that is named.
 */
export function laterEvents(tables: readonly Table[], label: string, time: string, user: string | undefined): Leak[] {
  const part = tables[0].slice(0, LOOKED);
  const keys = pastsOf(part, label).single.filter((name) => name !== time && isId(part.column(name)));
  const leaks = new Map<string, Leak>();
  for (const past of pastsOf(part, label).pasts) {
    const who = user ?? userOf(part, past, time, keys);
    if (who === undefined) continue;
    const rows = rowsOfUsers(tables, who);
    for (const candidate of keys.filter((name) => name !== who && part.column(name).type === past.type)) {
      const late = lateShare(rows, { name: past.name, candidate, user: who, time, label });
      if (late === undefined || leaks.has(past.name)) continue;
      leaks.set(past.name, {
        column: past.name,
        problem:
          `${(100 * late).toFixed(0)} % of what it holds are a '${candidate}' that the rows of the same '${who}' have only at the row's time ` +
          'or later: does the history hold what came after?',
      });
    }
  }
  return [...leaks.values()];
}

/** The column in whose rows, in the order of time, a history holds most of what the one before held. */
function userOf(table: Table, past: Past, time: string, keys: readonly string[]): string | undefined {
  const times = table.numbers(time);
  const overlaps = keys.map((key) => {
    const { codes, size } = codesOf([table], key);
    const latest = new Int32Array(size).fill(-1);
    let [shared, all] = [0, 0];
    for (let row = 0; row < table.rows && all < 200_000; row++) {
      if (codes[row] < 0) continue;
      const before = latest[codes[row]];
      latest[codes[row]] = row;
      if (before < 0 || times[before] > times[row]) continue;
      const held = new Set(past.codes.subarray(past.offsets[before], past.offsets[before + 1]));
      const now = past.codes.subarray(past.offsets[row], past.offsets[row + 1]);
      if (held.size === 0 || now.length === 0) continue;
      let found = 0;
      for (const code of now) if (held.has(code)) found++;
      shared += found;
      all += now.length;
    }
    return { key, size, overlap: all === 0 ? 0 : shared / all };
  });
  const most = Math.max(0, ...overlaps.map(({ overlap }) => overlap));
  // A session's rows go on as well as its user's: of those the coarser.
  const [best] = overlaps.filter(({ overlap }) => overlap >= most - 0.02).sort((a, b) => a.size - b.size);
  return best && best.overlap >= 0.5 ? best.key : undefined;
}

/** All rows of some users, where there are very many. */
function rowsOfUsers(tables: readonly Table[], user: string): Table[] {
  const rows = tables.reduce((sum, table) => sum + table.rows, 0);
  const every = Math.ceil(rows / LOOKED);
  if (every === 1) return [...tables];
  const { codes } = codesOf(tables, user);
  let start = 0;
  return tables.map((table) => {
    const wanted: number[] = [];
    for (let row = 0; row < table.rows; row++) {
      if (Math.imul(codes[start + row], 0x9e3779b1) >>> 0 < 2 ** 32 / every) wanted.push(row);
    }
    start += table.rows;
    return table.take(wanted);
  });
}

interface Asked {
  name: string;
  candidate: string;
  user: string;
  time: string;
  label: string;
}

/** Share of a history's values that its user has at the row's time or later only; undefined where that is not suspicious, or says nothing. */
function lateShare(tables: readonly Table[], { name, candidate, user, time, label }: Asked): number | undefined {
  const users = codesOf(tables, user).codes;
  const numbering = new Numbering();
  const own = tables.map((table) => numbering.of(table.cells(candidate)));
  const times = tables.map((table) => table.numbers(time));
  const pasts = tables.map((table) => pastsOf(table, label).pasts.find((past) => past.name === name)!);
  const starts = tables.map((_, i) => tables.slice(0, i).reduce((sum, table) => sum + table.rows, 0));
  const first = new Map<number, number>();
  let events = 0;
  const pair = (code: number, value: number) => code * 2 ** 26 + value;
  tables.forEach((table, i) => {
    for (let row = 0; row < table.rows; row++) {
      const code = users[starts[i] + row];
      if (code < 0 || own[i][row] < 0) continue;
      const key = pair(code, own[i][row]);
      events++;
      first.set(key, Math.min(first.get(key) ?? Number.POSITIVE_INFINITY, times[i][row]));
    }
  });
  // Where users have the same again and again, as of a category, a later one says nothing.
  if (events > 2 * first.size) return undefined;
  const counts = { all: 0, known: 0, late: 0 };
  tables.forEach((table, i) => {
    const translated = pasts[i].numbering.to(numbering);
    for (let row = 0; row < table.rows; row++) {
      for (let at = pasts[i].offsets[row]; at < pasts[i].offsets[row + 1]; at++) {
        const value = pasts[i].codes[at];
        if (value < 0) continue;
        counts.all++;
        const since = translated[value] < 0 ? undefined : first.get(pair(users[starts[i] + row], translated[value]));
        if (since === undefined) continue;
        counts.known++;
        if (since >= times[i][row]) counts.late++;
      }
    }
  });
  // What another log's histories hold is mostly not among the rows.
  if (counts.known < 0.9 * counts.all || counts.late < 0.2 * counts.known || counts.all === 0) return undefined;
  return counts.late / counts.all;
}
