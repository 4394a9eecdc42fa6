import { escapeHtml, scriptJson } from '../base/escape';
import type { NotebookCell, NotebookDocument } from './document';
import type { RichItem } from './html/bundle';
import { anchorOf, type CodeForm, codeToHtml, textToHtml } from './html/cells';
import { MarkdownText } from './html/markdown';
import { FRAME_SCRIPT, SCRIPT } from './html/script';
import { STYLE } from './html/style';

/** The bundled renderer module as source text; it is inlined where the notebook has outputs for it. */
export interface HtmlAssets {
  renderers: string;
  /** Added after the report's own style sheet. */
  css?: string;
}

export interface HtmlOptions {
  /** The notebook's file name or path: shown, and the title where the notebook has none. */
  name?: string;
  /** When the report was made. Given, not taken from the clock: equal input, equal report. */
  date?: Date;
  /** How the cells' sources are shown; `shown` where nothing is said. */
  code?: CodeForm;
}

/** Inline scripts and the inlined modules may run; nothing may load, connect or navigate. */
const POLICY =
  "default-src 'none'; script-src 'unsafe-inline' blob:; style-src 'unsafe-inline'; img-src data: blob:; font-src data:; " +
  "form-action 'none'; base-uri 'none'";

/** The Markdown cells, read once. */
type Texts = Map<NotebookCell, MarkdownText>;

function fileName(path = ''): string {
  return path.split(/[\\/]/).at(-1) ?? '';
}

/** @param texts those of the Markdown cells; one that begins with the title need not say it twice */
function titleOf(document: NotebookDocument, texts: Texts, options: HtmlOptions): string {
  const first = document.cells.find(({ source }) => source.trim() !== '');
  const text = first && texts.get(first);
  const title = document.title ?? text?.title ?? (fileName(options.name).replace(/\.\w+$/, '') || 'Notebook');
  if (text?.title === title) text.withoutTitle();
  return title;
}

function environmentValue(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
}

function header(document: NotebookDocument, title: string, options: HtmlOptions): string {
  // Lists of hashes and records are for machines.
  const entries = Object.entries(document.environment ?? {}).filter(
    ([name]) => !['cells', 'fits', 'lock'].includes(name),
  );
  const rows = entries.map(
    ([name, value]) =>
      `<tr><th scope="row">${escapeHtml(name)}</th><td>${escapeHtml(environmentValue(value))}</td></tr>`,
  );
  const environment =
    rows.length > 0 ? `<details><summary>Environment</summary><table>${rows.join('')}</table></details>` : '';
  const date = options.date ? `${options.date.toISOString().slice(0, 16).replace('T', ' ')} UTC` : '';
  const facts = [fileName(options.name), date].filter(Boolean).map(escapeHtml).join(' · ');
  const about = facts ? `<p class="about">${facts}</p>` : '';
  return `<header><h1>${escapeHtml(title)}</h1>${about}${environment}</header>`;
}

/** Links to the cells with headings, without a script: nothing where there is little to find. */
function outline(texts: Texts): string {
  const links = [...texts].flatMap(([cell, text]) =>
    text
      .headings()
      .map(
        (heading) =>
          `<li class="level-${heading.level}"><a href="#${anchorOf(cell)}">${escapeHtml(heading.text)}</a></li>`,
      ),
  );
  if (links.length < 2) return '';
  return `<nav class="outline" aria-label="Outline"><details><summary>Outline</summary><ul>${links.join('')}</ul></details></nav>\n`;
}

function scripts(items: readonly RichItem[], frames: boolean, assets: HtmlAssets): string {
  const json = (id: string, value: unknown) =>
    `<script type="application/json" id="${id}">${scriptJson(value)}</script>`;
  const rich = [
    json('dinnb-renderers', assets.renderers),
    json(
      'dinnb-items',
      items.map(({ mime }) => mime),
    ),
    `<script type="module">${SCRIPT}</script>`,
  ];
  return [...(frames ? [`<script>${FRAME_SCRIPT}</script>`] : []), ...(items.length > 0 ? rich : [])].join('\n');
}

/**
 * The notebook as one HTML file that needs no network: Markdown, code, outputs; training curves and attention maps
 * interactive through the very renderers of the editor, with their static pictures underneath. Pure: equal input gives
 * equal text.
 *
 * Untrusted content stays content: raw HTML in Markdown is escaped, HTML outputs live in sandboxed frames, SVG in
 * `<img>`, data in JSON that cannot end its element, and a content policy lets nothing load, connect or navigate (but see
 * `htmlFrame` on WebRTC).
 */
export function notebookToHtml(document: NotebookDocument, assets: HtmlAssets, options: HtmlOptions = {}): string {
  const items: RichItem[] = [];
  const texts: Texts = new Map(
    document.cells.filter(({ kind }) => kind === 'markdown').map((cell) => [cell, new MarkdownText(cell.source)]),
  );
  const title = titleOf(document, texts, options);
  const add = (item: RichItem) => items.push(item) - 1;
  const cells = document.cells.map((cell) => {
    const text = texts.get(cell);
    return text ? textToHtml(cell, text) : codeToHtml(cell, { add }, options.code ?? 'shown');
  });
  const body = cells.filter(Boolean).join('\n');
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="generator" content="dinnb">
<title>${escapeHtml(title)}</title>
<style>${STYLE}${assets.css ?? ''}</style>
</head>
<body>
<main>
${header(document, title, options)}
${outline(texts)}${body}
</main>
${scripts(items, body.includes('<iframe class="html"'), assets)}
</body>
</html>
`;
}
