import type * as vscode from 'vscode';
import { NOTEBOOK_TYPE, type VS } from '../vs';

/** The notebook a command is for: what the toolbar or a test passes, else the one that is being looked at. */
export function targetNotebook(vs: VS, argument: unknown): vscode.NotebookDocument | undefined {
  const given = argument as { notebookEditor?: { notebookUri?: vscode.Uri } } | vscode.Uri | undefined;
  const uri = given instanceof vs.Uri ? given : given?.notebookEditor?.notebookUri;
  const notebook = uri
    ? vs.workspace.notebookDocuments.find((candidate) => candidate.uri.toString() === uri.toString())
    : vs.window.activeNotebookEditor?.notebook;
  return notebook?.notebookType === NOTEBOOK_TYPE ? notebook : undefined;
}

export async function tellNoNotebook(vs: VS): Promise<void> {
  await vs.window.showInformationMessage(vs.l10n.t('Open a .dinnb notebook first.'));
}
