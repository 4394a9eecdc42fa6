import type * as vscode from 'vscode';
import { type Job, RunQueue } from '../host/run-queue';
import type { ErrorOutput } from '../outputs/events';
import type { ExecuteResult } from '../protocol/messages';
import { cellIdOf } from './cell-ids';
import type { NotebookExecutions } from './executions';
import type { NotebookKernel } from './kernel';
import type { CellMetadata } from './notebook-data';
import type { NotebookOutputs } from './notebook-outputs';

/** The cells of a notebook as jobs of its queue: what the editor shows of them, from pending to done. */
export class CellQueue {
  private startFailure: ErrorOutput | undefined;
  private readonly queue = new RunQueue({
    // While the kernel starts the cell still waits: it can be cancelled, and its time is its own.
    ready: async () => {
      this.startFailure = await this.kernel.ready();
    },
  });

  constructor(
    private readonly controller: Pick<vscode.NotebookController, 'createNotebookCellExecution'>,
    private readonly kernel: Pick<NotebookKernel, 'ready' | 'execute' | 'takeNotice'>,
    private readonly outputs: Pick<NotebookOutputs, 'begin' | 'apply' | 'finish'>,
    private readonly executions: Pick<NotebookExecutions, 'begin' | 'end'>,
  ) {}

  /** Resolves when nothing waits or runs any more. */
  async run(cells: readonly vscode.NotebookCell[]): Promise<void> {
    // Made at once, so that the editor shows all of them as pending.
    const jobs: Job[] = [];
    try {
      for (const cell of cells) jobs.push(this.job(cell, this.controller.createNotebookCellExecution(cell)));
    } catch (error) {
      // The editor refuses one of them: those before it must not stay pending.
      void this.queue.add(...jobs);
      throw error;
    }
    await this.queue.add(...jobs);
  }

  cancelWaiting(): void {
    this.queue.cancelWaiting();
  }

  private job(cell: vscode.NotebookCell, execution: vscode.NotebookCellExecution): Job {
    const cancel = () => execution.end(undefined);
    return {
      cancel,
      run: async () => {
        if (cell.index >= 0) return this.runOne(cell, execution);
        cancel(); // deleted while it waited
        return true;
      },
    };
  }

  private async runOne(cell: vscode.NotebookCell, execution: vscode.NotebookCellExecution): Promise<boolean> {
    const cellId = cellIdOf(cell);
    const startTime = Date.now();
    execution.start(startTime);
    this.executions.begin(execution);
    this.outputs.begin(cellId, cell);
    const result = this.startFailure
      ? { ok: false, executionCount: 0, endedAt: Date.now(), error: this.startFailure }
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
