import { textHash } from '../../base/hash';
import type { NotebookCell, NotebookDocument, SavedOutput } from '../document';

const SHOWN_LINES = 5;

/**
 * A notebook as the text that a difference of two versions is made of: its cells with their sources, outputs in a few
 * lines each, nothing that changes at every run (counts, times, the environment).
 */
export function notebookToText(document: NotebookDocument): string {
  const { certificate: _, ...unknown } = document.unknown;
  const head = [
    ...(document.title === undefined ? [] : [`title: ${JSON.stringify(document.title)}`]),
    ...Object.entries(unknown).map(([name, value]) => `${name}: ${JSON.stringify(value)}`),
  ];
  return `${[...head, ...document.cells.flatMap(cellText)].join('\n')}\n`;
}

function cellText(cell: NotebookCell): string[] {
  const tags = cell.tags.length > 0 ? ` [${cell.tags.join(', ')}]` : '';
  const outputs = cell.outputs.flatMap(outputText).map((line) => `    | ${line}`);
  return [
    '',
    `──── ${cell.kind} ${cell.id}${tags}`,
    ...Object.entries(cell.unknown).map(([name, value]) => `${name}: ${JSON.stringify(value)}`),
    cell.source,
    ...outputs,
  ];
}

function outputText(output: SavedOutput): string[] {
  if (output.type === 'stream') return firstLines(output.text);
  if (output.type === 'error') return [`${output.error.name}: ${output.error.message}`];
  const { 'text/plain': words, ...others } = output.data;
  const more = Object.entries(others).map(([mime, value]) => `[${mime}, ${fingerprint(value)}]`);
  return [...(typeof words === 'string' ? firstLines(words) : []), ...more];
}

function firstLines(text: string): string[] {
  const lines = text.replace(/\n$/, '').split('\n');
  if (lines.length <= SHOWN_LINES) return lines;
  const rest = lines.slice(SHOWN_LINES).join('\n');
  return [...lines.slice(0, SHOWN_LINES), `... ${lines.length - SHOWN_LINES} more lines, ${fingerprint(rest)}`];
}

/** Enough to see that something differs. */
function fingerprint(value: unknown): string {
  const bytes = value instanceof Uint8Array ? value : Buffer.from(JSON.stringify(value) ?? '');
  return `${bytes.length} bytes, ${textHash(bytes).slice(0, 8)}`;
}
