import type * as vscode from 'vscode';
import { newCellId } from '../../notebook/cell-id';
import { NOTEBOOK_TYPE, type VS } from '../vs';
import type { CellMetadata } from './notebook-data';

/** Gives cells that were added, or pasted with another cell's id, an id of their own, which they keep from then on. */
export function assignCellIds(vs: VS): vscode.Disposable {
  return vs.workspace.onDidChangeNotebookDocument(async ({ notebook, contentChanges }) => {
    if (notebook.notebookType !== NOTEBOOK_TYPE) return;
    const added = new Set(contentChanges.flatMap((change) => [...change.addedCells]));
    const edits = idEdits(vs, notebook.getCells(), added);
    if (edits.length === 0) return;
    const edit = new vs.WorkspaceEdit();
    edit.set(notebook.uri, edits);
    await vs.workspace.applyEdit(edit);
  });
}

function idEdits(
  vs: VS,
  cells: readonly vscode.NotebookCell[],
  added: ReadonlySet<vscode.NotebookCell>,
): vscode.NotebookEdit[] {
  // Cells that were there before keep their id; a moved cell comes as an added one, and keeps it too.
  const taken = new Set(cells.filter((cell) => !added.has(cell)).map(cellIdOf));
  const edits: vscode.NotebookEdit[] = [];
  for (const cell of cells) {
    if (!added.has(cell)) continue;
    const id = (cell.metadata as CellMetadata).id;
    if (id !== undefined && !taken.has(id)) {
      taken.add(id);
      continue;
    }
    const fresh = newCellId(Math.random, taken);
    taken.add(fresh);
    edits.push(vs.NotebookEdit.updateCellMetadata(cell.index, { ...cell.metadata, id: fresh }));
  }
  return edits;
}

const temporaryIds = new WeakMap<vscode.NotebookCell, string>();

/** The id under which a kernel knows a cell: its own, or one for the moments until it has got its own. */
export function cellIdOf(cell: vscode.NotebookCell): string {
  const { id } = cell.metadata as CellMetadata;
  if (id !== undefined) return id;
  const temporary = temporaryIds.get(cell) ?? newCellId(Math.random);
  temporaryIds.set(cell, temporary);
  return temporary;
}

/**
 * How many cells two sets have in common, by their ids. The editor tells a serializer no file name; ids are random, so that the notebook
 * which has the most in common with the cells that are saved is theirs, or a copy. A cell that was copied alone takes its id along.
 */
export function commonCells(a: readonly { metadata?: object }[], b: readonly { metadata?: object }[]): number {
  const ids = new Set(a.map((cell) => (cell.metadata as CellMetadata | undefined)?.id));
  ids.delete(undefined);
  return b.filter((cell) => ids.has((cell.metadata as CellMetadata | undefined)?.id)).length;
}

/** Whether two sets of cells belong to one notebook, or to a copy of it. */
export function shareCells(a: readonly { metadata?: object }[], b: readonly { metadata?: object }[]): boolean {
  return commonCells(a, b) > 0;
}
