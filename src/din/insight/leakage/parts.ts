import { formatCount } from '../../data/preview';
import type { Table } from '../../data/table';
import { concat, type Leak, Numbering } from './samples';

/** Training rows that are kept by their values at a time. */
const KEPT = 4_000_000;

/** Test rows that are training rows too. Undefined where the columns do not tell rows apart, so that equal ones say nothing. */
export function sharedRows(train: Table, test: Table): Leak[] | undefined {
  const names = train.names.filter((name) => train.column(name).type === test.columns.get(name)?.type);
  const fields = names.map((name) => fieldOf(train, test, name));
  const first = mixed(fields, train.rows + test.rows, 0x9e3779b1);
  const second = mixed(fields, train.rows + test.rows, 0x85ebca6b);
  const keyOf = (row: number) => first[row] * 2 ** 20 + (second[row] & 0xfffff);
  // Of very many rows, those whose hash chance chooses, the same in both parts.
  const every = Math.ceil(train.rows / KEPT);
  const known = new Map<number, number>();
  let looked = 0;
  for (let row = 0; row < train.rows; row++) {
    if (second[row] % every !== 0) continue;
    looked++;
    known.set(keyOf(row), row);
  }
  if (looked > 100 && known.size < looked / 10) return undefined;
  let shared = 0;
  for (let row = train.rows; row < train.rows + test.rows; row++) {
    if (second[row] % every !== 0) continue;
    const other = known.get(keyOf(row));
    if (other !== undefined && fields.every((field) => field.equal(other, row))) shared++;
  }
  if (shared === 0) return [];
  const rows = shared === 1 && every === 1 ? 'row is' : 'rows are';
  const count = every === 1 ? formatCount(shared) : `about ${formatCount(shared * every)}`;
  return [
    {
      column: 'test rows',
      problem: `${count} of ${formatCount(test.rows)} test ${rows} among the training rows, equal in every column.`,
    },
  ];
}

/** A column of the training rows, and then of the test rows. */
interface Field {
  codes: Int32Array;
  range(row: number): [number, number];
  equal(a: number, b: number): boolean;
}

function fieldOf(train: Table, test: Table, name: string): Field {
  const numbering = new Numbering();
  const [a, b] = [train.column(name), test.column(name)];
  if (a.type === 'number' && b.type === 'number') {
    const values = concat([a.values, b.values]);
    const bits = new Int32Array(values.buffer);
    const codes = Int32Array.from(values, (_, row) => bits[2 * row] ^ bits[2 * row + 1]);
    return { codes, range: (row) => [row, row + 1], equal: (one, other) => Object.is(values[one], values[other]) };
  }
  if (a.type !== 'list' || b.type !== 'list') {
    const codes = Int32Array.from(concat([train, test].map((table) => numbering.of(table.cells(name)))));
    return { codes, range: (row) => [row, row + 1], equal: (one, other) => codes[one] === codes[other] };
  }
  const codes = Int32Array.from(concat([a, b].map(({ items }) => numbering.of(items))));
  const [mine, theirs, before] = [a.offsets, b.offsets, a.items.length];
  const range = (row: number): [number, number] => {
    const at = row - train.rows;
    return at < 0 ? [mine[row], mine[row + 1]] : [before + theirs[at], before + theirs[at + 1]];
  };
  const equal = (one: number, other: number) => {
    const [[from, to], [start, end]] = [range(one), range(other)];
    if (to - from !== end - start) return false;
    for (let i = 0; i < to - from; i++) if (codes[from + i] !== codes[start + i]) return false;
    return true;
  };
  return { codes, range, equal };
}

function mixed(fields: readonly Field[], rows: number, factor: number): Uint32Array {
  const hashes = new Uint32Array(rows);
  for (const { codes, range } of fields) {
    for (let row = 0; row < rows; row++) {
      const [from, to] = range(row);
      let hash = Math.imul(hashes[row] ^ (to - from), factor);
      for (let at = from; at < to; at++) {
        hash = Math.imul(hash ^ (codes[at] + 1), factor);
        hash ^= hash >>> 15;
      }
      hashes[row] = hash;
    }
  }
  return hashes;
}

export function earlierTests(train: Table, test: Table, time: string): Leak[] {
  const latest = train.numbers(time).reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY);
  const early = test.numbers(time).reduce((count, value) => count + (value < latest ? 1 : 0), 0);
  if (early === 0) return [];
  return [
    {
      column: time,
      problem: `${formatCount(early)} of ${formatCount(test.rows)} test rows are earlier than the latest training row: what came later is known. Split by time.`,
    },
  ];
}
