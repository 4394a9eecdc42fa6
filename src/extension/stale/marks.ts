import type * as vscode from 'vscode';
import { cellIdOf } from '../cell-ids';
import type { OpenNotebook } from '../open-notebook';
import { CODE_LANGUAGE, NOTEBOOK_TYPE, type VS } from '../vs';
import { Dependencies, type NowCell } from './dependencies';

/** How long typing pauses before marks are looked over, in ms. */
const PAUSE = 150;

const codeCells = (notebook: vscode.NotebookDocument) =>
  notebook.getCells().filter((cell) => cell.document.languageId === CODE_LANGUAGE);
const asNow = (cell: vscode.NotebookCell): NowCell => ({ id: cellIdOf(cell), source: cell.document.getText() });

/** Marks cells whose result is out of date, and runs them. */
export class StaleMarks implements vscode.Disposable {
  private readonly notebooks = new WeakMap<vscode.NotebookDocument, Dependencies>();
  private readonly changed: vscode.EventEmitter<void>;
  private readonly subscriptions: vscode.Disposable[];
  private reasons = new WeakMap<vscode.NotebookDocument, Map<string, string>>();
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly vs: VS,
    private readonly find: (notebook: vscode.NotebookDocument) => OpenNotebook | undefined,
    private readonly isOn: () => boolean,
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
          const reason = this.isOn() ? this.reasons.get(cell.notebook)?.get(cellIdOf(cell)) : undefined;
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

  /** A kernel starts anew. */
  reset(notebook: vscode.NotebookDocument): void {
    this.of(notebook).reset();
    this.refresh(notebook);
  }

  /** The same cells go on in another document. */
  moved(from: vscode.NotebookDocument, to: vscode.NotebookDocument): void {
    this.notebooks.set(to, this.of(from));
    this.refresh(to);
  }

  /** A cell has run. */
  ended(notebook: vscode.NotebookDocument, id: string, source: string): void {
    const dependencies = this.of(notebook);
    const turn = dependencies.ended(id, source);
    void this.find(notebook)
      ?.kernel.uses([source])
      .then(([uses]) => {
        if (uses) dependencies.know(id, turn, uses);
        this.refresh(notebook);
      });
  }

  /** *Run Stale Cells*: exactly those, in order. */
  async runStale(notebook: vscode.NotebookDocument): Promise<void> {
    const reasons = this.of(notebook).stale(codeCells(notebook).map(asNow));
    const stale = codeCells(notebook).filter((cell) => reasons.has(cellIdOf(cell)));
    if (stale.length === 0) await this.vs.window.showInformationMessage(this.vs.l10n.t('No cell is out of date.'));
    else await this.run(notebook, stale);
  }

  /** *Run Cell and What It Needs*. */
  async runWithNeeds(cell: vscode.NotebookCell): Promise<void> {
    const { notebook } = cell;
    const cells = codeCells(notebook);
    const index = cells.indexOf(cell);
    const open = this.find(notebook);
    if (index < 0 || !open) return;
    // The kernel reads the names; it is needed anyway.
    const failure = await open.kernel.ready();
    const uses = failure ? cells.map(() => null) : await open.kernel.uses(cells.map((each) => each.document.getText()));
    const needed = this.of(notebook).needed(cells.map(asNow), uses, index);
    await this.run(
      notebook,
      needed.map((at) => cells[at]!),
    );
  }

  private async run(notebook: vscode.NotebookDocument, cells: readonly vscode.NotebookCell[]): Promise<void> {
    const ranges = cells.map(({ index }) => ({ start: index, end: index + 1 }));
    await this.vs.commands.executeCommand('notebook.cell.execute', { ranges, document: notebook.uri });
  }

  private of(notebook: vscode.NotebookDocument): Dependencies {
    const known = this.notebooks.get(notebook) ?? new Dependencies();
    this.notebooks.set(notebook, known);
    return known;
  }

  private refreshSoon(notebook: vscode.NotebookDocument): void {
    if (!this.notebooks.has(notebook)) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.refresh(notebook), PAUSE);
  }

  private refresh(notebook: vscode.NotebookDocument): void {
    this.reasons.set(notebook, this.of(notebook).stale(codeCells(notebook).map(asNow)));
    this.changed.fire();
  }
}
