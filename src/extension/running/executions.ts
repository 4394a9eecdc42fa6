import type * as vscode from 'vscode';

type Summary = vscode.NotebookCellExecutionSummary;
type Edit = (execution: vscode.NotebookCellExecution) => Thenable<void>;

/** How long edits of cells that do not run are gathered, in ms: a timer that prints must not make its cell flicker. */
const LATE_DELAY = 100;

/**
 * The editor lets outputs change only through a running execution. Any execution of the notebook may change outputs of
 * any of its cells, so the running one serves; when nothing runs, a short one is opened for outputs that come late.
 */
export class NotebookExecutions {
  private readonly summaries = new WeakMap<vscode.NotebookCell, Summary>();
  private active: vscode.NotebookCellExecution | undefined;
  private late: { cell: vscode.NotebookCell; edit: Edit }[] = [];
  private timer: NodeJS.Timeout | undefined;
  private lastEdit: Thenable<unknown> = Promise.resolve();

  constructor(
    private readonly controller: Pick<vscode.NotebookController, 'createNotebookCellExecution'>,
    private readonly log: (line: string) => void,
  ) {}

  begin(execution: vscode.NotebookCellExecution): void {
    this.active = execution;
    this.flushLate();
  }

  /** `summary` is what the execution is about to show as its number, success and times. */
  end(cell: vscode.NotebookCell, summary: Summary): void {
    this.active = undefined;
    this.summaries.set(cell, summary);
  }

  /**
   * The document goes: what runs ends for it. Resolves when what was under way has been done.
   *
   * An output of nothing is added last. It makes the document an unsaved one, and only of those does the editor tell when they could not
   * be renamed; it goes when the cell's outputs are shown again.
   */
  async leave(nothing: vscode.NotebookCellOutput): Promise<void> {
    this.flushLate();
    if (this.active) this.apply(this.active, (execution) => execution.appendOutput(nothing));
    this.active = undefined;
    await this.taken();
  }

  /** Resolves when the editor has taken every change up to now, or refused it. It has more to do than to listen to us. */
  async taken(): Promise<void> {
    await this.lastEdit;
  }

  /** Changes outputs, in the order of the calls. `cell` is whose outputs they are. */
  edit(cell: vscode.NotebookCell, edit: Edit): void {
    if (this.active) {
      this.apply(this.active, edit);
      return;
    }
    this.late.push({ cell, edit });
    this.timer ??= setTimeout(() => this.flushLate(), LATE_DELAY);
  }

  dispose(): void {
    clearTimeout(this.timer);
    this.late = [];
  }

  private flushLate(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    const edits = this.late.filter(({ cell }) => cell.index >= 0);
    this.late = [];
    if (edits.length === 0) return;
    if (this.active) {
      for (const { edit } of edits) this.apply(this.active, edit);
      return;
    }
    const { cell } = edits[0]!;
    // Remembered here: the editor's own word comes with a delay, and would be taken for no run at all.
    const { executionOrder, success, timing } = this.summaries.get(cell) ?? cell.executionSummary ?? {};
    try {
      const execution = this.controller.createNotebookCellExecution(cell);
      execution.start(timing?.startTime);
      execution.executionOrder = executionOrder;
      for (const { edit } of edits) this.apply(execution, edit);
      execution.end(success, timing?.endTime);
    } catch (error) {
      // The cell has just been queued again, or the notebook is closing: its late output has no place any more.
      this.log(`A late output could not be shown: ${describe(error)}`);
    }
  }

  private apply(execution: vscode.NotebookCellExecution, edit: Edit): void {
    this.lastEdit = edit(execution).then(undefined, (error) =>
      this.log(`An output could not be shown: ${describe(error)}`),
    );
  }
}

export function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
