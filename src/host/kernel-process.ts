import { type CancellationToken, ErrorCodes, type MessageConnection, ResponseError } from 'vscode-jsonrpc/node';
import type { CellUses } from '../language/uses';
import type { ErrorOutput } from '../outputs/events';
import type { InspectParams, InspectResult } from '../outputs/inspect';
import { connectionOver } from '../protocol/connection';
import {
  type Answer,
  type AskParams,
  type DebugInfo,
  type DebugParams,
  type ExecuteParams,
  type ExecuteResult,
  type ExitingParams,
  type InitializeParams,
  type KernelInfo,
  type LogParams,
  METHOD,
  type OutputParams,
  type RecordParams,
} from '../protocol/messages';
import { deathError, deathReason } from './death';
import { KernelChild } from './kernel-child';
import { findNode } from './node-version';
import { RawOutput } from './raw-output';
import { ASK_BEFORE, type KernelOptions, type KernelSession } from './session';

const STARTUP_MS = 120_000;
/** How long a kernel may take to end by itself when it is disposed. */
const DISPOSE_MS = 1500;
/** How long code of a cell may keep the kernel from opening or closing the way for a debugger. */
const DEBUG_MS = 5000;
/** How long a kernel whose channel is closed may take to end by itself. */
const UNHEARD_MS = 500;

/**
 * Starts a kernel process with TensorFlow loaded, ready for cells.
 * @throws Error when Node is unfit, the process dies or stays silent during start-up: with what it wrote last
 */
export async function startKernel(options: KernelOptions): Promise<KernelSession> {
  const node = await findNode(options.nodePath);
  const log = (line: string) => options.onLog?.(line);
  const raw = new RawOutput((cellId, event) => options.onOutput({ cellId, event }));
  const env = { ...process.env, ...options.env };
  const child = new KernelChild(node, options.notebook, options.runtime, env, log, (name, text) => raw.add(name, text));
  const died = child.exited.then((exit): never => {
    throw new Error(`The kernel did not start. ${deathReason(exit, child.lastText)}`);
  });
  const timeout = startupTimeout(options.startupSeconds, () => child.lastText);
  try {
    const connection = connectionOver(child.channel);
    const session = new Session(child, connection, raw, options);
    connection.listen();
    const params: InitializeParams = {
      notebook: options.notebook,
      parameters: options.parameters ?? {},
      ...(options.parameterNames ? { parameterNames: options.parameterNames } : {}),
    };
    const started = connection.sendRequest<KernelInfo>(METHOD.initialize, params).catch(async (error: Error) => {
      // A connection that broke is a process that ended: its own words say more.
      if (isBroken(error)) await child.exited;
      throw new Error(`The kernel did not start: ${error.message}`);
    });
    session.info = await Promise.race([died, started, timeout.failed]);
    return session;
  } catch (error) {
    child.kill();
    throw error;
  } finally {
    timeout.clear();
    died.catch(() => {}); // after the start the session tells of the end
  }
}

/** Whether a request failed with its connection, and was not answered. */
function isBroken(error: unknown): boolean {
  return !(error instanceof ResponseError) || error.code === ErrorCodes.PendingResponseRejected;
}

/** What was written to pipes before the answer came has been read: two turns of the event loop empty them. */
async function pipesRead(): Promise<void> {
  for (let turn = 0; turn < 2; turn++) await new Promise((resolve) => setImmediate(resolve));
}

function startupTimeout(seconds: number | undefined, lastText: () => string) {
  const ms = seconds === undefined ? STARTUP_MS : seconds * 1000;
  let timer: NodeJS.Timeout | undefined;
  const failed = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(
        new Error(
          `The kernel did not start within ${ms / 1000} s. It last wrote:\n${lastText().trim() || '(nothing)'}`,
        ),
      );
    }, ms);
  });
  return { failed, clear: () => clearTimeout(timer) };
}

class Session implements KernelSession {
  info!: KernelInfo;
  private readonly died: Promise<string>;
  private deathReason: string | undefined;
  private announcedExit: string | undefined;
  private disposing = false;
  private executions = 0;
  private running: Promise<ExecuteResult> | undefined;
  /** Aborted when the kernel ends: nobody waits for answers then. */
  private readonly ended = new AbortController();

  constructor(
    private readonly child: KernelChild,
    private readonly connection: MessageConnection,
    private readonly raw: RawOutput,
    private readonly options: KernelOptions,
  ) {
    connection.onNotification(METHOD.output, (output: OutputParams) => options.onOutput(output));
    connection.onNotification(METHOD.log, ({ level, text }: LogParams) => {
      for (const line of text.trimEnd().split('\n')) options.onLog?.(level === 'info' ? line : `${level}: ${line}`);
    });
    connection.onNotification(METHOD.record, (record: RecordParams) => options.onRecord?.(record));
    connection.onNotification(METHOD.exiting, ({ reason }: ExitingParams) => {
      this.announcedExit = reason;
    });
    connection.onRequest(METHOD.printed, () => null);
    connection.onRequest(METHOD.ask, (question: AskParams, token) => this.ask(question, token));
    // Without a channel nothing can be answered: such a kernel is ended, so that whoever waits learns of it.
    connection.onError(([error]) => {
      options.onLog?.(`error: connection to the kernel: ${error.message}`);
      child.kill();
    });
    connection.onClose(() => setTimeout(() => child.kill(), UNHEARD_MS).unref());
    this.died = child.exited.then((exit) => this.onExit(deathReason(exit, child.lastText, this.announcedExit)));
  }

  async execute(params: ExecuteParams): Promise<ExecuteResult> {
    const run = this.run(params);
    this.running = run;
    return run;
  }

  async interrupt(): Promise<void> {
    const { running } = this;
    if (this.deathReason !== undefined) return;
    const request = this.connection.sendRequest(METHOD.interrupt).catch(() => {}); // a dead kernel has stopped as well
    await Promise.race([request, this.died]);
    await running;
  }

  async debug(open: boolean): Promise<string | undefined> {
    if (this.deathReason !== undefined) throw new Error(this.deathReason);
    const params: DebugParams = { open };
    const answer = this.connection.sendRequest<DebugInfo>(METHOD.debug, params);
    const late = new Promise<never>((_resolve, reject) =>
      setTimeout(
        () => reject(new Error('A cell keeps the kernel busy: interrupt it, or wait for its end.')),
        DEBUG_MS,
      ).unref(),
    );
    const died = this.died.then((reason): never => {
      throw new Error(reason);
    });
    const { url } = await Promise.race([answer, late, died]);
    return url;
  }

  async inspect(params: InspectParams): Promise<InspectResult> {
    const gone = (message: string): InspectResult => ({ ok: false, message });
    if (this.deathReason !== undefined) return gone(this.deathReason);
    const answer = this.connection
      .sendRequest<InspectResult>(METHOD.inspect, params)
      .catch((error: Error) => gone(error.message));
    return Promise.race([answer, this.died.then(gone)]);
  }

  async uses(sources: readonly string[]): Promise<(CellUses | null)[]> {
    const none = () => sources.map(() => null);
    if (this.deathReason !== undefined) return none();
    const answer = this.connection.sendRequest<(CellUses | null)[]>(METHOD.uses, sources).catch(none);
    return Promise.race([answer, this.died.then(none)]);
  }

  async dispose(): Promise<void> {
    this.disposing = true;
    this.ended.abort();
    this.raw.end();
    if (this.deathReason === undefined) {
      void this.connection.sendNotification(METHOD.shutdown).catch(() => {}); // a broken connection: killed below
      const timer = setTimeout(() => this.child.kill(), DISPOSE_MS);
      await this.died;
      clearTimeout(timer);
    }
    this.connection.dispose();
  }

  private async run(params: ExecuteParams): Promise<ExecuteResult> {
    const startedAt = Date.now();
    this.executions += 1;
    const executionCount = this.executions;
    const failed = (error: ErrorOutput): ExecuteResult => {
      this.options.onOutput({ cellId: params.cellId, event: { type: 'error', error } });
      return { ok: false, executionCount, startedAt, endedAt: Date.now(), error };
    };
    if (this.deathReason !== undefined) return failed(deathError(this.deathReason));
    this.raw.belongsTo(params.cellId);
    const answer = this.connection.sendRequest<ExecuteResult>(METHOD.execute, params).catch((error: Error) => {
      if (isBroken(error)) return undefined; // its process has ended, or will: `onError` and `onClose` see to that
      const message = `The kernel could not run the cell: ${error.message}`;
      return failed({ name: 'KernelError', message, stack: `KernelError: ${message}` });
    });
    const result = await Promise.race([answer, this.died.then(() => undefined)]);
    await pipesRead();
    return result ?? failed(deathError(await this.died));
  }

  private async ask(question: AskParams, token: CancellationToken): Promise<Answer> {
    const { onAsk } = this.options;
    if (!onAsk) return { text: null, reason: `nobody is there to ask. ${ASK_BEFORE}` };
    const withdrawn = new AbortController();
    token.onCancellationRequested(() => withdrawn.abort());
    return onAsk(question, AbortSignal.any([withdrawn.signal, this.ended.signal]));
  }

  private onExit(reason: string): string {
    this.ended.abort();
    this.deathReason = this.disposing ? 'The kernel was shut down.' : reason;
    if (!this.disposing) this.options.onDeath?.(reason);
    return this.deathReason;
  }
}
