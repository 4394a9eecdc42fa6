import { ellipsise, wrapText } from '../../src/outputs/format';
import type { Grid } from './grid';

export type Measure = (text: string) => number;

/** Sizes in pixels of everything in the figure. */
export interface Places {
  width: number;
  height: number;
  left: number;
  top: number;
  /** Room for score and label behind the cells. */
  end: number;
  cellWidth: number;
  cellHeight: number;
  /** Lines for a title inside a cell; 0 when there is no room or the columns carry the titles. */
  titleLines: number;
  /** Whether a cell has room for its number. */
  numbers: boolean;
  /** Lines of the column heads: the position, then its title where all rows share it; all of equal length. */
  heads: string[][];
}

const LABEL = { least: 110, most: 260 };
const END = 112;
const CELL_MOST = 190;
const CELL_LEAST = 16;
const HEAD_LINES = 4;

/** A cell's text must stay clear of its border. */
export const CELL_AIR = 12;

function labelWidth(grid: Grid, width: number, measure: Measure): number {
  const longest = grid.rows.reduce(
    (most, row) => Math.max(most, measure(row.candidate.title), measure(row.user ?? '')),
    0,
  );
  return Math.round(Math.max(LABEL.least, Math.min(LABEL.most, width * 0.28, longest + 16)));
}

function columnHeads(grid: Grid, cellWidth: number, measure: Measure): string[][] {
  return Array.from({ length: grid.positions }, (_, index) => {
    const title = grid.heads?.[index];
    if (title && cellWidth >= 56)
      return [String(index + 1), ...wrapText(title, cellWidth - 8, HEAD_LINES - 1, measure)];
    return [index === 0 && cellWidth >= 70 ? '1 (latest)' : String(index + 1)];
  });
}

/**
 * Lays the figure out in `width` pixels; it grows wider (and scrolls) when a long history would make cells too narrow
 * to tell apart.
 */
export function places(grid: Grid, width: number, measure: Measure): Places {
  const left = labelWidth(grid, width, measure);
  const positions = Math.max(1, grid.positions);
  const cellWidth = Math.max(CELL_LEAST, Math.min(CELL_MOST, Math.floor((width - left - END) / positions)));
  const heads = columnHeads(grid, cellWidth, measure);
  const headLines = Math.max(1, ...heads.map((lines) => lines.length));
  const titleLines = grid.heads || cellWidth < 76 ? 0 : 2;
  const cellHeight = titleLines > 0 ? 54 : grid.rows.some((row) => row.user) ? 36 : 28;
  const top = headLines * 15 + 8;
  return {
    width: left + cellWidth * positions + END,
    height: top + grid.rows.length * cellHeight + 6,
    left,
    top,
    end: END,
    cellWidth,
    cellHeight,
    titleLines,
    numbers: cellWidth >= 34,
    heads: heads.map((lines) => [...lines, ...Array<string>(headLines - lines.length).fill('')]),
  };
}

export function fitted(text: string, width: number, measure: Measure): string {
  return ellipsise(text, width, measure);
}
