import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import type * as vscode from 'vscode';
import { answerOutput } from '../../host/session';
import type {
  Answer,
  AskParams,
  ExecuteParams,
  ExecuteResult,
  OutputParams,
  RecordParams,
} from '../../protocol/messages';
import { type ImportsOf, ProvenanceRecorder, withPartialProvenance } from '../../runs/provenance';
import { cellIdOf } from '../documents/cell-ids';
import { streamItem } from '../documents/output-items';
import { fileName } from '../documents/save-guard';
import type { Settings } from '../settings';
import type { StaleMarks } from '../stale/marks';
import { NOTEBOOK_TYPE, type VS } from '../vs';
import { type CellKernel, CellQueue } from './cell-queue';
import { NotebookExecutions } from './executions';
import type { InputBox } from './input-box';
import type { NotebookKernel } from './kernel';
import { type LivePost, NotebookOutputs } from './notebook-outputs';
import type { RunningCells } from './running-cells';
import type { DisplayUpdate, KernelUser, SharedKernel, SharedKernelSurroundings } from './shared-kernel';

export interface NotebooksSurroundings extends SharedKernelSurroundings {
  live: LivePost;
  inputBox: InputBox;
  running: Pick<RunningCells, 'began' | 'saw' | 'ended' | 'moved'>;
  stale: Pick<StaleMarks, 'ended' | 'refresh'>;
  settings(notebook: vscode.NotebookDocument): Settings;
  importsOf: ImportsOf;
  onState(notebook: vscode.NotebookDocument): void;
  /** What a notebook did to a kernel that others share. */
  onShared(did: 'interrupted' | 'restarted', by: vscode.NotebookDocument, others: vscode.NotebookDocument[]): void;
  /** What runs is being stopped; resolves when it has. */
  onInterrupt?(notebook: vscode.NotebookDocument, stopped: Promise<void>): void;
  /** The notebook is in another folder than its kernel started in. */
  onOtherFolder(notebook: vscode.NotebookDocument): void;
}

/** An open notebook that has run, or is about to, or shares the kernel of one. */
export class OpenNotebook implements KernelUser {
  readonly outputs: NotebookOutputs;
  readonly queue: CellQueue;
  private readonly executions: NotebookExecutions;
  private recorder: ProvenanceRecorder;
  /** Whether the notebook is between two documents. */
  private away = false;

  constructor(
    private readonly vs: VS,
    controller: vscode.NotebookController,
    private readonly surroundings: NotebooksSurroundings,
    private document: vscode.NotebookDocument,
    private uses: SharedKernel<OpenNotebook>,
  ) {
    const { live, onLog } = surroundings;
    this.recorder = this.newRecorder();
    this.executions = new NotebookExecutions(controller, onLog);
    this.outputs = new NotebookOutputs(vs, this.executions, live, (run) => this.uses.cellOfRun(this, run));
    const open = this;
    const kernel: CellKernel = {
      get queue() {
        return open.uses.queue;
      },
      get startFailure() {
        return open.uses.startFailure;
      },
      takeNotice: () => this.kernel.takeNotice(),
      execute: (params) => this.execute(params),
    };
    this.queue = new CellQueue(controller, kernel, this.outputs, this.executions);
    uses.join(this);
  }

  get notebook(): vscode.NotebookDocument {
    return this.document;
  }

  get path(): string {
    return notebookPath(this.vs, this.document);
  }

  get kernel(): NotebookKernel {
    return this.uses.kernel;
  }

  get shared(): SharedKernel<OpenNotebook> {
    return this.uses;
  }

  /** The other open notebooks that use its kernel. */
  get sharers(): vscode.NotebookDocument[] {
    return this.uses.others(this).map(({ notebook }) => notebook);
  }

  get isRunning(): boolean {
    return this.queue.isRunning;
  }

  settings(): Settings {
    return this.surroundings.settings(this.document);
  }

  /** Goes over to another kernel. Nothing of the notebook may run or wait. */
  use(shared: SharedKernel<OpenNotebook>): void {
    if (shared === this.uses) return;
    this.onGone();
    const before = this.uses;
    this.uses = shared;
    shared.join(this);
    before.leave(this);
    this.onStart();
    for (const user of [this, ...shared.others(this)]) user.onState();
  }

  onOutput({ cellId, event }: OutputParams): void {
    this.outputs.apply(cellId, event);
    this.surroundings.running.saw(this.document, cellId, event);
  }

  onUpdate(update: DisplayUpdate): void {
    this.outputs.apply('', update);
  }

  onRecord(record: RecordParams): void {
    this.recorder.record(record);
  }

  onStart(): void {
    this.showsOthers();
    this.surroundings.stale.refresh(this);
  }

  onState(): void {
    this.surroundings.onState(this.document);
  }

  onGone(): void {
    this.outputs.abandon();
  }

  /** The notebook shows what ran elsewhere: this kernel stands behind none of it. */
  showsOthers(): void {
    this.recorder = this.newRecorder();
  }

  private newRecorder(): ProvenanceRecorder {
    return new ProvenanceRecorder(() => this.path, {}, this.surroundings.importsOf);
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
    const { uses } = this;
    recorder.begin(id);
    running.began(this.document, id);
    const result = await uses.kernel.execute({ ...params, cellId: uses.address(this, id) });
    running.ended(this.document, id, result.ok);
    if (result.executionCount > 0) {
      const { executionCount: order } = result;
      uses.ran(this, id, order);
      stale.ended(this, id, source, result.ok);
      recorder.ran({ id, source, order, others: uses.othersThatRan(this) });
      recorder
        .look()
        .catch((error: Error) =>
          this.surroundings.onLog(`What the notebook was made of was not found out: ${error.message}`),
        );
    }
    return result;
  }

  async onAsk(question: AskParams, withdrawn: AbortSignal): Promise<Answer> {
    const answer = await this.surroundings.inputBox.ask(fileName(this.document.uri), question, withdrawn);
    this.outputs.apply(question.cellId, answerOutput(answer));
    return answer;
  }

  async interrupt(): Promise<void> {
    const others = this.uses.others(this).filter(({ queue }) => queue.isBusy);
    this.uses.queue.cancelWaiting();
    const stopped = this.kernel.interrupt();
    this.surroundings.onInterrupt?.(this.document, stopped);
    this.tell('interrupted', others);
    await stopped;
  }

  async restart(parameters?: { [name: string]: string }): Promise<void> {
    const others = this.uses.others(this);
    const losing = this.kernel.hasRun ? others : others.filter(({ queue }) => queue.isBusy);
    this.uses.queue.cancelWaiting();
    for (const user of [this, ...others]) user.onGone();
    const started = this.kernel.restart(parameters);
    this.tell('restarted', losing);
    await started;
  }

  private tell(did: 'interrupted' | 'restarted', others: readonly OpenNotebook[]): void {
    const notebooks = others.map(({ notebook }) => notebook);
    if (notebooks.length > 0) this.surroundings.onShared(did, this.document, notebooks);
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
    const { running, stale, onOtherFolder } = this.surroundings;
    const folder = dirname(this.path);
    running.moved(this.document, notebook);
    this.document = notebook;
    stale.refresh(this);
    const isElsewhere = dirname(this.path) !== folder;
    if (isElsewhere) this.uses.moveAway(this);
    for (const user of [this, ...this.uses.others(this)]) user.onState(); // by their names they know each other
    if (this.kernel.info && isElsewhere) onOtherFolder(notebook);
  }

  get isAway(): boolean {
    return this.away;
  }

  /** Shows in the document what went on out of sight. The editor must have given the document to the controller. */
  arrive(): void {
    if (!this.away) return;
    this.away = false;
    this.attach();
  }

  private attach(): void {
    const cells = new Map(this.document.getCells().map((cell) => [cellIdOf(cell), cell]));
    const cellOf = (cellId: string) => cells.get(cellId);
    this.queue.attach(cellOf, () => this.outputs.moveTo(cellOf));
  }

  /**
   * The editor reads a file anew that another program changed, and puts other cells in the places of those that wait and run.
   *
   * @returns whether what runs was put away so: it goes on, and is shown, in the cell of now where that holds what runs.
   *   `changed`: it does not, so that nobody could tell what its result is of
   */
  goOnInNewCells(): boolean | 'changed' {
    const running = this.queue.sources.find(({ isRunning }) => isRunning);
    if (!running || running.cell.index >= 0) return false;
    const now = this.document.getCells().find((cell) => cellIdOf(cell) === running.cellId);
    if (!now) return false;
    if (now.document.getText() !== running.source) return 'changed';
    this.outputs.leave();
    this.queue.detach();
    this.attach();
    return true;
  }

  dispose(): void {
    this.queue.cancelWaiting();
    this.uses.leave(this);
    this.outputs.reset();
    this.executions.dispose();
  }
}

/** Where imports of the cells resolve from. A notebook without a file counts as one in the workspace's first folder. */
export function notebookPath(vs: VS, { uri }: Pick<vscode.NotebookDocument, 'uri'>): string {
  if (uri.scheme === 'file') return uri.fsPath;
  const folder = vs.workspace.workspaceFolders?.find((each) => each.uri.scheme === 'file')?.uri.fsPath ?? homedir();
  return join(folder, uri.scheme === 'untitled' ? `Untitled.${NOTEBOOK_TYPE}` : fileName(uri));
}
