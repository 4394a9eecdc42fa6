import { escapeHtml } from '../../base/escape';
import { counted } from '../../base/words';
import type { CellOutput, ErrorOutput } from '../../outputs/events';
import type { NotebookCell } from '../document';
import { ansiToHtml } from './ansi';
import { bundleToHtml, type RichItems } from './bundle';
import { highlightTypeScript } from './highlight';
import type { MarkdownText } from './markdown';

/** How the sources of code cells are shown: as they are, folded until somebody opens them, or not at all. */
export const CODE_FORMS = ['shown', 'folded', 'hidden'] as const;
export type CodeForm = (typeof CODE_FORMS)[number];

/** The stack without the line that repeats name and message. */
function errorToHtml({ name, message, stack }: ErrorOutput): string {
  const head = message ? `${name}: ${message}` : name;
  const rest = stack.startsWith(head) ? stack.slice(head.length).replace(/^\n/, '') : stack;
  const frames = rest.trim() === '' ? '' : `<pre>${ansiToHtml(rest)}</pre>`;
  return `<div class="error" role="group" aria-label="Error"><pre class="error-head">${ansiToHtml(head)}</pre>${frames}</div>`;
}

export function outputToHtml(output: CellOutput, items: RichItems): string {
  switch (output.type) {
    case 'stream':
      return `<pre class="stream ${output.name}">${ansiToHtml(output.text)}</pre>`;
    case 'error':
      return errorToHtml(output.error);
    case 'display':
    case 'result':
      return bundleToHtml(output.data, items);
  }
}

function duration(milliseconds: number): string {
  if (milliseconds < 1000) return `${Math.max(0, Math.round(milliseconds))} ms`;
  const seconds = milliseconds / 1000;
  return seconds < 60 ? `${seconds.toFixed(1)} s` : `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;
}

function gutter(cell: NotebookCell): string {
  const { execution } = cell;
  if (!execution) return '<div class="gutter">[ ]</div>';
  const time = duration(execution.endedAt - execution.startedAt);
  return `<div class="gutter">[${Number(execution.count)}]<span class="time">${time}</span></div>`;
}

/** A text as a section; nothing where there is none. */
export function textToHtml(cell: NotebookCell, text: MarkdownText): string {
  const html = text.html();
  return html === '' ? '' : `<section class="cell markdown" id="${anchorOf(cell)}">${html}</section>`;
}

export const anchorOf = ({ id }: NotebookCell): string => `cell-${escapeHtml(id)}`;

/** A code cell as a section. */
export function codeToHtml(cell: NotebookCell, items: RichItems, form: CodeForm): string {
  const tags = cell.tags.map((tag) => `<span class="tag">${escapeHtml(tag)}</span>`).join('');
  const outputs = cell.outputs.map((output) => outputToHtml(output, items)).join('\n');
  const shown = outputs ? `<div class="outputs">${outputs}</div>` : '';
  return `<section class="cell code-cell" id="${anchorOf(cell)}">${gutter(cell)}<div class="content">${tags && `<div class="tags">${tags}</div>`}${sourceToHtml(cell.source, form)}${shown}</div></section>`;
}

function sourceToHtml(source: string, form: CodeForm): string {
  if (form === 'hidden' || source.trim() === '') return '';
  const code = `<pre class="code" tabindex="0"><code>${highlightTypeScript(source)}</code></pre>`;
  const lines = counted(source.split('\n').length, 'line');
  return form === 'folded' ? `<details class="fold"><summary>Code, ${lines}</summary>${code}</details>` : code;
}
