import { homedir } from 'node:os';
import type * as vscode from 'vscode';
import { NOTEBOOK_TYPE, type VS } from '../vs';

/** *DIN: Open a Sample*: copies one of the extension's notebooks to where the user wants it, and opens the copy. */
export async function openSample(vs: VS, extensionUri: vscode.Uri): Promise<void> {
  const folder = vs.Uri.joinPath(extensionUri, 'notebooks');
  const names = (await vs.workspace.fs.readDirectory(folder))
    .map(([name]) => name)
    .filter((name) => name.endsWith(`.${NOTEBOOK_TYPE}`))
    .sort();
  const name = await vs.window.showQuickPick(names, { placeHolder: vs.l10n.t('Which sample?') });
  if (!name) return;
  const home = vs.workspace.workspaceFolders?.[0]?.uri ?? vs.Uri.file(homedir());
  const target = await vs.window.showSaveDialog({
    defaultUri: vs.Uri.joinPath(home, name),
    filters: { 'DIN notebook': [NOTEBOOK_TYPE] },
    title: vs.l10n.t('Copy the Sample to'),
  });
  if (!target) return;
  await vs.workspace.fs.copy(vs.Uri.joinPath(folder, name), target, { overwrite: true });
  await vs.window.showNotebookDocument(await vs.workspace.openNotebookDocument(target));
}
