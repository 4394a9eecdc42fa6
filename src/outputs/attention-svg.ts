import type { AttentionCell, AttentionOutput, AttentionRow } from './attention';
import { DIVERGING, SEQUENTIAL, textOn, type WeightScale, weightColor, weightScale } from './color';
import { ellipsise, estimateWidth, formatWeight, wrapText } from './format';
import { element, FAINT, INK, line, picture, svgText } from './svg';

const LABELS = 230;
const END = 96;
const HEADER = 84;
const GAP = 3;
const ROW_LIMIT = 40;
const COLUMN_LIMIT = 50;
/** The picture's inner width that the cells share, within these bounds a cell. */
const CELL = { total: 760, least: 26, most: 150, height: 46 };

interface Grid {
  columns: number;
  cellWidth: number;
  scale: WeightScale;
}

const measure = (fontSize: number) => (text: string) => estimateWidth(text, fontSize);

/** A padded position: an outline with nothing in it, which no weight looks like. */
function paddedCell(x: number, y: number, width: number): string {
  return element('rect', {
    x: x + 0.5,
    y: y + 0.5,
    width: width - 1,
    height: CELL.height - GAP - 1,
    rx: 3,
    fill: 'none',
    stroke: FAINT,
    'stroke-opacity': 0.55,
    'stroke-dasharray': '2 3',
  });
}

function weightCell(cell: AttentionCell, x: number, y: number, grid: Grid): string {
  const width = grid.cellWidth - GAP;
  const height = CELL.height - GAP;
  const fill = weightColor(grid.scale, cell.weight);
  const ink = { fill: textOn(fill), 'text-anchor': 'middle' };
  const middle = x + width / 2;
  const box = element('rect', { x, y, width, height, rx: 3, fill });
  const weight = formatWeight(cell.weight);
  if (width < 60)
    return element('g', {}, box + svgText(middle, y + height / 2 + 3.5, weight, { ...ink, 'font-size': 9.5 }));
  const lines = wrapText(cell.title, width - 10, 2, measure(10.2));
  const top = y + (height - (lines.length + 1) * 12.5) / 2 + 10;
  const title = lines.map((text, index) => svgText(middle, top + index * 12, text, { ...ink, 'font-size': 10 }));
  const value = svgText(middle, top + lines.length * 12 + 1.5, weight, { ...ink, 'font-size': 11, 'font-weight': 600 });
  return element('g', {}, box + title.join('') + value);
}

function drawRow(row: AttentionRow, y: number, grid: Grid): string {
  const label = ellipsise(row.candidate.title, LABELS - 14, measure(12.3));
  const head = { 'text-anchor': 'end' };
  const middle = y + (CELL.height - GAP) / 2;
  const parts = [svgText(LABELS - 10, row.user ? middle - 2 : middle + 4, label, head)];
  if (row.user) {
    const user = ellipsise(row.user, LABELS - 14, measure(10.5));
    parts.push(svgText(LABELS - 10, middle + 12, user, { ...head, 'font-size': 10.5, fill: FAINT }));
  }
  for (let column = 0; column < grid.columns; column++) {
    const x = LABELS + column * grid.cellWidth;
    const cell = row.history[column];
    parts.push(cell ? weightCell(cell, x, y, grid) : paddedCell(x, y, grid.cellWidth - GAP));
  }
  const end = LABELS + grid.columns * grid.cellWidth + 8;
  if (row.score !== undefined) parts.push(svgText(end, middle + 4, row.score.toFixed(3), { 'font-weight': 600 }));
  if (row.label !== undefined) parts.push(svgText(end + 48, middle + 4, String(row.label)));
  return parts.join('');
}

function columnHeads(output: AttentionOutput, grid: Grid): string {
  const y = HEADER - 8;
  const small = { 'font-size': 10.5, fill: FAINT };
  const parts = [svgText(LABELS - 10, y, 'candidate', { ...small, 'text-anchor': 'end' })];
  for (let column = 0; column < grid.columns; column++) {
    const x = LABELS + column * grid.cellWidth + (grid.cellWidth - GAP) / 2;
    const words = column === 0 && grid.cellWidth >= 80 ? '1 (latest)' : String(column + 1);
    parts.push(svgText(x, y, words, { ...small, 'text-anchor': 'middle' }));
  }
  const end = LABELS + grid.columns * grid.cellWidth + 8;
  if (output.rows.some((row) => row.score !== undefined)) parts.push(svgText(end, y, 'score', small));
  if (output.rows.some((row) => row.label !== undefined)) parts.push(svgText(end + 48, y, 'label', small));
  return parts.join('');
}

/** The colour scale with its ends, and what an empty position looks like. */
function legend(scale: WeightScale): string {
  const stops = scale.diverging ? DIVERGING : SEQUENTIAL;
  const width = 30;
  const left = LABELS;
  const y = 38;
  const bar = stops.map((fill, index) => element('rect', { x: left + index * width, y, width, height: 10, fill }));
  const right = left + stops.length * width;
  const small = { 'font-size': 10.5 };
  const padded = element('rect', {
    x: right + 70,
    y: y - 1.5,
    width: 24,
    height: 12,
    rx: 3,
    fill: 'none',
    stroke: FAINT,
    'stroke-dasharray': '2 3',
  });
  return [
    svgText(left - 6, y + 9, `weight  ${formatWeight(scale.low)}`, { ...small, 'text-anchor': 'end' }),
    ...bar,
    svgText(right + 6, y + 9, formatWeight(scale.high), small),
    padded,
    svgText(right + 100, y + 9, 'no item (history is shorter)', small),
  ].join('');
}

/**
 * The map as a picture: a row a candidate, a column a history position, the item's title and weight in each cell;
 * padded positions are empty outlines. For light and dark backgrounds; at most 40 rows and 50 positions.
 */
export function attentionSvg(output: AttentionOutput): string {
  const rows = output.rows.slice(0, ROW_LIMIT);
  const longest = rows.reduce((length, row) => Math.max(length, row.history.length), 0);
  const columns = Math.min(COLUMN_LIMIT, longest);
  const cellWidth = Math.max(CELL.least, Math.min(CELL.most, CELL.total / Math.max(1, columns)));
  const scale = weightScale(rows.flatMap((row) => row.history.flatMap((cell) => (cell ? [cell.weight] : []))));
  const grid = { columns, cellWidth, scale };
  const name = output.title || 'Attention';
  const title = svgText(12, 21, name, { 'font-size': 14, 'font-weight': 600, fill: INK });
  const width = LABELS + columns * cellWidth + END;
  if (rows.length === 0) return picture(620, 70, name, title + svgText(12, 52, 'No row to show.', { fill: FAINT }));
  const body = rows.map((row, index) => drawRow(row, HEADER + index * CELL.height, grid));
  const bottom = HEADER + rows.length * CELL.height;
  const cutRows = output.rows.length - rows.length;
  const cutColumns = longest - columns;
  const rest = [cutRows > 0 ? `${cutRows} more candidates` : '', cutColumns > 0 ? `${cutColumns} older positions` : ''];
  const note = rest.filter(Boolean).join(', ');
  const foot = note
    ? line(LABELS, bottom + 4, width - END, bottom + 4) + svgText(LABELS, bottom + 18, `Not shown: ${note}.`)
    : '';
  return picture(
    Math.max(width, 620),
    bottom + (note ? 28 : 8),
    name,
    title + legend(scale) + columnHeads(output, grid) + body.join('') + foot,
  );
}
