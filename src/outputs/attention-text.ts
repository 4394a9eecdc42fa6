import type { AttentionRow } from './attention';
import { ellipsise, formatWeight } from './format';

const LINE = 120;
const TITLE = 40;

const cut = (text: string) => ellipsise(text, TITLE, (value) => [...value].length);
const scoreText = (row: AttentionRow) => row.score?.toFixed(3) ?? '';

/** A candidate and what is known of it, and below it its history with the weights. */
export function rowText(row: AttentionRow): string {
  const facts = [
    row.user ?? '',
    row.score === undefined ? '' : `score ${scoreText(row)}`,
    row.label === undefined ? '' : `label ${row.label}`,
  ];
  return [[cut(row.candidate.title), ...facts.filter(Boolean)].join(', '), ...wrapped(historyItems(row))].join('\n');
}

function historyItems(row: AttentionRow): string[] {
  const items: string[] = [];
  let empty = 0;
  const closeGap = () => {
    if (empty > 0) items.push(empty === 1 ? '(empty)' : `${empty} x (empty)`);
    empty = 0;
  };
  for (const cell of row.history) {
    if (!cell) {
      empty += 1;
      continue;
    }
    closeGap();
    items.push(`${formatWeight(cell.weight)} ${cut(cell.title)}`);
  }
  closeGap();
  return items;
}

/** Items beside each other, in lines of at most `LINE` characters. */
function wrapped(items: string[]): string[] {
  const lines: string[] = [];
  for (const item of items) {
    const longer = `${lines.at(-1)} | ${item}`;
    if (lines.length > 0 && [...longer].length <= LINE) lines[lines.length - 1] = longer;
    else lines.push(`  ${item}`);
  }
  return lines;
}

/** Rows that share a history: its titles once, then the weights as a table. */
export function sharedText(rows: AttentionRow[], titles: (string | null)[]): string {
  const history = titles.map((title, index) => `  ${index + 1}  ${title === null ? '(empty)' : cut(title)}`);
  const hasLabels = rows.some((row) => row.label !== undefined);
  const table = [
    ['candidate', 'score', ...(hasLabels ? ['label'] : []), ...titles.map((_, index) => String(index + 1))],
    ...rows.map((row) => [
      cut(row.candidate.title),
      scoreText(row),
      ...(hasLabels ? [String(row.label ?? '')] : []),
      ...row.history.map((cell) => (cell ? formatWeight(cell.weight) : '–')),
    ]),
  ];
  const widths = table[0]!.map((_, column) => Math.max(...table.map((line) => line[column]!.length)));
  const lines = table.map((line) =>
    line.map((text, column) => (column === 0 ? text.padEnd(widths[0]!) : text.padStart(widths[column]!))).join('  '),
  );
  return [`history, most recent first${rows[0]?.user ? ` (${rows[0].user})` : ''}:`, ...history, '', ...lines].join(
    '\n',
  );
}
