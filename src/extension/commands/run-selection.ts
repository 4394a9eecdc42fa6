import type * as vscode from 'vscode';
import type { OpenNotebook } from '../running/open-notebook';
import { CODE_LANGUAGE, type VS } from '../vs';

/** The source with all that is not selected made blank: what runs keeps its lines and columns, so that errors name the right place. */
export function onlySelected(source: string, ranges: readonly { start: number; end: number }[]): string {
  const isSelected = (at: number) => ranges.some(({ start, end }) => at >= start && at < end);
  return Array.from({ length: source.length }, (_, at) =>
    source[at] === '\n' || isSelected(at) ? source[at] : ' ',
  ).join('');
}

/** *Run Selection*: the selected text of a cell, into that cell's outputs; without such a text the selected cells. */
export async function runSelection(
  vs: VS,
  { notebook, selections }: vscode.NotebookEditor,
  open: (notebook: vscode.NotebookDocument) => Promise<OpenNotebook>,
): Promise<void> {
  const editor = vs.window.activeTextEditor;
  const cell = editor && notebook.getCells().find(({ document }) => document === editor.document);
  const selected = editor?.selections.filter(({ isEmpty }) => !isEmpty) ?? [];
  if (!cell || selected.length === 0) {
    const ranges = selections.map(({ start, end }) => ({ start, end }));
    await vs.commands.executeCommand('notebook.cell.execute', { ranges, document: notebook.uri });
    return;
  }
  if (cell.document.languageId !== CODE_LANGUAGE) {
    await vs.window.showInformationMessage(vs.l10n.t('The selection is text: only code cells run.'));
    return;
  }
  const { document } = cell;
  const offsets = selected.map(({ start, end }) => ({ start: document.offsetAt(start), end: document.offsetAt(end) }));
  const source = onlySelected(document.getText(), offsets);
  const { queue } = await open(notebook);
  await queue.run([cell], source);
}
