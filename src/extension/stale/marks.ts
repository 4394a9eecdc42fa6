import { dirname } from 'node:path';
import type * as vscode from 'vscode';
import type { ImportsOf } from '../../runs/provenance';
import { cellIdOf } from '../documents/cell-ids';
import { fileName } from '../documents/save-guard';
import type { OpenNotebook } from '../running/open-notebook';
import type { OpenNotebooks } from '../running/open-notebooks';
import { CODE_LANGUAGE, NOTEBOOK_TYPE, type VS } from '../vs';
import type { NowCell } from './dependencies';

/** How long typing pauses before marks are looked over, in ms. */
const PAUSE = 150;

const codeCells = (notebook: vscode.NotebookDocument) =>
  notebook.getCells().filter((cell) => cell.document.languageId === CODE_LANGUAGE);
/** The code cells of a notebook, as its kernel knows them. */
const asNow = (open: OpenNotebook): NowCell[] =>
  codeCells(open.notebook).map((cell) => ({
    id: open.shared.address(open, cellIdOf(cell)),
    source: cell.document.getText(),
    notebook: fileName(open.notebook.uri),
  }));

/** A notebook and those that share its kernel. */
const together = (open: OpenNotebook) => [open, ...open.shared.others(open)];

/** Marks cells whose result is out of date, and runs them. */
export class StaleMarks implements vscode.Disposable {
  private readonly changed: vscode.EventEmitter<void>;
  private readonly subscriptions: vscode.Disposable[];
  private reasons = new WeakMap<vscode.NotebookDocument, Map<string, string>>();
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly vs: VS,
    private readonly notebooks: () => Pick<OpenNotebooks, 'find' | 'of'>,
    private readonly isOn: () => boolean,
    private readonly importsOf: ImportsOf,
  ) {
    this.changed = new vs.EventEmitter();
    this.subscriptions = [
      this.changed,
      vs.workspace.onDidChangeNotebookDocument(({ notebook, cellChanges, contentChanges }) => {
        if (contentChanges?.length > 0 || cellChanges.some(({ document }) => document)) this.refreshSoon(notebook);
      }),
      vs.notebooks.registerNotebookCellStatusBarItemProvider(NOTEBOOK_TYPE, {
        onDidChangeCellStatusBarItems: this.changed.event,
        provideCellStatusBarItems: (cell) => {
          const reason = this.isOn() ? this.reasonOf(cell) : undefined;
          if (reason === undefined) return [];
          const item = new vs.NotebookCellStatusBarItem(
            `$(history) ${vs.l10n.t('out of date')}`,
            vs.NotebookCellStatusBarAlignment.Left,
          );
          item.tooltip = `${reason} ${vs.l10n.t('Click to run all cells that are out of date.')}`;
          item.command = 'dinnb.runStale';
          item.accessibilityInformation = { label: vs.l10n.t('out of date: {0}', reason), role: 'button' };
          return [item];
        },
      }),
    ];
  }

  dispose(): void {
    clearTimeout(this.timer);
    for (const subscription of this.subscriptions) subscription.dispose();
  }

  /** A cell has run. */
  ended(open: OpenNotebook, id: string, source: string, ok: boolean): void {
    const { shared, notebook } = open;
    const cell = { id: shared.address(open, id), source, notebook: fileName(notebook.uri) };
    const turn = shared.dependencies.ended(cell, ok);
    this.refresh(open);
    void this.readFiles(open, [{ turn, source }]);
  }

  /** Files of the workspace have changed. */
  filesChanged(): void {
    for (const notebook of this.vs.workspace.notebookDocuments) {
      const open = this.notebooks().find(notebook);
      if (!open) continue;
      void this.readFiles(open, open.shared.dependencies.importing);
    }
  }

  /** Reads what runs import of the workspace, as it is now. A kernel takes what has changed with the next import. */
  private async readFiles(open: OpenNotebook, runs: readonly { turn: number; source: string }[]): Promise<void> {
    const { dependencies } = open.shared;
    for (const { turn, source } of runs) {
      const { files } = await this.importsOf([source], dirname(open.path));
      dependencies.imported(turn, files);
    }
    if (runs.length > 0) this.refresh(open);
  }

  /** Looks the marks over: those of all notebooks that share the kernel. */
  refresh(open: OpenNotebook): void {
    void this.look(open);
  }

  private async look(open: OpenNotebook): Promise<void> {
    const { dependencies } = open.shared;
    const stale = dependencies.stale(dependencies.hasRun ? await this.cellsOf(open) : []);
    // Another life of the kernel has begun meanwhile, and been looked at.
    if (dependencies !== open.shared.dependencies) return;
    for (const each of together(open)) this.reasons.set(each.notebook, stale);
    this.changed.fire();
  }

  /** *Run Stale Cells*: those, in order, with what has to give their names anew. */
  async runStale(notebook: vscode.NotebookDocument): Promise<void> {
    const open = this.notebooks().find(notebook);
    const stale = open ? open.shared.dependencies.toRun(await this.cellsOf(open), fileName(notebook.uri)) : [];
    if (open && stale.length > 0) await this.run(open, stale);
    else await this.vs.window.showInformationMessage(this.vs.l10n.t('No cell is out of date.'));
  }

  /** *Run Cell and What It Needs*. */
  async runWithNeeds(cell: vscode.NotebookCell): Promise<void> {
    const open = this.notebooks().of(cell.notebook);
    const id = open.shared.address(open, cellIdOf(cell));
    // The kernel reads the names; it is needed anyway.
    await open.kernel.ready();
    const cells = await this.cellsOf(open);
    if (cells.some((each) => each.id === id)) await this.run(open, open.shared.dependencies.needed(cells, id));
  }

  /** The code cells of the notebooks that share a kernel; it has told which names they use. */
  private async cellsOf(open: OpenNotebook): Promise<NowCell[]> {
    const { dependencies, kernel } = open.shared;
    for (;;) {
      const cells = together(open).flatMap(asNow);
      const sources = dependencies.unknown(cells);
      if (sources.length === 0) return cells;
      const uses = await kernel.uses(sources);
      for (const [index, source] of sources.entries()) dependencies.know(source, uses[index]!);
    }
  }

  private async run(open: OpenNotebook, ids: readonly string[]): Promise<void> {
    const { notebook, shared } = open;
    const ranges = codeCells(notebook)
      .filter((cell) => ids.includes(shared.address(open, cellIdOf(cell))))
      .map(({ index }) => ({ start: index, end: index + 1 }));
    await this.vs.commands.executeCommand('notebook.cell.execute', { ranges, document: notebook.uri });
  }

  private reasonOf(cell: vscode.NotebookCell): string | undefined {
    const open = this.notebooks().find(cell.notebook);
    return open && this.reasons.get(cell.notebook)?.get(open.shared.address(open, cellIdOf(cell)));
  }

  private refreshSoon(notebook: vscode.NotebookDocument): void {
    const open = this.notebooks().find(notebook);
    if (!open) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.refresh(open), PAUSE);
  }
}
