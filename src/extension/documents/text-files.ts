import type * as vscode from 'vscode';
import { NOTEBOOK_TYPE, type VS } from '../vs';

/**
 * Notebook files that are opened as text are JSON, which the editor checks against their schema. They have a language of their own only
 * for their icon.
 */
export function readFilesAsJson(vs: VS): vscode.Disposable {
  const adopt = (document: vscode.TextDocument) => {
    if (document.languageId === NOTEBOOK_TYPE) void vs.languages.setTextDocumentLanguage(document, 'json');
  };
  vs.workspace.textDocuments.forEach(adopt);
  return vs.workspace.onDidOpenTextDocument(adopt);
}
