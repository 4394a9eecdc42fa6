import type * as vscode from 'vscode';
import type { Job, RunQueue } from '../../host/run-queue';
import type { ErrorOutput } from '../../outputs/events';
import type { ExecuteParams, ExecuteResult } from '../../protocol/messages';
import { cellIdOf } from '../documents/cell-ids';
import type { CellMetadata } from '../documents/notebook-data';
import type { NotebookExecutions } from './executions';
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
  /** It waits and runs no more. */
  onEnd(): void;
}

type Result = Pick<ExecuteResult, 'ok' | 'executionCount' | 'endedAt' | 'error'>;

/** Where cells run. */
export interface CellKernel {
  /** That of the kernel: other notebooks may share it. */
  readonly queue: RunQueue;
  /** Why there is no kernel. */
  readonly startFailure: ErrorOutput | undefined;
  execute(params: ExecuteParams): Promise<ExecuteResult>;
  takeNotice(): string | undefined;
}

/** The cells of a notebook as jobs of its kernel's queue: what the editor shows of them, from pending to done. */
export class CellQueue {
  private readonly places = new Set<Place>();
  private detached = false;

  constructor(
    private readonly controller: Pick<vscode.NotebookController, 'createNotebookCellExecution'>,
    private readonly kernel: CellKernel,
    private readonly outputs: Pick<NotebookOutputs, 'begin' | 'apply' | 'finish'>,
    private readonly executions: Pick<NotebookExecutions, 'begin' | 'end'>,
  ) {}

  /** Whether cells wait or run. */
  get isBusy(): boolean {
    return this.places.size > 0;
  }

  /** Whether a cell runs. */
  get isRunning(): boolean {
    return [...this.places].some(({ startedAt, result }) => startedAt !== undefined && !result);
  }

  /**
   * Resolves when none of these waits or runs any more.
   *
   * @param source what runs instead of what the cells hold
   */
  async run(cells: readonly vscode.NotebookCell[], source?: string): Promise<void> {
    // Made at once, so that the editor shows all of them as pending.
    const jobs: Job[] = [];
    const ends: Promise<void>[] = [];
    const { queue } = this.kernel;
    try {
      for (const cell of cells) {
        const execution = this.controller.createNotebookCellExecution(cell);
        ends.push(new Promise((onEnd) => jobs.push(this.job(cell, execution, onEnd, source))));
      }
    } catch (error) {
      // The editor refuses one of them: those before it must not stay pending.
      void queue.add(...jobs);
      throw error;
    }
    // The queue goes on with cells of other notebooks, which these need not wait for.
    await Promise.race([queue.add(...jobs), Promise.all(ends)]);
  }

  cancelWaiting(): void {
    this.kernel.queue.cancelWaiting(this);
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

  /** The cells that wait and run, with what runs of them; the editor may have put others in their places meanwhile. */
  get sources(): { cell: vscode.NotebookCell; cellId: string; source: string; isRunning: boolean }[] {
    return [...this.places].map(({ cell, cellId, source = cell.document.getText(), startedAt }) => ({
      ...{ cell, cellId, source },
      isRunning: startedAt !== undefined,
    }));
  }

  private job(
    cell: vscode.NotebookCell,
    execution: vscode.NotebookCellExecution,
    onEnd: () => void,
    source?: string,
  ): Job {
    const place: Place = { cellId: cellIdOf(cell), cell, execution, onEnd, ...(source !== undefined && { source }) };
    this.places.add(place);
    return {
      owner: this,
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
    const { startFailure } = this.kernel;
    const result = startFailure
      ? { ok: false, executionCount: 0, endedAt: Date.now(), error: startFailure }
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
    place.onEnd();
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
