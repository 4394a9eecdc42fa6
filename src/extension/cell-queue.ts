import type * as vscode from 'vscode';
import { type Job, RunQueue } from '../host/run-queue';
import type { ErrorOutput } from '../outputs/events';
import type { ExecuteResult } from '../protocol/messages';
import { cellIdOf } from './cell-ids';
import type { NotebookExecutions } from './executions';
import type { NotebookKernel } from './kernel';
import type { CellMetadata } from './notebook-data';
import type { NotebookOutputs } from './notebook-outputs';

/** A cell that waits or runs, and how the editor shows it: by none while its document moves. */
interface Place {
  readonly cellId: string;
  cell: vscode.NotebookCell;
  /** What runs instead of what the cell holds. */
  readonly source?: string;
  execution: vscode.NotebookCellExecution | undefined;
  startedAt?: number;
  /** How it ended, where it did so while its document moved. */
  result?: Result;
}

type Result = Pick<ExecuteResult, 'ok' | 'executionCount' | 'endedAt' | 'error'>;

/** The cells of a notebook as jobs of its queue: what the editor shows of them, from pending to done. */
export class CellQueue {
  private startFailure: ErrorOutput | undefined;
  private readonly places = new Set<Place>();
  private detached = false;
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

  /**
   * Resolves when nothing waits or runs any more.
   *
   * @param source what runs instead of what the cells hold
   */
  async run(cells: readonly vscode.NotebookCell[], source?: string): Promise<void> {
    // Made at once, so that the editor shows all of them as pending.
    const jobs: Job[] = [];
    try {
      for (const cell of cells) jobs.push(this.job(cell, this.controller.createNotebookCellExecution(cell), source));
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

  /** The document goes: what the editor shows of its cells ends there. They still wait and run, and `attach` shows them again. */
  detach(): void {
    this.detached = true;
    for (const place of this.places) {
      place.execution?.end(undefined);
      place.execution = undefined;
    }
  }

  /**
   * The same cells in another document, or in the old one after all. One that is not there any more still runs, and is shown by none.
   *
   * @param showOutputs called when the cells that have begun are shown as running: then the editor takes outputs.
   */
  attach(cellOf: (cellId: string) => vscode.NotebookCell | undefined, showOutputs: () => void): void {
    this.detached = false;
    for (const place of this.places) {
      const cell = cellOf(place.cellId);
      if (!cell) continue;
      place.cell = cell;
      place.execution = this.controller.createNotebookCellExecution(cell);
      if (place.startedAt !== undefined) this.show(place);
    }
    showOutputs();
    for (const place of [...this.places]) if (place.result) this.finish(place, place.result);
  }

  private job(cell: vscode.NotebookCell, execution: vscode.NotebookCellExecution, source?: string): Job {
    const place: Place = { cellId: cellIdOf(cell), cell, execution, ...(source !== undefined && { source }) };
    this.places.add(place);
    return {
      cancel: () => this.end(place, undefined),
      run: async () => {
        // Deleted while it waited; cells of a document that moves have no place either.
        if (place.cell.index < 0 && place.execution) {
          this.end(place, undefined);
          return true;
        }
        return this.runOne(place);
      },
    };
  }

  private async runOne(place: Place): Promise<boolean> {
    const { cellId } = place;
    place.startedAt = Date.now();
    if (place.execution) this.show(place);
    this.outputs.begin(cellId, place.cell);
    const result = this.startFailure
      ? { ok: false, executionCount: 0, endedAt: Date.now(), error: this.startFailure }
      : await this.execute(place);
    this.outputs.finish(cellId, result.error);
    if (this.detached) place.result = result;
    else this.finish(place, result);
    return result.ok;
  }

  private finish(place: Place, result: Result): void {
    const executionOrder = result.executionCount > 0 ? result.executionCount : undefined;
    if (place.execution) place.execution.executionOrder = executionOrder;
    this.executions.end(place.cell, {
      executionOrder,
      success: result.ok,
      timing: { startTime: place.startedAt!, endTime: result.endedAt },
    });
    this.end(place, result.ok, result.endedAt);
  }

  private show({ execution, startedAt }: Place): void {
    execution!.start(startedAt);
    this.executions.begin(execution!);
  }

  private end(place: Place, ok: boolean | undefined, at?: number): void {
    this.places.delete(place);
    place.execution?.end(ok, at);
  }

  private execute({ cellId, cell, source = cell.document.getText() }: Place): Promise<ExecuteResult> {
    const notice = this.kernel.takeNotice();
    if (notice) this.outputs.apply(cellId, { type: 'stream', name: 'stderr', text: `${notice}\n` });
    return this.kernel.execute({
      cellId,
      source,
      tags: (cell.metadata as CellMetadata).tags ?? [],
    });
  }
}
