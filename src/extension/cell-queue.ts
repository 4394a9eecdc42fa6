import type * as vscode from 'vscode';
import type { ErrorOutput } from '../outputs/events';
import type { ExecuteResult } from '../protocol/messages';
import { cellIdOf } from './cell-ids';
import type { NotebookExecutions } from './executions';
import type { NotebookKernel } from './kernel';
import type { CellMetadata } from './notebook-data';
import type { NotebookOutputs } from './notebook-outputs';

interface Job {
  cell: vscode.NotebookCell;
  execution: vscode.NotebookCellExecution;
}

/** Runs a notebook's cells one after another. A cell that fails cancels those that wait, as in Jupyter. */
export class CellQueue {
  private waiting: Job[] = [];
  private loop: Promise<void> | undefined;

  constructor(
    private readonly controller: Pick<vscode.NotebookController, 'createNotebookCellExecution'>,
    private readonly kernel: Pick<NotebookKernel, 'ready' | 'execute' | 'takeNotice'>,
    private readonly outputs: Pick<NotebookOutputs, 'begin' | 'apply' | 'finish'>,
    private readonly executions: Pick<NotebookExecutions, 'begin' | 'end'>,
  ) {}

  /** Resolves when nothing waits or runs any more. */
  run(cells: readonly vscode.NotebookCell[]): Promise<void> {
    try {
      // Made at once, so that the editor shows all of them as pending.
      for (const cell of cells) {
        this.waiting.push({ cell, execution: this.controller.createNotebookCellExecution(cell) });
      }
    } finally {
      // Also when the editor refuses one of them: those before it must not stay pending.
      if (this.waiting.length > 0) this.loop ??= this.drain();
    }
    return this.loop ?? Promise.resolve();
  }

  cancelWaiting(): void {
    const jobs = this.waiting;
    this.waiting = [];
    for (const { execution } of jobs) execution.end(undefined);
  }

  private async drain(): Promise<void> {
    try {
      while (this.waiting.length > 0) {
        // While the kernel starts the cell still waits: it can be cancelled, and its time is its own.
        const startFailure = await this.kernel.ready();
        const job = this.waiting.shift();
        if (!job) return;
        if (job.cell.index < 0) {
          job.execution.end(undefined); // deleted while it waited
          continue;
        }
        const ok = await this.runOne(job, startFailure);
        if (!ok) this.cancelWaiting();
      }
    } catch (error) {
      this.cancelWaiting();
      throw error;
    } finally {
      // In the same breath as the last look at `waiting`, or a cell that comes now would wait for ever.
      this.loop = undefined;
    }
  }

  private async runOne({ cell, execution }: Job, startFailure: ErrorOutput | undefined): Promise<boolean> {
    const cellId = cellIdOf(cell);
    const startTime = Date.now();
    execution.start(startTime);
    this.executions.begin(execution);
    this.outputs.begin(cellId, cell);
    const result = startFailure
      ? { ok: false, executionCount: 0, endedAt: Date.now(), error: startFailure }
      : await this.execute(cellId, cell);
    this.outputs.finish(cellId, result.error);
    const executionOrder = result.executionCount > 0 ? result.executionCount : undefined;
    execution.executionOrder = executionOrder;
    this.executions.end(cell, {
      executionOrder,
      success: result.ok,
      timing: { startTime, endTime: result.endedAt },
    });
    execution.end(result.ok, result.endedAt);
    return result.ok;
  }

  private execute(cellId: string, cell: vscode.NotebookCell): Promise<ExecuteResult> {
    const notice = this.kernel.takeNotice();
    if (notice) this.outputs.apply(cellId, { type: 'stream', name: 'stderr', text: `${notice}\n` });
    return this.kernel.execute({
      cellId,
      cellNumber: cell.index + 1,
      source: cell.document.getText(),
      tags: (cell.metadata as CellMetadata).tags ?? [],
    });
  }
}
