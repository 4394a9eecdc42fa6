import type * as vscode from 'vscode';
import { textHash } from '../../base/hash';
import { parseNotebookBytes } from '../../notebook/bytes';
import { NOTEBOOK_TYPE, type VS } from '../vs';
import { shareCells } from './cell-ids';
import type { NotebookMetadata } from './notebook-data';

/**
 * Keeps a save from replacing what this window has not seen, where the editor would let it:
 *
 * - a file that became unreadable while its notebook was open (a merge conflict, another program): the editor reloads such a file in
 *   vain, keeps showing the old cells, and takes the file on disk as known;
 * - a file that another program changed without changing its length: the editor compares times and lengths, and forgives the time.
 */
export class SaveGuard implements vscode.Disposable {
  private readonly refused = new Map<vscode.NotebookDocument, Error>();
  private readonly subscriptions: vscode.Disposable[];
  /** What this window has read and written, by hash, and how long it was. */
  private readonly seen = new Set<string>();
  private readonly lengths = new Set<number>();

  constructor(
    private readonly vs: VS,
    private readonly onRefused: (notebook: vscode.NotebookDocument) => void,
  ) {
    this.subscriptions = [
      vs.workspace.onWillSaveNotebookDocument((event) => {
        if (event.notebook.notebookType === NOTEBOOK_TYPE) event.waitUntil(this.check(event.notebook));
      }),
      vs.workspace.onDidOpenNotebookDocument((notebook) => void this.opened(notebook)),
    ];
    for (const notebook of vs.workspace.notebookDocuments) void this.opened(notebook);
  }

  /** Why these cells must not be saved now. Taken once: saving under another name, which the editor then offers, goes through. */
  takeRefusal(cells: readonly vscode.NotebookCellData[]): Error | undefined {
    for (const [notebook, refusal] of this.refused) {
      if (!shareCells(notebook.getCells(), cells)) continue;
      // With a copy open too it is not known whose cells these are: then both wait for the refused one's next save.
      const copies = this.vs.workspace.notebookDocuments.filter((open) => shareCells(open.getCells(), cells));
      if (copies.length <= 1) this.refused.delete(notebook);
      return refusal;
    }
    return undefined;
  }

  /** A notebook was read from these bytes, or is written as them. */
  saw(content: Uint8Array): void {
    this.seen.add(textHash(content));
    this.lengths.add(content.length);
  }

  dispose(): void {
    for (const subscription of this.subscriptions) subscription.dispose();
  }

  /** What is shown may be unsaved changes that came back: then nobody has read the file itself. */
  private async opened(notebook: vscode.NotebookDocument): Promise<void> {
    if (notebook.notebookType !== NOTEBOOK_TYPE || notebook.isUntitled) return;
    const content = await this.read(notebook.uri);
    if (content) this.saw(content);
  }

  private async check(notebook: vscode.NotebookDocument): Promise<void> {
    this.refused.delete(notebook);
    if (notebook.isUntitled) return;
    const content = await this.read(notebook.uri);
    if (!content) return;
    try {
      parseNotebookBytes(content, fileName(notebook.uri));
      if (this.lengths.has(content.length) && !this.seen.has(textHash(content)))
        void this.refuseUnseen(notebook, content);
    } catch (error) {
      // The cells on the screen are that file's, put together: saving them is how it is resolved.
      if ((notebook.metadata as NotebookMetadata).conflictedFile === textHash(content)) return;
      const why = error instanceof Error ? error.message : String(error);
      const message = `The file on disk is not a readable notebook any more, so it is not replaced: ${why} Or save this notebook under another name.`;
      this.refused.set(notebook, new Error(message));
      this.onRefused(notebook);
    }
  }

  private async refuseUnseen(notebook: vscode.NotebookDocument, content: Uint8Array): Promise<void> {
    const { l10n, window, commands } = this.vs;
    const message = l10n.t(
      '{0} was changed on disk by another program after it was read here, so it is not replaced.',
      fileName(notebook.uri),
    );
    this.refused.set(notebook, new Error(message));
    const [overwrite, revert] = [l10n.t('Overwrite'), l10n.t('Show What Is on Disk')];
    const choice = await window.showWarningMessage(message, overwrite, revert);
    if (choice === overwrite) {
      this.saw(content);
      await notebook.save();
    } else if (choice === revert) {
      await window.showNotebookDocument(notebook);
      await commands.executeCommand('workbench.action.files.revert');
    }
  }

  /** The file's bytes; undefined when there is nothing to lose. */
  private async read(uri: vscode.Uri): Promise<Uint8Array | undefined> {
    try {
      return await this.vs.workspace.fs.readFile(uri);
    } catch (error) {
      // Deleted meanwhile, or unreadable for everybody: the editor's own write reports what is wrong.
      if (error instanceof Error) return undefined;
      throw error;
    }
  }
}

export function fileName(uri: vscode.Uri): string {
  return uri.path.slice(uri.path.lastIndexOf('/') + 1);
}

/** `a.dinnb, b.dinnb` */
export const fileNames = (notebooks: readonly Pick<vscode.NotebookDocument, 'uri'>[]): string =>
  notebooks.map(({ uri }) => fileName(uri)).join(', ');
