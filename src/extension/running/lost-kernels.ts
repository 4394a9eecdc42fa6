import type * as vscode from 'vscode';
import { fileName } from '../documents/save-guard';
import { NOTEBOOK_TYPE, type VS } from '../vs';
import type { KernelState } from './kernel';

const REMEMBERED = 'dinnb.kernels';

/**
 * Kernels end with their window, also when it is only loaded anew. Which notebooks had one is remembered, so that their variables are
 * not gone without a word: it is said when such a notebook is open again.
 */
export class LostKernels implements vscode.Disposable {
  private readonly lost: Set<string>;
  private readonly alive = new Set<string>();
  private readonly subscriptions: vscode.Disposable[];
  private ending = false;

  constructor(
    private readonly vs: VS,
    private readonly memory: vscode.Memento,
  ) {
    this.lost = new Set(memory.get<string[]>(REMEMBERED) ?? []);
    this.subscriptions = [
      vs.workspace.onDidOpenNotebookDocument((notebook) => void this.tell(notebook)),
      vs.workspace.onDidCloseNotebookDocument((notebook) => this.observe(notebook, 'none')),
    ];
    for (const notebook of vs.workspace.notebookDocuments) void this.tell(notebook);
  }

  /** A notebook's kernel has another state. */
  observe(notebook: vscode.NotebookDocument, state: KernelState): void {
    const uri = notebook.uri.toString();
    const runs = state === 'idle' || state === 'busy';
    // With the extension kernels end too: that is what is remembered.
    if (this.ending || this.alive.has(uri) === runs) return;
    if (runs) this.alive.add(uri);
    else this.alive.delete(uri);
    this.lost.delete(uri);
    void this.memory.update(REMEMBERED, [...this.lost, ...this.alive]);
  }

  dispose(): void {
    this.ending = true;
    for (const subscription of this.subscriptions) subscription.dispose();
  }

  private async tell(notebook: vscode.NotebookDocument): Promise<void> {
    if (notebook.notebookType !== NOTEBOOK_TYPE || !this.lost.delete(notebook.uri.toString())) return;
    await this.memory.update(REMEMBERED, [...this.lost, ...this.alive]);
    const message = this.vs.l10n.t(
      'The kernel of {0} ended with the window that was closed or reloaded: its variables are gone, and a cell that was running did not end.',
      fileName(notebook.uri),
    );
    const choice = await this.vs.window.showInformationMessage(message, this.vs.l10n.t('Run All Cells'));
    if (choice) await this.vs.commands.executeCommand('notebook.execute', notebook.uri);
  }
}
