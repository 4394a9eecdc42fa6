import type * as vscode from 'vscode';
import type { CellOutput } from '../../outputs/events';
import { formatCount } from '../../outputs/format';
import { MIME_PARAMETERS } from '../../outputs/mime';
import { cellIdOf } from '../documents/cell-ids';
import { hasParametersTag } from '../parameters/tag';
import { CODE_LANGUAGE } from '../vs';

/** Texts are cut here: a model reads them whole, and somebody pays for each word. */
const MOST_TEXT = 20_000;
const MOST_LINE = 200;

/** A text whose middle is left out where it is long. */
export function shortened(text: string, most = MOST_TEXT): string {
  if (text.length <= most) return text;
  const part = Math.floor(most / 2);
  return `${text.slice(0, part)}\n[${formatCount(text.length - 2 * part)} characters left out]\n${text.slice(-part)}`;
}

/** A cell in one line of a list. */
export interface ListedCell {
  id: string;
  /** From 1, text cells included. */
  number: number;
  kind: 'code' | 'markdown';
  firstLine: string;
  lines: number;
  parameters?: true;
  /** Of code cells: whether the last run succeeded; absent where it has not run. */
  ran?: 'succeeded' | 'failed';
  executionCount?: number;
  outputs?: string[];
}

export function listed(cell: vscode.NotebookCell): ListedCell {
  const lines = cell.document.getText().split('\n');
  const { success, executionOrder } = cell.executionSummary ?? {};
  const mimes = cell.outputs.flatMap(({ items }) => items.slice(0, 1).map(({ mime }) => mime));
  const outputs = [...new Set(mimes.filter((mime) => mime !== MIME_PARAMETERS))];
  return {
    id: cellIdOf(cell),
    number: cell.index + 1,
    kind: cell.document.languageId === CODE_LANGUAGE ? 'code' : 'markdown',
    firstLine: (lines.find((line) => line.trim() !== '') ?? '').slice(0, MOST_LINE),
    lines: lines.length,
    ...(hasParametersTag(cell) && { parameters: true as const }),
    ...(success === undefined ? {} : { ran: success ? ('succeeded' as const) : ('failed' as const) }),
    ...(executionOrder === undefined ? {} : { executionCount: executionOrder }),
    ...(outputs.length > 0 && { outputs }),
  };
}

/** An output as text: what it says where it says something, else what kind of thing it shows. */
export function outputText(output: CellOutput): string {
  switch (output.type) {
    case 'stream':
      return output.name === 'stderr' ? `stderr: ${output.text}` : output.text;
    case 'error':
      return output.error.stack || `${output.error.name}: ${output.error.message}`;
    default: {
      const entries = Object.entries(output.data);
      const said =
        entries.find(([mime]) => mime === 'text/plain') ?? entries.find(([mime]) => mime.startsWith('text/'));
      const shown = entries.map(([mime]) => mime).filter((mime) => mime !== 'text/plain');
      const kind = shown.length > 0 ? `[shown as ${shown.join(', ')}]\n` : '';
      return typeof said?.[1] === 'string' ? kind + said[1] : kind.trimEnd();
    }
  }
}
