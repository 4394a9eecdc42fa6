import { MIME_PLOTLY, MIME_TABLE, MIME_VEGA_LITE, type MimeBundle } from '../../outputs/mime';
import { tableHeading } from '../../outputs/table';
import { checkPlotly } from './figure';
import { pictureBundle } from './picture';
import { EMPTY_TABLE, isList, recordsTable } from './records';
import { inspectText } from './text';

function textOf(name: string, value: unknown): string {
  if (typeof value === 'string') return value;
  throw new TypeError(`display.${name} takes a text, not ${inspectText(value, { depth: 0 })}.`);
}

/** The ways to say what a value is: `display.markdown('**bold**')`, and so on. */
export const KINDS = {
  /** Markdown, with formulas between dollar signs. */
  markdown: (text: string): MimeBundle => {
    const shown = textOf('markdown', text);
    return { 'text/markdown': shown, 'text/plain': shown };
  },
  html: (text: string): MimeBundle => {
    const shown = textOf('html', text);
    return { 'text/html': shown, 'text/plain': shown };
  },
  /** A formula, without dollar signs around it. */
  latex: (text: string): MimeBundle => {
    const shown = textOf('latex', text).trim();
    return { 'text/latex': shown.startsWith('$') ? shown : `$$${shown}$$`, 'text/plain': shown };
  },
  /** Any JSON value as a tree that opens. */
  json: (value: unknown): MimeBundle => ({ 'application/json': value, 'text/plain': inspectText(value) }),
  /** The bytes of a PNG, JPEG, GIF, WebP or SVG file, or the text of an SVG. */
  image: (value: Uint8Array | ArrayBuffer | string): MimeBundle => {
    const bytes = typeof value === 'string' ? new TextEncoder().encode(value) : value;
    const bundle = pictureBundle(bytes);
    if (bundle) return bundle;
    throw new TypeError(
      'display.image takes the bytes of a PNG, JPEG, GIF, WebP or SVG file (a Buffer, a Uint8Array or an ArrayBuffer), ' +
        `or the text of an SVG, not ${inspectText(value, { depth: 0, maxArrayLength: 8, maxStringLength: 40 })}.`,
    );
  },
  /** Records as a table that sorts, filters and pages. */
  table: (records: readonly object[]): MimeBundle => {
    const isEmpty = isList(records) && records.length === 0;
    const table = isEmpty ? EMPTY_TABLE : recordsTable(records);
    if (table) return { [MIME_TABLE]: table, 'text/plain': `${tableHeading(table)}\n${inspectText(records)}` };
    throw new TypeError(
      'display.table takes an array of records, [{ user: 1, item: 2 }, ...], or shows a Table of din.data as display does.',
    );
  },
  /** A figure of Vega-Lite, drawn as a picture; its data in the figure. */
  vegaLite: (figure: object): MimeBundle => ({ [MIME_VEGA_LITE]: figure }),
  /** A figure as plotly describes it. */
  plotly: (figure: { data: readonly object[]; layout?: object }): MimeBundle => {
    const { data, layout } = checkPlotly(figure);
    return {
      [MIME_PLOTLY]: { data, layout },
      'text/plain': `Figure: ${data.map(({ type = 'scatter' }) => String(type)).join(', ')}`,
    };
  },
} as const;
