import type { Scalar } from './table';

/** A column that is searched and sorted, wherever its values lie. */
export interface QueryColumn {
  name: string;
  length: number;
  at(row: number): Scalar;
  /** Numbers that order the rows, NaN for what is missing; made from the values where it is not given. */
  keys?(): Float64Array;
}

export interface TableQuery {
  /** Rows in which a column contains the text, or, as `price > 3`, in which that column is so. */
  filter?: string;
  sort?: { column: number; descending: boolean };
}

const isMissing = (value: Scalar) => value === null || value === '';

/** Numbers first, then texts; `rank` of each different value. */
function ranks(column: QueryColumn): Float64Array {
  const keys = new Float64Array(column.length);
  let numeric = true;
  for (let row = 0; row < keys.length && numeric; row++) {
    const value = column.at(row);
    numeric = typeof value === 'number' || typeof value === 'boolean' || isMissing(value);
    keys[row] = isMissing(value) ? Number.NaN : Number(value);
  }
  if (numeric) return keys;
  const different = new Map<Scalar, number>();
  for (let row = 0; row < keys.length; row++) different.set(column.at(row), 0);
  const values = [...different.keys()];
  const texts = values.filter((value) => typeof value === 'string');
  texts.sort(); // by the engine's own order of texts, which is three times as fast as a function's
  const others = values.filter((value) => typeof value !== 'string').sort((a, b) => Number(a) - Number(b));
  const sorted: Scalar[] = [...others, ...texts];
  for (const [rank, value] of sorted.entries()) different.set(value, isMissing(value) ? Number.NaN : rank);
  for (let row = 0; row < keys.length; row++) keys[row] = different.get(column.at(row))!;
  return keys;
}

function allRows(length: number): Uint32Array<ArrayBuffer> {
  const rows = new Uint32Array(length);
  for (let row = 0; row < length; row++) rows[row] = row;
  return rows;
}

/**
 * Row numbers in the order of their keys: equal keys keep their order, NaN is last whichever way. By radix, since a million keys
 * take a comparing sort more than a second.
 */
export function orderOf(keys: Float64Array, descending = false): Uint32Array {
  const copy = new Float64Array(keys.length);
  for (let row = 0; row < keys.length; row++) copy[row] = keys[row]! + 0; // -0 is 0
  const words = new Uint32Array(copy.buffer);
  const turn = descending ? 0xffffffff : 0;
  for (let row = 0; row < keys.length; row++) {
    const low = 2 * row;
    const high = low + 1;
    if (Number.isNaN(keys[row])) {
      words[low] = words[high] = 0xffffffff;
      continue;
    }
    // The bits of numbers in the order of the numbers: those of negative ones are upside down.
    const mask = words[high]! >>> 31 === 1 ? 0xffffffff : 0;
    words[low] = words[low]! ^ mask ^ turn;
    words[high] = words[high]! ^ (mask | 0x80000000) ^ turn;
  }
  let from = allRows(keys.length);
  let to = new Uint32Array(keys.length);
  for (let digit = 0; digit < 4; digit++) {
    const word = digit >> 1;
    const shift = (digit & 1) * 16;
    const starts = new Uint32Array(65_537);
    for (let row = 0; row < keys.length; row++) starts[((words[2 * row + word]! >>> shift) & 0xffff) + 1]!++;
    for (let value = 0; value < 65_536; value++) starts[value + 1]! += starts[value]!;
    for (const row of from) to[starts[(words[2 * row + word]! >>> shift) & 0xffff]!++] = row;
    [from, to] = [to, from];
  }
  return from;
}

const OPERATORS: { [operator: string]: (a: Scalar, b: Scalar) => boolean } = {
  '=': (a, b) => a === b,
  '!=': (a, b) => a !== b,
  '<': (a, b) => a! < b!,
  '<=': (a, b) => a! <= b!,
  '>': (a, b) => a! > b!,
  '>=': (a, b) => a! >= b!,
};

/** What a filter says of a row. */
function test(columns: readonly QueryColumn[], filter: string): ((row: number) => boolean) | undefined {
  const wanted = filter.trim();
  if (wanted === '') return undefined;
  const [, name = '', operator = '', right = ''] = /^(.+?)\s*(!=|<=|>=|=|<|>)\s*(.*)$/.exec(wanted) ?? [];
  const column =
    columns.find((each) => each.name === name) ??
    columns.find((each) => each.name.toLowerCase() === name.toLowerCase());
  if (column) {
    const holds = OPERATORS[operator]!;
    const number = right.trim() === '' ? Number.NaN : Number(right);
    return (row) => {
      const value = column.at(row);
      if (typeof value === 'number') return !Number.isNaN(number) && holds(value, number);
      return value === null ? right === '' && holds('', '') : holds(String(value), right);
    };
  }
  const needle = wanted.toLowerCase();
  return (row) =>
    columns.some((each) =>
      String(each.at(row) ?? '')
        .toLowerCase()
        .includes(needle),
    );
}

/** The rows that a query finds, in its order. A query of the same columns again, with another page, is answered by the caller's copy. */
export function findRows(columns: readonly QueryColumn[], { filter = '', sort }: TableQuery): Uint32Array {
  const column = sort && columns[sort.column];
  const length = columns[0]?.length ?? 0;
  const order = column ? orderOf(column.keys?.() ?? ranks(column), sort.descending) : allRows(length);
  const holds = test(columns, filter);
  return holds ? order.filter(holds) : order;
}
