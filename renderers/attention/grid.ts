import type { AttentionCell, AttentionOutput, AttentionRow } from '../../src/outputs/attention';
import { historyLength, sharedHistory } from '../../src/outputs/attention-view';
import { type WeightScale, weightScale } from '../../src/outputs/color';
import { extent } from '../../src/outputs/scale';
import { type AttentionSettings, PAGE_ROWS } from './settings';

/** The rows of the current page as a grid, padding as null. */
export interface Grid {
  rows: AttentionRow[];
  /** Index of the first row among all rows. */
  first: number;
  positions: number;
  /** Titles that head the columns, when every row has the same history. */
  heads: (string | null)[] | undefined;
  /** `[row][position]`: what is shown, null where there is no item. */
  values: (number | null)[][];
  /** `[row][position]`: what is coloured; equal to `values` unless each row has its own scale. */
  colored: (number | null)[][];
  scale: WeightScale;
}

export function hasRelevance(output: AttentionOutput): boolean {
  return output.rows.some((row) => row.history.some((cell) => cell?.relevance !== undefined));
}

export function pageCount(output: AttentionOutput): number {
  return Math.max(1, Math.ceil(output.rows.length / PAGE_ROWS));
}

function cellValue(cell: AttentionCell | null | undefined, shown: AttentionSettings['value']): number | null {
  if (!cell) return null;
  return shown === 'relevance' ? (cell.relevance ?? null) : cell.weight;
}

/** A row stretched to [0, 1]; a row of equal values stands in the middle. */
function stretched(values: readonly (number | null)[]): (number | null)[] {
  const [low, high] = extent([values]) ?? [0, 1];
  return values.map((value) => (value === null ? null : high > low ? (value - low) / (high - low) : 0.5));
}

export function gridOf(output: AttentionOutput, settings: AttentionSettings): Grid {
  const positions = historyLength(output);
  const page = Math.min(settings.page, pageCount(output) - 1);
  const first = page * PAGE_ROWS;
  const rows = output.rows.slice(first, first + PAGE_ROWS);
  const shown = hasRelevance(output) ? settings.value : 'weight';
  const read = (row: AttentionRow) =>
    Array.from({ length: positions }, (_, index) => cellValue(row.history[index], shown));
  const values = rows.map(read);
  const perRow = settings.scale === 'row';
  // The whole map, not the page: turning a page must not change what a colour means.
  const all = output.rows.flatMap((row) => read(row).filter((value) => value !== null));
  return {
    rows,
    first,
    positions,
    heads: sharedHistory(output),
    values,
    colored: perRow ? values.map(stretched) : values,
    scale: perRow ? { low: 0, high: 1, diverging: false } : weightScale(all),
  };
}
