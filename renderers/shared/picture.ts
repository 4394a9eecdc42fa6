import { wrapText } from '../../src/outputs/format';
import { type Figure, plotlyText } from './figure';
import { type Theme, themeFrom } from './theme';

/** One line of a legend: a sample as plotly shapes, in pixels from its left end (x) and its middle (y, upwards). */
export interface Key {
  sample: { [name: string]: unknown; x0: number; x1: number; y0: number; y1: number }[];
  /** Pixels that the sample takes. */
  width: number;
  words: string;
}

/** What stands around a figure in the page, and must stand in a picture of it. */
export interface Caption {
  title: string;
  facts: readonly string[];
  legend: readonly Key[];
}

/** Pictures go into papers and slides: on white, whatever the editor's theme. */
export function pictureTheme(font: string): Theme {
  return themeFrom({ variable: () => '', kind: 'vscode-light', prefersDark: false, font });
}

const AIR = 16;
const TITLE = { size: 16, height: 22, lines: 3 };
const FACTS = { size: 12, height: 17, lines: 4 };
const ROW = 20;
const GAP = 18;

/** Legend entries from left to right, in as many rows as they need; words that are too long for one row take several. */
function flow(legend: readonly Key[], room: number, measure: (text: string) => number) {
  let x = 0;
  let row = 0;
  let rows = 0;
  const placed = legend.map((key) => {
    const words = wrapText(key.words, room - key.width - 6, 3, measure);
    const width = key.width + 6 + Math.max(...words.map(measure));
    if (x > 0 && x + width > room) {
      x = 0;
      row = rows;
    }
    rows = Math.max(rows, row + words.length);
    const place = { key, words, x, row };
    x += width + GAP;
    return place;
  });
  return { placed, rows };
}

/**
 * A figure as it stands alone: with its title, its facts and its legend above it, and air around it.
 *
 * @param figure with `width`, `height` and `margin` in its layout
 * @param measure width in pixels of a text at 12 px
 */
export function picture(figure: Figure, caption: Caption, theme: Theme, measure: (text: string) => number): Figure {
  const layout = figure.layout as {
    width: number;
    height: number;
    margin: { l: number; r: number; t: number; b: number };
    annotations?: object[];
    shapes?: object[];
  };
  const { margin } = layout;
  const width = Math.max(layout.width, 360) + 2 * AIR;
  const room = width - 2 * AIR;
  const title = wrapText(caption.title, room, TITLE.lines, (text) => measure(text) * (TITLE.size / 12) * 1.08);
  const facts = wrapText(caption.facts.join(' · '), room, FACTS.lines, measure);
  const { placed, rows } = flow(caption.legend, room, measure);
  const factsTop = AIR + title.length * TITLE.height;
  const legendTop = factsTop + facts.length * FACTS.height + 6;
  const top = legendTop + rows * ROW + 8;
  const left = margin.l + AIR;
  const above = margin.t + top;

  // Plotly places by the plot's corner: from pixels of the picture, y downwards, to pixels from there, y upwards.
  const at = (x: number, y: number) => ({ x: AIR + x - left, y: above - y });
  const text = (words: string, x: number, y: number, font: object) => {
    const place = at(x, y);
    const corner = { xref: 'paper', yref: 'paper', x: 0, y: 1, xanchor: 'left', yanchor: 'middle', showarrow: false };
    return { ...corner, text: words, xshift: place.x, yshift: place.y, font: { color: theme.foreground, ...font } };
  };
  const lines = (texts: string[], y: number, { size, height }: { size: number; height: number }, font: object) =>
    texts.map((line, index) => text(plotlyText(line), 0, y + (index + 0.5) * height, { size, ...font }));
  const annotations = [
    ...lines(title, AIR, TITLE, { weight: 600 }),
    ...lines(facts, factsTop, FACTS, { color: theme.muted }),
    ...placed.flatMap(({ key, words, x, row }) =>
      words.map((line, index) =>
        text(plotlyText(line), x + key.width + 6, legendTop + (row + index + 0.5) * ROW, { size: 12 }),
      ),
    ),
  ];
  const shapes = placed.flatMap(({ key, x, row }) => {
    const place = at(x, legendTop + (row + 0.5) * ROW);
    return key.sample.map(({ x0, x1, y0, y1, ...shape }) => ({
      ...{ xref: 'paper', yref: 'paper', xsizemode: 'pixel', ysizemode: 'pixel', xanchor: 0, yanchor: 1 },
      ...{ x0: place.x + x0, x1: place.x + x1, y0: place.y + y0, y1: place.y + y1 },
      ...shape,
    }));
  });
  return {
    data: figure.data,
    layout: {
      ...layout,
      width,
      height: layout.height + top + AIR,
      margin: { ...margin, l: left, r: margin.r + width - layout.width - AIR, t: above, b: margin.b + AIR },
      annotations: [...(layout.annotations ?? []), ...annotations],
      shapes: [...(layout.shapes ?? []), ...shapes],
      paper_bgcolor: theme.background,
      plot_bgcolor: theme.background,
    },
  };
}
