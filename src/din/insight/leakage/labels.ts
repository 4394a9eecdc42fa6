import type { Lists } from '../../data/columns';
import type { Table } from '../../data/table';
import { exactAuc } from '../../metrics/exact-auc';
import { inFirstHalf, type Leak } from './samples';

/** Columns that alone rank the labels nearly perfectly. */
export function tellingColumns(table: Table, label: string, labels: Float64Array, threshold: number): Leak[] {
  return table.names.flatMap((name) => {
    if (name === label) return [];
    const column = table.column(name);
    if (column.type === 'number' && labels.every((value, row) => column.values[row] === value)) {
      return [{ column: name, problem: 'is the label under another name: keep it out of the features' }];
    }
    const ways =
      column.type === 'number'
        ? [{ what: 'ranks the labels alone', auc: aucOfNumbers(column.values, labels) }]
        : column.type === 'string'
          ? [{ what: 'ranks the labels alone', auc: aucOfTexts(column.codes, labels) }]
          : [
              { what: 'ranks the labels by the length of its lists alone', auc: aucOfLengths(column, labels) },
              { what: 'ranks the labels by what its lists hold alone', auc: aucOfItems(column, labels) },
            ];
    const found = ways.find(({ auc }) => Math.max(auc, 1 - auc) >= threshold);
    if (!found) return [];
    const auc = Math.max(found.auc, 1 - found.auc).toFixed(4);
    return [
      {
        column: name,
        problem: `${found.what} with an AUC of ${auc}: is it known before the event, or made of the label?`,
      },
    ];
  });
}

function aucOfNumbers(values: ArrayLike<number>, labels: Float64Array): number {
  // Whether a value is missing may tell as much as the value: what is missing ranks lowest.
  return exactAuc(
    Float64Array.from(values, (v) => (Number.isNaN(v) ? -1e308 : Math.max(-1e307, Math.min(1e307, v)))),
    labels,
  );
}

const aucOfLengths = ({ offsets }: Lists, labels: Float64Array) =>
  exactAuc(
    labels.map((_, row) => offsets[row + 1] - offsets[row]),
    labels,
  );

const aucOfTexts = (codes: Int32Array, labels: Float64Array) => aucOfRates(codes, (row) => [row, row + 1], labels);

function aucOfItems({ offsets, items }: Lists, labels: Float64Array): number {
  let codes = items.type === 'string' ? items.codes : undefined;
  if (items.type === 'number') {
    const known = new Map<number, number>();
    codes = Int32Array.from(items.values, (value) => {
      const code = known.get(value) ?? known.size;
      known.set(value, code);
      return code;
    });
  }
  return aucOfRates(codes!, (row) => [offsets[row], offsets[row + 1]], labels);
}

/**
 * By the label rates of the values in one half of the rows, of the other half: rates of their own rows would flatter rare values.
 * Of several values in a row the one counts whose rate says most.
 */
function aucOfRates(codes: Int32Array, range: (row: number) => [number, number], labels: Float64Array): number {
  let largest = 0;
  for (const code of codes) largest = Math.max(largest, code + 1);
  const counts = new Float64Array(largest + 1);
  const positives = new Float64Array(largest + 1);
  const rate = labels.reduce((sum, value) => sum + value, 0) / labels.length;
  for (let row = 0; row < labels.length; row++) {
    if (!inFirstHalf(row)) continue;
    const [from, to] = range(row);
    for (let at = from; at < to; at++) {
      counts[codes[at] + 1]++;
      positives[codes[at] + 1] += labels[row];
    }
  }
  const others = { scores: [] as number[], labels: [] as number[] };
  for (let row = 0; row < labels.length; row++) {
    if (inFirstHalf(row)) continue;
    const [from, to] = range(row);
    let score = rate;
    for (let at = from; at < to; at++) {
      const value = codes[at] + 1;
      const own = (positives[value] + rate) / (counts[value] + 1);
      if (Math.abs(own - rate) > Math.abs(score - rate)) score = own;
    }
    others.scores.push(score);
    others.labels.push(labels[row]);
  }
  return others.scores.length === 0 ? Number.NaN : exactAuc(others.scores, others.labels);
}
