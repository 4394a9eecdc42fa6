import type * as vscode from 'vscode';
import { PARAMETERS_TAG } from '../../protocol/parameters';
import type { CellMetadata } from '../documents/notebook-data';
import type { NotebookKernel } from '../running/kernel';
import { NOTEBOOK_TYPE, type VS } from '../vs';

/** Cells tagged `parameters` say so at their lower edge. */
export function showParametersTag(
  vs: VS,
  kernelOf: (notebook: vscode.NotebookDocument) => Pick<NotebookKernel, 'parameters'> | undefined,
): vscode.Disposable {
  return vs.notebooks.registerNotebookCellStatusBarItemProvider(NOTEBOOK_TYPE, {
    provideCellStatusBarItems(cell) {
      if (!hasParametersTag(cell)) return [];
      const given = Object.entries(kernelOf(cell.notebook)?.parameters ?? {});
      const words = given.map(([name, value]) => `${name} = ${value}`).join(', ');
      const name = vs.l10n.t('parameters');
      const text = words ? `$(tag) ${name}: ${words}` : `$(tag) ${name}`;
      const item = new vs.NotebookCellStatusBarItem(text, vs.NotebookCellStatusBarAlignment.Right);
      item.tooltip = vs.l10n.t(
        'Constants of this cell can be set from outside. Click to run all cells with other values; on the command line: dinnb run NOTEBOOK --param NAME=VALUE',
      );
      item.command = 'dinnb.runWithParameters';
      return [item];
    },
  });
}

/**
 * *dinnb: Mark Cell as Parameters*: sets the tag, or takes it away.
 * @returns whether the cell has it now
 */
export async function toggleParametersTag(vs: VS, cell: vscode.NotebookCell): Promise<boolean> {
  const others = tagsOf(cell).filter((tag) => tag !== PARAMETERS_TAG);
  const tags = hasParametersTag(cell) ? others : [...others, PARAMETERS_TAG];
  const { tags: _before, ...metadata } = cell.metadata;
  const edit = new vs.WorkspaceEdit();
  const changed = tags.length > 0 ? { ...metadata, tags } : metadata;
  edit.set(cell.notebook.uri, [vs.NotebookEdit.updateCellMetadata(cell.index, changed)]);
  await vs.workspace.applyEdit(edit);
  return tags.includes(PARAMETERS_TAG);
}

export function hasParametersTag(cell: vscode.NotebookCell): boolean {
  return tagsOf(cell).includes(PARAMETERS_TAG);
}

function tagsOf(cell: vscode.NotebookCell): string[] {
  return (cell.metadata as CellMetadata).tags ?? [];
}
