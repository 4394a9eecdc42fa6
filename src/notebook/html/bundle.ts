import { escapeHtml, scriptJson } from '../../base/escape';
import {
  MIME_ATTENTION,
  MIME_PLOTLY,
  MIME_PROGRESS,
  MIME_TABLE,
  MIME_TRAINING,
  type MimeBundle,
} from '../../outputs/mime';
import { OutputError } from '../../outputs/parse';
import { parseTableOutput, tableMarkup } from '../../outputs/table';
import { ansiToHtml } from './ansi';
import { htmlFrame } from './frame';
import { markdownToHtml } from './markdown';

/** A rich output: what the renderer gets, and what is shown without it. */
export interface RichItem {
  mime: string;
  data: unknown;
}

/** Collects what the page's script needs while the cells are printed. */
export interface RichItems {
  add(item: RichItem): number;
}

/** What the renderer module draws. */
const DRAWN = [MIME_TRAINING, MIME_ATTENTION, MIME_PLOTLY, MIME_TABLE, MIME_PROGRESS];
/** What it draws where nothing better is there. */
const JSON_TREE = 'application/json';
const RASTER = ['image/png', 'image/jpeg', 'image/gif', 'image/webp'] as const;
const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;

/** Bytes, or base64 text as notebooks keep it, as base64; undefined for anything else. */
function base64Of(value: unknown): string | undefined {
  if (value instanceof Uint8Array)
    return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64');
  if (typeof value !== 'string') return undefined;
  const packed = value.replace(/\s+/g, '');
  return BASE64.test(packed) ? packed : undefined;
}

function text(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  return Array.isArray(value) && value.every((line) => typeof line === 'string') ? value.join('') : undefined;
}

function picture(mime: string, base64: string, words: string): string {
  return `<img class="figure" src="data:${mime};base64,${base64}" alt="${escapeHtml(words)}">`;
}

/** SVG goes through `<img>`: scripts inside it never run. */
function svgPicture(svg: string, words: string): string {
  return picture('image/svg+xml', Buffer.from(svg).toString('base64'), words);
}

function plain(content: string): string {
  return `<pre class="text">${ansiToHtml(content)}</pre>`;
}

function rich(mime: string, bundle: MimeBundle, items: RichItems): string {
  const number = items.add({ mime, data: bundle[mime] });
  return (
    `<div class="rich" data-item="${number}"><div class="rich-live" hidden></div>` +
    `<div class="rich-static">${staticForm(bundle)}</div></div>` +
    `<script type="application/json" id="dinnb-item-${number}">${scriptJson(bundle[mime])}</script>`
  );
}

/** The picture, with its text in a fold: for readers without scripting, and until the renderer has drawn. */
function staticForm(bundle: MimeBundle): string {
  const words = text(bundle['text/plain']) ?? '';
  const svg = text(bundle['image/svg+xml']);
  const table = tableForm(bundle[MIME_TABLE]);
  if (table !== undefined) return table;
  if (!svg) return plain(words || 'This output has no static form.');
  return (
    svgPicture(svg, words.split('\n')[0] ?? '') +
    (words ? `<details><summary>As text</summary>${plain(words)}</details>` : '')
  );
}

function tableForm(value: unknown): string | undefined {
  if (value === undefined) return undefined;
  try {
    return tableMarkup(parseTableOutput(value));
  } catch (error) {
    if (error instanceof OutputError) return undefined; // the text says what there is
    throw error;
  }
}

/** A bundle in the richest form that a report can show. */
export function bundleToHtml(bundle: MimeBundle, items: RichItems): string {
  const words = text(bundle['text/plain']) ?? '';
  const drawn = DRAWN.find((mime) => bundle[mime] !== undefined);
  if (drawn) return rich(drawn, bundle, items);
  const html = text(bundle['text/html']);
  if (html !== undefined) return htmlFrame(html);
  const svg = text(bundle['image/svg+xml']);
  if (svg !== undefined) return svgPicture(svg, words);
  for (const mime of RASTER) {
    const base64 = base64Of(bundle[mime]);
    if (base64 !== undefined) return picture(mime, base64, words || 'picture');
  }
  const markdown = text(bundle['text/markdown']);
  if (markdown !== undefined) return `<div class="markdown">${markdownToHtml(markdown)}</div>`;
  const latex = text(bundle['text/latex']);
  if (latex !== undefined) return plain(latex);
  if (bundle[JSON_TREE] !== undefined) {
    const shown = words || (JSON.stringify(bundle[JSON_TREE], null, 2) ?? '');
    return rich(JSON_TREE, { ...bundle, 'text/plain': shown }, items);
  }
  if (words !== '' || bundle['text/plain'] !== undefined) return plain(words);
  const kinds = Object.keys(bundle).join(', ') || 'nothing';
  return `<p class="note">This output holds only ${escapeHtml(kinds)}, which a report cannot show.</p>`;
}
