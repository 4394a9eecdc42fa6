import type { Figure } from '../shared/figure';
import { colorscale, palette } from '../shared/palette';
import type { Theme } from '../shared/theme';
import type { PlotlyFigure } from './parse';

const HEIGHT = { least: 80, usual: 420, most: 4000 };
const WIDTH = { least: 80, most: 8000 };
const COLORS = {
  light: ['#1a6fd0', '#c8600a', '#2e7d32', '#b3261e', '#7b3fa0', '#0b7a75', '#8a6d00', '#ad1f70'],
  dark: ['#4fa3f7', '#f0a04b', '#7bc67e', '#ff8a80', '#c9a0e8', '#5fd0c5', '#e0c34f', '#f28bc0'],
};

const clamp = (value: unknown, low: number, high: number) =>
  typeof value === 'number' && Number.isFinite(value) ? Math.max(low, Math.min(high, value)) : undefined;

/** The look of a figure that brings none. */
function template(theme: Theme): object {
  const axis = { gridcolor: theme.grid, linecolor: theme.muted, zerolinecolor: theme.grid, automargin: true };
  const mapped = [{ colorscale: colorscale(palette({ low: 0, high: 1, diverging: false }, theme)) }];
  return {
    data: { heatmap: mapped, contour: mapped, histogram2d: mapped },
    layout: {
      font: { family: theme.font, size: 12, color: theme.foreground },
      paper_bgcolor: 'rgba(0,0,0,0)',
      plot_bgcolor: 'rgba(0,0,0,0)',
      colorway: theme.dark ? COLORS.dark : COLORS.light,
      xaxis: axis,
      yaxis: axis,
      legend: { bgcolor: 'rgba(0,0,0,0)' },
      hoverlabel: {
        bgcolor: theme.hoverBackground,
        bordercolor: theme.hoverBorder,
        font: { family: theme.font, size: 12, color: theme.foreground },
        align: 'left',
      },
    },
  };
}

/** Nothing that plotly writes into what it draws may come back with the next drawing; long lists are not copied. */
function copy<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, entry]) => [name, copy(entry)])) as T;
}

/** What a title says: a text, or an object that holds it. */
export function titleOf({ layout }: PlotlyFigure): string {
  const title = layout.title as { text?: unknown } | string | undefined;
  const found = typeof title === 'string' ? title : title?.text;
  return typeof found === 'string'
    ? found
        .replace(/<[^>]*>/g, ' ')
        .replace(/\s+/g, ' ')
        .trim()
    : '';
}

/**
 * The figure as it is drawn: in the page's look unless it brings its own (a template), as wide as the page unless it says.
 *
 * @param width that there is, in pixels
 */
export function drawnFigure({ data, layout }: PlotlyFigure, theme: Theme, width: number): Figure {
  const shown = structuredClone(layout);
  return {
    data: data.map(copy),
    layout: {
      margin: { t: titleOf({ data, layout }) ? 56 : 28, r: 28, b: 56, l: 56 },
      template: template(theme),
      uirevision: 'dinnb',
      ...shown,
      autosize: false,
      width: clamp(layout.width, WIDTH.least, WIDTH.most) ?? width,
      height: clamp(layout.height, HEIGHT.least, HEIGHT.most) ?? HEIGHT.usual,
    },
  };
}

/** As a picture that stands alone: in a figure's own look, or on white. */
export function plotlyPicture(figure: PlotlyFigure, theme: Theme, width: number): Figure {
  const drawn = drawnFigure(figure, theme, width);
  const own = figure.layout.template !== undefined;
  return own ? drawn : { ...drawn, layout: { paper_bgcolor: theme.background, ...drawn.layout } };
}

const MOST_ROWS = 1000;

function cell(value: unknown): string {
  if (value === null || value === undefined) return '';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

const NAMED = ['labels', 'x', 'y', 'z', 'values', 'open', 'close', 'text'] as const;

/** The values as a table, a row a point: of each trace the first. */
export function plotlyTable({ data }: PlotlyFigure): { head: string[]; rows: string[][]; left: number } {
  let left = 0;
  const columns: string[] = NAMED.filter((name) => data.some((trace) => Array.isArray(trace[name])));
  const rows = data.flatMap((trace, index) => {
    const lists = columns.map((name) => (Array.isArray(trace[name]) ? (trace[name] as unknown[]) : []));
    const length = Math.max(0, ...lists.map((values) => values.length));
    left += Math.max(0, length - MOST_ROWS);
    const name = typeof trace.name === 'string' ? trace.name : `${trace.type} ${index + 1}`;
    return Array.from({ length: Math.min(length, MOST_ROWS) }, (_, row) => [
      name,
      ...lists.map((values) => cell(values[row])),
    ]);
  });
  return { head: ['trace', ...columns], rows, left };
}

/** One sentence for a screen reader. */
export function plotlySummary(figure: PlotlyFigure): string {
  const names = figure.data.map(({ type, name }) => (typeof name === 'string' && name ? `${type} ${name}` : type));
  const shown = names.slice(0, 8).join(', ') + (names.length > 8 ? ` and ${names.length - 8} more` : '');
  return `${titleOf(figure) || 'Figure'}: ${shown || 'nothing to draw'}.`;
}
