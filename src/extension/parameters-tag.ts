import type * as vscode from 'vscode';
import { PARAMETERS_TAG } from '../protocol/parameters';
import type { CellMetadata } from './notebook-data';
import { NOTEBOOK_TYPE, type VS } from './vs';

/** Cells tagged `parameters` say so at their lower edge. */
export function showParametersTag(vs: VS): vscode.Disposable {
  return vs.notebooks.registerNotebookCellStatusBarItemProvider(NOTEBOOK_TYPE, {
    provideCellStatusBarItems(cell) {
      if (!hasTag(cell)) return [];
      const item = new vs.NotebookCellStatusBarItem('$(tag) parameters', vs.NotebookCellStatusBarAlignment.Right);
      item.tooltip = 'Constants of this cell can be set from outside: dinnb run NOTEBOOK --param NAME=VALUE';
      return [item];
    },
  });
}

/** *DIN: Mark Cell as Parameters*: sets the tag, or takes it away. */
export async function toggleParametersTag(vs: VS, cell: vscode.NotebookCell): Promise<void> {
  const others = tagsOf(cell).filter((tag) => tag !== PARAMETERS_TAG);
  const tags = hasTag(cell) ? others : [...others, PARAMETERS_TAG];
  const { tags: _before, ...metadata } = cell.metadata;
  const edit = new vs.WorkspaceEdit();
  const changed = tags.length > 0 ? { ...metadata, tags } : metadata;
  edit.set(cell.notebook.uri, [vs.NotebookEdit.updateCellMetadata(cell.index, changed)]);
  await vs.workspace.applyEdit(edit);
}

export function hasTag(cell: vscode.NotebookCell): boolean {
  return tagsOf(cell).includes(PARAMETERS_TAG);
}

function tagsOf(cell: vscode.NotebookCell): string[] {
  return (cell.metadata as CellMetadata).tags ?? [];
}
