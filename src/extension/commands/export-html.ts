import { homedir } from 'node:os';
import type * as vscode from 'vscode';
import { notebookToHtml } from '../../notebook/html';
import type { CodeForm } from '../../notebook/html/cells';
import { describe } from '../executions';
import { fromOpenNotebook } from '../notebook-data';
import { fileName } from '../save-guard';
import type { VS } from '../vs';

/**
 * *DIN: Export as HTML*: one file that shows the notebook, as it is in the editor, without an editor.
 *
 * @param target where to write; asked for when absent, as is how sources are shown
 */
export async function exportHtml(
  vs: VS,
  extensionUri: vscode.Uri,
  notebook: vscode.NotebookDocument,
  target?: vscode.Uri,
): Promise<void> {
  const code = target ? 'shown' : await askForCode(vs);
  const uri = target ?? (code && (await askForTarget(vs, notebook)));
  if (!uri) return;
  try {
    const renderers = text(await vs.workspace.fs.readFile(vs.Uri.joinPath(extensionUri, 'dist', 'renderers.js')));
    const options = { name: fileName(notebook.uri), date: new Date(), code };
    const html = notebookToHtml(fromOpenNotebook(vs, notebook), { renderers }, options);
    await vs.workspace.fs.writeFile(uri, new TextEncoder().encode(html));
  } catch (error) {
    await vs.window.showErrorMessage(
      vs.l10n.t('The notebook could not be exported to {0}: {1}', fileName(uri), describe(error)),
    );
    return;
  }
  const choice = await vs.window.showInformationMessage(
    vs.l10n.t('Exported to {0}.', fileName(uri)),
    vs.l10n.t('Open in Browser'),
  );
  if (choice) await vs.env.openExternal(uri);
}

async function askForCode(vs: VS): Promise<CodeForm | undefined> {
  const forms: (vscode.QuickPickItem & { code: CodeForm })[] = [
    { code: 'shown', label: vs.l10n.t('With code') },
    { code: 'folded', label: vs.l10n.t('Code folded'), description: vs.l10n.t('a click on it shows it') },
    { code: 'hidden', label: vs.l10n.t('Without code') },
  ];
  return (await vs.window.showQuickPick(forms, { title: vs.l10n.t('Export Notebook as HTML') }))?.code;
}

function askForTarget(vs: VS, notebook: vscode.NotebookDocument): Thenable<vscode.Uri | undefined> {
  const name = `${fileName(notebook.uri).replace(/\.dinnb$/, '')}.html`;
  const folder = notebook.isUntitled
    ? (vs.workspace.workspaceFolders?.[0]?.uri ?? vs.Uri.file(homedir()))
    : vs.Uri.joinPath(notebook.uri, '..');
  return vs.window.showSaveDialog({
    defaultUri: vs.Uri.joinPath(folder, name),
    filters: { HTML: ['html'] },
    title: vs.l10n.t('Export Notebook as HTML'),
  });
}

function text(content: Uint8Array): string {
  return new TextDecoder().decode(content);
}
