import type { KernelSession } from '../../host/session';
import type { CellUses } from '../../language/uses';
import type { ErrorOutput } from '../../outputs/events';
import type { InspectParams, InspectResult } from '../../outputs/inspect';
import type {
  Answer,
  AskParams,
  ExecuteParams,
  ExecuteResult,
  KernelInfo,
  OutputParams,
  RecordParams,
  RuntimeSelection,
} from '../../protocol/messages';
import type { Settings } from '../settings';
import { describe } from './executions';
import type { HostPorts } from './host-ports';

/** `none`: not started yet, or shut down. */
export type KernelState = 'none' | 'starting' | 'idle' | 'busy' | 'dead';

export interface KernelSurroundings {
  host: Pick<HostPorts, 'startKernel' | 'selectRuntime'>;
  /** Absolute path of the notebook. */
  path(): string;
  /** The notebook's project, where a TensorFlow of its own may be installed. */
  folder(): string;
  settings(): Settings;
  onOutput(output: OutputParams): void;
  /** What cells tell of what they were made of. */
  onRecord(record: RecordParams): void;
  /** A cell waits for a line from the user. */
  onAsk(question: AskParams, withdrawn: AbortSignal): Promise<Answer>;
  onLog(line: string): void;
  onState(): void;
  /** The process is gone; `reason` has cause and exit code. */
  onDeath(reason: string): void;
}

/** One life of a kernel process. */
interface Life {
  session: Promise<KernelSession>;
  /** Resolves when this life is ended from here. */
  ended: Promise<ErrorOutput>;
  end(error: ErrorOutput): void;
}

/** A notebook's kernel: starts when first needed, can be restarted, and never leaves an execution hanging. */
export class NotebookKernel {
  state: KernelState = 'none';
  info: KernelInfo | undefined;
  runtime: RuntimeSelection | undefined;
  /** Whether a cell has begun to run in this kernel: it may hold variables. */
  hasRun = false;
  /** Overrides of the notebook's parameters in this kernel, as text. */
  parameters: { [name: string]: string } = {};
  private life: Life | undefined;
  private running = 0;
  private noticeShown = false;

  constructor(private readonly surroundings: KernelSurroundings) {}

  /** Starts the kernel unless it runs. Never rejects: a kernel that cannot start says so at `execute`. */
  async ready(): Promise<ErrorOutput | undefined> {
    const life = this.currentLife();
    return Promise.race([
      life.session.then(
        () => undefined,
        (error) => startError(error),
      ),
      life.ended,
    ]);
  }

  /** What its variables hold. Starts no kernel. */
  async inspect(params: InspectParams): Promise<InspectResult> {
    const { life } = this;
    if (!life) return { ok: false, message: 'No kernel runs for this notebook.' };
    const gone = (error: ErrorOutput): InspectResult => ({ ok: false, message: error.message });
    try {
      return await Promise.race([life.session.then((session) => session.inspect(params)), life.ended.then(gone)]);
    } catch (error) {
      return gone(startError(error)); // it does not start
    }
  }

  /** Which names sources use. Starts no kernel: without one it is not known. */
  async uses(sources: readonly string[]): Promise<(CellUses | null)[]> {
    const none = () => sources.map(() => null);
    const { life } = this;
    if (!life) return none();
    return Promise.race([life.session.then((session) => session.uses(sources)).catch(none), life.ended.then(none)]);
  }

  async execute(params: ExecuteParams): Promise<ExecuteResult> {
    const startedAt = Date.now();
    const failure = (error: ErrorOutput): ExecuteResult => ({
      ok: false,
      executionCount: 0,
      startedAt,
      endedAt: Date.now(),
      error,
    });
    const life = this.currentLife();
    this.hasRun = true;
    this.running++;
    this.updateBusy(life);
    try {
      const result = life.session.then((session) => session.execute(params));
      return await Promise.race([result, life.ended.then(failure)]);
    } catch (error) {
      return failure(startError(error));
    } finally {
      this.running--;
      this.updateBusy(life);
    }
  }

  /** Resolves when the running cell has ended. */
  async interrupt(): Promise<void> {
    const { life } = this;
    if (!life) return;
    if (this.state === 'starting') {
      this.endLife('Interrupted', 'The kernel was stopped while it started.');
      return;
    }
    const session = await life.session;
    await Promise.race([session.interrupt(), life.ended]);
  }

  /**
   * Opens the kernel's inspector to a debugger, or closes it.
   * @returns its address while it is open
   * @throws Error when there is no kernel, or a cell keeps it busy
   */
  async debug(open: boolean): Promise<string | undefined> {
    const session = await this.life?.session;
    if (!session) throw new Error('The kernel has not been started.');
    return session.debug(open);
  }

  /** @param parameters overrides of the notebook's parameters; without them its own defaults hold again */
  async restart(parameters: { [name: string]: string } = {}): Promise<void> {
    this.parameters = parameters;
    this.endLife('KernelRestarted', 'The kernel was restarted while the cell ran.');
    await this.ready();
  }

  dispose(): void {
    this.endLife('KernelClosed', 'The notebook was closed while the cell ran.');
  }

  /** The one line that says why TensorFlow is not the fast one; once a life. */
  takeNotice(): string | undefined {
    if (this.noticeShown || this.runtime?.backend !== 'wasm') return undefined;
    this.noticeShown = true;
    return this.runtime.notice;
  }

  private currentLife(): Life {
    if (this.life) return this.life;
    let end!: (error: ErrorOutput) => void;
    const ended = new Promise<ErrorOutput>((resolve) => {
      end = resolve;
    });
    const life: Life = { session: this.start(() => this.life === life), ended, end };
    this.life = life;
    life.session.then(
      (session) => {
        if (this.life !== life) return; // ended meanwhile, and disposed there
        this.info = session.info;
        this.setState(this.running > 0 ? 'busy' : 'idle');
      },
      (error) => {
        this.surroundings.onLog(`The kernel could not start: ${describe(error)}`);
        if (this.life !== life) return;
        this.life = undefined;
        this.setState('dead');
      },
    );
    return life;
  }

  private async start(isCurrent: () => boolean): Promise<KernelSession> {
    // Yields first, so that `life` exists when the outside world is told.
    await Promise.resolve();
    this.hasRun = this.running > 0;
    const { host, path, folder, settings, onOutput, onRecord, onAsk, onLog } = this.surroundings;
    this.info = undefined;
    this.noticeShown = false;
    this.setState('starting');
    const { nodePath, backend, ...wishes } = settings();
    const runtime = withEditorWords(await host.selectRuntime(backend, { projectFolder: folder(), nodePath }));
    if (isCurrent()) this.runtime = runtime;
    onLog(`Starting a kernel for ${path()} (${runtime.backend} backend)`);
    return host.startKernel({
      notebook: path(),
      runtime,
      nodePath,
      env: kernelEnvironment(wishes),
      parameters: this.parameters,
      parameterNames: Object.keys(this.parameters),
      onOutput: (output) => {
        if (isCurrent()) onOutput(output);
      },
      onRecord: (record) => {
        if (isCurrent()) onRecord(record);
      },
      onAsk: async (question, withdrawn) => (isCurrent() ? onAsk(question, withdrawn) : { text: null }),
      onLog,
      onDeath: (reason) => {
        onLog(reason);
        if (isCurrent()) this.died(reason);
      },
    });
  }

  private died(reason: string): void {
    const life = this.life;
    this.life = undefined;
    this.hasRun = false;
    this.setState('dead');
    // The session ends its executions with this error itself; after it, so that its own words come first.
    setImmediate(() => life?.end({ name: 'KernelDied', message: reason, stack: `KernelDied: ${reason}` }));
    this.surroundings.onDeath(reason);
  }

  private endLife(name: string, message: string): void {
    const { life } = this;
    this.life = undefined;
    this.info = undefined;
    this.hasRun = false;
    if (!life) return;
    life.end({ name, message, stack: `${name}: ${message}` });
    life.session.then(
      (session) => session.dispose(),
      // A start that fails has been logged, and there is nothing to dispose of.
      () => undefined,
    );
    this.setState('none');
  }

  private updateBusy(life: Life): void {
    if (this.life !== life || this.state === 'starting' || this.state === 'none') return;
    this.setState(this.running > 0 ? 'busy' : 'idle');
  }

  private setState(state: KernelState): void {
    if (this.state === state) return;
    this.state = state;
    this.surroundings.onState();
  }
}

function withEditorWords(runtime: RuntimeSelection): RuntimeSelection {
  if (runtime.backend !== 'wasm' || runtime.notice === undefined) return runtime;
  return { ...runtime, notice: editorWords(runtime.notice) };
}

/** The remedy that a text names for the command line, in the editor's terms. */
function editorWords(text: string): string {
  return text.replace('dinnb doctor --install', 'command "dinnb: Set Up TensorFlow"');
}

function startError(error: unknown): ErrorOutput {
  const message = editorWords(`The kernel could not start: ${describe(error)}`);
  return { name: 'KernelError', message, stack: `KernelError: ${message}` };
}

/** What kernels find in their environment beyond the editor's own. */
function kernelEnvironment({
  environment,
  heap,
  xlaCache,
}: Pick<Settings, 'environment' | 'heap' | 'xlaCache'>): NodeJS.ProcessEnv {
  const before = environment.NODE_OPTIONS ?? process.env.NODE_OPTIONS ?? '';
  return {
    ...(xlaCache ? {} : { DINNB_XLA_CACHE: 'off' }),
    ...environment,
    ...(heap === undefined ? {} : { NODE_OPTIONS: `${before} --max-old-space-size=${heap}`.trim() }),
  };
}
