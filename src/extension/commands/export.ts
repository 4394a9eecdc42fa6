import { homedir } from 'node:os';
import type * as vscode from 'vscode';
import { notebookToIpynb } from '../../notebook/convert/ipynb-export';
import type { NotebookDocument } from '../../notebook/document';
import { notebookToHtml } from '../../notebook/html';
import type { CodeForm } from '../../notebook/html/cells';
import { fromOpenNotebook } from '../documents/notebook-data';
import { fileName } from '../documents/save-guard';
import { describe } from '../running/executions';
import type { VS } from '../vs';

interface Format {
  extension: string;
  filter: string;
  title: string;
  write(document: NotebookDocument, notebook: vscode.NotebookDocument): Promise<string> | string;
  /** What can be done with the file: its name, and how. */
  openWith: string;
  open(uri: vscode.Uri): Thenable<unknown>;
}

/** *dinnb: Export as HTML*: one file that shows the notebook, as it is in the editor, without an editor. */
const html = (vs: VS, extensionUri: vscode.Uri, code: CodeForm): Format => ({
  extension: 'html',
  filter: 'HTML',
  title: vs.l10n.t('Export Notebook as HTML'),
  write: async (document, notebook) => {
    const file = vs.Uri.joinPath(extensionUri, 'dist', 'renderers.js');
    const renderers = new TextDecoder().decode(await vs.workspace.fs.readFile(file));
    return notebookToHtml(document, { renderers }, { name: fileName(notebook.uri), date: new Date(), code });
  },
  openWith: vs.l10n.t('Open in Browser'),
  open: (uri) => vs.env.openExternal(uri),
});

/** *dinnb: Export as Notebook for Jupyter*: what `dinnb import` reads again without a loss. */
const jupyter = (vs: VS): Format => ({
  extension: 'ipynb',
  filter: 'Jupyter',
  title: vs.l10n.t('Export Notebook for Jupyter'),
  write: (document) => notebookToIpynb(document),
  openWith: vs.l10n.t('Open'),
  open: (uri) => vs.commands.executeCommand('vscode.open', uri),
});

export type ExportFormat = 'html' | 'jupyter';

/** @param target where to write; asked for when absent, as is how a report shows sources */
export async function exportNotebook(
  vs: VS,
  extensionUri: vscode.Uri,
  notebook: vscode.NotebookDocument,
  format: ExportFormat,
  target?: vscode.Uri,
): Promise<void> {
  const code = format === 'html' && !target ? await askForCode(vs) : 'shown';
  if (!code) return;
  const chosen = format === 'html' ? html(vs, extensionUri, code) : jupyter(vs);
  const uri = target ?? (await askForTarget(vs, notebook, chosen));
  if (!uri) return;
  try {
    const text = await chosen.write(fromOpenNotebook(vs, notebook), notebook);
    await vs.workspace.fs.writeFile(uri, new TextEncoder().encode(text));
  } catch (error) {
    await vs.window.showErrorMessage(
      vs.l10n.t('The notebook could not be exported to {0}: {1}', fileName(uri), describe(error)),
    );
    return;
  }
  const choice = await vs.window.showInformationMessage(vs.l10n.t('Exported to {0}.', fileName(uri)), chosen.openWith);
  if (choice) await chosen.open(uri);
}

async function askForCode(vs: VS): Promise<CodeForm | undefined> {
  const forms: (vscode.QuickPickItem & { code: CodeForm })[] = [
    { code: 'shown', label: vs.l10n.t('With code') },
    { code: 'folded', label: vs.l10n.t('Code folded'), description: vs.l10n.t('a click on it shows it') },
    { code: 'hidden', label: vs.l10n.t('Without code') },
  ];
  return (await vs.window.showQuickPick(forms, { title: vs.l10n.t('Export Notebook as HTML') }))?.code;
}

function askForTarget(
  vs: VS,
  notebook: vscode.NotebookDocument,
  { extension, filter, title }: Format,
): Thenable<vscode.Uri | undefined> {
  const name = `${fileName(notebook.uri).replace(/\.dinnb$/, '')}.${extension}`;
  const folder = notebook.isUntitled
    ? (vs.workspace.workspaceFolders?.[0]?.uri ?? vs.Uri.file(homedir()))
    : vs.Uri.joinPath(notebook.uri, '..');
  return vs.window.showSaveDialog({
    defaultUri: vs.Uri.joinPath(folder, name),
    filters: { [filter]: [extension] },
    title,
  });
}
