import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import type * as vscode from 'vscode';
import { answerOutput } from '../host/session';
import type { Answer, AskParams, ExecuteParams, ExecuteResult } from '../protocol/messages';
import { ProvenanceRecorder, withPartialProvenance } from '../runs/provenance';
import { cellIdOf, shareCells } from './cell-ids';
import { CellQueue } from './cell-queue';
import { NotebookExecutions } from './executions';
import type { InputBox } from './input-box';
import { type KernelSurroundings, NotebookKernel } from './kernel';
import { type LivePost, NotebookOutputs } from './notebook-outputs';
import type { RunningCells } from './running-cells';
import { fileName } from './save-guard';
import type { Settings } from './settings';
import type { StaleMarks } from './stale/marks';
import { NOTEBOOK_TYPE, type VS } from './vs';

export interface NotebooksSurroundings {
  host: KernelSurroundings['host'];
  live: LivePost;
  inputBox: InputBox;
  running: Pick<RunningCells, 'began' | 'saw' | 'ended'>;
  stale: Pick<StaleMarks, 'ended' | 'reset'>;
  settings(notebook: vscode.NotebookDocument): Settings;
  onLog(line: string): void;
  onState(notebook: vscode.NotebookDocument): void;
  onDeath(notebook: vscode.NotebookDocument, reason: string): void;
  /** What runs is being stopped; resolves when it has. */
  onInterrupt?(notebook: vscode.NotebookDocument, stopped: Promise<void>): void;
}

/** An open notebook that has run, or is about to. */
export class OpenNotebook {
  readonly kernel: NotebookKernel;
  readonly outputs: NotebookOutputs;
  readonly queue: CellQueue;
  private readonly executions: NotebookExecutions;
  private recorder: ProvenanceRecorder;

  constructor(
    vs: VS,
    controller: vscode.NotebookController,
    private readonly surroundings: NotebooksSurroundings,
    private notebook: vscode.NotebookDocument,
  ) {
    const { host, live, onLog, onState, onDeath, settings } = surroundings;
    const newRecorder = () => new ProvenanceRecorder(() => notebookPath(vs, this.notebook));
    this.recorder = newRecorder();
    this.executions = new NotebookExecutions(controller, onLog);
    this.outputs = new NotebookOutputs(vs, this.executions, live);
    this.kernel = new NotebookKernel({
      host,
      path: () => notebookPath(vs, this.notebook),
      folder: () => dirname(notebookPath(vs, this.notebook)),
      settings: () => settings(this.notebook),
      onOutput: ({ cellId, event }) => {
        this.outputs.apply(cellId, event);
        surroundings.running.saw(cellId, event);
      },
      onAsk: (question, withdrawn) => this.ask(question, withdrawn),
      onLog,
      onRecord: (record) => this.recorder.record(record),
      onState: () => {
        // Another life: what the last one told is saved, or its cells run again.
        if (this.kernel.state === 'starting') {
          this.recorder = newRecorder();
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

  /** The environment block of the file, with what ran in this kernel. */
  environment(before: { [name: string]: unknown } | undefined): { [name: string]: unknown } | undefined {
    const { info } = this.kernel;
    return info && withPartialProvenance(before, this.recorder.provenance(info));
  }

  private async execute(params: ExecuteParams): Promise<ExecuteResult> {
    const { recorder } = this;
    const { cellId: id, source } = params;
    const { running } = this.surroundings;
    recorder.begin(id);
    running.began(this.notebook, id);
    const result = await this.kernel.execute(params);
    running.ended(id, result.ok);
    if (result.executionCount > 0) this.surroundings.stale.ended(this.notebook, id, source);
    if (result.executionCount > 0) {
      const seconds = (result.endedAt - result.startedAt) / 1000;
      recorder.ran({ id, source, order: result.executionCount, seconds });
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

  /** The document is about to go, and will be back under another name. Resolves when nothing changes it any more. */
  async leave(): Promise<void> {
    const settled = this.executions.suspend();
    this.queue.detach();
    await settled;
  }

  /** The same cells go on in another document: the file that an unsaved notebook was saved to, or that was renamed. */
  moveTo(notebook: vscode.NotebookDocument): void {
    this.notebook = notebook;
    const cells = new Map(notebook.getCells().map((cell) => [cellIdOf(cell), cell]));
    const cellOf = (cellId: string) => cells.get(cellId);
    this.executions.resume();
    this.queue.attach(cellOf);
    this.outputs.moveTo(cellOf);
    this.surroundings.onState(notebook);
  }

  dispose(): void {
    this.queue.cancelWaiting();
    this.kernel.dispose();
    this.outputs.reset();
    this.executions.dispose();
  }
}

/** How long a kernel whose document goes waits for the one that follows, in ms. */
const ADOPTION = 3_000;
/** The same for a file that is renamed: a busy editor may take its time. */
const RENAMING = 30_000;

/** One kernel a notebook, made when first needed, gone when the notebook closes. */
export class OpenNotebooks implements vscode.Disposable {
  private readonly notebooks = new Map<vscode.NotebookDocument, OpenNotebook>();
  /** Notebooks whose file is being renamed or moved. */
  private readonly moving = new Map<vscode.NotebookDocument, NodeJS.Timeout>();
  /** Kernels of notebooks that have just closed to be open elsewhere, by the ids of their cells. */
  private readonly orphans = new Map<string, { open: OpenNotebook; timer: NodeJS.Timeout }>();
  private readonly subscriptions: vscode.Disposable[];

  constructor(
    private readonly vs: VS,
    private readonly controller: vscode.NotebookController,
    private readonly surroundings: NotebooksSurroundings,
  ) {
    this.subscriptions = [
      vs.workspace.onDidOpenNotebookDocument((notebook) => this.adopt(notebook)),
      vs.workspace.onDidCloseNotebookDocument((notebook) => this.close(notebook)),
      vs.workspace.onWillRenameFiles((event) => event.waitUntil(this.leave(event.files))),
      vs.workspace.onDidChangeNotebookDocument(({ notebook, cellChanges }) => {
        const open = this.notebooks.get(notebook);
        for (const { cell, outputs } of cellChanges) if (outputs?.length === 0) open?.outputs.cleared(cell);
      }),
    ];
  }

  /** The running side of a notebook. */
  of(notebook: vscode.NotebookDocument): OpenNotebook {
    const known = this.notebooks.get(notebook);
    if (known) return known;
    const open = new OpenNotebook(this.vs, this.controller, this.surroundings, notebook);
    this.notebooks.set(notebook, open);
    return open;
  }

  /** The running side of a notebook, if it has one. */
  find(notebook: vscode.NotebookDocument | undefined): OpenNotebook | undefined {
    return notebook && this.notebooks.get(notebook);
  }

  /** The environment block for the saved file, where the notebook of these cells has a kernel. */
  environment(
    cells: readonly vscode.NotebookCellData[],
    before: { [name: string]: unknown } | undefined,
  ): { [name: string]: unknown } | undefined {
    for (const [notebook, open] of this.notebooks) {
      if (open.kernel.info && shareCells(notebook.getCells(), cells)) return open.environment(before);
    }
    return undefined;
  }

  dispose(): void {
    for (const subscription of this.subscriptions) subscription.dispose();
    for (const open of this.notebooks.values()) open.dispose();
    for (const timer of this.moving.values()) clearTimeout(timer);
    for (const { open, timer } of this.orphans.values()) {
      clearTimeout(timer);
      open.dispose();
    }
  }

  private close(notebook: vscode.NotebookDocument): void {
    const open = this.notebooks.get(notebook);
    if (!open) return;
    this.notebooks.delete(notebook);
    const moving = this.moving.get(notebook);
    clearTimeout(moving);
    this.moving.delete(notebook);
    const saved = notebook.isUntitled && open.kernel.state === 'idle';
    if (notebook.cellCount === 0 || !(saved || moving)) {
      open.dispose();
      return;
    }
    // Saving an unsaved notebook or renaming a file closes one and opens another, in an order that is the editor's business.
    const key = cellKey(notebook);
    const timer = setTimeout(
      () => {
        this.orphans.delete(key);
        open.dispose();
      },
      moving ? RENAMING : ADOPTION,
    );
    this.orphans.set(key, { open, timer });
    for (const heir of this.vs.workspace.notebookDocuments) this.adopt(heir);
  }

  /** Files are about to be renamed: what runs in their notebooks lets go of them, so that the editor can close them. */
  private async leave(files: readonly { oldUri: vscode.Uri }[]): Promise<void> {
    const left: Promise<void>[] = [];
    for (const [notebook, open] of this.notebooks) {
      const uri = notebook.uri.toString();
      const goes = files.some(({ oldUri }) => uri === oldUri.toString() || uri.startsWith(`${oldUri.toString()}/`));
      if (!goes || this.moving.has(notebook)) continue;
      const stays = setTimeout(() => {
        this.moving.delete(notebook);
        open.moveTo(notebook); // the renaming failed
      }, ADOPTION);
      this.moving.set(notebook, stays);
      left.push(open.leave());
    }
    await Promise.all(left);
  }

  private adopt(notebook: vscode.NotebookDocument): void {
    if (notebook.notebookType !== NOTEBOOK_TYPE || notebook.isUntitled || this.notebooks.has(notebook)) return;
    const key = cellKey(notebook);
    const orphan = this.orphans.get(key);
    if (!orphan) return;
    clearTimeout(orphan.timer);
    this.orphans.delete(key);
    this.notebooks.set(notebook, orphan.open);
    orphan.open.moveTo(notebook);
  }
}

/** Ids are random: documents with the same ones are the same notebook. */
function cellKey(notebook: vscode.NotebookDocument): string {
  return notebook.getCells().map(cellIdOf).join();
}

/** Where imports of the cells resolve from. A notebook without a file counts as one in the workspace's first folder. */
export function notebookPath(vs: VS, notebook: vscode.NotebookDocument): string {
  if (notebook.uri.scheme === 'file') return notebook.uri.fsPath;
  const folder = vs.workspace.workspaceFolders?.find(({ uri }) => uri.scheme === 'file')?.uri.fsPath ?? homedir();
  return join(folder, notebook.isUntitled ? `Untitled.${NOTEBOOK_TYPE}` : fileName(notebook.uri));
}
