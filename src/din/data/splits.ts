import { escapeHtml } from '../../base/escape';
import { createRandom, permutation } from '../../base/random';
import { DISPLAY, type Displayable } from '../../outputs/display';
import type { MimeBundle } from '../../outputs/mime';
import { checkChoice, checkFraction, checkSeed, checkSettings } from '../checks';
import { DataError } from '../errors';
import { allRows, denseCodes, sortedRows } from './events';
import { formatCount } from './preview';
import { Table } from './table';

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
  const parts = { train: new Int32Array(rows), test: new Int32Array(rows) };
  const ends = { train: 0, test: 0 };
  for (let row = 0; row < rows; row++) {
    const name = isTest(row) ? 'test' : 'train';
    parts[name][ends[name]++] = row;
  }
  return { train: parts.train.subarray(0, ends.train), test: parts.test.subarray(0, ends.test) };
}

/** At least one, however few there are. */
function share(count: number, fraction: number): number {
  return Math.max(1, Math.round(count * fraction));
}

/** Throws a DataError for a time that is missing: it is neither early nor late. */
function timesOf(table: Table, column: string): Float64Array {
  const times = table.numbers(column);
  const missing = times.findIndex((time) => !Number.isFinite(time));
  if (missing < 0) return times;
  throw new DataError(
    `${table.source}: column '${column}', row ${missing + 1}: the time is missing, so the row belongs to neither part. Remove such ` +
      `rows first: table.filter('${column}', Number.isFinite).`,
  );
}

/**
 * The latest rows are for testing. Rows of one second stay together, so the test part may be a little larger than
 * `testFraction`. Throws a DataError when the fraction is not in (0, 1) or `column` is not numeric.
 */
export function timeSplit(table: Table, testFraction = 0.2, column = 'timestamp'): Split {
  checkFraction(table.source, 'testFraction', testFraction);
  if (column === 'timestamp' && !table.columns.has(column)) {
    throw new DataError(
      `data.timeSplit: ${table.source} has no column 'timestamp'. Name the column of the times: ` +
        `din.data.split(table, { by: 'time', column: '...' }). Columns: ${table.names.join(', ')}.`,
    );
  }
  const times = timesOf(table, column);
  const order = sortedRows(times);
  const cut = times[order[table.rows - share(table.rows, testFraction)]];
  if (table.rows > 1 && cut === times[order[0]]) {
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
  const { values: users } = table.cells(column);
  for (let row = 0; row < table.rows; row++) {
    if (users[row] !== '' && !Number.isNaN(users[row])) continue;
    throw new DataError(`${table.source}: column '${column}', row ${row + 1}: the user is missing.`);
  }
  const distinct: (number | string)[] = [
    ...new Set<number | string>(users as ArrayLike<number | string> & Iterable<number | string>),
  ];
  distinct.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  const random = createRandom(seed);
  const keyed = distinct.map((user, i) => ({ user, i, key: random.next() })).sort((a, b) => a.key - b.key || a.i - b.i);
  const chosen = new Set(keyed.slice(0, share(distinct.length, testFraction)).map(({ user }) => user));
  return take(
    table,
    rowsWhere(table.rows, (row) => chosen.has(users[row])),
  );
}

export interface SplitOptions {
  by: 'time' | 'user' | 'last' | 'random';
  /** The column of the times (`time`) or of the users (`user`, `last`); not needed for `random`. */
  column?: string;
  /** Share of the rows (`user`: of the users) that is for testing, in (0, 1); default 0.2. Not of `last`. */
  test?: number;
  /** Of `last`: the column of the times, whose rows of one user and time stay together; default the table's order, row by row. */
  time?: string;
  /** Of `user` and `random`; default 42. */
  seed?: number;
}

/** A setting that a split does not read would be ignored in silence. */
const SETTINGS: Readonly<Record<SplitOptions['by'], readonly (keyof SplitOptions)[]>> = {
  time: ['column', 'test'],
  user: ['column', 'test', 'seed'],
  last: ['column', 'time'],
  random: ['test', 'seed'],
};

/** What the training part knows that a model in use would not, by split. */
const LEAKS: Readonly<Record<SplitOptions['by'], string>> = {
  time: "Nothing of the test rows' time is in the training rows. Users and items that only test rows have are unknown to the model.",
  user: 'Training rows may be later than test rows: what is popular later is known. Nothing of the test users is.',
  last: "Training rows of other users may be later than a user's test row: what is popular later is known. Every test user is known.",
  random:
    'Training rows of the same users and items are later than test rows: this flatters a model. Good for checks, not for claims.',
};

/** Two parts of a table. Displayed, it says their sizes and what the split leaks. */
export class SplitTables implements Split, Displayable {
  constructor(
    readonly train: Table,
    readonly test: Table,
    readonly by: SplitOptions['by'],
    readonly leaks: string,
  ) {}

  [DISPLAY](): MimeBundle {
    const sizes = `split by ${this.by}: ${formatCount(this.train.rows)} training rows, ${formatCount(this.test.rows)} test rows`;
    return {
      'text/plain': `${sizes}\n${this.leaks}`,
      'text/html': `<p>${escapeHtml(sizes)}</p><p><small>${escapeHtml(this.leaks)}</small></p>`,
    };
  }
}

/**
 * Training and test rows: the latest (`time`), those of users drawn by chance (`user`), the last of each user that has
 * several (`last`, leave-one-out), or any (`random`). Both parts keep the table's order. `leaks` says what the training
 * part knows that it would not know in use.
 *
 * Throws a DataError for an unknown option or column, a missing time, and a part that would be empty.
 */
export function split(table: Table, options: SplitOptions): SplitTables {
  const where = 'data.split';
  if (!(table instanceof Table)) throw new DataError(`${where}: the first argument is a table.`);
  checkSettings(where, options, ['by', 'column', 'test', 'time', 'seed']);
  const { by, column, test = 0.2, time, seed = 42 } = options;
  checkChoice(where, 'by', by, Object.keys(SETTINGS), `; 'last' is leave-one-out, the last event of each user`);
  checkSettings(`${where}, by '${by}'`, options, ['by', ...SETTINGS[by]]);
  checkFraction(where, 'test', test);
  if (column === undefined && by !== 'random') {
    throw new DataError(
      `${where}: name the column of the ${by === 'time' ? 'times' : 'users'}: { by: '${by}', column: '...' }. Columns: ${table.names.join(', ')}.`,
    );
  }
  const parts =
    by === 'time'
      ? timeSplit(table, test, column)
      : by === 'user'
        ? byUser(table, test, seed, column)
        : by === 'random'
          ? randomSplit(table, test, seed)
          : lastOfEach(table, column!, time);
  return new SplitTables(parts.train, parts.test, by, LEAKS[by]);
}

/** What is before a time is for training, the rest for testing: splits that a data set's authors name. */
export function splitAt(table: Table, column: string, first: number): SplitTables {
  const times = timesOf(table, column);
  const parts = take(
    table,
    rowsWhere(table.rows, (row) => times[row] >= first),
  );
  return new SplitTables(parts.train, parts.test, 'time', LEAKS.time);
}

/** The last row of each user that has several; with times all rows of the user's last time, where there are earlier ones. */
function lastOfEach(table: Table, column: string, time: string | undefined): Split {
  const { codes, size } = denseCodes(table.column(column), `${table.source}: column '${column}'`);
  const times = time === undefined ? allRows(table.rows) : timesOf(table, time);
  const first = new Float64Array(size).fill(Number.POSITIVE_INFINITY);
  const last = new Float64Array(size).fill(Number.NEGATIVE_INFINITY);
  for (let row = 0; row < table.rows; row++) {
    const user = codes[row];
    if (user < 0) throw new DataError(`${table.source}: column '${column}', row ${row + 1}: the user is missing.`);
    first[user] = Math.min(first[user], times[row]);
    last[user] = Math.max(last[user], times[row]);
  }
  if (!first.some((each, user) => each < last[user])) {
    throw new DataError(
      `${table.source}: no '${column}' has ${time === undefined ? 'two rows' : `rows of two different '${time}'`}, so there is no last one to leave out. ` +
        `Is '${column}' the column of the users? { by: 'last', column, time }; or split by time.`,
    );
  }
  const parts = take(
    table,
    rowsWhere(table.rows, (row) => first[codes[row]] < last[codes[row]] && last[codes[row]] === times[row]),
  );
  if (time === undefined) checkWholeEvents(parts);
  return parts;
}

/** Drawn negatives stand after their positive: the last row of each user alone would be one of them. */
function checkWholeEvents({ train, test }: Split): void {
  const labels = ({ columns }: Table) => {
    const column = columns.get('label');
    return column?.type === 'number' ? column.values : undefined;
  };
  const [known, tested] = [labels(train), labels(test)];
  if (!known?.includes(1) || !tested || tested.includes(1)) return;
  throw new DataError(
    `${test.source}: the last rows of the users are all negatives: they would be torn from the positives that they were drawn for. ` +
      "Name the column of the times, and the rows of a user's last time stay together: { by: 'last', column, time: '...' }.",
  );
}
