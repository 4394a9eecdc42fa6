import type * as vscode from 'vscode';
import { cellIdOf } from '../cell-ids';
import type { OpenNotebook } from '../open-notebook';
import type { OpenNotebooks } from '../open-notebooks';
import { fileName } from '../save-guard';
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
  ended(open: OpenNotebook, id: string, source: string): void {
    const { dependencies, kernel } = open.shared;
    const address = open.shared.address(open, id);
    const turn = dependencies.ended(address, source);
    void kernel.uses([source]).then(([uses]) => {
      if (uses) dependencies.know(address, turn, uses);
      this.refresh(open);
    });
  }

  /** Looks the marks over: those of all notebooks that share the kernel. */
  refresh(open: OpenNotebook): void {
    const together = [open, ...open.shared.others(open)];
    const stale = open.shared.dependencies.stale(together.flatMap(asNow));
    for (const each of together) this.reasons.set(each.notebook, stale);
    this.changed.fire();
  }

  /** *Run Stale Cells*: exactly those, in order. */
  async runStale(notebook: vscode.NotebookDocument): Promise<void> {
    const open = this.notebooks().find(notebook);
    if (open) this.refresh(open);
    const stale = codeCells(notebook).filter((cell) => this.reasonOf(cell) !== undefined);
    if (stale.length === 0) await this.vs.window.showInformationMessage(this.vs.l10n.t('No cell is out of date.'));
    else await this.run(notebook, stale);
  }

  /** *Run Cell and What It Needs*. */
  async runWithNeeds(cell: vscode.NotebookCell): Promise<void> {
    const { notebook } = cell;
    const cells = codeCells(notebook);
    const index = cells.indexOf(cell);
    if (index < 0) return;
    const open = this.notebooks().of(notebook);
    // The kernel reads the names; it is needed anyway.
    const failure = await open.kernel.ready();
    const uses = failure ? cells.map(() => null) : await open.kernel.uses(cells.map((each) => each.document.getText()));
    const needed = open.shared.dependencies.needed(asNow(open), uses, index);
    await this.run(
      notebook,
      needed.map((at) => cells[at]!),
    );
  }

  private async run(notebook: vscode.NotebookDocument, cells: readonly vscode.NotebookCell[]): Promise<void> {
    const ranges = cells.map(({ index }) => ({ start: index, end: index + 1 }));
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
