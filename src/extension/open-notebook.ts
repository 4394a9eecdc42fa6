import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import type * as vscode from 'vscode';
import { answerOutput } from '../host/session';
import type { Answer, AskParams, ExecuteParams, ExecuteResult } from '../protocol/messages';
import { ProvenanceRecorder, withPartialProvenance } from '../runs/provenance';
import { cellIdOf } from './cell-ids';
import { CellQueue } from './cell-queue';
import { NotebookExecutions } from './executions';
import type { InputBox } from './input-box';
import { type KernelSurroundings, NotebookKernel } from './kernel';
import { type LivePost, NotebookOutputs } from './notebook-outputs';
import { streamItem } from './output-items';
import type { RunningCells } from './running-cells';
import { fileName } from './save-guard';
import type { Settings } from './settings';
import type { StaleMarks } from './stale/marks';
import { NOTEBOOK_TYPE, type VS } from './vs';

export interface NotebooksSurroundings {
  host: KernelSurroundings['host'];
  live: LivePost;
  inputBox: InputBox;
  running: Pick<RunningCells, 'began' | 'saw' | 'ended' | 'moved'>;
  stale: Pick<StaleMarks, 'ended' | 'reset' | 'moved'>;
  settings(notebook: vscode.NotebookDocument): Settings;
  onLog(line: string): void;
  onState(notebook: vscode.NotebookDocument): void;
  onDeath(notebook: vscode.NotebookDocument, reason: string): void;
  /** What runs is being stopped; resolves when it has. */
  onInterrupt?(notebook: vscode.NotebookDocument, stopped: Promise<void>): void;
  /** The notebook is in another folder than its kernel started in. */
  onOtherFolder(notebook: vscode.NotebookDocument): void;
}

/** An open notebook that has run, or is about to. */
export class OpenNotebook {
  readonly kernel: NotebookKernel;
  readonly outputs: NotebookOutputs;
  readonly queue: CellQueue;
  private readonly executions: NotebookExecutions;
  private recorder: ProvenanceRecorder;
  /** The cells by the numbers under which they ran in the kernel of now. */
  private readonly runs = new Map<number, string>();
  /** Whether the notebook is between two documents. */
  private away = false;

  constructor(
    private readonly vs: VS,
    controller: vscode.NotebookController,
    private readonly surroundings: NotebooksSurroundings,
    private notebook: vscode.NotebookDocument,
  ) {
    const { host, live, onLog, onState, onDeath, settings } = surroundings;
    this.recorder = new ProvenanceRecorder(() => notebookPath(vs, this.notebook));
    this.executions = new NotebookExecutions(controller, onLog);
    this.outputs = new NotebookOutputs(vs, this.executions, live, (run) => this.runs.get(run));
    this.kernel = new NotebookKernel({
      host,
      path: () => notebookPath(vs, this.notebook),
      folder: () => dirname(notebookPath(vs, this.notebook)),
      settings: () => settings(this.notebook),
      onOutput: ({ cellId, event }) => {
        this.outputs.apply(cellId, event);
        surroundings.running.saw(this.notebook, cellId, event);
      },
      onAsk: (question, withdrawn) => this.ask(question, withdrawn),
      onLog,
      onRecord: (record) => this.recorder.record(record),
      onState: () => {
        // Another life: what the last one told is saved, or its cells run again.
        if (this.kernel.state === 'starting') {
          this.showsOthers();
          this.runs.clear();
          surroundings.stale.reset(this.notebook);
        }
        onState(this.notebook);
      },
      onDeath: (reason) => {
        this.outputs.abandon();
        onDeath(this.notebook, reason);
      },
    });
    const recording = {
      ready: () => this.kernel.ready(),
      takeNotice: () => this.kernel.takeNotice(),
      execute: (params: ExecuteParams) => this.execute(params),
    };
    this.queue = new CellQueue(controller, recording, this.outputs, this.executions);
  }

  /** The notebook shows what ran elsewhere: this kernel stands behind none of it. */
  showsOthers(): void {
    this.recorder = new ProvenanceRecorder(() => notebookPath(this.vs, this.notebook));
  }

  /** The environment block of the file, with what ran in this kernel. */
  environment(before: { [name: string]: unknown } | undefined): { [name: string]: unknown } | undefined {
    const { info } = this.kernel;
    return info && !this.recorder.isEmpty ? withPartialProvenance(before, this.recorder.provenance(info)) : undefined;
  }

  private async execute(params: ExecuteParams): Promise<ExecuteResult> {
    const { recorder } = this;
    const { cellId: id, source } = params;
    const { running, stale } = this.surroundings;
    recorder.begin(id);
    running.began(this.notebook, id);
    const result = await this.kernel.execute(params);
    running.ended(this.notebook, id, result.ok);
    if (result.executionCount > 0) {
      this.runs.set(result.executionCount, id);
      stale.ended(this.notebook, id, source);
      recorder.ran({ id, source, order: result.executionCount });
      recorder
        .look()
        .catch((error: Error) =>
          this.surroundings.onLog(`What the notebook was made of was not found out: ${error.message}`),
        );
    }
    return result;
  }

  private async ask(question: AskParams, withdrawn: AbortSignal): Promise<Answer> {
    const answer = await this.surroundings.inputBox.ask(fileName(this.notebook.uri), question, withdrawn);
    this.outputs.apply(question.cellId, answerOutput(answer));
    return answer;
  }

  async interrupt(): Promise<void> {
    this.queue.cancelWaiting();
    const stopped = this.kernel.interrupt();
    this.surroundings.onInterrupt?.(this.notebook, stopped);
    await stopped;
  }

  async restart(parameters?: { [name: string]: string }): Promise<void> {
    this.queue.cancelWaiting();
    this.outputs.abandon();
    await this.kernel.restart(parameters);
  }

  /**
   * The document is about to go, and will be back under another name. What runs goes on, out of sight. Resolves when nothing changes
   * the document any more.
   */
  async leave(): Promise<void> {
    if (this.away) return;
    this.away = true;
    this.outputs.leave();
    const settled = this.executions.leave(new this.vs.NotebookCellOutput([streamItem(this.vs, 'stdout', '')]));
    this.queue.detach();
    await settled;
  }

  /** The document with the same cells in which they go on. What runs is shown there from `arrive` on. */
  moveTo(notebook: vscode.NotebookDocument): void {
    const { running, stale, onState, onOtherFolder } = this.surroundings;
    const folder = dirname(notebookPath(this.vs, this.notebook));
    running.moved(this.notebook, notebook);
    stale.moved(this.notebook, notebook);
    this.notebook = notebook;
    onState(notebook);
    if (this.kernel.info && dirname(notebookPath(this.vs, notebook)) !== folder) onOtherFolder(notebook);
  }

  get isAway(): boolean {
    return this.away;
  }

  /** Shows in the document what went on out of sight. The editor must have given the document to the controller. */
  arrive(): void {
    if (!this.away) return;
    this.away = false;
    const cells = new Map(this.notebook.getCells().map((cell) => [cellIdOf(cell), cell]));
    const cellOf = (cellId: string) => cells.get(cellId);
    this.queue.attach(cellOf, () => this.outputs.moveTo(cellOf));
  }

  dispose(): void {
    this.queue.cancelWaiting();
    this.kernel.dispose();
    this.outputs.reset();
    this.executions.dispose();
  }
}

/** Where imports of the cells resolve from. A notebook without a file counts as one in the workspace's first folder. */
export function notebookPath(vs: VS, notebook: vscode.NotebookDocument): string {
  if (notebook.uri.scheme === 'file') return notebook.uri.fsPath;
  const folder = vs.workspace.workspaceFolders?.find(({ uri }) => uri.scheme === 'file')?.uri.fsPath ?? homedir();
  return join(folder, notebook.isUntitled ? `Untitled.${NOTEBOOK_TYPE}` : fileName(notebook.uri));
}
