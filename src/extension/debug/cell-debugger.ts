import path from 'node:path';
import type * as vscode from 'vscode';
import { cellIdOf } from '../documents/cell-ids';
import { fileName } from '../documents/save-guard';
import { requireTrust } from '../running/controller';
import type { NotebookKernel } from '../running/kernel';
import type { OpenNotebook } from '../running/open-notebook';
import type { OpenNotebooks } from '../running/open-notebooks';
import type { VS } from '../vs';
import { CellSources, type SourceCell } from './sources';
import { trackCells } from './tracker';

/** Node's debugger, which every VS Code has. */
const TYPES = ['node', 'pwa-node'];
/** The configuration's own mark: how its sessions, and theirs below them, are known. */
const MARK = 'dinnbKernel';

/** How long the debugger may take to attach to the process. */
const CONFIGURING_MS = 30_000;

/** A kernel that is being debugged. */
interface Debugged {
  kernel: NotebookKernel;
  sources: CellSources;
  /** Sessions of the debugger: one that attaches, and below it one of the process. */
  sessions: Set<vscode.DebugSession>;
  /** Resolves when the debugger of the process knows the breakpoints. */
  configured: Promise<void>;
  onConfigured(): void;
  /** Where the kernel stands still. */
  paused: { session: vscode.DebugSession; threadId: number } | undefined;
  /** Whether the kernel is to run on wherever it stands still: it is being interrupted. */
  letGo: boolean;
}

const sourceCells = (open: OpenNotebook): SourceCell[] =>
  open.notebook
    .getCells()
    .map((cell, index) => ({ cell, id: open.shared.address(open, cellIdOf(cell)), name: `Cell ${index + 1}` }));

/** *Debug Cell*: attaches Node's debugger to the kernel of a notebook, and detaches it again. */
export class CellDebugger implements vscode.Disposable {
  /** By process: notebooks may share one. */
  private readonly debugged = new Map<string, Debugged>();
  private readonly subscriptions: vscode.Disposable[];

  constructor(
    private readonly vs: VS,
    private readonly notebooks: Pick<OpenNotebooks, 'chosen' | 'find'>,
    private readonly log: (line: string) => void,
  ) {
    const { debug } = vs;
    this.subscriptions = [
      ...TYPES.map((type) =>
        debug.registerDebugAdapterTrackerFactory(type, { createDebugAdapterTracker: (session) => this.track(session) }),
      ),
      debug.onDidTerminateDebugSession((session) => void this.ended(session)),
    ];
  }

  /** Runs a cell under the debugger, which stays until it is stopped: other cells may run under it too. */
  async debugCell(cell: vscode.NotebookCell): Promise<void> {
    if (!(await requireTrust(this.vs))) return;
    const { notebook } = cell;
    // As the first thing that is done with a notebook too: the editor has not chosen its kernel then.
    const open = await this.notebooks.chosen(notebook);
    if (!this.debuggedIn(open) && !(await this.attach(notebook, open))) return;
    this.debuggedIn(open)?.sources.write();
    await open.queue.run([cell]);
  }

  /** A notebook's cell is being interrupted: what stands still runs on, or it could not end. */
  async letGo(notebook: vscode.NotebookDocument, interrupted: Promise<unknown>): Promise<void> {
    const debugged = this.debuggedIn(this.notebooks.find(notebook));
    if (!debugged) return;
    debugged.letGo = true;
    this.resume(debugged);
    try {
      await interrupted;
    } finally {
      debugged.letGo = false;
    }
  }

  dispose(): void {
    for (const subscription of this.subscriptions) subscription.dispose();
    for (const { sources } of this.debugged.values()) sources.dispose();
  }

  private debuggedIn(open: OpenNotebook | undefined): Debugged | undefined {
    return this.debugged.get(String(open?.kernel.info?.pid));
  }

  private async attach(notebook: vscode.NotebookDocument, open: OpenNotebook): Promise<boolean> {
    const { vs } = this;
    const { kernel } = open;
    const failure = await kernel.ready();
    const { info } = kernel;
    if (failure || !info) throw new Error(failure?.message ?? 'The kernel is not there.');
    const key = String(info.pid);
    const websocketAddress = await kernel.debug(true);
    const sources = new CellSources(info.pid, () => [open, ...open.shared.others(open)].flatMap(sourceCells));
    let onConfigured!: () => void;
    const configured = new Promise<void>((resolve) => {
      onConfigured = resolve;
    });
    const debugged: Debugged = {
      ...{ kernel, sources, configured, onConfigured },
      ...{ sessions: new Set(), paused: undefined, letGo: false },
    };
    this.debugged.set(key, debugged);
    const started = await vs.debug.startDebugging(vs.workspace.getWorkspaceFolder(notebook.uri), {
      type: 'node',
      request: 'attach',
      name: fileName(notebook.uri),
      websocketAddress,
      [MARK]: key,
      continueOnAttach: true,
      sourceMaps: true,
      // A breakpoint is known when the cell is there; nothing has been built beforehand.
      pauseForSourceMap: true,
      outFiles: [],
      // Not of packages: TensorFlow.js alone has hundreds of files, each of which would be waited for when the kernel loads it.
      resolveSourceMapLocations: ['**', '!**/node_modules/**', `!${path.join(__dirname, '**')}`],
      skipFiles: ['<node_internals>/**', path.join(__dirname, '**')],
      autoAttachChildProcesses: false,
      internalConsoleOptions: 'neverOpen',
    });
    if (!started) {
      await this.detach(key);
      throw new Error(
        'The debugger did not attach to the kernel: is the extension "JavaScript Debugger" switched off?',
      );
    }
    // A cell that ran before would run past them.
    const late = new Promise((resolve) => setTimeout(resolve, CONFIGURING_MS).unref());
    await Promise.race([configured, late]);
    return true;
  }

  private track(session: vscode.DebugSession): vscode.DebugAdapterTracker | undefined {
    const debugged = this.of(session);
    if (!debugged) return undefined;
    debugged.sessions.add(session);
    const onPause = (paused: boolean, threadId: number | undefined) => {
      debugged.paused = paused && threadId !== undefined ? { session, threadId } : undefined;
      if (debugged.letGo) this.resume(debugged);
    };
    return trackCells(debugged.sources, onPause, () => {
      if (session.parentSession !== undefined) debugged.onConfigured();
    });
  }

  private resume(debugged: Debugged): void {
    const { paused } = debugged;
    if (!paused) return;
    paused.session
      .customRequest('continue', { threadId: paused.threadId })
      .then(undefined, (error: Error) => this.log(`The debugger did not let go: ${error.message}`));
  }

  private of(session: vscode.DebugSession): Debugged | undefined {
    const own = session.configuration[MARK] ?? session.parentSession?.configuration[MARK];
    return typeof own === 'string' ? this.debugged.get(own) : undefined;
  }

  private async ended(session: vscode.DebugSession): Promise<void> {
    const debugged = this.of(session);
    if (!debugged) return;
    debugged.sessions.delete(session);
    // The session of the process ends first; the one that attached, which has no other above it, last.
    if (session.parentSession === undefined) await this.detach(session.configuration[MARK]);
  }

  /** The port closes, the files go; the kernel stays. */
  private async detach(key: string): Promise<void> {
    const debugged = this.debugged.get(key);
    if (!debugged) return;
    this.debugged.delete(key);
    debugged.sources.dispose();
    try {
      await debugged.kernel.debug(false);
    } catch (error) {
      // A kernel that died has no port; one that is busy closes it when the next debugger goes.
      this.log(`The debugger's port was not closed: ${(error as Error).message}`);
    }
  }
}
