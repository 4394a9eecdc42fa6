import { dirname } from 'node:path';
import type * as vscode from 'vscode';
import { cellIdOf, commonCells } from '../documents/cell-ids';
import { fileName } from '../documents/save-guard';
import { KERNEL, NOTEBOOK_TYPE, type VS } from '../vs';
import type { NotebookKernel } from './kernel';
import { type NotebooksSurroundings, notebookPath, OpenNotebook } from './open-notebook';
import { SharedKernel } from './shared-kernel';
import { SharingChoices } from './sharing-choices';

/** How long the editor may take to choose a kernel, in ms. */
const PATIENCE = 10_000;

/** How long a notebook without a tab keeps its kernel, in ms: a tab may be on its way to another group. */
const KEPT = 10_000;

/** A notebook that goes on in another document. */
interface Move {
  /** The address of that document. */
  to: string;
  /** Whether the editor has let go of unsaved changes, as it does before it renames; it brings them back afterwards. */
  released: boolean;
}

interface Homeless {
  /** What the tab may have as its address. */
  addresses: Set<string>;
  /** Whether the editor will bring unsaved changes back to the document. */
  restores: boolean;
}

/** Open notebooks that use one kernel, or would; without a kernel it is one notebook. */
export interface Sharers {
  notebooks: vscode.NotebookDocument[];
  kernel: NotebookKernel | undefined;
}

/**
 * The kernel of each notebook, its own unless it shares another's (`SharingChoices`); it starts when first needed. It follows its
 * notebook from document to document (renamed, moved, saved under another name), and the notebook leaves it when there is neither a
 * document nor a tab that will bring one.
 *
 * No clock decides: the editor tells what is renamed and saved, its tabs tell where to, and of a renaming that fails that the
 * unsaved changes are back. Only of a document that it keeps without any tab, as it does with some that were closed, it tells nothing.
 */
export class OpenNotebooks implements vscode.Disposable {
  private readonly notebooks = new Map<vscode.NotebookDocument, OpenNotebook>();
  private readonly moves = new Map<vscode.NotebookDocument, Move>();
  /** Those without a document: the editor opens it later, for a tab that is there. */
  private readonly homeless = new Map<OpenNotebook, Homeless>();
  /** Documents that opened empty: what *Save As* fills, before the notebook that is saved closes. */
  private readonly copies = new WeakSet<vscode.NotebookDocument>();
  /** Documents that the editor has yet to bring unsaved changes back to, which replaces what they show. */
  private readonly restoring = new WeakSet<vscode.NotebookDocument>();
  /** Addresses whose cells the editor lets the controller run. */
  private readonly selected = new Set<string>();
  private readonly leaving = new Set<NodeJS.Timeout>();
  private readonly choices: SharingChoices;
  private readonly subscriptions: vscode.Disposable[];

  constructor(
    private readonly vs: VS,
    private readonly controller: vscode.NotebookController,
    private readonly surroundings: NotebooksSurroundings,
    memory: vscode.Memento,
  ) {
    const { workspace, window } = vs;
    this.choices = new SharingChoices(memory, (address) => this.folderOf(vs.Uri.parse(address)));
    this.subscriptions = [
      workspace.onDidOpenNotebookDocument((notebook) => this.opened(notebook)),
      workspace.onDidCloseNotebookDocument((notebook) => this.closed(notebook)),
      workspace.onWillRenameFiles(({ files, waitUntil }) => waitUntil(this.leave(files))),
      workspace.onDidRenameFiles(({ files }) => this.choices.renamed((address) => newAddress(address, files))),
      workspace.onWillSaveNotebookDocument((event) => event.waitUntil(this.saving(event.notebook))),
      workspace.onDidChangeNotebookDocument((event) => this.changed(event)),
      window.onDidChangeActiveNotebookEditor((editor) => editor && this.settle(editor.notebook)),
      window.tabGroups.onDidChangeTabs(({ changed, closed }) => {
        this.tabsChanged(changed);
        for (const tab of closed) this.tabClosed(this.address(tab));
      }),
      controller.onDidChangeSelectedNotebooks(({ notebook, selected }) => {
        if (selected) this.selected.add(notebook.uri.toString());
        else this.selected.delete(notebook.uri.toString());
        this.settle(notebook);
      }),
    ];
    for (const notebook of workspace.notebookDocuments) this.joinSharers(notebook);
  }

  /** The running side of a notebook. */
  of(notebook: vscode.NotebookDocument): OpenNotebook {
    this.stays(notebook); // it runs here
    this.restoring.delete(notebook);
    this.settle(notebook);
    const known = this.notebooks.get(notebook);
    if (known) return known;
    const shared = this.sharedWith(notebook) ?? new SharedKernel<OpenNotebook>(this.surroundings);
    const open = new OpenNotebook(this.vs, this.controller, this.surroundings, notebook, shared);
    this.notebooks.set(notebook, open);
    return open;
  }

  /** The other open notebooks with which this one could share a kernel, those together that share one already. */
  candidates(notebook: vscode.NotebookDocument): Sharers[] {
    const found = new Map<unknown, Sharers>();
    for (const other of this.vs.workspace.notebookDocuments) {
      if (other === notebook || other.notebookType !== NOTEBOOK_TYPE || other.isClosed) continue;
      if (this.folderOf(other.uri) !== this.folderOf(notebook.uri)) continue;
      const shared = this.find(other)?.shared;
      const sharers = found.get(shared ?? other) ?? { notebooks: [], kernel: shared?.kernel };
      sharers.notebooks.push(other);
      found.set(shared ?? other, sharers);
    }
    return [...found.values()];
  }

  /** A notebook uses the kernel of another from now on. Nothing of it may run or wait. */
  share(notebook: vscode.NotebookDocument, other: vscode.NotebookDocument): void {
    const { shared } = this.of(other);
    const open = this.of(notebook);
    this.choices.share(notebook.uri.toString(), other.uri.toString());
    open.use(shared);
  }

  /** A notebook has a kernel of its own from now on. Nothing of it may run or wait. */
  unshare(notebook: vscode.NotebookDocument): void {
    this.choices.alone(notebook.uri.toString());
    this.of(notebook).use(new SharedKernel<OpenNotebook>(this.surroundings));
  }

  /** The other notebooks that have declared names in the kernel of one, or may: also such as have been closed. */
  beside(notebook: vscode.NotebookDocument): vscode.NotebookDocument[] {
    const open = this.find(notebook);
    return open?.shared.beside(open) ?? [];
  }

  /** The names of those that a notebook shares its kernel with; also of such as are not open, which will. */
  sharerNames(notebook: vscode.NotebookDocument): string[] {
    const open = this.find(notebook)?.sharers.map(({ uri }) => uri.toString()) ?? [];
    const addresses = new Set([...open, ...this.choices.with(notebook.uri.toString())]);
    return [...addresses].map((address) => fileName(this.vs.Uri.parse(address))).sort();
  }

  /**
   * The running side of a notebook whose cells the editor lets us run. It chooses the kernel that it offers only when a cell is run by
   * hand; who runs cells otherwise must choose it first.
   *
   * @throws Error where the editor does not
   */
  async chosen(notebook: vscode.NotebookDocument): Promise<OpenNotebook> {
    const uri = notebook.uri.toString();
    if (!this.selected.has(uri)) {
      await this.vs.window.showNotebookDocument(notebook);
      await this.vs.commands.executeCommand('notebook.selectKernel', KERNEL);
      for (let waited = 0; !this.selected.has(uri); waited += 20) {
        if (waited >= PATIENCE)
          throw new Error(
            'No kernel is chosen for this notebook: choose dinnb (Node and TensorFlow) at its upper right.',
          );
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    }
    return this.of(notebook);
  }

  /** The running side of a notebook, if it has one. */
  find(notebook: vscode.NotebookDocument | undefined): OpenNotebook | undefined {
    return notebook && this.notebooks.get(notebook);
  }

  /** The environment block for the saved file, where the notebook of these cells has a kernel. */
  environment(
    cells: readonly vscode.NotebookCellData[],
    before: { [name: string]: unknown } | undefined,
  ): { [name: string]: unknown } | undefined {
    const found = this.vs.workspace.notebookDocuments.map((notebook) => ({
      open: this.notebooks.get(notebook),
      common: commonCells(notebook.getCells(), cells),
    }));
    const most = Math.max(1, ...found.map(({ common }) => common));
    return found.find(({ open, common }) => common === most && open?.kernel.info)?.open?.environment(before);
  }

  dispose(): void {
    for (const subscription of this.subscriptions) subscription.dispose();
    for (const timer of this.leaving) clearTimeout(timer);
    for (const open of [...this.notebooks.values(), ...this.homeless.keys()]) open.dispose();
  }

  private folderOf(uri: vscode.Uri): string {
    return dirname(notebookPath(this.vs, { uri }));
  }

  /** The kernel of those that a notebook is to share one with. */
  private sharedWith(notebook: vscode.NotebookDocument): SharedKernel<OpenNotebook> | undefined {
    const others = new Set(this.choices.with(notebook.uri.toString()));
    if (others.size === 0) return undefined;
    for (const [other, open] of this.notebooks) if (others.has(other.uri.toString())) return open.shared;
    for (const [open, { addresses }] of this.homeless)
      if ([...addresses].some((address) => others.has(address))) return open.shared;
    return undefined;
  }

  /** A notebook that shares a kernel knows it before it has run itself. One that opens empty is still to become another (`copies`). */
  private joinSharers(notebook: vscode.NotebookDocument): void {
    if (notebook.notebookType !== NOTEBOOK_TYPE || notebook.cellCount === 0 || this.notebooks.has(notebook)) return;
    if (this.choices.with(notebook.uri.toString()).length > 0) this.of(notebook);
  }

  private async opened(notebook: vscode.NotebookDocument): Promise<void> {
    if (notebook.notebookType !== NOTEBOOK_TYPE || notebook.isUntitled) return;
    if (notebook.cellCount === 0) this.copies.add(notebook);
    const uri = notebook.uri.toString();
    for (const [open, { addresses, restores }] of this.homeless) {
      if (!addresses.has(uri) || this.notebooks.has(notebook)) continue;
      this.homeless.delete(open);
      this.give(notebook, open, restores);
    }
    for (const [old, { to }] of this.moves) if (to === uri) this.handOver(old, notebook);
    // Another program renamed the file of an open notebook: the editor shows the old name struck through, and the new one is opened.
    for (const [old, open] of this.notebooks) {
      if (old === notebook || !sameCells(old, notebook) || (await this.exists(old))) continue;
      await open.leave();
      this.handOver(old, notebook);
    }
    this.joinSharers(notebook);
  }

  /** The notebook's running side goes to another document, unless one of them has gone its own way meanwhile. */
  private handOver(from: vscode.NotebookDocument, to: vscode.NotebookDocument): void {
    const open = this.notebooks.get(from);
    if (!open || this.notebooks.has(to)) return;
    const restores = this.moves.get(from)?.released ?? false;
    this.forget(from);
    this.give(to, open, restores);
  }

  private give(notebook: vscode.NotebookDocument, open: OpenNotebook, restores: boolean): void {
    this.notebooks.set(notebook, open);
    const before = open.notebook.uri.toString();
    this.choices.renamed((address) => (address === before ? notebook.uri.toString() : undefined));
    open.moveTo(notebook);
    if (restores && !this.tabs().get(notebook.uri.toString())?.isDirty) this.restoring.add(notebook);
    this.settle(notebook);
  }

  /** What runs is shown in its document as soon as that can be: not while it moves, and not before the editor has done with it. */
  private settle(notebook: vscode.NotebookDocument): void {
    const open = this.notebooks.get(notebook);
    if (!open || this.moves.has(notebook) || this.restoring.has(notebook)) return;
    if (this.selected.has(notebook.uri.toString())) open.arrive();
    else if (open.isAway) this.select(notebook);
  }

  /** The editor forgets the kernel of a notebook with its address, and chooses it again when a cell is run: too late for one that runs. */
  private select(notebook: vscode.NotebookDocument): void {
    if (this.vs.window.activeNotebookEditor?.notebook !== notebook) return; // when it is looked at
    void this.vs.commands.executeCommand('notebook.selectKernel', KERNEL);
  }

  private forget(notebook: vscode.NotebookDocument): void {
    this.notebooks.delete(notebook);
    this.moves.delete(notebook);
  }

  private closed(notebook: vscode.NotebookDocument): void {
    // What was to be saved there goes on where it is.
    for (const [old, { to }] of this.moves) if (to === notebook.uri.toString()) this.stays(old);
    const open = this.notebooks.get(notebook);
    if (!open) return;
    const { to, released } = this.moves.get(notebook) ?? { to: notebook.uri.toString(), released: false };
    this.forget(notebook);
    const heir = this.vs.workspace.notebookDocuments.find((other) => other !== notebook && other.uri.toString() === to);
    if (heir && !this.notebooks.has(heir)) {
      this.give(heir, open, released);
    } else if (this.tabs().has(to)) {
      void open.leave();
      this.homeless.set(open, { addresses: new Set([to]), restores: released });
    } else {
      open.dispose();
      void this.forgetGone(notebook);
    }
  }

  /** What may come to have the address of a notebook that is no more is another one. */
  private async forgetGone(notebook: vscode.NotebookDocument): Promise<void> {
    if (notebook.isUntitled || !(await this.exists(notebook))) this.choices.alone(notebook.uri.toString());
  }

  /** Files are about to be renamed: what runs in their notebooks lets go of them, so that the editor can close them. */
  private async leave(files: readonly { oldUri: vscode.Uri; newUri: vscode.Uri }[]): Promise<void> {
    const left: Promise<void>[] = [];
    for (const [notebook, open] of this.notebooks) {
      const to = newAddress(notebook.uri.toString(), files);
      if (to === undefined) continue;
      this.moves.set(notebook, { to, released: false });
      left.push(open.leave());
    }
    for (const { addresses } of this.homeless.values()) {
      for (const to of [...addresses].map((address) => newAddress(address, files))) if (to) addresses.add(to);
    }
    await Promise.all(left);
  }

  /** *Save As* saves a copy, opens it in the place of the notebook, and closes that one. */
  private async saving(copy: vscode.NotebookDocument): Promise<void> {
    if (!this.copies.delete(copy) || this.notebooks.has(copy)) return;
    for (const [notebook, open] of this.notebooks) {
      if (!sameCells(notebook, copy)) continue;
      this.moves.set(notebook, { to: copy.uri.toString(), released: false });
      await open.leave();
      return;
    }
  }

  private changed({ notebook, cellChanges, contentChanges }: vscode.NotebookDocumentChangeEvent): void {
    const open = this.notebooks.get(notebook);
    if (!open) return;
    for (const { cell, outputs } of cellChanges) if (outputs?.length === 0) open.outputs.cleared(cell);
    if (contentChanges.length > 0 || cellChanges.some(({ document }) => document)) this.stays(notebook);
  }

  private tabsChanged(changed: readonly vscode.Tab[]): void {
    const tabs = this.tabs();
    for (const [open, { addresses }] of this.homeless) {
      if ([...addresses].some((address) => tabs.has(address))) continue;
      this.homeless.delete(open);
      open.dispose();
    }
    for (const [notebook, move] of this.moves) {
      const tab = changed.find((candidate) => this.address(candidate) === notebook.uri.toString());
      if (!tab) continue;
      if (!tab.isDirty) move.released = true;
      else if (move.released) this.stays(notebook); // the renaming has failed
    }
    for (const notebook of this.notebooks.keys()) {
      if (!tabs.get(notebook.uri.toString())?.isDirty || !this.restoring.delete(notebook)) continue;
      this.settle(notebook);
    }
  }

  /** A notebook whose last tab was closed, and which the editor keeps open nevertheless, leaves its kernel after a while. */
  private tabClosed(uri: string | undefined): void {
    const isShown = () =>
      this.vs.window.tabGroups.all.some(({ tabs }) => tabs.some(({ input }) => addressesOf(input).includes(uri!)));
    const find = () => [...this.notebooks.keys()].find((notebook) => notebook.uri.toString() === uri);
    if (uri === undefined || isShown() || !find()) return;
    const timer = setTimeout(() => {
      this.leaving.delete(timer);
      const notebook = find();
      if (notebook && !isShown() && !this.moves.has(notebook)) this.closed(notebook);
    }, KEPT);
    this.leaving.add(timer);
  }

  /** A move that does not come about. */
  private stays(notebook: vscode.NotebookDocument): void {
    if (this.moves.delete(notebook)) this.settle(notebook);
  }

  /** The tabs of notebooks by address. */
  private tabs(): Map<string | undefined, vscode.Tab> {
    const tabs = this.vs.window.tabGroups.all.flatMap((group) => group.tabs);
    return new Map(tabs.map((tab) => [this.address(tab), tab]));
  }

  private address({ input }: vscode.Tab): string | undefined {
    return input instanceof this.vs.TabInputNotebook ? input.uri.toString() : undefined;
  }

  /** Whether the notebook's file is there, as far as can be told. */
  private async exists({ uri, isUntitled }: vscode.NotebookDocument): Promise<boolean> {
    if (isUntitled) return true;
    try {
      await this.vs.workspace.fs.stat(uri);
      return true;
    } catch (error) {
      return !(error instanceof this.vs.FileSystemError && error.code === 'FileNotFound');
    }
  }
}

/** The files that a tab shows; a comparison shows two. */
function addressesOf(input: unknown): string[] {
  const { uri, original, modified } = (input ?? {}) as { [name: string]: vscode.Uri | undefined };
  return [uri, original, modified].flatMap((each) => (each === undefined ? [] : [each.toString()]));
}

/** Where a renaming brings a file, by itself or with its folder. */
function newAddress(address: string, files: readonly { oldUri: vscode.Uri; newUri: vscode.Uri }[]): string | undefined {
  for (const { oldUri, newUri } of files) {
    const old = oldUri.toString();
    if (address === old || address.startsWith(`${old}/`)) return newUri.toString() + address.slice(old.length);
  }
  return undefined;
}

/** Ids are random: documents with the same ones are the same notebook. */
function sameCells(one: vscode.NotebookDocument, other: vscode.NotebookDocument): boolean {
  const key = (notebook: vscode.NotebookDocument) => notebook.getCells().map(cellIdOf).join();
  return one.cellCount > 0 && key(one) === key(other);
}
