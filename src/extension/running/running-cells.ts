import type * as vscode from 'vscode';
import type { OutputEvent } from '../../outputs/events';
import { formatSeconds } from '../../outputs/format';
import { cellIdOf } from '../documents/cell-ids';
import { fileName } from '../documents/save-guard';
import { NOTEBOOK_TYPE, type VS } from '../vs';
import { CellProgress } from './cell-progress';

/** A cell that runs for so long is named in the window's status bar, in ms. */
const LONG = 2_000;
/** How often what cells say of their progress is shown anew, in ms. */
const EVERY = 500;

interface Running {
  readonly cellId: string;
  notebook: vscode.NotebookDocument;
  startedAt: number;
  progress: CellProgress;
  timer: NodeJS.Timeout;
  report: (() => void) | undefined;
  end(): void;
}

/** Says of running cells how far they have come: at the cell, in the window's status bar, and when a long one has ended unseen. */
export class RunningCells implements vscode.Disposable {
  /** By document: copies of a file hold cells of the same ids. */
  private readonly cells = new Map<vscode.NotebookDocument, Map<string, Running>>();
  private readonly changed: vscode.EventEmitter<void>;
  private readonly provider: vscode.Disposable;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly vs: VS,
    /** Seconds after which the end of a cell that nobody saw is told; 0 is never. */
    private readonly notifyAfter: () => number,
    private readonly now: () => number = Date.now,
  ) {
    this.changed = new vs.EventEmitter();
    this.provider = vs.notebooks.registerNotebookCellStatusBarItemProvider(NOTEBOOK_TYPE, {
      onDidChangeCellStatusBarItems: this.changed.event,
      provideCellStatusBarItems: (cell) => {
        const text = this.find(cell.notebook, cellIdOf(cell))?.progress.text();
        return text
          ? [new vs.NotebookCellStatusBarItem(`$(watch) ${text}`, vs.NotebookCellStatusBarAlignment.Left)]
          : [];
      },
    });
  }

  began(notebook: vscode.NotebookDocument, cellId: string): void {
    this.find(notebook, cellId)?.end();
    const cell: Running = {
      cellId,
      notebook,
      startedAt: this.now(),
      progress: new CellProgress(this.now),
      timer: setTimeout(() => this.nameInWindow(cell), LONG),
      report: undefined,
      end: () => clearTimeout(cell.timer),
    };
    const running = this.cells.get(notebook);
    if (running) running.set(cellId, cell);
    else this.cells.set(notebook, new Map([[cellId, cell]]));
  }

  /** The same cells go on in another document. */
  moved(from: vscode.NotebookDocument, to: vscode.NotebookDocument): void {
    const running = this.cells.get(from);
    if (!running) return;
    this.cells.delete(from);
    this.cells.set(to, running);
    for (const cell of running.values()) {
      cell.notebook = to;
      cell.report?.();
    }
  }

  saw(notebook: vscode.NotebookDocument, cellId: string, event: OutputEvent): void {
    if (this.find(notebook, cellId)?.progress.observe(event)) this.timer ??= setTimeout(() => this.show(), EVERY);
  }

  ended(notebook: vscode.NotebookDocument, cellId: string, ok: boolean): void {
    const cell = this.find(notebook, cellId);
    if (!cell) return;
    cell.end();
    const running = this.cells.get(notebook)!;
    running.delete(cellId);
    if (running.size === 0) this.cells.delete(notebook);
    this.changed.fire();
    const seconds = (this.now() - cell.startedAt) / 1000;
    const after = this.notifyAfter();
    if (after > 0 && seconds >= after && !this.isSeen(notebook)) void this.tell(cell, ok, seconds);
  }

  dispose(): void {
    clearTimeout(this.timer);
    for (const { end } of this.all()) end();
    this.cells.clear();
    this.provider.dispose();
    this.changed.dispose();
  }

  private find(notebook: vscode.NotebookDocument, cellId: string): Running | undefined {
    return this.cells.get(notebook)?.get(cellId);
  }

  private all(): Running[] {
    return [...this.cells.values()].flatMap((running) => [...running.values()]);
  }

  private show(): void {
    this.timer = undefined;
    this.changed.fire();
    for (const { report } of this.all()) report?.();
  }

  private nameInWindow(cell: Running): void {
    void this.vs.window.withProgress(
      { location: this.vs.ProgressLocation.Window },
      (progress) =>
        new Promise<void>((resolve) => {
          // The name is no title of the whole: the notebook may be renamed meanwhile.
          cell.report = () => {
            const name = `${fileName(cell.notebook.uri)}, ${this.nameOf(cell)}`;
            const text = cell.progress.text();
            progress.report({ message: text ? `${name}: ${text}` : name });
          };
          cell.end = resolve;
          cell.report();
        }),
    );
  }

  private nameOf({ notebook, cellId }: Running): string {
    const cells = notebook.getCells().filter((cell) => cell.kind === this.vs.NotebookCellKind.Code);
    const index = cells.findIndex((cell) => cellIdOf(cell) === cellId);
    return index < 0 ? this.vs.l10n.t('a cell') : this.vs.l10n.t('code cell {0}', index + 1);
  }

  private isSeen(notebook: vscode.NotebookDocument): boolean {
    const { state, visibleNotebookEditors } = this.vs.window;
    return state.focused && visibleNotebookEditors.some((editor) => editor.notebook === notebook);
  }

  private async tell(cell: Running, ok: boolean, seconds: number): Promise<void> {
    const { l10n } = this.vs;
    const facts = [fileName(cell.notebook.uri), this.nameOf(cell), formatSeconds(seconds)];
    const message = ok
      ? l10n.t('{0}: {1} has ended after {2}.', ...facts)
      : l10n.t('{0}: {1} has failed after {2}.', ...facts);
    const show = l10n.t('Show');
    const choice = await (ok
      ? this.vs.window.showInformationMessage(message, show)
      : this.vs.window.showWarningMessage(message, show));
    if (choice !== show) return;
    const { notebook, cellId } = cell; // where it is by now
    const index = notebook.getCells().findIndex((candidate) => cellIdOf(candidate) === cellId);
    const selections = index < 0 ? [] : [new this.vs.NotebookRange(index, index + 1)];
    await this.vs.window.showNotebookDocument(notebook, { selections });
  }
}
