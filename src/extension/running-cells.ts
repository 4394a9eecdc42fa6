import type * as vscode from 'vscode';
import type { OutputEvent } from '../outputs/events';
import { formatSeconds } from '../outputs/format';
import { cellIdOf } from './cell-ids';
import { CellProgress } from './cell-progress';
import { fileName } from './save-guard';
import { NOTEBOOK_TYPE, type VS } from './vs';

/** A cell that runs for so long is named in the window's status bar, in ms. */
const LONG = 2_000;
/** How often what cells say of their progress is shown anew, in ms. */
const EVERY = 500;

interface Running {
  notebook: vscode.NotebookDocument;
  startedAt: number;
  progress: CellProgress;
  timer: NodeJS.Timeout;
  report: ((text: string) => void) | undefined;
  end(): void;
}

/** Says of running cells how far they have come: at the cell, in the window's status bar, and when a long one has ended unseen. */
export class RunningCells implements vscode.Disposable {
  private readonly cells = new Map<string, Running>();
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
        const text = this.cells.get(cellIdOf(cell))?.progress.text();
        return text
          ? [new vs.NotebookCellStatusBarItem(`$(watch) ${text}`, vs.NotebookCellStatusBarAlignment.Left)]
          : [];
      },
    });
  }

  began(notebook: vscode.NotebookDocument, cellId: string): void {
    this.cells.get(cellId)?.end();
    const cell: Running = {
      notebook,
      startedAt: this.now(),
      progress: new CellProgress(this.now),
      timer: setTimeout(() => this.nameInWindow(cell, cellId), LONG),
      report: undefined,
      end: () => clearTimeout(cell.timer),
    };
    this.cells.set(cellId, cell);
  }

  saw(cellId: string, event: OutputEvent): void {
    if (this.cells.get(cellId)?.progress.observe(event)) this.timer ??= setTimeout(() => this.show(), EVERY);
  }

  ended(cellId: string, ok: boolean): void {
    const cell = this.cells.get(cellId);
    if (!cell) return;
    cell.end();
    this.cells.delete(cellId);
    this.changed.fire();
    const seconds = (this.now() - cell.startedAt) / 1000;
    const after = this.notifyAfter();
    if (after > 0 && seconds >= after && !this.isSeen(cell.notebook))
      void this.tell(cell.notebook, cellId, ok, seconds);
  }

  dispose(): void {
    clearTimeout(this.timer);
    for (const cell of this.cells.values()) cell.end();
    this.cells.clear();
    this.provider.dispose();
    this.changed.dispose();
  }

  private show(): void {
    this.timer = undefined;
    this.changed.fire();
    for (const { progress, report } of this.cells.values()) report?.(progress.text() ?? '');
  }

  private nameInWindow(cell: Running, cellId: string): void {
    const title = `${fileName(cell.notebook.uri)}, ${this.nameOf(cell.notebook, cellId)}`;
    void this.vs.window.withProgress(
      { location: this.vs.ProgressLocation.Window, title },
      (progress) =>
        new Promise<void>((resolve) => {
          cell.report = (message) => progress.report({ message });
          cell.end = resolve;
          cell.report(cell.progress.text() ?? '');
        }),
    );
  }

  private nameOf(notebook: vscode.NotebookDocument, cellId: string): string {
    const cells = notebook.getCells().filter((cell) => cell.kind === this.vs.NotebookCellKind.Code);
    const index = cells.findIndex((cell) => cellIdOf(cell) === cellId);
    return index < 0 ? 'a cell' : `code cell ${index + 1}`;
  }

  private isSeen(notebook: vscode.NotebookDocument): boolean {
    const { state, visibleNotebookEditors } = this.vs.window;
    return state.focused && visibleNotebookEditors.some((editor) => editor.notebook === notebook);
  }

  private async tell(notebook: vscode.NotebookDocument, cellId: string, ok: boolean, seconds: number): Promise<void> {
    const how = ok ? 'has ended' : 'has failed';
    const message = `${fileName(notebook.uri)}: ${this.nameOf(notebook, cellId)} ${how} after ${formatSeconds(seconds)}.`;
    const choice = await (ok
      ? this.vs.window.showInformationMessage(message, 'Show')
      : this.vs.window.showWarningMessage(message, 'Show'));
    if (choice !== 'Show') return;
    const index = notebook.getCells().findIndex((cell) => cellIdOf(cell) === cellId);
    const selections = index < 0 ? [] : [new this.vs.NotebookRange(index, index + 1)];
    await this.vs.window.showNotebookDocument(notebook, { selections });
  }
}
