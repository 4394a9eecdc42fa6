import { homedir } from 'node:os';
import type * as vscode from 'vscode';
import { parseNotebookBytes } from '../../notebook/bytes';
import { NOTEBOOK_TYPE, type VS } from '../vs';

interface Sample extends vscode.QuickPickItem {
  name: string;
}

/** *dinnb: Open a Sample*: copies one of the extension's notebooks to where the user wants it, and opens the copy. */
export async function openSample(vs: VS, extensionUri: vscode.Uri): Promise<void> {
  const folder = vs.Uri.joinPath(extensionUri, 'notebooks');
  const sample = await vs.window.showQuickPick(samples(vs, folder), {
    placeHolder: vs.l10n.t('Which sample?'),
    matchOnDescription: true,
    matchOnDetail: true,
  });
  if (!sample) return;
  const home = vs.workspace.workspaceFolders?.[0]?.uri ?? vs.Uri.file(homedir());
  const target = await vs.window.showSaveDialog({
    defaultUri: vs.Uri.joinPath(home, sample.name),
    filters: { 'dinnb notebook': [NOTEBOOK_TYPE] },
    title: vs.l10n.t('Copy the Sample to'),
  });
  if (!target) return;
  await vs.workspace.fs.copy(vs.Uri.joinPath(folder, sample.name), target, { overwrite: true });
  await vs.window.showNotebookDocument(await vs.workspace.openNotebookDocument(target));
}

/** What the samples are about, as their first cells say; the shortest one first. */
async function samples(vs: VS, folder: vscode.Uri): Promise<Sample[]> {
  const names = (await vs.workspace.fs.readDirectory(folder))
    .map(([name]) => name)
    .filter((name) => name.endsWith(`.${NOTEBOOK_TYPE}`));
  const read = await Promise.all(
    names.map(async (name) => {
      const { cells } = parseNotebookBytes(await vs.workspace.fs.readFile(vs.Uri.joinPath(folder, name)), name);
      const lines = cells.find(({ kind }) => kind === 'markdown')?.source ?? '';
      const heading = /^#\s+(.+)$/m.exec(lines)?.[1] ?? name;
      const detail = plain(
        lines
          .replace(/^#.*$/gm, '')
          .trim()
          .split(/\n\s*\n/)[0] ?? '',
      );
      return { label: `$(notebook) ${plain(heading)}`, description: name, detail, name, size: cells.length };
    }),
  );
  return read.sort((a, b) => a.size - b.size);
}

/** A paragraph of Markdown without its marks. */
function plain(markdown: string): string {
  return markdown
    .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replace(/[*_`]/g, '')
    .replace(/\s+/g, ' ')
    .trim();
}
