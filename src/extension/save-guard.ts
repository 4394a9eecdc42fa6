import type * as vscode from 'vscode';
import { parseNotebookBytes } from '../notebook/bytes';
import { textHash } from '../runs/hash';
import { shareCells } from './cell-ids';
import type { NotebookMetadata } from './notebook-data';
import { NOTEBOOK_TYPE, type VS } from './vs';

/**
 * Keeps a save from replacing a file that became unreadable while its notebook was open (a merge conflict, another
 * program). The editor reloads such a file in vain, keeps showing the old cells, and takes the file on disk as known:
 * nothing else would stop the next save.
 */
export class SaveGuard implements vscode.Disposable {
  private readonly refused = new Map<vscode.NotebookDocument, Error>();
  private readonly subscription: vscode.Disposable;

  constructor(
    private readonly vs: VS,
    private readonly onRefused: (notebook: vscode.NotebookDocument) => void,
  ) {
    this.subscription = vs.workspace.onWillSaveNotebookDocument((event) => {
      if (event.notebook.notebookType === NOTEBOOK_TYPE) event.waitUntil(this.check(event.notebook));
    });
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

  dispose(): void {
    this.subscription.dispose();
  }

  private async check(notebook: vscode.NotebookDocument): Promise<void> {
    this.refused.delete(notebook);
    if (notebook.isUntitled) return;
    const content = await this.read(notebook.uri);
    if (!content) return;
    try {
      parseNotebookBytes(content, fileName(notebook.uri));
    } catch (error) {
      // The cells on the screen are that file's, put together: saving them is how it is resolved.
      if ((notebook.metadata as NotebookMetadata).conflictedFile === textHash(content)) return;
      const why = error instanceof Error ? error.message : String(error);
      const message = `The file on disk is not a readable notebook any more, so it is not replaced: ${why} Or save this notebook under another name.`;
      this.refused.set(notebook, new Error(message));
      this.onRefused(notebook);
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
