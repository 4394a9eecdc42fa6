import type { HostPorts } from '../../../src/extension/running/host-ports';
import type { KernelOptions, KernelSession } from '../../../src/host/session';
import type { CellUses } from '../../../src/language/uses';
import type { OutputEvent } from '../../../src/outputs/events';
import type { InspectParams, InspectResult } from '../../../src/outputs/inspect';
import type { Answer, ExecuteParams, ExecuteResult, RuntimeSelection } from '../../../src/protocol/messages';

/** What a cell of the fake kernel does, by its source. */
export type Script = (tools: {
  emit(event: OutputEvent): void;
  /** The user is asked; an interrupt takes the question back. */
  ask(question: string, value?: string): Promise<Answer>;
  /** Resolves when the cell is interrupted. */
  interrupted: Promise<void>;
  /** The process ends. */
  die(reason: string): void;
}) => unknown;

/** A kernel without a process: sources name scripts; a script that throws fails its cell. */
export class FakeHost implements HostPorts {
  runtime: RuntimeSelection = { backend: 'native', addon: '/tf/tfjs_binding.node', tensorflow: '2.21.0' };
  startFailure: Error | undefined;
  readonly started: KernelOptions[] = [];
  readonly executed: ExecuteParams[] = [];
  disposed = 0;
  /** How long a kernel takes to start, in ms. */
  startDelay = 1;
  readonly installs: unknown[] = [];

  constructor(private readonly scripts: { [source: string]: Script } = {}) {}

  selectRuntime = async () => this.runtime;

  installRuntime: HostPorts['installRuntime'] = async (options) => {
    const consent = await options.consent({ folder: '/cache', downloadBytes: 250e6, diskBytes: 850e6 });
    this.installs.push(consent);
    if (!consent) return { selection: { backend: 'wasm' }, steps: [] };
    return { selection: { backend: 'native', addon: '/a', tensorflow: '2.21.0' }, steps: [] };
  };

  /** What a check finds. */
  checkNotebook: HostPorts['checkNotebook'] = async () => {
    throw new Error('no check was prepared');
  };

  findNodes: HostPorts['findNodes'] = async () => [
    { path: '/opt/node24/bin/node', version: '24.1.0' },
    { path: '/usr/bin/node', version: '20.19.0' },
  ];

  /** What sources do with names. */
  uses: { [source: string]: CellUses } = {};

  /** What a kernel says of its variables. */
  inspect: (params: InspectParams) => InspectResult = () => ({ ok: false, busy: true });

  startKernel = async (options: KernelOptions): Promise<KernelSession> => {
    this.started.push(options);
    await new Promise((resolve) => setTimeout(resolve, this.startDelay));
    if (this.startFailure) throw this.startFailure;
    return new FakeSession(this, options, this.scripts);
  };
}

class FakeSession implements KernelSession {
  readonly info;
  private count = 0;
  private stop = () => {};
  private dead: string | undefined;

  constructor(
    private readonly host: FakeHost,
    private readonly options: KernelOptions,
    private readonly scripts: { [source: string]: Script },
  ) {
    const { backend } = options.runtime;
    const versions = { node: 'v22.0.0', tensorflow: '2.21.0', dinnb: '0.1.0' };
    this.info = { pid: 1, backend, ...versions, locale: 'en-US', timeZone: 'UTC' };
  }

  async execute(params: ExecuteParams): Promise<ExecuteResult> {
    this.host.executed.push(params);
    const startedAt = Date.now();
    const emit = (event: OutputEvent) => this.options.onOutput({ cellId: params.cellId, event });
    const interrupted = new Promise<void>((resolve) => {
      this.stop = resolve;
    });
    const ask = (question: string, value?: string) => {
      const withdrawn = new AbortController();
      void interrupted.then(() => withdrawn.abort());
      return this.options.onAsk!({ cellId: params.cellId, question, ...(value && { value }) }, withdrawn.signal);
    };
    const end = (error?: Error): ExecuteResult => {
      this.count++;
      const result = { ok: !error, executionCount: this.count, startedAt, endedAt: Date.now() + 1 };
      return error ? { ...result, error: { name: error.name, message: error.message, stack: String(error) } } : result;
    };
    const script = this.scripts[params.source];
    if (!script) return end();
    const death = new Promise<never>((_, reject) => {
      this.die = (reason) => {
        this.dead = reason;
        reject(new Error(reason));
        this.options.onDeath?.(reason);
      };
    });
    try {
      await Promise.race([script({ emit, ask, interrupted, die: (reason) => this.die(reason) }), death]);
      return end();
    } catch (error) {
      if (!this.dead)
        emit({
          type: 'error',
          error: { name: 'Error', message: (error as Error).message, stack: 'Error at cell 1:1:1' },
        });
      return end(error as Error);
    }
  }

  inspect = async (params: InspectParams): Promise<InspectResult> => this.host.inspect(params);

  uses = async (sources: readonly string[]): Promise<(CellUses | null)[]> =>
    sources.map((source) => this.host.uses[source] ?? { declared: [], reads: [], writes: [] });

  private die: (reason: string) => void = () => {};

  async interrupt(): Promise<void> {
    this.stop();
  }

  async debug(open: boolean): Promise<string | undefined> {
    return open ? 'ws://127.0.0.1:1/token' : undefined;
  }

  async dispose(): Promise<void> {
    this.host.disposed++;
  }
}
