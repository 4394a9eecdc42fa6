import type * as vscode from 'vscode';
import { parseNotebookBytes } from '../../notebook/bytes';
import { mergeMarkedBytes } from '../../notebook/conflict-markers';
import { NotebookParseError } from '../../notebook/parse';
import { NOTEBOOK_TYPE, type VS } from '../vs';
import { fileName } from './save-guard';

/**
 * Tells of files that cannot be read, and offers the text editor: when one is opened, and at once when one becomes unreadable (a merge
 * conflict, another program) while its notebook is open, which the editor itself says nothing of.
 */
export class BrokenFiles implements vscode.Disposable {
  private readonly watchers = new Map<vscode.NotebookDocument, vscode.Disposable>();
  private readonly subscriptions: vscode.Disposable[];
  /** Files whose message is on the screen. */
  private readonly told = new Set<string>();

  constructor(private readonly vs: VS) {
    this.subscriptions = [
      vs.workspace.onDidOpenNotebookDocument((notebook) => this.watch(notebook)),
      vs.workspace.onDidCloseNotebookDocument((notebook) => this.unwatch(notebook)),
    ];
    for (const notebook of vs.workspace.notebookDocuments) this.watch(notebook);
  }

  /** The file that the user looks at could not be read. */
  async tellOfActive(): Promise<void> {
    const input = this.vs.window.tabGroups.activeTabGroup.activeTab?.input;
    if (input instanceof this.vs.TabInputNotebook && input.notebookType === NOTEBOOK_TYPE) await this.tell(input.uri);
  }

  /** Says what is wrong with a file; nothing when nothing is, or when it has been said and not been answered. */
  async tell(uri: vscode.Uri): Promise<void> {
    const { vs } = this;
    const key = uri.toString();
    if (this.told.has(key)) return;
    this.told.add(key);
    try {
      const open = vs.workspace.notebookDocuments.find((notebook) => notebook.uri.toString() === key);
      const problem = await this.problemOf(uri, open);
      if (problem === undefined) return;
      const addition = open
        ? ` ${vs.l10n.t('The notebook still shows the cells from before; it will not be saved over the file.')}`
        : '';
      const choice = await vs.window.showErrorMessage(`${messageOf(problem)}${addition}`, vs.l10n.t('Open as Text'));
      if (!choice) return;
      const place = problem instanceof NotebookParseError ? { selection: rangeOf(vs, problem) } : {};
      await vs.commands.executeCommand('vscode.openWith', uri, 'default', place);
    } finally {
      this.told.delete(key);
    }
  }

  dispose(): void {
    for (const subscription of [...this.subscriptions, ...this.watchers.values()]) subscription.dispose();
  }

  private watch(notebook: vscode.NotebookDocument): void {
    if (notebook.notebookType !== NOTEBOOK_TYPE || notebook.isUntitled || this.watchers.has(notebook)) return;
    const { vs } = this;
    const folder = vs.Uri.joinPath(notebook.uri, '..');
    const watcher = vs.workspace.createFileSystemWatcher(new vs.RelativePattern(folder, fileName(notebook.uri)));
    const look = () => void this.tell(notebook.uri);
    watcher.onDidChange(look);
    watcher.onDidCreate(look);
    this.watchers.set(notebook, watcher);
  }

  private unwatch(notebook: vscode.NotebookDocument): void {
    this.watchers.get(notebook)?.dispose();
    this.watchers.delete(notebook);
  }

  /** Why the file cannot be read as a notebook; undefined when it can, or when there is no file. */
  private async problemOf(uri: vscode.Uri, open: vscode.NotebookDocument | undefined): Promise<unknown> {
    let content: Uint8Array;
    try {
      content = await this.vs.workspace.fs.readFile(uri);
    } catch (error) {
      if (error instanceof Error) return undefined; // gone, or unreadable for everybody: the editor itself says so
      throw error;
    }
    try {
      parseNotebookBytes(content, fileName(uri));
      return undefined;
    } catch (error) {
      // The editor loads it anew, with the cells of both sides.
      return open && !open.isDirty && mergeMarkedBytes(content) ? undefined : error;
    }
  }
}

/** Where the text editor puts the cursor: the place that the error names. */
function rangeOf(vs: VS, { line, column }: NotebookParseError): vscode.Range {
  return new vs.Range(line - 1, column - 1, line - 1, column - 1);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
