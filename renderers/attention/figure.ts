import type { AttentionCell, AttentionOutput, AttentionRow } from '../../src/outputs/attention';
import { textOn } from '../../src/outputs/color';
import { formatValue, formatWeight, wrapText } from '../../src/outputs/format';
import { type Figure, plotlyText, type Trace, themedLayout } from '../shared/figure';
import { colorOf, colorscale, palette } from '../shared/palette';
import type { Theme } from '../shared/theme';
import { type Grid, gridOf } from './grid';
import { CELL_AIR, fitted, type Measure, type Places, places } from './places';
import type { AttentionSettings } from './settings';

const GAP = 3;

/** Everything known about one cell, in lines; without markup. */
export function cellFacts(row: AttentionRow, cell: AttentionCell, position: number): string[] {
  const relevance = cell.relevance === undefined ? [] : [`planted relevance ${formatValue(cell.relevance)}`];
  return [
    cell.title,
    `weight ${formatValue(cell.weight)}`,
    ...relevance,
    `position ${position + 1}${position === 0 ? ' (latest)' : ''}, id ${cell.id}`,
    `candidate ${row.candidate.title}`,
  ];
}

function hoverText(row: AttentionRow, cell: AttentionCell, position: number): string {
  const [title = '', weight = '', ...rest] = cellFacts(row, cell, position).map(plotlyText);
  return [`<b>${title}</b>`, `<b>${weight}</b>`, ...rest].join('<br>');
}

function cellText(
  cell: AttentionCell | null | undefined,
  value: number | null,
  place: Places,
  measure: Measure,
): string {
  if (!cell || value === null || !place.numbers) return '';
  const lines =
    place.titleLines > 0 ? wrapText(cell.title, place.cellWidth - GAP - CELL_AIR, place.titleLines, measure) : [];
  return [...lines.map(plotlyText), `<b>${formatWeight(value)}</b>`].join('<br>');
}

/** Texts over the cells. Not the heatmap's own: it would pick their colour once a trace, not once a cell. */
function textTrace(grid: Grid, place: Places, theme: Theme, measure: Measure): Trace {
  const stops = palette(grid.scale, theme);
  const x: number[] = [];
  const y: number[] = [];
  const text: string[] = [];
  const color: string[] = [];
  grid.rows.forEach((row, r) => {
    for (let position = 0; position < grid.positions; position++) {
      const shown = cellText(row.history[position], grid.values[r]![position]!, place, measure);
      if (shown === '') continue;
      x.push(position);
      y.push(r);
      text.push(shown);
      color.push(textOn(colorOf(grid.colored[r]![position]!, grid.scale, stops)));
    }
  });
  return {
    type: 'scatter',
    mode: 'text',
    x,
    y,
    text,
    textfont: { color, size: place.titleLines > 0 ? 11 : 11.5 },
    hoverinfo: 'skip',
    cliponaxis: false,
  };
}

/** Rectangles as one line: a single element of the page, however many there are. */
function outlines(cells: readonly (readonly [row: number, position: number])[], place: Places, line: object): Trace {
  const dx = 0.5 - (GAP / 2 + 0.5) / place.cellWidth;
  const dy = 0.5 - (GAP / 2 + 0.5) / place.cellHeight;
  const x: (number | null)[] = [];
  const y: (number | null)[] = [];
  for (const [row, position] of cells) {
    x.push(position - dx, position + dx, position + dx, position - dx, position - dx, null);
    y.push(row - dy, row - dy, row + dy, row + dy, row - dy, null);
  }
  return {
    type: 'scatter',
    mode: 'lines',
    x,
    y,
    line: { width: 1, simplify: false, ...line },
    hoverinfo: 'skip',
    cliponaxis: false,
  };
}

function cellsWhere(grid: Grid, wanted: (cell: AttentionCell | null | undefined) => boolean): [number, number][] {
  return grid.rows.flatMap((row, r) =>
    Array.from({ length: grid.positions }, (_, position) => position).flatMap((position): [number, number][] =>
      wanted(row.history[position]) ? [[r, position]] : [],
    ),
  );
}

function heatmap(grid: Grid, theme: Theme): Trace {
  return {
    type: 'heatmap',
    z: grid.colored,
    x: Array.from({ length: grid.positions }, (_, position) => position),
    y: grid.rows.map((_, index) => index),
    zmin: grid.scale.low,
    zmax: grid.scale.high,
    colorscale: colorscale(palette(grid.scale, theme)),
    showscale: false,
    xgap: GAP,
    ygap: GAP,
    hoverongaps: false,
    text: grid.rows.map((row) =>
      Array.from({ length: grid.positions }, (_, position) => {
        const cell = row.history[position];
        return cell ? hoverText(row, cell, position) : '';
      }),
    ),
    hovertemplate: '%{text}<extra></extra>',
  };
}

/** Score and label behind each row. */
function ends(grid: Grid, place: Places, theme: Theme): { trace: Trace; heads: object[] } {
  const at = (pixels: number) => grid.positions - 0.5 + pixels / place.cellWidth;
  const columns = [
    {
      name: 'score',
      x: 8,
      texts: grid.rows.map((row) => (row.score === undefined ? '' : `<b>${row.score.toFixed(3)}</b>`)),
    },
    { name: 'label', x: 62, texts: grid.rows.map((row) => (row.label === undefined ? '' : String(row.label))) },
  ].filter(({ texts }) => texts.some((text) => text !== ''));
  const trace: Trace = {
    type: 'scatter',
    mode: 'text',
    x: columns.flatMap(({ x, texts }) => texts.map(() => at(x))),
    y: columns.flatMap(({ texts }) => texts.map((_, index) => index)),
    text: columns.flatMap(({ texts }) => texts),
    textposition: 'middle right',
    textfont: { color: theme.foreground, size: 12 },
    hoverinfo: 'skip',
    cliponaxis: false,
  };
  const heads = columns.map(({ name, x }) => ({
    text: name,
    x: at(x + 3),
    xref: 'x',
    xanchor: 'left',
    y: 1,
    yref: 'y domain',
    yanchor: 'bottom',
    showarrow: false,
    font: { size: 11, color: theme.muted },
  }));
  return { trace, heads };
}

function rowLabel(row: AttentionRow, place: Places, measure: Measure, theme: Theme): string {
  const title = plotlyText(fitted(row.candidate.title, place.left - 14, measure));
  if (!row.user) return title;
  return `${title}<br><span style="font-size:10px;color:${theme.muted}">${plotlyText(fitted(row.user, place.left - 14, measure))}</span>`;
}

function headLabel(lines: readonly string[], theme: Theme): string {
  const [number = '', ...title] = lines.map(plotlyText);
  const small = `<span style="color:${theme.muted};font-size:10.5px">${number}</span>`;
  return [small, ...title.map((line) => line || '&nbsp;')].join('<br>');
}

/**
 * The map as a heatmap: a row a candidate, a column a history position. Positions without an item are gaps with a
 * dotted outline, never a colour.
 *
 * @param width pixels that are there; the figure is wider when the history is too long for them
 * @param measure width in pixels of a text at 12 px
 */
export function attentionFigure(
  output: AttentionOutput,
  settings: AttentionSettings,
  theme: Theme,
  width: number,
  measure: Measure,
): Figure {
  const grid = gridOf(output, settings);
  const place = places(grid, width, measure);
  const end = ends(grid, place, theme);
  const padding = outlines(
    cellsWhere(grid, (cell) => !cell),
    place,
    { color: theme.muted, dash: '1.5px,3px' },
  );
  const data = [heatmap(grid, theme), { ...padding, name: 'padding', opacity: 0.6 }];
  if (theme.highContrast) data.push(outlines(cellsWhere(grid, Boolean), place, { color: theme.foreground }));
  data.push(textTrace(grid, place, theme, measure), end.trace);
  const axis = { showgrid: false, zeroline: false, ticks: '', fixedrange: true, tickmode: 'array' };
  const layout = {
    ...themedLayout(theme),
    width: place.width,
    height: place.height,
    margin: { l: place.left, r: 0, t: place.top, b: 6, pad: 0 },
    xaxis: {
      ...axis,
      side: 'top',
      // Plotly hides points outside the range: score and label stand inside it, behind the last position.
      range: [-0.5, Math.max(1, grid.positions) - 0.5 + place.end / place.cellWidth],
      tickvals: grid.colored[0]?.map((_, position) => position) ?? [],
      ticktext: place.heads.map((lines) => headLabel(lines, theme)),
      tickangle: 0,
      tickfont: { size: 11 },
    },
    yaxis: {
      ...axis,
      range: [grid.rows.length - 0.5, -0.5],
      tickvals: grid.rows.map((_, index) => index),
      ticktext: grid.rows.map((row) => rowLabel(row, place, measure, theme)),
      tickfont: { size: 12 },
      ticklabelstandoff: 6,
    },
    annotations: end.heads,
    dragmode: false,
  };
  return { data, layout };
}
