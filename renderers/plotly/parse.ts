import { entries, field, list, OutputError, type Place, text } from '../../src/outputs/parse';

/** A figure as plotly's libraries write it, made harmless. */
export interface PlotlyFigure {
  data: PlotlyTrace[];
  layout: { [name: string]: unknown };
}

export type PlotlyTrace = { type: TraceType } & { [name: string]: unknown };

/** What is bundled: each more costs everybody its weight. */
export const TRACE_TYPES = [
  'scatter',
  'bar',
  'histogram',
  'box',
  'violin',
  'pie',
  'heatmap',
  'contour',
  'histogram2d',
  'histogram2dcontour',
  'funnel',
  'waterfall',
  'candlestick',
  'ohlc',
] as const;
export type TraceType = (typeof TRACE_TYPES)[number];

/** More than this and the page would stand still. */
const MOST_POINTS = 2_000_000;
const DEEPEST = 40;

/** Types that draw the same picture as one that is bundled, by other means. */
const SAME_AS: { [type: string]: TraceType } = { scattergl: 'scatter', heatmapgl: 'heatmap' };

const PICTURE = /^data:image\/(?:png|jpe?g|gif|webp|svg\+xml)[;,]/i;
const STYLE = /\bstyle\s*=\s*(?:"([^"]*)"|'([^']*)'|[^\s>]*)/gi;
const DECLARATION = /^\s*(?:color|fill|font-(?:size|weight|style|family)|text-decoration)\s*:\s*[#\w\s.,%-]+$/i;

/** Of the styles that texts may carry, those that name colours and letters; one could name a file to fetch. */
function harmlessText(value: string): string {
  if (!value.includes('<')) return value;
  return value.replace(STYLE, (_, double?: string, single?: string) => {
    const kept = (double ?? single ?? '').split(';').filter((declaration) => DECLARATION.test(declaration));
    return kept.length > 0 ? `style="${kept.join(';').replaceAll('"', '')}"` : '';
  });
}

/** Buttons of a figure set any attribute, by path, a picture's source among them. */
const isAddress = (value: string) => /^\s*(?:[a-z][a-z\d+.-]*:|\/\/)/i.test(value) && !PICTURE.test(value);

/**
 * A copy without what would load something from elsewhere or reach a prototype: pictures by address, styles that name
 * files, arguments of buttons that are addresses. Texts are plotly's own little HTML, which it builds tag by tag.
 */
function harmless(value: unknown, key: string, depth: number, inButton: boolean): unknown {
  if (typeof value === 'string') {
    if (/(?:^|\.)(?:source|src)$/.test(key)) return PICTURE.test(value) ? value : '';
    return inButton && isAddress(value) ? '' : harmlessText(value);
  }
  if (typeof value !== 'object' || value === null) return value;
  if (depth > DEEPEST) throw new OutputError(`The figure is nested deeper than ${DEEPEST} levels.`);
  if (Array.isArray(value)) {
    // Most lists are numbers, and long.
    if (value.every((entry) => typeof entry === 'number' || entry === null)) return value;
    return value.map((entry) => harmless(entry, key, depth + 1, inButton));
  }
  const copy: { [name: string]: unknown } = {};
  for (const [name, entry] of Object.entries(value)) {
    if (/^(?:__proto__|constructor|prototype)$/.test(name)) continue;
    copy[name] = harmless(entry, name, depth + 1, inButton || name === 'buttons' || name === 'steps');
  }
  return copy;
}

/** How many numbers, texts and so on a trace holds. */
function points(value: unknown): number {
  if (Array.isArray(value)) return value.reduce<number>((sum, entry) => sum + points(entry), 0);
  if (typeof value === 'object' && value !== null)
    return Object.values(value).reduce<number>((sum, entry) => sum + points(entry), 0);
  return 1;
}

function typeOf(place: Place): TraceType {
  const { value } = field(place, 'type');
  if (value === undefined) return 'scatter';
  const name = text({ value, path: `${place.path}.type` }, 60);
  const known = TRACE_TYPES.find((type) => type === (SAME_AS[name] ?? name));
  if (known) return known;
  throw new OutputError(`${place.path} is of type "${name}". Types that are drawn here: ${TRACE_TYPES.join(', ')}.`);
}

/** @throws OutputError that names what is wrong, or what is not drawn here */
export function parsePlotlyFigure(value: unknown): PlotlyFigure {
  const whole = { value, path: 'figure' };
  const traces = list(field(whole, 'data'));
  const count = points(traces);
  if (count > MOST_POINTS)
    throw new OutputError(
      `The figure holds ${count.toLocaleString('en-US')} values, more than can be drawn (${MOST_POINTS.toLocaleString('en-US')}): show a sample or a histogram of them.`,
    );
  const data = traces.map((trace, index): PlotlyTrace => {
    const place = { value: trace, path: `figure.data[${index}]` };
    const type = typeOf(place);
    return { ...(harmless(trace, '', 0, false) as object), type };
  });
  const layout = field(whole, 'layout');
  if (layout.value === undefined || layout.value === null) return { data, layout: {} };
  entries(layout);
  return { data, layout: harmless(layout.value, '', 0, false) as PlotlyFigure['layout'] };
}
