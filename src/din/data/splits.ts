import { DataError } from '../errors';
import { checkFraction } from './options';
import { checkSeed, createRandom, permutation } from './random';
import type { Table } from './table';

export interface Split {
  train: Table;
  test: Table;
}

/** Rows of a table by part, ascending. */
interface RowSplit {
  train: Int32Array;
  test: Int32Array;
}

function take(table: Table, { train, test }: RowSplit): Split {
  if (train.length === 0 || test.length === 0) {
    throw new DataError(
      `${table.source}: ${table.rows} rows cannot be split, the ${train.length === 0 ? 'training' : 'test'} part would be ` +
        'empty. Give more rows, or another split or testFraction.',
    );
  }
  return { train: part(table, train), test: part(table, test) };
}

/** Rows that follow each other, as in a table in the order of time, are shared instead of copied. */
function part(table: Table, rows: Int32Array): Table {
  const [first, last] = [rows[0], rows[rows.length - 1]];
  return last - first + 1 === rows.length ? table.slice(first, last + 1) : table.take(rows);
}

function rowsWhere(rows: number, isTest: (row: number) => boolean): RowSplit {
  const all = Int32Array.from({ length: rows }, (_, row) => row);
  return { train: all.filter((row) => !isTest(row)), test: all.filter(isTest) };
}

/** At least one, however few there are. */
function share(count: number, fraction: number): number {
  return Math.max(1, Math.round(count * fraction));
}

/**
 * The latest rows are for testing. Rows of one second stay together, so the test part may be a little larger than
 * `testFraction`. Throws a DataError when the fraction is not in (0, 1) or `column` is not numeric.
 */
export function timeSplit(table: Table, testFraction = 0.2, column = 'timestamp'): Split {
  checkFraction(table.source, 'testFraction', testFraction);
  const times = table.numbers(column);
  const sorted = Float64Array.from(times).sort();
  const cut = sorted[table.rows - share(table.rows, testFraction)];
  if (table.rows > 1 && cut === sorted[0]) {
    throw new DataError(
      `${table.source}: ${table.rows} rows cannot be split by time, the training part would be empty: the latest ` +
        `${share(table.rows, testFraction)} begin at ${column} ${cut}, where all rows begin. Use a random split.`,
    );
  }
  return take(
    table,
    rowsWhere(table.rows, (row) => times[row] >= cut),
  );
}

/** Rows drawn by chance are for testing; both parts keep the table's order. The same seed gives the same split. */
export function randomSplit(table: Table, testFraction = 0.2, seed = 42): Split {
  checkFraction(table.source, 'testFraction', testFraction);
  checkSeed(table.source, seed);
  const chosen = new Uint8Array(table.rows);
  const order = permutation(table.rows, seed);
  for (const row of order.subarray(0, share(table.rows, testFraction))) chosen[row] = 1;
  return take(
    table,
    rowsWhere(table.rows, (row) => chosen[row] === 1),
  );
}

/** All rows of users drawn by chance are for testing, as in the DIN paper's MovieLens split. */
export function byUser(table: Table, testFraction = 0.2, seed = 42, column = 'userId'): Split {
  checkFraction(table.source, 'testFraction', testFraction);
  checkSeed(table.source, seed);
  const users = table.numbers(column);
  const distinct = [...new Set(users)].sort((a, b) => a - b);
  const random = createRandom(seed);
  const keyed = distinct.map((user) => ({ user, key: random.next() })).sort((a, b) => a.key - b.key || a.user - b.user);
  const chosen = new Set(keyed.slice(0, share(distinct.length, testFraction)).map(({ user }) => user));
  return take(
    table,
    rowsWhere(table.rows, (row) => chosen.has(users[row])),
  );
}
