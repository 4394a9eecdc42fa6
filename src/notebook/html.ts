import { escapeHtml, scriptJson } from '../base/escape';
import type { NotebookCell, NotebookDocument } from './document';
import type { RichItem } from './html/bundle';
import { cellToHtml } from './html/cells';
import { headingsOf, leadingTitle, withoutLeadingTitle } from './html/markdown';
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
  /** Whether the cells' source is shown; yes unless false. */
  code?: boolean;
}

/** Inline scripts and the inlined modules may run; nothing may load, connect or navigate. */
const POLICY =
  "default-src 'none'; script-src 'unsafe-inline' blob:; style-src 'unsafe-inline'; img-src data: blob:; font-src data:; " +
  "form-action 'none'; base-uri 'none'";

interface Title {
  text: string;
  /** The cell whose first heading is that title: it need not be said twice. */
  cell?: NotebookCell;
}

function fileName(path = ''): string {
  return path.split(/[\\/]/).at(-1) ?? '';
}

function titleOf(document: NotebookDocument, options: HtmlOptions): Title {
  const first = document.cells.find(({ source }) => source.trim() !== '');
  const heading = first?.kind === 'markdown' ? leadingTitle(first.source) : undefined;
  const text = document.title ?? heading ?? (fileName(options.name).replace(/\.\w+$/, '') || 'Notebook');
  return first && heading === text ? { text, cell: first } : { text };
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
function outline(document: NotebookDocument, title: Title): string {
  const links = document.cells
    .filter(({ kind }) => kind === 'markdown')
    .flatMap((cell) =>
      headingsOf(cell === title.cell ? withoutLeadingTitle(cell.source) : cell.source).map(
        ({ level, text }) =>
          `<li class="level-${level}"><a href="#cell-${escapeHtml(cell.id)}">${escapeHtml(text)}</a></li>`,
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
  const title = titleOf(document, options);
  const add = (item: RichItem) => items.push(item) - 1;
  const cells = document.cells.map((cell) => {
    const own = { code: options.code !== false };
    return cellToHtml(cell, { add }, cell === title.cell ? { ...own, source: withoutLeadingTitle(cell.source) } : own);
  });
  const body = cells.filter(Boolean).join('\n');
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="generator" content="dinnb">
<title>${escapeHtml(title.text)}</title>
<style>${STYLE}${assets.css ?? ''}</style>
</head>
<body>
<main>
${header(document, title.text, options)}
${outline(document, title)}${body}
</main>
${scripts(items, body.includes('<iframe class="html"'), assets)}
</body>
</html>
`;
}
