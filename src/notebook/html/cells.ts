import { escapeHtml } from '../../base/escape';
import type { CellOutput, ErrorOutput } from '../../outputs/events';
import type { NotebookCell } from '../document';
import { ansiToHtml } from './ansi';
import { bundleToHtml, type RichItems } from './bundle';
import { highlightTypeScript } from './highlight';
import { markdownToHtml } from './markdown';

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

/** One cell as a section; `source` stands in for the cell's own where the page's header already shows a part of it. */
export function cellToHtml(cell: NotebookCell, items: RichItems, options: { code: boolean; source?: string }): string {
  const source = options.source ?? cell.source;
  const id = `cell-${escapeHtml(cell.id)}`;
  if (cell.kind === 'markdown') {
    return source.trim() === '' ? '' : `<section class="cell markdown" id="${id}">${markdownToHtml(source)}</section>`;
  }
  const tags = cell.tags.map((tag) => `<span class="tag">${escapeHtml(tag)}</span>`).join('');
  const code =
    options.code && source.trim() !== ''
      ? `<pre class="code" tabindex="0"><code>${highlightTypeScript(source)}</code></pre>`
      : '';
  const outputs = cell.outputs.map((output) => outputToHtml(output, items)).join('\n');
  const shown = outputs ? `<div class="outputs">${outputs}</div>` : '';
  return `<section class="cell code-cell" id="${id}">${gutter(cell)}<div class="content">${tags && `<div class="tags">${tags}</div>`}${code}${shown}</div></section>`;
}
