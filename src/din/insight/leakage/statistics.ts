import type { Table } from '../../data/table';
import { codesOf, commonNames, concat, inFirstHalf, isId, type Leak } from './samples';

/** Share of the rows that must agree with a statistic over everything. */
const AGREES = 0.95;
/** Ids with fewer rows say little: their statistics agree by chance. */
const ROWS_OF_AN_ID = 5;
/** Fewer ids are too few to tell their order from chance. */
const IDS = 30;

/**
 * Columns that are, for each id, one and the same number, made of all its rows: its mean label or mean of a value with few levels
 * (stars), also smoothed; its number of rows or of positives, also as a logarithm or a rank; or the mean label of all others. What is
 * known before an event changes from one to the next. Over all rows there are, or over those of training.
 */
export function wholeStatistics(parts: readonly Table[], label: string): Leak[] {
  const leaks = new Map<string, Leak>();
  for (const tables of parts.length === 1 ? [parts] : [parts, parts.slice(0, 1)]) {
    const rows = tables.length === parts.length ? 'all rows' : 'all training rows';
    for (const leak of statisticsOf(tables, label, rows)) if (!leaks.has(leak.column)) leaks.set(leak.column, leak);
  }
  return [...leaks.values()];
}

function statisticsOf(tables: readonly Table[], label: string, rows: string): Leak[] {
  const names = commonNames(tables, label);
  const numbers = (name: string) => concat(tables.map((table) => table.typed(name)));
  const labels = numbers(label);
  const values = new Map(
    names.filter((name) => tables[0].column(name).type === 'number').map((name) => [name, numbers(name)]),
  );
  const levels = [...values].filter(([, column]) => hasFewLevels(column));
  const leaks = new Map<string, Leak>();
  for (const key of names.filter((name) => isId(tables[0].column(name)))) {
    const { codes, size } = codesOf(tables, key);
    const ofLabel = sumsBy(codes, size, labels);
    if (!ofLabel.counts.some((count) => count >= ROWS_OF_AN_ID)) continue;
    const statistics = [
      { what: `the mean of '${label}'`, of: label, ...ofLabel },
      ...levels.map(([name, column]) => ({ what: `the mean of '${name}'`, of: name, ...sumsBy(codes, size, column) })),
    ];
    for (const [name, column] of values) {
      if (name === key || leaks.has(name)) continue;
      const what = whatItIs({
        codes,
        column,
        labels,
        label,
        ofLabel,
        statistics: statistics.filter(({ of }) => of !== name),
      });
      if (what === undefined) continue;
      leaks.set(name, {
        column: name,
        problem: `is ${what} over ${rows} of each '${key}', its own and later ones included: use what was known before, as din.data.impressions gives it.`,
      });
    }
  }
  return [...leaks.values()];
}

interface Asked {
  codes: Int32Array;
  column: Float64Array;
  labels: Float64Array;
  label: string;
  ofLabel: Sums;
  statistics: (Sums & { what: string })[];
}

function whatItIs({ codes, column, labels, label, ofLabel, statistics }: Asked): string | undefined {
  const same = ({ sums, counts }: Sums) =>
    agrees(codes, counts, column, (row) => sums[codes[row]] / counts[codes[row]]);
  const others = (row: number) => (ofLabel.sums[codes[row]] - labels[row]) / (ofLabel.counts[codes[row]] - 1);
  if (agrees(codes, ofLabel.counts, column, others)) return `the mean of the other rows' '${label}'`;
  if (agrees(codes, ofLabel.counts, column, (row) => ofLabel.counts[codes[row]])) return 'the number of rows';
  const exact = statistics.find(same);
  if (exact) return exact.what;
  const perId = oneOfEach(codes, ofLabel.counts, column);
  if (!perId) return undefined;
  const made = statistics.find((sums) =>
    isMadeOf(perId, sums, (each) => each.sums.map((sum, i) => sum / each.counts[i])),
  );
  if (made) return `made of ${made.what}`;
  if (isMadeOf(perId, ofLabel, ({ sums }) => sums)) return `made of the sum of '${label}'`;
  return isMadeOf(perId, ofLabel, ({ counts }) => Float64Array.from(counts)) ? 'made of the number of rows' : undefined;
}

function hasFewLevels(values: ArrayLike<number>): boolean {
  const found = new Set<number>();
  for (let row = 0; row < values.length; row++) {
    found.add(values[row]);
    if (found.size > 12) return false;
  }
  return found.size > 1;
}

interface HalfSums {
  sums: Float64Array;
  counts: Float64Array;
}

/** Sums of a value and number of rows by id, and the same of two halves of the rows. */
interface Sums extends HalfSums {
  halves: [HalfSums, HalfSums];
}

function sumsBy(codes: Int32Array, size: number, values: ArrayLike<number>): Sums {
  const empty = (): HalfSums => ({ sums: new Float64Array(size), counts: new Float64Array(size) });
  const all = { ...empty(), halves: [empty(), empty()] as [HalfSums, HalfSums] };
  for (let row = 0; row < codes.length; row++) {
    const code = codes[row];
    if (code < 0 || Number.isNaN(values[row])) continue;
    const half = all.halves[inFirstHalf(row) ? 0 : 1];
    all.sums[code] += values[row];
    all.counts[code]++;
    half.sums[code] += values[row];
    half.counts[code]++;
  }
  return all;
}

/** Whether a column says the expected in nearly all rows of ids that come often; two decimals will do. */
function agrees(
  codes: Int32Array,
  counts: ArrayLike<number>,
  column: ArrayLike<number>,
  expected: (row: number) => number,
): boolean {
  let rows = 0;
  let equal = 0;
  const different = new Set<number>();
  for (let row = 0; row < codes.length; row++) {
    if (codes[row] < 0 || counts[codes[row]] < ROWS_OF_AN_ID) continue;
    rows++;
    const value = expected(row);
    if (Math.abs(column[row] - value) <= 0.0051) equal++;
    if (different.size < 3) different.add(value);
    if (rows === 1000 && equal < 500) return false;
  }
  // Where all ids have the same statistic, it tells nothing, and any constant agrees with it.
  return different.size > 2 && equal >= AGREES * rows;
}

/** The column's number of each id that comes often; NaN of the others. Undefined where an id has several. */
function oneOfEach(codes: Int32Array, counts: Float64Array, column: Float64Array): Float64Array | undefined {
  const perId = new Float64Array(counts.length).fill(Number.NaN);
  for (let row = 0; row < codes.length; row++) {
    const code = codes[row];
    if (code < 0 || counts[code] < ROWS_OF_AN_ID) continue;
    if (Number.isNaN(column[row])) return undefined;
    if (Number.isNaN(perId[code])) perId[code] = column[row];
    else if (Math.abs(perId[code] - column[row]) > 1e-6 * Math.abs(column[row])) return undefined;
  }
  return perId;
}

/**
 * Whether numbers of ids follow a statistic of the very rows at hand. A true trait of an id (its quality, its price) agrees with the
 * statistic only as far as two halves of the rows agree with each other: what chance adds to these rows, only the rows themselves know.
 *
 * With r the rank correlation of the two halves' statistics, that of all rows has the reliability 2 r / (1 + r) (Spearman and Brown), and
 * nothing from elsewhere correlates with it by more than the root of that. Compared after Fisher's transformation, atanh.
 */
function isMadeOf(perId: Float64Array, all: Sums, statistic: (of: HalfSums) => Float64Array): boolean {
  const ids = [...perId.keys()].filter(
    (id) => !Number.isNaN(perId[id]) && all.halves.every(({ counts }) => counts[id] > 0),
  );
  if (ids.length < IDS) return false;
  const ranksOf = (values: Float64Array) => ranks(ids.map((id) => values[id]));
  const own = ranksOf(statistic(all));
  const [first, second] = all.halves.map((half) => ranksOf(statistic(half)));
  const between = Math.max(0, correlation(first, second));
  const possible = Math.sqrt((2 * between) / (1 + between));
  const found = Math.abs(correlation(ranksOf(perId), own));
  const z = (r: number) => Math.atanh(Math.min(r, 0.99999));
  return found > 0.9 && z(found) - z(possible) > Math.max(0.5, 6 / Math.sqrt(ids.length - 3));
}

/** Places in ascending order; equal values share the mean of theirs. */
function ranks(values: readonly number[]): Float64Array {
  const order = [...values.keys()].sort((a, b) => values[a] - values[b]);
  const out = new Float64Array(values.length);
  for (let from = 0; from < order.length; ) {
    let to = from + 1;
    while (to < order.length && values[order[to]] === values[order[from]]) to++;
    for (let at = from; at < to; at++) out[order[at]] = (from + to - 1) / 2;
    from = to;
  }
  return out;
}

/** Pearson's; 0 where one of them is the same everywhere. */
function correlation(a: Float64Array, b: Float64Array): number {
  const mean = (of: Float64Array) => of.reduce((sum, value) => sum + value, 0) / of.length;
  const [ma, mb] = [mean(a), mean(b)];
  let [ab, aa, bb] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    ab += (a[i] - ma) * (b[i] - mb);
    aa += (a[i] - ma) ** 2;
    bb += (b[i] - mb) ** 2;
  }
  return aa > 0 && bb > 0 ? ab / Math.sqrt(aa * bb) : 0;
}
