import type * as vscode from 'vscode';
import { CODE_LANGUAGE, NOTEBOOK_TYPE, type VS } from '../vs';

/** What cells that come from other notebooks may say they are written in. */
const TYPESCRIPT = new Set(['typescript', 'typescriptreact', 'javascript', 'javascriptreact']);

/** Cells of TypeScript that come under another language id (pasted from a Jupyter notebook, say) get ours, so that they run. */
export function adoptTypeScriptCells(vs: VS): vscode.Disposable {
  return vs.workspace.onDidChangeNotebookDocument(async ({ notebook, contentChanges }) => {
    if (notebook.notebookType !== NOTEBOOK_TYPE) return;
    for (const { kind, document } of contentChanges.flatMap(({ addedCells }) => [...addedCells])) {
      if (kind !== vs.NotebookCellKind.Code || !TYPESCRIPT.has(document.languageId)) continue;
      await vs.languages.setTextDocumentLanguage(document, CODE_LANGUAGE);
    }
  });
}
