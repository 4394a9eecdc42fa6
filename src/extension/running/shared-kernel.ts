import { dirname } from 'node:path';
import type * as vscode from 'vscode';
import { RunQueue } from '../../host/run-queue';
import type { ErrorOutput, OutputEvent } from '../../outputs/events';
import type { Answer, AskParams, OutputParams, RecordParams } from '../../protocol/messages';
import type { Settings } from '../settings';
import { Dependencies } from '../stale/dependencies';
import { type KernelSurroundings, NotebookKernel } from './kernel';

/** A notebook that uses a kernel, as the kernel sees it. Cells have the ids of the notebook. */
export interface KernelUser {
  /** The document of now. */
  readonly notebook: vscode.NotebookDocument;
  readonly path: string;
  /** Whether a cell of it runs. */
  readonly isRunning: boolean;
  settings(): Settings;
  onOutput(output: OutputParams): void;
  /** A cell of another notebook changes a display, which may be of this one. */
  onUpdate(update: DisplayUpdate): void;
  onRecord(record: RecordParams): void;
  onAsk(question: AskParams, withdrawn: AbortSignal): Promise<Answer>;
  /** Another life of the kernel begins: what the last one told is saved, or its cells run again. */
  onStart(): void;
  onState(): void;
  /** What its cells left in the middle does not go on: the kernel is gone. */
  onGone(): void;
}

export interface SharedKernelSurroundings {
  host: KernelSurroundings['host'];
  onLog(line: string): void;
  /** Others share it than before. */
  onSharing(): void;
  onDeath(notebooks: readonly vscode.NotebookDocument[], reason: string): void;
}

export type DisplayUpdate = Extract<OutputEvent, { type: 'update' }>;

interface KnownCell<User> {
  user: User;
  cellId: string;
}

/**
 * A kernel and the notebooks that use it: one, or several that share it. There is one queue before it, what it tells goes to the
 * notebook of the cell, and it ends with the last of them.
 */
export class SharedKernel<User extends KernelUser = KernelUser> {
  readonly kernel: NotebookKernel;
  readonly queue = new RunQueue({
    // While the kernel starts the cell still waits: it can be cancelled, and its time is its own.
    ready: async () => {
      this.startFailure = await this.kernel.ready();
    },
  });
  startFailure: ErrorOutput | undefined;
  /** Of the kernel of now. */
  dependencies = new Dependencies();
  /** It starts in the folder of the first. */
  private users: User[] = [];
  /** Notebooks that use it no more, as those that were closed, and whose variables are there still. */
  private gone: vscode.NotebookDocument[] = [];
  private readonly cells = new Map<string, KnownCell<User>>();
  /** The cells by the numbers under which they ran in the kernel of now. */
  private readonly runs = new Map<number, KnownCell<User>>();

  constructor(private readonly surroundings: SharedKernelSurroundings) {
    const { host, onLog, onDeath } = surroundings;
    this.kernel = new NotebookKernel({
      host,
      path: () => this.users[0]!.path,
      folder: () => dirname(this.users[0]!.path),
      settings: () => this.users[0]!.settings(),
      onOutput: (output) =>
        this.toCell(output, (user, own) => {
          user.onOutput(own);
          if (own.event.type === 'update') for (const other of this.others(user)) other.onUpdate(own.event);
        }),
      onRecord: (record) => this.toCell(record, (user, own) => user.onRecord(own)),
      onAsk: async (question, withdrawn) =>
        this.toCell(question, (user, own) => user.onAsk(own, withdrawn)) ?? { text: null },
      onLog,
      onState: () => {
        if (this.kernel.state === 'starting') {
          this.runs.clear();
          this.dependencies = new Dependencies(this.dependencies.shown);
          if (this.gone.splice(0).length > 0) surroundings.onSharing();
          for (const user of this.users) user.onStart();
        }
        this.tellState();
      },
      onDeath: (reason) => {
        // Also those of notebooks whose cell it was not.
        this.queue.cancelWaiting();
        for (const user of this.users) user.onGone();
        onDeath(
          this.users.map(({ notebook }) => notebook),
          reason,
        );
      },
    });
  }

  join(user: User): void {
    this.users.push(user);
    if (this.users.length > 1) this.surroundings.onSharing();
  }

  /** The kernel goes with the last; a cell of one that goes does not hold up the others. */
  leave(user: User): void {
    const { isRunning, notebook } = user;
    this.users = this.others(user);
    if (this.users.length === 0) {
      this.kernel.dispose();
      return;
    }
    if ([...this.runs.values()].some((ran) => ran.user === user)) this.gone.push(notebook);
    if (isRunning) void this.kernel.interrupt();
    this.surroundings.onSharing();
    this.tellState();
  }

  /** Its notebook is in another folder than those of the others, where the kernel starts from now on. */
  moveAway(user: User): void {
    this.users = [...this.others(user), user];
  }

  others(user: User): User[] {
    return this.users.filter((other) => other !== user);
  }

  /** The other notebooks that have declared names in it, or may. */
  beside(user: User): vscode.NotebookDocument[] {
    const address = ({ uri }: vscode.NotebookDocument) => uri.toString();
    const open = new Set(this.users.map(({ notebook }) => address(notebook)));
    const gone = this.gone.filter((notebook) => !open.has(address(notebook)));
    return [...gone, ...this.others(user).map(({ notebook }) => notebook)];
  }

  /**
   * The id under which the kernel knows a cell: that of the notebook, unless another one has such a cell too, as where it was copied.
   */
  address(user: User, cellId: string): string {
    for (let copies = 1; ; copies++) {
      const address = copies === 1 ? cellId : `${cellId}-${copies}`;
      const known = this.cells.get(address);
      if (!known) this.cells.set(address, { user, cellId });
      if (!known || (known.user === user && known.cellId === cellId)) return address;
    }
  }

  ran(user: User, cellId: string, run: number): void {
    this.runs.set(run, { user, cellId });
  }

  /** The cell of a notebook that ran as a number; null where another's did, undefined while it runs. */
  cellOfRun(user: User, run: number): string | null | undefined {
    const ran = this.runs.get(run);
    return ran && (ran.user === user ? ran.cellId : null);
  }

  /** The other notebooks that have run cells in this life of the kernel, also those that have gone: paths. */
  othersThatRan(user: User): string[] {
    const others = [...this.runs.values()].filter((ran) => String(ran.user.notebook.uri) !== String(user.notebook.uri));
    return [...new Set(others.map((ran) => ran.user.path))].sort();
  }

  private tellState(): void {
    for (const user of this.users) user.onState();
  }

  private toCell<T extends { cellId: string }, R>(told: T, take: (user: User, own: T) => R): R | undefined {
    const cell = this.cells.get(told.cellId);
    // One that has been closed shows nothing more.
    return cell && this.users.includes(cell.user) ? take(cell.user, { ...told, cellId: cell.cellId }) : undefined;
  }
}
